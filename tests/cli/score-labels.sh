# score: conlleval's reading of labels that it does not know and of -X-, strict chunks, a table of labels, and files that
# are not what score expects.
. "$ROOT/tests/cli/common"

echo "# to conlleval, S and U are inside: they begin a chunk only where the type is new, and end none"
printf 'a S-NP S-NP\nb S-NP B-NP\nc O O\nd B-VP B-VP\ne S-VP I-VP\nf E-VP E-VP\ng U-PP U-PP\n' >single
run "iob" "$A" score single --scheme iob
cat stdout
echo "# as they are, and by name"
run "as they look" "$A" score single
cat stdout
run "bilou" "$A" score single --scheme bilou
cat stdout
printf 'a B-NP B-NP\nb L-NP I-NP\nc U-VP U-VP\nd O O\n' >bilou
run "bilou, as it looks" "$A" score bilou
cat stdout
run "bilou, read as iob" "$A" score bilou --scheme iob

echo "# a line whose first column is -X- is a sentence's end and no token"
printf -- 'a N B-NP B-NP\n-X- N I-NP O\nb N I-NP I-NP\n-X- -X- -X- -X-\n\nc N O O\n' >boundary
run "boundary" "$A" score boundary
cat stdout
printf -- 'a N B-NP B-NP\n\nb N I-NP I-NP\n\nc N O O\n' >blank
"$A" score blank >blank.out
same "blank lines instead" stdout blank.out
run "tagging" "$A" score boundary --task tagging
cat stdout

echo "# the file's end is no sentence's end to conlleval: X is inside, and an inside label without a type ends at no O"
printf 'a B B\nb I X\n' >unended
for end in '' '\n' '\n\n' '\n-X- O O\n'; do
    { cat unended; printf -- "$end"; } >ended
    "$A" score ended --task chunking --scheme iob 2>/dev/null | head -n 1
done

echo "# strict: only chunks as the scheme writes them"
printf '%s\n' 'a B-X B-X' 'b I-X I-X' 'c I-Y B-Y' 'd O I-X' 'e B-Y B-Y' >strict
run "iob2" "$A" score strict --strict
cat stdout
run "iob1" "$A" score strict --strict --scheme iob1
cat stdout
printf '%s\n' 'a B-X B-X' 'b E-X I-X' 'c S-Y S-Y' 'd B-X O' 'e O E-X' 'f B-X B-X' 'g E-X E-X' >strict.iobes
run "iobes" "$A" score strict.iobes --strict
cat stdout
run "iobes, as conlleval does" "$A" score strict.iobes
cat stdout

echo "# a table of labels"
printf '%s\n' 'a N N' 'b N V' 'c V V' 'd A N' '' 'e N N' 'f A N' 'g Ä X' >tags
run "tagging" "$A" score tags --labels
cat stdout
"$A" score tags | cmp - stdout 2>&1 | sed 's/.*EOF/EOF/; s/ after.*//'
run "chunking" "$A" score strict --labels
cat stdout

echo "# labels that are no label of the scheme"
printf '%s\n' 'a B-X B-X' 'b B_X B-X' 'c 0 O' 'd I-X b-X' 'e B–X I-X' 'f I-X I-X' >odd
run "one is no chunk's" "$A" score odd
run "chunking" "$A" score odd --task chunking
printf 'a B-X\302\240 B-X\nb O O\nc \357\273\277B-X B-X\nd I-\342\200\213X I-X\n' >hidden
run "hidden characters" "$A" score hidden --task chunking

echo "# files that are something else"
printf '我 爱 北京\n天安门 很 大\n\n他 说\n' >one.seg
printf '我 爱\n北京 天安门\n他 说\n' >even.seg
printf 'the cat sat\nit is\n\nwhere are we now then\nno one\n' >latin.seg
run "one segmented file" "$A" score one.seg
run "with lines of one length" "$A" score even.seg
run "of small letters" "$A" score latin.seg
run "whose words are labels" "$A" score even.seg --task tagging
printf 'the cat\nit is\nwe are\nno one\n' >pairs.seg
run "of pairs of words" "$A" score pairs.seg
cut -d ' ' -f 1,2 strict >gold.conll
cut -d ' ' -f 1,3 strict >guess.conll
run "two files in columns" "$A" score gold.conll guess.conll
run "the same twice" "$A" score gold.conll gold.conll
printf 'a N\nb V\n\nc N\n\nd N\n' >tags.gold
printf 'a N\nb V\n\nc V\n\nd N\n' >tags.guess
run "tags" "$A" score tags.gold tags.guess
run "tags, the same" "$A" score tags.gold tags.gold
run "options of columns" "$A" score one.seg one.seg --labels
run "strict tags" "$A" score tags --strict --task tagging
run "no scheme" "$A" score strict --scheme bio
printf 'a\nb\n' >column
run "one column" "$A" score column
