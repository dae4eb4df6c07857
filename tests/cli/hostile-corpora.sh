# Corpora that nobody would write, one row each: to all verbs that read one. A fault is one line with the file and the line
# of it, and code 3; what is only odd works, and what it means is shown. (bad-corpus: the usual faults.)
. "$ROOT/tests/cli/common"
(ulimit -v 4000000) 2>/dev/null && ulimit -v 4000000 # KiB: what grows to gigabytes in memory fails
ulimit -t 20 # seconds of a processor, for a command

awk 'NR > 40 { exit } NF { $2 = NR % 2 ? "N" : "V" } { print }' "$corpora/pos-train.conll" >good.conll
head -n 20 "$corpora/seg-train.txt" >good.segmented
awk 'NF { print ++n "\t" $1 "\t_\t" $2 "\t_\t_\t_\t_\t_\t_"; next } { n = 0; print }' good.conll >good.conllu
tr ' ' '\t' <good.conll >good.tab
awk 'NF { print $1, NR % 3 ? "O" : "B-NP"; next } { print }' good.conll >good.chunk

# use FORMAT: the configuration and keys of a short training in this format
use() {
    config=$pos more=''
    case $1 in
    segmented) config=$seg ;;
    conllu) more="corpus.format=conllu corpus.columns= corpus.label=upos" ;;
    tab) more="corpus.separator=tab" ;;
    chunk) more="corpus.task=chunking" ;;
    esac
    keys="corpus.train=good.$1 corpus.test= run.epochs=1 engine.name=sequential features.template=t.tpl $more"
}
printf 'U0:%%x[0,0]\nB\n' >t.tpl
for format in conll segmented conllu tab chunk; do
    use $format
    train $format "$config" $keys
done

# said VERB COMMAND...: how it ended, and what it said, in one line (more lines are shown as such)
said() {
    verb=$1
    shift
    rm -rf none
    "$@" >stdout 2>stderr </dev/null
    code=$?
    now="exit $code"
    [ $code -eq 0 ] || [ ! -e none/model.safetensors ] || now="$now, AND A MODEL"
    case $verb:$code:$(awk 'END { print NR }' stdout) in
    *:0:* | *:0) ;;
    tag:*) now="$now, after $(awk 'END { print NR }' stdout) lines" ;;
    *) now="$now, AND IT PRINTED" ;;
    esac
    lines=$(awk 'END { print NR }' stderr)
    [ $code -eq 0 ] || [ "$lines" -eq 1 ] || now="$now, $lines LINES"
    ! LC_ALL=C grep -q '[[:cntrl:]]' stderr || now="$now, CONTROLS"
    case $verb:$format:$code in
    eval:*:0) now="$now, $(sed -n 's/^processed \([0-9]* tokens\).*/\1/p' stdout)" ;;
    tag:conllu:0) # what is no token comes back as it was
        for text in x stdout; do grep -v -e '^[0-9]*	' -e '^$' $text >$text.rest; done
        cmp -s x.rest stdout.rest || now="$now, OTHER LINES"
        ;;
    esac
    now=$(printf '%s\n' "$now" && LC_ALL=C sed -e "s|$PWD/||g" -e "s/x\\{20,\\}/x...x/g" -e 's/^/    /' stderr)
    if [ "$now" != "$before" ] && [ -n "$before" ]; then
        show
    fi
    before=$now verbs="$verbs $verb"
}
# (the verbs that ended alike)
show() {
    printf ' %s: %s\n' "$verbs" "$before"
    verbs='' before=''
}
# corpus FORMAT WHAT: the file `x` to all verbs
count=0
corpus() {
    format=$1
    count=$((count + 1))
    shift
    echo "$count. $format: $*"
    use $format
    said train "$A" train "$config" $keys --quiet --out none corpus.train=x
    said check "$A" check "$config" $keys corpus.dev=x
    said eval "$A" eval $format x
    said tag "$A" tag $format x
    case $format in
    segmented) said score "$A" score x x ;;
    conllu) ;;
    tab) said score "$A" score x --separator tab ;;
    *) said score "$A" score x ;;
    esac
    show
}
# made FORMAT WHAT TEXT: TEXT as printf has it
made() {
    # shellcheck disable=SC2059 # TEXT is a format
    printf -- "$3" >x
    corpus "$1" "$2"
}

