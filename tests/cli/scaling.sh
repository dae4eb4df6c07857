# scripts/scaling: speeds that follow the law with a sigma and kappa of our choice give these back, and intervals have
# the truth in them.
. "$ROOT/tests/cli/common"
scaling() { "$ROOT/scripts/scaling" "$@"; }
header=mode,threads,repeat,seed,tokens_per_second,speedup,error_rate,delay,score,goal_seconds,error_rate_is_upper_bound
json() { echo "{\"event\":\"benchmark\",\"kernel\":\"plain\",\"cores\":$2,\"repeats\":5,\"baseline\":\"sequential\",\"cases\":[]}" >"$1.json"; }
# made MODE SIGMA KAPPA BASE SCATTER THREADS: five repeats; the factors of a repeat, of which the middle one is 1, are
# others with every number of threads
made() {
    awk -v mode="$1" -v s="$2" -v k="$3" -v base="$4" -v scatter="$5" -v list="$6" 'BEGIN {
        split("-1 0.6 0 -0.4 0.8", off, " "); m = split(list, n, ",")
        for (r = 1; r <= 5; r++) for (i = 1; i <= m; i++) {
            S = n[i] / (1 + s * (n[i] - 1) + k * n[i] * (n[i] - 1))
            S *= base * (n[i] == 1 ? 1 : 1 + scatter * off[(r * i) % 5 + 1])
            printf "%s,%d,%d,%d,%.9g,%.9g,0,0,93,,false\n", mode, n[i], r, r, 1e6 * S, S
        } }'
}
# truth MODE SIGMA KAPPA BASE FILE: whether the intervals of that row, the last columns but one, have the law in them
truth() {
    awk -F '|' -v mode=" $1 " -v s="$2" -v k="$3" -v base="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /predicted/) { n[i] = $i; sub(/.*, /, "", n[i]) } }
        $2 == mode { for (i in n) {
            S = base * n[i] / (1 + s * (n[i] - 1) + k * n[i] * (n[i] - 1)); t = $i
            sub(/^[^(]*\(/, "", t); sub(/\).*/, "", t); split(t, x, " - ")
            if (!(S > x[1] - 0.051 && S < x[2] + 0.051)) print "OUTSIDE: " mode, n[i], S, $i
            else inside++ } }
        END { print "in the interval: " inside + 0 }' "$5"
}

echo "# without scatter: sigma, kappa and the law itself"
{
    echo $header
    made sequential 0 0 1 0 1
    made serial 0.1 0 1 0 1,2,4,8
    made contended 0 0.02 1 0 1,2,4,8
    made mixed 0.05 0.003 1 0 1,2,4,8
    made slower 0.05 0.003 0.9 0 1,2,4,8
    made alone 0.05 0.003 1 0 2,4,8
    made perfect 0 0 1 0 1,2,4,8
    made better -0.02 0 1 0 1,2,4,8
    made asyngrad 9 9 1 0 32,16
} >exact.csv
json exact 8
scaling exact
echo "# with a scatter of 4 %"
{
    echo $header
    made serial 0.1 0.001 1 0.04 1,2,4,8
    made contended 0.01 0.02 1 0.04 1,2,4,8
    made mixed 0.05 0.003 0.9 0.04 1,2,4,8
} >noisy.csv
json noisy 8
scaling noisy.csv >table
cat table
truth serial 0.1 0.001 1 table
truth contended 0.01 0.02 1 table
truth mixed 0.05 0.003 0.9 table
echo "# one and two threads: the truth is inside, whatever the mixture"
for kappa in 0 0.01 0.05 0.09 0.1; do
    { echo $header && made asyngrad "$(echo $kappa | awk '{ print 0.2 - 2 * $1 }')" $kappa 1 0.04 1,2,4; } >two.csv
    json two 2
    scaling --threads 3,10,12,64 two >table
    truth asyngrad "$(echo $kappa | awk '{ print 0.2 - 2 * $1 }')" $kappa 1 table
done
cat table
echo "# one repeat; one that diverged"
{ head -n 1 two.csv && grep ',1,1,[0-9.e+]*,' two.csv | head -n 2 && echo 'asyngrad,2,2,2,,,,,,,false'; } >one.csv
json one 2
scaling one
echo "# what bench writes"
"$A" bench "$pos" run.epochs=2 --repeats 2 --threads 1 --modes "sequential plain:engine.name=sequential" --out real >/dev/null
sed -i.bak 's/"cores":[0-9]*/"cores":4/' real.json
sed 's/^plain,1,/asyngrad,2,/' real.csv >changed && mv changed real.csv
scaling real | sed -e 's/[0-9][0-9.]* (.*/N/' | sed -n '3p;5,6p'
echo "# refused"
json few 1
cp two.csv few.csv
run "one core" scaling few
run "no json" scaling none
echo "{}" >few.json
run "no cores" scaling few
json bad 4
printf 'mode,threads\nasyngrad,2\n' >bad.csv
run "no column" scaling bad
{ echo $header && echo 'asyngrad,two,1,1,1,1'; } >bad.csv
run "threads" scaling bad
run "--threads" scaling --threads 10,,12 two
run "--threads" scaling two --threads
run "--threads" scaling --threads
run "usage" scaling
