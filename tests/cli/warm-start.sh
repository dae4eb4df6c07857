# Training that begins with a trained model (run.from): what it knows stays, what is new is added, and a model that does
# not go with the configuration is refused before anything is read or written.
. "$ROOT/tests/cli/common"
# sentences with an adverb come last, so the first corpus does not know the label ADV
awk -v RS= -v ORS='\n\n' 'NR <= 400 && !/ ADV/' "$corpora/pos-train.conll" >first
awk -v RS= -v ORS='\n\n' 'NR > 400 && NR <= 700' "$corpora/pos-train.conll" >second
grep -c ' ADV' first second
first="corpus.train=first corpus.test="
said() { sed -n 's/^begins with .*model.safetensors/begins with it/p' "$1/log.txt"; sed -n 's/.*\("from":{[^}]*}\).*/\1/p' "$1/metrics.jsonl" | sed 's/:"[^"]*"/:PATH/'; }
accuracy() { "$A" eval "$1" "$corpora/pos-test.conll" | awk '/accuracy:/ { sub(/%;?/, "", $2); print $2 }'; }
still="optimizer.rate=1e-9 optimizer.l2.value=0 run.epochs=1" # what is trained cannot be seen
small="model.name=bilstm model.hidden=8 model.embedding=8 model.characters=cnn model.characters_hidden=8"

echo "# it goes on with another corpus, and learns its label"
train old "$pos" $first
train alone "$pos" corpus.train=second
train new "$pos" corpus.train=second run.from=old
said new
for run in old alone new; do
    echo "$run: $("$A" tag $run "$corpora/pos-test.conll" | grep -c ' ADV ADV')"
done
echo "$(accuracy old) $(accuracy alone) $(accuracy new)" |
    awk '{ print ($3 > $1 + 1 && $3 > $2 + 1 ? "better than both" : "NO GAIN: " $0) }'
"$A" check "$pos" corpus.train=second run.from=old | sed -n 's/^begins with .*model.safetensors/begins with it/p'

echo "# on its own corpus it begins where it was, on another it loses nothing"
"$A" eval old "$corpora/pos-test.conll" >before
train same "$pos" $first run.from=old/model.safetensors $still
"$A" eval same "$corpora/pos-test.conll" >after
same "own corpus" before after
train other "$pos" corpus.train=second run.from=old $still
"$A" tag old "$corpora/pos-test.conll" >before
"$A" tag other "$corpora/pos-test.conll" >after
same "another corpus" before after
train network "$pos" $small $first run.epochs=2
"$A" tag network "$corpora/pos-test.conll" >before
train same "$pos" $small $first run.from=network $still
"$A" tag same "$corpora/pos-test.conll" >after
same "network" before after
said same

echo "# from a sparse model, with a calibration, in bench, and onto itself"
train sparse "$pos" $first optimizer.name=ftrl optimizer.l2.value=0 optimizer.schedule=constant
train new "$pos" corpus.train=second run.from=sparse
said new
least() {
    awk '/"calibration"/ {
        while (match($0, /"objective":/)) {
            $0 = substr($0, RSTART + RLENGTH)
            if (!n++ || $0 + 0 < least) least = $0 + 0
        }
    }
    END { print least }' "$1/metrics.jsonl"
}
train new "$pos" $first optimizer.calibrate=100 run.from=old
train cold "$pos" $first optimizer.calibrate=100
echo "$(least new) $(least cold)" | awk '{ print ($1 < $2 ? "tried from the old weights" : "TRIED FROM OTHERS: " $0) }'
"$A" bench "$pos" corpus.train=second run.from=old --modes sequential --threads 1 --repeats 1 >stdout 2>stderr || cat stderr
cp -r old itself
train itself "$pos" corpus.train=second run.from=itself
said itself

echo "# labels are those of the model: after corpus.encode and corpus.map"
sed 's/ NOUN$/ N/' second >renamed
train new "$pos" corpus.train=renamed corpus.map='[N=NOUN]' run.from=old
said new
train iobes "$chunk" corpus.encode=iobes run.epochs=1
sed 's/ B-\(..*\)$/ I-\1/' "$corpora/chunk-train.conll" >iob1
train new "$chunk" corpus.train=iob1 corpus.scheme=iob1 corpus.encode=iobes run.from=iobes run.epochs=1
said new

echo "# segmentation: words are known, too"
head -n 100 "$corpora/seg-train.txt" >words
tail -n 100 "$corpora/seg-train.txt" >more
train seg "$seg" corpus.train=words
train new "$seg" corpus.train=more run.from=seg
said new
cat words more >all
train whole "$seg" corpus.train=all
for run in seg new whole; do
    "$A" eval $run "$corpora/seg-test.txt" | grep 'OOV Rate'
done

echo "# vectors are for new words alone"
printf 'U00:%%x[0,0]\n' >template
words="model.name=bilstm model.hidden=4 model.embedding=4 features.template=template"
awk 'NF && !seen[$1]++ { print $1, 9, 9, 9, 9 }' first second >vectors
train network "$pos" $words $first run.epochs=1
probabilities() { "$A" tag "$1" "$corpora/pos-test.conll" --marginals | awk 'NF > 2 { $NF = sprintf("%.3f", $NF) } { print }'; }
probabilities network >before
train new "$pos" $words $first run.from=network corpus.vectors=vectors corpus.vectors_unseen=false $still
probabilities new >after
same "known words" before after
train new "$pos" $words corpus.train=second run.from=network corpus.vectors=vectors $still
sed -n '/^vectors/p' new/log.txt
probabilities new >after
cmp -s before after || echo "new words: others"

echo "# a model that does not go with the configuration: nothing is done"
cp -r old older
watch
bad() {
    name=$1
    shift
    run "$name" "$A" train "$pos" corpus.train=second run.from=old --quiet --out older "$@"
}
bad "missing" run.from=nowhere
bad "no model" run.from=first
bad "another model" model.name=maxent
bad "another network" run.from=network $words model.hidden=5 model.dropout=0.5
bad "other embeddings" run.from=network $words model.embedding=5
bad "other edges" model.rich_edges=seen
train rich "$pos" $first model.rich_edges=seen run.epochs=1
bad "another threshold" run.from=rich model.rich_edges=seen model.rich_threshold=9
sed '2s/$/ /; 3s/x/X/' "$configs/templates/tagging.tpl" >changed
bad "another template" features.template=changed
sed '$d' "$configs/templates/tagging.tpl" >changed
bad "a shorter template" features.template=changed
{ echo '# a comment'; sed 's/$/  /; 2s/$/# a comment/' "$configs/templates/tagging.tpl"; } >changed
run "the same template" "$A" train "$pos" corpus.train=second run.from=old --quiet --out fine features.template=changed
bad "another scheme" corpus.task=chunking
bad "another task" corpus.task=segmentation
awk 'NF { print $1, "x", $2; next } { print }' second >columns
bad "other columns" corpus.train=columns corpus.test= corpus.columns='[word, tag, pos]'
run "another format" "$A" train "$seg" run.from=old --quiet --out older
train spelled "$pos" $small corpus.train=columns corpus.test= corpus.columns='[word, tag, pos]' run.epochs=1
bad "other characters" $small corpus.train=columns corpus.test= corpus.columns='[word, tag, pos]' run.from=spelled model.characters_column=1
run "bench" "$A" bench "$pos" run.from=old model.name=maxent --modes sequential --threads 1 --repeats 1
run "check" "$A" check "$pos" run.from=old model.name=maxent
