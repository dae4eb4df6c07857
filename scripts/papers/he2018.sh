# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# he2018: Figure 1 of L. He et al. (2018), "Differential equations for modeling asynchronous algorithms", IJCAI: SGD and
# ASGD beside their differential equations, by the verb simulate and by training models/quadratic. Sourced by
# scripts/reproduce (cell, every) and its report.
# shellcheck disable=SC2016,SC2154 # awk's fields; what scripts/reproduce has set

cells_sdde_figure1() {
    paths=1000
    [ -z "$quick" ] || paths=100
    cell sdde.simulated beside simulate configs/simulate-quadratic.yaml simulate.paths=$paths
    every "$(sdde_seeds)" sdde.trained beside train configs/sdde-quadratic.yaml engine.iterates=@this@/iterates.csv
}
sdde_seeds() { if [ -n "$quick" ]; then echo "${seeds:-3}"; else echo "${seeds:-100}"; fi; }

report_sdde_figure1() {
    echo '## Figure 1 of He et al. (2018): ASGD and its stochastic differential delay equation'
    echo
    simulated=$out/cells/sdde.simulated/simulated
    [ -d "$simulated" ] || { echo '(not run)' && return; }
    # trained.dat: update, mean, standard error, number of runs
    files_of 'sdde.trained.s[0-9]*' iterates.csv | awk '
        # (an awk may have been built without sqrt)
        function root(x,    r, i) { if (x <= 0) return 0; r = x > 1 ? x : 1; for (i = 0; i < 60; i++) r = (r + x / r) / 2; return r }
        { while ((getline line <$0) > 0) { # update,…,weight
            k = line; sub(/,.*/, "", k); x = line; sub(/.*,/, "", x)
            if (k !~ /^[0-9]+$/) continue
            n[k]++; sum[k] += x; square[k] += x * x; if (k + 0 > last) last = k + 0
          }
          close($0) }
        END { for (k = 1; k <= last; k++) {
            m = sum[k] / n[k]; v = n[k] > 1 ? (square[k] - n[k] * m * m) / (n[k] - 1) : 0
            print k, m, root(v / n[k]), n[k] } }' >"$out/plots/sdde-figure1.trained.dat"
    awk -F , 'FNR > 1 && $1 == 1 { print $3, $4, $7 }' "$simulated/paths.csv" >"$out/plots/sdde-figure1.paths.dat"
    awk -F , 'FNR > 1 && $4 == "x1" { print $1, $2, $5, $6, $7, $8 }' "$simulated/moments.csv" >"$out/plots/sdde-figure1.moments.dat"

    table sdde-figure1 update 'E x, exact recursion' 'ASGD simulated, mean' 'trained, mean (standard error)' 'SDDE simulated, mean' 'SGD, exact' 'SGD simulated, mean'
    for k in 10 50 100 200 500; do
        row $k "$(moment asgd $k 5)" "$(moment asgd $k 3)" \
            "$(awk -v k=$k '$1 == k { printf "%.5g (%.2g, %d runs)", $2, $3, $4 }' "$out/plots/sdde-figure1.trained.dat")" \
            "$(moment sdde $k 3)" "$(moment sgd $k 5)" "$(moment sgd $k 3)"
    done
    echo
    table sdde-summary quantity of value meaning
    sed -n '2,$p' "$simulated/summary.csv" | sed 's/"//g' | while IFS=, read -r quantity of value remark; do
        case $quantity in rate_limit | delay_limit | stationary_variance | decay) row "$quantity" "$of" "$value" "$remark" ;; esac
    done
    echo
    plot sdde-figure1.a "single paths" <<PLOT
set title "(a) one path of each process, eta 0.005, delay 10"
set xlabel "update k"; set ylabel "x_k"; set xrange [0:1000]
plot $(processes sdde-figure1.paths.dat)
PLOT
    plot sdde-figure1.b "means over many paths" <<PLOT
set title "(b) means over many paths, and of training"
set xlabel "update k"; set ylabel "mean of x_k"; set xrange [0:500]
plot $(processes sdde-figure1.moments.dat), "sdde-figure1.trained.dat" every 25 using 1:2:3 with yerrorbars title "trained"
PLOT
    awk -F , 'FNR > 1 { print $1, $2, $6, $7 }' "$simulated/bounds.csv" >"$out/plots/sdde-figure1.bounds.dat"
    plot sdde-figure1.bounds "distance and bound" <<PLOT
set title "E |X - x*|^2 of the equation, and its bound"
set xlabel "update k"; set ylabel "E |X - x*|^2"; set logscale y; set xrange [0:1000]
plot '< grep "^sde " sdde-figure1.bounds.dat' using 2:3 with lines title "SDE", '< grep "^sde " sdde-figure1.bounds.dat' using 2:4 with lines title "SDE, bound", \\
    '< grep "^sdde " sdde-figure1.bounds.dat' using 2:3 with lines title "SDDE", '< grep "^sdde " sdde-figure1.bounds.dat' using 2:4 with lines title "SDDE, bound"
PLOT
    echo
    echo '**Reading.** The paper shows curves, no figures. For a quadratic objective all moments have exact recursions, to hold'
    echo 'simulated and trained means against. In this experiment delay makes the mean fall faster (decay is V of E X ~ e^(V t)), and'
    echo 'the variance in the long run larger.'
}
# processes FILE: what gnuplot draws of a file with lines `PROCESS UPDATE VALUE …`
processes() {
    for process in SGD ASGD SDE SDDE; do
        echo "'< grep \"^$(echo $process | tr '[:upper:]' '[:lower:]') \" $1' using 2:3 with lines title '$process'"
    done | paste -sd, -
}
# moment PROCESS UPDATE COLUMN: of sdde-figure1.moments.dat
moment() { awk -v p="$1" -v k="$2" -v c="$3" '$1 == p && $2 == k { printf "%.6g", $c }' "$out/plots/sdde-figure1.moments.dat"; }
