# Writing fails: exit code 5, one line, and an older run's files stay.
. "$ROOT/tests/cli/common"
head -n 200 "$corpora/pos-train.conll" >corpus
small="corpus.train=corpus corpus.test=corpus run.epochs=1"
train older "$pos" $small
watch

echo "# standard output is full (what goes to /dev/full is lost, the message is not)"
[ -c /dev/full ] || echo "THERE IS NO /dev/full"
full() {
    name=$1
    shift
    run "$name" sh -c 'exec "$0" "$@" >/dev/full' "$A" "$@"
}
full tag tag older corpus
full eval eval older corpus
awk 'NF { print $1, $2, $2 } !NF' corpus >columns
full score score columns
full check check "$pos" $small
for verb in list help version; do full $verb $verb; done
full "train" train "$pos" $small --out other | errors
full "train, quiet" train "$pos" $small --quiet --out other
ls other
echo "# standard output is closed"
closed() {
    name=$1
    shift
    run "$name" sh -c 'exec "$0" "$@" >&-' "$A" "$@"
}
closed tag tag older corpus
closed list list models

echo "# the run folder is full"
(
    ulimit -f 40 # blocks of 512 bytes
    run "model too large" "$A" train "$pos" $small run.seed=2 --quiet --out older
    run "no older run" "$A" train "$pos" $small --quiet --out fresh
    run "traced" "$A" train "$pos" $small engine.trace.pass=1 engine.trace.samples=20 --quiet --out fresh/a/b
    run "log too large" "$A" train "$pos" $small run.epochs=200 --quiet --out older
)
[ ! -e fresh ] || echo "IT LEFT A FOLDER"
ls -A older

echo "# there is no place for the run folder"
echo "not a folder" >file
mkdir taken
run "a file" "$A" train "$pos" $small --quiet --out file
run "below a file" "$A" train "$pos" $small --quiet --out file/below
run "empty name" "$A" train "$pos" $small --quiet --out ''
run "long name" "$A" train "$pos" $small --quiet --out "$(awk 'BEGIN { for (k = 0; k < 300; k++) printf "x" }')"
cat file
for name in metrics.jsonl log.txt model.safetensors; do
    mkdir -p taken/$name
    run "a folder $name in it" "$A" train "$pos" $small --quiet --out taken
    rmdir taken/$name
done
ls -A taken

echo "# the configuration cannot be read"
run "missing" "$A" train missing.yaml --quiet --out older
run "a folder" "$A" train taken --quiet --out older
printf 'corpus:\n  a\377b\n' >latin
run "no text" "$A" train latin --quiet --out older
: >empty.yaml
run "empty" "$A" train empty.yaml --quiet --out older
head -c 300000 /dev/zero | tr '\0' '#' >long.yaml
run "300 KB" "$A" train long.yaml --quiet --out older
