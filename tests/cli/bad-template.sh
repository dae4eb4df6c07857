# Broken feature templates: the line and what is wrong with it; nothing is written.
. "$ROOT/tests/cli/common"
head -n 40 "$corpora/chunk-train.conll" >corpus
small="corpus.train=corpus corpus.test= run.epochs=1"
train older "$chunk" $small
watch

# template NAME TEXT: train with that template (a printf format)
template() {
    printf "$2" >template
    run "$1" "$A" train "$chunk" $small features.template=template --quiet --out older
}
template "not a macro" 'U00:%%x[0,0]\nU01:%%x[0]\n'
template "no bracket" 'U00:%%x[0,0\n'
template "letters" 'U00:%%x[a,0]\n'
template "another macro" 'U00:%%y[0,0]\n'
template "only a percent sign" 'U00:%%\n'
template "ends within a macro" 'U00:%%x[0,'
template "unknown first letter" '# comment\n\nU00:%%x[0,0]\nX01:%%x[0,0]\n'
template "unknown letter of a macro" 'U00:%%y[0,0]\n'
template "unknown attribute" 'U00:%%x[0,0,sufix:3]\n'
template "attribute without its number" 'U00:%%x[0,0,suffix]\n'
template "number out of range" 'U00:%%x[0,0,suffix:33]\n'
template "argument too many" 'U00:%%x[0,0,shape:2]\n'
template "regular expression without quotes" 'U00:%%x[0,0,test:^a]\n'
template "malformed regular expression" 'U00:%%x[0,0,test:"(a"]\n'
template "a group that refers back" 'U00:%%x[0,0]\nU01:%%x[0,0,test:"(a+)+\\1$"]\n'
template "look-ahead" 'U00:%%x[0,0,test:"a(?=b)"]\n'
template "a class of Perl" 'U00:%%x[0,0,match:"^\\d+$"]\n'
template "a repetition that takes no more back" 'U00:%%x[0,0,match:"a++b"]\n'
template "repetitions within repetitions" 'U00:%%x[0,0,test:"((a{1,100}){1,100}){1,100}$"]\n'
template "a large repetition" 'U00:%%x[0,0,test:"a{0,65535}"]\n'
many() { awk -v text="$1" 'BEGIN { for (k = 0; k < 500; k++) printf "%s", text }'; }
template "1000 brackets" "U00:%%x[0,0,test:\"$(many '(')$(many ')')\"]\\n"
template "500 classes" "u00:%%t[0,0,\"$(many '\\\\p')\"]\\n"
template "an expression that repeats nothing" 'u00:%%t[0,0,"^*a"]\n'
template "small letters of a sentence" 'U00:%%X[0,0,same:1]\n'
template "an attribute like no other" 'U00:%%x[0,0,frobnicate]\n'
template "a test of Wapiti without its expression" 'u00:%%t[0,0]\n'
template "absolute row 0" 'U00:%%x[@0,0]\n'
template "words without a list" 'U00:%%x[0,0,word-from]\n'
echo >empty
small="$small features.words=empty"
template "a list without words" 'U00:%%x[0,0,word-from]\n'
small=${small% *}
template "indented" 'U00:%%x[0,0]\n U01:%%x[0,0]\n'
template "row out of reach" 'U00:%%x[-33,0]\n'
template "row far out of reach" 'U00:%%x[4294967296,0]\n'
template "column out of range" 'U00:%%x[0,3]\n'
template "column far out of range" 'U00:%%x[0,1024]\n'
template "column overflows" 'U00:%%x[0,4294967296]\n'
template "negative column" 'U00:%%x[0,-1]\n'
template "the label column" 'U00:%%x[0,0]\nU01:%%x[-1,2]\n'
template "nine macros" 'U0:%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]\n'
template "empty" ''
template "comments only" '# nothing\n\n'
template "transitions only" 'B\n'
template "not UTF-8" 'U00:%%x[0,0]\nU\377:%%x[0,0]\n'
template "NUL" 'U00:%%x[0,0]\nU\0001:%%x[0,0]\n'
awk 'BEGIN { for (k = 0; k < 1025; k++) print "U" k ":%x[0,0]" }' >long
run "1025 lines" "$A" train "$chunk" $small features.template=long --quiet --out older
awk 'BEGIN { print "U0:%x[0,0]"; for (k = 0; k < 200000; k++) print "# 3456789"; print "X" }' >long
run "a fault after 2 MB" "$A" train "$chunk" $small features.template=long --quiet --out older
run "missing" "$A" train "$chunk" $small features.template=missing --quiet --out older
run "a folder" "$A" train "$chunk" $small features.template=older --quiet --out older
printf 'U00:%%x[0,0]\nU01:%%x[0,1]\n' >template
run "the label of segmented text" "$A" train "$seg" features.template=template --quiet --out older

echo "# and what is right"
template "CRLF, byte order mark, no final newline" '\357\273\277U00:%%x[0,0]\r\n\r\n# c\r\nB\r\nU01:%%x[-32,0]/%%x[32,1]'
template "eight macros" 'U0:%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]%%x[0,0]\n'
template "regular expressions that take long elsewhere" 'U0:%%x[0,0,test:"(a+)+$"]\nU1:%%x[0,0,match:"(a*)*(a*)*b|(.|[a-z]|e)*$"]\n'
template "no macro" 'U0\nB\n'
template "B with a macro" 'U0:%%x[0,0]\nB1:%%x[0,0]/%%x[-1,1]\n'
template "twice the same" 'U0:%%x[0,0]\nU0:%%x[0,0]\n'
