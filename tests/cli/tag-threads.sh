# tag --threads: the answers of one thread, line for line, and its faults.
. "$ROOT/tests/cli/common"
train chunk "$chunk" run.epochs=1
train seg "$seg" run.epochs=1

# both NAME MODEL FILE OPTION...: with one thread, and with several
both() {
    name=$1 model=$2 file=$3
    shift 3
    "$A" tag "$model" "$file" "$@" >one 2>one.err
    code=$?
    for threads in 2 5; do
        "$A" tag "$model" "$file" "$@" --threads $threads >many 2>many.err
        [ $? -eq $code ] || echo "$name: EXIT CODES DIFFER"
        cmp -s one many || echo "$name: ANSWERS DIFFER with $threads threads"
        cmp -s one.err many.err || echo "$name: MESSAGES DIFFER with $threads threads"
    done
    echo "$name: exit $code, $(awk 'END { print NR }' one) lines"
    sed 's/^/    /' one.err
}
columns=$corpora/chunk-test.conll
both "columns" chunk "$columns"
both "n best" chunk "$columns" --nbest 3
both "probabilities" chunk "$columns" --probabilities
both "given" chunk "$columns" --given
both "segmented" seg "$corpora/seg-test.txt" --blanks drop
both "n best, segmented" seg "$corpora/seg-test.txt" --blanks drop --nbest 2
echo '老人 1' >words
both "dictionary" seg "$corpora/seg-test.txt" --blanks drop --dictionary words
# blank lines, documents, a missing last line end
awk 'NR % 97 == 0 { print "\n\n" } NR % 143 == 1 { print "-DOCSTART- -X- O\n" } 1' "$columns" >blank
{ printf '\n\n'; cat blank; printf '\n\n\n'; } >more
both "blank lines" chunk more
: >empty
both "nothing" chunk empty
printf '\n\n\n' >lines
both "blank lines alone" chunk lines
printf 'The DT\ndog NN' >short
both "one sentence" chunk short
# faults: of reading, of answering, both; what came before is answered
for line in 1 2 500 1000 4000; do
    awk -v at=$line 'NR == at { print "x" } NR != at' "$columns" >bad
    both "fault of reading at $line" chunk bad
    awk -v at=$line 'NR == at { print "x y NONE" } NR != at' "$columns" >bad
    both "fault of answering at $line" chunk bad --given
done
awk 'NR == 3000 { print "x y NONE" } NR == 3300 { print "x" } 1' "$columns" >bad
both "two faults" chunk bad --given
run "0" "$A" tag chunk "$columns" --threads 0
run "many" "$A" tag chunk "$columns" --threads 5000
