# Verb simulate: the tables of He et al. (2018) as files and summary have them, in one dimension and in three; averages of
# paths beside exact moments; train beside simulate; what is refused. Numbers to compare with were computed elsewhere.
. "$ROOT/tests/cli/common"
C=$configs/simulate-quadratic.yaml
none="simulate.paths=0 simulate.shown=0"
# near WHAT FILE TOLERANCE: lines `name got expected` agree within a relative tolerance
near() {
    awk -v what="$1" -v tolerance="$3" 'NF != 3 { print "ODD LINE:", $0; next }
        { gap = $2 - $3; gap = gap < 0 ? -gap : gap; size = $3 < 0 ? -$3 : $3; n++
          if (!(gap <= tolerance * size)) { bad++; print what ":", $1, "is", $2 ", expected", $3 } }
        END { print what ": " n - bad " of " n + 0 }' "$2"
}
# value FOLDER QUANTITY OF: of the summary
value() { awk -F , -v q="$2" -v of="$3" '$1 == q && $2 == of { print $3 }' "$1/summary.csv"; }
# exact FOLDER PROCESS UPDATE OF FIELD: of moments.csv
exact() { awk -F , -v p="$2" -v k="$3" -v of="$4" -v f="$5" '$1 == p && $2 == k && $4 == of { print $f }' "$1/moments.csv"; }

echo "# the shipped configuration"
"$A" simulate "$C" $none | head -n 4
"$A" simulate "$C" $none --out one >/dev/null
ls one
head -n 1 one/paths.csv
head -n 1 one/moments.csv
head -n 1 one/bounds.csv
head -n 1 one/summary.csv

echo "# means, with a delay of 10 and without"
while read -r k delayed plain; do
    echo "asgd:$k $(exact one asgd "$k" x1 7) $delayed"
    echo "sdde:$k $(exact one sdde "$k" x1 7) $delayed"
    echo "sgd:$k $(exact one sgd "$k" x1 7) $plain"
    echo "sde:$k $(exact one sde "$k" x1 7) $plain"
done >found <<END
10 3.61753 3.61753
50 2.30818 2.42002
100 1.31488 1.46413
200 .426696 .535919
500 .0145819 .0262819
END
near means found 6e-6

echo "# stationary variances, by formula and by the recursion; decay"
for row in "0 .0050251 -2" "10 .0055547 -2.23665" "20 .0061466 -" "50 .0084773 -"; do
    set -- $row
    "$A" simulate "$C" $none simulate.delay.mean=$1 simulate.updates=6000 --out l >/dev/null
    echo "l=$1 $(value l stationary_variance asgd:1) $2"
    echo "l=$1 $(exact l asgd 6000 x1 8) $2"
    echo "l=$1 $(exact l sdde 6000 x1 8) $2" # with one substep it is the same recursion
    [ "$3" = - ] || echo "V,l=$1 $(value l slowest_decay sdde) $3"
done >found
near variances found 1e-5

echo "# the limit of stability: 156 converges, 157 diverges"
for l in 156 157; do
    "$A" simulate "$C" $none simulate.processes=asgd simulate.delay.mean=$l simulate.updates=600000 simulate.every=101 \
        simulate.noise.variance=0 --out limit >said
    grep -o 'the rate is.*' said
    # crests of the swing, early and late
    awk -F , 'NR > 1 && $4 == "x1" { x = $7 < 0 ? -$7 : $7; if ($2 < 30000 && x > early) early = x; if ($2 > 570000 && x > late) late = x }
        END { print (late < early / 2) ? "dies out" : (late > 2 * early) ? "grows" : "NEITHER" }' limit/moments.csv
    echo "greatest delay: $(value limit delay_limit asgd)"
done
"$A" simulate "$C" $none simulate.processes=sgd simulate.rate=0.9999 | grep -o 'the rate is.*'
"$A" simulate "$C" $none simulate.processes=sgd simulate.rate=1 simulate.updates=50 | grep -o 'the rate is.*'

