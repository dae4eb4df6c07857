# CoNLL-U: training, scores and answers are those of the same words in columns, and files come back line for line.
. "$ROOT/tests/cli/common"
# Words and tags as they are in the sample; around them what CoNLL-U has besides tokens.
# universal FILE: in CoNLL-U
universal() {
    awk 'BEGIN { print "# newdoc id = invented\n" }
        !NF { if (n) print ""; n = 0; next }
        !n { print "# sent_id = " ++s "\n#\n# text with  blanks " }
        { n++ }
        n == 2 && s % 3 == 0 { print "2-3\ttwo words\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No" }
        { print n "\t" $1 "\t" tolower($1) "\t" $2 "\t" substr($2, 1, 1) "\tA=b\t0\tdep\t_\t" (n % 2 ? "_" : "Gloss=a b|X=y") }
        n == 3 && s % 4 == 0 { print "3.1\telided\t_\tVERB\t_\t_\t_\t_\t_\t_" }' "$1"
}
universal "$corpora/pos-train.conll" >train.conllu
universal "$corpora/pos-test.conll" >test.conllu
keys="corpus.format=conllu corpus.columns= corpus.label=upos features.template=$configs/templates/tagging.tpl run.epochs=3"
keys="$keys corpus.train=train.conllu corpus.test=test.conllu"
train ud "$pos" $keys
train pos "$pos" run.epochs=3

"$A" eval pos "$corpora/pos-test.conll" >columns
"$A" eval ud test.conllu >evaluated
same "eval" evaluated columns
"$A" tag pos "$corpora/pos-test.conll" | awk 'NF { print $NF }' >columns
"$A" tag ud test.conllu >tagged
awk -F '\t' '$1 ~ /^[0-9]+$/ { print $4 }' tagged >labels
same "labels" labels columns
# with the labels of the input the rest must be the input
awk -F '\t' -v OFS='\t' 'NR == FNR { gold[NR] = $4; next } $1 ~ /^[0-9]+$/ { $4 = gold[FNR] } { print }' test.conllu tagged >kept
same "all other lines and columns" kept test.conllu
"$A" eval ud tagged | sed -n 1,2p
"$A" tag ud <test.conllu >tagged2
same "standard input" tagged2 tagged
awk '{ printf "%s\r\n", $0 }' test.conllu | "$A" tag ud >tagged3
same "CRLF" tagged3 tagged
awk -F '\t' -v OFS='\t' '$1 ~ /^[0-9]+$/ { $4 = "_" } { print }' test.conllu | "$A" tag ud >tagged4
same "without labels" tagged4 tagged
tail -n 5 test.conllu
tail -n 5 tagged

echo "# another label: xpos"
train xpos "$pos" $keys corpus.label=xpos
"$A" tag xpos test.conllu >tagged
cut -f 1-4,6- test.conllu >input
cut -f 1-4,6- tagged >kept
same "all other columns" kept input
"$A" eval xpos test.conllu >evaluated
awk -F '\t' '$1 ~ /^[0-9]+$/ { print $2, $5; next } !NF' test.conllu >gold
awk -F '\t' '$1 ~ /^[0-9]+$/ { print $5; next } !NF' tagged | paste -d ' ' gold - | sed 's/^ *$//' >both
"$A" score both >scored
same "tag | score and eval" scored evaluated

echo "# check"
"$A" check "$pos" $keys | head -n 2
"$A" check "$pos" | head -n 2

echo "# comments alone"
printf '# only\n# this\n\n# and this' | "$A" tag ud
printf '# only\n' >comments
run "train" "$A" train "$pos" $keys --quiet --out none corpus.train=comments

echo "# documents of CoNLL-2003 are no sentences"
documents() {
    awk 'BEGIN { print "-DOCSTART- -X-\n" } { print } !NF && ++n % 100 == 0 { print "-DOCSTART- O"; if (n % 200) print "" }' "$1"
}
documents "$corpora/pos-train.conll" >train.conll
documents "$corpora/pos-test.conll" >test.conll
grep -c DOCSTART train.conll test.conll
cp "$corpora/pos-train.conll" corpus
train pos "$pos" run.epochs=3 corpus.train=corpus
cp pos/model.safetensors plain.model
cp train.conll corpus
train pos "$pos" run.epochs=3 corpus.train=corpus
same "model" pos/model.safetensors plain.model
"$A" eval pos "$corpora/pos-test.conll" >plain
"$A" eval pos test.conll >evaluated
same "eval" evaluated plain
check "$pos" >plain
check "$pos" corpus.train=train.conll corpus.test=test.conll >checked
same "check" checked plain
"$A" tag pos test.conll >tagged
"$A" score tagged >scored
same "tag | score and eval" scored evaluated
"$A" tag pos "$corpora/pos-test.conll" >plain
awk '/^-DOCSTART-/ { skip = 1; print >"marks"; next } skip && !NF { next } { skip = 0; print }' tagged >rest
awk 'NF { on = 1; print; next } on { on = 0; print }' rest >rest1
same "other lines" rest1 plain
awk 'NF { NF-- } { print }' tagged >input
same "line by line" input test.conll
cat marks
printf -- '-DOCSTART- -X-\n\na\nb\n\n-DOCSTART-\nc\n' | "$A" tag pos | cut -d ' ' -f 1
printf -- '-DOCSTART- -X- O\n' >only
run "only these" "$A" train "$pos" --quiet --out none corpus.train=only
run "score only these" "$A" score only
