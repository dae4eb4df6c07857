# Theorem 1 of Sun (2016) from constants, and held against runs: of one weight, where everything is known by hand; of a
# softmax over features that all tokens have; of a CRF.
. "$ROOT/tests/cli/common"

echo "# from constants"
by_hand() { "$A" theory --c .5 --q 1 --kappa 2 --a0 4 "$@" | sed 's/; then.*within/; within/'; }
for tau in 0 .01 .02 .025; do by_hand --tau $tau --epsilon .1; done
by_hand --tau 0 --beta 2
"$A" theory --c .5 --q 1 --kappa 1e-3 --tau 0 --a0 4 # a step beyond 1/c

echo "# refused"
run "no run, no constants" "$A" theory
run "some constants" "$A" theory --c 1 --q 1 --kappa 1 --tau 0
run "beta below 1" "$A" theory --c .5 --q 1 --kappa 2 --tau 0 --a0 4 --beta .5
run "no epsilon" "$A" theory absent --epsilon 0
run "q below c" "$A" theory --c 1 --q .5 --kappa 2 --tau 0 --a0 4
run "no number" "$A" theory --c one --q .5 --kappa 2 --tau 0 --a0 4
run "constants and a run" "$A" theory absent --q 1
run "a table without a run" "$A" theory --c .5 --q 1 --kappa 2 --tau 0 --a0 4 --out x
run "a table without a name" "$A" theory absent --out ""
run "no such run" "$A" theory absent

# one-token sentences, three of four are B (a = 1), the others A (a = -1): F(x) = mean of (x - a)^2 / 2 + lambda/(2N) x^2
awk 'BEGIN { for (k = 0; k < 400; k++) print "w\t" (k % 4 ? "B" : "A") "\n" }' >corpus
echo 'U0:%x[0,0]' >one.tpl
cat >one.yaml <<'END'
corpus: {format: conll, task: tagging, columns: [word, tag], label: tag, train: corpus}
features: {template: one.tpl}
model: {name: quadratic}
optimizer: {name: sgd, rate: 0.02, schedule: constant, l2: {form: lambda, value: 40}}
engine: {name: simulated, workers: 5, sampling: uniform, audit.every: 1, audit.optimum: best}
run: {epochs: 4}
END
to_the_end="optimizer.schedule=exponential optimizer.decay=0.8 run.epochs=60 engine.workers=1 engine.audit.every=0 engine.audit.optimum="
"$A" train one.yaml $to_the_end --quiet --out best
"$A" train one.yaml --quiet --out run
"$A" theory run --out table.csv >said
echo "# one weight: c = q = 1 + lambda/N = 1.1; x* = 0.5 / 1.1, so a0 = (4 - 0.4545)^2 = 12.57; kappa is 5 + lambda/N 4"
sed -n 's/; estimates.*//; s/: \(the greatest\|lambda\).*//; 2,4p; s/[0-9.]*: ||w/12.5…: ||w/p' said | sort -u | head -n 4
awk '/^a0/ { print ($2 > 12.5 && $2 < 12.64) ? "a0 is right" : "a0 IS " $2 }' said
sed -n 's/^tau <=/tau <=/p' said | sed 's/;.*/; …/'
sed -n '/^Eq 21/p' said
# Eq 21 in closed form, epoch by epoch, with c by hand; and the distance by the penalty, lambda/(2N) x^2 = 0.05 x^2
sed -n 's/.*"penalty":\([^,]*\),.*/\1/p' run/metrics.jsonl >penalties
awk -F , 'function abs(x) { return x < 0 ? -x : x }
    FNR == NR { penalty[NR] = $1; next }
    FNR == 2 { a = $9; rate = 0.02; c = 1.1 }
    FNR > 2 {
        limit = (2 * $6 + rate * $4 * $4) / c
        shrunk = 1
        for (i = 0; i < 400; i++) shrunk *= 1 - c * rate
        a = shrunk * (a - limit) + limit
        root = 1 # of penalty / 0.05, as an awk may have been built without sqrt
        for (i = 0; i < 60; i++) root = (root + penalty[$1] / 0.05 / root) / 2
        d = (root - 0.5 / 1.1) * (root - 0.5 / 1.1)
        print $1, $2, (abs($3 - rate) < 1e-6 ? "rate" : "RATE " $3), (abs($8 / a - 1) < 1e-3 ? "bound" : "BOUND " $8 " " a),
            (abs($9 - d) < 0.02 ? "distance" : "DISTANCE " $9 " " d), ($9 <= $8 ? "holds" : "FAILS"),
            ($5 <= $6 && $6 > 0 ? "mean <= at most" : "TAU")
    }' penalties table.csv

echo "# a softmax of two labels over two features that every token has: at w = 0 the curvature is 2 * 1/2, plus 0.1"
printf 'U0:%%x[0,0]\nU1\n' >two.tpl
two="one.yaml model.name=maxent features.template=two.tpl engine.audit.optimum=soft"
"$A" train $two $to_the_end --quiet --out soft
"$A" train $two --quiet --out two
"$A" theory two | sed -n 's/; estimates are \([^ ]*\) at the start.*/; \1 at the start/; s/^c \([^:]*\):.*/c \1/p; /^q/p'

