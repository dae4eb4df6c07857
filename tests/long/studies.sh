#!/bin/sh
# SPDX-License-Identifier: MIT
# A sweep of 40 trials and a cross-validation of 20 folds, two at once, ended by KILL at ten random moments each and
# started again each time: they end with the table and the models of one that nothing disturbed. STUDIES_SEED=N for
# other moments. A moment is a number of files that the study has made, so that a slow machine is ended as often.
set -eu
seed=${STUDIES_SEED:-1} pos=$ROOT/configs/sample-pos.yaml
keys="$pos engine.name=sequential engine.threads=1 run.epochs=40 run.checkpoint.every=400 run.checkpoint.unit=updates"

# results TABLE: without times, which are others each time
results() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"; }
models() { (cd "$1" && cksum ./*/model.safetensors); }
# files FOLDER: models, checkpoints and words of trials that are there
files() { find "$1" -name '*.safetensors' -o -name '*.txt' 2>/dev/null | awk 'END { print NR }'; }
# moments MOST: ten numbers of files, in rising order
moments() {
    awk -v seed="$seed" -v most="$1" 'BEGIN {
        srand(seed)
        for (k = 0; k < 10; k++) print 2 + int(rand() * (most - 2))
    }' | sort -n
}

# disturbed NAME TRIALS COMMAND...
disturbed() {
    name=$1 trials=$2 kills=0
    shift 2
    "$@" --quiet --out "$name-whole" >/dev/null
    for moment in $(moments $((2 * trials))); do
        code=0
        "$@" --quiet --out "$name" >said 2>&1 &
        process=$!
        while kill -0 $process 2>/dev/null && [ "$(files "$name" || :)" -lt "$moment" ]; do
            sleep 0.02 2>/dev/null || sleep 1
        done
        kill -KILL $process 2>/dev/null || :
        wait $process 2>/dev/null || code=$?
        case $code in
        137) kills=$((kills + 1)) ;;
        0) ;;
        *) cat said && exit 1 ;;
        esac
    done
    "$@" --quiet --out "$name" >said 2>&1
    results "$name-whole/table.csv" >whole
    results "$name/table.csv" >table
    cmp whole table
    models "$name-whole" >whole
    models "$name" >table
    cmp whole table
    # nothing of what was ended is left
    left=$(cd "$name" && find . -name 'checkpoint-*' -o -name '*.part' -o -name 'best*' -o -name 'trial-*.txt' -o -name 'fold-*.txt')
    [ -z "$left" ] || { echo "left behind: $left" && exit 1; }
    [ $kills -ge 5 ] || { echo "$name: killed $kills times only" && exit 1; }
    echo "    $name of $trials, killed $kills times: the table and the models of one that was not disturbed"
}
# shellcheck disable=SC2086 # words
{
    disturbed sweep 40 "$ASYNTRAIN" sweep $keys corpus.dev_fraction=0.2 run.keep=best --jobs 2 \
        'optimizer.rate=log(0.01,0.5,10)' optimizer.l2.value=0.25,0.5,1,2
    disturbed cv 20 "$ASYNTRAIN" cv $keys --folds 20 --jobs 2
}