echo "# bytes that are no text"
made conll "UTF-8 longer than it need be" 'a N\nb\300\200 V\n'
made conll "half of a surrogate pair" 'a N\n\355\240\200 V\n'
made conll "behind the last code point" 'a N\n\364\220\200\200 V\n'
made conll "a byte of the middle at the begin of a line" 'a N\n\n\200 V\n'
made conll "cut in a character at the end of the file" 'a N\nb V\n\nc \303'
made segmented "cut in a character at the end of the file" 'ab c\n\346\261'
made conllu "a label that is not UTF-8" '1\ta\t_\t\377\t_\t_\t_\t_\t_\t_\n'
made conllu "a column that is not used is not UTF-8" '1\ta\t_\tN\t_\t_\t_\t_\t_\t\355\277\277\n'
made conll "NUL alone, without a line end" '\000'
made segmented "NUL as the last byte" 'ab c\n\000'
made conllu "NUL in a comment" '# a\000b\n1\ta\t_\tN\t_\t_\t_\t_\t_\t_\n'
made conll "a byte order mark and nothing else" '\357\273\277'
made conll "two byte order marks" '\357\273\277\357\273\277a N\nb V\n'
made conll "half a byte order mark" '\357\273a N\n'
made conll "UTF-32" '\377\376\000\000a\000\000\000 \000\000\000'
made conll "code points that are no characters, and line ends of Unicode" 'a\357\277\277 N\nb\342\200\250 V\nc\302\205 N\n'
made conll "what commands a terminal" 'a \033[31mN\nb \033[0m\007\n'
made chunk "what commands a terminal, in labels of chunks" 'a I-\033[31m\nb B-\033[2J\n'

echo "# line ends"
made conll "carriage returns before the one at the end" 'a N\r\r\nb V\r\n\r\r\n'
made conll "a carriage return within a line" 'a N\nb\rc V\n'
made segmented "a carriage return within a line, the last" 'ab c\nd\re'
made conllu "a carriage return in a comment" '# a\rb\n1\ta\t_\tN\t_\t_\t_\t_\t_\t_\n'
made conll "carriage returns alone" '\r\r\r'

echo "# other files"
made conll "xz" '\3757zXZ\000\000\004\346\326\264F\002\000!\001\026\n'
made conll "bzip2" 'BZh91AY&SY\211\016\302\001\n\000\001'
made conll "zstd" '(\265/\375$\010A\000\000\n'
made segmented "zip" 'PK\003\004\024\000\000\000\010\000\n'
made conll "ELF" '\177ELF\002\001\001\000\n'
made conll "HTML" '<!DOCTYPE html>\n<html lang="en">\n<body>Not Found</body>\n</html>\n'

echo "# gzip"
made conll "its first byte" '\037'
made segmented "its magic alone" '\037\213'
made conllu "its header, cut" '\037\213\010\000\000'
made conll "another method than deflate" '\037\213\007\000\000\000\000\000\000\003'
made conll "a name in its header that does not end" '\037\213\010\010\000\000\000\000\000\003name'
made conll "an extra field that is longer than the file" '\037\213\010\004\000\000\000\000\000\003\377\377ab'
made conll "a block of a kind that deflate does not have" '\037\213\010\000\000\000\000\000\000\003\007\000\000'
made conll "stored bytes whose length is denied" '\037\213\010\000\000\000\000\000\000\003\001\002\000\000\000ab'
gzip -nc good.conll | gzip -nc >x
corpus conll "compressed twice"
{ gzip -nc good.conll; gzip -nc good.conll | head -c 20; } >x
corpus conll "a second member that is cut"
{ gzip -nc good.segmented; printf '\000\000'; gzip -nc good.segmented; } >x
corpus segmented "a member behind zeros"
gzip -nc </dev/null >x
corpus conll "a member of nothing"
tr '\000' a </dev/zero | head -c 70000000 | gzip -nc1 >x
corpus conll "70 MB of one line in a few KB"
tr '\000' '\n' </dev/zero | head -c 5000000 | gzip -nc1 >x
corpus conll "5 MB of blank lines in a few KB"
printf 'a N\n' >x
n=0
while [ $n -lt 20 ]; do cat x x >y && mv y x && n=$((n + 1)); done
gzip -nc1 x >y && mv y x
corpus conll "a million tokens and no blank line, in a few KB"

