# What is read is an answer: where labels are turned back into the scheme of the files, and in words, many labellings of
# a model mean one. Probabilities and n best are of answers, and what is given is kept.
. "$ROOT/tests/cli/common"

# an invented language: A opens things, b goes on with them, o is outside, and the rest is anybody's guess
awk 'BEGIN { s = 7
    for (k = 0; k < 60; k++) {
        type = ""; n = 2 + next_(7)
        for (i = 0; i < n; i++) {
            r = next_(6)
            if (r == 0) { print "o O"; type = "" }
            else if (type != "" && r < 3) print (next_(4) ? "b" : "a") next_(3), "I-" type
            else { type = next_(3) ? "X" : next_(2) ? "Y" : "0"; print (next_(4) ? "a" : "b") next_(3), "B-" type }
        }
        print ""
    } }
    function next_(n) { s = (s * 16807) % 2147483647; return int(s / 64) % n }' >train
printf 'U:%%x[0,0]\nU:%%x[-1,0]\nB\n' >tpl
head -n 150 train | awk 'NF { print $1; next } { print }' >raw
# the same chunks in IOB1
awk 'NF { type = substr($2, 3); print $1, ($2 == "O" ? "O" : (substr($2, 1, 1) == "B" && last == type ? "B-" : "I-") type)
          last = type; next } { last = ""; print }' train >train.iob1
settings="corpus.task=chunking corpus.columns= corpus.label=last corpus.test= features.template=tpl run.epochs=2"

# sums: of the n best, and of the marginals of every label, which must be the same
sums() {
    "$A" tag "$@" raw --nbest 1000 $how >all
    "$A" tag "$@" raw --marginals --probabilities $how >one
    awk 'FNR == NR { if (/^#/) { p = $3; t = 0; if ($2 == 1) { s++; if (s > 1 && (sum < 0.9999 || sum > 1.0001)) bad++; sum = 0; last = 2 }
                         if (p > last) bad++; last = p; sum += p; text = ""; next }
                     if (!NF) { if ((s, text) in seen) twice++; seen[s, text]; next }
                     text = text " " $2; mass[s, t++, $2] += p; next }
         /^#/ { k++; t = 0; next }
         NF { total = 0
              if (!close_(mass[k, t, $2], $3)) off++
              for (i = 4; i <= NF; i++) { cut = 0; while (match(substr($i, cut + 1), ":")) cut += RSTART
                  q = substr($i, cut + 1); total += q
                  if (!close_(mass[k, t, substr($i, 1, cut - 1)], q)) off++ }
              if (!close_(total, 1)) off++
              t++; tokens++ }
         END { print s, "sentences,", tokens, "tokens:", bad + 0, "sums are bad,", twice + 0, "twice,", off + 0, "labels off" }
         function close_(a, b) { return a - b < 0.0005 && b - a < 0.0005 }' all one
}

# keeps MODEL FILE: all labels given, and two of three
keeps() {
    "$A" tag $1 $2 --given $how | awk 'NF && $2 != $3 { bad++ } END { printf "all given: %d changed", bad }'
    awk 'NF { n++; print $1, (n % 3 ? $2 : "?"); next } { print }' $2 >some
    "$A" tag $1 some --given $how | awk 'NF && $2 != "?" && $2 != $3 { bad++ } END { printf "; some: %d\n", bad }'
}

for encode in iobes bilou iob1; do
    train $encode "$pos" $settings corpus.train=train corpus.encode=$encode
    for how in "--decode free" "--decode scheme"; do
        echo "# iob2, encode $encode, $how"
        # short sentences, so that a thousand answers are all
        awk 'NF { if (n++ < 3) print; next } { n = 0; print }' raw >short && mv short raw
        sums $encode
        keeps $encode train
    done
done
train from "$pos" $settings corpus.train=train.iob1 corpus.scheme=iob1 corpus.encode=iobes
for how in "--decode free" "--decode scheme"; do
    echo "# iob1, encode iobes, $how"
    keeps from train.iob1
done
how=
echo "# encode and map: labels are given in the names of the file"
train map "$pos" $settings corpus.train=train.iob1 corpus.scheme=iob1 corpus.encode=iobes 'corpus.map=[Y=X, 0=O]'
printf 'a1 I-X\nb1 I-Y\na2 I-0\nb2 I-X\nb0 B-X\no O\n\n' | "$A" tag map --given
sums map

echo "# types that look like none"
printf 'a B-0\nb I-0\nc B\nd I\n\ne B-\nf O\ng B-O\nh I-O\n\n' >odd.train
train odd "$pos" $settings corpus.train=odd.train corpus.encode=iobes run.epochs=30
"$A" tag odd odd.train

echo "# all labels of a token"
# to one decimal, as the last bits of a model are the machine's
short() { sed 's/\([.][0-9]\)[0-9]*/\1/g'; }
printf 'a1\n\n' | "$A" tag iobes --probabilities | short
printf 'a1\n\n' | "$A" tag iobes --probabilities --marginals | short
printf '1\tin\t_\tX\tY\t_\t0\troot\t_\t%s\n\n' _ A=b >ud.in
for tag in ADP ADP ADP NOUN; do printf '1\tin\t_\t%s\tY\t_\t0\troot\t_\t_\n\n' $tag; done >ud.train
train ud "$pos" $settings corpus.task=tagging corpus.format=conllu corpus.label=upos corpus.train=ud.train run.epochs=5
"$A" tag ud ud.in --probabilities | cut -f 4,10 | short
"$A" tag ud ud.in --probabilities --marginals | cut -f 4,10 | short

echo "# words: all there are, each once"
train seg "$seg" run.epochs=2
awk 'NR <= 20 { print substr($0, 1, 200) }' "$corpora/seg-test.txt" | tr -d ' ' | LC_ALL=C awk '{
    text = ""; for (i = 1; i <= length($0) && n < 5; i++) { c = substr($0, i, 1)
        if (c < "\200" || c >= "\300") n++
        if (n < 5) text = text c }
    n = 0; print text }' >four
"$A" tag seg four --nbest 1000 | awk -F '\t' '$1 == 1 { s++ } { sum[s] += $2; if ((s, $3) in seen) twice++; seen[s, $3] }
    END { for (k in sum) if (sum[k] < 0.9999 || sum[k] > 1.0001) bad++; print s, "lines,", NR, "answers,", twice + 0, "twice,", bad + 0, "sums are bad" }'

echo "# a probability that underflows"
awk 'BEGIN { for (i = 0; i < 3000; i++) print "b" i % 3, "?"; print "" }' >long
for words in "" "--nbest 2" "--nbest 1 --given"; do
    "$A" tag iobes long --marginals $words | awk -v words="$words" '/^#/ { print words ":", $1, $2, $3, ($4 < -708 ? "logarithm" : "NONE"), NF }'
done
train bmes "$seg" run.epochs=1
cat "$corpora/seg-test.txt" "$corpora/seg-test.txt" | tr -d ' \n' >line
echo >>line
"$A" tag bmes line --nbest 1 | awk -F '\t' '{ split($2, p, " "); print $1, p[1], (p[2] < -708 ? "logarithm" : "NONE"), NF, "fields" }'
