# A limit on a user's processes, of which threads are some: exit code 8 and the remedy. Root has no such limit.
. "$ROOT/tests/cli/common"
other=''
[ "$(id -u)" -ne 0 ] || other="setpriv --reuid=65534 --regid=65534 --clear-groups"
# limited COMMAND...
limited() {
    # shellcheck disable=SC2086 # a command and its options, or nothing
    $other prlimit --nproc=1:1 "$@"
}
limited "$A" version >/dev/null 2>&1 && limited test -r "$pos" || {
    echo "there is no prlimit (util-linux), or no other user than root who can read the checkout" && exit 77
}
nothing="corpus.train=nothing corpus.test=nothing"
run train limited "$A" train "$pos" $nothing engine.name=asyngrad engine.threads=3 --quiet --out run
run bench limited "$A" bench "$pos" $nothing --modes asyngrad --threads 1,3 --repeats 1
run eval limited "$A" eval older nothing --threads 3
