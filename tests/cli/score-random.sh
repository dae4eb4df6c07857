# score on drawn files of labels and of words; tests/long/scorers.sh draws thousands. Three judges: the chunks that were
# drawn, where labels are well-formed; tests/golden/conlleval.py and sighan.py, where there is python3; and stored
# checksums of all that score prints. Nothing is printed where they agree, so the expected output is the same without
# python3.
. "$ROOT/tests/cli/common"
files=${files:-300}

# A generator that is the same in every awk: x = 16807 x mod 2^31 - 1.
cat >draw.awk <<'END'
function draw(n) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * n) }
function pick(list, a) { return a[draw(split(list, a, " ")) + 1] }
function seed(k) { x = k * 7919 + 1; for (k = 0; k < 10; k++) draw(2) }
END

# Labels. By number of the file: IOB1, IOB2, IOE1, IOE2, IOBES, BMES, BILOU of drawn chunks; the same with prefixes and
# types disturbed; B, I and E in any order; anything at all. All but the first have lines -X-, conlleval's boundary.
cat draw.awk - >labels.awk <<'END'
# chunks(WHICH): cut n tokens into chunks; first[i], last[i]: at the ends of one; kind[i]: its type, "" outside
function chunks(which, i, j, t) {
    for (i = 0; i < n; i = j) {
        t = draw(3) ? pick("NP VP PP") : ""
        for (j = i; j < n && (j == i || draw(2)); j++) {
            kind[which, j] = t
            first[which, j] = j == i
            last[which, j] = 0
        }
        last[which, j - 1] = 1
    }
}
# copy the gold chunks, but some anew: one loses its type, or ends early
function guess_chunks(i) {
    if (!draw(4)) { chunks(1); return }
    for (i = 0; i < n; i++) {
        kind[1, i] = kind[0, i]; first[1, i] = first[0, i]; last[1, i] = last[0, i]
    }
    for (i = 0; i < n; i++)
        if (last[1, i] && first[1, i] && !draw(3)) kind[1, i] = draw(2) ? pick("NP VP PP") : ""
        else if (i + 1 < n && kind[1, i] != "" && !last[1, i] && !draw(4)) { last[1, i] = 1; first[1, i + 1] = 1 }
}
function label(scheme, which, i, t, p) {
    t = kind[which, i]
    if (t == "") return "O"
    p = "I"
    if (scheme == "IOB1" && first[which, i] && i > 0 && kind[which, i - 1] == t) p = "B"
    if (scheme == "IOB2" && first[which, i]) p = "B"
    if (scheme == "IOE1" && last[which, i] && i + 1 < n && kind[which, i + 1] == t) p = "E"
    if (scheme == "IOE2" && last[which, i]) p = "E"
    if (scheme == "IOBES" || scheme == "BMES") {
        if (first[which, i]) p = "B"
        if (last[which, i]) p = first[which, i] ? "S" : "E"
        if (p == "I" && scheme == "BMES") p = "M"
    }
    if (scheme == "BILOU") {
        if (first[which, i]) p = "B"
        if (last[which, i]) p = first[which, i] ? "U" : "L"
    }
    return p "-" t
}
function disturbed(y) {
    if (draw(5)) return y
    if (y == "O") return pick("B I E") "-" pick("NP VP")
    if (draw(2)) return pick("B I E") substr(y, 2)
    return substr(y, 1, 2) pick("NP VP PP")
}
function any() {
    return draw(3) ? pick("B I O E S L U . [ ] X BB") pick("-NP -VP - -0 -A-B") : pick("B I O E S L U . [ ] -NP - 0 X é-ü")
}
# the chunks of gold and guess, and those of both
function count(i, j) {
    for (i = 0; i < n; i++) {
        gold += kind[0, i] != "" && first[0, i]
        guess += kind[1, i] != "" && first[1, i]
        if (kind[0, i] == "" || kind[0, i] != kind[1, i] || !first[0, i] || !first[1, i]) continue
        for (j = i; !last[0, j] && !last[1, j]; j++);
        correct += last[0, j] && last[1, j]
    }
}
function file(k, scheme, way, s, i, a, b, right, line, blank) {
    seed(k)
    scheme = pick("IOB1 IOB2 IOE1 IOE2 IOBES BMES BILOU")
    way = draw(3) ? 0 : 1 + draw(3) # well-formed, disturbed, no S, anything
    out = "columns." k
    tokens = equal = sentences = whole = gold = guess = correct = 0
    for (s = draw(12); s >= 0; s--) {
        n = draw(3) ? 1 + draw(12) : 1
        chunks(0)
        guess_chunks()
        count()
        right = 1
        here = 0
        for (i = 0; i < n; i++) {
            a = label(scheme, 0, i)
            b = label(scheme, 1, i)
            if (way == 1) { a = disturbed(a); b = disturbed(b) }
            if (way == 2) { a = draw(5) ? pick("B I E") "-" pick("NP VP") : "O"; if (!draw(3)) b = a }
            if (way == 3) { a = any(); b = draw(2) ? a : any() }
            if (way && !draw(12)) {
                print "-X-", pick("NN VB"), a, b >out
                if (here) { sentences++; whole += right }
                right = 1
                here = 0
                continue
            }
            print pick("w word W"), pick("NN VB"), a, b >out
            here++
            tokens++
            equal += a == b
            right = right && a == b
        }
        if (here) { sentences++; whole += right }
        for (blank = s || draw(2) ? draw(3) : -1; blank >= 0; blank--) print draw(5) ? "" : " " >out
    }
    close(out)
    # how its labels are to be read
    print way != 2 && (scheme == "IOBES" || scheme == "BMES" || scheme == "BILOU") ? tolower(scheme) : "iob" >("scheme." k)
    close("scheme." k)
    # what score must say of tagging; and of well-formed chunks in its first line
    out = "tagging." k
    printf "processed %d tokens in %d sentences; correct: %d tokens, %d sentences.\n", tokens, sentences, equal, whole >out
    printf "accuracy: %6.2f%%; sentences: %6.2f%%\n", tokens ? 100 * equal / tokens : 0, tokens ? 100 * whole / sentences : 0 >out
    close(out)
    if (way == 0) {
        line = sprintf("processed %d tokens with %d phrases; found: %d phrases; correct: %d.", tokens, gold, guess, correct)
        print k, scheme, line >"wellformed"
    }
}
BEGIN { for (k = 1; k <= files; k++) file(k) }
END