echo "# three dimensions: curvatures 1, 2, 3 reflected, and the same along the axes; distances are the same"
law="$none simulate.delay.mean=7 simulate.updates=1000 simulate.every=10"
"$A" simulate "$C" $law 'simulate.eigenvalues=[1, 2, 3]' 'simulate.start=[4, 1, -2]' simulate.optimum=0 \
    'simulate.noise.covariance=["4 0 0", "0 1 0", "0 0 2"]' --out axes >/dev/null
turned() {
    "$A" simulate "$C" 'simulate.matrix=["2.3333333333333335 0.66666666666666663 0", "0.66666666666666663 2 -0.66666666666666663", "0 -0.66666666666666663 1.6666666666666667"]' \
        'simulate.start=[2, -1, -4]' simulate.optimum=0 'simulate.noise.covariance=["1.7777777777777777 -0.22222222222222221 -0.88888888888888884", "-0.22222222222222221 2.7777777777777777 1.1111111111111112", "-0.88888888888888884 1.1111111111111112 2.4444444444444446"]' "$@"
}
turned $law --out turned >/dev/null
for file in axes turned; do
    awk -F , '$4 == "distance" { print $1 ":" $2, $7; print $1 ":" $2 ":variance", $8 }' $file/moments.csv >$file.found
done
paste -d ' ' axes.found turned.found | awk '{ print $1, $2, ($1 == $3) ? $4 : "another row" }' >found
near distances found 1e-8
for file in axes turned; do
    awk -F , '$1 ~ /^(decay|stationary_square|constant|stationary_variance|.*distance|rate_limit|delay_limit)$/ { print $1 ":" $2, $3 }' $file/summary.csv | sort >$file.found
done
paste -d ' ' axes.found turned.found | awk '{ print $1, $2, ($1 == $3) ? $4 : "another row" }' >found
near summaries found 1e-4
"$A" simulate "$C" $law 'simulate.eigenvalues=[2, 2, 2]' --out alike >/dev/null # three times the one weight
for k in 50 100 200 500; do
    echo "$k $(exact alike asgd $k x2 7) $("$A" simulate "$C" $law --out l >/dev/null && exact l asgd $k x1 7)"
done >found
near "weights alike" found 1e-9

echo "# averages of 4000 paths are within 4.5 standard errors of the exact means, and variances of the exact ones"
average() {
    what=$1
    shift
    "$@" simulate.paths=4000 simulate.shown=0 --out many >/dev/null
    awk -F , -v what="$what" 'NR > 1 && $2 > 0 && $4 ~ /^x/ { n++; gap = $5 - $7
          ratio = $8 > 0 ? $6 / $8 - 1 : $6
          if (!((gap * gap <= 20.25 * $8 / 4000) && ratio * ratio < 25 * kurtosis / 4000)) { bad++; print "ODD:", $0 } }
        END { print what ": " n - bad " of " n + 0 }' kurtosis="${kurtosis:-2}" many/moments.csv
}
few="simulate.updates=300 simulate.every=50"
average "the experiment" "$A" simulate "$C" $few
average "normal noise, substeps" "$A" simulate "$C" $few simulate.noise.law=normal simulate.substeps=4
average "reflected, delay 7" turned $few simulate.delay.mean=7
average "uniform delay" "$A" simulate "$C" $few simulate.delay.law=uniform simulate.delay.mean=20 simulate.rate=0.02
average "geometric delay" "$A" simulate "$C" $few simulate.delay.law=geometric simulate.delay.mean=8 simulate.rate=0.02
average "rates 1/k" "$A" simulate "$C" $few simulate.schedule=inverse simulate.rate=0.5 simulate.delay.mean=3
average "rates 1/sqrt(k)" "$A" simulate "$C" $few simulate.schedule=inverse-sqrt simulate.rate=0.05
cat >regression.yaml <<END
simulate:
  objective: regression
  samples: 50
  rate: 0.02
  delay: {mean: 5}
  start: [2, -1, 3]
