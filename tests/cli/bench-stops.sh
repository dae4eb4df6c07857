# A signal ends a benchmark in order: the repeats that were complete make its table and its files.
# shellcheck disable=SC2086,SC2094,SC1003 # words
. "$ROOT/tests/cli/common"

# stop SIGNAL TURNS: a benchmark of two modes, ended when it has begun so many runs
stop() {
    rm -f b.csv b.json
    : >stderr
    "$A" bench $pos engine.threads=1 run.epochs=2 --modes sequential,minibatch --threads 1 --repeats 10000 \
        --out b --log-json >stdout 2>stderr </dev/null &
    process=$!
    while kill -0 $process 2>/dev/null && [ "$(grep -c threads stderr)" -lt "$2" ]; do
        sleep 0.02 2>/dev/null || sleep 1
    done
    kill -"$1" $process 2>/dev/null
    wait $process 2>/dev/null
    echo "$1: exit $?"
}

stop TERM 6
words=$(grep stopped stderr)
complete=${words##*the }
complete=${complete%% repeats*}
echo "$words" | sed 's/the [0-9]* repeats/the N repeats/'
grep '^|' stdout | sed 's/|[^|]*|[^|]*|[^|]*|[^|]*|[^|]*|$/| .../'
grep -c "^$complete repeats, runs take turns" stdout
[ "$complete" -ge 2 ] || echo "only $complete complete"
[ "$(grep -c . b.csv)" -eq $((1 + 2 * complete)) ] || echo "b.csv has $(grep -c . b.csv) lines"
grep -c "\"repeats\":$complete," b.json

stop HUP 1
grep -o 'stopped by HUP.*' stderr | sed 's/[0-9]* repeats/N repeats/; s/the table is.*/.../; s/N repeats of.*/.../'
