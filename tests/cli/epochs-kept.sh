# What a run leaves on request: the model of each epoch, and a file for TensorBoard. A resumed run has all of them, a
# later run in the same place none of an older one's.
. "$ROOT/tests/cli/common"
keys="$pos engine.name=sequential engine.threads=1 run.average=2 run.tensorboard=true run.keep_epochs=true run.checkpoint.every=1 run.checkpoint.unit=epochs"
test=$corpora/pos-test.conll
files() { (cd "$1" && find epochs tensorboard -type f 2>/dev/null | LC_ALL=C sort | sed 's/[0-9a-f]\{16\}/ID/'); }
# shellcheck disable=SC2086 # words
{
    echo "# a run, and each of its models"
    train whole $keys run.epochs=3
    files whole
    for k in 1 2 3; do "$A" eval whole/epochs/epoch-00$k.safetensors "$test" | sed -n 's/^accuracy: *\([0-9.]*\)%.*/\1/p'; done >answered
    sed -n 's/.*"event":"epoch".*"score":{"accuracy":\([0-9.]*\).*/\1/p' whole/metrics.jsonl | awk '{ printf "%.2f\n", $1 }' >logged
    same "scores of the models, and of the epochs" answered logged
    cmp -s whole/epochs/epoch-001.safetensors whole/epochs/epoch-002.safetensors && echo "ALL ARE ONE"
    same "the last is the run's" whole/epochs/epoch-003.safetensors whole/model.safetensors

    echo "# more epochs: the earlier ones stay"
    train longer $keys run.epochs=2 run.checkpoint.final=true
    "$A" train --resume longer run.epochs=3 --quiet
    files longer
    for k in 1 2 3; do # (the files hold other configurations)
        for r in longer whole; do "$A" tag $r/epochs/epoch-00$k.safetensors "$test" --marginals >$r.answer; done
        same "answers of epoch $k" longer.answer whole.answer
    done
    echo "losses for TensorBoard: $(cat longer/tensorboard/* | LC_ALL=C tr -c a-z '\n' | grep -c '^loss')"

    echo "# stopped: they wait, and are there in the end"
    "$A" train $keys run.epochs=4000 --quiet --out stopped 2>said &
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ls stopped/epochs/epoch-002.* >/dev/null 2>&1 && break || sleep 0.5; done
    kill -TERM $!
    wait $!
    echo "exit $?"
    files stopped | head -n 2
    "$A" train --resume stopped --quiet run.epochs="$(sed -n 's/.* in epoch \([0-9]*\) of .*/\1/p' said)"
    files stopped | grep -c 'safetensors$' >found
    sed -n 's/.* in epoch \([0-9]*\) of .*/\1/p' said >wanted
    same "as many as epochs" found wanted

    echo "# a later run that fails or is stopped leaves those of the older alone"
    run "diverged" "$A" train $keys run.epochs=3 optimizer.rate=1e38 optimizer.l2.value=0 --quiet --out longer | sed 's/(now.*//'
    files longer
    echo "# one that comes to its end takes their place"
    train longer "$pos" run.epochs=1
    files longer
    ls longer
    train longer $keys run.epochs=1
    train longer $keys run.epochs=2 run.seed=2
    files longer

    echo "# cut off between its renames: the next command does the rest"
    cp -R whole cut && mv cut/metrics.jsonl cut/metrics.jsonl.part && cp -R longer/metrics.jsonl cut/metrics.jsonl
    for k in 1 2 3; do mv cut/epochs/epoch-00$k.safetensors cut/epochs/epoch-00$k.safetensors.0123456789abcdef; done
    for file in longer/epochs/*; do cp "$file" "cut/epochs/"; done
    for file in cut/tensorboard/*; do mv "$file" "$file.part"; done
    cp longer/tensorboard/* cut/tensorboard/
    "$A" eval cut "$test" >/dev/null
    files cut
    for k in 1 2 3; do same "epoch $k" cut/epochs/epoch-00$k.safetensors whole/epochs/epoch-00$k.safetensors; done

    echo "# a run that was made longer and stopped: which model answers"
    train final $keys run.epochs=2 run.checkpoint.final=true
    mkdir later && cp -R final/. later/ && "$A" train --resume later run.epochs=3 --quiet
    cp later/checkpoint-*3600.safetensors final/
    "$A" eval final "$test" 2>&1 >/dev/null
    rm final/model.safetensors
    run "no model" "$A" eval final "$test"
}
