# gzip files train, score and tag as the plain ones do, whatever their names and members; broken ones leave nothing.
. "$ROOT/tests/cli/common"
head -n 2000 "$corpora/pos-train.conll" >pos.text
head -n 200 "$corpora/seg-train.txt" >seg.text

# try MODEL: the plain files, then the same packed, under the same names (a model knows its corpora's)
try() {
    echo "# $1"
    eval "config=\"\$$1\""
    keys="corpus.train=corpus corpus.test=corpus features.template=tpl run.epochs=1"
    printf 'U0:%%x[0,0]\nU1:%%x[-1,0]\nB\n' >tpl
    cp $1.text corpus
    train $1 "$config" $keys
    cp $1/model.safetensors plain.model
    "$A" eval $1 corpus >plain.eval
    "$A" tag $1 corpus >plain.tag
    check "$config" $keys >plain.check
    gzip -c $1.text >packed
    { head -n 7 $1.text | gzip -1c; gzip -c </dev/null; sed 1,7d $1.text | gzip -9c; } >members
    { cat members; dd if=/dev/zero bs=512 count=3 2>/dev/null; } >padded
    for packed in packed members padded; do
        cp $packed corpus
        train $1 "$config" $keys
        same "$packed, model" $1/model.safetensors plain.model
        "$A" eval $1 corpus >eval
        same "$packed, eval" eval plain.eval
        "$A" tag $1 <corpus >tag
        same "$packed, tag of standard input" tag plain.tag
        check "$config" $keys >check
        same "$packed, check" check plain.check
    done
}
try pos
try seg

echo "# score, and a template"
"$A" tag pos pos.text | gzip -c >tagged
"$A" tag pos pos.text | "$A" score - >scored
"$A" score tagged >scored2
same "columns" scored2 scored
"$A" tag seg seg.text >answer
gzip -c answer >answer.gz
gzip -c seg.text >seg.gz
"$A" score seg.text answer --words seg.text >scored
"$A" score seg.gz answer.gz --words seg.gz >scored2
same "segmented" scored2 scored
gzip -c tpl >packed.tpl
cp pos.text corpus
train pos "$pos" corpus.train=corpus corpus.test=corpus features.template=tpl run.epochs=1
"$A" tag pos pos.text >plain.tag
train pos "$pos" corpus.train=corpus corpus.test=corpus features.template=packed.tpl run.epochs=1
"$A" tag pos pos.text >tag
same "template" tag plain.tag

echo "# cut anywhere: one message, no model, no half sentence"
gzip -c pos.text >whole.gz
whole=$(wc -c <whole.gz)
for part in 1 2 10 100 1000 $((whole / 2)) $((whole - 9)) $((whole - 1)); do
    head -c $part whole.gz >cut
    "$A" train "$pos" corpus.train=cut corpus.test= --quiet --out none >stdout 2>stderr
    code=$?
    [ $code -eq 3 ] || echo "EXIT $code"
    [ "$(grep -c 'cut:[0-9]*: the gzip file is cut short here' stderr)" -eq 1 ] || cat stderr
    [ "$(wc -l <stderr)" -eq 1 ] && [ ! -s stdout ] || echo "MORE IS SAID"
    [ ! -e none/model.safetensors ] || echo "A MODEL"
    "$A" tag pos cut >tag 2>stderr
    code=$?
    [ $code -eq 3 ] || echo "EXIT $code"
    lines=$(awk 'END { print NR }' tag)
    head -n "$lines" plain.tag | cmp -s - tag || echo "OTHER ANSWERS"
    [ -z "$(tail -n 1 tag)" ] || echo "HALF A SENTENCE"
done
echo "done"
