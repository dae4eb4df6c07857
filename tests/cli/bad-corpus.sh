# Every kind of broken corpus, to every verb that reads one: the fault's file and line, its code, and the older run
# stays. (odd-corpus: what is only unusual.)
. "$ROOT/tests/cli/common"
head -n 40 "$corpora/pos-train.conll" >good.conll
head -n 20 "$corpora/seg-train.txt" >good.seg
small="corpus.train=good.conll corpus.test= run.epochs=1"
small_seg="corpus.train=good.seg corpus.test= run.epochs=1"
train pos "$pos" $small
train seg "$seg" $small_seg
train older "$pos" $small
watch

# conll FILE, segmented FILE: to all verbs
conll() {
    echo "# $1"
    run "train" "$A" train "$pos" $small --quiet --out older corpus.train="$1"
    run "test corpus" "$A" train "$pos" $small --quiet --out older corpus.test="$1"
    run "check" "$A" check "$pos" $small corpus.dev="$1"
    run "eval" "$A" eval pos good.conll "$1"
    run "tag" "$A" tag pos "$1"
    run "score" "$A" score "$1"
}
segmented() {
    echo "# $1"
    run "train" "$A" train "$seg" $small_seg --quiet --out older corpus.train="$1"
    run "test corpus" "$A" train "$seg" $small_seg --quiet --out older corpus.test="$1"
    run "check" "$A" check "$seg" $small_seg corpus.dev="$1"
    run "eval" "$A" eval seg good.seg "$1"
    run "tag" "$A" tag seg "$1"
    run "score, gold" "$A" score "$1" good.seg
    run "score, guess" "$A" score good.seg "$1"
    run "score, words" "$A" score good.seg good.seg --words "$1"
}
both() { conll "$1"; segmented "$1"; }

: >empty
both empty
printf '\n \n\t\n\r\n\n' >blank
both blank
mkdir folder
both folder
both missing
printf 'a N\nb V\n\nc\377d N\n' >latin1.conll
conll latin1.conll
printf 'ab c\n\n\n\303\251\303 d\n' >cut.seg
segmented cut.seg
printf 'a N\nb\0 V\n' >nul.conll
conll nul.conll
printf 'ab c\nd\0\n' >nul.seg
segmented nul.seg
printf '\377\376a\0 \0N\0\n\0' >utf16le
both utf16le
printf '\376\377\0a\0 \0N\0\n' >utf16be
both utf16be
printf 'a N\n\nb V\nc X V\nd N\n' >ragged
conll ragged
printf 'a N\nb V\n\nc\n' >short
conll short
printf 'a\nb\n\nc\n' >unlabelled
conll unlabelled
printf 'a N V O\n' >wide
conll wide
echo "# a token of 10 MB"
{ printf 'a N\n'; head -c 10485760 /dev/zero | tr '\0' a; printf ' N\n'; } >token.conll
run "train" "$A" train "$pos" $small --quiet --out older corpus.train=token.conll
run "tag" "$A" tag pos token.conll
{ printf 'a b\n'; tr '\0' a </dev/zero | head -c 10485760; printf ' b\n'; } >token.seg
run "train" "$A" train "$seg" $small_seg --quiet --out older corpus.train=token.seg
run "tag" "$A" tag seg token.seg
rm token.conll token.seg

echo "# score only"
printf 'a b\nc d\n' >two
printf 'a b\nc d\nef\n' >three
printf 'a b\nc e\n' >other
run "guess too short" "$A" score three two
run "guess too long" "$A" score two three
run "other characters" "$A" score two other
run "guess empty" "$A" score two empty
run "words missing" "$A" score two two --words missing

echo "# the second of two training files, and the corpus in a list"
run "train" "$A" train "$pos" $small --quiet --out older corpus.train='[good.conll, latin1.conll]'
run "names too many columns" "$A" train "$pos" $small --quiet --out older corpus.columns='[word, x, pos]'
run "no sentence left" "$A" train "$pos" --quiet --out older corpus.train=wide corpus.test= corpus.columns= corpus.label=last corpus.dev_fraction=0.1

echo "# reading fails in the middle" # of the process's memory, page 0
[ -e /proc/self/mem ] && ln -s /proc/self/mem unreadable || echo "THERE IS NO /proc/self/mem"
run "tag" "$A" tag pos unreadable
run "train" "$A" train "$pos" $small --quiet --out older corpus.train=unreadable
