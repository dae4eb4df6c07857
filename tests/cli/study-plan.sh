# --dry-run of sweep, cv and train --runs: which runs there would be, what is finished, and nothing is written. --log-json:
# an object a line, one for each run that is finished.
. "$ROOT/tests/cli/common"
keys="$pos engine.name=sequential engine.threads=1 run.epochs=2"
# all: every file here and its sum
all() { find . -type f ! -name before ! -name after ! -name stdout ! -name stderr -exec cksum {} + | LC_ALL=C sort; find . -type d | LC_ALL=C sort; }
# plan NAME COMMAND...
plan() {
    all >before
    run "$@" --dry-run
    cat stdout
    all >after
    cmp -s before after || echo "SOMETHING WAS WRITTEN"
}
# objects: without figures, and without `progress`, which comes once a second
objects() {
    sed -e '/"event":"progress"/d' -e 's/"score":[0-9.e-]*/"score":N/' -e 's/"seconds":[0-9.e-]*/"seconds":N/' \
        -e 's/"why":".*"/"why":"…"/' -e 's/refused: .*"/refused: …"/'
}
# shellcheck disable=SC2086
{
    sweep="$keys corpus.dev_fraction=0.2 optimizer.rate=0.05,1e7"
    echo "# nothing is there"
    plan "sweep" "$A" sweep $sweep optimizer.l2.value=0.5,1 --out a/sweep --jobs 3
    plan "cv" "$A" cv $keys --folds 2 --out cv --jobs 1
    plan "runs" "$A" train $keys run.seed=7 --runs 2 --jobs 8
    echo "# some are finished, one has a checkpoint, one diverged"
    "$A" train $keys --runs 1 --quiet --out runs >/dev/null
    "$A" train $keys run.seed=2 run.checkpoint.final=true --quiet --out runs/seed-2 >/dev/null
    rm runs/seed-2/model.safetensors runs/seed-2/config.yaml
    plan "runs" "$A" train $keys run.seed=1 --runs 3 --jobs 1 --out runs
    "$A" sweep $keys corpus.dev_fraction=0.2 optimizer.l2.value=0 optimizer.rate=0.1,1e38 --quiet --out wild >/dev/null
    plan "sweep" "$A" sweep $keys corpus.dev_fraction=0.2 optimizer.l2.value=0 optimizer.rate=0.1,1e38,0.2 --jobs 1 --out wild
    echo "# it finds the faults that the study would find"
    plan "no dev" "$A" sweep $keys optimizer.rate=0.1,0.2 --out no
    plan "a wrong value" "$A" cv $keys optimizer.rate=x --out no
    plan "another configuration" "$A" train $keys run.epochs=3 --runs 2 --out runs
    plan "another kind" "$A" cv $keys --out runs
    plan "a run's folder" "$A" cv $keys --out runs/seed-1
    plan "no name" "$A" cv $keys --out ''
    plan "no jobs" "$A" cv $keys --jobs 0

    echo "# for programs"
    "$A" sweep $sweep --jobs 1 --log-json --out sweep 2>said >/dev/null
    objects <said
    "$A" sweep $sweep optimizer.rate=0.05,1e7 --jobs 1 --log-json --out sweep 2>said >/dev/null
    cat said
    "$A" cv $keys --folds 2 --jobs 1 --log-json --out cv 2>said >/dev/null
    objects <said
    "$A" cv $keys --folds 2 --log-json --out cv 2>said >/dev/null
    objects <said
    "$A" train $keys --runs 2 --jobs 1 --log-json --out more 2>said >/dev/null
    objects <said
    "$A" train $keys --runs 2 --jobs 1 --log-json --out sweep
    "$A" cv $keys run.epochs=2000 --folds 2 --jobs 1 --log-json --out long 2>&1 >/dev/null |
        sed -n 's/^{"event":"progress","what":"study","done":[01],"all":2,"running":1,"seconds_left":\(null\|[0-9.]*\)}$/progress/p' | uniq
    echo "# quiet"
    "$A" cv $keys --folds 2 --quiet --log-json --out cv 2>said >/dev/null
    cat said
} 2>&1
