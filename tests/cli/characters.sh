# The network that sees into words: trained, kept, loaded, and used as it was trained; and a column that cannot be.
. "$ROOT/tests/cli/common"
test=$corpora/pos-test.conll
small="model.name=bilstm model.hidden=16 model.embedding=12 model.characters_hidden=16 model.characters_embedding=10
    optimizer.name=adam optimizer.rate=0.005 optimizer.l2.value=0 engine.name=sequential engine.threads=1 --quiet"
accuracy() { sed -n 's/^accuracy: *\([0-9.]*\)%.*/\1/p' "$1"; }

"$A" train "$pos" $small run.epochs=4 --out none >trained.none
for kind in lstm cnn; do
    echo "# $kind"
    "$A" train "$pos" $small run.epochs=4 model.characters=$kind --out $kind
    table $kind >trained
    "$A" eval $kind "$test" >evaluated
    same "eval and the run's own score" evaluated trained
    "$A" tag $kind "$test" >tagged
    "$A" score - <tagged >scored
    same "tag | score" scored evaluated
    awk 'NF { print $1; next } { print }' "$test" | "$A" tag $kind | awk '{ print $NF }' >labels
    awk '{ print $NF }' tagged >labels2
    same "without the label column" labels labels2
    echo "$(accuracy trained) $(accuracy trained.none)" | awk '{ print ($1 > $2 ? "better than without" : "NO BETTER") }'
done

echo "# words that are long, and written as no word of training"
awk 'BEGIN { for (k = 0; k < 200; k++) word = word "ñ€x"; print word; print "a"; print ""; print "。"
             print ""; split("ñ € x", letter, " ") # whole characters: substr of some awks cuts bytes
             for (k = 0; k < 400; k++) { word = k % 90 ? word letter[k % 90 % 3 + 1] : "ñ"; print word } }' >odd
"$A" tag lstm odd | awk '{ print NF }' | sort | uniq -c | awk '{ print $1, "lines of", $2 }'

echo "# the label column in front"
awk 'NF { print $2, $1; next } { print }' "$corpora/pos-train.conll" >train
awk 'NF { print $2, $1; next } { print }' "$test" >test
printf 'U1:%%x[0,1]\n' >front.tpl
"$A" train "$pos" $small corpus.columns='[pos, word]' corpus.train=train corpus.test=test run.epochs=1 \
    features.template=front.tpl model.characters=cnn model.characters_column=1 --out front >/dev/null
"$A" tag front test | awk '{ print $NF }' >labels
awk 'NF { print $2; next } { print }' test | "$A" tag front | awk '{ print $NF }' >labels2
same "without labels" labels2 labels

echo "# columns and sizes that cannot be"
train older "$pos" run.epochs=1
watch
cat >column.yaml <<END
model:
  name: bilstm
  characters: lstm
  characters_column: 2
END
bad() {
    row=$1
    shift
    run "$row" "$A" train "$pos" "$@" --quiet --out older
}
bad "no such column" column.yaml
bad "the label" $small model.characters=cnn model.characters_column=1
bad "a kind that is not there" $small model.characters=gru
bad "no units" $small model.characters=lstm model.characters_hidden=0
bad "a window wider than words" $small model.characters=cnn model.characters_width=65
bad "diagonal, and other units" $small model.characters=lstm model.recurrence=diagonal model.embedding=16 \
    model.characters_hidden=17
run "with check" "$A" check "$pos" column.yaml
bad "another model" model.characters=lstm
