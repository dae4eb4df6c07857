# report and plot-run with the real gnuplot: pages hold its plots, each with ids of its own and the page's colours.
. "$ROOT/tests/cli/common"
. "$ROOT/tests/cli/page"
command -v gnuplot >/dev/null || { echo "gnuplot is not installed" && exit 77; }

train one "$chunk" run.epochs=3
"$A" train "$pos" engine.name=asyngrad engine.threads=2 engine.audit.every=10 run.epochs=2 --quiet --out two >/dev/null 2>&1
printf 'mode,threads,tokens_per_second,speedup\nsequential,1,10,1\nasyngrad,1,10,1\nasyngrad,2,15,1.5\n' >bench.csv

echo "# the page"
run report "$A" report one two --bench bench.csv
balanced report.html
echo "plots: $(count '<svg class="plot"' report.html) of $(count '<figcaption>' report.html) figures"
echo "curves: $(count '<path class="s1"' report.html) $(count '<path class="s2"' report.html)"
echo "colours of gnuplot: $(count 'rgb( *0, *0' report.html) $(count 'black' report.html)"
echo "names that would show as tips: $(count '<title>' report.html)"
same_ids() { grep -o "href='#[^']*" report.html | sed "s/href='#//" | sort -u | while read -r id; do grep -q "id='$id'" report.html || echo "NO $id"; done; }
same_ids

echo "# one epoch, where an axis has one point"
train short "$pos" run.epochs=1
run short "$A" report short -o short.html
balanced short.html

echo "# plot-run"
run plot-run "$ROOT/scripts/plot-run" two 'p "q'
sed 's/^/    /' stdout
for file in 'p "q'/*.png; do head -c 4 "$file" | tail -c 3; echo; done
set -- 'p "q'/*
echo "$# files"
run "plot-run, one thread" "$ROOT/scripts/plot-run" one
sed 's/^/    /' stdout
