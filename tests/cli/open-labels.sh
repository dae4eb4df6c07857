# Open labels: `?` (corpus.open) in columns and _ in CoNLL-U are labels that are not known. They are none to learn, none
# to answer, and none to score.
. "$ROOT/tests/cli/common"
# open N FILE: every Nth token's label, of those that a running number picks, becomes open
open() { awk -v n="$1" 'NF { if (k++ * 7 % n == 0) $NF = "?" } { print }' "$2"; }
# answers FILE: how many of its tokens are labelled ?, and how many are not
answers() { awk 'NF { if ($NF == "?") a++; else b++ } END { print a + 0, "open,", b + 0, "labelled" }' "$1"; }
# above N: is the accuracy or F1 of an eval at least N?
above() { awk -v n="$1" '/accuracy/ { sub(/.*FB1: */, ""); sub(/accuracy: */, ""); print (($1 + 0 >= n) ? "at least " n : "only " $1); exit }'; }

echo "# half of the labels are open: the others are enough to learn from"
open 2 "$corpora/pos-train.conll" >half
answers half
train run "$pos" corpus.train=half
"$A" tag run "$corpora/pos-test.conll" | awk 'NF { print $NF } !NF' >tagged
answers tagged
"$A" eval run "$corpora/pos-test.conll" | above 80
echo "# what is said of them, and that no label is one"
"$A" train "$pos" corpus.train=half corpus.test= run.epochs=1 --out run2 2>&1 | sed -n '/open/p'
check "$pos" corpus.train=half corpus.test= | sed -n -e '/open/p' -e 's/^labels .* ?:.*/A LABEL/p'

echo "# chunks in IOB2, learned in IOBES"
open 3 "$corpora/chunk-train.conll" >third
train chunks "$chunk" corpus.train=third corpus.encode=iobes
"$A" tag chunks "$corpora/chunk-test.conll" >tagged
answers tagged
"$A" score tagged | above 85
"$A" eval chunks "$corpora/chunk-test.conll" | above 85

echo "# open labels of a gold file are not scored, nor are chunks in or beside them"
open 3 "$corpora/chunk-test.conll" >gold
"$A" eval chunks gold 2>&1 >evaluated
awk 'NF { n += $NF != "?" } END { print n, "tokens are not open" }' gold
sed -n 's/^processed \([0-9]*\) tokens.*/\1 tokens are scored/p' evaluated
printf 'a X ?\nb X ?\n' >nothing
"$A" eval chunks nothing 2>&1 | head -n 2

echo "# given: ? stays open, all else stays"
open 3 "$corpora/pos-test.conll" >gold
"$A" tag run gold --given | awk 'NF && $(NF - 1) != "?" && $NF != $(NF - 1) { bad++ } NF && $NF == "?" { bad++ }
    END { print bad + 0, "changed" }'

echo "# another text for it, which the model remembers; and none"
printf 'the D\nbig XX\ndog N\n\na D\ncat N\n' >named
printf 'U0:%%x[0,0]\n' >word.tpl
plain="corpus.train=named corpus.test= corpus.columns= corpus.label=last features.template=word.tpl"
train marked "$pos" $plain corpus.open=XX
"$A" tag marked named --given
sed 's/XX/?/' named >asked
run "? is no label of this model, nor an open one" "$A" tag marked asked --given
train label "$pos" $plain corpus.train=asked corpus.open=
printf 'big\n' | "$A" tag label

echo "# CoNLL-U: _ is no tag"
printf '1\tdog\t_\tNOUN\tNN\t_\t0\tdep\t_\t_\n2\truns\t_\t_\t_\t_\t0\tdep\t_\t_\n\n' >a.conllu
printf '1\tcats\t_\tNOUN\t_\t_\t0\tdep\t_\t_\n2\trun\t_\tVERB\t_\t_\t0\tdep\t_\tA=b\n\n' >>a.conllu
ud="corpus.format=conllu corpus.columns= corpus.test= corpus.train=a.conllu features.template=word.tpl"
train upos "$pos" $ud corpus.label=upos
"$A" tag upos a.conllu
"$A" tag upos a.conllu --given | cut -f 4
"$A" eval upos a.conllu
echo "# but in FEATS and MISC it says that there is nothing, which can be learned"
train misc "$pos" $ud corpus.label=misc
"$A" tag misc a.conllu | cut -f 10

echo "# a corpus of nothing else"
sed 's/ [A-Z]*$/ ?/' named >none
run "columns" "$A" train "$pos" $plain corpus.train=none --out none.run
cut -f 1-4 a.conllu | awk -F '\t' 'NF { print $0 "\t_\t_\t_\t_\t_\t_" } !NF' >b.conllu
run "xpos" "$A" train "$pos" $ud corpus.label=xpos corpus.train=b.conllu --out none.run
ls -d none.run 2>/dev/null

echo "# types that become one, in IOB1: it is in doubt where chunks part"
printf 'a I-NP\nb ?\nc I-PP\n' >iob1
run "iob1" "$A" train "$chunk" $plain corpus.train=iob1 corpus.scheme=iob1 corpus.encode=iobes 'corpus.map=[PP=NP]' \
    --out none.run
echo "# a rule that would make a label of it"
run "map" "$A" check "$pos" $plain 'corpus.map=[NN=?]'
