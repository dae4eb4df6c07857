# More threads than cores, and threads that cannot be had. How many cores there are is another number everywhere, so
# numbers are N.
. "$ROOT/tests/cli/common"
many=$(($(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) + 2))
plain() { sed -e 's/[0-9][0-9.]*/N/g' -e 's/  */ /g'; }

echo "# more threads than cores: said once, with the remedy, and nothing about slow threads"
for words in "asyngrad" "asyngrad engine.combine.mode=auto" "synchronous" "synchronous engine.policy=minibatch"; do
    echo "## $words"
    "$A" train "$chunk" engine.name=$words engine.threads=$many run.epochs=3 --out many >score 2>said
    echo "exit $?"
    grep warning said | plain
    echo "lines of log.txt that say it: $(grep -c 'warning: engine.threads' many/log.txt)"
done
"$A" train "$chunk" engine.threads=$many run.epochs=1 --quiet --out quiet >score
echo "quiet, lines of log.txt: $(grep -c 'warning: engine.threads' quiet/log.txt)"
echo "# bench says it once"
"$A" bench "$pos" --modes asyngrad --threads 1,$many --repeats 1 run.epochs=1 2>&1 >/dev/null | plain
echo "# virtual workers are no threads"
"$A" train "$chunk" engine.name=simulated engine.threads=1 engine.workers=$many run.epochs=1 --out virtual 2>&1 >/dev/null |
    grep 'engine.threads'

echo "# fewer threads than asked for"
for words in "asyngrad" "synchronous" "synchronous engine.policy=minibatch"; do
    run "$words" env OMP_THREAD_LIMIT=1 "$A" train "$chunk" engine.name=$words engine.threads=2 run.epochs=1 --quiet --out few
done
run "one is enough" env OMP_THREAD_LIMIT=1 "$A" train "$chunk" engine.threads=1 run.epochs=1 --quiet --out few
run "OMP_NUM_THREADS does not matter" env OMP_NUM_THREADS=1 "$A" train "$chunk" engine.threads=2 run.epochs=1 --quiet --out few
# bound WHERE: without what libgomp has to say where there is no /sys
bound() {
    env "$1" "$A" train "$chunk" engine.threads=2 run.epochs=1 --quiet --out few 2>said
    code=$?
    sed '/^$/d; /^libgomp: /d' said >&2
    return $code
}
for where in OMP_PROC_BIND=close OMP_PLACES=cores OMP_PROC_BIND=true; do run "$where" bound $where; done
