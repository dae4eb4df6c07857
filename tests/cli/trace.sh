# A traced epoch in the run folder: which lines and fields, that times are in order, that both files tell the same.
# Times are the machine's and are not shown.
. "$ROOT/tests/cli/common"
field() { sed -n "s/.*\"event\":\"gradient\".*\"$1\":\([^,}]*\).*/\1/p" "$2/trace.jsonl"; }
fields() { awk '{ row = ""; while (match($0, /"[a-z_]*":/)) {
    row = row " " substr($0, RSTART + 1, RLENGTH - 3); $0 = substr($0, RSTART + RLENGTH) }
    if (!seen[row]++) print substr(row, 2) }' "$1"; }

echo "# a window of the second epoch"
"$A" train "$chunk" run.epochs=3 engine.trace.pass=2 engine.trace.from=100 engine.trace.samples=50 --quiet --out one >/dev/null
echo "exit $?"
ls one
head -n 1 one/trace.jsonl | signed
fields one/trace.jsonl
field ticket one | awk '{ if ($1 != 100 + NR - 1) print "TICKET", $1 } END { print NR " gradients" }'
for name in read gradient made write 'done'; do field $name one >$name; done
paste read gradient made write 'done' | awk '{ for (k = 2; k <= 5; k++) if ($(k - 1) > $k) bad++ } $1 < 0 { bad++ }
    END { print "out of order: " bad + 0 }'
field worker one | awk '$1 != 0 && $1 != 1 { bad++ } END { print "unknown workers: " bad + 0 }'

echo "# the same for chrome://tracing"
tr '{' '\n' <one/trace.json >events
grep '"ph"' events | sed -e 's/"ts":[0-9.]*/"ts":N/' -e 's/"dur":[0-9.]*/"dur":N/' -e 's/"tid":[0-9]*/"tid":N/' \
    -e 's/"cat":"[a-z]*"/"cat":C/' | sort | uniq -c | awk '{ $1 = $1 ":"; print }' | sed 's/worker [0-9]/worker N/'
for name in R G W; do
    case $name in R) from=read to=gradient ;; G) from=gradient to=made ;; W) from=write to='done' ;; esac
    paste $from $to | awk '{ printf "%.3f %.3f\n", $1 / 1000, ($2 - $1) / 1000 }' >expected
    sed -n "s/.*\"name\":\"$name\".*\"ts\":\([0-9.]*\),\"dur\":\([0-9.]*\),.*/\1 \2/p" events | awk '{ printf "%.3f %.3f\n", $1, $2 }' >found
    same "$name" expected found
done
if command -v python3 >/dev/null; then python3 -m json.tool one/trace.json >/dev/null || echo "NO JSON"; fi

echo "# alone nothing is in error, and one gradient follows another"
"$A" train "$chunk" engine.name=sequential engine.threads=1 run.epochs=1 engine.trace.pass=1 engine.trace.samples=1000000 --quiet --out alone >/dev/null
head -n 1 alone/trace.jsonl | signed
grep -c '"read_overwrite":true\|"write_overwrite":true\|"joined":true' alone/trace.jsonl
field read alone >read
field 'done' alone >'done'
paste read 'done' | awk '$1 < last { bad++ } { last = $2 } END { print NR " gradients, overlapping: " bad + 0 }'
echo "# a minibatch is written once"
"$A" train "$chunk" engine.name=synchronous engine.policy=minibatch engine.threads=2 run.epochs=1 engine.trace.pass=1 --quiet --out joint >/dev/null
field joined joint | sort | uniq -c | awk '{ print $2 ": " $1 }'
tr '{' '\n' <joint/trace.json | sed -n 's/.*"name":"\([RGW]\)".*/\1/p' | sort | uniq -c | awk '{ print $2 ": " $1 }'

echo "# over an older run: its trace does not stay"
"$A" train "$chunk" run.epochs=1 --quiet --out one >/dev/null
ls one

echo "# Figure 1"
"$ROOT/scripts/figure1" joint >figure
sed -n 's/<\/*svg.*/svg/p' figure
echo "boxes: $(grep -c 'class="g"' figure) $(grep -c 'class="w"' figure)"
"$ROOT/scripts/figure1" joint 50 4 | sed -n 's/.*tickets/tickets/p'
mkdir late # the second worker comes late
awk 'BEGIN { print "{\"event\":\"trace\",\"workers\":2,\"unit\":\"ns\"}"
    for (k = 0; k < 9; k++) printf "{\"event\":\"gradient\",\"ticket\":%d,\"worker\":%d,\"read\":%d,\"gradient\":%d," \
        "\"made\":%d,\"write\":%d,\"done\":%d}\n", k, k == 6, 90 * k, 90 * k + 1, 90 * k + 50, 90 * k + 60, 90 * k + 99 }' >late/trace.jsonl
"$ROOT/scripts/figure1" late -1 3 | sed -n -e 's/.*tickets/tickets/p' -e 's/.*>\(worker.*\)<.*/\1/p'
run "one worker alone" "$ROOT/scripts/figure1" late 0 3
run "no trace" "$ROOT/scripts/figure1" one
run "no such ticket" "$ROOT/scripts/figure1" joint 900

echo "# windows that are not there"
cp -R joint older
watch
for words in engine.trace.pass=-1 engine.trace.samples=0 engine.trace.from=-1 engine.trace.pass=4 \
    "engine.trace.pass=1 engine.trace.from=1200"; do
    run "$words" "$A" train "$chunk" run.epochs=3 $words --quiet --out older
done
echo "# and one that the run does not reach"
"$A" train "$pos" engine.name=sequential corpus.dev_fraction=0.03 optimizer.rate=0.5 run.epochs=60 run.patience=1 engine.trace.pass=60 \
    --out early 2>&1 >/dev/null | grep traced
ls early
echo "# which leaves no trace of an older run either"
"$A" train "$pos" engine.name=sequential run.epochs=1 engine.trace.pass=1 --quiet --out early >/dev/null
ls early | grep -c trace
"$A" train "$pos" engine.name=sequential corpus.dev_fraction=0.03 optimizer.rate=0.5 run.epochs=60 run.patience=1 engine.trace.pass=60 \
    --quiet --out early >/dev/null
! ls early | grep trace
