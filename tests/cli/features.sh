# Attributes, encodings, maps and word lists, from training to tag, eval and score: the model file alone suffices.
. "$ROOT/tests/cli/common"

# both NAME TEST FLAGS...: eval says what `tag | score` says; word lists and templates are gone by then
both() {
    name=$1 test=$2
    shift 2
    rm -f template words config.yaml
    run "eval" "$A" eval "$name" "$test"
    mv stdout evaluated
    "$A" tag "$name" "$test" >tagged && "$A" score - "$@" <tagged >scored
    same "eval and tag | score" scored evaluated
    awk 'NF { NF-- } { print }' "$test" | "$A" tag "$name" | awk '{ print $NF }' >labels
    awk '{ print $NF }' tagged >labels2
    same "without the label column" labels labels2
}
# better FILE: is the F1 or the accuracy in it above 85?
better() { awk '/FB1: / && !n { n = $NF } /accuracy/ && !a { sub(/%;?/, "", $2); a = $2 } END { print "above 85:", ((n ? n : a) > 85 ? "yes" : "NO, " n " " a) }' "$1"; }

echo "# tagging with attributes"
cat >template <<'END'
U00:%x[0,0]
U01:%X[0,0]
U02:%x[0,0,suffix:1]
U03:%x[0,0,suffix:2]
U04:%x[0,0,suffix:3]
U05:%x[0,0,prefix:2]
U06:%x[0,0,shape]
U07:%x[-1,0,short-shape]/%x[1,0,class]
U08:%x[-1,0]
U09:%x[1,0]
U10:%x[0,0,test:"^[0-9.,]+$"]
u11:%t[0,0,"^\u"]%m[0,0,".?.?.?$"] # in Wapiti's dialect
u12:%x[@1,0]
U13:%x[0,0,same:1]
B
END
train pos "$pos" features.template=template run.epochs=5
both pos "$corpora/pos-test.conll"
better evaluated

echo "# chunking, learned in another scheme, with a word list"
awk 'NF && $3 != "O" { print $1 }' "$corpora/chunk-train.conll" | sort -u | awk 'NR % 2' >words
cat >template <<'END'
U00:%x[0,0]
U01:%x[0,1]
U02:%x[-1,1]/%x[0,1]
U03:%x[0,1]/%x[1,1]
U04:%x[0,0,place]
*05:%x[0,1]
B
END
cp template template.kept
cp words words.kept
for encode in same iob1 iobes bmes bilou; do
    cp template.kept template
    cp words.kept words
    train $encode "$chunk" features.template=template features.words=words corpus.encode=$encode run.epochs=3
    both $encode "$corpora/chunk-test.conll"
    better evaluated
    awk '$NF ~ /^[^BIO]/ { n++ } END { print "answers in another scheme:", n + 0 }' tagged
done

echo "# nouns alone"
cp template.kept template
cp words.kept words
train np "$chunk" features.template=template features.words=words corpus.encode=iobes corpus.map='[NP=N, "*=O"]' run.epochs=3
rm template words
"$A" eval np "$corpora/chunk-test.conll" >evaluated
"$A" tag np "$corpora/chunk-test.conll" | awk 'NF { if (!sub(/-NP$/, "-N", $3)) $3 = "O" } { print }' >tagged
"$A" score - <tagged >scored
same "eval, and tag | score with the gold labels mapped" scored evaluated
better evaluated
awk 'NF { print $NF }' tagged | sort -u | tr '\n' ' '
echo

echo "# segmentation with words of the training corpus"
cat >template <<'END'
U00:%x[-1,0]
U01:%x[0,0]
U02:%x[1,0]
U03:%x[-1,0]/%x[0,0]
U04:%x[0,0]/%x[1,0]
U05:%x[0,0,word-from]
U06:%x[0,0,word-to]
U07:%x[0,0,length-from]/%x[0,0,length-to]
U08:%x[-1,0,place]/%x[0,0,place]
U09:%x[0,0,class]/%x[1,0,class]
U10:%x[0,0,same:1]
U11:%x[0,0,same:2]
B
END
cp template template.kept
tr ' ' '\n' <"$corpora/seg-train.txt" | awk 'NF && NR % 3 == 0' | sort -u >words
cp words words.kept
more="features.template=template features.words=words features.train_words=2 features.word_dropout=0.2 run.epochs=3"
for encode in same iob2 iobes; do
    cp template.kept template
    cp words.kept words
    train seg "$seg" $more corpus.encode=$encode
    rm template words
    "$A" eval seg "$corpora/seg-test.txt" >evaluated-$encode
    tr -d ' ' <"$corpora/seg-test.txt" | "$A" tag seg >tagged
    "$A" score "$corpora/seg-test.txt" tagged --words "$corpora/seg-train.txt" >scored
    same "$encode: eval and tag, then score" scored evaluated-$encode
    awk '/F MEASURE/ { print "F above 0.9:", ($NF > 0.9 ? "yes" : "NO, " $NF) }' evaluated-$encode
done

echo "# the same in columns"
columns() { # one character and its label a line; byte by byte, as not every awk knows characters
    LC_ALL=C awk '{
        for (w = 1; w <= NF; w++) {
            n = 0
            for (i = 1; i <= length($w); i++) {
                b = substr($w, i, 1)
                if (b < "\200" || b >= "\300") c[++n] = b; else c[n] = c[n] b
            }
            for (k = 1; k <= n; k++) print c[k] "\t" (n == 1 ? "S" : k == 1 ? "B" : k == n ? "E" : "M")
        }
        print ""
    }' "$1"
}
columns "$corpora/seg-train.txt" >train
columns "$corpora/seg-test.txt" >test
head -n 3 test
for encode in same iob2 iobes; do
    cp template.kept template
    cp words.kept words
    train columns "$seg" $more corpus.encode=$encode corpus.format=conll corpus.train=train corpus.test=test
    rm template words
    "$A" eval columns test >evaluated
    same "$encode: eval of columns and of segmented text" evaluated evaluated-$encode
    "$A" tag columns test | awk 'NF { printf "%s%s", $1, ($NF == "E" || $NF == "S") ? " " : ""; next } { print "" }' |
        sed 's/ $//' >words-of-columns
done
cmp words-of-columns tagged && echo "tag: the same words"
