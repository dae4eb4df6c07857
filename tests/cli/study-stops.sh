# A sweep, a cross-validation and runs that are ended by KILL or TERM at several moments, and begun again with the same
# command: they give the table of one that was not disturbed, to the last digit.
. "$ROOT/tests/cli/common"
# (rates of checkpoints: most trials are stopped in their middle)
keys="$pos engine.name=sequential engine.threads=1 run.epochs=25 corpus.dev_fraction=0.2 run.keep=best
    run.checkpoint.every=400 run.checkpoint.unit=updates"
# results TABLE: without times, which are others each time
results() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"; }
# models: of all trials, which are the same to the last bit
models() { (cd "$1" && cksum ./*/model.safetensors); }
# count FOLDER: files that the study has so far: trials that began, checkpoints, models
count() { find "$1" -name '*.safetensors' -o -name '*.txt' 2>/dev/null | awk 'END { print NR }'; }

# disturb SIGNAL FILES FOLDER COMMAND...: end it when there are so many files
disturb() {
    signal=$1 files=$2 folder=$3
    shift 3
    "$@" >stdout 2>stderr </dev/null &
    process=$!
    while kill -0 $process 2>/dev/null && [ "$(count "$folder")" -lt "$files" ]; do
        sleep 0.02 2>/dev/null || sleep 1
    done
    kill -"$signal" $process 2>/dev/null
    wait $process 2>/dev/null
    code=$?
    # what TERM answers with, unless all was over; and never a table before the end
    case $signal:$code in
    *:0 | KILL:137) ;;
    TERM:143) grep -q '^asyntrain: stopped by TERM; [0-9]* of [0-9]* are finished, and the same command goes on$' stderr ||
        cat stderr ;;
    *) echo "$signal: exit $code" && cat stderr ;;
    esac
    [ $code -eq 0 ] || [ ! -s stdout ] || echo "A TABLE OF HALF A STUDY"
    [ $code -eq 0 ] || stops=$((stops + 1))
}

# undisturbed NAME OPTIONS...: the verb and its options, in folder NAME; then ended again and again
study() {
    name=$1
    shift
    "$A" "$@" --quiet --out "$name" >whole.out 2>whole.err || cat whole.err
    results "$name/table.csv" >whole
    models "$name" >whole.models
    for signal in KILL TERM; do
        stops=0
        for files in 2 4 5 6 8; do
            disturb "$signal" "$files" "$name-$signal" "$A" "$@" --out "$name-$signal"
        done
        [ $stops -gt 0 ] || echo "$name: nothing was ended"
        # one more, in the background, while trials of the one before may still be at work
        "$A" "$@" --quiet --out "$name-$signal" >stdout 2>stderr || cat stderr
        grep -v 'another process works at this study' stderr
        results "$name-$signal/table.csv" >table
        models "$name-$signal" >table.models
        same "$name, $signal: table" whole table
        same "$name, $signal: models" whole.models table.models
        # the words of trials and checkpoints are gone
        (cd "$name-$signal" && find . -name 'checkpoint-*' -o -name '*.part' -o -name 'best*')
        ls "$name-$signal" | tr '\n' ' '
        echo
    done
}
# shellcheck disable=SC2086
{
    study sweep sweep $keys optimizer.rate=0.05,0.2 optimizer.l2.value=0.5,1 --jobs 2
    study cv cv $keys --folds 3 --jobs 1
    study runs train $keys --runs 3 --jobs 2
    grep -q '"event":"resumed"' ./*-TERM/*/metrics.jsonl || echo "NO TRIAL WENT ON FROM ITS CHECKPOINT"
} 2>&1
