# Feature files of CRFsuite: the same features train and answer as with a template; what is wrong with a file or a
# configuration is said in one line.
. "$ROOT/tests/cli/common"
# features FILE: the features of the template below, as CRFsuite would be given them
features() {
    awk 'function name(s) { gsub(/\\/, "\\\\", s); gsub(/:/, "\\:", s); return s }
        NF { if (!n++) before = "_B-1"
            print $NF "\t" name("U0:" $1) "\t" name("U1:" before "/" $1) "\t" name("U2:" $2); before = $1 }
        !NF { print ""; n = 0 }' "$1"
}
features "$corpora/chunk-train.conll" >train.txt
features "$corpora/chunk-test.conll" >test.txt
printf 'U0:%%x[0,0]\nU1:%%x[-1,0]/%%x[0,0]\nU2:%%x[0,1]\nB\n' >template
cat >config.yaml <<END
corpus: {format: crfsuite, task: chunking, train: train.txt, test: test.txt}
model: {name: dense-crf, rich_edges: seen}
optimizer: {rate: 0.1}
run: {epochs: 2}
END
columns="corpus.format=conll corpus.train=$corpora/chunk-train.conll corpus.test=$corpora/chunk-test.conll"
train ours config.yaml
train columns config.yaml $columns features.template=template
"$A" eval ours test.txt >evaluated
"$A" eval columns "$corpora/chunk-test.conll" >expected
same "eval" evaluated expected
"$A" tag ours test.txt >tagged
"$A" tag columns "$corpora/chunk-test.conll" | awk 'NF { print $(NF - 1) "\t" $NF } !NF' >expected
same "answers" tagged expected
"$A" score tagged >scored
same "tag | score and eval" scored evaluated
cut -f 2- test.txt | sed 's/^./	&/' | "$A" tag ours | cut -f 2 >unlabelled
cut -f 2 tagged >labels
same "without labels" unlabelled labels
check config.yaml | head -n 2

echo "# values and weights"
printf '@weight:2\nB\tlong\tlen:0.5\nI\tlen:1.5\tlen:1\n\nO\tlen:-1\nO\ttime\\:noon\n' >values.txt
run "train" "$A" train config.yaml --quiet --out values corpus.task=tagging corpus.scheme=plain corpus.train=values.txt corpus.test=values.txt \
    engine.name=sequential engine.threads=1 optimizer.rate=0.5 run.epochs=20
"$A" tag values values.txt
check config.yaml corpus.task=tagging corpus.scheme=plain corpus.train=values.txt corpus.test=
run "labels" "$A" check config.yaml corpus.task=tagging corpus.scheme=plain corpus.train=values.txt corpus.test= "corpus.label_weights=[O=0.5, B=2]"
run "a label that is none" "$A" check config.yaml corpus.task=tagging corpus.scheme=plain corpus.train=values.txt corpus.test= "corpus.label_weights=[X=2]"
run "no number" "$A" check config.yaml "corpus.label_weights=[O=a]"

echo "# what labels rest on: values times the weights of tsv"
"$A" export values >values.tsv
"$A" inspect values --sentence values.txt:2 --top 100 >said
awk '/ = emission / { sub(/: score.*/, ""); print }' said
awk -F '\t' 'NR == FNR { if ($1 == "state") w[$2 " " $4] = $5; next }
    / = emission / || / > / || !/^ / { next }
    { split($0, c, " "); v = c[4] == "(value" ? c[5] + 0 : 1; d = c[1] - v * w[c[2] " " c[3]]; n++
      print (d < 2e-5 && d > -2e-5 ? "" : "ANOTHER: ") c[2], v }' values.tsv said | LC_ALL=C sort
"$A" inspect values | awk '/^features/ { print $1, $2, NF } /template/'
"$A" inspect values --feature time:noon | head -n 1
sed 'y/BIO/IOB/' values.txt >turned.txt
train turned config.yaml corpus.task=tagging corpus.train=turned.txt corpus.test= optimizer.rate=0.5 run.epochs=20
"$A" compare values turned values.txt --show 1 | awk -F '\t' 'on { print $1 } / labels differ / { on = 1 }'
printf 'B\tlong\t<b>\033[1m&\nI\n' >odd.txt
"$A" report turned --test odd.txt -o page.html 2>/dev/null
grep -o '<li class="wrong"><bdi>[^/]*' page.html

echo "# faults"
bad() {
    printf '%b\n' "$2" >bad.txt
    run "$1" "$A" train config.yaml --quiet --out none corpus.task=tagging corpus.scheme=plain corpus.train=bad.txt corpus.test=
}
bad "no value" 'B\ta:'
bad "no finite number" 'B\ta\nI\ta:1e999'
bad "no name" 'B\t:1'
bad "no label" 'B\ta\n\tb'
bad "a weight below 0" '@weight:-1\nB\ta'
bad "a weight within" 'B\ta\n@weight:1'
for key in features.template=template corpus.columns=[a,b] corpus.label=pos corpus.task=segmentation \
    corpus.weight_column=w corpus.format=conll; do
    run "$key" "$A" train config.yaml --quiet --out none "$key"
done
sed 's/, rich_edges: seen//' config.yaml >plain.yaml
run "bilstm" "$A" train plain.yaml --quiet --out none model.name=bilstm

echo "# a column of weights"
awk 'NF { print 1 + k % 2, $0; next } { k++; print }' "$corpora/chunk-train.conll" >weighed
keys="corpus.format=conll corpus.train=weighed corpus.test= corpus.columns=[w,word,pos,chunk] corpus.label=chunk features.template=wt"
printf 'U0:%%x[0,1]\nB\n' >wt
run "numbers" "$A" train config.yaml --quiet --out weights $keys corpus.weight_column=w
run "words" "$A" train config.yaml --quiet --out none $keys corpus.weight_column=word
run "no column" "$A" train config.yaml --quiet --out none $keys corpus.weight_column=x
