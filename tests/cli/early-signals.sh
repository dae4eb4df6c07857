# Signals while the corpora are read: who wants to save has nothing to save yet; who wants an end has it.
. "$ROOT/tests/cli/common"
mkfifo corpus || { echo "this system has no pipes with names" && exit 77; }
# early SIGNAL: to a run that has opened its corpus and waits for it
early() {
    "$A" train "$pos" corpus.train=corpus run.epochs=1 engine.name=sequential engine.threads=1 --quiet --out run >out &
    # shellcheck disable=SC2094 # a pipe
    {
        kill -s "$1" $!
        cat "$corpora/pos-train.conll" 2>/dev/null
    } >corpus
    wait $!
    echo "$1: exit $?, $(ls run 2>/dev/null | wc -l | tr -d ' ') files"
    rm -rf run
}
early USR1
(early TERM) 2>/dev/null
