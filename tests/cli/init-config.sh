# init-config: for each task and model a configuration that trains as it is; files that do not fit the task are refused.
. "$ROOT/tests/cli/common"
# CoNLL-U from the words and tags of a sample
awk 'NF { n++; printf "%d\t%s\t_\t%s\t_\t_\t_\t_\t_\t_\n", n, $1, $2 } !NF { n = 0; print "" }' "$corpora/pos-train.conll" >pos.conllu
short="run.epochs=2 run.average=1 engine.name=sequential engine.threads=1"
# quick NAME TASK FILE MODEL [OPTION...]: the score of two epochs, in tens
quick() {
    name=$1 task=$2 file=$3 model=$4
    shift 4
    rm -f c.yaml
    "$A" init-config "$task" "$file" --model "$model" --test "$file" --out c.yaml "$@" || return
    # shellcheck disable=SC2086
    "$A" train c.yaml $short --quiet --out "run-$name-$model" 2>said
    echo "$name $model: exit $? $(grep -c -v '^warning: a thread got' said)"
    # accuracy of tags, F of words, or F1 of chunks: above what a model that learns nothing gets
    awk -v task="$task" 'task == "tagging" && /^accuracy/ { f = $2 } /FB1/ && !seen++ { f = $NF } /F MEASURE/ { f = 100 * $NF }
        END { print "    score above 70:", (f + 0 > 70 ? "yes" : "NO, " f) }' "run-$name-$model/log.txt"
}
for model in crf lstm; do
    quick pos tagging "$corpora/pos-train.conll" $model
    quick conllu tagging pos.conllu $model
    quick chunk chunking "$corpora/chunk-train.conll" $model
    quick ner entities "$corpora/ner-train.conll" $model
    quick seg segmentation "$corpora/seg-train.txt" $model
done

echo "# what is written, but for paths and help"
shape() { "$A" init-config "$@" | grep -v -e '^ *#' -e train: -e template: | tr -d '\n' | sed 's/  */ /g'; echo; }
shape tagging "$corpora/pos-train.conll"
shape tagging pos.conllu
shape chunking "$corpora/chunk-train.conll" --model lstm
shape segmentation "$corpora/seg-train.txt"
printf 'new york\tB-LOC\nis\tO\n' >tabs
shape entities tabs
printf '# id 1 2 3\na I-X\nb O\n\n# id\nc I-X\n' >commented
shape entities commented
printf 'a B\nb E\n\nc S\n' >characters
shape segmentation characters
"$A" init-config tagging "$corpora/pos-train.conll" | grep -B 1 -e ' task:' -e ' average:'

echo "# what does not fit"
run "tags as chunks" "$A" init-config chunking "$corpora/pos-train.conll"
run "chunks as tags" "$A" init-config tagging "$corpora/chunk-train.conll"
run "text as tags" "$A" init-config tagging "$corpora/seg-train.txt"
run "columns as text" "$A" init-config segmentation "$corpora/chunk-train.conll"
run "CoNLL-U as entities" "$A" init-config entities pos.conllu
printf 'a\nb\n' >words
run "one column" "$A" init-config tagging words
run "another file" "$A" init-config chunking "$corpora/chunk-train.conll" --test "$corpora/pos-test.conll"
run "no file" "$A" init-config chunking nowhere
: >empty
run "nothing in it" "$A" init-config tagging empty
run "no task" "$A" init-config ner "$corpora/ner-train.conll"
run "no model" "$A" init-config tagging "$corpora/pos-train.conll" --model svm
cp c.yaml kept
run "a file that is there" "$A" init-config segmentation "$corpora/seg-train.txt" --out c.yaml
same "it stays" c.yaml kept
run "without a file" "$A" init-config chunking
