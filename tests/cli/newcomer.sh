# What newcomers get wrong: each message says what to do instead.
# shellcheck disable=SC2086,SC2094,SC1003 # words
. "$ROOT/tests/cli/common"
corpus=$corpora/pos-train.conll
small="corpus.train=corpus corpus.test= run.epochs=1 engine.name=sequential engine.threads=1"
head -n 300 "$corpus" >corpus
train runs/one "$pos" $small
train 'runs/two b' "$pos" $small

echo "# a folder of runs where a run is expected"
for verb in "report" "eval" "tag" "inspect" "export" "compare runs/one"; do
    run "$verb" "$A" $verb runs
done
train runs/three "$pos" $small
train runs/four "$pos" $small
run "check" "$A" check runs
run "report of nothing" "$A" report nowhere
run "report of a file" "$A" report corpus

echo "# a run's folder as configuration is said once"
run "bench" "$A" bench runs/one $small --repeats 1 --modes sequential,minibatch --threads 1
run "cv" "$A" cv runs/one $small --folds 2 --quiet

echo "# operands"
run "one too few" "$A" compare runs/one
run "one too many" "$A" tag runs/one corpus answers
run "hostile" "$A" tag runs/one corpus "$(printf '\033[31m')"
run "none taken" "$A" version runs

echo "# keys, and options"
run "key as an option" "$A" train "$pos" --run.epochs=3
run "key without value" "$A" train "$pos" run.epochs 3
run "absent file with a dot" "$A" train absent.txt
run "a corpus as configuration" "$A" check corpus
run "-o" "$A" export runs/one -o weights.tsv
[ -s weights.tsv ] || echo "NO FILE"
run "-o, no value" "$A" export runs/one -o
run "-o, no such option" "$A" inspect runs/one -o file

echo "# init-config: the wrong way round, and labels that are all O"
awk 'NF { $0 = $1 " O" } 1' corpus >all-o
run "file first" "$A" init-config corpus chunking
run "no chunk" "$A" init-config chunking all-o
run "no chunk, tagging" "$A" init-config tagging all-o

echo "# corpora that say nothing"
awk 'NF' corpus | head -n 60 >no-blank-line
head -n 40 "$corpora/seg-train.txt" | tr -d ' \t' >raw
for what in all-o no-blank-line; do
    run "$what" "$A" check "$pos" $small corpus.train=$what
done
run "raw text" "$A" check "$seg" corpus.train=raw corpus.test=
run "as they should be" "$A" check "$pos" $small
run "as it should be" "$A" check "$seg" corpus.test=

echo "# a word of 64 KiB is shown by its beginning; marks, escape sequences and what turns text around stay text"
awk -v word="$(printf '<script>\033[31m\342\200\256')" 'BEGIN {
    for (big = "<"; length(big) < 65536; big = big big);
    for (k = 0; k < 4; k++) print "dogs N\n" word " V\n" big " N\n"
}' >hostile
awk 'NF { $2 = $2 == "N" ? "V" : "N" } 1' hostile >wrong
few="corpus.train=hostile corpus.columns=[word,pos] run.epochs=1 engine.name=sequential engine.threads=1"
printf 'U00:%%x[0,0]\nB\n' >plain.tpl
train a "$pos" $few corpus.test= corpus.label=pos features.template=plain.tpl
train b "$pos" $few corpus.test= corpus.label=pos features.template=plain.tpl corpus.train=wrong
run "report" "$A" report a --test wrong --out page.html | grep -v "gnuplot is not installed"
run "compare" "$A" compare a b wrong --show 9
cp stdout compared
run "inspect" "$A" inspect a --sentence wrong:3
for file in page.html compared stdout; do
    grep -q 'script' $file || echo "$file: NO WORD"
    grep -q '… (65536 bytes)' $file || echo "$file: NO BEGINNING OF A LONG WORD"
    LC_ALL=C grep -c -e "$(printf '\033')" -e "$(printf '\342\200\256')" $file
    awk 'length($0) > 20000 { print "A LINE OF " length($0) }' $file
done
grep -c '<script>\\' page.html || :
