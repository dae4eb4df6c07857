# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# theorem1: Theorem 1 of X. Sun (2016) held against a run of a dense-CRF, by the verb theory. Sourced by scripts/reproduce
# (cell) and its report; crf_task, asyngrad and our_threads are those of sun2016.sh.
# shellcheck disable=SC2046,SC2086,SC2154 # lists of assignments; what scripts/reproduce has set

theorem_task() {
    config=configs/bench-chunking.yaml data='CoNLL-2000, 22 labels' file=conll2000/train.txt long=80 short=10
    [ -z "$quick" ] || config=configs/demo.yaml data='sample, chunks' long=30 short=4
    [ -n "$quick" ] || has $file
}
cells_theorem1() {
    theorem_task || return 0
    cell theorem.optimum keep train $config $one optimizer.l2.value=4 optimizer.rate=0.2 optimizer.decay=0.92 \
        run.epochs=$long engine.audit.every=0
    cell theorem.audited keep train $config $(asyngrad "$our_threads") optimizer.l2.value=4 run.epochs=$short \
        engine.audit.every=4 engine.audit.optimum=@theorem.optimum@/run
    cell theorem.theory beside theory @theorem.audited@/run --out @this@/theory.csv
}
report_theorem1() {
    echo '## Theorem 1 of Sun (2016), on a run'
    echo
    theorem_task || { missing && return; }
    csv_of=$out/cells/theorem.theory/theory.csv
    [ -f "$csv_of" ] || { echo '(not run)' && return; }
    echo "$data, $our_threads lock-free threads, lambda 4. The constants, and whether the theorem's condition holds, as \`asyntrain theory\` says:"
    echo
    grep -v '^ *[0-9][0-9]* ' "$out/cells/theorem.theory/said" | grep -v '^epoch ' | sed 's/^./    &/' | cat -s
    echo
    table theorem1 pass kappa 'mean tau' 'its limit' 'tau over its limit' 'bound of Eq 21 on the squared distance' 'measured'
    sed 1d "$csv_of" | while IFS=, read -r pass _ _ kappa tau _ limit bound distance; do
        row "$pass" "$(digits "$kappa")" "$(digits "$tau")" "$(digits "$limit")" \
            "$(awk -v a="$tau" -v b="$limit" 'BEGIN { if (a != "" && b > 0) printf "%.3g", (a < 0 ? -a : a) / b }')" \
            "$(digits "$bound")" "$(digits "$distance")"
    done
    echo
    sed 1d "$csv_of" | awk -F , '{ print $1, $8, $9 }' >"$out/plots/theorem1.dat"
    plot theorem1 "bound and distance" <<PLOT
set title "$data: squared distance from the optimum"
set xlabel "pass"; set ylabel "||w - w*||^2"; set logscale y; set xtics 1
plot "theorem1.dat" using 1:2 with linespoints title "bound, Eq 21", "" using 1:3 with linespoints title "measured"
PLOT
    echo
    echo '**Reading.** How far tau exceeds its limit depends on the run, and on how many gradients are audited. A bound above the'
    echo 'distance at the start says nothing. It comes from a small strong convexity, lambda/N, and a large kappa. The conditions'
    echo 'suffice for convergence, and are not necessary ([theory](theory.md)).'
}
digits() { [ -z "$1" ] || printf '%.4g' "$1"; }
