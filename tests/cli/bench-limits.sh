# Option --limits of bench: its tables, for models of features and for networks, and what it refuses. Figures are the
# machine's: they become N. What follows from corpus and model stays: sizes of products, rows, bytes and operations.
. "$ROOT/tests/cli/common"
# figures: as N
figures() {
    awk -F '|' '
        !/^\|/ { sub(/kernel .*/, "kernel NAME"); print; next }
        {
            printf "|%s|", $2
            for (k = 3; k < NF; k++) {
                if ($k !~ / x /) gsub(/[0-9][-0-9.e+]*/, "N", $k)
                printf "%s|", $k
            }
            print ""
        }'
}
limits() { "$A" bench "$@" --limits --repeats 2 >table || echo "exit $?"; figures <table; }
# ratios: are the figures numbers above 0, and is the limit 1 times itself?
sane() {
    awk -F '|' '
        /^\| (memory floor|products by)/ && $6 !~ /^ 1 \(1 - 1\) $/ { print "ODD:", $0 }
        /^\| (memory floor|products by|training) / { for (k = 3; k < NF; k++) if ($k + 0 <= 0) print "ODD:", $0 }' table
}

echo "# a CRF, without and with rich edges; maxent; features with values"
limits "$chunk"
sane
limits "$chunk" model.rich_edges=seen model.rich_threshold=3
sane
limits "$pos" model.name=maxent
cat >attributes.txt <<'END'
A	a:1	b:0.5	c
B	a:2	b:0.5
A	c:3

B	b:2	c
END
echo "# rows by hand: 3 + 2 + 1 + 2 of 8 reals (32 bytes, 3 times), and their numbers of 4 bytes (twice)"
cat >attributes.yaml <<'END'
corpus: {format: crfsuite, task: tagging, train: attributes.txt}
model: {name: dense-crf}
optimizer: {rate: 0.1}
engine: {name: asyngrad, threads: 2}
run: {epochs: 1}
END
limits attributes.yaml
awk -F '[ ,]+' '/rows and/ { if ($3 != 2.0 || $6 != 2 * (3 * 32 + 2 * 4)) print "ODD:", $0 }' table

echo "# a network, by its equations: 6 (2 (in + H) 4 H + 2 H T) operations a token"
limits "$configs/sample-lstm.yaml" model.cell=lstm model.recurrence=full model.hidden=40 model.embedding=24 \
    model.input=sum model.characters=none engine.accumulate=4 run.epochs=1
sane
echo "# of an engine with several threads, on one"
limits "$configs/sample-lstm.yaml" model.cell=gru model.recurrence=full model.hidden=8 model.embedding=8 \
    model.input=sum model.characters=none model.clip=5 engine.name=asyngrad engine.threads=2 run.epochs=1
echo "# --dry-run"
"$A" bench "$pos" --limits --dry-run --repeats 3 | grep -v memory | tail -n 1

echo "# refused"
bad() { run "$*" "$A" bench "$pos" "$@" --limits; }
bad --modes sequential
bad --threads 2
bad --goal 50
bad --out one
bad --repeats 0
bad model.name=quadratic
run "diagonal" "$A" bench "$configs/sample-lstm.yaml" model.recurrence=diagonal model.input=sum model.embedding=8 \
    model.hidden=8 --limits
bad corpus.train=/absent
run "no corpus at all" "$A" bench corpus.format=conll --limits
run "no configuration" "$A" bench --limits
bad optimizer.rate=1e38 optimizer.l2.value=0
