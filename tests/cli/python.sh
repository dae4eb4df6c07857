# docs/python.md: a model read by its few lines of Python, and scripts/tag-numpy, which labels as `asyntrain tag` does.
. "$ROOT/tests/cli/common"
python=''
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import numpy' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || { echo "no python3 with numpy"; exit 77; }

# the blocks of that page, as files page-1.py …, of which the first is a part of the script
awk '/^```python/ { on = 1; file = "page-" ++n ".py"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/docs/python.md"

# labels NAME ASSIGNMENTS...: train two passes; both programs tag the sample's test file
labels() {
    name=$1
    shift
    rm -rf run
    "$A" train "$configs/demo.yaml" features.template=lines.tpl model.rich_edges= model.name=bilstm optimizer.name=adam \
        optimizer.rate=0.01 optimizer.l2.value=0 engine.name=sequential engine.threads=1 run.epochs=2 --quiet --out run \
        "$@" >/dev/null
    "$A" tag run "$corpora/chunk-test.conll" >ours
    "$python" "$ROOT/scripts/tag-numpy" run/model.safetensors "$corpora/chunk-test.conll" >theirs
    same "$name, $(cut -d' ' -f4 ours | sort -u | grep -c .) labels" ours theirs
}
printf '# context, too\nU0:%%x[0,0]\nU1:%%x[0,1]\nB\nU2:%%x[-2,1]\nU3:%%x[2,0]\n' >lines.tpl
labels "gru, diagonal, two layers, crf" model.cell=gru model.layers=2 model.hidden=20 model.embedding=20 model.output=crf
labels "rnn, full, concatenated" model.cell=rnn model.recurrence=full model.hidden=20 model.embedding=7 model.input=concatenate
labels "lstm, diagonal, concatenated" model.hidden=9 model.embedding=9 model.input=concatenate
labels "gru, full" model.cell=gru model.recurrence=full model.hidden=12 model.embedding=10
labels "lstm, full, two layers" model.recurrence=full model.layers=2 model.hidden=12 model.embedding=10

"$python" page-1.py
sed '/^strings, tensors/,$d' page-1.py >reader
"$python" -c 'import sys; print(open("reader").read().strip() in open(sys.argv[1]).read())' "$ROOT/scripts/tag-numpy"
! "$python" -c 'import safetensors' 2>/dev/null || { "$python" page-2.py >/dev/null || echo "page-2.py FAILED"; }

# what it does not read, it refuses
printf 'U0:%%x[0,0]/%%x[0,1]\n' >lines.tpl
"$A" train "$configs/demo.yaml" features.template=lines.tpl run.epochs=1 --quiet --out pair >/dev/null
"$python" "$ROOT/scripts/tag-numpy" pair/model.safetensors "$corpora/chunk-test.conll"
echo "exit $?"
