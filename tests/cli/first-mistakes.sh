# What people try first: files in each other's place, names of other programs, a map left out, a TAB.
. "$ROOT/tests/cli/common"
printf 'U00:%%x[0,0]\nB\n' >t.tpl
printf 'a B-X\nb I-X\nc O\n\nd B-X\n' >own
cat >c.yaml <<'END'
corpus: {train: own, test: own}
features: {template: t.tpl}
optimizer: {rate: 0.2}
engine: {name: sequential}
run: {epochs: 1}
END
train model c.yaml
echo "# what is no model file"
run "tag CONFIG" "$A" tag c.yaml
run "eval CORPUS" "$A" eval own own
run "tag CONFIG.gz" "$A" tag "$(gzip -c c.yaml >c.gz && echo c.gz)"

echo "# eval without a file: the run's own test corpus"
run "eval RUN" "$A" eval model
cp stdout alone
"$A" eval model own >named
same "score" alone named
train untested c.yaml corpus.test=
run "eval RUN, and it has none" "$A" eval untested
mv own away
run "eval RUN, and it is gone" "$A" eval model
mv away own

echo "# a run's folder for its configuration"
run "train RUN" "$A" train model --quiet --out again
same model model/model.safetensors again/model.safetensors
run "train RUN/" "$A" train model/ --quiet
"$A" train model/ run.epochs=2 --quiet >/dev/null 2>&1
ls runs
mkdir empty
run "check FOLDER" "$A" check empty

echo "# YAML"
tab() { printf "$1" >tab.yaml && run "$2" "$A" check tab.yaml; }
tab 'corpus:\n\ttrain: own\n' "a TAB alone"
tab 'corpus:\n  train: own\n \ttest: own\n' "a blank and a TAB"
tab 'corpus:\n  train:\town\nfeatures: {template: t.tpl}\t\noptimizer: {rate: 1}\n' "TABs that are allowed"
run "a map left out" "$A" check c.yaml optimizer.l2=1
run "another one" "$A" check c.yaml engine.audit=x
for name in crf lstm CRF; do run "model $name" "$A" check c.yaml model.name=$name; done
run "standard input as a corpus" "$A" check c.yaml corpus.train=-

echo "# one of a kind"
printf 'a O\n' >one
"$A" check c.yaml corpus.train=one corpus.test=one 2>&1 | sed -n '1,/^features/p'
"$A" train c.yaml corpus.task=tagging corpus.train=one corpus.test= --out one-run 2>&1 >/dev/null | sed -n '1s/;.*//p'

echo "# a terminal"
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    script -qec "$A tag model 2>said >answered" /dev/null >/dev/null 2>&1 </dev/null
    cat said
else # (no such program here, or another one of that name)
    echo "reading sentences, one token a line and a blank line after each, from the terminal; end with Ctrl-D"
fi
echo 'a' | "$A" tag model 2>&1
