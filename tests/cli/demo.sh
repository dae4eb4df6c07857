# The demo, in one thread: what is printed, what lies in the run folder, and that it can be repeated bit by bit.
. "$ROOT/tests/cli/common"
once="engine.name=sequential engine.threads=1 run.epochs=3"

echo "# train: messages (numbers are N) and score"
"$A" train "$chunk" $once --out one >score 2>said
echo "exit $?"
grep -v '^warning: a thread got' said | sed -e '2,$s/[0-9][0-9.]*/N/g' -e '1s/in [0-9.]* s/in N s/' -e 's/  */ /g' -e 's|N [kM] tokens/s|N tokens/s|'
sed 's/[0-9][0-9.]*/N/g; s/  */ /g' score
awk '/FB1/ && !seen++ { print "F above 90:", ($NF > 90 ? "yes" : "NO, " $NF) }' score

echo "# the run folder"
ls -A one
echo "# events and fields of metrics.jsonl"
awk '{ row = ""; rest = $0
       while (match(rest, /"[a-z_0-9]*":("[a-z]*")?/)) {
           word = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
           if (word !~ /^"event"/) sub(/:.*/, "", word)
           gsub(/"/, "", word); row = row " " word
       }
       if (row !~ /event:warning/ && !seen[row]++) print substr(row, 2) }' one/metrics.jsonl
awk '/"event":"epoch"/ { n++; if (index($0, "\"epoch\":" n ",") == 0) print "EPOCH", n, "IS MISSING"
                         if (match($0, /"f1":[0-9.]*/)) f = substr($0, RSTART + 5, RLENGTH - 5) }
     /"event":"summary"/ { print n " epochs"; print "summary has the last score:", index($0, "\"f1\":" f) ? "yes" : "NO" }
     END { printf "%.2f\n", f }' one/metrics.jsonl >numbers
head -n 2 numbers
echo "printed score is the logged one: $(awk '/FB1/ && !seen++ { f = $NF } END { if ("" f == "'"$(tail -n 1 numbers)"'") print "yes"; else print "NO" }' score)"
echo "lines of log.txt: $(grep -vc 'a thread got' one/log.txt)"

echo "# once more: from the written configuration, from the same command, with another seed"
"$A" train one/config.yaml --out two >score2 2>said
"$A" train --quiet --out three $once "$chunk" $once >said 2>&1
awk 'END { print NR " lines are printed by a quiet run" }' said
same "model, from config.yaml" one/model.safetensors two/model.safetensors
same "config.yaml" one/config.yaml two/config.yaml
same "model, same command" one/model.safetensors three/model.safetensors
same "score" score score2
table three >score3
same "score in the log of a quiet run" score score3
"$A" train one/config.yaml run.seed=2 --out four --quiet >/dev/null
losses() { awk '{ while (match($0, /"loss":[0-9.]+/)) { print substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + 1) } }' "$1/metrics.jsonl"; }
losses one >one.loss
losses four >four.loss
[ "$(awk 'END { print NR }' one.loss)" -eq 3 ] || echo "THREE LOSSES EXPECTED"
cmp -s one.loss four.loss && echo "THE SEED CHANGES NOTHING"
"$A" eval one/model.safetensors "$corpora/chunk-test.conll" >score4
same "eval of the model file" score score4

echo "# over an older run: all files are new, nothing else is there"
train one one/config.yaml run.seed=2
same "model" one/model.safetensors four/model.safetensors
ls -A one

echo "# a development set drawn from training"
train dev "$pos" corpus.dev_fraction=0.25 run.epochs=2
sed -n -e 's/.*"event":"epoch".*"part":"\([a-z]*\)".*/scored \1/p' dev/metrics.jsonl
sed -n 's/.*"event":"summary".*"dev":{"accuracy.*"test":{"accuracy.*/summary: dev and test/p' dev/metrics.jsonl
sed -n 's/.*"train":{"sentences":\([0-9]*\).*"dev":{"sentences":\([0-9]*\).*/\1 \2/p' dev/metrics.jsonl |
    awk '{ print "sentences:", $1 + $2 ", a quarter of them for dev:", ($2 > 250 && $2 < 350) ? "yes" : "NO, " $2 }'

echo "# without --out: runs/NAME, then runs/NAME-2; NAME is the file's, wherever it stands"
for k in 1 2; do "$A" train run.seed=7 "$pos" run.epochs=1 --quiet >/dev/null; done
ls runs

echo "# closed standard streams do not end in the run's files"
"$A" train "$pos" run.epochs=1 --out closed >/dev/null 2>&-
echo "exit $?"
grep -v '^{"event":' closed/metrics.jsonl
"$A" train "$pos" run.epochs=1 --out closed 2>said >&-
echo "exit $?"
grep '^asyntrain' said >&2
"$A" train "$pos" run.epochs=1 --out closed --quiet >&-
echo "exit $?, quiet"
grep -v '^{"event":' closed/metrics.jsonl
grep -v '^epoch ' closed/log.txt | signed | grep -v '^[pa ]'
train open "$pos" run.epochs=1
same "model" closed/model.safetensors open/model.safetensors
