# score agrees with conlleval and with the SIGHAN script on drawn files. What those say of each file is stored: all
# of it for the first ones, a checksum for the rest. Where there is python3, they are also asked
# again (tests/golden/conlleval.py, sighan.py) and differences shown.
. "$ROOT/tests/cli/common"

# A generator that is the same in every awk: x = 16807 x mod 2^31 - 1.
cat >draw.awk <<'EOF'
function draw(n) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * n) }
function pick(list, a) { return a[draw(split(list, a, " ")) + 1] }
BEGIN { x = seed * 7919 + 1; for (k = 0; k < 10; k++) draw(2) }
EOF
# seed % 3: 0 labels as annotators write them, and guesses near them; 1 any order of IOB, IOBES; 2 anything at all
cat draw.awk - >labels.awk <<'EOF'
function label(before, k) {
    if (seed % 3 == 0) {
        k = draw(4)
        if (k == 0) return "O"
        if (k < 3 && before != "O") return "I-" substr(before, 3)
        return "B-" pick("NP VP PP")
    }
    if (seed % 3 == 1)
        return draw(4) ? pick("B I E S") "-" pick("NP VP") : "O"
    return draw(3) ? pick("B I O E S . [ ] X BB") pick("-NP -VP - -0 -A-B") : pick("B I O E S . [ ] -NP - 0 X é-ü")
}
BEGIN {
    for (s = draw(12); s >= 0; s--) {
        gold = "O"
        for (n = draw(9); n >= 0; n--) {
            gold = label(gold)
            guess = draw(4) ? gold : label("B-NP")
            print pick("w word W"), pick("NN VB"), gold, guess
        }
        for (k = draw(3); k >= 0; k--)
            print draw(5) ? "" : " "
    }
}
EOF
# a line of few letters, so that words repeat, cut twice
cat draw.awk - >words.awk <<'EOF'
function cut(n, k, line) {
    line = c[0]
    for (k = 1; k < n; k++)
        line = line (draw(3) ? "" : draw(6) ? " " : draw(2) ? "　" : "  ") c[k]
    return line
}
BEGIN {
    for (s = draw(8); s >= 0; s--) {
        n = draw(5) ? draw(seed % 4 == 0 ? 90 : 20) : 0
        for (k = 0; k < n; k++)
            c[k] = pick(seed % 3 ? "a b" : "字 b é 𝄞 字")
        if (n == 0) c[0] = ""
        print cut(n) >gold
        print cut(n) >guess
    }
    for (k = 0; k < 6; k++)
        print pick("a b ab aba bb 字b é") >known
}
EOF

# columns N, segmented N: what is scored for the N-th file
columns() { "$A" score "columns.$1" --task chunking --scheme iob 2>/dev/null; }
segmented() { "$A" score "gold.$1" "guess.$1"; "$A" score "gold.$1" "guess.$1" --words "known.$1"; }

k=1
while [ $k -le 75 ]; do
    awk -v seed=$k -f labels.awk >columns.$k
    columns $k >columns.$k.ours
    awk -v seed=$k -v gold=gold.$k -v guess=guess.$k -v known=known.$k -f words.awk
    segmented $k >segmented.$k.ours
    k=$((k + 1))
done
for kind in columns segmented; do
    k=1
    while [ $k -le 75 ]; do
        if [ $k -le 6 ]; then
            echo "# $kind $k"
            cat $kind.$k.ours
        else
            printf '# %s %d ' $kind $k
            cksum <$kind.$k.ours
        fi
        k=$((k + 1))
    done
done

echo "# chunks or tags? as the labels look, or as --task says"
printf 'a B-X B-X\nb O I-X\n' >chunks
printf 'a B-X B-X\nb PRP$ O\n' >tags
for file in chunks tags; do
    for task in '' --task=tagging '--task chunking'; do
        echo "$file${task:+, $task}: $("$A" score $task $file | head -n 1)"
    done
done
echo "# standard input, and no sentence end"
printf 'x N N\n\ny V N' | "$A" score -

# Nothing more is printed where the references agree, so the expected output is the same with and without python3.
if command -v python3 >/dev/null 2>&1 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    cat >ask.py <<'EOF'
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["ROOT"] + "/tests/golden")
import conlleval, sighan

def ask(module, out, stdin, *operands):
    sys.stdin, sys.stdout, sys.argv = open(stdin), open(out, "a"), [module.__name__, *operands]
    try:
        module.main()
    finally:
        sys.stdout.close()
        sys.stdout = sys.__stdout__

def compare(name):
    ours, theirs = (open(name + end).read() for end in (".ours", ".theirs"))
    if ours != theirs:
        print("DIFFERENT FROM THE REFERENCE: %s\n%s-- the reference says\n%s" % (name, ours, theirs))

for k in range(1, 76):
    ask(conlleval, "columns.%d.theirs" % k, "columns.%d" % k)
    ask(sighan, "segmented.%d.theirs" % k, os.devnull, "gold.%d" % k, "guess.%d" % k)
    ask(sighan, "segmented.%d.theirs" % k, os.devnull, "gold.%d" % k, "guess.%d" % k, "known.%d" % k)
    compare("columns.%d" % k)
    compare("segmented.%d" % k)
EOF
    python3 ask.py || echo "THE REFERENCES FAILED"
fi
