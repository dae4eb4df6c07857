# Networks that cannot be: refused before any work is done; odd ones that can; and model files that do not fit themselves.
. "$ROOT/tests/cli/common"
head -n 400 "$corpora/pos-train.conll" >corpus
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    echo "U$k:%x[$((k % 9 - 4)),0]/$k"
done >wide.tpl
head -n 22 wide.tpl >22.tpl
printf 'U0:%%x[0,0]\nU1:%%x[-1,0]\nB\n' >two.tpl
printf 'B\nB1:%%x[0,0]\n' >edges.tpl
train older "$pos" run.epochs=1
watch
small="corpus.train=corpus corpus.test= features.template=two.tpl run.epochs=1 model.name=bilstm model.hidden=5
    model.embedding=5 optimizer.rate=0.01 optimizer.l2.value=0"
bad() {
    row=$1
    shift
    run "$row" "$A" train "$pos" $small "$@" --quiet --out older
}

echo "# keys"
bad "dropout" model.dropout=1.5
bad "no units" model.hidden=0
bad "units without end" model.hidden=1e9
bad "a billion units" model.hidden=1000000000
bad "clip" model.clip=-1
bad "unknown" model.unknown=-1
bad "layers" model.layers=7
bad "no number" "model.embeddings=100 x"
bad "an embedding of 0" "model.embeddings=100 0"
bad "three of two embeddings" "model.embeddings=100 20 3"
bad "embeddings that are added up" "model.embeddings=100 20" model.input=sum
bad "diagonal, and another embedding" model.recurrence=diagonal model.embedding=9
bad "accumulate" engine.accumulate=1000001
bad "another model's key" model.rich_edges=seen
bad "a CRF with units" model.name=dense-crf

echo "# templates, and a corpus"
bad "no U line" features.template=edges.tpl
bad "25 U lines side by side" features.template=wide.tpl
bad "22, six layers and characters" features.template=22.tpl model.layers=6 model.characters=lstm
: >nothing
bad "nothing to test" corpus.test=nothing

echo "# odd, but why not"
odd() {
    row=$1
    shift
    run "$row" "$A" train "$pos" $small "$@" --quiet --out run
}
odd "25 U lines added up" features.template=wide.tpl model.input=sum
odd "22 U lines, six layers" features.template=22.tpl model.layers=6 model.output=crf
odd "one unit, one number" model.hidden=1 model.embedding=1 model.output=crf model.clip=1
odd "a block a matrix, a step an epoch" model.block_rows=1000000 engine.accumulate=1000000
awk 'NF { print $1, "X"; next } { print }' corpus >one
odd "one label" corpus.train=one model.output=crf
awk 'NF { print; print "" }' corpus >short
odd "sentences of a token" corpus.train=short model.cell=gru model.characters=lstm engine.accumulate=3

echo "# a model file whose configuration says otherwise"
odd "trained" model.hidden=12
for other in 's/hidden: 12/hidden: 13/' 's/hidden: 12/hidden: 99/' 's/layers: 1/layers: 6/' 's/cell: lstm/cell: gru /' \
    's/output: softmax/output: crf    /' 's/hidden: 12/hidden: 00/'; do
    # as an older program wrote it, without a signature
    LC_ALL=C sed 's/"signature":"................",/                               /; s/"asyntrain":"3"/"asyntrain":"1"/'";$other" run/model.safetensors >changed
    [ "$(wc -c <changed)" -eq "$(wc -c <run/model.safetensors)" ] || continue
    run "$other" "$A" tag changed corpus
done
