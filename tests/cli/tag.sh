# tag and eval are two ways to one answer, for each sample; tag keeps its input and needs no labels.
. "$ROOT/tests/cli/common"

for sample in chunk pos; do
    echo "# $sample"
    test=$corpora/$sample-test.conll
    eval "train $sample \"\$$sample\" run.epochs=3"
    "$A" eval $sample "$test" >evaluated
    "$A" tag $sample "$test" >tagged
    "$A" score - <tagged >scored
    same "tag | score and eval" scored evaluated
    "$A" eval $sample "$test" --threads 3 >three
    same "eval in three threads" three evaluated
    "$A" eval $sample "$test" "$test" | awk 'NR == 1 { print "both halves:", $2 }'
    awk 'NF { NF--; $1 = $1 } { print }' tagged >kept
    same "columns of the input" kept "$test"
    "$A" tag $sample <"$test" >tagged2
    same "standard input" tagged2 tagged
    awk 'NF { NF-- } { print }' "$test" >unlabelled
    "$A" tag $sample unlabelled | awk '{ print $NF }' >labels
    awk '{ print $NF }' tagged >labels2
    same "without the label column" labels labels2
    tr ' ' '\t' <"$test" | sed 's/^./ &/' | "$A" tag $sample - >tagged3
    same "other white space" tagged3 tagged
    [ "$(sort -u labels | wc -l)" -gt 5 ] || echo "HARDLY ANY LABELS"
done

echo "# the label column in front"
awk 'NF { print $3, $1, $2; next } { print }' "$corpora/chunk-train.conll" >train
awk 'NF { print $3, $1, $2; next } { print }' "$corpora/chunk-test.conll" >test
printf 'U1:%%x[0,1]\nU2:%%x[-1,1]\nU3:%%x[1,2]\nB\n' >front.tpl
printf 'U1:%%x[0,0]\nU2:%%x[-1,0]\nU3:%%x[1,1]\nB\n' >last.tpl
train front "$chunk" corpus.columns='[chunk, word, pos]' corpus.train=train corpus.test=test \
    features.template=front.tpl run.epochs=1
train last "$chunk" features.template=last.tpl run.epochs=1
"$A" tag last "$corpora/chunk-test.conll" | awk '{ print $NF }' >labels
"$A" tag front test | awk '{ print $NF }' >labels2
same "labelled" labels2 labels
awk 'NF { print $2, $3; next } { print }' test | "$A" tag front | awk '{ print $NF }' >labels3
same "without labels" labels3 labels
"$A" eval front test >score1
"$A" eval last "$corpora/chunk-test.conll" >score2
same "eval" score1 score2

echo "# segmentation"
test=$corpora/seg-test.txt
train seg "$seg" run.epochs=3
tr -d ' ' <"$test" >raw
"$A" eval seg "$test" >evaluated
"$A" tag seg raw >tagged
"$A" score "$test" tagged --words "$corpora/seg-train.txt" >scored
same "tag, then score, and eval" scored evaluated
"$A" tag seg "$test" --blanks drop >tagged2
same "tag of segmented text, blanks dropped" tagged2 tagged
tr -d ' ' <tagged >kept
same "characters of the input" kept raw
awk '/F MEASURE/ { print "F above 0.9:", ($NF > 0.9 ? "yes" : "NO, " $NF) }' evaluated
awk '{ if (NR % 7 == 1) print ""; if (NR % 14 == 1) print "\t "; print } END { print ""; print "" }' raw >gaps
"$A" tag seg gaps >tagged
tr -d ' \t' <gaps >bare
tr -d ' ' <tagged >kept
same "empty lines stay" kept bare
awk 'NF' tagged >filled
"$A" tag seg raw >tagged2
same "and change nothing" filled tagged2
printf '%s\n%s' "$(head -n 1 raw)" "$(sed -n 2p raw)" | "$A" tag seg >tagged
head -n 2 tagged2 >two
same "no final newline" tagged two

echo "# nothing in, nothing out"
for model in chunk pos seg; do printf '' | "$A" tag $model; done
echo "# blank lines only"
for model in chunk seg; do printf '\n\n' | "$A" tag $model | awk 'END { print NR, "lines" }'; done