# Words: lines of few letters, so that words repeat, cut twice.
cat draw.awk - >words.awk <<'END'
function cut(n, k, line) {
    line = c[0]
    for (k = 1; k < n; k++)
        line = line (draw(3) ? "" : draw(6) ? " " : draw(2) ? "　" : "  ") c[k]
    return line
}
function recut(line) {
    if (draw(2)) sub(/ /, "", line)
    if (draw(2)) sub(/a b/, "ab", line)
    if (draw(2)) sub(/ab/, "a b", line)
    return line
}
function file(k, s, i, n, line, gold, guess, known) {
    seed(k)
    gold = "gold." k
    guess = "guess." k
    known = "known." k
    for (s = draw(8); s >= 0; s--) {
        n = draw(5) ? 1 + draw(draw(4) ? 20 : 90) : 0
        for (i = 0; i < n; i++)
            c[i] = pick(k % 3 ? "a b" : "字 b é 𝄞 字")
        if (n == 0) c[0] = ""
        line = cut(n)
        print line >gold
        print draw(3) ? recut(line) : cut(n) >guess
    }
    for (i = draw(8); i >= 0; i--)
        print pick("a b ab aba bb 字b é") >known
    close(gold)
    close(guess)
    close(known)
}
BEGIN { for (k = 1; k <= files; k++) file(k) }
END
awk -v files=$files -f labels.awk
awk -v files=$files -f words.awk

k=1
while [ $k -le $files ]; do
    read -r scheme <scheme.$k
    "$A" score columns.$k --task chunking --scheme "$scheme" >columns.$k.ours 2>/dev/null || echo "columns.$k: exit $?"
    "$A" score gold.$k guess.$k --words known.$k >words.$k.ours || echo "words.$k: exit $?"
    if [ $((k % 10)) = 0 ]; then
        "$A" score columns.$k --task tagging | cmp - tagging.$k
    fi
    k=$((k + 1))
done
echo "# the checksum of every hundred answers"
for what in columns words; do
    k=1
    while [ $k -le $files ]; do
        answers=$(awk -v k=$k -v what=$what 'BEGIN { for (i = k; i < k + 100; i++) print what "." i ".ours" }')
        # shellcheck disable=SC2086 # a list of names
        echo "$what $k $(cat $answers | cksum)"
        k=$((k + 100))
    done
done

echo "# well-formed files: how many of each scheme, and how many of them have the chunks that were drawn"
awk '{
    scheme = $2
    of[scheme]++
    answer = "columns." $1 ".ours"
    getline line <answer
    close(answer)
    sub(/^[^ ]+ [^ ]+ /, "")
    if (line == $0) good[scheme]++
} END { for (scheme in of) print scheme, of[scheme], good[scheme] + 0 }' wellformed | sort

if command -v python3 >/dev/null 2>&1 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    cat >ask.py <<'END'
import io, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["ROOT"] + "/tests/golden")
import conlleval, sighan

def ask(module, stdin, *operands):
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    sys.stdin, sys.stdout, sys.argv = open(stdin), out, [module.__name__, *operands]
    try:
        module.main()
    finally:
        sys.stdin.close()
        sys.stdout = sys.__stdout__
    out.flush()
    return out.buffer.getvalue().decode()

def compare(name, theirs):
    ours = open(name + ".ours", encoding="utf-8").read()
    if ours != theirs:
        print("DIFFERENT FROM THE REFERENCE: %s\n%s-- the reference says\n%s" % (name, ours, theirs))

for k in range(1, int(sys.argv[1]) + 1):
    scheme = open("scheme.%d" % k).read().strip()
    option = ["--scheme", scheme] if scheme != "iob" else []
    compare("columns.%d" % k, ask(conlleval, "columns.%d" % k, *option))
    compare("words.%d" % k, ask(sighan, os.devnull, "gold.%d" % k, "guess.%d" % k, "known.%d" % k))
END
    python3 ask.py $files || echo "THE REFERENCES FAILED"
fi
