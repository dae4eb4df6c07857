# The configurations of the Bi-LSTM, cut down, on the samples: each engine trains with them, and what it has trained is
# scored and tags later as it did then. And settings that cannot be.
. "$ROOT/tests/cli/common"
export ASYNTRAIN_CORPORA="$corpora"
head -n 2000 "$corpora/chunk-train.conll" >chunk
head -n 2000 "$corpora/pos-train.conll" >pos
head -n 400 "$corpora/seg-train.txt" >seg
engines="sequential
sequential engine.accumulate=4
asyngrad engine.threads=2
asyngrad engine.threads=2 engine.accumulate=4
asyngrad engine.threads=2 engine.combine.mode=auto
averaging engine.threads=2
synchronous engine.threads=2
synchronous engine.threads=2 engine.policy=minibatch
simulated engine.workers=4
simulated engine.workers=4 engine.delay.law=interleaved"
# score FILE: F1, F or accuracy in per cent
score() {
    awk '/F MEASURE/ { value = 100 * $NF } /FB1:/ && !value { value = $NF }
        /^accuracy.*sentences/ { value = $2 + 0 } END { print value }' "$1"
}
# every CONFIG TEST LEAST OVERRIDES...: with each engine; at least that score
every() {
    echo "# $1"
    config=$configs/$1.yaml test=$2 least=$3
    shift 3
    echo "$engines" | while read -r engine; do
        rm -rf made
        # shellcheck disable=SC2086 # a list of assignments
        "$A" train "$config" corpus.test="$test" "$@" run.average=4 run.epochs=5 engine.accumulate=1 engine.name=$engine \
            --out made </dev/null >trained 2>said
        [ -d made ] || continue
        "$A" eval made "$test" >evaluated
        case $test in
        *.txt) "$A" tag made "$test" --blanks drop >tagged ;;
        *) "$A" tag made "$test" >tagged ;;
        esac
        case $test in
        *.txt) "$A" score "$test" tagged --words seg >scored ;;
        *) "$A" score - <tagged >scored ;;
        esac
        if cmp -s trained evaluated && cmp -s scored evaluated; then answer=same; else answer=DIFFERENT; fi
        echo "$engine: train, eval and tag: $answer, $(score evaluated |
            awk -v least="$least" '{ print ($1 >= least ? "learnt" : "NOT LEARNT: " $1) }')"
    done
}
every conll2000-chunking-lstm "$corpora/chunk-test.conll" 75 corpus.train=chunk model.hidden=12 model.dropout=0.1 optimizer.rate=0.01
every ewt-pos-lstm "$corpora/pos-test.conll" 75 corpus.train=pos corpus.dev= corpus.columns='[word, pos]' \
    corpus.label=pos model.hidden=12 model.dropout=0.1 optimizer.rate=0.01
every pd98-wordseg-lstm "$corpora/seg-test.txt" 75 corpus.train=seg optimizer.rate=0.01

echo "# steps of more tokens than are made together: as sentence by sentence, which a clip that never clips asks for"
# losses OVERRIDES...: of two epochs
losses() {
    "$A" train "$configs/conll2000-chunking-lstm.yaml" corpus.train="$corpora/chunk-train.conll" corpus.test= \
        model.hidden=12 run.epochs=2 run.average=0 engine.accumulate=300 "$@" --quiet --out long >/dev/null &&
        sed -n 's/.*"event":"epoch".*"loss":\([0-9.e+-]*\).*/\1/p' long/metrics.jsonl
}
for cell in lstm gru; do
    losses model.cell=$cell >together
    losses model.cell=$cell model.clip=1e9 >alone
    paste together alone | awk -v cell=$cell '{ off = ($1 - $2) / $2; if (off < 0) off = -off; if (off > most) most = off }
        END { print cell ": " NR " epochs, the losses are " (most < 1e-4 && NR == 2 ? "the same" : "off by " most) }'
done

echo "# settings that cannot be"
small="corpus.train=pos corpus.test= model.name=bilstm optimizer.l2.value=0 run.epochs=1"
train older "$pos" $small
watch
# bad KEY=VALUE...
bad() { run "$*" "$A" train "$pos" $small --quiet --out older "$@"; }
bad model.hidden=0
bad model.hidden=1e9
bad model.hidden=-3
bad model.embedding=0
bad model.layers=7
bad model.dropout=1.5
bad model.dropout=1
bad model.clip=-1
bad model.clip=nan
bad model.unknown=-1
bad model.block_rows=0
bad model.cell=lstn
bad model.recurrence=diagonal model.input=sum model.hidden=20 model.embedding=30
bad model.embeddings="10 20"
bad model.input=sum model.embeddings="10 20"
bad model.embeddings="10 x"