END
kurtosis=6 # the noise grows with the distance: tails are heavier than the normal ones
average "regression" "$A" simulate regression.yaml $few
kurtosis=2

echo "# the experiment as a regression: two samples of gradients 2 (x - 1) and 2 (x + 1)"
printf '1.4142135623730951 1.4142135623730951\n\n1.4142135623730951 -1.4142135623730951\n' >rows
"$A" simulate regression.yaml $none simulate.rows=rows simulate.rate=0.005 simulate.delay.mean=10 simulate.start=4 --out two >/dev/null 2>said
cat said
for k in 10 100 500; do
    for f in 7 8; do
        echo "$k:$f $(exact two asgd $k x1 $f) $(exact one asgd $k x1 $f)"
    done
done >found
near "means and variances" found 1e-8

echo "# schedules and beginnings, by hand"
# hand SCHEDULE BEGIN: means of delay 3 and rate 0.3 with curvature 2 from 4, a step after the other
hand() {
    "$A" simulate "$C" $none simulate.processes=asgd simulate.rate=0.3 simulate.delay.mean=3 simulate.updates=40 \
        simulate.schedule=$1 simulate.delay.begin=$2 --out l >/dev/null
    awk -F , -v schedule="$1" -v begin="$2" '
        function root(x,    r, n) { r = (x + 1) / 2; for (n = 0; n < 60; n++) r = (r + x / r) / 2; return r }
        $4 == "x1" { got[$2] = $7 }
        END { m[0] = 4
            for (k = 0; k < 40; k++) {
                u = schedule == "constant" ? 1 : schedule == "inverse" ? 1 / (k + 1) : 1 / root(k + 1)
                m[k + 1] = m[k] - 0.3 * u * 2 * (k >= 3 ? m[k - 3] : begin == "plain" ? m[k] : m[0])
            }
            for (k = 0; k <= 40; k++) printf "%d %s %.12g\n", k, got[k], m[k] }' l/moments.csv >found
    near "$1, $2" found 1e-7
}
for schedule in constant inverse inverse-sqrt; do
    hand $schedule plain
    hand $schedule start
done

echo "# bounds: moments of the equations are below, but for the rounding of the file"
below() {
    awk -F , -v what="$1" 'NR > 1 { n++; if ($5 != "") { b++; if (!($4 <= $5 * (1 + 2e-8))) print "ODD:", $0 }
        if ($7 != "") { s++; if (!($6 <= $7 * (1 + 2e-8))) print "ODD:", $0 } } END { print what ": " n " rows, " b + 0 " and " s + 0 " bounds" }' "$2/bounds.csv"
}
below "the experiment" one
below "three dimensions" turned
"$A" simulate "$C" $none simulate.delay.mean=100 simulate.delay.begin=start --out l >/dev/null
below "swings" l
"$A" simulate "$C" simulate.paths=10 "simulate.eigenvalues=[2, 4000]" simulate.updates=20 simulate.delay.mean=0 --out l >said
below "curvature far beyond the limit of sgd" l
grep substeps said
"$A" simulate "$C" simulate.paths=10 "simulate.eigenvalues=[2, 4000]" simulate.updates=20 simulate.substeps=40 | grep -c substeps
"$A" simulate "$C" simulate.schedule=inverse simulate.rate=0.5 simulate.delay.mean=4 simulate.updates=500 simulate.paths=200 \
    'simulate.eigenvalues=[2, 5]' --out l >said
below "Theorem 4.2" l
"$A" simulate "$C" $none simulate.updates=3 simulate.substeps=2 simulate.delay.law=uniform --out l >/dev/null
echo "varying delays, substeps: $(awk -F , '$1 == "sdde" && $7 $8 == "" { n++ } END { print n }' l/moments.csv) rows without exact moments"
"$A" simulate regression.yaml $none simulate.updates=20 --out l >/dev/null
below "regression" l # no bound where the noise is not constant
"$A" simulate "$C" simulate.schedule=inverse simulate.rate=0.5 simulate.delay.mean=4 simulate.updates=500 simulate.paths=200 \
    'simulate.eigenvalues=[2, 5]' --out l >said
