# cv and train --runs: their tables, the figures below them, computed again by awk, and what is refused.
. "$ROOT/tests/cli/common"
alone="engine.name=sequential engine.threads=1 run.epochs=2"
# (an awk may have no powers and no roots: Newton's)
root='function root(x,    y, k) { y = x > 1 ? x : 1; for (k = 0; k < 60; k++) y = (y + x / y) / 2; return y }'
# figures: mean, standard deviation and number of a column of table.csv
figures() {
    awk -F, -v name="$1" "$root"'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { n++; x[n] = $at; sum += $at }
        END { mean = sum / n; for (i = 1; i <= n; i++) square += (x[i] - mean) * (x[i] - mean)
              printf "%s: mean %.2f, standard deviation %.2f", name, mean, root(square / (n - 1)) }' "$2"
}
# shellcheck disable=SC2086
{
    echo "# chunks"
    run "cv" "$A" cv "$chunk" $alone --folds 4 --quiet --out cv
    head -n 1 cv/table.csv
    cut -d , -f 1,9 cv/table.csv | tail -n +2
    cat cv/study.txt
    figures "test F1" cv/table.csv >expected
    grep "$(cat expected) over 4 folds" stdout >/dev/null && echo "mean and deviation: same"
    # pooled: F1 of the summed counts
    cat cv/fold-*/metrics.jsonl | awk '/"event":"summary"/ {
            match($0, /"gold":[0-9]+/); gold += substr($0, RSTART + 7, RLENGTH - 7)
            match($0, /"guessed":[0-9]+/); guessed += substr($0, RSTART + 10, RLENGTH - 10)
            match($0, /"correct":[0-9]+/); correct += substr($0, RSTART + 10, RLENGTH - 10) }
        END { printf "pooled: F1 %.2f, precision %.2f, recall %.2f,\n", 200 * correct / (gold + guessed),
                     100 * correct / guessed, 100 * correct / gold }' >expected
    grep -F "$(cat expected)" stdout >/dev/null && echo "pooled: same"
    # every sentence of the training corpus is tested once
    cat cv/fold-*/metrics.jsonl | awk '/"event":"run"/ { match($0, /"test":\{"sentences":[0-9]+/)
            print substr($0, RSTART + 20, RLENGTH - 20); sum += substr($0, RSTART + 20, RLENGTH - 20) }
        END { print sum }'
    awk 'NF == 0 { if (open) n++; open = 0; next } { open = 1 } END { print n + open, "sentences" }' "$corpora/chunk-train.conll"

    echo "# one fold alone is the same run"
    run "fold 3" "$A" train "$chunk" $alone corpus.test= corpus.fold.of=4 corpus.fold.held=3 --quiet --out three
    cmp three/model.safetensors cv/fold-3/model.safetensors && echo "same"
    echo "# labels, a development set, and files"
    head -n 6000 "$corpora/pos-train.conll" >a
    tail -n +6003 "$corpora/pos-train.conll" | head -n 4000 >b
    head -n 3000 "$corpora/pos-test.conll" >c
    run "cv" "$A" cv "$pos" $alone "corpus.train=[a,b,c]" corpus.dev_fraction=0.1 run.keep=best --folds 3 --by file \
        --quiet --out files
    head -n 1 files/table.csv
    awk -F, 'NR > 1 { print $1, $8 }' files/table.csv
    awk 'END { print ($1 == "pooled:") }' stdout
    echo "# refused"
    run "one fold" "$A" cv "$pos" --folds 1 --out no
    run "by word" "$A" cv "$pos" --by word --out no
    run "more folds than files" "$A" cv "$pos" --folds 3 --by file --out no
    run "another number" "$A" cv "$chunk" $alone --folds 5 --out cv
    run "test beside a fold" "$A" train "$pos" corpus.fold.of=3 --out no
    run "no such fold" "$A" train "$pos" corpus.test= corpus.fold.of=3 corpus.fold.held=4 --out no
    run "half a corpus" "$A" train "$pos" corpus.test= corpus.fold.of=1 --out no
    head -n 20 a >small
    run "no sentence" "$A" cv "$pos" $alone corpus.train=small --folds 30 --quiet --jobs 1 --out small-cv
    ls -d no 2>/dev/null

    echo "# runs"
    run "runs" "$A" train "$pos" $alone run.seed=7 --runs 4 --quiet --out runs
    head -n 1 runs/table.csv
    awk -F, 'NR > 1 { print $1, $7 }' runs/table.csv
    figures "test accuracy" runs/table.csv >expected
    grep "$(cat expected) of 4 runs" stdout >/dev/null && echo "mean and deviation: same"
    # Student's t of three degrees of freedom is 3.182
    awk -F, "$root"'NR > 1 { n++; x[n] = $2; sum += $2 }
        END { for (i = 1; i <= n; i++) square += (x[i] - sum / n) * (x[i] - sum / n)
              half = 3.18245 * root(square / 3 / 4); printf "%.2f to %.2f (Student", sum / n - half, sum / n + half }' \
        runs/table.csv >expected
    grep -F "$(cat expected)" stdout >/dev/null && echo "interval: same"
    run "seed 8" "$A" train "$pos" $alone run.seed=8 --quiet --out eight
    cmp eight/model.safetensors runs/seed-8/model.safetensors && echo "same"
    run "more" "$A" train "$pos" $alone run.seed=7 --runs 5 --quiet --out runs
    run "one" "$A" train "$pos" $alone run.seed=7 --runs 1 --quiet --out runs
    sed -e 's/mean [0-9.]*/mean N/' stdout | tail -n 1
    run "one of them diverges" "$A" train "$pos" $alone optimizer.rate=1e38 optimizer.l2.value=0 --runs 2 --quiet --out wild
    run "none" "$A" train "$pos" --runs 0 --out no
    run "jobs alone" "$A" train "$pos" --jobs 2 --out no
    run "with --resume" "$A" train "$pos" --runs 2 --resume runs
} 2>&1
