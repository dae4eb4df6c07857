# A rate far too high. Where the penalty would overshoot, that is said before training; where it would not, the scores
# grow to 10^9 and training goes on with finite weights. Whatever fails leaves an older run alone and writes no model.
. "$ROOT/tests/cli/common"
train older "$pos" run.epochs=1
watch
alone="engine.name=sequential engine.threads=1"
wild="optimizer.rate=1e6 optimizer.decay=1 run.epochs=1"

echo "# with a penalty"
for sample in pos chunk seg; do
    eval "config=\$$sample"
    run "$sample" "$A" train "$config" $alone $wild --quiet --out older
done
run "new folder" "$A" train "$pos" $alone $wild --quiet --out new
ls -A new 2>/dev/null
run "strong" "$A" train "$pos" optimizer.rate=1 optimizer.l2.value=1e9 --quiet --out older

echo "# without a penalty"
for sample in pos chunk seg; do
    eval "config=\$$sample"
    run "$sample" "$A" train "$config" $alone $wild optimizer.l2.value=0 --quiet --out "wild-$sample"
    table "wild-$sample" | awk '/accuracy/ && !done++ { print "    accuracy above 70:", ($2 + 0 > 70 ? "yes" : "NO, " $2) }
         /F MEASURE/ { print "    F above 0.7:", ($NF > 0.7 ? "yes" : "NO, " $NF) }'
    echo "    files: $(ls -A "wild-$sample" | tr '\n' ' ')"
    grep -v '"event":"run"' "wild-$sample/metrics.jsonl" | grep null # so is written what is not finite
done
ls -A older

echo "# beyond the range of float"
run "overflow" "$A" train "$pos" $alone optimizer.rate=1e38 optimizer.l2.value=0 --quiet --out older
ls -A older/diverged
awk '{ print substr($0, 1, index($0, ",") - 1) }' older/diverged/metrics.jsonl
run "new folder" "$A" train "$pos" $alone optimizer.rate=1e38 optimizer.l2.value=0 --quiet --out new
ls -A new
run "new folder in new folders" "$A" train "$pos" $alone optimizer.rate=1e38 optimizer.l2.value=0 --quiet --out a/b//c/
ls -A a/b/c a/b/c/diverged