for of in mu L delta tau; do echo "$of $(value l theorem42_$of sdde)"; done
awk -F , '$1 ~ /^theorem42_[DH]$/ && $2 == "sdde" { v[$1] = $3 } END { h = 8 + 2 * 2 * 5 * v["theorem42_D"] * v["theorem42_D"]; d = v["theorem42_H"] / h - 1; print (d < 1e-7 && d > -1e-7) ? "H is that of its constants" : "H IS NOT" }' l/summary.csv
grep -c '^theorem42' said
"$A" simulate "$C" $none simulate.schedule=inverse simulate.rate=0.4 simulate.updates=5 | grep Theorem

echo "# orders in the rate: one of means, two of variances (which are of order one)"
for p in sgd asgd; do
    echo "$p $(value one mean_order $p) 1"
    echo "$p $(value one variance_order $p) 2"
done >found
near orders found .02

echo "# single paths have a number and the seed, and come again"
"$A" simulate "$C" simulate.paths=5 simulate.shown=2 simulate.every=500 --out a >/dev/null
"$A" simulate "$C" simulate.paths=0 simulate.shown=3 simulate.every=500 'simulate.processes=[asgd, sde]' --out b >/dev/null
cut -d , -f 1-5 a/paths.csv | head -n 7
grep '^[12],1,\(asgd\|sde\),' a/paths.csv | sort >a.paths
grep '^[12],1,' b/paths.csv | sort >b.paths
same "paths 1 and 2" a.paths b.paths
"$A" simulate "$C" simulate.paths=0 simulate.seed=2 simulate.every=500 --out b >/dev/null
cut -d , -f 3- a/paths.csv | sort >a.paths
cut -d , -f 3- b/paths.csv | sort >b.paths
awk 'NR == FNR { seen[$0] = 1; next } $0 in seen { n++ } END { print n }' b.paths a.paths # the title and the common beginnings

echo "# many weights: no columns of their own"
awk 'BEGIN { printf "simulate: {eigenvalues: ["; for (i = 1; i <= 40; i++) printf "%s%g", (i > 1) ? ", " : "", i / 10; print "], paths: 50, updates: 100, every: 50}" }' >many.yaml
"$A" simulate many.yaml --out m >said
head -n 1 m/paths.csv
cut -d , -f 4 m/moments.csv | sort | uniq -c | awk '{ print $1, $2 }'
grep -c '^decay,sdde' m/summary.csv
grep -c '^decay' said

echo "# trained: the same process"
"$A" train "$configs/sdde-quadratic.yaml" engine.iterates=path.csv --quiet --out run
head -n 3 path.csv
awk -F , 'NR > 1 && $5 != "" { if (NR > 2) { step = (last - $5) / 0.01; n++ } last = $5; x[$1] = $5
        if (NR > 2) { k = $1 - 1; read = k >= 10 ? x[k - 10] : x[k]; gap = step - read; gap = gap < 0 ? -gap : gap
            if (gap < .99 || gap > 1.01) bad++ } }
    END { print n " updates, " bad + 0 " that are no step with the gradient of 10 updates before" }' path.csv
seed=1
while [ $seed -le 60 ]; do
    "$A" train "$configs/sdde-quadratic.yaml" engine.iterates=path.csv run.seed=$seed engine.audit.every=0 --quiet --out run
    awk -F , -v s=$seed '$1 ~ /^(50|100|200)$/ { print $1, $5 }' path.csv
    seed=$((seed + 1))
