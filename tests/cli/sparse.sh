# ftrl makes weights that are 0, and the model file leaves out blocks of them: it is smaller, and answers the same.
. "$ROOT/tests/cli/common"

# model NAME ASSIGNMENTS...: train; is the model smaller than the whole one? do its tags score as in training?
model() {
    name=$1
    shift
    "$A" train "$pos" optimizer.name=ftrl optimizer.l2.value=0 optimizer.rate=0.3 run.epochs=3 run.evaluate=last --quiet \
        --out "run-$name" "$@"
    trained=$(table "run-$name" | awk '/^accuracy/ { print $2 }')
    "$A" tag "run-$name" "$corpora/pos-test.conll" | "$A" score - >out
    tagged=$(awk '/^accuracy/ { print $2 }' out)
    [ "$trained" = "$tagged" ] && answers="tag answers as training did" || answers="TAG $tagged, TRAINING $trained"
    size=$(wc -c <"run-$name/model.safetensors")
    echo "$name: $(LC_ALL=C awk -v size="$size" -v whole="$whole" 'BEGIN {
        print (size < whole / 4 ? "less than a quarter" : size < whole ? "smaller" : size == whole ? "whole" : "LARGER") }')," \
        "format $(LC_ALL=C grep -a -o '"asyntrain":"[0-9]*"' "run-$name/model.safetensors" | cut -d '"' -f 4), $answers"
}
whole=0
train whole "$pos" run.epochs=1 run.evaluate=last
whole=$(wc -c <whole/model.safetensors)
alone="engine.name=sequential engine.threads=1"
model few $alone optimizer.lambda1=10
model more $alone optimizer.lambda1=1
model threads engine.name=asyngrad engine.threads=2 optimizer.lambda1=10
model copies engine.name=asyngrad engine.threads=2 engine.combine.mode=fixed optimizer.lambda1=10
model none $alone optimizer.lambda1=1e6
"$A" tag run-none "$corpora/pos-test.conll" | awk 'NF { print $NF }' | sort -u | awk 'END { print "labels of none:", NR }'
"$A" eval run-few "$corpora/pos-test.conll" >out && grep -c "^accuracy" out

echo "# an older program, and damage"
cp -r run-few older
watch
# of an older program, without a signature: what is changed is not seen by that
unsigned='s/"signature":"................",/                               /;'
LC_ALL=C sed "$unsigned"'s/"asyntrain":"4"/"asyntrain":"9"/' <run-few/model.safetensors >other
run "another version" "$A" tag other "$corpora/pos-test.conll"
LC_ALL=C sed "$unsigned"'s/"asyntrain":"4"/"asyntrain":"2"/;s/"rows.node":"[0-9]/"rows.node":"0/' <run-few/model.safetensors >other
run "other rows" "$A" tag other "$corpora/pos-test.conll"
LC_ALL=C sed "$unsigned"'s/"asyntrain":"4"/"asyntrain":"1"/' <run-few/model.safetensors >other
run "said to be whole" "$A" tag other "$corpora/pos-test.conll"
