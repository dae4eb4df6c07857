# A corpus that is only unusual works, and gives the same model and answers as the usual one.
. "$ROOT/tests/cli/common"
head -n 40 "$corpora/pos-train.conll" >good.conll
head -n 20 "$corpora/seg-train.txt" >good.seg
small="corpus.train=good.conll corpus.test= run.epochs=1"
train plain "$pos" $small
train seg "$seg" corpus.train=good.seg corpus.test= run.epochs=1

echo "# the same text, written otherwise"
# variant FILE MODEL NAME: train MODEL on FILE under the name `corpus`, and tag it
variant() {
    cp "$1" corpus
    eval "train $2 \"\$$2\" corpus.train=corpus corpus.test=corpus run.epochs=1"
    "$A" tag $2 corpus >$2.lines
    # the file may lack the blank line that ends a sentence; the answer does not
    [ $(($(awk 'END { print NR + ($0 !~ /^[ \t\r]*$/ && "'$2'" == "pos") }' corpus))) = "$(awk 'END { print NR }' $2.lines)" ] ||
        echo "LINES CAME OR WENT"
    awk 'NF { print; on = 1; next } on { print; on = 0 }' $2.lines >$2.tagged # blank lines are those of the input
    if [ "$3" = "line feeds" ]; then
        cp $2/model.safetensors $2.model
        cp $2.tagged $2.wanted
    else
        same "$2, $3" $2/model.safetensors $2.model
        same "$2, $3, tagged" $2.tagged $2.wanted
    fi
}
for kind in pos seg; do
    file=good.conll && [ $kind = pos ] || file=good.seg
    variant $file $kind "line feeds"
    awk '{ printf "%s\r\n", $0 }' $file >variant
    variant variant $kind "CRLF"
    { printf '\357\273\277'; cat $file; } >variant
    variant variant $kind "byte order mark"
    printf '%s' "$(cat $file)" >variant
    [ "$(tail -c 1 variant)" ] || echo "IT HAS ONE"
    variant variant $kind "no final newline"
    awk '{ gsub(/ /, " \t "); print "\t" $0 "  " }' $file >variant
    variant variant $kind "tabs and blanks"
done
{ printf '\n\n \n'; awk '{ print } !NF { print " "; print "" }' good.conll; printf '\n\n'; } >variant
variant variant pos "more blank lines"
sed 's/ /　/g' good.seg >variant
variant variant seg "ideographic spaces"

echo "# a label that only the test corpus has is counted as wrong"
awk 'NR == 3 { $2 = "NEW" } { print }' good.conll >new.conll
for file in good.conll new.conll; do
    "$A" eval plain $file | sed -n 's/.*correct: \([0-9]*\) tokens.*/\1/p'
done | awk '{ n[NR] = $1 } END { print "correct tokens less:", n[1] - n[2] }'
"$A" tag plain good.conll | awk 'NR == 3 { print "it was right before:", $2 == $3 ? "yes" : "NO" }'
"$A" eval plain new.conll >evaluated
"$A" tag plain new.conll | "$A" score - >scored
same "tag | score and eval" scored evaluated
awk 'NF { $2 = "NEW" } { print }' good.conll >all-new.conll
"$A" eval plain all-new.conll | sed -n 's/.*correct: \([0-9]*\) tokens.*/all are new, correct: \1/p'
run "train" "$A" train "$pos" $small --quiet --out new corpus.test=new.conll
run "check" "$A" check "$pos" $small corpus.test=new.conll
grep NEW stdout

echo "# long sentences: 100,000 tokens"
awk 'BEGIN { for (i = 0; i < 100000; i++) { x = (x * 75 + 74) % 65537; print "w" x % 5000, "T" x % 15 } }' >long.conll
awk '{ printf "%s%s", $1, NR % 3 ? "" : " " } END { print "" }' long.conll >long.seg
ulimit -t 60 # seconds of a processor for a command; what grows with the square of the length takes more
run "train" "$A" train "$pos" $small --quiet --out long corpus.train=long.conll
run "tag" "$A" tag long long.conll
awk 'NF { n++ } END { print n, "tokens tagged" }' stdout
run "segmentation, eval" "$A" eval seg long.seg
