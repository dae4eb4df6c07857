# Command lines and configurations that are wrong: exit code 2, one line that names the fault and the nearest name.
# And the words of help.
. "$ROOT/tests/cli/common"
head -n 40 "$corpora/pos-train.conll" >corpus
small="corpus.train=corpus corpus.test= run.epochs=1"
train older "$pos" $small
watch

echo "# help"
run "help" "$A" help
cat stdout
cp stdout help
for words in "" "--help" "-h"; do
    run "'$words'" "$A" $words
    same help stdout help
done
for verb in train eval tag score check bench list version help; do
    echo "## $verb"
    "$A" help $verb
    run "$verb --help" "$A" $verb --help
    mv stdout one
    run "$verb -h" "$A" $verb -h
    same "$verb" stdout one
done
run "version" "$A" version
sed '1s/(.*)/(...)/; 2,$s/ .*/ .../' stdout | grep -v '^ '
run "--version" "$A" --version
run "list codes" "$A" list codes
cat stdout
for what in models optimizers engines modes formats attributes verbs keys; do
    run "list $what" "$A" list $what
    awk 'END { print "    lines:", NR ? "some" : "NONE" }' stdout
done
"$A" list attributes
for code in 2 3 4 5 6 7 8; do "$A" list codes | grep -q "^$code " || echo "NO CODE $code"; done
# (help wraps them)
"$A" help | awk '/^exit codes/ { on = 1; next } /^$/ { on = 0 } on' | tr -s ' \n' ' ' >codes
"$A" list codes | awk '{ print "  " $0 }' | tr -s ' \n' ' ' >codes2
same "exit codes of help" codes codes2
"$A" list verbs | awk '{ print $1 }' | sort >verbs
awk '/^exit codes/ { exit } /^  [a-z]/ { print $1 }' help | sort >verbs2
same "verbs of help" verbs verbs2

echo "# help fits a screen"
wide() { awk -v most="$1" 'length($0) > most { print "    WIDE: " $0 } END { if (NR > 24) print "    lines: " NR }' "$2"; }
"$A" help >text && awk 'length($0) > 80 { print "    WIDE: " $0 }' text
while read -r verb; do
    "$A" help "$verb" >text
    LC_ALL=C.UTF-8 wide 80 text | sed "s/^/$verb/"
    grep -q '^example: asyntrain' text || echo "$verb: NO EXAMPLE"
    COLUMNS=50 "$A" help "$verb" >text # names of options, or what they take, may be wider
    awk 'length($0) > 50 && NF > 3 { print "    WIDE: " $0 }' text
done <verbs

echo "# names may be cut short where no other begins so"
begun() { run "$*" "$A" "$@"; }
begun ver
begun li mod
begun li mode
begun list opt
begun he tr
begun t
begun sc corpus --tas tagging --wor corpus
begun eval older corpus --thr=0
begun tag older --de
begun tag older --g=1
begun score --s tab
begun tag --hel
begun train "$pos" run.epoc=3
run "li model" "$A" li model && "$A" list models >stdout2 && same "li model" stdout stdout2

echo "# verbs, options, operands"
bad() { run "$*" "$A" "$@"; }
bad trian "$pos"
bad frobnicate
bad ''
bad help frobnicate
bad help trian
bad help train eval
bad train
bad train run.epochs=1
bad eval older
bad eval
bad tag
bad tag older corpus corpus
bad score
bad score corpus corpus corpus
bad check
bad list models engines
bad list model
bad list whatever
bad version now
bad train "$pos" --output x
bad train "$pos" --quite
bad train "$pos" -q
bad train "$pos" --quiet=yes
bad train "$pos" --out
bad tag older --threads 2
bad eval older corpus --threads
for threads in 0 -1 two 1.5 4097 1000000 ''; do bad eval older corpus --threads "$threads"; done
bad score corpus --task chunks
bad score corpus --words corpus
bad score --task
bad train -- --quiet
bad list --markdown=1 keys

