# The paper's Bi-LSTM, stopped by INT three times and resumed: with one worker it ends with the bits of the run that was
# never stopped; with AsynGrad its score lies within the range of runs that were never stopped, and no gradient is lost.
# And a model that goes on with the second half of the sentences after the first.
set -eu
corpora=$ASYNTRAIN_CORPORA
[ -f "$corpora/conll2000/train.txt" ] || { echo "not there: $corpora/conll2000" && exit 77; }
lstm=$ROOT/configs/sun2016-chunking-lstm.yaml epochs=8

# epochs_of FOLDER: in the log of a run that is under way
epochs_of() { grep -c '"event":"epoch"' "$1/metrics.jsonl.part" 2>/dev/null || :; }

# until_stopped FOLDER EPOCHS COMMAND...: run it in the foreground, where INT is not ignored; INT comes soon after so many
# epochs. There are enough of them that a machine which is five times as fast is not done by then.
until_stopped() {
    folder=$1 after=$2 code=0
    shift 2
    rm -f pid "$folder"/*.part # of the process before
    {
        while [ ! -s "$folder/metrics.jsonl.part" ] || [ "$(epochs_of "$folder")" -lt "$after" ]; do sleep 0.1; done
        sleep 0.3
        kill -INT "$(cat pid)"
    } 2>/dev/null &
    sh -c 'echo $$ >pid && exec "$@"' sh "$@" >/dev/null || code=$?
    wait
    ls "$folder"/checkpoint-*.safetensors >/dev/null
    [ $code -eq 130 ] || { echo "exit $code instead of 130" && exit 1; }
}

# stopped FOLDER KEY=VALUE...: a run that is stopped three times
stopped() {
    folder=$1
    shift
    until_stopped "$folder" 0 "$ASYNTRAIN" train "$lstm" run.epochs=$epochs "$@" --quiet --out "$folder"
    until_stopped "$folder" 2 "$ASYNTRAIN" train --resume "$folder" --quiet
    until_stopped "$folder" 5 "$ASYNTRAIN" train --resume "$folder" --quiet
    "$ASYNTRAIN" train --resume "$folder" >"$folder.score" 2>said
}

# f1 FILE: of a table of scores
f1() { awk '/^accuracy/ { print $NF }' "$1"; }

alone='engine.name=sequential engine.threads=1 run.average=2'
# shellcheck disable=SC2086 # words
"$ASYNTRAIN" train "$lstm" run.epochs=$epochs $alone --out whole >whole.score 2>said
# shellcheck disable=SC2086 # words
stopped broken $alone
cmp whole/model.safetensors broken/model.safetensors
cmp whole.score broken.score
echo "    one worker: $(sha256sum broken/model.safetensors | cut -c1-16), F1 $(f1 broken.score), as never stopped"

two='engine.name=asyngrad engine.threads=2 run.average=2'
for seed in 1 2 3; do
    # shellcheck disable=SC2086 # words
    "$ASYNTRAIN" train "$lstm" run.epochs=$epochs $two run.seed=$seed --out seed >seed.score 2>said
    f1 seed.score
done >scores
# shellcheck disable=SC2086 # words
stopped threads $two
awk '/"event":"run"/ { sub(/.*"samples":/, ""); samples = $0 + 0 }
    /"event":"epoch"/ {
        sum = 0
        while (match($0, /"gradients":[0-9]+,"errors"/)) {
            sum += substr($0, RSTART + 12) + 0
            $0 = substr($0, RSTART + RLENGTH)
        }
        if (sum != samples) { print "an epoch of " sum " gradients, not " samples; bad = 1 }
    }
    END { exit bad }' threads/metrics.jsonl
f1 threads.score | cat - scores | awk '
    NR == 1 { mine = $1; next }
    { least = NR == 2 || $1 < least ? $1 : least; most = $1 > most ? $1 : most }
    END {
        room = most - least > 0.3 ? most - least : 0.3 # of three seeds the range is no more than a hint
        printf "    two threads: F1 %.2f, never stopped %.2f to %.2f\n", mine, least, most
        exit !(mine >= least - room && mine <= most + room)
    }'
