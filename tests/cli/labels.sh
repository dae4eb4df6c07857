# Labels that the scheme does not have, and rules that fit none: train, check and eval say so. And corpus.scheme: bilou.
. "$ROOT/tests/cli/common"
printf 'U00:%%x[0,0]\nU01:%%x[-1,0]\nB\n' >t.tpl
cat >c.yaml <<'END'
corpus: {format: conll, task: chunking, train: train, test: test}
features: {template: t.tpl}
optimizer: {rate: 0.2}
engine: {name: sequential}
run: {epochs: 20}
END
# one sentence for each label that is laid out here: a three-token chunk, one of two, one of one
layout() { printf 'the %s-X\nold %s-X\nman %s-X\nsaw O\ntwo %s-Y\ndogs %s-Y\n\nIt %s-X\nwent O\n' "$@"; }
layout B I L B L U >bilou
layout B I I B I B >iob2
layout B I E B E S >iobes
# quietly: what is said but for speeds
said() { "$@" 2>&1 >stdout | grep -e warning -e asyntrain: ; }

echo "# a corpus in BILOU under iob2"
cp bilou train && cp bilou test
said "$A" train c.yaml --out run
said "$A" check c.yaml
said "$A" eval run bilou
cut -c 1-60 stdout | head -n 1
echo "# that said, and learned in another scheme"
for encode in same iob1 iobes; do
    said "$A" train c.yaml corpus.scheme=bilou corpus.encode=$encode run.decode=scheme --out bilou-$encode
    said "$A" eval bilou-$encode bilou
    head -n 1 stdout
    "$A" tag bilou-$encode bilou >tagged
    "$A" score tagged | head -n 1
done
cut -d ' ' -f 1,2 tagged >gold && cut -d ' ' -f 1,3 tagged >answer
same "answers are BILOU" gold answer
cp iob2 train && cp iob2 test
said "$A" train c.yaml corpus.encode=bilou --out encoded
said "$A" eval encoded iob2 --strict
head -n 1 stdout

echo "# the test corpus has another scheme than the training corpus"
cp iob2 train && cp iobes test
said "$A" train c.yaml --out run
said "$A" eval run iobes
echo "# IOB1 under iob2"
printf 'a I-X\nb I-X\n\nc O\nd I-Y\n' >train && cp train test
said "$A" train c.yaml --out run
echo "# slips; tags may be anything, but for characters that nobody sees"
printf 'a B-X\nb I-X\nc O\n\na B_X\nb I-X\nc 0\n\na B-X\302\240\nb I-X\nc O\n\na B-\nb I\nc O\n' >train && cp iob2 test
said "$A" train c.yaml --out run
said "$A" train c.yaml corpus.task=tagging --out run
grep -c '^warning' run/log.txt
echo "# where labels are turned into others they are faults"
said "$A" check c.yaml corpus.encode=iobes
said "$A" check c.yaml corpus.encode=iobes corpus.train=bilou
said "$A" check c.yaml corpus.task=tagging corpus.encode=iobes

echo "# rules"
cp iob2 train && cp iob2 test
said "$A" check c.yaml corpus.map='[Z=A, "*=O", Y=B]'
said "$A" train c.yaml corpus.map='[X=A, X=B, Y=C]' --out run
said "$A" train c.yaml corpus.map='[X=A, "*=O"]' --out run
printf 'a NN\nb VB\n' >train && cp train test
said "$A" check c.yaml corpus.task=tagging corpus.map='[N*=N, NN=X, VBB=V]'

echo "# eval: a table of labels, strict chunks"
said "$A" train c.yaml corpus.task=tagging --out tags
said "$A" eval tags test --labels
cat stdout
said "$A" eval tags test --strict
said "$A" eval encoded iob2 --labels
sed -n '1p; /^label/,$p' stdout
