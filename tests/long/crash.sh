#!/bin/sh
# SPDX-License-Identifier: MIT
# kill -9 at every call by which a run writes, before and after it; of the next command as well, where it has something to
# put in place. Then at 1,000 random moments (CRASH_COUNT=N, CRASH_SEED=N for others). About a quarter of an hour.
. "$ROOT/tests/shim/sweep"
. "$ROOT/tests/shim/crash"
samples
settling=yes numbers=yes count=${CRASH_COUNT:-1000} seed=${CRASH_SEED:-1}
{
    kill_runs 1
    if ! sleep 0.001 2>/dev/null; then
        echo "no kills at random moments: sleep knows no fractions of a second here"
    else
        echo "random moments: seed $seed"
        words="$plain run.epochs=20"
        made_before
        made_like
        kill_at_random "train over a run" $((count * 7 / 10)) "$seed"
        model=some
        words="$keys engine.name=asyngrad engine.threads=2 run.epochs=20 run.checkpoint.every=5 run.checkpoint.unit=updates"
        made_before
        made_like
        kill_at_random "train over a run, 2 threads at once" $((count * 3 / 10)) "$seed"
    fi
    echo "the end"
} | tee said.all
ended_well said.all
