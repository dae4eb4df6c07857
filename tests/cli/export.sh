# SPDX-License-Identifier: MIT
# export: small taggers that know nothing but the exported file (tag-tsv.awk, tag-crfpp.awk) label as tag does; the three
# formats have the same weights; what a format cannot say is refused.
. "$ROOT/tests/cli/common"

test=test.conll
awk 'NF == 0 && NR > 1500 { print; exit } { print }' "$corpora/chunk-test.conll" >$test
# B lines with macros, one of them named as what rich edges would become; a line twice; blanks in a macro
printf 'U0:%%x[0,0]\nU1:%%x[-1,0]/%%x[ 0 , 1]\nU2:%%x[1,1]\nU2:%%x[1,1]\nU3\nBU0:%%x[0,1]\nB1:%%x[-1,1]\nB # all\n' >edges.tpl
printf 'U0:%%x[0,0]\nU1:%%x[-2,1]/%%x[2,1]\nB9:%%x[0,1]\n' >unchained.tpl

sed -e "s|\.\./|$ROOT/|g" -e "s|templates/|$configs/&|" -e '/rich_edges/d' "$chunk" >maxent.yaml

for model in rich edges unchained maxent; do
    config=$chunk
    case $model in
    rich) set -- model.rich_threshold=100 ;;
    edges) set -- features.template=edges.tpl model.rich_threshold=50 ;;
    unchained) set -- features.template=unchained.tpl model.rich_edges=none ;;
    maxent) config=maxent.yaml && set -- features.template=unchained.tpl model.name=maxent ;;
    esac
    echo "# $model"
    train $model "$config" "$@" features.cutoff=2 run.epochs=1
    "$A" tag $model $test >tagged
    "$A" export $model --out $model.tsv
    awk -f "$ROOT/tests/cli/tag-tsv.awk" $model.tsv $test >labelled
    same "a tagger of tsv and tag" labelled tagged
    "$A" export $model --format crf++ >$model.txt
    awk -f "$ROOT/tests/cli/tag-crfpp.awk" $model.txt $test >labelled
    same "a tagger of crf++ and tag" labelled tagged
    awk -F '\t' '$5 != "" && $1 != "kind" { print $1 }' $model.tsv | sort -u | paste -s -d ' ' -
done
echo "# templates of crf++"
awk '/^$/ { part++ } part == 2 && NF' edges.txt

echo "# crfsuite, and the weights of tsv"
train plain "$chunk" features.cutoff=2 model.rich_edges=none run.epochs=1
"$A" export plain --format=tsv >plain.tsv
"$A" export plain --format crfsuite >plain.dump
awk '{ sub(/[0-9]+$/, /num_features|num_attrs/ ? "N" : "&") } NR < 18' plain.dump
awk -F '\t' '$1 == "state" { print "  (0) " $2 " --> " $4 ": " $5 } $1 == "transition" { print "  (1) " $3 " --> " $4 ": " $5 }' \
    plain.tsv | LC_ALL=C sort >want
grep -e '-->' plain.dump | LC_ALL=C sort >got
same weights got want
awk 'NR == FNR { n++; next } /num_features/ { print "number of them:", $2 == n ? "same" : "ANOTHER" }' got plain.dump

# features FILE: with values, real ones, 0, below 0, twice in a token; names with colons, backslashes, blanks and quotes
features() {
    awk 'function name(s) { gsub(/[\\:]/, "\\\\&", s); return s }
        NF && !n++ && NR % 3 { print "@weight:0.5" }
        NF { printf "%s\t%s:%s\t%s:%s\t%s:1e-1\t%s\t%s\n", $NF, name("pos: " $2), (NR % 5) / 2 - 0.5, "length", length($1) / 4 - 1,
                name("\"" before "\"\\"), name("w:" $1), name("w:" $1); before = $2 }
        !NF { print ""; n = 0; before = "" }' "$1"
}
echo "# feature files of crfsuite"
features "$corpora/chunk-train.conll" >train.txt
features $test >test.txt
head -n 2 test.txt
printf 'corpus: {format: crfsuite, task: chunking, train: train.txt}\noptimizer: {rate: 0.1}\n' >values.yaml
for model in rich plain maxent; do
    set -- model.name=dense-crf
    [ $model != rich ] || set -- "$@" model.rich_edges=seen model.rich_threshold=100
    [ $model != maxent ] || set -- model.name=maxent
    train values-$model values.yaml "$@" features.cutoff=2 run.epochs=2
    "$A" export values-$model >values-$model.tsv
    "$A" tag values-$model test.txt --decode free >tagged
    awk -f "$ROOT/tests/cli/tag-tsv.awk" values-$model.tsv test.txt >labelled
    same "$model: a tagger of tsv and tag" labelled tagged
    cut -f 1 values-$model.tsv | sort -u | grep -v '^[#ks]' | paste -s -d ' ' -
