# The options of tag: the n best, marginals, labels given, and which label may follow which; the latter for eval too.
. "$ROOT/tests/cli/common"
train chunk "$chunk" run.epochs=1
train seg "$seg" run.epochs=1
head -n 400 "$corpora/chunk-test.conll" >test
head -n 30 "$corpora/seg-test.txt" >words
tr -d ' ' <words >raw
"$A" tag chunk test >plain
"$A" tag seg raw >plain.seg
# pick FILE: the best block of each sentence, without its heading
pick() { awk '/^# / { on = $2 == 1; next } on' "$1"; }
drop() { awk 'NF { NF-- } { print }'; }

echo "# n best"
"$A" tag chunk test --nbest 1 >best
pick best >picked
same "the best of one" picked plain
"$A" tag chunk test --nbest 5 >five
pick five >picked
same "the best of five" picked plain
awk '/^# / { if ($2 != rank + 1 && $2 != 1) bad++
             if ($2 == 1) { sentences++; sum = 0; last = 1; if (n && rank != 5) few++; n = 1 }
             rank = $2; sum += $3; if ($3 > last || sum > 1.0001) bad++
             last = $3 }
     !NF { blocks++ }
     END { print sentences, "sentences,", blocks, "blocks,", few + 0, "short,", bad + 0, "bad" }' five
awk '/^# / { if ($2 == 1) delete seen; block = ""; next }
     NF { block = block " " $NF; next }
     { if (block in seen) twice++; seen[block] }
     END { print twice + 0, "twice" }' five
printf 'The DT B-NP\n\n' | "$A" tag chunk --nbest 1000 >one
awk '/^# / { sum += $3; n++ } END { printf "one token: as many as there are labels: %s; sum %.4f\n", n, sum }' one
awk '{ print $NF }' "$corpora/chunk-train.conll" | sort -u | awk 'NF' | wc -l | tr -d ' '
"$A" tag seg raw --nbest 3 >three
awk -F '\t' '$1 == 1 { print $3 }' three >picked
same "segmented" picked plain.seg
awk -F '\t' 'NF != 3 || $1 != (NR - 1) % 3 + 1 || $2 > 1 || $2 <= 0 { bad++ } END { print NR, bad + 0 }' three
printf '\nab\n\n' | "$A" tag seg --nbest 1 | awk '{ print (NF ? NF " fields" : "empty") }'

echo "# marginals"
"$A" tag chunk test --marginals >marginal
pick marginal | drop >picked
same "labels" picked plain
awk '/^# / { p = $3; n++; next } NF { if (p > $NF + 0.0001 || $NF > 1) bad++; lines++ }
     END { print n, "sentences,", lines, "tokens,", bad + 0, "less likely than their sentence" }' marginal
printf 'The DT\n\n' | "$A" tag chunk --marginals |
    awk '/^# / { p = $3; next } NF { printf "one token: %s\n", (p - $NF < 0.001 && $NF - p < 0.001) ? "same" : p " " $NF }'
"$A" tag seg raw --marginals | pick - | awk 'NF { print $3 }' | tr -d '\n' >labels
"$A" tag seg plain.seg --marginals | pick - | awk 'NF { print $2 }' | tr -d '\n' >labels2
same "segmented: labels are those of the plain answer" labels labels2
"$A" tag chunk test --nbest 5 --marginals >both
drop <both | awk 'NF == 2 && $1 == "#" { next } { print }' >both1
awk '/^# / { next } { print }' five >five1
same "n best with marginals" both1 five1

echo "# labels given"
"$A" tag chunk test --given >given
awk 'NF && $NF != $3 { bad++ } END { print bad + 0, "changed when all are given" }' given
awk 'NF { $3 = "?" } { print }' test >open
"$A" tag chunk open --given | awk '{ print $NF }' >labels
awk '{ print $NF }' plain >labels2
same "all open" labels labels2
awk 'NF && NR % 3 { $3 = "?" } { print }' test >some
"$A" tag chunk some --given --decode scheme --marginals >given
awk '$1 != "#" && NF && $3 != "?" && ($4 != $3 || $5 < 0.9999) { bad++ } END { print bad + 0, "changed of some" }' given
accuracy() { paste -d ' ' "$1" test | awk 'NF > 3 { n++; if ($4 == $NF) good++ } END { print good / n }'; }
"$A" tag chunk some --given >given
echo "$(accuracy plain) $(accuracy given)" | awk '{ print "given labels help:", ($2 > $1 + 0.001 ? "yes" : "NO " $0) }'
"$A" tag seg words --given >given
paste -d '\n' words given | awk '
    function ends(line, set,   n, i, part, at) { delete set; n = split(line, part, " "); at = 0
        for (i = 1; i < n; i++) { at += length(part[i]); set[at] } }
    NR % 2 { ends($0, want); next } { ends($0, have); for (w in want) if (!(w in have)) bad++ }
    END { print bad + 0, "boundaries lost" }'
"$A" tag seg raw --given >given
same "no boundary given" given plain.seg

echo "# faults"
fault() { printf "$2" >input; row=$1; shift 2; run "$row" "$A" tag "$@"; }
fault "unknown" 'a DT B-NP\nb NN I-XX\n' chunk input --given
fault "scheme, in the second sentence" 'a DT O\n\na DT ?\nb NN O\nc NN I-VP\nd NN ?\n' chunk input --given --decode scheme
fault "scheme, at the start" 'a DT I-NP\n' chunk input --given --decode scheme
fault "scheme, what is open makes room" 'a DT ?\nb NN I-VP\n' chunk input --given --decode scheme
awk '{ print "    " $NF }' stdout
fault "seen" 'a DT O\nb NN I-NP\n' chunk input --given --decode seen
fault "free" 'a DT O\nb NN I-NP\n' chunk input --given
awk '{ print "    " $NF }' stdout
fault "no label column" 'a DT\n' chunk input --given
bad() { run "$*" "$A" "$@"; }
bad tag chunk test --decode sheme
bad tag chunk test --nbest 0
bad tag chunk test --nbest 1001
bad tag chunk test --nbest many
bad eval chunk test --decode ''

