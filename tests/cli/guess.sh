# A configuration that does not say corpus.task: the labels of the training file do. Where they contradict what it says,
# a warning tells.
. "$ROOT/tests/cli/common"
printf 'U00:%%x[0,0]\nU01:%%x[-1,0]\nB\n' >t.tpl
cat >c.yaml <<'END'
corpus: {train: train, test: train}
features: {template: t.tpl}
optimizer: {rate: 0.2}
engine: {name: sequential}
run: {epochs: 1}
END
layout() { printf 'the %s-X\nold %s-X\nman %s-X\nsaw O\ntwo %s-Y\ndogs %s-Y\n\nIt %s-X\nwent O\n' "$@"; }
# told KEY=VALUE...: what train says of the task, what it stored, the first word of its score
told() {
    rm -rf run
    "$A" train c.yaml "$@" --out run 2>&1 >score | grep -v -e '^epoch' -e '^the run' -e ' sentences*, ' -e 'got .* of a core'
    grep -e ' task:' -e ' scheme:' -e ' encode:' run/config.yaml | tr -d '\n' | sed 's/  */ /g'
    echo ";$(sed -n 's/.*\(FB1\|R_OOV\).*/ F1/p' score | sort -u | head -n 1)"
}

echo "# each scheme"
for letters in "B I I B I B" "I I I I I I" "B I E B E S" "B M E B E S" "B I L B L U"; do
    # shellcheck disable=SC2086
    layout $letters >train
    told
done
echo "# what is said counts"
layout B I I B I B >train
told corpus.task=chunking
told corpus.task=entities
told corpus.task=tagging
told corpus.task=tagging corpus.scheme=plain
told corpus.scheme=plain
told corpus.scheme=iob1
told corpus.encode=iobes
echo "# tags; a few slips among chunks; segmented text; CoNLL-U; what cannot be read twice"
printf 'the DT\nman NN\n\nO NN\n' >train
told
{ for k in 1 2 3 4 5 6 7; do layout B I I B I B; echo; done; printf 'a NN\n'; } >slips
told corpus.train=slips corpus.test=slips
printf 'ab c\nd e\n' >words
told corpus.format=segmented corpus.train=words corpus.test=words
printf '1\ta\ta\tNOUN\tNN\t_\t0\troot\t_\tNE=B-X\n2\tb\tb\tNOUN\tNN\t_\t0\troot\t_\t_\n' >u
told corpus.format=conllu corpus.label=misc.NE corpus.train=u corpus.test=u
told corpus.format=conllu corpus.label=upos corpus.train=u corpus.test=u
layout B I I B I B >train
mkfifo pipe
cat train >pipe &
told corpus.train=pipe
wait
echo "# check; the stored configuration trains the same again; the model knows its task"
"$A" check c.yaml 2>&1 >/dev/null
told
"$A" train run/config.yaml --out again --quiet >/dev/null
same model run/model.safetensors again/model.safetensors
"$A" eval run train | head -n 1 | cut -c 1-40
echo "# score: some labels look like chunks, others do not"
printf 'a B-X B-X\nb NN I-X\n\n' | "$A" score - 2>&1 | head -n 2
printf 'a B-X B-X\nb NN I-X\n\n' | "$A" score - --task tagging 2>&1 | head -n 1
