# What --resume refuses, in one line; and which folder a run takes that comes after one that was cut off.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/shim/sweep"
head -n 250 "$corpora/pos-train.conll" >corpus
alone="engine.name=sequential engine.threads=1"
keys="$pos $alone corpus.train=corpus corpus.test= corpus.dev=corpus run.epochs=3"
often="run.checkpoint.every=5 run.checkpoint.unit=updates run.checkpoint.keep=3"
# stopped WISH RUN KEYS...: a run that a signal stops
stopped() {
    wish=$1 into=$2
    shift 2
    faulty "$wish" "$A" train "$@" --quiet --out "$into" </dev/null
    echo "exit $?"
}
# warned: of what a run said, warnings and errors
warned() { grep -v "warning: a thread got" | grep "^[^ ]\|^    warning: \|^    asyntrain: "; }
sum() { cksum <"$1/model.safetensors"; }
# shellcheck disable=SC2086
{
    "$A" train $keys $often --quiet --out whole >/dev/null
    "$A" train $keys run.checkpoint.every=0 --quiet --out like-usr1 >/dev/null
    echo "# by each signal that stops"
    for signal in INT TERM HUP; do
        stopped write:12:$signal "by-$signal" $keys $often
        run "resumed" "$A" train --resume "by-$signal" --quiet
        [ "$(sum "by-$signal")" = "$(sum whole)" ] || echo "ANOTHER MODEL"
    done
    echo "# USR1 saves, and the run goes on; signals at each write end it"
    stopped write:12:USR1 usr1 $keys run.checkpoint.every=0
    [ "$(sum usr1)" = "$(sum like-usr1)" ] || echo "ANOTHER MODEL"
    for signal in INT TERM HUP; do
        (stopped write:12:$signal:on twice $keys $often) 2>/dev/null
    done

    echo "# another configuration"
    stopped write:30:TERM older $keys $often
    ls older
    watch
    for words in optimizer.rate=0.2 run.seed=5 engine.threads=2 model.name=maxent features.template=x corpus.train=x \
        run.keep=best nonsense=1 run.epochs=1; do
        run "$words" "$A" train --resume older --quiet $words
    done
    run "its own" "$A" train "$pos" --resume older --quiet
    echo "# another corpus"
    cp corpus kept
    awk 'NR == 3 { $1 = $1 "x" } { print }' kept >corpus
    run "a token" "$A" train --resume older --quiet
    awk 'NR > 3' kept >corpus
    run "fewer tokens" "$A" train --resume older --quiet
    rm corpus
    run "none" "$A" train --resume older --quiet
    mv kept corpus
    echo "# another folder"
    watched=''
    run "not there" "$A" train --resume nowhere --quiet
    run "a file" "$A" train --resume corpus --quiet
    mkdir empty
    run "empty" "$A" train --resume empty --quiet
    run "no name" "$A" train --resume '' --quiet
    run "with --out" "$A" train --resume older --out other --quiet
    run "finished" "$A" train --resume whole --quiet

    echo "# more epochs, and fewer"
    run "kept at the end" "$A" train $keys run.checkpoint.final=true --quiet --out final
    run "no more epochs" "$A" train --resume final --quiet
    run "fewer" "$A" train --resume final --quiet run.epochs=2
    run "more" "$A" train --resume final --quiet run.epochs=5
    "$A" train $keys run.epochs=5 run.checkpoint.final=true --quiet --out five >/dev/null
    [ "$(sum final)" = "$(sum five)" ] || echo "ANOTHER MODEL"

    echo "# damaged checkpoints"
    newest=$(ls older/checkpoint-* | tail -n 1)
    awk 'BEGIN { printf "%s", "damage" }' >damage
    cp -R older damaged
    for checkpoint in "$newest" $(ls older/checkpoint-* | sed '$d' | sort -r); do
        dd if=damage of="damaged/${checkpoint#*/}" bs=1 seek=40000 conv=notrunc 2>/dev/null
        rm -rf once && cp -R damaged once
        run "${checkpoint#*/} and all after it" "$A" train --resume once | warned
        [ ! -e once/model.safetensors ] || [ "$(sum once)" = "$(sum whole)" ] || echo "ANOTHER MODEL"
    done
    cp -R older cut
    head -c 1000 "$newest" >"cut/${newest#*/}"
    run "cut off" "$A" train --resume cut | warned
    : >"older/${newest#*/}"
    run "empty file" "$A" train --resume older | warned

    echo "# another process trains there"
    stopped write:30:TERM busy $keys $often
    rm busy/*.part
    "$A" train $keys run.epochs=1000000 run.evaluate=last $often run.checkpoint.every=0 --quiet --out busy >/dev/null 2>&1 &
    other=$!
    while [ ! -s busy/config.yaml.part ]; do sleep 1; done
    run "resume" "$A" train --resume busy --quiet
    run "train" "$A" train $keys --quiet --out busy
    kill -s TERM $other
    wait $other
    echo "the other: exit $?"

    echo "# the default folder"
    "$A" train $keys --quiet >/dev/null
    faulty write:8:kill "$A" train $keys --quiet >/dev/null 2>&1
    ls runs
    "$A" train $keys --quiet >/dev/null
    ls runs runs/sample-pos-2
    stopped write:12:TERM runs/sample-pos-3 $keys $often
    "$A" train $keys --quiet >/dev/null
    ls runs
} 2>&1