# words of two characters alone: no label is for a word of one, but two labels may mean one
printf 'ab cd ef\nab cd\nef cd ab\n' >twos
printf 'U:%%x[0,0]\nU:%%x[-1,0]\nB\n' >two.tpl
train two "$seg" corpus.train=twos corpus.test= features.template=two.tpl run.epochs=3
printf 'abcd\nab c d\n' >input.two
"$A" tag two input.two --given | sed 's/^/    /'
fault "well-formed, no label between two boundaries" 'abcd\nab c d\n' two input --given --decode scheme
fault "the same, with the n best" 'a b c\n' two input --given --nbest 3 --decode scheme
fault "boundaries that the model has labels for" 'ab cd\n' two input --given --decode scheme

echo "# segmented: blanks of the input are boundaries that stay"
"$A" tag seg words --given >given
"$A" tag seg words >stay
same "as with --given" stay given
"$A" tag seg raw >tagged
"$A" tag seg words --blanks drop >dropped
same "dropped" dropped tagged
train drop "$seg" run.epochs=1 run.blanks=drop
"$A" tag drop words >dropped
same "run.blanks" dropped tagged
"$A" tag drop words --blanks keep >dropped
same "and --blanks is stronger" dropped given
printf '  %s\t \n%s\n\n' "$(sed -n '1s/ / \t　 /gp' words)" "$(sed -n '2s/ / /gp' words)" | "$A" tag seg >tagged
{ head -n 2 stay; echo; } >wanted
same "many blanks, tabs, ideographic spaces, no-break ones" tagged wanted
# what the model has no label for is mended in the answer
for options in "" "--decode seen" "--decode scheme" "--nbest 1"; do
    printf 'abcd\nab c d\n e fa b c\n\na\n' | "$A" tag two $options
done
bad tag seg words --blanks keeep
bad tag chunk test --blanks drop

echo "# runs that are kept whole"
# words of three characters at most, each character alone or not as the one before it says
printf 'a b cd e\nabc d e\n1 2 34 5\n１ ２3 4 ．５\n3 . 1 4\nx y\n' >letters
printf 'U:%%x[0,0]\nU:%%x[-1,0]\nU:%%x[1,0]\nB\n' >three.tpl
train runs "$seg" corpus.train=letters corpus.test= features.template=three.tpl run.epochs=20
printf 'abcde12.3x.4.５６.\nab c１２y\n' >runs.raw
for whole in none letters digits both; do
    echo "$whole: $("$A" tag runs runs.raw --whole $whole | tr '\n' '|')"
done
train whole "$seg" corpus.train=letters corpus.test= features.template=three.tpl run.epochs=20 run.whole=both
for whole in letters digits both; do
    "$A" tag runs letters --blanks drop --whole $whole >tagged
    "$A" score letters tagged >scored
    "$A" eval runs letters --whole $whole | sed '/OOV\|IV/d' >evaluated
    grep -v 'OOV\|IV' scored >scored1
    same "$whole: tag, then score, and eval" evaluated scored1
done
"$A" tag whole letters --blanks drop >tagged2
same "run.whole" tagged2 tagged
printf 'abcab\n' | "$A" tag two --whole both # never a character in the middle
bad tag seg words --whole all
bad eval chunk test --whole both
bad train "$pos" run.whole=both --quiet --out none

echo "# which label may follow which"
# a word alone decides: what follows what is up to the constraint
printf 'U:%%x[0,0]\n' >word.tpl
printf 'a B-X\nb I-X\n\na B-X\nb I-X\nc O\n\nc O\na B-X\nc O\n\nd B-Y\ne I-Y\n\n' >corpus
tiny="corpus.task=chunking corpus.columns= corpus.label=last corpus.train=corpus corpus.test=corpus features.template=word.tpl"
train tiny "$pos" $tiny run.epochs=20
train kept "$pos" $tiny run.epochs=20 run.decode=scheme
printf 'b\nb\n\nc\nb\ne\n\nd\nb\n\n' >wild
for how in free scheme seen; do
    "$A" tag tiny wild --decode $how >tagged.$how
    awk '{ line = line " " (NF ? $NF : "|") } END { print "'$how':" line }' tagged.$how
done
"$A" tag tiny wild >tagged
same "free is the default" tagged tagged.free
"$A" tag kept wild >tagged
same "run.decode is kept with the model" tagged tagged.scheme
"$A" tag kept wild --decode free >tagged
same "and --decode is stronger" tagged tagged.free
awk 'NF { print $1, "O"; next } { print }' wild >wild.O
"$A" eval kept wild.O >evaluated
"$A" eval tiny wild.O --decode scheme >evaluated2
same "eval" evaluated evaluated2
"$A" eval tiny wild.O >evaluated
cmp -s evaluated evaluated2 && echo "EVAL DOES NOT DECODE AS TOLD"

echo "# gold where it stands"
awk 'NF { print $3, $1, $2, $4; next } { print }' plain >front
"$A" score plain >score1
"$A" score front --gold 0 >score2
same "score --gold 0" score1 score2
"$A" score plain --gold 2 >score2
same "score --gold 2" score1 score2
bad score front --gold 3
bad score front --gold -1
bad score front --gold word
bad score words raw --gold 0
