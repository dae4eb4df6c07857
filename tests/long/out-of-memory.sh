#!/bin/sh
# SPDX-License-Identifier: MIT
# Every allocation of commands fails, one a run: exit code 7 and one message, or no harm. It says how many there were of
# each. About a quarter of an hour on two cores.
. "$ROOT/tests/shim/sweep"
corpora=$ROOT/corpora configs=$ROOT/configs
head -n 120 "$corpora/pos-train.conll" >pos
head -n 120 "$corpora/chunk-train.conll" >chunks
head -n 40 "$corpora/seg-train.txt" >segmented
gzip -c pos >pos.gz
awk 'NF { print $1, $2, $2 } !NF' pos >columns
few="run.epochs=1"
crf="$configs/sample-pos.yaml corpus.train=pos.gz corpus.dev=pos corpus.test=pos $few"
chunk="$configs/demo.yaml corpus.train=chunks corpus.test=chunks $few"
seg="$configs/sample-segmentation.yaml corpus.train=segmented corpus.test=segmented $few"
lstm="$configs/sample-lstm.yaml corpus.train=chunks corpus.dev=chunks corpus.test=chunks $few model.hidden=4 model.embedding=4"
one="engine.name=sequential engine.threads=1"
two="engine.name=synchronous engine.policy=minibatch engine.threads=2"
probes="engine.trace.pass=1 engine.audit.every=3 engine.record=record"
# shellcheck disable=SC2086 # assignments are words
"$A" train $crf $one --quiet --out older >/dev/null || exit 1

awk 'BEGIN { for (k = 0; k < 40; k++) print "w\t" (k % 4 ? "B" : "A") "\n" }' >signs
echo 'U0:%x[0,0]' >one.tpl
cat >theory.yaml <<'END'
corpus: {format: conll, task: tagging, columns: [word, tag], label: tag, train: signs}
features: {template: one.tpl}
model: {name: quadratic}
optimizer: {name: sgd, rate: 0.02, schedule: constant}
engine: {name: simulated, workers: 2, sampling: uniform, audit.every: 1, audit.optimum: older-theory}
run: {epochs: 2}
END
"$A" train theory.yaml engine.audit.optimum= --quiet --out older-theory || exit 1
"$A" train theory.yaml --quiet --out theory || exit 1

# shellcheck disable=SC2086
{
    out_of_memory list all none "$A" list keys
    out_of_memory check all none "$A" check $crf
    out_of_memory score all none "$A" score columns
    out_of_memory eval all none "$A" eval older pos.gz
    out_of_memory "eval, 2 threads" all none "$A" eval older pos --threads 2
    out_of_memory tag all none "$A" tag older pos.gz
    out_of_memory "tag, 3 best" all none "$A" tag older pos --nbest 3 --marginals
    out_of_memory simulate all none "$A" simulate "$configs/simulate-quadratic.yaml" simulate.paths=4
    out_of_memory theory all none "$A" theory theory
    out_of_memory "train dense-crf" all same "$A" train $crf $one --quiet --out run
    out_of_memory "train dense-crf, 2 threads in turn" all same "$A" train $crf $two --quiet --out run
    out_of_memory "train dense-crf, 2 threads at once" all some "$A" train $crf engine.name=asyngrad engine.threads=2 --quiet --out run
    out_of_memory "train dense-crf, with probes" all same "$A" train $crf $one $probes --quiet --out run
    out_of_memory "train dense-crf on chunks" all same "$A" train $chunk $one --quiet --out run
    out_of_memory "train dense-crf on segmented text" all same "$A" train $seg $one --quiet --out run
    out_of_memory "train bilstm" all same "$A" train $lstm $one --quiet --out run
    out_of_memory "train bilstm, 2 threads in turn" all same "$A" train $lstm $two --quiet --out run
    out_of_memory "train bilstm, 2 threads at once" all some "$A" train $lstm engine.name=asyngrad engine.threads=2 --quiet --out run
    echo "the end"
} | tee said
ended_well said
