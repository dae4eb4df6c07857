# Verb bench: its table, JSON and CSV, and what it refuses before any work. Figures are the machine's: they become N.
. "$ROOT/tests/cli/common"
# bench WHAT...: without the warning that a machine of few cores has reason for (threads.sh has it)
bench() { "$A" bench "$@" 2>said; code=$?; grep -v '^warning: [0-9]* threads on' said >&2; return $code; }
few="run.epochs=2 --repeats 2"
plain() { sed -e 's/[0-9][0-9.]*/N/g' -e 's/nan/NAN/g'; }
# rows: modes and threads as they are, figures as N
rows() { awk -F '|' 'NR > 2 && NF > 3 { printf "%s|%s|", $2, $3; for (k = 4; k < NF; k++) { sub(/[0-9][0-9.]*-/, "", $k); gsub(/[0-9][0-9.]*/, "N", $k); printf "%s|", $k }; print "" }' "$1"; }

echo "# all modes"
bench "$chunk" $few --threads 1,2 >table
echo "exit $?"
head -n 2 table
rows table
# (a line for each number of threads, but one, that has processors)
sed -n '/^[0-9]/p' table | sed '/^2 threads: a cache line takes [0-9]* ns ([0-9]* - [0-9]*) from core to core$/d' | plain
awk -F '|' 'NR > 2 && NF > 3 { split($4, speed, " "); split($8, f, " "); if (!(speed[1] > 0 && f[1] > 60 && f[1] <= 100)) print "ODD:", $0
    if ($2 ~ /sequential/ && $5 !~ /1.00 \(1.00 - 1.00\)/) print "ODD:", $0
    if (($3 == 1 || $2 ~ /round|mini/) && $6 !~ /0.0 \(0.0 - 0.0\)/) print "ODD:", $0 }' table

echo "# files, with a goal that is reached, and one that is not"
bench "$chunk" $few --threads 2 --modes "sequential,asyngrad slow:engine.name=sequential,optimizer.rate=1e-9" --goal 40 --out one >table
echo "exit $?"
head -n 2 table
rows table
ls
head -n 1 one.csv
cores=$(sed -n 's/.*"cores":\([0-9]*\),.*/\1/p' one.json)
sed 1d one.csv | awk -F , -v cores="$cores" '{ $12 = ($12 > 0) == ($2 > 1 && cores > 1) ? 1 : ""; for (k = 5; k <= 13; k++) $k = $k == "" ? "" : "N"; print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 }'
awk '{ while (match($0, /"[a-z_]*":("[A-Za-z0-9-]*")?/)) { print substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH) } }' one.json |
    awk '!seen[$0]++' | grep -v kernel | tr '\n' ' '
echo
if command -v python3 >/dev/null; then python3 -m json.tool one.json >/dev/null || echo "NO JSON"; fi

echo "# the same weights as train: equal scores"
bench "$pos" run.epochs=2 run.average=2 run.slice.size=3 optimizer.calibrate=100 run.seed=5 --repeats 1 --modes sequential --out same >/dev/null
train there "$pos" run.epochs=2 run.average=2 run.slice.size=3 optimizer.calibrate=100 run.seed=5
sed -n 's/.*"event":"summary".*"accuracy":\([0-9.]*\).*/\1/p' there/metrics.jsonl | awk '{ printf "%.9g\n", $1 }' >a
sed 1d same.csv | cut -d , -f 9 >b
same "score" a b

echo "# what a configuration says for another engine or optimizer is dropped"
bench "$pos" engine.name=simulated engine.workers=3 engine.trace.pass=1 engine.record=absent/file run.epochs=1 --repeats 1 --threads 2 >table
rows table | cut -d '|' -f 1,2
bench "$pos" engine.name=asyngrad engine.combine.mode=fixed engine.combine.blocks=7 optimizer.name=momentum optimizer.momentum=0.5 run.epochs=1 --repeats 1 --threads 2 \
    --modes "own:optimizer.name=sgd three:engine.threads=3,optimizer.name=sgd virtual:engine.name=simulated,engine.workers=2,optimizer.name=sgd" >table
rows table | cut -d '|' -f 1,2
echo "# divergence is a result"
bench "$pos" run.epochs=1 --repeats 1 --modes "sequential far:engine.name=sequential,optimizer.rate=1e38,optimizer.l2.value=0" >table
echo "exit $?"
rows table
tail -n 1 table
echo "# no test set: dev, or nothing"
bench "$pos" corpus.test= corpus.dev_fraction=0.1 run.epochs=1 --repeats 1 --modes sequential | rows /dev/stdin
bench "$pos" corpus.test= run.epochs=1 --repeats 1 --modes sequential | rows /dev/stdin

echo "# refused"
mkdir older && cp one.csv one.json older/
watch
# (which names there are will change)
bad() { run "$*" "$A" bench "$pos" corpus.train=/absent "$@" --out older/one | sed 's/there is .*/there is .../'; }
bad --repeats 0
bad --repeats many
bad --repeats 1e9
bad --threads 0
bad --threads 1,two
bad --threads ,
bad --threads 2,1,2
bad --threads 4097
bad --goal high
bad --goal 101
bad --modes ''
bad --modes sequental
bad --modes nonsense
bad --modes "asyngrad asyngrad"
bad --modes :engine.name=asyngrad
bad --modes "a/b:engine.name=asyngrad"
bad --modes x:engine.name=asyngard
bad --modes x:engine.nam=asyngrad
bad --modes x:engine.threads=0,engine.name=asyngrad
bad --modes x:model.rich_edges=seen
bad --modes x:optimizer.rate
bad --modes x:engine.name=sequential,engine.combine.mode=auto
bad --modes x:engine.record=one
bad --modes x:engine.trace.pass=1
bad engine.name=asyngard
bad engine.threads=0
run "--out ''" "$A" bench "$pos" --out ''
run "no such folder" "$A" bench "$pos" --out absent/one
run "no corpus" "$A" bench "$pos" corpus.train=/absent --modes sequential
run "nothing to score" "$A" bench "$pos" corpus.test= --modes sequential --goal 50 --out older/one
run "one mode cannot" "$A" bench "$pos" engine.accumulate=2 --threads 1 --out older/one
