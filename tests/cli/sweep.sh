# sweep: a grid and random draws, ranked by their score on dev alone; what it refuses; a second start trains nothing
# again, and a larger grid only what is new.
. "$ROOT/tests/cli/common"
alone="engine.name=sequential engine.threads=1 run.epochs=2"
keys="$pos $alone corpus.dev_fraction=0.2"
# column NAME TABLE: one column of a table.csv
column() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$2"; }
# results TABLE: without times, which are others each time
results() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"; }
# shellcheck disable=SC2086
{
    echo "# a grid, with a test file that cannot be read"
    run "grid" "$A" sweep $keys optimizer.rate=0.02,0.5 optimizer.l2.value=0.5,1 corpus.test=nowhere --quiet --out grid
    # the higher rate is the better one in two epochs, by far
    head -n 1 grid/table.csv
    column rank grid/table.csv | tr '\n' ' '
    column optimizer.rate grid/table.csv | tr '\n' ' '
    echo
    column "dev accuracy" grid/table.csv | awk 'NR > 1 && $1 + 0 > before { print "RISES" } { before = $1 + 0 }'
    cat grid/study.txt
    ls grid
    grep -l '"test"' grid/*/metrics.jsonl
    echo "# the command that it prints trains the best to the same weights, but for the test set"
    tail -n 1 stdout >chosen
    best=$(column run grid/table.csv | head -n 1)
    sed "s,^asyntrain,$A," chosen >command.sh
    echo "corpus.test= --quiet --out again" | paste -d ' ' command.sh - >with
    sh with >/dev/null
    cmp "again/model.safetensors" "grid/$best/model.safetensors" && echo "same"

    echo "# the same again, and a larger grid"
    results grid/table.csv >before
    run "again" "$A" sweep $keys optimizer.rate=0.02,0.5 optimizer.l2.value=0.5,1 corpus.test=nowhere --out grid
    results grid/table.csv >after
    same "table" before after
    "$A" sweep $keys optimizer.rate=0.02,0.1,0.5 optimizer.l2.value=0.5,1 corpus.test=nowhere --jobs 1 --out grid \
        2>&1 >stdout | sed 's/accuracy [0-9.]*  [0-9.]* s/accuracy N  N s/'
    grep 'was tried' stdout # of three rates the highest is the best; two penalties have no middle
    results grid/table.csv >after
    cut -d ' ' -f 2- before | sort >before.sorted
    cut -d ' ' -f 2- after | sort | comm -23 before.sorted - # nothing that was there is lost or another
    tail -n 2 grid/study.txt
    ls -d grid/trial-*

    echo "# random draws: more of them begin with the same ones"
    run "two" "$A" sweep $keys 'optimizer.rate=log(0.01,1)' run.slice.size=0,5 --random 2 --seed 4 --quiet --out two
    run "four" "$A" sweep $keys 'optimizer.rate=log(0.01,1)' run.slice.size=0,5 --random 4 --seed 4 --quiet --out four
    head -n 3 four/study.txt | cmp - two/study.txt && echo "same"
    awk 'END { print NR }' four/study.txt

    echo "# what cannot be trained is a row"
    run "one overflows" "$A" sweep $keys optimizer.rate=0.1,1e38 optimizer.l2.value=0 --quiet --out wild
    cut -d , -f 1,2,9 wild/table.csv
    ls wild
    run "again" "$A" sweep $keys optimizer.rate=0.1,1e38 optimizer.l2.value=0 --quiet --out wild
    run "one is refused" "$A" sweep $keys optimizer.rate=0.1,1e6 --jobs 1 --out refused |
        sed 's/accuracy [0-9.]*  [0-9.]* s/accuracy N  N s/'
    cut -d , -f 1,2,9 refused/table.csv
    ls refused
    run "all overflow" "$A" sweep $keys optimizer.rate=1e37,1e38 optimizer.l2.value=0 --quiet --out all
    run "all are refused" "$A" sweep $keys optimizer.rate=1e6,1e7 --quiet --out none

    echo "# what it refuses"
    values=optimizer.rate=0.1,0.2
    run "no dev" "$A" sweep "$pos" $alone $values --out no
    run "dev taken away" "$A" sweep $keys $values corpus.dev_fraction=0 --out no
    run "dev in half of it" "$A" sweep "$pos" $alone corpus.dev_fraction=0,0.1 --out no
    run "one value" "$A" sweep $keys optimizer.rate=0.1 --out no
    run "no value" "$A" sweep $keys optimizer.rate=0.1,,0.2 --out no
    run "no points" "$A" sweep $keys 'optimizer.rate=log(0.1,1)' --out no
    run "no range" "$A" sweep $keys 'optimizer.rate=log(1)' --out no
    run "too many" "$A" sweep $keys 'optimizer.rate=log(0.1,1,200)' 'optimizer.l2.value=lin(0,1,200)' --out no
    run "a seed alone" "$A" sweep $keys $values --seed 4 --out no
    run "no number" "$A" sweep $keys $values --random few --out no
    run "no jobs" "$A" sweep $keys $values --jobs 0 --out no
    run "no configuration" "$A" sweep $values --out no
    run "no such key" "$A" sweep $keys optimizer.rat=0.1,0.2 --out no
    run "a wrong value" "$A" sweep $keys optimizer.rate=0.1,x --out no
    run "no name" "$A" sweep $keys $values --out ''
    run "no corpus" "$A" sweep $keys $values corpus.train=absent --quiet --jobs 1 --out nothing
    ls -d no 2>/dev/null
    run "another base" "$A" sweep $keys optimizer.rate=0.02,0.5 optimizer.l2.value=0.5,1 run.seed=7 --out grid
    run "a run's folder" "$A" sweep $keys $values --out again
    run "another kind" "$A" cv $pos --out grid
    echo "words" >two/study.txt
    run "no study" "$A" sweep $keys $values --out two
} 2>&1
