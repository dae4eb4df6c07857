# check: what it says of the samples, and of a corpus with faults.
. "$ROOT/tests/cli/common"
for sample in chunk pos seg; do
    echo "# $sample"
    eval "check \"\$$sample\""
    ls -A
done

echo "# label pairs that IOB2 does not have: where the first is, and how many"
cat >wrong <<'EOF'
a N B-NP
b N I-NP
c V I-VP

d N I-NP
e N O
f N I-NP
g N O-NP
h N S-NP
i N B-NP
EOF
# c: another type; d: at the start; f: after O; g: O with a type; h: not of IOB2
printf 'a N B-NP\nb N I-NP\n' >right
tpl="features.template=$configs/templates/chunking.tpl"
check "$chunk" corpus.train=wrong corpus.test=right
check "$chunk" corpus.train=right corpus.test= corpus.dev='[right, wrong]'
echo "# tags have no such rule"
check "$chunk" corpus.task=tagging corpus.train=wrong corpus.test= | grep -c 'does not allow'

echo "# sentences twice, sentences of training, unknown words, labels that training does not have"
printf 'a X\nb Y\n\na X\nb Y\n\nab X\n\na X\n\na Y\nb X\n\n' >train
printf 'a X\nb Y\n\nc Z\n\nb X\na Q\n\nab X\n\n' >test
check "$pos" corpus.train=train corpus.test=test
printf '一 二\n一二\n二 一\n一 二\n' >train.seg
printf '一 二 三\n' >test.seg
check "$seg" corpus.train=train.seg corpus.test=test.seg
echo "# parts that are cut from the training files: as train has them"
cut="corpus.test= corpus.dev_fraction=0.25 corpus.fold.of=4 corpus.fold.held=3"
check "$pos" $cut | grep -e ^train -e ^dev -e ^test
check "$pos" $cut | awk '/^(train|dev|test) / { print $1, $2, $4 }' >said
train cut "$pos" $cut
sed -n 's/.*"train":{"sentences":\([0-9]*\),"tokens":\([0-9]*\)}.*"dev":{"sentences":\([0-9]*\),"tokens":\([0-9]*\)},"test":{"sentences":\([0-9]*\),"tokens":\([0-9]*\)}.*/train \1 \2,dev \3 \4,test \5 \6/p' cut/metrics.jsonl | tr ',' '\n' >had
same "sentences and tokens" said had
rm -r cut had said
echo "# features that are too rare, and rich ones"
check "$pos" corpus.train=train corpus.test= features.cutoff=3 | grep -e features -e node
check "$pos" corpus.train=train corpus.test= model.rich_edges=all model.rich_threshold=2 | grep -e weights
echo "# nothing is written"
ls -A
