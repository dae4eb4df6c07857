# Gradient errors and delays as they are said: where the rate is an upper bound, what private copies and waiting do to it,
# and that the mean delay is the same wherever it stands. Figures of threads are the machine's and are not shown.
. "$ROOT/tests/cli/common"
pos="$pos corpus.test= engine.audit.every=0 run.epochs=2"
# rates WHAT...: a run's line of the second epoch, log.txt's and metrics.jsonl's, with all figures but 0.0 as N
rates() {
    "$A" train $pos "$@" --out run 2>&1 >/dev/null | sed -n 's/^epoch 2.*\(errors .* %\).*/\1/p' >said
    sed -n 's/^epoch 2.*\(errors.*\)/\1/p' run/log.txt >>said
    sed -n '/"epoch":2,/s/.*\("error_rate":[^,]*,"error_rate_is_upper_bound":[a-z]*\).*/\1/p' run/metrics.jsonl >>said
    sed -e 's/[0-9][0-9.]*[1-9][0-9.]*/N/g' -e 's/[1-9][0-9.]*/N/g' said
}
virtual="engine.name=simulated engine.workers=4 engine.delay.law=interleaved"
threads="engine.name=asyngrad engine.threads=2 engine.pin=false"
own="engine.combine.mode=fixed engine.combine.blocks=1000000 engine.combine.every=1000000 engine.combine.plain=0"

echo "# sentences that all write the transitions: by time alone, and exact"
rates $virtual
echo "# pieces of one token write none: an upper bound, but by blocks"
rates $virtual run.slice.size=1
rates $virtual run.slice.size=1 engine.tracker=blocks
echo "# events that are whole"
rates engine.name=simulated engine.workers=4
echo "# copies that threads keep for themselves and never merge within an epoch: no error, nothing lost"
for tracker in overlap blocks; do
    rates $threads $own engine.tracker=$tracker
    sed -n 's/.*\("lost_updates":[-0-9]*\).*/\1/p' run/metrics.jsonl
done

echo "# the mean delay: of the epoch, and of its counts"
for more in engine.accumulate=1 engine.accumulate=4 "engine.accumulate=4 engine.tracker=blocks" \
    "engine.accumulate=4 $own" "engine.name=synchronous engine.policy=minibatch"; do
    "$A" train $pos $threads $more --quiet --out run >/dev/null
    sed -n 's/.*"delay":\([^,]*\),.*/\1/p' run/metrics.jsonl >a
    sed -n 's/.*"delays":{"mean":\([^,]*\),.*/\1/p' run/metrics.jsonl >b
    same "$more" a b
    # gradients that have a delay, of all
    sed -n 's/.*"counts":\[\[\(.*\)\]\]}.*/\1/p' run/metrics.jsonl |
        awk -F '\\],\\[' '{ for (k = 1; k <= NF; k++) { split($k, pair, ","); n += pair[2] } } END { print n }'
done

echo "# what is written of errors: more threads than cores, as many as there may be, by blocks"
# fields WHAT...: the fields of errors that the second epoch has
fields() {
    "$A" train $pos "$@" --quiet --out run >/dev/null 2>&1
    sed -n '/"epoch":2,/s/"threads":.*//p' run/metrics.jsonl | tr '{,' '\n\n' |
        sed -n -e 's/^"\(error_rate[a-z_]*\)":.*/\1/p' -e 's/^"\(preempted\)":.*/\1/p' | paste -sd' ' -
}
fields engine.name=asyngrad engine.threads=$(($(getconf _NPROCESSORS_ONLN) + 1))
fields $virtual
fields $virtual engine.tracker=blocks
