#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The chunking scores of conlleval (Tjong Kim Sang, version 2004-01-26), written from its published rules and
not from lib/report/score.c: `conlleval.py < FILE` prints what `asyntrain score --scheme iob` must print.

The last two columns of FILE are the gold and the guessed label. An empty line ends a sentence, and so does a line
whose first column is -X-, conlleval's $boundary.

With `--scheme iobes`, bmes or bilou labels are read by that scheme's own rules, which agree with conlleval's on
no E-X B-X: a chunk begins at B and S, and at I and E where the previous token has no open chunk (B or I) of that type;
it ends after E and S, and before what begins another or is outside. M is I, and so is any other prefix; bilou has L for
E and U for S.
"""
import sys

# (previous prefix, prefix) of tags of one type between which a chunk ends, or begins
ENDS = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"), ("E", "I"), ("E", "O")}
BEGINS = {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("O", "E"), ("E", "E"), ("E", "I")}
ALONE = {b"[", b"]"}
OUTSIDE = {b"O", b"."}
EDGE = (b"O", b"")


def split(label):
    prefix, dash, kind = label.partition(b"-")
    return prefix, b"" if kind == b"0" else kind


def pair(previous, tag):
    return (previous[0].decode("latin-1"), tag[0].decode("latin-1"))


def ends(previous, tag):
    if previous[0] in ALONE or pair(previous, tag) in ENDS:
        return True
    return previous[0] not in OUTSIDE and previous[1] != tag[1]


def begins(previous, tag):
    if tag[0] in ALONE or pair(previous, tag) in BEGINS:
        return True
    return tag[0] not in OUTSIDE and previous[1] != tag[1]


def percent(part, whole):
    return 100 * part / whole if whole else 0.0


def figures(correct, gold, guess):
    p, r = percent(correct, guess), percent(correct, gold)
    f = 2 * p * r / (p + r) if p + r else 0.0
    return "precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f" % (p, r, f)


def add(table, kind):
    table[kind] = table.get(kind, 0) + 1


def automaton(sentences):
    """How many chunks of each type are in gold, in the guess and in both, as conlleval counts. The last sentence is that
    after the last empty line."""
    gold_of, guess_of, correct_of = {}, {}, {}
    last_gold = last_guess = EDGE
    open_in_both = False
    edges = [[(EDGE, EDGE)]] * (len(sentences) - 1) + [[]]
    for gold, guess in [pair for sentence, edge in zip(sentences, edges) for pair in sentence + edge]:
        if open_in_both:
            over = ends(last_gold, gold), ends(last_guess, guess)
            if over == (True, True) and last_gold[1] == last_guess[1]:
                add(correct_of, last_gold[1])
                open_in_both = False
            elif over[0] != over[1] or gold[1] != guess[1]:
                open_in_both = False
        new = begins(last_gold, gold), begins(last_guess, guess)
        if new == (True, True) and gold[1] == guess[1]:
            open_in_both = True
        if new[0]:
            add(gold_of, gold[1])
        if new[1]:
            add(guess_of, guess[1])
        last_gold, last_guess = gold, guess
    if open_in_both:
        add(correct_of, last_gold[1])
    return gold_of, guess_of, correct_of


def spans(tags, last, single):
    """The chunks (first, last, type) of a sentence by the rules of IOBES, with these letters for E and S."""
    found, first = [], None
    for i, (prefix, kind) in enumerate(tags):
        if prefix in OUTSIDE:
            first = None
            continue
        alone = prefix in (b"B", single) or first is None or found[-1][2] != kind
        if alone:
            first = i
            found.append((i, i, kind))
        else:
            found[-1] = (first, i, kind)
        if prefix in (last, single):
            first = None
    return found


def by_spans(sentences, last, single):
    """The same three counts, of equal chunks."""
    gold_of, guess_of, correct_of = {}, {}, {}
    for sentence in sentences:
        gold, guess = (spans([pair[side] for pair in sentence], last, single) for side in (0, 1))
        for chunks, table in ((gold, gold_of), (guess, guess_of), (set(gold) & set(guess), correct_of)):
            for chunk in chunks:
                add(table, chunk[2])
    return gold_of, guess_of, correct_of


def main():
    if sys.argv[1:] not in ([], ["--scheme", "iobes"], ["--scheme", "bmes"], ["--scheme", "bilou"]):
        sys.exit("Usage: conlleval.py [--scheme iobes|bmes|bilou] < FILE")
    tokens = right = 0
    sentences = [[]]
    for line in sys.stdin.buffer.read().removesuffix(b"\n").split(b"\n"):
        columns = line.split()
        if columns and columns[0] != b"-X-":
            gold, guess = split(columns[-2]), split(columns[-1])
            tokens += 1
            right += gold == guess
            sentences[-1].append((gold, guess))
        else:
            sentences.append([])
    if not sys.argv[1:]:
        gold_of, guess_of, correct_of = automaton(sentences)
    elif sys.argv[2] == "bilou":
        gold_of, guess_of, correct_of = by_spans(sentences, b"L", b"U")
    else:
        gold_of, guess_of, correct_of = by_spans(sentences, b"E", b"S")

    out = sys.stdout.buffer
    ngold, nguess, ncorrect = (sum(t.values()) for t in (gold_of, guess_of, correct_of))
    out.write(b"processed %d tokens with %d phrases; found: %d phrases; correct: %d.\n"
              % (tokens, ngold, nguess, ncorrect))
    if tokens:
        overall = "accuracy: %6.2f%%; " % percent(right, tokens) + figures(ncorrect, ngold, nguess)
        out.write(overall.encode() + b"\n")
    rows = sorted(set(gold_of) | set(guess_of))
    if b"" in gold_of and b"" in guess_of:
        rows.insert(0, b"")  # the empty name slips through conlleval's test for duplicates
    for kind in rows:
        gold, guess = gold_of.get(kind, 0), guess_of.get(kind, 0)
        text = figures(correct_of.get(kind, 0), gold, guess)
        out.write(b"%17s: %s  %d\n" % (kind, text.encode(), guess))


if __name__ == "__main__":
    main()