echo "# columns"
made conll "white space of another kind" 'a\302\240N\nb\302\240V\n'
made conll "a line of an ideographic space" 'a N\n\343\200\200\nb V\n'
made conll "a column less in the last line" 'a N\nb V\n\nc N\nd'
made conll "a comment in the first line" '# a corpus of two words\na N\nb V\n'
made conll "comma separated" 'word,pos\na,N\nb,V\n'
made tab "no label behind the TAB" 'a\tN\nb\t\n'
made tab "no word before the TAB" 'a\tN\n\tV\n'
made tab "blanks for a TAB in one line" 'a\tN\nb   V\n'
made tab "two TABs" 'a\tN\nb\t\tV\n'
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "c%d ", i; print "N" }' >x
corpus conll "5001 columns"
awk 'BEGIN { print "a N"; printf "b"; for (i = 0; i < 70000; i++) printf "x"; print " V" }' >x
corpus conll "a word of 70,001 bytes"
awk 'BEGIN { print "a N"; printf "b "; for (i = 0; i < 70000; i++) printf "V"; print "" }' >x
corpus conll "a label of 70,000 bytes"

echo "# labels"
made chunk "a mark and no type" 'a B-\nb I-\nc O\n'
made chunk "a type and no mark" 'a NP\nb -NP\nc O\n'
made chunk "marks of another scheme" 'a S-NP\nb E-VP\nc O\n'
made chunk "small marks" 'a b-np\nb i-np\nc o\n'
made chunk "the middle of a chunk that does not begin" 'a O\nb I-NP\nc I-VP\n'
made conll "every token a label of its own" "$(awk 'BEGIN { for (i = 0; i < 200; i++) print "w" i, "L" i (i % 9 ? "" : "\\n") }')\n"
made conll "every label open" 'a ?\nb ?\n'

echo "# documents"
made conll "nothing but document marks" '-DOCSTART- O\n\n-DOCSTART- O\n'
made conll "a mark in the middle of a sentence, with other columns" 'a N\n-DOCSTART- -X- -X- O\nb V\n'
made conll "a mark without its last hyphen" '-DOCSTART O\n\na N\nb\n'
made tab "a mark with empty columns" '-DOCSTART-\t\t\na\tN\n'

echo "# CoNLL-U"
t='\t_\tN\t_\t_\t_\t_\t_\t_\n'
made conllu "a range that goes backwards, an empty node of no token" "1\ta${t}3-2\tab${t}9.9\tc${t}2\tb$t"
made conllu "a range without an end" "1\ta${t}2-\tbc$t"
made conllu "a range without a begin" "-2\tbc${t}1\ta$t"
made conllu "a range of three" "1-2-3\tabc${t}1\ta$t"
made conllu "an empty node without its number" "1\ta${t}1.\tb$t"
made conllu "an empty node before all" "0.1\tb${t}1\ta$t"
made conllu "an empty node's number with a letter" "1\ta${t}1.x\tb$t"
made conllu "a range with a column less" "1-2\tab\t_\tN\t_\t_\t_\t_\t_\n1\ta$t"
made conllu "an id twice" "1\ta${t}1\tb$t"
made conllu "an id left out" "1\ta${t}3\tb$t"
made conllu "the id 0" "0\ta$t"
made conllu "an id with a sign" "+1\ta$t"
made conllu "an id with a zero before" "1\ta${t}02\tb$t"
made conllu "an id of twenty digits" "1\ta${t}99999999999999999999\tb$t"
made conllu "an id in other digits" "\331\241\ta$t"
made conllu "a blank before the id" " 1\ta$t"
made conllu "a sentence of an empty node alone" "1\ta$t\n1.1\tb$t\n\n1\tc$t"
made conllu "a TAB at the end of the line" "1\ta\t_\tN\t_\t_\t_\t_\t_\t_\t\n"
made conllu "a comment between tokens" "1\ta$t# not here\n2\tb$t"
made conllu "columns of another treebank format" 'a\tN\nb\tV\n'

echo "# names"
ln -s x loop && rm -f x && ln -s loop x
corpus conll "a link to itself"
rm -f x loop
printf 'a\nb' >"$(printf 'two\nlines')"
said check "$A" check "$pos" corpus.train="$(printf 'two\nlines')" corpus.test=
said tag "$A" tag conll "$(printf 'two\nlines')"
said score "$A" score "$(printf '\033[31mred')"
show
long=$(awk 'BEGIN { for (i = 0; i < 5000; i++) printf "x" }')
said tag "$A" tag conll "$long"
show

echo "$count corpora"
