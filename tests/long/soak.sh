#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory and open files of processes that live long, while short runs are trained, stopped, resumed, tagged and scored
# beside them: they stay as they are.
#
#     tests/long/soak.sh [SECONDS]        default: 60 (SOAK=SECONDS where tests/run calls it); works in the current folder
#
# A third of the time is for warming up. Afterwards resident memory may grow by 2 MiB, and by what the run's logs grew,
# which each checkpoint holds; open files not at all.
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd -P)} ASYNTRAIN=${ASYNTRAIN:-$ROOT/build/asyntrain}
. "$ROOT/tests/shim/sweep"
. "$ROOT/tests/shim/crash"
[ -r /proc/self/statm ] && [ -d /proc/self/fd ] || { echo "soak: not looked at, there is no /proc here" && exit 77; }
seconds=${1:-${SOAK:-60}} most=2048
samples
words="$plain run.epochs=6"
made_like
"$A" train $words --quiet --out model >/dev/null

# resident PROCESS: KiB.   files PROCESS: how many it has open
resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"; }
# (the least of some counts, as a checkpoint is open while it is written)
files() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do find "/proc/$1/fd" -type l 2>/dev/null | wc -l; done | sort -n | awk 'NR == 1 { print $1 }'
}
logs() { cat long/metrics.jsonl.part long/log.txt.part | wc -c | awk '{ print int($1 / 1024) }'; }
now() { date +%s; }

# a run with many checkpoints, and a tagger that is fed
"$A" train "$ROOT/configs/sample-pos.yaml" $one corpus.train=pos corpus.test= corpus.dev=pos run.epochs=1000000 \
    run.checkpoint.every=100 run.checkpoint.unit=updates engine.audit.every=5 --quiet --out long >/dev/null 2>train.err &
trainer=$!
mkfifo feed
"$A" tag model feed >/dev/null 2>tag.err &
tagger=$!
exec 9>feed # only here: the tagger waits until nobody has it open
trap 'kill $tagger $trainer 2>/dev/null' EXIT

begun=$(now) rounds=0 bad=0 warm=''
while [ $(($(now) - begun)) -lt "$seconds" ]; do
    rounds=$((rounds + 1))
    cat pos >&9
    rm -rf run
    faulty "write:$((8 + rounds % 12)):TERM" "$A" train $words >said 2>err
    code=$?
    [ $code -ne 143 ] || [ -z "$(newest run)" ] || "$A" train --resume run --quiet >said 2>err || { bad=$((bad + 1)) && cat err; }
    [ $code -ne 143 ] || [ -z "$(newest run)" ] || { bad=$((bad + 1)) && echo "a checkpoint stays"; }
    [ -e run/model.safetensors ] || again >said 2>err
    like run || { bad=$((bad + 1)) && echo "round $rounds: another run"; }
    "$A" tag run pos >tagged 2>err && "$A" eval run pos >said 2>err || { bad=$((bad + 1)) && cat err; }
    if [ -z "$warm" ] && [ $(($(now) - begun)) -ge $((seconds / 3)) ]; then
        warm=yes t0=$(resident $tagger) t0f=$(files $tagger) r0=$(resident $trainer) r0f=$(files $trainer)
        logs0=$(logs) epochs0=$(awk 'END { print NR }' long/metrics.jsonl.part)
    fi
done
t1=$(resident $tagger) t1f=$(files $tagger) r1=$(resident $trainer) r1f=$(files $trainer)
logs1=$(logs) epochs1=$(awk 'END { print NR }' long/metrics.jsonl.part)
exec 9>&-
wait $tagger || { bad=$((bad + 1)) && cat tag.err; }
kill -s TERM $trainer
wait $trainer
[ $? -eq 143 ] || { bad=$((bad + 1)) && cat train.err; }
trap - EXIT
echo "$rounds rounds in $seconds s, $bad wrong"
echo "process  KiB warm  KiB at the end  open files warm  at the end"
printf '%-7s %9d %15d %16d %11d\n' tag "$t0" "$t1" "$t0f" "$t1f" train "$r0" "$r1" "$r0f" "$r1f"
echo "train: from $epochs0 to $epochs1 epochs; its logs grew by $((logs1 - logs0)) KiB"
[ $bad -eq 0 ] && [ $((t1 - t0)) -le $most ] && [ $((r1 - r0)) -le $((most + logs1 - logs0)) ] && [ "$t1f" -le "$t0f" ] && [ "$r1f" -le "$r0f" ]
