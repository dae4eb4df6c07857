# Comment lines between sentences (corpus.comments): train, check, tag, eval and score pass them over, and tag gives them
# back in their place. Within a sentence such a line is a token.
. "$ROOT/tests/cli/common"
printf 'U00:%%x[0,0]\nU01:%%x[-1,0]\nB\n' >t.tpl
cat >c.yaml <<'END'
corpus: {task: chunking, train: with, test: with, comments: "#"}
features: {template: t.tpl}
optimizer: {rate: 0.2}
engine: {name: sequential}
run: {epochs: 3}
END
cat >with <<'END'
# id 1
a B-X
# I-X
b O

#
# text = c
c B-Y

# the end

#last
END
grep -v -e '^# id' -e '^#$' -e '^# text' -e '^# the' -e '^#last' with >without
echo "# the same model, and the same survey"
train with-run c.yaml
train without-run c.yaml corpus.train=without corpus.test=without corpus.comments=
awk 'FNR == 1 { n++ } { print > ("log" n) }' with-run/log.txt without-run/log.txt
same losses "$(cut -d ' ' -f 1-6 log1 | grep ^epoch >l1; echo l1)" "$(cut -d ' ' -f 1-6 log2 | grep ^epoch >l2; echo l2)"
check c.yaml >s1 2>&1
check c.yaml corpus.train=without corpus.test=without corpus.comments= >s2 2>&1
same survey s1 s2
head -n 2 s1
echo "# tag: line k answers line k"
"$A" tag with-run with >tagged
cat tagged
echo "lines: $(awk 'END { print NR }' with) $(awk 'END { print NR }' tagged)"
cut -d ' ' -f 1 with >input
"$A" tag with-run input --marginals --nbest 1 | grep -c '^#'
"$A" tag with-run - <with >streamed
same "from a pipe" tagged streamed
echo "# eval, score"
"$A" eval with-run 2>/dev/null | head -n 2 >e1
"$A" score tagged --comments '#' | head -n 2 >e2
same score e1 e2
run "score without it" "$A" score tagged
run "score, segmented" "$A" score with with --comments '#'
echo "# a longer text; none; another format"
printf '# O\nx O\n\n#! c\n#\tB-X\n\n' >token
run "two marks" "$A" check c.yaml corpus.train=token corpus.test= corpus.comments='#!'
sed -n 's/^labels//p' stdout
printf '# one two three\na O\n' >ragged
run none "$A" check c.yaml corpus.train=ragged corpus.test= corpus.comments=
run conllu "$A" check c.yaml corpus.format=conllu corpus.label=upos
printf '#\n# a\n' >nothing
run "nothing else" "$A" check c.yaml corpus.train=nothing corpus.test=
