# Checkpoints that cannot be written, or end a run: whole faults, without signals. What kills leave behind is in other tests.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/shim/sweep"
one="engine.name=sequential engine.threads=1 --quiet"
each="run.checkpoint.unit=epochs run.checkpoint.every=1"
# asyntrain: what a message tells to type
asyntrain() { "$A" "$@"; }
# field EVENT NAME RUN: the values, one a line
field() { sed -n "s/^{\"event\":\"$1\".*\"$2\":\([^,}]*\).*/\1/p" "$3/metrics.jsonl"; }
# killed RENAMES WHAT...: ended before so many files are in place
killed() {
    renames=$1
    shift
    (faulty "rename:$renames:kill" "$A" train "$@") >/dev/null 2>&1
    echo "exit $?"
}
kept() { (cd "$1" && echo checkpoint-*[0-9].safetensors) | sed -e 's/checkpoint-0*//g' -e 's/\.safetensors//g'; }

# shellcheck disable=SC2086 # assignments are words
{
    echo "# one that is due and cannot be written: the run goes on, and the next is due later"
    run "no room" timeout 60 env LD_PRELOAD="$shim" FAULTS=fsync:1:ENOSPC:on \
        "$A" train "$pos" $one run.epochs=2 run.checkpoint.unit=updates run.checkpoint.every=500 --out full

    env LD_PRELOAD="$shim" FAULTS=fsync:1:EINTR "$A" train "$pos" $one run.epochs=1 --out full >/dev/null
    echo "a signal while the disk is waited for: exit $?"

    echo "# what a message says can be typed"
    odd="it's \$mine"
    env LD_PRELOAD="$shim" FAULTS=rename:3 "$A" train "$pos" $one run.epochs=2 $each --out "$odd" 2>said
    echo "exit $?" && cat said
    eval "$(sed -n 's/.*`\(asyntrain train --resume .*\)`.*/\1/p' said) --quiet" >/dev/null
    echo "exit $?, $(field summary epochs "$odd") epochs"

    echo "# a run that was over, went on, and was killed when it was to end again"
    "$A" train "$pos" $one run.epochs=2 run.checkpoint.final=true --out longer >/dev/null
    killed 4 --resume longer --quiet run.epochs=4 $each
    run "again" "$A" train --resume longer --quiet
    echo "$(field summary epochs longer) epochs"
    run "and again" "$A" train --resume longer --quiet
    "$A" train "$pos" $one run.epochs=4 run.checkpoint.final=true $each --out straight >/dev/null
    cmp -s longer/model.safetensors straight/model.safetensors || echo "ANOTHER MODEL"

    echo "# the one with the best score stays, and so do the last ones, whoever wrote them"
    # (from the second epoch on hardly anything is learned)
    learned="optimizer.schedule=step optimizer.decay=1e-6 optimizer.horizon=2"
    killed 5 "$pos" $one run.epochs=9 $learned $each --out best
    kept best
    killed 2 --resume best --quiet
    kept best
    killed 5 "$pos" $one run.epochs=9 $learned $each run.checkpoint.keep=3 --out last
    kept last
    killed 2 --resume last --quiet
    kept last

    echo "# memory: as much as is said before, and no more when it goes on"
    wide="model.name=bilstm model.hidden=8 model.embedding=200 optimizer.name=adam optimizer.rate=0.001 optimizer.l2.value=0"
    virtual="engine.name=simulated engine.threads=1 engine.workers=2"
    said=$("$A" check "$pos" $wide $virtual run.epochs=2 | sed -n 's/.*will need about \([0-9]*\) MiB.*/\1/p')
    "$A" train "$pos" $wide $virtual run.epochs=2 --quiet --out whole >/dev/null
    killed 2 "$pos" $wide $virtual run.epochs=2 $each --quiet --out parts
    "$A" train --resume parts --quiet >/dev/null
    whole=$(field summary peak_kib whole) parts=$(field summary peak_kib parts)
    [ $((whole / 1024)) -le $((said * 6 / 5)) ] || echo "$said MiB WERE SAID, AND $((whole / 1024)) NEEDED"
    [ "$parts" -le $((whole * 6 / 5)) ] || echo "$((whole / 1024)) MiB ALONE, AND $((parts / 1024)) AFTER IT WENT ON"
}
