#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals at calls spread over a run, from the reading of the corpora to the last rename, and at random moments: the run
# ends with their exit code or has come to its end; going on from what it left comes to the model of the run that nothing
# disturbed, or, with threads at once, teaches each sample once an epoch. SIGNALS_SEED=N for other moments.
. "$ROOT/tests/shim/sweep"
. "$ROOT/tests/shim/crash"
samples
numbers=yes seed=${SIGNALS_SEED:-1}
# shellcheck disable=SC2086
{
    words="$plain optimizer.calibrate=5"
    made_before
    made_like
    signalled "train over a run" 10 '' "$A" train $words
    signalled "train over a run, twice" 4 :on "$A" train $words
    words="$plain run.epochs=20"
    made_before
    made_like
    for signal in TERM HUP USR1; do
        kill_at_random "$signal at random moments (seed $seed)" 20 "$seed" $signal
    done
    model=some
    words="$keys engine.name=asyngrad engine.threads=2 run.epochs=20 run.checkpoint.every=5 run.checkpoint.unit=updates"
    made_before
    made_like
    signalled "2 threads at once" 10 '' "$A" train $words
    for signal in TERM HUP USR1; do
        kill_at_random "2 threads at once, $signal at random moments (seed $seed)" 20 "$seed" $signal
    done
    echo "the end"
} | tee said.all
ended_well said.all
