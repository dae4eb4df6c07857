# report: pages about runs. What they hold, that they are well-formed, and that no text of a corpus, a path or a run's log
# becomes markup; what is missing is said, and the rest stands.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/cli/page"

# a gnuplot that draws next to nothing, and notes what it is told
mkdir own none
cat >own/gnuplot <<'END'
#!/bin/sh
cat >>"$TMPDIR/told"
echo "<svg><title>t</title><desc>d</desc><g id='a'><title>t</title></g></svg>"
END
chmod +x own/gnuplot
PATH=$PWD/own:$PATH

sections() { sed -n 's/.*<h2 id="\([a-z]*\)">.*/\1/p' "$1" | tr '\n' ' '; echo; }
# bytes that command a terminal or turn text around
commands() { LC_ALL=C grep -c "$(printf '[\001-\010\013-\037\177]\\|\342\200[\252-\256]\\|\302[\200-\237]')" "$1"; }

train one "$chunk" run.epochs=2
train two "$chunk" run.epochs=2 run.seed=2

echo "# one run"
run one "$A" report one
balanced report.html
sections report.html
echo "terminal: $(commands report.html); worst sentences: $(count 'labels are wrong' report.html)"
echo "the score that was logged stands there: $(
    f=$(sed -n 's/.*"event":"summary".*"f1":\([0-9.]*\).*/\1/p' one/metrics.jsonl)
    grep -c "$(printf 'FB1: *%.2f' "$f")" report.html)"
echo "digest of the training corpus: $(grep -c '<td>424c955fd539242f</td>' report.html)"
printf 'a\nb\n' >list.words
train listed "$seg" features.words=list.words
"$A" report listed -o listed.html 2>/dev/null
echo "lists of words are among the files: $(grep -c '<td>[^<]*list.words</td>' listed.html)"

echo "# mistakes, held against what tag answers"
"$A" tag one "$corpora/chunk-test.conll" >answers
awk 'NF { n++; wrong += $(NF - 1) != $NF; next } n { print wrong " of " n; n = wrong = 0 } END { if (n) print wrong " of " n }' answers |
    sort -t ' ' -k 1,1nr >all
sed -n 's/.*: \([0-9]* of [0-9]*\) labels are wrong.*/\1/p' report.html >shown
[ "$(cut -d " " -f 1 shown)" = "$(head -n 20 all | cut -d " " -f 1)" ] && echo "the worst sentences: right"
echo "sentences that are there: $(while read -r row; do grep -qx "$row" all || echo "NO $row"; done <shown | wc -l | tr -d ' ') are not"
# the tables of labels and of confusions, a line a cell
cells() { sed -n "/$1/,/<\/table>/p" report.html | sed 's/<\/t[hd]>/ /g; s/<[^>]*>//g'; }
cells 'Confusions in tokens' | awk 'NR == FNR { if (NF) { n[$(NF - 1) " " $NF]++; total++ } next }
    /gold labels/ { sub(/.*gold labels, columns answers/, ""); for (i = 2; i <= NF; i++) label[i] = $i; next }
    NF > 1 { for (i = 2; i <= NF; i++) { sum += $i; if ($i != n[$1 " " label[i]] + 0) bad++ } }
    END { print "confusions: " (bad ? bad " WRONG" : "right") ", " (sum == total ? "all tokens" : sum " OF " total) }' answers -
cells 'Labels: tokens that' | awk 'NR == FNR { if (NF) { gold[$(NF - 1)]++; guess[$NF]++; if ($NF == $(NF - 1)) hit[$NF]++ } next }
    function off(a, b) { return a - b > 0.006 || b - a > 0.006 }
    NF == 5 && $1 in gold { rows++
        p = guess[$1] ? 100 * hit[$1] / guess[$1] : 0; r = 100 * hit[$1] / gold[$1]
        if ($2 != gold[$1] || off($3 + 0, p) || off($4, r) || off($5, p + r ? 2 * p * r / (p + r) : 0)) bad++ }
    END { print "labels: " (bad ? bad " WRONG" : "right") ", " (rows > 10 ? "all" : rows) }' answers -
