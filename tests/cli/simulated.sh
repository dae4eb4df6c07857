# Virtual workers from the command line: the order of a run of threads recorded and replayed, block by block events
# and their lost updates, and what is refused. Losses are compared, not shown: their last digits are the machine's.
. "$ROOT/tests/cli/common"
head -n 400 "$corpora/pos-train.conll" >corpus
small="corpus.train=corpus corpus.test= run.epochs=3"
go() {
    out=$1
    shift
    "$A" train "$pos" $small "$@" --quiet --out "$out" 2>stderr || cat stderr
}
# what two runs that are the same to the bit have in common
losses() { sed -n 's/^{"event":"epoch".*\("loss":[^,]*\),\("penalty":[^,]*\),.*/\1 \2/p' "$1/metrics.jsonl"; }

echo "# a run of two threads is recorded, and replayed as often as one likes"
go threads engine.name=asyngrad engine.threads=2 engine.record=one
replay="engine.name=simulated engine.workers=2 engine.delay.law=replay"
go first $replay engine.delay.replay=one engine.record=two
go second $replay engine.delay.replay=two engine.record=three engine.workers=7
same "recordings" one two
same "their recordings" two three
losses first >a
losses second >b
same "losses" a b
awk '{ n[$1]++ } END { print n["pass"], "passes,", n["R"], "reads,", n["W"], "writes,", NR, "lines" }' one
ls one*

echo "# alone it is sequential, recorded or not"
go alone engine.name=asyngrad engine.threads=1 engine.record=alone.txt
go again $replay engine.delay.replay=alone.txt
go truth engine.name=sequential engine.threads=1
go blocks engine.name=simulated engine.delay.law=interleaved
losses truth >a
for run in alone again blocks; do
    losses $run >b
    same "$run" a b
done
head -n 5 alone.txt

echo "# lost updates are logged where they are counted: for each worker, and in all"
go many engine.name=simulated engine.delay.law=interleaved engine.workers=4
for run in truth threads again many; do
    echo "$run: $(grep -c lost_updates $run/metrics.jsonl)"
done
grep -o '"lost_updates":[0-9-]*' many/metrics.jsonl | awk -F : '{ n++; sum += $2 }
    END { print n, "counts,", (sum > 0) ? "updates are lost" : "NONE IS LOST" }'

echo "# refused"
cp -r truth older
watch
no() { run "$*" "$A" train "$pos" $small "$@" --quiet --out older; }
no engine.name=simulated engine.delay.law=replay
no $replay engine.delay.replay=absent
sed "s/ 0\$/ 6/" alone.txt >seven
no $replay engine.delay.replay=seven
no $replay engine.delay.replay=alone.txt run.epochs=4
no $replay engine.delay.replay=alone.txt run.slice.size=2
no engine.name=synchronous engine.policy=minibatch engine.record=four
no engine.record=absent/four
no engine.record=older
bad() {
    printf -- "$1" >four
    no $replay engine.delay.replay=four
}
bad ''
bad 'R 0 0\n'
bad 'pass 1\nR 0 0\nw 0 0\n'
bad 'pass 1\nR 0 0\nR 0 1\n'
bad 'pass 1\nW 0 0\n'
bad 'pass 1\nR 99999 0\n'
bad 'pass 1\nR 0 1024\n'
bad 'pass 1\nR \033[31m 0\n'
printf '2000 1\n' >four
no engine.name=simulated engine.workers=3 engine.delay.law=histogram engine.delay.histogram=four
head -n 100 alone.txt >four
no $replay engine.delay.replay=four
head -c 500 alone.txt >four
no $replay engine.delay.replay=four
sed 's/^pass 2/pass 3/' alone.txt >four
no $replay engine.delay.replay=four

echo "# what is refused or fails leaves no recording, and an older one as it was"
echo older >kept
no engine.record=kept run.epochs=0
run "no folder" "$A" train "$pos" $small engine.record=kept --quiet --out kept/run
no engine.record=older/model.safetensors
(
    ulimit -f 40 # blocks of 512 bytes: enough for the recording, and not for the model
    no engine.record=kept
)
cat kept
ls kept* four*

echo "# that a recording cannot be written is told after the first epoch"
"$A" train "$pos" $small engine.record=/dev/full --out full 2>stderr
echo "exit $?, after $(grep -c '^epoch' stderr) epochs"
tail -n 1 stderr
