# Every kind of broken corpus, to every verb that reads one: the fault's file and line, its code, and the older run
# stays. (odd-corpus: what is only unusual.)
. "$ROOT/tests/cli/common"
head -n 40 "$corpora/pos-train.conll" >good.conll
head -n 20 "$corpora/seg-train.txt" >good.segmented
awk 'NF { print ++n "\t" $1 "\t_\t" $2 "\t_\t_\t_\t_\t_\t_"; next } { n = 0; print }' good.conll >good.conllu
formats="conll segmented conllu"

# use FORMAT: the configuration and keys of a short training in this format
use() {
    config=$pos good=good.$1
    keys="corpus.train=$good corpus.test= run.epochs=1"
    case $1 in
    segmented) config=$seg ;;
    conllu) keys="$keys corpus.format=conllu corpus.columns= corpus.label=upos" ;;
    esac
}
# bad FORMAT FILE: to all verbs
bad() {
    use "$1"
    echo "# $2, $1"
    run "train" "$A" train "$config" $keys --quiet --out older corpus.train="$2"
    run "test corpus" "$A" train "$config" $keys --quiet --out older corpus.test="$2"
    run "check" "$A" check "$config" $keys corpus.dev="$2"
    run "eval" "$A" eval "$1" $good "$2"
    run "tag" "$A" tag "$1" "$2"
    case $1 in
    conll) run "score" "$A" score "$2" ;;
    segmented)
        run "score, gold" "$A" score "$2" $good
        run "score, guess" "$A" score $good "$2"
        run "score, words" "$A" score $good $good --words "$2"
        ;;
    esac
}
every() { for format in $formats; do bad $format "$1"; done; }

for format in $formats; do
    use $format
    train $format "$config" $keys
done
use conll
train older "$config" $keys
watch

: >empty
every empty
printf '\n \n\t\n\r\n\n' >blank
every blank
mkdir folder
every folder
every missing
printf 'a N\nb V\n\nc\377d N\n' >latin1
bad conll latin1
printf 'ab c\n\n\n\303\251\303 d\n' >cut
bad segmented cut
printf '1\ta\t_\tN\t_\t_\t_\t_\t_\t_\n\n# \377\n1\tb\t_\tN\t_\t_\t_\t_\t_\t_\n' >comment
bad conllu comment
printf 'a N\nb\0 V\n' >nul
bad conll nul
printf 'ab c\nd\0\n' >nul
bad segmented nul
printf '1\ta\t_\tN\t_\t_\t_\t_\t_\t_\n2\tb\0\t_\tN\t_\t_\t_\t_\t_\t_\n' >nul
bad conllu nul
printf '\377\376a\0 \0N\0\n\0' >utf16le
every utf16le
printf '\376\377\0a\0 \0N\0\n' >utf16be
every utf16be
printf 'a N\n\nb V\nc X V\nd N\n' >ragged
bad conll ragged
printf 'a N\nb V\n\nc\n' >short
bad conll short
printf 'a\nb\n\nc\n' >unlabelled
bad conll unlabelled
printf 'a N V O\n' >wide
bad conll wide
bad conllu good.conll
sed 's/	_$//' good.conllu >nine
bad conllu nine
sed 's/$/	_/' good.conllu >eleven
bad conllu eleven
sed 's/	/    /g' good.conllu >spaces
bad conllu spaces
awk -F '\t' -v OFS='\t' 'NR == 2 { $3 = "" } { print }' good.conllu >cell
bad conllu cell
awk -F '\t' -v OFS='\t' 'NR == 2 { $1 = "two" } { print }' good.conllu >id
bad conllu id
awk 'NF' good.conllu >unparted
bad conllu unparted
sed 1d good.conllu >beheaded
bad conllu beheaded

for format in $formats; do gzip -c good.$format >$format.gz; done
for format in $formats; do # all the text is there, its checksum is not
    head -c $(($(wc -c <$format.gz) - 5)) $format.gz >short.gz
    bad $format short.gz
done
for format in $formats; do # all the text is there, and not the one that was compressed
    { head -c $(($(wc -c <$format.gz) - 8)) $format.gz; printf 'xxxxxxxx'; } >damaged.gz
    bad $format damaged.gz
done
for format in $formats; do
    { cat $format.gz; echo more; } >more.gz
    bad $format more.gz
done
printf '\037\213\010\377' >header.gz
every header.gz

echo "# a token of 10 MB"
{ printf 'a N\n'; head -c 10485760 /dev/zero | tr '\0' a; printf ' N\n'; } >token.conll
{ printf 'a b\n'; tr '\0' a </dev/zero | head -c 10485760; printf ' b\n'; } >token.segmented
{ printf '1\t'; head -c 10485760 /dev/zero | tr '\0' a; printf '\t_\tN\t_\t_\t_\t_\t_\t_\n'; } >token.conllu
for format in $formats; do
    use $format
    run "train, $format" "$A" train "$config" $keys --quiet --out older corpus.train=token.$format
    run "tag, $format" "$A" tag $format token.$format
done
rm token.*

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
use conll
run "train" "$A" train "$config" $keys --quiet --out older corpus.train='[good.conll, latin1]'
run "names too many columns" "$A" train "$config" $keys --quiet --out older corpus.columns='[word, x, pos]'
run "no sentence left" "$A" train "$pos" --quiet --out older corpus.train=wide corpus.test= corpus.columns= corpus.label=last corpus.dev_fraction=0.1
use conllu
run "names of its own" "$A" train "$config" $keys --quiet --out older corpus.columns='[id, word]'
run "which label" "$A" train "$config" $keys --quiet --out older corpus.label=last
run "no such label" "$A" train "$config" $keys --quiet --out older corpus.label=pos
