# Input that is read, and would mean something else than its writer thinks: it is refused, or a warning says so.
. "$ROOT/tests/cli/common"
printf 'U00:%%x[0,0]\nU01:%%x[-1,0]\nB\n' >t.tpl
keys="corpus.task=chunking corpus.columns= corpus.label=last corpus.train=train corpus.test= features.template=t.tpl run.epochs=2"
printf 'a B-x\nb I-x\n\nc O\n' >train

echo "# line ends of old Macs, wherever a line is read"
printf 'a O\rb O\r\rc O\r' >train.mac
printf 'a b\rc d\r' >seg.mac
tr '\n' '\r' <t.tpl >tpl.mac
printf 'a 1 2\rb 1 2\r' >vectors.mac
run "corpus" "$A" check "$pos" $keys corpus.train=train.mac
run "segmented" "$A" check "$seg" corpus.train=seg.mac corpus.test=
run "template" "$A" check "$pos" $keys features.template=tpl.mac
run "vectors" "$A" check "$pos" $keys model.name=bilstm corpus.vectors=vectors.mac
printf 'a b\n' >seg.good
run "words" "$A" score seg.good seg.good --words seg.mac
train model "$pos" $keys
run "tag" "$A" tag model train.mac
run "score" "$A" score train.mac
run "score, segmented" "$A" score seg.mac seg.mac
printf '\377\376a\000 \000O\000\n\000' >utf16
run "UTF-16" "$A" tag model utf16
# a configuration may have them: YAML reads them as line ends
{ sed 's/#.*//' "$pos" | tr '\n' '\r'; } >mac.yaml
check mac.yaml $keys >mac.said 2>&1
check "$pos" $keys >said 2>&1
same "configuration" mac.said said

echo "# no feature is left"
# warned WHAT...: the warnings of train and of check
warned() {
    "$A" train "$@" --out run 2>&1 >/dev/null | grep '^warning'
    grep -c '^warning' run/log.txt
    "$A" check "$@" 2>&1 >/dev/null | grep -c '^warning'
}
warned "$pos" $keys features.cutoff=100
printf 'U00:%%m[0,0,"[(]"]\n' >none.tpl
warned "$pos" $keys features.template=none.tpl
warned "$pos" $keys

echo "# words with tags"
for mark in / _; do
    head -n 20 "$corpora/seg-train.txt" | sed "s: :${mark}ns :g; s:\$:${mark}v:" >tagged
    warned "$seg" corpus.train=tagged corpus.test= run.epochs=1
done
head -n 20 "$corpora/seg-train.txt" | sed 's:$: a/b 1/2 http\://x.y/z:' >few
warned "$seg" corpus.train=few corpus.test= run.epochs=1

echo "# a decimal comma, a configuration read through a link"
mkdir -p far/configs far/corpora corpora
printf 'optimizer: {rate: 0,1}\n' >comma.yaml
run "comma" "$A" check "$pos" comma.yaml
run "comma on the command line" "$A" check "$pos" optimizer.rate=0,1
printf 'corpus: {train: ../corpora/x, test: ../corpora/x}\nfeatures: {template: ../../t.tpl}\n' >far/configs/c.yaml
ln -s far/configs configs
printf 'a X\nb Y\n' >far/corpora/x
printf 'a WRONG\n' >corpora/x
"$A" check configs/c.yaml optimizer.rate=0.1 | grep '^labels'

echo "# documents: a line in, a line out"
printf -- '\n\na B-x\nb I-x\n-DOCSTART- O\n\n\n-DOCSTART-\nc O\n \n\n-DOCSTART- -X- -X- O\nb B-x\n-DOCSTART- O' >documents
"$A" tag model documents >answer
paste -d '|' documents answer
"$A" tag model documents --marginals | awk '/DOCSTART/ { print NF ": " $0 } !/DOCSTART/ && NF { n[NF]++ } END { for (k in n) print k " columns" }' | sort
awk 'NF > 1 { NF-- } { print }' documents >unlabelled
"$A" tag model unlabelled | grep DOCSTART
printf 'c O\n-DOCSTART-\na B-x\n' | "$A" tag model --nbest 2 | sed 's/^\(# [0-9]*\) .*/\1/'
check "$pos" $keys corpus.train=documents | head -n 1
"$A" eval model documents | head -n 1
"$A" score answer | head -n 1
