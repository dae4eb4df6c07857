# How a run looks on a terminal of some width: no painted line is too long for it, and each is cleaned away. What is said
# to programs, and to nobody.
. "$ROOT/tests/cli/common"
a_terminal
mkfifo slow || { echo "this system has no pipes with names" && exit 77; }
esc=$(printf '\033')
lstm=$configs/sample-lstm.yaml
keys="model.hidden=384 corpus.sentences=200 run.epochs=2 engine.name=sequential engine.threads=1 run.keep=best corpus.dev=$corpora/chunk-test.conll"

# A pause in the test corpus is long enough to be seen.
slowly() { { head -n 100 "$corpora/chunk-test.conll" && sleep 0.5 && sed 1,100d "$corpora/chunk-test.conll"; } >slow; }
# bars COLUMNS: of what was seen, whether bars kept within the width, and were cleaned away
bars() {
    awk -v width="$1" -v esc="$esc" '
        { erased = index($0, esc "[K") == 1; text = erased ? substr($0, 4) : $0 }
        open && !erased { print "A BAR IS LEFT: " last }
        { open = 0 }
        erased && text ~ /^([0-9]+\/[0-9]+ |reading |scoring )/ {
            open = 1; last = text
            if (length(text) >= width) print "TOO LONG: " text
            kind = text ~ /^reading/ ? "reading" : text ~ /scoring/ ? "scoring" : "training"
            seen[kind] = 1
        }
        END { print width " columns:" (seen["reading"] ? " reading" : "") (seen["training"] ? " training" : "") (seen["scoring"] ? " scoring" : "")
              if (open) print "THE LAST BAR IS LEFT" }'
}
export TERM=xterm
echo "# bars at each width"
for width in 20 80 200; do
    slowly &
    # shellcheck disable=SC2086 # words
    seen $width "$A" train "$lstm" $keys corpus.test=slow --out run >lines
    wait $!
    bars $width <lines
    if [ $width -eq 80 ]; then
        sed "s/$esc\[[0-9]*[mK]//g" lines | awk '/^epoch / { n++ } /^epoch |^ .*tokens\/s/ { if (length($0) > 80) print "TOO LONG: " $0 }
            END { print n " epochs fit" }'
    fi
done
echo "# the best is bold, but without NO_COLOR"
sed -n "s/^.*\(epoch 1\/2\).*\($esc\[1m\).*\($esc\[0m\).*/\1 bold/p" lines
sed 's/I-NP/I-NEW/' "$corpora/chunk-test.conll" >odd
for colour in '' 1; do
    NO_COLOR=$colour seen 80 "$A" eval run odd >lines
    echo "NO_COLOR '$colour': $(grep -c "$esc\[33mwarning: .*$esc\[0m" lines) of $(grep -c 'warning: ' lines) warnings are yellow"
done
echo "# nothing moves, and nothing is coloured"
TERM=dumb seen 80 "$A" eval run odd | grep -c "$esc"
# shellcheck disable=SC2086
"$A" train "$lstm" $keys --out run 2>&1 | grep -c "$esc"
# shellcheck disable=SC2086
seen 80 "$A" train "$lstm" $keys --quiet --out run | grep -c .

echo "# for programs: an object a line, the same events as in the log"
# shellcheck disable=SC2086
"$A" train "$lstm" $keys --log-json --out run >/dev/null 2>said
grep -v '^{"event":"[a-z]*",.*}$' said
grep -v '"event":"\(progress\|message\)"' said >events
grep -v '"event":"warning"' run/metrics.jsonl >log
same "events" events log
sed -n 's/^{"event":"message",//p' said | grep -v '"text":"a thread got' | sed 's/20[0-9-]*T[0-9:]*Z/DATE/; s/[0-9][0-9.]*/N/g'
# one a second, so some at least where an epoch takes three
grep '"event":"progress"' said | grep -v '^{"event":"progress","what":"training","epoch":[0-9]*,"epochs":2,"share":[0-9.]*,"tokens_per_second":[0-9]*,"seconds_left":[0-9]*}$' | grep -v '"what":"\(reading\|scoring\)"'
sed -n 's/^{"event":"epoch".*,"seconds":\([0-9.]*\),.*/\1/p' said | awk -v said="$(grep -c '"what":"training"' said)" '$1 > 3 && said == 0 { print "NO PROGRESS IN " $1 " s" }'
"$A" eval run odd --log-json 2>&1 >/dev/null | grep -v '"event":"progress"' | cut -c 1-60
"$A" train "$lstm" 'corpus.train=a"b\c' --log-json --out run
echo "exit $?"
"$A" bench "$pos" run.epochs=1 --modes sequential --threads 1 --repeats 2 --log-json 2>&1 >/dev/null

echo "# quiet: nothing; the score is in the log"
train quiet "$pos" run.epochs=1
table quiet | sed 's/[0-9][0-9.]*/N/g; s/  */ /g'
