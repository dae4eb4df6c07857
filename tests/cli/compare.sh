# SPDX-License-Identifier: MIT
# compare: its scores are those of eval, its sentences those of tag, its interval that of another program
# (resample.awk). What goes with the kernel (labels of trained models) is compared, not shown.
. "$ROOT/tests/cli/common"

# figures FILE: numbers are another's business
figures() {
    sed -e 's/p [=<] [0-9.]*/p N/' -e 's/[-+]*[0-9][0-9]*\.[0-9][0-9]*/N/g' -e 's/  *N/ N/g' -e 's/^[0-9][0-9]* of/N of/' \
        -e 's/both [0-9]*/both N/; s/only A [0-9]*/only A N/; s/only B [0-9]*/only B N/; s/neither [0-9]*/neither N/' "$1"
}
# third GOLD_AND_A B: gold and both answers, from the outputs of tag
third() { paste -d ' ' "$1" "$2" | awk 'NF > 1 { print $(NF / 2 - 1), $(NF / 2), $NF; next } { print "" }'; }

for sample in chunk encoded pos seg; do
    echo "# $sample"
    case $sample in encoded) config=$chunk test=chunk-test.conll more=corpus.encode=iobes ;;
    chunk) config=$chunk test=chunk-test.conll more=run.decode=seen ;;
    pos) config=$pos test=pos-test.conll more=run.decode=free ;;
    *) config=$seg test=seg-test.txt more=run.whole=both ;;
    esac
    train $sample.1 "$config" run.epochs=1 run.seed=1 $more
    train $sample.2 "$config" run.epochs=2 run.seed=2 $more
    "$A" compare $sample.1 $sample.2 --show 3000 >compared
    for k in 1 2; do
        "$A" eval $sample.$k "$corpora/$test" >evaluated
        case $sample in
        pos) awk '/^accuracy/ { sub("%;", "", $2); print $2 }' evaluated ;;
        seg) awk '/F MEASURE/ { print 1000 * $NF }' evaluated ;;
        *) awk 'NR == 2 { print $NF }' evaluated ;;
        esac >want
        awk -v k=$k -v sample=$sample '
            sample == "pos" && $1 == "accuracy" { print $(k + 1) }
            sample == "seg" && /^F1 of words/ { # of three digits
                getline f <"want"; v = 10 * $(k + 3); print v - f < 0.6 && f - v < 0.6 ? f : v }
            sample != "pos" && sample != "seg" && /^F1 of chunks/ { print $(k + 3) }' compared >got
        same "score of $k and eval" got want
    done
    awk '/ labels differ / { if (NR > 1 && stars != want) bad = 1; want = $2; stars = 0; if (n++ && $2 > last + 0) bad = 1; last = $2 }
        n && /^\*/ { stars++ }
        /sentences are labelled differently/ { total = $1 }
        END { print (n == total && n > 3 && stars == want && !bad ? "all of them, most different labels first" : "ANOTHER ORDER") }' compared
    [ $sample != seg ] || continue
    # the sentences that differ, in the files' order, with what tag says
    for k in 1 2; do "$A" tag $sample.$k "$corpora/$test" >tagged.$k; done
    third tagged.1 tagged.2 >labels
    awk -v RS= -v FS='\n' '{ d = 0; s = ""
        for (i = 1; i <= NF; i++) { split($i, c, " "); d += c[2] != c[3]; s = s $i "\n" }
        if (d) printf "%s", s }' labels >want
    awk '/:[0-9]+: [0-9]+ of/ { n = split($1, part, ":"); line = part[n - 1]; next }
        line && NF { sub(/^[* ] /, ""); split($0, c, "\t"); printf "%07d %07d %s %s %s\n", line, NR, c[2], c[3], c[4] }' compared |
        sort | cut -d ' ' -f 3- >got
    same "sentences that differ and tag" got want
done

echo "# what is said"
"$A" compare chunk.1 chunk.2 >compared
figures compared
echo "# a run and itself"
"$A" compare chunk.1 chunk.1 | tail -n 6 | sed -e 's/both [0-9]*/both N/' -e 's/neither [0-9]*/neither N/'

# Two seeds, another program: a quantile at q of B resamples has the standard error sqrt(q (1 - q) / B) / density, and a
# normal distribution of deviation s has the density 0.05845 / s at its quantile 0.025: 2.671 s / sqrt(B). Of 100000
# resamples and of 4000 that is 0.0085 s and 0.0422 s; 5 errors of the difference are 0.22 s. An interval of 90 % would
# be 0.32 s off.
echo "# the interval and that of another program"
train seed.1 "$chunk" run.epochs=2 run.seed=1
train seed.2 "$chunk" run.epochs=2 run.seed=2
for k in 1 2; do "$A" tag seed.$k "$corpora/chunk-test.conll" >tagged.$k; done
third tagged.1 tagged.2 >labels
awk -v resamples=4000 -v seed=1 -f "$ROOT/tests/cli/resample.awk" labels >other
"$A" compare seed.1 seed.2 --resamples 100000 | awk '/interval/ { sub(",", "", $5); sub(",", "", $11); print $5, $9, $11 }' | paste -d ' ' - other |
    awk 'function gap(a, b) { return a > b ? a - b : b - a }
        { good = NF == 7 && gap($1, $4) < 0.006 && gap($2, $5) < 0.22 * $7 + 0.005 && gap($3, $6) < 0.22 * $7 + 0.005
          wide = $3 - $2 > 3 * $7
          print good && wide ? "the same, but for chance" : "ANOTHER: " $0 }'

echo "# what cannot be compared"
run "other tasks" "$A" compare chunk.1 pos.1 "$corpora/chunk-test.conll"
run "other test files" "$A" compare chunk.1 pos.1
train mapped "$chunk" run.epochs=1 'corpus.map=[VP=NP]'
run "other labels" "$A" compare chunk.1 mapped
train untested "$chunk" run.epochs=1 corpus.test=
run "no test file" "$A" compare untested untested
run "no model" "$A" compare chunk.1 nothing
run "too few" "$A" compare chunk.1 chunk.2 --resamples 39
run "no number" "$A" compare chunk.1 chunk.2 --show x
run "no seed" "$A" compare chunk.1 chunk.2 --seed -1
awk 'NF { NF--; print $0, "?"; next } { print "" }' "$corpora/chunk-test.conll" >open
run "nothing but open labels" "$A" compare chunk.1 chunk.2 open
run "no such file" "$A" compare chunk.1 chunk.2 nowhere
