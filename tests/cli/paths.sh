# Paths that are no plain files: links, pipes, devices. Whatever they are, nothing hangs, and a link stays a link.
. "$ROOT/tests/cli/common"
head -n 200 "$corpora/pos-train.conll" >corpus
small="corpus.train=$PWD/corpus corpus.test= run.epochs=1"
save() { run "$1" "$A" train "$pos" $small --quiet --out "$1"; }
# links FOLDER: what leads where
links() { (cd "$1" && for name in *; do [ -h "$name" ] && echo "    $name -> $(readlink "$name")"; done); }
train older "$pos" $small
watch

echo "# files of the run folder are links to nothing, then to files"
mkdir linked store
for name in model.safetensors log.txt metrics.jsonl config.yaml; do ln -s ../store/$name linked/$name; done
ln -s "$PWD/store/log.txt" store/second
rm linked/log.txt && ln -s ../store/second linked/log.txt
for time in first second; do
    save linked
    links linked
    (cd store && ls && links .)
done
same "models" store/model.safetensors older/model.safetensors
echo "# the folder is a link"
ln -s store folder
save folder
links .
echo "# links that lead nowhere"
mkdir below circle to-folder
ln -s missing/log.txt below/log.txt
save below
ln -s b circle/log.txt && ln -s log.txt circle/b
save circle
ln -s ../store to-folder/model.safetensors
save to-folder
ln -s nothing no-folder
save no-folder
save no-folder/below
ln -s round round
save round
[ ! -e nothing ] || echo "IT MADE A FOLDER"
run "eval" "$A" eval round corpus
run "eval" "$A" eval no-folder corpus
run "check" "$A" check round
run "tag" "$A" tag older round

echo "# pipes that nobody reads, and what stands where a file is written"
for name in model.safetensors log.txt metrics.jsonl config.yaml; do
    mkdir pipe && mkfifo pipe/$name
    save pipe
    rm pipe/$name && mkdir -p pipe && mkfifo pipe/$name.part
    save pipe
    rm pipe/$name.part && ln -s ../corpus pipe/$name.part
    save pipe
    rm -r pipe
done
mkfifo table.json
run "bench" "$A" bench "$pos" $small --modes sequential --threads 1 --repeats 1 --out table
echo "# a pipe that is read"
{ cat table.json >read & }
run "bench" "$A" bench "$pos" $small --modes sequential --threads 1 --repeats 1 --out table
wait
[ -s read ] || echo "NOTHING CAME"
echo "# the reader has had enough, or goes away"
mkfifo broken
exec 3<>broken 4>broken 3>&- # written to 4, bytes have no reader
# ends WHAT...: how it ends: by the signal or, where that is ignored, without words; and what is left of a run
ends() {
    rm -rf run
    "$A" "$@" 2>stderr >&4
    echo "$1: exit $?"
    grep '^asyntrain' stderr # train says more
    (
        trap '' PIPE
        "$A" "$@" 2>stderr >&4
        echo "$1, ignored: exit $?"
    )
    grep '^asyntrain' stderr # train says more
    [ ! -d run ] || ls run
}
awk 'NF { print $1, $2, $2 } !NF' corpus >columns
ends list keys
ends help train
ends train --help
ends version
ends check "$pos" $small
ends tag older corpus
ends eval older corpus
ends score columns
ends theory --epsilon 0.1 --c 1 --q 2 --kappa 3 --tau 0 --a0 1
ends train "$pos" $small corpus.test="$PWD/corpus" --out run
ends bench "$pos" $small --modes sequential --threads 1 --repeats 1 --out run
ls run.*
echo "# nobody reads the words of a run"
"$A" train "$pos" $small --out silent 2>&4 >answer
echo "exit $?"
ls silent
echo "# a sentence at a time, and the reader goes away between"
(
    trap '' PIPE
    { awk '1; !NF { exit }' corpus; sleep 1; } | "$A" tag older 2>stderr >&4
    echo "exit $?"
)
cat stderr
exec 4>&-
{ awk '1; !NF { exit }' corpus; sleep 1; } | "$A" tag older >/dev/full
echo "and where the disk is full: exit $?"

echo "# every verb's standard output, full and closed"
for verb in "--help" "train --help" "help list" "list keys" "theory --epsilon 0.1 --c 1 --q 2 --kappa 3 --tau 0 --a0 1" \
    "bench $pos $small --modes sequential --threads 1 --repeats 1" "simulate $configs/simulate-quadratic.yaml simulate.paths=2"; do
    name=${verb%% -*}
    run "$name, full" sh -c 'exec "$0" "$@" >/dev/full' "$A" $verb
    run "$name, closed" sh -c 'exec "$0" "$@" >&-' "$A" $verb
done

echo "# read from pipes, folders and devices"
give() { rm -f given && mkfifo given && { cat "$1" >given 2>/dev/null & }; }
sed "s,templates/,$configs/templates/," "$pos" >pos.yaml
give pos.yaml
run "configuration" "$A" check given $small
give older/model.safetensors
run "model" "$A" tag given corpus
give corpus
run "no model" "$A" tag given corpus
give corpus
run "corpus" "$A" train "$pos" $small corpus.train="$PWD/given" --quiet --out from-pipe
"$A" tag from-pipe corpus --marginals >answer-pipe
"$A" tag older corpus --marginals >answer-file
same "models" answer-pipe answer-file
give corpus
run "check" "$A" check "$pos" $small corpus.train="$PWD/given"
(
    ulimit -v 4000000
    for what in /dev/zero .; do
        run "model, $what" "$A" tag $what corpus
        run "corpus, $what" "$A" tag older $what
        run "training, $what" "$A" train "$pos" $small corpus.train=$what --quiet --out never
        run "configuration, $what" "$A" train $what $small --quiet --out never
        run "template, $what" "$A" train "$pos" $small features.template=$what --quiet --out never
        run "score, $what" "$A" score $what
    done
    give /dev/zero
    run "a model without end" "$A" tag given corpus
    give /dev/zero
    run "a corpus without end" "$A" tag older given
)
[ ! -e never ] || echo "IT LEFT A FOLDER"
rm -f given
