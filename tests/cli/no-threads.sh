# Threads that cannot be had: exit code 8 and the remedy, before a corpus is read or anything is written.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/shim/sweep"
head -n 120 "$corpora/pos-train.conll" >corpus
small="corpus.train=corpus corpus.test=corpus run.epochs=1"
train older "$pos" $small
# no corpus is where this says
nothing="corpus.train=nothing corpus.test=nothing"

echo "# the k-th thread is refused, and all after it"
for k in 1 3; do
    run "train, $k" faulty thread:$k:on "$A" train "$pos" $nothing engine.name=asyngrad engine.threads=4 --quiet --out run
    run "eval, $k" faulty thread:$k:on "$A" eval older nothing --threads 4
    run "bench, $k" faulty thread:$k:on "$A" bench "$pos" $nothing --modes asyngrad --threads 1,4 --repeats 1
done
echo "# OpenMP's own thread is refused, after three of ours could be had"
run "train, OpenMP" faulty thread:4 "$A" train "$pos" $nothing engine.name=asyngrad engine.threads=4 --quiet --out run
run "eval, OpenMP" faulty thread:5:on "$A" eval older nothing --threads 4
echo "# a refusal that passes does no harm"
run "train, once" faulty thread:1 "$A" train "$pos" $small engine.name=asyngrad engine.threads=2 --quiet --out passed
run "eval, once" faulty thread:1 "$A" eval older corpus --threads 2
echo "# what needs none"
run "train" faulty thread:1:on "$A" train "$pos" $small engine.name=sequential engine.threads=1 --quiet --out alone
run "simulated" faulty thread:1:on "$A" train "$pos" $small engine.name=simulated engine.workers=4 engine.threads=1 --quiet --out virtual
run "eval" faulty thread:1:on "$A" eval older corpus
run "tag" faulty thread:1:on "$A" tag older corpus
echo "# no memory for a thread's stack"
run "train" env OMP_STACKSIZE=500000G "$A" train "$pos" $nothing engine.name=asyngrad engine.threads=2 --quiet --out run
run "eval" env OMP_STACKSIZE=500000G "$A" eval older nothing --threads 2
[ ! -e run ] || echo "IT LEFT A FOLDER"
