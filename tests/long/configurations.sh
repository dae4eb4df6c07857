# Every configuration whose corpora are there trains to a score that is known, below which something is broken;
# `eval` says what `train` said; and so does `score` of what `tag` answers, byte for byte, where nothing is mapped.
set -eu
corpora=$ASYNTRAIN_CORPORA tried=0

# there FILE...: are the corpora there?
there() {
    for file; do
        [ -f "$corpora/$file" ] || { echo "    not there: $file" && return 1; }
    done
}

# trains NAME FLOOR TEST [KEY=VALUE...]: train the configuration NAME into the folder `run`; its score is in `trained`.
# The score is read from the run's summary, as the SIGHAN scorer prints three digits only.
trains() {
    name=$1 floor=$2 test=$3
    shift 3
    "$ASYNTRAIN" train "$ROOT/configs/$name-crf.yaml" run.evaluate=last "$@" --out run >trained 2>said
    sed -n 's/^{"event":"summary".*"test":{[^}]*"\(f1\|accuracy\)":\([0-9.]*\).*/\2/p' run/metrics.jsonl >number
    awk -v floor="$floor" -v name="$name $*" '{ printf "    %-58s %.2f (floor %s)\n", name, $1, floor }
        END { exit !(NR == 1 && $1 >= floor) }' number
    "$ASYNTRAIN" eval run "$corpora/$test" >evaluated
    cmp trained evaluated
    tried=$((tried + 1))
}

# columns [GOLD]: tag the test file; the column GOLD of the answer (none: the last but one) is gold
columns() {
    "$ASYNTRAIN" tag run "$corpora/$test" | "$ASYNTRAIN" score ${1:+--gold "$1"} - >piped
    cmp trained piped
}

# words TRAIN: tag the words of the test file run together; those of TRAIN are known
words() {
    tr -d ' ' <"$corpora/$test" | "$ASYNTRAIN" tag run >tagged
    "$ASYNTRAIN" score "$corpora/$test" tagged --words "$corpora/$1" >piped
    cmp trained piped
}

if there conll2000/train.txt conll2000/test.txt; then
    for engine in "engine.name=sequential" "engine.name=asyngrad engine.threads=2"; do
        # shellcheck disable=SC2086 # a list of assignments
        trains conll2000-chunking 94.0 conll2000/test.txt $engine
        columns
    done
    trains conll2000-np 94.5 conll2000/test.txt
fi
if there ud-english-ewt/train.tsv ud-english-ewt/dev.tsv ud-english-ewt/test.tsv; then
    trains ud-ewt-xpos 94.3 ud-english-ewt/test.tsv
    columns
    trains ud-ewt-upos 94.8 ud-english-ewt/test.tsv
    columns 1
fi
if there pd98-pku/pd98_jan.txt pd98-pku/pd98_feb.txt; then
    trains pd98-segmentation 95.8 pd98-pku/pd98_feb.txt
    words pd98-pku/pd98_jan.txt
fi
msr=sighan2005-msr
if there $msr/msr_training_partial.utf8 $msr/msr_training_words.utf8 $msr/msr_test_gold.utf8; then
    trains msr-segmentation 95.3 $msr/msr_test_gold.utf8
    words $msr/msr_training_partial.utf8
fi
[ $tried -gt 0 ] || { echo "    none of the corpora is in $corpora" && exit 1; }
