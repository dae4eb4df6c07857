# SPDX-License-Identifier: MIT
# inspect: what it says of a model is what `export --format tsv` has and what `tag` answers. Figures go with the kernel
# and are compared, not shown.
. "$ROOT/tests/cli/common"

test=$corpora/chunk-test.conll
printf 'U0:%%x[0,0]\nU1:%%x[0,1]\nU2:%%x[-1,1]/%%x[0,1]\nU2:%%x[-1,1]/%%x[0,1]\nB\nB1:%%x[0,1]\n' >small.tpl
train crf "$chunk" features.template=small.tpl features.cutoff=2 model.rich_threshold=30 run.epochs=2
train network "$configs/sample-lstm.yaml" model.hidden=6 model.embedding=7 run.epochs=1
for model in crf network; do "$A" export $model | awk -F '\t' '$5 != "" && $1 != "kind"' >$model.tsv; done

for model in crf network; do
    echo "# $model: sizes"
    "$A" inspect $model --top 3 >said
    awk '/^(model|labels|features|weights|memory) / { printf "%s%s", $1, /^memory/ ? "\n" : " " }
        / template line/ { on = 1; next } /^$/ { on = 0 } on { print $3 }' said
    cut -f 1 $model.tsv | sort | uniq -c | awk '{ print $2, $1 }' | sort >want
    awk '$1 == "kind" { on = 1; next } /^$/ { on = 0 } on { print $1, $3 }' said | sort >got
    same "weights that are not 0 and rows of tsv" got want
done

# heaviest KIND...: of tsv, the three largest weights without regard to sign
heaviest() { awk -F '\t' -v kinds=" $1 " -v to="$2" 'index(kinds, " " $1 " ") && (to == "" || $4 == to) { v = $5 < 0 ? -$5 : $5; printf "%.5f\n", v }' crf.tsv |
    LC_ALL=C sort -rn | head -n 3; }
# section TITLE: of inspect, without signs
section() { awk -v title="$1" 'index($0, title) == 1 { on = 1; next } /^$/ || /^label/ || /^transitions/ { on = 0 } on { sub("-", "", $1); print $1 }' said; }
echo "# heaviest weights"
"$A" inspect crf --top 3 >said
for label in B-NP I-VP; do
    heaviest state $label >want && section "label $label:" >got
    same "of $label" got want
done
heaviest transition '' >want && section transitions >got && head -n 3 got >got3
same "transitions" got3 want
heaviest "rich edge" '' >want && section "transitions with" >got
same "transitions with features" got want

echo "# one feature"
for feature in U1:NN B1:NN; do
    "$A" inspect crf --feature $feature | awk 'NR > 1 && $1 != "0.00000" && $1 != "-0.00000" { print $1, $2 }' | sort >got
    awk -F '\t' -v f=$feature '$2 == f { w = sprintf("%.5f", $5); if (w + 0 != 0) print w, $1 }' crf.tsv | sort >want
    same $feature got want
    [ "$(wc -l <got)" -gt 5 ] || echo "HARDLY ANY WEIGHTS"
done

echo "# the nearest embeddings"
"$A" inspect network --word NN --top 2 | awk 'NR > 1 { print $1, $2 }' >got
awk -F '\t' 'function root(v,    r, i) { r = 1; for (i = 0; i < 60; i++) r = (r + v / r) / 2; return r }
    $1 == "embedding" && $2 ~ /^U1:/ { e[$2, $4] = $5; name[$2] }
    END { for (f in name) {
            if (f == "U1:NN") continue
            x = y = z = 0
            for (k = 0; k < 7; k++) { a = e["U1:NN", k]; b = e[f, k]; x += a * b; y += a * a; z += b * b }
            printf "%.5f %s\n", x / root(y * z), f } }' network.tsv | LC_ALL=C sort -rn | head -n 2 >want
same "cosines" got want

echo "# what labels rest on"
for model in crf network; do
    "$A" inspect $model --sentence "$test:30" --top 1000 >said
    awk 'NR == 1 { total = $3 + 0 }
        / = emission / { sum += $4; tokens++; d = $4 - $7 - $10; if (d > 3e-5 || d < -3e-5) print "OTHER PARTS: " $0 }
        END { d = sum - total; print (tokens > 5 && d < 1e-3 && d > -1e-3 ? "tokens add up to the score" : "TOKENS DO NOT ADD UP") }' said
    "$A" tag $model "$test" --decode free >tagged
    first=$(sed -n '1s/.*conll:\([0-9]*\):.*/\1/p' said)
    awk -v first="$first" 'NR >= first && !NF { exit } NR >= first { print $1, $NF }' tagged >want
    awk '/ = emission / { sub(":", "", $2); print $1, $2 }' said >got
    same "labels and tag" got want
    awk -v first="$first" 'NR >= first && !NF { exit } NR >= first' "$test" >sentence
    "$A" tag $model --nbest 1 <sentence | awk 'NR == 1 { print $NF }' >want
    awk -v want="$(cat want)" 'NR == 1 { sub(/.*log p /, ""); x = $0 / 64; e = 1 + x + x * x / 2 + x * x * x / 6 + x * x * x * x / 24
        for (k = 0; k < 6; k++) e *= e
        d = e - want; print (d < 1e-3 && d > -1e-3 ? "probability and tag: same" : "ANOTHER PROBABILITY: " e " " want); exit }' said
done
"$A" inspect crf --sentence "$test:30" --top 1000 |
    awk 'function check() { if (!any) return; d = score - parts; if (d > 2e-4 || d < -2e-4) bad = 1; tokens++ }
        / = emission / { check(); any = 1; score = $4; parts = 0; next } /^ *[-+][0-9]/ { parts += $1 }
        END { check(); print (tokens > 5 && !bad ? "parts add up to each token" : "PARTS DO NOT ADD UP") }'
"$A" inspect crf --sentence "$test:30" --top 2 |
    awk '/ = emission / { if (n > 3) print "TOO MANY"; n = 0; next } /^ *[-+][0-9]/ { n++ } / more$/ { more++ } END { print (more > 5 ? "the rest in one line" : "NO REST") }'
"$A" inspect network --sentence "$test:30" | awk '/ log p without U[01]:/ { n++ } END { print (n > 5 ? "features left out" : "NONE") }'
awk '!NF { exit } { print $1, $2 }' "$test" | "$A" inspect crf --sentence - | awk 'NR == 1 { print $1, $2 }'

echo "# what cannot be shown"
run "embeddings of a CRF" "$A" inspect crf --word the
run "no such feature" "$A" inspect crf --feature U1:NNZ
run "part of a feature" "$A" inspect network --feature Mon
run "no such word" "$A" inspect network --word qqqqqqqqqqqqqqqq
run "two questions" "$A" inspect crf --word the --feature U1:NN
run "no place" "$A" inspect crf --sentence "$test"
run "no line" "$A" inspect crf --sentence "$test:0"
run "no sentence" "$A" inspect crf --sentence "$test:9999999"
run "no file" "$A" inspect crf --sentence nowhere:1
run "too many" "$A" inspect crf --top 1001
"$A" train "$configs/sdde-quadratic.yaml" corpus.sentences=5 --quiet --out quadratic >/dev/null
run "nothing of a name" "$A" inspect quadratic
run "nor to export" "$A" export quadratic
