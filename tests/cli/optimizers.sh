# Every rule trains, alone and with two threads that race; what a rule cannot take is said before training.
. "$ROOT/tests/cli/common"

echo "# every optimizer"
"$A" list optimizers | while read -r name rest; do
    case $name in adam | rmsprop) rate=0.01 ;; momentum | nesterov | dc-a) rate=0.02 ;; *) rate=0.1 ;; esac
    case $name in ftrl) l2=0 ;; *) l2=2 ;; esac
    for engine in "sequential 1" "asyngrad 2"; do
        "$A" train "$chunk" optimizer.name="$name" optimizer.rate=$rate optimizer.l2.value=$l2 engine.name="${engine% *}" \
            engine.threads="${engine#* }" run.epochs=4 --out "run-$name" >out 2>said
        echo "$name, ${engine% *}: exit $?$(awk '/^accuracy/ { print ($NF > 85 ? ", F above 85" : ", F NOT above 85: " $NF) }' out)"
        grep '^asyntrain' said
    done
done

echo "# a run with a rule's keys can be repeated from its folder"
alone="engine.name=sequential engine.threads=1"
"$A" train "$chunk" $alone run.epochs=1 optimizer.name=adam optimizer.rate=0.01 optimizer.beta2=0.95 --quiet --out first >/dev/null
"$A" train first/config.yaml --quiet --out second >/dev/null
same weights first/model.safetensors second/model.safetensors
sed -n '/^optimizer:/,/^[a-z]*:$/p' first/config.yaml | sed '$d'

echo "# what a rule cannot take"
bad() { run "$*" "$A" check "$chunk" "$@"; }
bad optimizer.name=momentum optimizer.momentum=1
bad optimizer.name=momentum optimizer.momentum=-0.1
bad optimizer.name=adam optimizer.beta1=1
bad optimizer.name=adam optimizer.beta2=1.5
bad optimizer.name=adam optimizer.epsilon=0
bad optimizer.name=rmsprop optimizer.rho=1
bad optimizer.name=rmsprop optimizer.epsilon=-1
bad optimizer.name=adagrad optimizer.epsilon=0
bad optimizer.name=adf optimizer.windows=0
bad optimizer.name=adf optimizer.decay_rare=0.5 optimizer.decay_frequent=0.6
bad optimizer.name=adf optimizer.decay_rare=0.5
bad optimizer.name=ftrl optimizer.l2.value=0 optimizer.lambda1=-1
bad optimizer.name=ftrl optimizer.l2.value=0 optimizer.beta=0
bad optimizer.name=dc-c optimizer.lambda0=-0.1
bad optimizer.name=dc-c optimizer.base=adam
bad optimizer.name=dc-c optimizer.mean_square=worker
bad optimizer.name=dc-a optimizer.mean_square_decay=1
bad optimizer.name=dc-a optimizer.mean_square=none
bad optimizer.name=dc-a optimizer.base=momentum optimizer.momentum=1
bad optimizer.name=sgd optimizer.beta1=0.5
bad optimizer.name=adma

echo "# what an optimizer and a schedule cannot take together"
bad optimizer.name=ftrl
bad optimizer.name=ftrl optimizer.l2.form=sigma optimizer.l2.value=10

echo "# what an optimizer and an engine cannot take together"
both() { run "$*" "$A" train "$chunk" run.epochs=1 engine.threads=2 "$@" --quiet --out both; }
both engine.name=asyngrad engine.combine.mode=auto optimizer.name=dc-a
both engine.name=synchronous engine.policy=minibatch engine.reduce=compensate optimizer.name=momentum
both engine.name=synchronous engine.reduce=compensate optimizer.name=dc-c
both engine.name=averaging optimizer.name=ftrl optimizer.l2.value=0

echo "# every schedule: the rate of the first step of each epoch"
for schedule in exponential constant inverse inverse-sqrt step; do
    "$A" train "$chunk" $alone optimizer.schedule=$schedule optimizer.decay=0.5 optimizer.warmup=1.5 run.epochs=4 \
        run.evaluate=last --quiet --out rates >/dev/null
    sed -n 's/.*"event":"epoch".*"rate":\([^,]*\),.*/\1/p' rates/metrics.jsonl |
        awk -v name=$schedule '{ text = text sprintf(" %.6g", $1) } END { print name ":" text }'
done

echo "# what a schedule cannot take"
bad optimizer.schedule=cosine
bad optimizer.schedule=inverse optimizer.horizon=0
bad optimizer.schedule=step optimizer.decay=0
bad optimizer.warmup=-1