echo "# keys and values"
# (which names there are will change; what follows "there is" is not shown)
key() { run "$*" "$A" train "$pos" $small "$@" --quiet --out older | sed 's/there is .*/there is .../'; }
key run.epoch=3
key runs.epochs=3
key epochs=3
key run.threads=2
key model.cell=lstm
key run.epochs=many
key run.epochs=1.5
key run.epochs=
key run.epochs=0
key run.epochs=1000001
key run.epochs=99999999999999999999
key run.seed=-1
key run.evaluate=never
key run.evaluate=las
key optimizer.rate=0
key optimizer.rate=nan
key optimizer.rate=inf
key optimizer.rate=1e7
key optimizer.rate=0x10
key optimizer.rate='[1, 2]'
key optimizer.l2.form=sigmas
key optimizer.l2=1
key optimizer=sgd
key model.name=none
key model.name=dense_crf
key model.name=
key optimizer.name=sdg
key engine.name=asyngard
key engine.name=zzzzzzzzzzzzzz
key engine.threads=0
key engine.threads=1e6
key engine.threads=1000000
key engine.threads=-2
key engine.threads=2
key engine.threads=2 engine.name=sequential
key engine.threads=0 engine.name=synchronous
key engine.threads=1e6 engine.name=synchronous
key engine.name=synchronous engine.policy=robin
key engine.policy=minibatch
key engine.name=simulated engine.threads=2
key engine.name=simulated engine.workers=0
key engine.name=simulated engine.workers=1025
key engine.name=simulated engine.delay.law=constant
key engine.name=simulated engine.delay.law=uniform engine.workers=9
key engine.name=simulated engine.delay.law=geometric
key engine.name=simulated engine.delay.law=histogram
key engine.name=simulated engine.delay.law=poisson
key engine.name=simulated engine.delay.law=constant engine.delay.mean=10 engine.workers=10
key engine.name=simulated engine.delay.law=constant engine.delay.mean=1.5 engine.workers=10
key engine.name=simulated engine.delay.law=uniform engine.delay.mean=0.3 engine.workers=10
key engine.name=simulated engine.delay.law=geometric engine.delay.mean=-0.5 engine.workers=10
key engine.name=simulated engine.delay.law=geometric engine.delay.mean=5000 engine.workers=10
key engine.name=simulated engine.delay.mean=5 engine.workers=10
key engine.name=simulated engine.delay.law=interleaved engine.delay.histogram=counts engine.workers=10
key engine.name=simulated engine.delay.replay=order engine.workers=10
counts() {
    printf -- "$1" >counts
    key engine.name=simulated engine.delay.law=histogram engine.delay.histogram=counts engine.workers=10
}
counts ''
counts '0 0\n'
counts '0 5\n1 x\n'
counts '0 5\n1\n'
counts '0 5\n1 2 3\n'
counts '0 5\n0 5\n'
counts '3 5\n1 5\n'
counts '0 5\n-1 5\n'
counts '9 5\n20 5\n'
counts '0 99999999999999999999\n'
rm counts
key engine.name=simulated engine.delay.law=histogram engine.delay.histogram=absent
key engine.pin=maybe
key corpus.format=segmented
key corpus.task=segmentation
key corpus.task=chunk
key corpus.label=chunk
key corpus.label=pos corpus.columns=
key corpus.train=
key corpus.train='[]'
key corpus.train='[corpus'
key corpus.dev=corpus corpus.dev_fraction=0.1
key corpus.dev_fraction=0.95
key corpus.train='${ASYNTRAIN_NOT_SET}/corpus'
key corpus.train='${ASYNTRAIN_NOT_SET'
key corpus.train='~/corpus'
key features.cutoff=0
key features.train_words=2
key =3
key run.=3
key .epochs=3
key 'run.epochs =3'

echo "# configurations"
# yaml NAME TEXT: that file (a printf format) after the sample's
yaml() {
    printf -- "$2" >file.yaml
    run "$1" "$A" train "$pos" corpus.train=corpus corpus.test= file.yaml --quiet --out older | sed 's/there is .*/there is .../'
}
yaml "unknown section" 'rnu:\n  epochs: 3\n'
yaml "unknown key" 'run:\n  seed: 1\n  epoch: 3\n'
yaml "key in another section" 'model:\n  name: dense-crf\nrun:\n  rich_edges: all\n'
yaml "twice" 'run:\n  epochs: 3\n  seed: 1\n  epochs: 4\n'
yaml "section twice" 'run:\n  epochs: 3\nrun:\n  seed: 1\n'
yaml "wrong type" '\nrun:\n  epochs: [3]\n'
yaml "map for a value" 'run:\n  epochs: {a: 3}\n'
yaml "value for a section" 'run: 3\n'
yaml "no value" 'run:\n  epochs:\n'
yaml "out of range" 'run:\n  epochs: -3\n'
yaml "unknown name" 'engine:\n  name: asyngrad\n  threads: 2\noptimizer:\n  name: adma\n'
yaml "a list" '- run\n'
yaml "only a word" 'run\n'
yaml "bracket" 'run: {epochs: 3\n'
yaml "tab" 'run:\n\tepochs: 3\n'
yaml "indentation" 'run:\n    epochs: 3\n  seed: 1\n'
yaml "anchor" 'run: &a\n  epochs: 3\n'
yaml "tag" 'run:\n  epochs: !!int 3\n'
yaml "second document" 'run:\n  epochs: 3\n---\nrun:\n  epochs: 4\n'
yaml "not UTF-8" 'run:\n  # \351\n  epochs: 3\n'
yaml "NUL" 'run:\n  epochs: 3\0\n'

echo "# and what is right"
yaml "empty" ''
yaml "comments, CRLF, byte order mark" '\357\273\277# nothing\r\nrun:\r\n  epochs: 1 # one\r\n'
yaml "sections without keys" 'run:\nmodel: {}\n'
key run.epochs=3 run.epochs=2 # the last word counts
grep -c '"event":"epoch"' older/metrics.jsonl
key engine.threads=2 engine.name=asyngrad
key engine.threads=5 engine.name=synchronous
key engine.threads=3 engine.name=synchronous engine.policy=minibatch engine.reduce=sum
key engine.name=simulated engine.workers=200
key engine.name=simulated engine.workers=30 engine.delay.law=geometric engine.delay.mean=10
printf '0 5\n3 5\n' >counts
key engine.name=simulated engine.workers=9 engine.delay.law=histogram engine.delay.histogram=counts
rm counts
key corpus.columns='["word", pos]'
(cd older && ls -A)