echo "# a CRF: the message says what to do, and it works"
head -n 2000 "$corpora/pos-train.conll" >pos-corpus
small="$pos corpus.train=pos-corpus corpus.test= run.epochs=3 optimizer.l2.value=1 optimizer.l2.form=lambda"
late="$small engine.name=simulated engine.threads=1 engine.workers=4"
"$A" train $late --quiet --out crf
run "not audited" "$A" theory crf
sed -n 's/.*: asyntrain train/asyntrain train/p' stderr | sed 's/asyntrain train/"$A" train --quiet/g; s/run.epochs=100/run.epochs=30/' >commands
(. ./commands) >/dev/null
"$A" theory crf-audited >said
sed 's/ [0-9][0-9.e+-]*/ N/g; s/  */ /g; /^ [0-9]/d; /^ N/d; s/N of N epochs.*/N of N epochs …/; s/^Theorem.*; the/Theorem N …; the/' said
awk 'NF == 10 && $1 ~ /^[1-9]/ { n++; if ($10 > $9) print "EQ 21 FAILS" } END { print n, "epochs" }' said

echo "# what is not the theorem's"
audited="engine.audit.every=1 engine.audit.optimum=crf-optimum --quiet"
"$A" train $small $audited optimizer.l2.value=0 --out bare
run "no penalty" "$A" theory bare
"$A" train $small $audited optimizer.name=adagrad --out ada
run "another rule" "$A" theory ada
"$A" train $small $audited engine.name=synchronous engine.threads=2 engine.policy=minibatch --out several
run "several samples a step" "$A" theory several
"$A" train $small engine.audit.optimum=crf-optimum engine.audit.every=1000000 --quiet --out seldom
run "too few" "$A" theory seldom
"$A" train "$configs/sample-lstm.yaml" run.epochs=1 model.hidden=4 --quiet --out lstm >/dev/null
run "a network" "$A" theory lstm

echo "# what has changed since"
run "a table that cannot be written" "$A" theory crf-audited --out crf-audited
run "the optimum" "$A" theory crf-audited --optimum bare | sed 's/distance of [0-9.]*, now at [0-9.]*/distance of …, now at …/'
mv crf-optimum moved
run "moved" "$A" theory crf-audited
run "found again" "$A" theory crf-audited --optimum moved
cp pos-corpus pos-kept
head -n 1900 pos-kept >pos-corpus
run "fewer sentences" "$A" theory crf-audited --optimum moved
sed '3s/^[^ 	]*/another-word/' pos-kept >pos-corpus
run "another word" "$A" theory crf-audited --optimum moved
sed 's/NOUN$/XX/' pos-kept >pos-corpus
run "another label" "$A" theory crf-audited --optimum moved
cp pos-kept pos-corpus
head -n 2 crf-audited/metrics.jsonl >log
printf '{"event":' >>log
cp log crf-audited/metrics.jsonl
run "a damaged log" "$A" theory crf-audited --optimum moved
rm crf-audited/metrics.jsonl
run "no log" "$A" theory crf-audited --optimum moved

echo "# rates beyond the limit: 2 sin(pi / (2 (2 157 + 1))) = 0.00997 under a delay of 157, 0.01004 under 156"
sed 's/^engine:.*/engine: {audit.every: 0}/; s/value: 40/value: 0/' one.yaml >late.yaml
limit() { # WHAT...: does it warn?
    "$A" train late.yaml "$@" --out limit >/dev/null 2>stderr
    sed -n 's/^warning: training/    training/p' stderr
}
for workers in 157 158; do
    echo "$workers workers"
    limit optimizer.rate=0.01 engine.name=simulated engine.workers=$workers
done
echo "delays that vary"
for law in uniform geometric; do
    limit optimizer.rate=0.012 engine.name=simulated engine.workers=400 engine.delay.law=$law engine.delay.mean=157
done
limit optimizer.rate=0.012 engine.name=simulated engine.workers=1000 engine.delay.law=uniform engine.delay.mean=250
echo "other engines"
limit optimizer.rate=2.1 engine.name=sequential run.epochs=1
limit optimizer.rate=1.9 engine.name=sequential run.epochs=1
limit optimizer.rate=0.7 engine.name=synchronous engine.threads=3 run.epochs=1
limit optimizer.rate=0.7 engine.name=asyngrad engine.threads=3 engine.pin=false run.epochs=1 # about
limit optimizer.rate=0.7 engine.name=synchronous engine.threads=3 engine.policy=minibatch run.epochs=1
limit optimizer.rate=0.7 engine.name=synchronous engine.threads=3 engine.policy=minibatch engine.reduce=sum run.epochs=1
echo "no limit is known"
limit optimizer.rate=0.1 optimizer.name=adagrad engine.name=simulated engine.workers=300
check $late engine.workers=300 optimizer.rate=3 2>&1 | grep warning || echo "not of a CRF"
check "$configs/sample-lstm.yaml" optimizer.name=sgd optimizer.rate=3 engine.name=simulated engine.threads=1 engine.workers=300 2>&1 | grep warning || echo "nor of a network"
