# Where no process can be made, at first or beside a trial that is at work, a study ends with code 8 and one message,
# loses nothing, and the same command goes on.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/shim/sweep"
keys="$pos engine.name=sequential engine.threads=1 run.epochs=100"
# results TABLE: without times, which are others each time
results() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"; }
models() { (cd "$1" && cksum ./*/model.safetensors); }
# shellcheck disable=SC2086
{
    "$A" cv $keys --folds 3 --jobs 1 --quiet --out whole >/dev/null
    results whole/table.csv >whole.table
    models whole >whole.models
    run "the first" faulty fork:1 "$A" cv $keys --folds 3 --jobs 2 --quiet --out none
    ls none
    # what is at work is asked to stop
    run "the second" faulty fork:2 "$A" cv $keys --folds 3 --jobs 2 --quiet --out some
    ls some/*.txt some/table.csv some/fold-2 2>/dev/null
    for name in none some; do
        run "$name again" "$A" cv $keys --folds 3 --jobs 2 --quiet --out $name
        results $name/table.csv >table
        models $name >its.models
        ls $name/*.txt
        same "$name: table" whole.table table
        same "$name: models" whole.models its.models
    done
    : >some/fold-1.txt # of a study that was killed when the trial had just ended
    run "killed late" "$A" cv $keys --folds 3 --jobs 2 --quiet --out some
    ls some/*.txt
} 2>&1
