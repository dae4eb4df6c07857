# What newcomers get wrong: each message says what to do instead.
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
