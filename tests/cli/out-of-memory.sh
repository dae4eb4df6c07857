# Memory that cannot be had, whoever asks for it (the program, libyaml, jansson, zlib, OpenMP, the C library): exit code 7
# and one message, or no harm. Some allocations of each command; tests/long/out-of-memory.sh takes all.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/shim/sweep"
head -n 120 "$corpora/pos-train.conll" >pos
head -n 120 "$corpora/chunk-train.conll" >chunks
gzip -c pos >pos.gz 2>/dev/null || cp pos pos.gz
awk 'NF { print $1, $2, $2 } !NF' pos >columns
crf="$pos corpus.train=pos.gz corpus.dev=pos corpus.test=pos run.epochs=1"
lstm="$configs/sample-lstm.yaml corpus.train=chunks corpus.dev=chunks corpus.test=chunks run.epochs=1 model.hidden=4 model.embedding=4"
one="engine.name=sequential engine.threads=1"
two="engine.name=synchronous engine.policy=minibatch engine.threads=2"
# shellcheck disable=SC2086 # assignments are words
"$A" train $crf $one --quiet --out older >/dev/null

echo "# some allocations"
# shellcheck disable=SC2086
{
    out_of_memory list 16 none "$A" list keys
    out_of_memory check 16 none "$A" check $crf
    out_of_memory score 16 none "$A" score columns
    out_of_memory eval 16 none "$A" eval older pos.gz --threads 2
    out_of_memory tag 16 none "$A" tag older pos.gz
    out_of_memory "train dense-crf" 40 same "$A" train $crf $one --quiet --out run
    out_of_memory "train dense-crf, 2 threads" 16 same "$A" train $crf $two --quiet --out run
    out_of_memory "train bilstm, 2 threads" 16 same "$A" train $lstm $two --quiet --out run
}

echo "# the system itself has none (errno ENOMEM)"
watch
for call in open:1 open:3 truncate:2 fsync:1; do
    # shellcheck disable=SC2086
    run "train, $call" faulty $call:ENOMEM "$A" train $crf $one --quiet --out older
done
# shellcheck disable=SC2086
run "train, mkdir" faulty mkdir:2:ENOMEM "$A" train $crf $one --quiet --out new/run
[ ! -e new ] || echo "IT LEFT A FOLDER"
watched=''

echo "# a limit on memory (ulimit -v), from the least that the program starts with"
least=10000
while [ $least -lt 4000000 ] && ! (ulimit -v $least && exec "$A" version) >/dev/null 2>&1; do
    least=$((least + least / 50 + 1))
done
# limited NAME COMMAND...
limited() {
    name=$1 limit=$least
    shift
    while [ "$limit" -lt $((least * 2)) ]; do
        rm -rf run
        (ulimit -v "$limit" && exec "$@") >out 2>err </dev/null
        code=$?
        case $code in
        0) ;;
        7) message err && [ ! -e run ] || { echo "$name, $limit KiB: NOT THE ONE MESSAGE, OR A RUN" && cat err; } ;;
        *) echo "$name, $limit KiB: EXIT $code" && cat err ;;
        esac
        limit=$((limit + limit / 20))
    done
    echo "$name: exit $code in the end"
}
# shellcheck disable=SC2086
{
    limited train "$A" train $crf $one --quiet --out run
    limited "train, 2 threads" "$A" train $crf $two --quiet --out run
    limited tag "$A" tag older pos
    limited "eval, 2 threads" "$A" eval older pos --threads 2
}
