# --dry-run says what would be done, finds every fault that the run would find before its first epoch, and writes nothing.
. "$ROOT/tests/cli/common"
# less: without memory, which is another on every system
less() { sed 's/about [0-9]* MiB/about N MiB/'; }
# all: every file here and its sum, but for what `run` makes itself
all() { find . -type f ! -name stdout ! -name stderr -exec cksum {} + | LC_ALL=C sort; find . -type d | LC_ALL=C sort; }
unchanged() { all >../after-$$; cmp -s ../before-$$ ../after-$$ && echo "nothing was written" || echo "SOMETHING WAS WRITTEN"; }
mkdir here && cd here || exit 1
small="run.epochs=3 engine.name=sequential engine.threads=1"

echo "# train"
all >../before-$$
run "train --dry-run" "$A" train "$chunk" $small --dry-run
cp stdout ../plan && less <../plan
run "check" "$A" check "$chunk" $small
less <stdout >../checked && less <../plan | sed '/^training/,$d' >../begin
same "what check reports" ../checked ../begin
run "a folder of one's own" "$A" train "$pos" --dry-run --out x/y engine.threads=1
tail -n 2 stdout
unchanged
"$A" train "$chunk" $small --quiet --out older >/dev/null
all >../before-$$
run "an older run" "$A" train "$chunk" $small --dry-run --out older
tail -n 1 stdout
run "a wrong key" "$A" train "$chunk" run.epoch=3 --dry-run
run "no corpus" "$A" train "$chunk" corpus.train=absent --dry-run
run "no model to begin with" "$A" train "$chunk" run.from=absent --dry-run
unchanged

echo "# train --resume"
"$A" train "$chunk" $small --quiet --out kept run.checkpoint.final=true >/dev/null
mv kept/config.yaml kept/config.yaml.part # what a run that was cut off has left stays as it is
all >../before-$$
run "more epochs" "$A" train --resume kept run.epochs=5 --dry-run
tail -n 2 stdout
run "another key" "$A" train --resume kept optimizer.rate=3 --dry-run
unchanged

echo "# bench"
all >../before-$$
run "bench" "$A" bench "$chunk" --modes sequential,asyngrad --threads 1,2 --repeats 2 --out figures --dry-run
sed -n '/^mode/,$p' stdout
run "a wrong mode" "$A" bench "$chunk" --modes asingrad --dry-run
run "a wrong key of a mode" "$A" bench "$chunk" --modes own:engine.thread=2 --dry-run
unchanged
