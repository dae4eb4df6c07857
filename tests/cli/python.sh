# docs/python.md: a model read by its few lines of Python, and scripts/tag-numpy, which labels as `asyntrain tag` does.
. "$ROOT/tests/cli/common"
python=''
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import numpy' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || { echo "no python3 with numpy"; exit 77; }

# the blocks of that page, as files page-1.py …, of which the first is a part of the script
awk '/^```python/ { on = 1; file = "page-" ++n ".py"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/docs/python.md"

cat >lstm.yaml <<END
corpus: {format: conll, task: chunking, columns: [word, pos, chunk], label: chunk, train: "$corpora/chunk-train.conll"}
features: {template: lines.tpl}
model: {name: bilstm}
optimizer: {name: adam, rate: 0.01}
engine: {name: sequential}
run: {epochs: 2}
END
# labels NAME ASSIGNMENTS...: train two epochs; both programs tag the sample's test file
labels() {
    name=$1
    shift
    "$A" train lstm.yaml --quiet --out run "$@" >/dev/null
    "$A" tag run "$corpora/chunk-test.conll" >ours
    "$python" "$ROOT/scripts/tag-numpy" run/model.safetensors "$corpora/chunk-test.conll" >theirs
    [ "$(cut -d' ' -f4 ours | sort -u | grep -c .)" -gt 4 ] || echo "TOO FEW LABELS"
    same "$name" ours theirs
}
printf 'U0:%%x[0,0]\nU1:%%x[0,1]/%%x[-1,1]\nU2\nB\nU3:%%x[-2,1]/%%x[0,1]/%%x[1,0]\n' >lines.tpl
labels "lstm, lines of several macros" model.hidden=12 model.embedding=10
labels "maxent" model.name=maxent optimizer.name=sgd optimizer.rate=0.1
labels "dense-crf" model.name=dense-crf optimizer.name=sgd optimizer.rate=0.1
labels "dense-crf, rich edges" model.name=dense-crf model.rich_edges=seen optimizer.name=sgd optimizer.rate=0.1
labels "dense-crf, all rich edges" model.name=dense-crf model.rich_edges=all model.rich_threshold=3 optimizer.name=sgd \
    optimizer.rate=0.1
printf '# context, too\nU0:%%x[0,0]\nU1:%%x[0,1]\nB\nU2:%%x[-2,1]\nU2:%%x[2,1]\nU3:%%x[-1,0]\n' >lines.tpl
labels "gru, diagonal, two layers, crf, added up" model.cell=gru model.recurrence=diagonal model.layers=2 \
    model.hidden=20 model.embedding=20 model.output=crf model.input=sum
labels "rnn, full, beside each other" model.cell=rnn model.hidden=20 'model.embeddings="7 20 3 40"'
labels "lstm, diagonal, beside each other" model.recurrence=diagonal model.hidden=9 model.embedding=9
labels "gru, full, dropout, crf" model.cell=gru model.hidden=12 model.embedding=10 model.dropout=0.2 model.output=crf
labels "gru, without blocks of zeros" model.cell=gru model.hidden=20 model.embedding=4 model.output=crf optimizer.name=ftrl \
    optimizer.beta=0.01 optimizer.lambda1=10
LC_ALL=C grep -a -o '"blocks.embedding.0"' run/model.safetensors
labels "lstm, full, two layers, added up" model.layers=2 model.hidden=35 model.embedding=10 model.input=sum

# a header, and a last sentence without a blank line after it
{ printf -- '-DOCSTART- -X- O\n\n' && head -n 100 "$corpora/chunk-test.conll" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; } >header
"$A" tag run header >ours
"$python" "$ROOT/scripts/tag-numpy" run header >theirs
same "a header" ours theirs

"$python" page-1.py
sed -n '/^def load/,/return/p' page-1.py >page
sed -n '/^def load/,/return/p' "$ROOT/scripts/tag-numpy" >script
same "the page's load and the script's" page script
! "$python" -c 'import safetensors' 2>/dev/null || { "$python" page-2.py >/dev/null || echo "page-2.py FAILED"; }

# what it does not read, it refuses
printf 'U0:%%x[0,0,suffix:2]\n' >lines.tpl
"$A" train lstm.yaml --quiet --out suffix >/dev/null
"$python" "$ROOT/scripts/tag-numpy" suffix/model.safetensors "$corpora/chunk-test.conll"
echo "exit $?"
printf 'U0:%%x[0,0]\n' >lines.tpl
"$A" train lstm.yaml --quiet --out scheme run.decode=scheme >/dev/null
"$python" "$ROOT/scripts/tag-numpy" scheme "$corpora/chunk-test.conll"
echo "exit $?"
printf 'U0:%%x[0,0]\nB:%%x[0,1]\n' >lines.tpl
"$A" train lstm.yaml --quiet --out edges model.name=dense-crf >/dev/null
"$python" "$ROOT/scripts/tag-numpy" edges "$corpora/chunk-test.conll"
echo "exit $?"
