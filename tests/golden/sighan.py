#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The segmentation scores of the SIGHAN 2005 bakeoff's script, written from what it does and not from
lib/report/score.c: `sighan.py GOLD GUESS [WORDS]` prints what `asyntrain score` must print.

A guessed word is correct if a longest common subsequence of the two lines' words has it: the script asks diff for
one, here a table gives it. Of several the one is taken that has its gold words furthest left. Quadratic in a line.
"""
import re
import sys

BLANK = re.compile(rb"[ \t\v\f\r\n]|\xe3\x80\x80")


def lines(name):
    with open(name, "rb") as file:
        text = file.read().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [[word for word in BLANK.split(line) if word] for line in text]


def matched(gold, guess):
    """For each gold word: is it in the leftmost longest common subsequence?"""
    # longest[i][j]: of gold[i:] and guess[j:]
    longest = [[0] * (len(guess) + 1) for _ in range(len(gold) + 1)]
    for i in range(len(gold) - 1, -1, -1):
        for j in range(len(guess) - 1, -1, -1):
            if gold[i] == guess[j]:
                longest[i][j] = 1 + longest[i + 1][j + 1]
            else:
                longest[i][j] = max(longest[i + 1][j], longest[i][j + 1])
    marks, j = [], 0
    for i, word in enumerate(gold):
        try:
            at = guess.index(word, j)
            take = 1 + longest[i + 1][at + 1] == longest[i][j]
        except ValueError:
            take = False
        marks.append(take)
        if take:
            j = at + 1
    return marks


def main():
    gold_lines, guess_lines = lines(sys.argv[1]), lines(sys.argv[2])
    if len(gold_lines) != len(guess_lines):
        sys.exit("sighan.py: the files have different numbers of lines")
    known = {b"".join(w) for w in lines(sys.argv[3])} if len(sys.argv) > 3 else None
    ngold = nguess = ncorrect = 0
    words, hits = {True: 0, False: 0}, {True: 0, False: 0}  # by: is the word known?
    for gold, guess in zip(gold_lines, guess_lines):
        if b"".join(gold) != b"".join(guess):
            sys.exit("sighan.py: the lines have different characters")
        marks = matched(gold, guess)
        ngold += len(gold)
        nguess += len(guess)
        ncorrect += sum(marks)
        for word, mark in zip(gold, marks):
            if known is not None:
                words[word in known] += 1
                hits[word in known] += mark

    recall = ncorrect / ngold if ngold else 0.0
    precision = ncorrect / nguess if nguess else 0.0
    f = 2 * precision * recall / (precision + recall) if ncorrect else 0.0
    print("=== TOTAL TRUE WORD COUNT:\t%d" % ngold)
    print("=== TOTAL TEST WORD COUNT:\t%d" % nguess)
    print("=== TOTAL TRUE WORDS RECALL:\t%2.3f" % recall)
    print("=== TOTAL TEST WORDS PRECISION:\t%2.3f" % precision)
    print("=== F MEASURE:\t%2.3f" % f)
    if known is None:
        return
    print("=== OOV Rate:\t%2.3f" % (words[False] / ngold if ngold else 0.0))
    for name, kind in (("OOV", False), ("IV", True)):
        # one minus the missed share, as the script computes it
        share = "%2.3f" % (1 - (words[kind] - hits[kind]) / words[kind]) if words[kind] else "--"
        print("=== %s Recall Rate:\t%s" % (name, share))


if __name__ == "__main__":
    main()
