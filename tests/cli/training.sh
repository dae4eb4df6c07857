# What a run does beyond its epochs, in one thread: mini-samples, averages, keeping the best, stopping, calibration.
# Scores and losses are not shown: their last digits are the machine's.
. "$ROOT/tests/cli/common"
alone="engine.name=sequential engine.threads=1"
events() { sed -n '/"event":"warning"/d; s/^{"event":"\([a-z]*\)".*/\1/p' "$1/metrics.jsonl" | uniq -c | awk '{ print "    " $2 ": " $1 }'; }
# field EVENT NAME RUN: the values, one a line
field() { sed -n "s/^{\"event\":\"$1\".*\"$2\":\([^,}]*\).*/\1/p" "$3/metrics.jsonl"; }
# numbers of messages become N
plain() { grep -v '^warning: a thread got' | sed -e 's/[0-9][0-9.]*/N/g' -e 's/  */ /g' -e 's|N [kM] tokens/s|N tokens/s|'; }

echo "# refused before the corpus is read"
while read -r name words; do
    run "$name" "$A" train "$pos" corpus.train=/absent $words --quiet --out absent
done <<'END'
best run.keep=best
patience run.patience=2
patience,last run.patience=2 run.evaluate=last corpus.dev_fraction=0.1
best,last run.keep=best run.evaluate=last corpus.dev_fraction=0.1
END
echo "# and before training"
run "piece" "$A" train "$pos" run.slice.size=0.5 --quiet --out absent
run "both" "$A" train "$pos" run.slice.size=2 run.slice.alpha=2 --quiet --out absent
[ ! -e absent ] || echo "IT LEFT A FOLDER"

echo "# mini-samples"
train whole "$pos" run.epochs=1
train cut "$pos" run.epochs=2 run.slice.size=1.5
train once "$pos" run.epochs=2 run.slice.size=1.5 run.slice.redraw=false
train alpha "$pos" run.epochs=2 run.slice.alpha=3
for r in whole cut once alpha; do
    echo "$r: $(field run samples "$r") samples"
done
cmp -s cut/model.safetensors once/model.safetensors && echo "CUTTING ANEW CHANGES NOTHING"
"$A" train "$pos" $alone run.epochs=1 run.slice.size=1.5 --out shown 2>&1 >/dev/null | plain
"$A" eval cut "$corpora/pos-test.conll" | sed -n 's/; correct.*//p' # whole sentences

echo "# the best of many epochs, of averaged weights, and no more epochs than needed"
"$A" train "$pos" $alone corpus.dev_fraction=0.03 optimizer.rate=0.5 run.epochs=60 run.average=2 run.patience=3 \
    run.keep=best --out best >score 2>said
grep -v '^epoch' said | plain
stopped=$(field summary stopped best) epochs=$(field summary epochs best) kept=$(field summary best_epoch best)
echo "stopped: $stopped, three epochs after the best: $((epochs - kept))"
sed -n 's/.*"epoch":\([0-9]*\).*"best":true.*/\1/p' best/metrics.jsonl | tail -n 1 >last
echo "$kept" >kept
same "the last that was called the best" last kept
"$A" eval best "$corpora/pos-test.conll" >score2
same "score of the model file" score score2
sed -n 's/.*"part":"\([a-z]*\)".*/\1/p' best/metrics.jsonl | uniq
"$A" train "$pos" $alone corpus.dev_fraction=0.03 optimizer.rate=0.5 run.average=2 "run.epochs=$kept" --out short >score3 2>said
same "score of a run that ends there" score score3
grep -v '^epoch' best/log.txt | signed | plain
echo "epochs called the best: $(grep -c 'the best so far' said) on the terminal, in log.txt and metrics.jsonl" \
    "$(grep -c ' best ' best/log.txt) $(grep -c '"best":true' best/metrics.jsonl)" |
    awk '{ print ($5 == $(NF - 1) && $5 == $NF && $5 > 1) ? "called the best as often everywhere" : $0 }'

echo "# calibration"
"$A" train "$pos" $alone run.epochs=2 optimizer.rate=0.001 optimizer.calibrate=300 --out found 2>&1 >/dev/null | plain |
    sed 's/(N: N\(, N: N\)*)/(N: N, …)/'
rate=$(sed -n 's/.*"event":"calibration","sentences":300,"rate":\([^,]*\),.*/\1/p' found/metrics.jsonl)
"$A" train "$pos" $alone run.epochs=2 "optimizer.rate=$rate" --quiet --out hand >/dev/null
"$A" train found/config.yaml --quiet --out again >/dev/null
for r in found hand again; do
    "$A" tag "$r" "$corpora/pos-test.conll" >"$r.answer"
    field epoch loss "$r" >"$r.loss"
done
same "losses with that rate by hand" found.loss hand.loss
same "answers with that rate by hand" found.answer hand.answer
same "model, once more" found/model.safetensors again/model.safetensors
events found
tail -n +2 found/log.txt | grep -v '^epoch' | grep -v '^[pa]' | signed
run "diverged" "$A" train "$pos" $alone optimizer.rate=1e38 optimizer.l2.value=0 optimizer.calibrate=20 --quiet --out absent
[ ! -e absent ] || echo "IT LEFT A FOLDER"
