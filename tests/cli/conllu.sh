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

echo "# a label in MISC"
# chunks of the sample, as the value of a key, O left out
entities() {
    awk '!NF { print ""; n = 0; next }
        { misc = $3 == "O" ? (NR % 2 ? "_" : "A=1") : NR % 3 ? "NER=" $3 : "A=1|NER=" $3 "|B=2"
          print ++n "\t" $1 "\t_\t" $2 "\t_\t_\t_\t_\t_\t" misc }' "$1"
}
entities "$corpora/chunk-train.conll" >train.conllu
entities "$corpora/chunk-test.conll" >test.conllu
awk 'NF { print $1, "_", $2, $3; next } { print }' "$corpora/chunk-train.conll" >train.columns
awk 'NF { print $1, "_", $2, $3; next } { print }' "$corpora/chunk-test.conll" >test.columns
printf 'U0:%%x[0,0]\nU1:%%x[0,2]\nU2:%%x[-1,2]/%%x[0,2]\nB\n' >misc.tpl
both="features.template=misc.tpl run.epochs=2 corpus.test="
train misc "$chunk" $both corpus.format=conllu corpus.columns= corpus.label=misc.NER corpus.train=train.conllu
train flat "$chunk" $both corpus.columns= corpus.label=last corpus.train=train.columns
"$A" eval misc test.conllu >evaluated
"$A" eval flat test.columns >evaluated2
same "eval" evaluated evaluated2
"$A" tag misc test.conllu >tagged
"$A" tag flat test.columns | awk 'NF { print $5; next } { print }' >labels2
awk -F '\t' 'NF { l = $10; print (match(l, /NER=[^|]*/) ? substr(l, RSTART + 4, RLENGTH - 4) : "O"); next } { print }' tagged >labels
same "labels" labels labels2
"$A" eval misc tagged | sed -n 1p
cut -f 1-9 tagged >tagged.rest
cut -f 1-9 test.conllu >test.rest
same "all other columns" tagged.rest test.rest
sed -n 3,6p tagged
run "no key" "$A" check "$chunk" $both corpus.format=conllu corpus.columns= corpus.label=misc. corpus.train=train.conllu
run "a key that no token has" "$A" check "$chunk" $both corpus.format=conllu corpus.columns= corpus.label=misc.NRE corpus.train=train.conllu
run "_ in a column where it is open" "$A" check "$chunk" $both corpus.format=conllu corpus.columns= corpus.label=head corpus.train=train.conllu
run "no column" "$A" check "$chunk" $both corpus.format=conllu corpus.columns= corpus.label=misk.NER corpus.train=train.conllu

echo "# columns separated by tabs alone"
tabs() { awk 'NF { print ($1 == "the" ? "the " NR % 2 " x" : $1) "\t" $2 "\t" $3; next } { print }' "$1"; }
tabs "$corpora/chunk-train.conll" >train.tsv
tabs "$corpora/chunk-test.conll" >test.tsv
tr ' ' '_' <train.tsv >train.blank
tr ' ' '_' <test.tsv >test.blank
train tab "$chunk" run.epochs=2 corpus.separator=tab corpus.train=train.tsv corpus.test=test.tsv
train blank "$chunk" run.epochs=2 corpus.train=train.blank corpus.test=test.blank
"$A" eval tab test.tsv >evaluated
"$A" eval blank test.blank >evaluated2
same "eval" evaluated evaluated2
"$A" tag tab test.tsv >tagged
"$A" tag blank test.blank | awk '{ print $4 }' | paste test.tsv - | sed 's/^\t$//' >wanted
same "tag" tagged wanted
awk -F '\t' 'NF { print $3 "\t" $4; next } { print }' tagged >pairs
"$A" score pairs >scored
"$A" score tagged --separator tab >scored2
same "tag | score" scored scored2
run "score by white space" "$A" score tagged
run "score by commas" "$A" score tagged --separator comma
printf -- '-DOCSTART-\t\t\nthe 1 x\tDT\t?\n' | "$A" tag tab
run "another separator" "$A" tag tab "$corpora/chunk-test.conll"
run "another format" "$A" check "$seg" corpus.separator=tab

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