done >trained
for k in 50 100 200; do
    awk -v k=$k -v mean="$(exact one asgd $k x1 7)" -v variance="$(exact one asgd $k x1 8)" '$1 == k { n++; sum += $2 }
        END { gap = sum / n - mean; print "mean of " n " paths after " k ": " ((gap * gap < 16 * variance / n) ? "as simulated" : "ODD, " sum / n) }' trained
done
for more in engine.name=sequential "engine.name=asyngrad engine.threads=2" "engine.name=simulated engine.workers=3 engine.delay.law=interleaved" \
    "engine.name=synchronous engine.policy=minibatch engine.threads=2 optimizer.l2.value=1 run.epochs=2"; do
    cp "$ROOT/corpora/signs.conll" . && sed -e 's|../corpora/|./|' -e '/^engine:/,/^run:/ { /^run:/!d; }' -e "s|templates/|$configs/templates/|" "$configs/sdde-quadratic.yaml" >plain.yaml
    "$A" train plain.yaml $more engine.pin=false engine.iterates=path.csv --quiet --out run
    echo "$more: $(wc -l <path.csv | tr -d ' ') lines"
done

echo "# refused"
mkdir older && cp one/*.csv older/
watch
bad() { run "$*" "$A" simulate "$C" $none "$@" --out older; }
bad simulate.rate=0
bad simulate.rate=-1
bad simulate.updates=0
bad simulate.objective=cubic
bad simulate.rat=1
bad run.epochs=3
bad simulate.dimension=3
bad simulate.eigenvalues=-2
bad 'simulate.eigenvalues=[1, 0]'
bad 'simulate.eigenvalues=[]'
bad 'simulate.eigenvalues=[1, two]'
bad 'simulate.eigenvalues=[1, 2]' 'simulate.start=[1, 2, 3]'
bad 'simulate.optimum=[1, 2]'
bad 'simulate.matrix=["2 1", "0 2"]'
bad 'simulate.matrix=["1 2", "2 1"]'
bad 'simulate.matrix=["1 2 3", "2 1 3"]'
bad 'simulate.matrix=["1 x", "2 1"]'
bad 'simulate.noise.covariance=["1 0", "0 1"]'
bad 'simulate.noise.covariance=["-1"]'
bad simulate.noise.variance=-1
bad simulate.delay.mean=1.5
bad simulate.delay.mean=0.3 simulate.delay.law=uniform
bad simulate.delay.law=poisson
bad simulate.processes=sddde
bad simulate.processes=
bad simulate.updates=1000000000 simulate.substeps=100
printf 'simulate:\n  rate: 0.1\n  matrix: ["1 2", "3 1"]\n' >file.yaml
run "in a file" "$A" simulate file.yaml --out older
printf 'simulate:\n  objective: regression\n  noise: {law: normal}\n' >file.yaml
run "another objective's key" "$A" simulate file.yaml --out older
rows() {
    printf -- "$1" >rows
    run "rows $1" "$A" simulate regression.yaml simulate.rows=rows simulate.start=1 --out older
}
rows ''
rows '1\n'
rows '1 2\n1 2 3\n'
rows '1 2\n1 x\n'
rows '1 1 2\n2 2 4\n'
run "no file" "$A" simulate regression.yaml simulate.rows=absent --out older
run "start" "$A" simulate regression.yaml 'simulate.start=[1, 2]' --out older
run "no configuration" "$A" simulate simulate.rate=1
run "a run's configuration" "$A" simulate "$pos" --out older
run "a simulation trained" "$A" train "$C" --out older
run "no folder" "$A" simulate "$C" $none --out rows/x
run "many weights" "$A" train "$pos" engine.iterates=path.csv --quiet --out older
run "own weights" "$A" train plain.yaml engine.name=averaging engine.threads=2 engine.iterates=path.csv --quiet --out older
"$A" simulate "$C" $none simulate.rate=0.01 --out older >/dev/full
echo "exit $?"
[ "$(sums)" = "$watched" ] || echo "OLDER FILES ARE OTHERS"
ls older
