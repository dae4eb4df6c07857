# Pre-trained vectors: every kind of file trains the same model, words that training has not seen are known by them, the
# model file alone suffices afterwards; a broken file is told before any work is done.
. "$ROOT/tests/cli/common"
head -n 2000 "$corpora/pos-train.conll" >corpus
printf 'U00:%%x[0,0]\nU01:%%X[0,0]\nU02:%%x[-1,0]/%%x[0,0]\nU03:%%x[-1,0]\n' >wide
printf 'U00:%%x[0,0]\n' >template
# a word's vector shows its tag, as it would be found in a large text
cat corpus "$corpora/pos-test.conll" | awk '
NF && !($1 in tag) { tag[$1] = $2; word[++n] = $1; if (!($2 in number)) number[$2] = m++ }
END { for (k = 1; k <= n; k++) { printf "%s", word[k]; for (i = 0; i < 20; i++) printf " %s", i == number[tag[word[k]]] ? "0.5" : "-0.5"; print "" } }' >all
keys="corpus.train=corpus features.template=template model.name=bilstm model.hidden=20 model.embedding=20
    optimizer.rate=0.2 optimizer.l2.value=0 run.epochs=3"
vectors="$keys corpus.vectors=vectors"
accuracy() { "$A" eval "$1" "$corpora/pos-test.conll" | awk '/accuracy:/ { sub(/%;?/, "", $2); print $2 }'; }
said() { sed -n '/vectors/p' "$1/log.txt"; sed -n 's/.*\("vectors":{[^}]*}\).*/\1/p' "$1/metrics.jsonl"; }

echo "# they help where training has seen little"
cp all vectors
train with "$pos" $vectors
train seen "$pos" $vectors corpus.vectors_unseen=false
train without "$pos" $keys
said with
said seen
said without
"$A" check "$pos" $vectors | grep '^vectors'
rm vectors
echo "$(accuracy with) $(accuracy seen) $(accuracy without)" |
    awk '{ print ($1 > $2 + 4 && $1 > $3 + 4 ? "known by them" : "DO NOT HELP: " $0) }'

echo "# whose line they are: that of the words, though another comes before it"
printf 'U9:%%x[0,1]\nU00:%%x[0,0]\n' >tags
awk 'NF { print $1, "x", $2; next } { print }' corpus >columns
cp all vectors
train later "$pos" $vectors corpus.train=columns corpus.test= corpus.columns='[word, tag, pos]' features.template=tags
said later
rm vectors

echo "# every kind of file"
head -n 400 all >glove
words=$(awk 'END { print NR }' glove)
{ echo "$words 20"; cat glove; } >word2vec
{ echo "$words 20 "; sed 's/$/ /' glove; } | awk '{ printf "%s\r\n", $0 }' >fasttext
binary() { # with $1 after each vector
    echo "$words 20"
    awk -v end="$1" '{ printf "%s ", $1; for (i = 2; i <= NF; i++) printf "%s", ($i > 0 ? "\\0000\\0000\\0000\\0077" : "\\0000\\0000\\0000\\0277"); print end }' glove |
        while read -r word numbers; do printf '%s %b' "$word" "$numbers"; done
}
binary '' >binary
binary '\\0012' >binary-lines
gzip -c binary >binary.gz
gzip -c glove >glove.gz
for kind in glove word2vec fasttext binary binary-lines binary.gz glove.gz; do
    cp $kind vectors
    rm -rf run
    train run "$pos" $vectors run.epochs=1
    [ -e first ] || cp run/model.safetensors first
    same $kind run/model.safetensors first
done
said run

echo "# words with blanks, words twice: passed over where training has no such word; the first vector counts"
awk 'NR == 3 { print ". . ." substr($0, length($1) + 1) } { print } NR == 9 { print "at a@b.c" substr($0, length($1) + 1) }' glove >vectors
rm -rf run
train run "$pos" $vectors run.epochs=1 corpus.vectors_unseen=false
cp run/model.safetensors blanks
cp glove vectors
train run "$pos" $vectors run.epochs=1 corpus.vectors_unseen=false
same "with blanks" blanks run/model.safetensors
{ cat glove; head -n 5 glove | tail -n 3 | awk '{ $2 = 7; print }'; } >vectors
"$A" train "$pos" $vectors run.epochs=1 corpus.vectors_unseen=false engine.name=sequential engine.threads=1 --out twice 2>&1 >stdout | grep warning
same "twice" twice/model.safetensors run/model.safetensors
"$A" check "$pos" $vectors 2>&1 >stdout | grep -c warning

echo "# another line, rare words, calibration, a benchmark"
awk '{ $1 = tolower($1) } !seen[$1]++' all >vectors
train lower "$pos" $vectors features.template=wide corpus.vectors_line=U01 features.cutoff=3 optimizer.calibrate=30
said lower
"$A" bench "$pos" $vectors --modes sequential --threads 1 --repeats 1 >stdout 2>stderr || cat stderr

echo "# broken files and keys: nothing is done"
cp -r with older
watch
# bad NAME KEYS...: the file `vectors`, to train; NAME what is wrong with it
bad() {
    name=$1
    shift
    run "$name" "$A" train "$pos" $vectors --quiet --out older "$@"
}
bad2() { printf "$2" >vectors; bad "$1"; }
rm vectors
bad "missing"
mkdir vectors
bad "a folder"
rmdir vectors
: >vectors
bad "empty"
cp all vectors
bad "another dimension" model.embedding=30 model.hidden=30
run "no embeddings" "$A" train "$pos" --quiet --out older corpus.vectors=vectors
bad "no such line" corpus.vectors_line=U9
bad "a line of two macros" features.template=wide corpus.vectors_line=U02
run "no vectors" "$A" train "$pos" $keys --quiet --out older corpus.vectors_line=U00
run "check" "$A" check "$pos" $vectors model.embedding=30 model.hidden=30
run "bench" "$A" bench "$pos" $vectors model.embedding=30 model.hidden=30 --modes sequential --threads 1 --repeats 1
sed '7s/ [^ ]*$//' all >vectors
bad "a line too narrow"
sed '7s/$/ 1/' all >vectors
bad "a line too wide"
sed '7s/ -0.5/ nan/' all >vectors
bad "no number"
{ head -n 3 all; printf 'caf\351'; sed -n '4s/^[^ ]*//p' all; } >vectors
bad "not UTF-8"
head -n 100 word2vec >vectors
bad "cut short, text"
head -c 20000 binary >vectors
bad "cut short, binary"
head -c $(($(wc -c <glove.gz) - 1)) glove.gz >vectors
bad "cut short, gzip"
{ cat binary; echo x; } >vectors
bad "too long, binary"
{ echo "$words 19"; sed 1d binary; } >vectors
bad "another dimension, binary"
bad2 "dimension 0" '5 0\na\n'
bad2 "a dimension of a billion" '5 1000000000\na 1\n'
bad2 "a billion words" '1000000000 5\na 1 2 3 4 5\n'
bad2 "no word of training" 'qqq 1 2\nzzz 3 4\n'
bad2 "words alone" 'the\nof\n'
cp "$ROOT/LICENSE" vectors
bad "another file"