"$A" tag one "$corpora/chunk-test.conll" --probabilities | sed '/^# 1 [01]\./d; s/:\([0-9]\)/ \1/g' >chances
sed -n 's/.*chunk-test.conll:\([0-9]*\): .*/\1/p' report.html | head -n 1 >line
echo "probability of the first wrong label: $(awk 'NR == FNR { at = $1; next } FNR >= at && NF && $3 != $4 { for (i = 5; i < NF; i += 2) if ($i == $3) { print $(i + 1); exit } }' line chances |
    awk -v shown="$(sed -n 's/.*gold [^ ]* (p \([^)]*\)).*/\1/p' report.html | head -n 1)" '{ print ($1 - shown <= 0.06 * $1 && shown - $1 <= 0.06 * $1) ? "right" : $1 " NOT " shown }')"

echo "# what gnuplot draws first is the loss"
rm told
"$A" report one 2>/dev/null
losses() { awk '{ while (match($0, /"loss":[0-9.]+/)) { printf "%.5g\n", substr($0, RSTART + 7, RLENGTH - 7); $0 = substr($0, RSTART + 1) } }' one/metrics.jsonl; }
[ "$(awk '/^END/ { exit } /^[0-9]/ { printf "%.5g\n", $2 }' told)" = "$(losses)" ] && echo "right, $(losses | wc -l | tr -d ' ') epochs"

echo "# two runs"
run two "$A" report one two -o both.html
balanced both.html
sections both.html
sed -n '/id="differences"/,/<\/section>/s/<\/\{0,1\}\(th\|tr\|td\|thead\|tbody\|table\|div\|section\|h2\|caption\)[^>]*>/ /gp' both.html | tr -s ' '

echo "# threads, audit, trace, speed-up"
"$A" train "$pos" engine.name=asyngrad engine.threads=2 engine.trace.pass=1 engine.audit.every=10 run.epochs=2 --quiet --out three >/dev/null 2>&1
printf 'mode,threads,tokens_per_second,speedup\nsequential,1,10,1\n</svg><i>"`$a\047,2,15,1.5\n' >bench.csv
run three "$A" report three --bench bench.csv --out three.html
balanced three.html
echo "timeline: $(count 'class="r"' three.html); speed-up: $(count '<th scope="row">&lt;/svg&gt;&lt;i&gt;&quot;`$a&#39;</th>' three.html)"

echo "# where gnuplot is missing: a line says so, tables stand"

run "no gnuplot" env PATH="$PWD/absent" "$A" report three -o plain.html
balanced plain.html
sections plain.html
echo "plots: $(count '<svg class="plot"' plain.html)"
[ "$(count 'apt-get install gnuplot-nox' plain.html)" -gt 0 ] && echo "the page says how to get it"
cat >none/gnuplot <<'END'
#!/bin/sh
cat >/dev/null
echo '<script>'
END
chmod +x none/gnuplot
run "a gnuplot that draws nothing" env PATH="$PWD/none:$PATH" "$A" report three -o odd.html
balanced odd.html

echo "# a hostile corpus: its words stay words"
esc=$(printf '\033') rlo=$(printf '\342\200\256') csi=$(printf '\302\233')
for k in 1 2 3 4 5 6; do
    printf '<script>alert(1)</script> <b> B-<i>\n"><img/onerror=alert(1)> </td> I-<i>\n&amp; &lt; O\n%s[31mred x B-"\047\n%sabc y O\n%s2J z O\n</li></ol> {/Bold=9} B-`id`\n$a^b_c@d{e} "eof" B-@ROOT\n\n' \
        "$esc" "$rlo" "$csi"
done >hostile.conll
{ cat hostile.conll && printf '<u> x B-<i>\n</style> y B-<script>\n"a y O\n\n'; } >test.conll
mkdir '<b>"run&'
printf 'U0:%%x[0,0]\nB\n' >t.tpl
"$A" train "$chunk" corpus.train=hostile.conll corpus.test=test.conll corpus.task=tagging features.template=t.tpl run.epochs=1 \
    engine.name=sequential engine.threads=1 --quiet --out '<b>"run&' >/dev/null 2>&1
echo "trained: $?"
run hostile "$A" report '<b>"run&' one --out hostile.html
balanced hostile.html
echo "terminal: $(commands hostile.html)"
for word in '<script>alert' '<img' '</li></ol> ' '<i>' '<u>' 'B-<' '&amp; <' "$(printf '\033')"; do
    echo "raw $(printf '%s' "$word" | tr '\033' '^'): $(grep -cF -- "$word" hostile.html)"
done
grep -o '<title>.*</title>\|<bdi>&lt;u&gt;</bdi>\|<th scope="row">B-&lt;script&gt;</th>\|<h3>run [^<]*</h3>\|<bdi>.x1b\[31mred</bdi>\|<bdi>.u202eabc</bdi>' hostile.html | LC_ALL=C sort -u