done
awk -F '\t' '$1 == "setting" || $1 == "template"' values-plain.tsv
"$A" export values-plain --format crfsuite >values.dump
awk -F '\t' '$1 == "state" { print "  (0) " $2 " --> " $4 ": " $5 } $1 == "transition" { print "  (1) " $3 " --> " $4 ": " $5 }' \
    values-plain.tsv | LC_ALL=C sort >want
grep -e '-->' values.dump | LC_ALL=C sort >got
same "weights of crfsuite and tsv" got want
awk '/^ATTRIBUTES/ { on = 1; next } /^}/ { on = 0 } on && /: (pos: :|"NN"|w::)/ { sub(/^ *[0-9]*: /, ""); print }' values.dump
run "values and crf++" "$A" export values-plain --format crf++
run "values, rich edges and crfsuite" "$A" export values-rich --format crfsuite

echo "# a network"
train network "$configs/sample-lstm.yaml" model.hidden=5 model.embedding=7 run.epochs=1
"$A" export network >network.tsv
awk -F '\t' '$5 != "" && $1 != "kind" { n[$1]++ } $1 == "embedding" && $2 == "U1:NN" { row++ }
    END { print row, "numbers of U1:NN;", n["transition"], "transitions;", (n["matrix"] > 500 ? "matrices" : "NONE") }' network.tsv

echo "# what cannot be said"
run "no format" "$A" export plain --format crf
run "a network" "$A" export network --format crf++
run "rich edges" "$A" export rich --format crfsuite
run "constraints" "$A" export plain --format crf++ --decode scheme
train encoded "$chunk" features.cutoff=2 run.epochs=1 corpus.encode=iobes
run "another scheme" "$A" export encoded --format crf++
for line in 'U0:%x[0,0,suffix:2]' 'U0:%X[0,0]' 'U0:%x[9,0]' 'U0:%x[@1,0]' 'u0:%x[0,0]' 'U0: %x[0,0]'; do
    printf '%s\n' "$line" >odd.tpl
    train odd "$chunk" features.template=odd.tpl run.epochs=1 features.cutoff=50
    run "$line" "$A" export odd --format crf++ --decode free
done
printf 'U0:\t%%x[0,0]\n' >odd.tpl
train odd "$chunk" features.template=odd.tpl run.epochs=1 features.cutoff=50
run "a tab" "$A" export odd
# a, bc and ab, c make the same text, where nothing stands between the macros
printf 'a bc X\n\nab c Y\n\n' >alike.conll
for template in 'U0:%x[0,0]%x[0,1]' 'U0:%x[0,0]/%x[0,1]'; do
    printf '%s\n' "$template" >alike.tpl
    train alike "$pos" corpus.columns='[form, part, tag]' corpus.label=tag corpus.train=alike.conll corpus.test= \
        features.template=alike.tpl model.rich_edges=none run.epochs=9
    for format in crf++ crfsuite; do
        run "$template $format" "$A" export alike --format $format
    done
done
train whole "$seg" features.cutoff=50 run.epochs=1 run.whole=both run.decode=free
run "runs" "$A" export whole --format crf++ --whole both
awk 'NF { print $3, $1, $2; next } { print }' "$corpora/chunk-train.conll" >front.conll
printf 'U1:%%x[0,1]\nB\n' >front.tpl
train front "$chunk" corpus.columns='[chunk, word, pos]' corpus.train=front.conll corpus.test= features.template=front.tpl \
    features.cutoff=50 run.epochs=1
run "the label in front" "$A" export front --format crf++
run "nothing of names" "$A" export "$ROOT/corpora/README.md"
run "no folder" "$A" export plain --out nowhere/x
echo old >kept
run "refused, and the older file stays" "$A" export network --format crf++ --out kept
cat kept
