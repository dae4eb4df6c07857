# How wrong gradients are: what is logged, the optimum that it is measured to, and what cannot be.
. "$ROOT/tests/cli/common"
head -n 3000 "$corpora/pos-train.conll" >corpus
pos="$pos corpus.train=corpus corpus.test= run.epochs=2"
alone="engine.name=sequential engine.threads=1"
# what stands in the last epoch's audit, without figures
fields() { sed -n 's/.*"audit":\({.*}\),"threads".*/\1/p' "$1/metrics.jsonl" | tail -n 1 | sed 's/:[-+0-9.e]*\([,}]\)/\1/g'; }
audit() { sed -n 's/.*"audit":\({.*}\),"threads".*/\1/p' "$1/metrics.jsonl" | tail -n 1; }

echo "# alone nothing is wrong"
train alone $pos engine.audit.every=1
audit alone
echo "# and no bit depends on it; one sample in 512 is the default"
train off $pos engine.audit.every=0
[ -n "$(audit off)" ] && echo "SOMETHING IS AUDITED"
for r in alone off; do "$A" tag $r "$corpora/pos-test.conll" >$r.answer; done
same answers alone.answer off.answer
train default $pos
audit default

echo "# stale gradients, and the distance to an optimum"
"$A" train $pos engine.name=simulated engine.workers=5 engine.audit.every=1 engine.audit.optimum=alone --quiet --out stale
fields stale
audit stale | sed 's/.*"torn":{"error":\([^,]*\),.*"stale":{"error":\([^,]*\),.*"tau_at_most":\([^,]*\),.*/\1 \2 \3/' |
    awk '{ print "torn:", $1, "stale:", ($2 > 0.001 && $2 < 1 ? "some" : "NOT SO: " $2), "tau:", ($3 > 0 ? "some" : "NONE") }'
"$A" train $pos engine.name=asyngrad engine.threads=2 engine.tracker=blocks engine.audit.every=3 --quiet --out threads
fields threads
sed -n 's/.*\("kinds":{.*"lost_updates":[0-9]*\),"audit.*/\1/p' threads/metrics.jsonl | tail -n 1 | sed 's/:[0-9.]*\([,}]\)/\1/g; s/:[0-9]*$//'
sed -n 's/.*\("delays":{.*\]\]}\),"kinds.*/\1/p' threads/metrics.jsonl | tail -n 1 | sed 's/\[\[.*/…/; s/:[0-9.]*\([,}]\)/\1/g'
"$A" train $pos engine.name=asyngrad engine.threads=2 --quiet --out overlap
grep -c '"lost_updates"\|"read_overwrites":[0-9]*,"write_overwrites":[0-9]*},' overlap/metrics.jsonl
"$A" train $pos engine.name=asyngrad engine.threads=2 engine.audit.every=1 --out said 2>&1 >/dev/null |
    sed -n 's/.*\(errors  *[0-9<].*\)/\1/p' | sed 's/[0-9.]*-\([0-9]\)/\1/; s/[0-9][0-9.]*/N/g'

echo "# what is no optimum"
bad() {
    name=$1
    shift
    run "$name" "$A" check $pos $alone "$@"
}
bad "none" engine.audit.optimum=absent
bad "a corpus" engine.audit.optimum=corpus
bad "nothing to hold against it" engine.audit.every=0 engine.audit.optimum=alone
bad "other features" engine.audit.optimum=alone features.cutoff=2
head -n 1500 corpus >half
bad "another corpus" engine.audit.optimum=alone corpus.train=half
sed '/^$/!s/$/x/' corpus >other
bad "other labels" engine.audit.optimum=alone corpus.train=other
bad "more kinds of blocks" engine.audit.optimum=alone model.rich_edges=seen
train rich $pos model.rich_edges=seen
bad "fewer" engine.audit.optimum=rich
bad "other blocks" engine.audit.optimum=rich model.rich_edges=all
bad "less than never" engine.audit.every=-1
run "the same" "$A" check $pos $alone engine.audit.optimum=rich model.rich_edges=seen

echo "# atomic additions"
for mode in none auto; do
    "$A" train $pos engine.name=asyngrad engine.threads=2 optimizer.atomic=true engine.combine.mode=$mode --quiet --out atomic
    echo "$mode: exit $?"
done
train plain $pos engine.audit.every=0 optimizer.atomic=true
"$A" tag plain "$corpora/pos-test.conll" >plain.answer
same answers alone.answer plain.answer
run "another rule" "$A" check $pos $alone optimizer.name=adam optimizer.atomic=true