echo "# bytes that are no text in a path, words of a log"
odd=$(printf 'r\377n')
cp -R one "$odd" && sed 's/"dense-crf"/"<s>\\u001b[2J\\u202e"/' one/metrics.jsonl >"$odd/metrics.jsonl"
"$A" report "$odd" -o log.html 2>/dev/null
echo "exit $?"
balanced log.html
grep -o '<h1>[^/]*/h1>\|<td>&lt;s&gt;.x1b\[2J.u202e</td>' log.html

echo "# files that are not there now"
cp "$corpora/chunk-test.conll" gone.conll
train later "$chunk" run.epochs=1 corpus.test=gone.conll
rm gone.conll
run later "$A" report later -o later.html
balanced later.html
sections later.html
grep -c 'The mistakes are not shown: .*gone.conll: cannot be read' later.html
run "another file" "$A" report later --test "$corpora/chunk-test.conll" -o later.html
echo "worst sentences: $(count 'labels are wrong' later.html)"
run "no model" sh -c 'rm later/model.safetensors && exec "$@"' - "$A" report later -o later.html
grep -c 'There is no model to look at' later.html
rm later/config.yaml
run "no configuration" "$A" report later -o later.html
balanced later.html

echo "# a run that diverged"
"$A" train "$pos" optimizer.rate=1e30 optimizer.l2.value=0 engine.threads=1 --quiet --out wild >/dev/null 2>&1
echo "exit $?"
run diverged "$A" report wild/diverged -o wild.html
balanced wild.html
grep -c "<p>wild/diverged: training diverged in epoch 1: .*</p>" wild.html

echo "# a damaged trace"
cp -R three hurt && head -c 300 three/trace.jsonl >hurt/trace.jsonl
run trace "$A" report hurt -o hurt.html
balanced hurt.html

echo "# no runs"
cp report.html before.html
mkdir empty foreign begun
echo '{"event":"benchmark"}' >foreign/metrics.jsonl
echo 'words' >begun/metrics.jsonl
run absent "$A" report absent
run empty "$A" report empty
run foreign "$A" report one foreign
run words "$A" report begun
run file "$A" report one/model.safetensors
run "no bench" "$A" report one --bench absent.csv
run "other bench" "$A" report one --bench hostile.conll
run "no folder" "$A" report one -o nowhere/x.html
run "no name" "$A" report one -o ''
run "no operand" "$A" report
same "the page that was there" before.html report.html

echo "# plot-run without gnuplot: tables"
mkdir bin
for tool in awk cat mkdir mv rm sh tail; do ln -s "$(command -v $tool)" "bin/$tool"; done
run plot-run env PATH="$PWD/bin" "$ROOT/scripts/plot-run" three 'ta bles'
ls 'ta bles'
epochs=$(grep -c '"event":"epoch"' three/metrics.jsonl)
samples=$(sed -n 's/.*"samples":\([0-9]*\).*/\1/p' three/metrics.jsonl)
echo "gradients: $(awk -v of=$((epochs * samples)) '!/^#/ { n += $2; p += $3 } END { print (n == of ? "all of them" : n " OF " of) ",", (p > 99.99 && p < 100.01 ? "100 %" : p) }' 'ta bles/delays.tsv')"
echo "rows: $(grep -vc '#' 'ta bles/epochs.tsv') $(grep -vc '#' 'ta bles/errors.tsv'); columns of errors: $(awk 'NR == 2 { print NF }' 'ta bles/errors.tsv')"
echo "last score: $(awk 'END { print $3 }' 'ta bles/epochs.tsv' | awk '{ printf "%.4f\n", $1 }' | grep -cF "$(sed -n 's/.*"event":"summary".*"accuracy":\([0-9.]*\).*/\1/p' three/metrics.jsonl | awk '{ printf "%.4f", $1 }')")"
run "plot-run, no run" "$ROOT/scripts/plot-run" empty
run "plot-run, no epoch" "$ROOT/scripts/plot-run" foreign
run "plot-run, no operand" "$ROOT/scripts/plot-run"

echo "# gnuplot is told nothing but numbers and words of its own"
LC_ALL=C grep -c "[^]A-Za-z0-9 .,;+()%/:$<#'-]" told
LC_ALL=C grep -ci "script\|alert\|eof\|bold" told
ls ./*.part 2>/dev/null
exit 0
