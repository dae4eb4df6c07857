# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# zheng2017: Table 1 and Figures 2 and 5 of S. Zheng et al. (2017), "Asynchronous stochastic gradient descent with delay
# compensation", ICML, on our models. Sourced by scripts/reproduce (cell, every, has) and its report.
# shellcheck disable=SC2046,SC2086,SC2154 # lists of assignments; what scripts/reproduce has set

# dc_task crf|lstm: sets config, data, file (its corpus), more (assignments)
dc_task() {
    case $1 in
    crf)
        config=configs/bench-chunking.yaml data='CoNLL-2000, 22 labels' file=conll2000/train.txt more='run.epochs=10'
        has $file || { config=configs/demo.yaml data='sample, chunks' more='run.epochs=10 run.evaluate=last'; }
        ;;
    lstm)
        config=configs/delay-lstm.yaml data='UD English-EWT, UPOS, 2,000 sentences' more=''
        file=ud-english-ewt/train.tsv
        has $file || {
            config=configs/sample-lstm.yaml data='sample, chunks'
            more='optimizer.name=sgd optimizer.rate=0.05 model.output=softmax model.dropout=0'
        }
        ;;
    esac
    [ -z "$quick" ] || more="$more run.epochs=2"
}
dc_missing() {
    has $file || [ -n "$quick" ] ||
        echo "($data: no $file in ASYNTRAIN_CORPORA; corpora/README.md says where it comes from.)"
}

# lambda0 TASK RULE BASE: strength of the compensation. Bi-LSTM: the paper's (0.04 for dc-c, 2 for dc-a) unless seeds diverge
# with it in Figure 5, or another is better there by more than the seeds differ; else the best with which none diverges.
# Figure 5 has 8 workers, and sentences of the training corpus that are not trained on. CRF: 2 diverges for dc-a.
lambda0() {
    case $1.$2.$3 in
    crf.dc-c.*) echo 0.04 ;; crf.dc-a.*) echo 0.1 ;;
    lstm.dc-c.*) echo 0.04 ;; lstm.dc-a.sgd) echo 0.5 ;; lstm.dc-a.momentum) echo 1 ;;
    esac
}
# dc_engine METHOD WORKERS: who computes, and who writes when. Workers are virtual: SSGD adds up the gradients of as
# many samples as there are workers. DC-SSGD alone has threads, whose digits do not depend on time either.
dc_engine() {
    batch='engine.name=synchronous engine.policy=minibatch engine.reduce=compensate'
    case $1 in
    sgd) echo "engine.name=sequential engine.threads=1" ;;
    ssgd-*) echo "engine.name=sequential engine.threads=1 engine.accumulate=$2" ;;
    dc-ssgd) echo "$batch engine.threads=$2 engine.pin=false" ;;
    asyngrad) echo "engine.name=simulated engine.threads=1 engine.workers=$2 engine.delay.law=interleaved" ;;
    *) echo "engine.name=simulated engine.threads=1 engine.workers=$2" ;;
    esac
}
# dc_rule METHOD BASE LAMBDA0 WORKERS: what a gradient does to the weights. Base momentum has a tenth of the rate; the
# mean of several gradients is their sum, at a rate that is divided by their number.
dc_rule() {
    rate=0.1 parts=1
    [ "$2" = sgd ] || rate=0.01
    [ "$1" != ssgd-mean ] || parts=$4
    case $rate.$parts in
    0.1.1) rate='' ;; # the configuration's
    *) rate=optimizer.rate=$(awk -v rate=$rate -v n="$parts" 'BEGIN { printf "%.9g", rate / n }') ;;
    esac
    case $1 in
    dc-ssgd) echo "optimizer.name=dc-c optimizer.base=$2 optimizer.lambda0=$3 $rate" ;;
    dc-*) echo "optimizer.name=$1 optimizer.base=$2 optimizer.lambda0=$3 $rate" ;;
    *) echo "optimizer.name=$2 $rate" ;;
    esac
}
# which rule compensates in METHOD
dc_of() { case $1 in dc-a) echo dc-a ;; *) echo dc-c ;; esac; }

dc_workers='4 8 16'
[ -z "$quick" ] || dc_workers=8
dc_virtual='asgd ssgd-mean ssgd-sum dc-c dc-a' dc_methods='asgd ssgd-mean ssgd-sum dc-ssgd dc-c dc-a'

# dc_cells TASK BASE CLIP METHOD WORKERS: cells dc.TASK.BASE.CLIP.METHOD.WORKERS; CLIP: free or a norm. The curves of
# Figure 2 need scores of every pass.
dc_cells() {
    dc_task "$1"
    limit='' scores=''
    [ "$3" = free ] || limit=model.clip=$3
    case $1.$5 in lstm.1 | lstm.8) scores=run.evaluate=each ;; esac
    every "$(seeds_or 5)" "dc.$1.$2.$3.$4.$5" beside train "$config" $more $(dc_engine "$4" "$5") \
        $(dc_rule "$4" "$2" "$(lambda0 "$1" "$(dc_of "$4")" "$2")" "$5") $limit $scores
}
cells_dc_table1() {
    for base in sgd momentum; do
        for clip in free 5; do
            dc_cells lstm $base $clip sgd 1
            for k in $dc_workers; do
                for method in $dc_virtual; do dc_cells lstm $base $clip "$method" "$k"; done
            done
        done
    done
    dc_cells crf sgd free sgd 1
    for k in $dc_workers; do
        for method in $dc_virtual asyngrad; do dc_cells crf sgd free "$method" "$k"; done
    done
    # threads that wait for each other come last: beside other work they take the longest
    for k in $dc_workers; do
        dc_cells crf sgd free dc-ssgd "$k"
        for base in sgd momentum; do dc_cells lstm $base free dc-ssgd "$k"; done
    done
}

# ---- Figure 5: lambda0

dc_lambdas='0.01 0.02 0.04 0.07 0.1 0.2 0.5 1 2 4'
[ -z "$quick" ] || dc_lambdas='0.04 0.5'
# dc_sweep BASE METHOD WORKERS LAMBDA0: cells dc.sweep.BASE.METHOD.LAMBDA0, scored on a fifth of the training sentences
dc_sweep() {
    dc_task lstm
    every "$(seeds_or 5)" "dc.sweep.$1.$2.$4" beside train "$config" $more $(dc_engine "$2" "$3") \
        $(dc_rule "$2" "$1" "$4" "$3") corpus.test= corpus.dev_fraction=0.2
}
cells_dc_figure5() {
    for base in sgd momentum; do
        dc_sweep $base sgd 1 0
        dc_sweep $base asgd 8 0
        for lambda in $dc_lambdas; do
            for method in dc-c dc-a; do dc_sweep $base $method 8 "$lambda"; done
        done
    done
}

# ---- Figure 2: error against passes and seconds

# dc_time METHOD: cells time.dc.METHOD, by as many threads as there are cores; of ASGD they take turns to write
dc_time() {
    dc_task lstm
    case $1 in
    sgd) how_many=$(dc_engine sgd 1) ;;
    ssgd-mean) how_many="engine.name=synchronous engine.policy=minibatch engine.threads=$cores" ;;
    asgd | dc-*) how_many="engine.name=synchronous engine.policy=round-robin engine.threads=$cores" ;;
    asyngrad) how_many="engine.name=asyngrad engine.threads=$cores" ;;
    esac
    every "$(seeds_or 3)" "time.dc.$1" alone train "$config" $more $how_many \
        $(dc_rule "$1" sgd "$(lambda0 lstm "$(dc_of "$1")" sgd)" 1) run.evaluate=each
}
dc_times='sgd asgd ssgd-mean dc-c dc-a asyngrad'
cells_dc_figure2() {
    for base in sgd momentum; do
        dc_cells lstm $base free sgd 1
        for method in $dc_methods; do dc_cells lstm $base free "$method" 8; done
    done
    for method in $dc_times; do dc_time "$method"; done
}

# ---- reports

dc_name() {
    case $1 in
    sgd) echo SGD ;; asgd) echo ASGD ;;
    ssgd-mean) echo 'SSGD, mean' ;; ssgd-sum) echo 'SSGD, sum' ;; dc-ssgd) echo DC-SSGD ;;
    dc-c) echo DC-ASGD-c ;; dc-a) echo DC-ASGD-a ;; asyngrad) echo AsynGrad ;;
    esac
}
dc_base() { case $1 in sgd) echo SGD ;; momentum) echo 'momentum 0.9' ;; esac; }
# error NAME: 100 - the score
error() { stat "$1" score | dc_complement; }
# percentages in a text of stat become errors; the least error is that of the most score
dc_complement() {
    awk '/diverged/ && !/^[0-9]/ { print; next }
        { split($0, x, /[^0-9.]+/); rest = ""; if (match($0, /, [0-9]+ of/)) rest = substr($0, RSTART)
          if (/\(/) printf "%.2f (%.2f - %.2f)%s\n", 100 - x[1], 100 - x[3], 100 - x[2], rest
          else printf "%.2f%s\n", 100 - x[1], rest }'
}
# diverged NAME: how many seeds did
diverged() {
    awk -F '\t' -v name="$1" '{ of = $1; sub(/\.s[0-9]+$/, "", of) }
        of == name && $2 == "diverged" { n++ } END { print n + 0 }' "$out/cells.tsv"
}
# range NAME: mean, least and most score of the seeds that did not diverge (- where all did), and how many did; empty if
# not run
range() {
    stat "$1" score %.4f | sed 's/,* *\([0-9]*\) of [0-9]* diverged$//' | tr -d '()' | sed 's/ - / /' |
        awk -v n="$(diverged "$1")" 'NF == 1 { $3 = $2 = $1 } { print $1, $2, $3, n } END { if (!NR && n) print "-", "-", "-", n }' |
        sed "s/^ *\([0-9]*\)$/- - - \1/"
}

# paper_errors METHOD: error on CIFAR-10 with 1, 4 and 8 workers in Table 1 of the paper
paper_errors() {
    case $1 in
    sgd) echo '8.65 - -' ;; asgd) echo '- 9.27 10.26' ;; ssgd-mean) echo '- 9.17 10.10' ;;
    dc-c) echo '- 8.67 9.27' ;; dc-a) echo '- 8.19 8.57' ;; *) echo '- - -' ;;
    esac
}
# dc_verdict COST SGD ASGD DC-C DC-A: of what range says (of the paper: one number). Delay that costs less than COST leaves
# nothing to win back.
dc_verdict() {
    cost=$1
    shift
    printf '%s\n' "$@" | awk -v cost="$cost" '
        BEGIN { split("SGD ASGD DC-ASGD-c DC-ASGD-a", name, " ") }
        { there[NR] = NF > 0; none[NR] = $1 == "-"; m[NR] = $1; least[NR] = $2; most[NR] = $3; n[NR] = $4 + 0 }
        function share(k) { return none[k] ? "nothing" : sprintf("%.0f %%", 100 * (m[k] - m[2]) / lost) }
        function overlap(a, b) {
            if (none[a] || none[b] || least[a] == "" || least[b] > most[a] || least[a] > most[b]) return ""
            return "; seeds of " name[a] " and " name[b] " overlap"
        }
        END {
            if (!(there[1] && there[2] && there[3] && there[4])) { print "not run"; exit }
            if (none[1] || none[2]) { print "all seeds of SGD or ASGD diverged"; exit }
            lost = m[1] - m[2]
            if (lost < cost) {
                costs = lost < 0.005 ? "nothing" : sprintf("%.2f", lost)
                print "delay costs " costs ": nothing to win back"
                exit
            }
            left = ""
            for (k = 1; k <= 4; k++) if (n[k]) left = left ", " n[k] " of " name[k]
            reached = !none[3] && !none[4] && m[2] < m[3] && m[3] < m[4]
            printf "order %sreached: of the %.2f that delay costs, DC-ASGD-c wins back %s, DC-ASGD-a %s%s%s%s\n",
                reached ? "" : "not ", lost, share(3), share(4),
                overlap(2, 3), overlap(3, 4), left == "" ? "" : "; left out, as they diverged: " substr(left, 3)
        }'
}
# dc_table NAME WHOSE COLUMN...: a table whose last columns are numbers of workers
dc_table() {
    of=$1 whose=$2
    shift 2
    for k in $dc_workers; do set -- "$@" "$whose$k workers"; done
    table "$of" "$@"
}
# dc_rows TASK BASE CLIP METHOD...: rows of scores over the numbers of workers
dc_rows() {
    set_of=$1.$2.$3 base=$2 limit=$3 task=$1
    shift 3
    for method; do
        strength=''
        case $method in dc-*) strength=$(lambda0 "$task" "$(dc_of "$method")" "$base") ;; esac
        alone='' at=''
        [ "$method" != sgd ] || alone=$(stat "dc.$set_of.sgd.1" score)
        set -- "$(dc_name "$method")" "$strength" "$alone"
        [ "$task" = crf ] || set -- "$(dc_base "$base")" "$([ "$limit" = free ] || echo "$limit")" "$@"
        for k in $dc_workers; do
            at=''
            [ "$method" = sgd ] || at=$(stat "dc.$set_of.$method.$k" score)
            set -- "$@" "$at"
        done
        row "$@"
    done
}
report_dc_table1() {
    echo '## Table 1 of Zheng et al. (2017): methods of training'
    echo
    dc_task crf
    echo "Dense-CRF, $data: score of the last pass."
    echo
    dc_table dc-table1.crf '' method lambda0 '1 worker'
    dc_rows crf sgd free sgd $dc_methods asyngrad
    dc_missing
    dc_task lstm
    echo
    echo "Bi-LSTM, $data, beside the paper's network on CIFAR-10: error in per cent,"
    echo "plain SGD, gradients without limit."
    echo
    dc_table dc-table1.error 'ours, ' method 'paper, 1 worker' 'paper, 4 workers' 'paper, 8 workers' 'ours, 1 worker'
    for method in sgd $dc_methods; do
        set -- "$(dc_name "$method")" $(paper_errors "$method" | tr - .)
        paper1=$2 paper4=$3 paper8=$4
        one_worker=''
        [ "$method" != sgd ] || one_worker=$(error dc.lstm.sgd.free.sgd.1)
        set -- "$1" "$(dc_blank "$paper1")" "$(dc_blank "$paper4")" "$(dc_blank "$paper8")" "$one_worker"
        for k in $dc_workers; do
            if [ "$method" = sgd ]; then set -- "$@" ''; else set -- "$@" "$(error "dc.lstm.sgd.free.$method.$k")"; fi
        done
        row "$@"
    done
    echo
    echo "All of the Bi-LSTM: accuracy of the last pass."
    echo
    dc_table dc-table1.lstm '' optimizer clip method lambda0 '1 worker'
    for base in sgd momentum; do
        dc_rows lstm $base free sgd $dc_methods
        dc_rows lstm $base 5 sgd $dc_virtual
    done
    dc_missing
    echo
    echo "Is the paper's order reached, ASGD < DC-ASGD-c < DC-ASGD-a, and DC-ASGD-a near SGD?"
    echo
    table dc-table1.verdict data optimizer clip workers verdict
    row 'CIFAR-10 (paper)' '' '' 4 "$(dc_verdict 0.5 91.35 90.73 91.33 91.81)"
    row 'CIFAR-10 (paper)' '' '' 8 "$(dc_verdict 0.5 91.35 89.74 90.73 91.43)"
    for of in crf.sgd.free lstm.sgd.free lstm.sgd.5 lstm.momentum.free lstm.momentum.5; do
        dc_task "${of%%.*}"
        base=${of#*.} limit=${of##*.} model=Bi-LSTM
        [ "${of%%.*}" != crf ] || model=dense-CRF
        for k in $dc_workers; do
            set -- "$(range "dc.$of.sgd.1")"
            for method in asgd dc-c dc-a; do set -- "$@" "$(range "dc.$of.$method.$k")"; done
            row "$model, $data" "$(dc_base "${base%.*}")" "$([ "$limit" = free ] || echo "$limit")" "$k" "$(dc_verdict 1 "$@")"
        done
    done
    echo
    echo "**Reading.** Workers are virtual and take turns (delay: workers - 1); only DC-SSGD has real threads. No setting"
    echo "differs but the method's own. The paper's SSGD takes the mean of the workers' gradients; with the sum a step is as"
    echo "long as those of all workers. DC-SSGD compensates as DC-ASGD-c does. Momentum has a tenth of the rate of SGD. Rows"
    echo "with clip 5 show what a limit on the norm of gradients does by itself."
    echo "lambda0 of DC-ASGD-c is the paper's, 0.04. Its 2 diverges for DC-ASGD-a; on the CRF 0.1 replaces it, on the Bi-LSTM the"
    echo "best of Figure 5 with which no seed diverged, chosen on sentences that were not trained on, for 8 workers without clip.${quick:+ These are figures of invented samples: they show that everything runs.}"
}
dc_blank() { [ "$1" = . ] || echo "$1"; }

# dc_best BASE RULE: the lambda0 of the best mean of the sweep, of those with which no seed diverged
dc_best() {
    for lambda in $dc_lambdas; do echo "$(range "dc.sweep.$1.$2.$lambda") $lambda"; done |
        awk 'NF == 5 && $4 == 0 && $1 > most { most = $1; best = $5 } END { print best ? best : "none" }'
}
report_dc_figure5() {
    echo '## Figure 5 of Zheng et al. (2017): lambda0'
    dc_task lstm
    echo
    echo "Bi-LSTM, $data, 8 workers: accuracy on a fifth of the training sentences, which were not trained on."
    echo
    table dc-figure5 lambda0 'SGD, DC-ASGD-c' 'SGD, DC-ASGD-a' 'momentum, DC-ASGD-c' 'momentum, DC-ASGD-a'
    row '1 worker' "$(stat dc.sweep.sgd.sgd.0 score)" '' "$(stat dc.sweep.momentum.sgd.0 score)" ''
    row '0 (ASGD)' "$(stat dc.sweep.sgd.asgd.0 score)" '' "$(stat dc.sweep.momentum.asgd.0 score)" ''
    for lambda in $dc_lambdas; do
        row "$lambda" "$(stat "dc.sweep.sgd.dc-c.$lambda" score)" "$(stat "dc.sweep.sgd.dc-a.$lambda" score)" \
            "$(stat "dc.sweep.momentum.dc-c.$lambda" score)" "$(stat "dc.sweep.momentum.dc-a.$lambda" score)"
    done
    echo
    table dc-figure5.best optimizer method 'best lambda0' 'lambda0 of Table 1'
    for base in sgd momentum; do
        for method in dc-c dc-a; do
            row "$(dc_base $base)" "$(dc_name $method)" "$(dc_best $base $method)" "$(lambda0 lstm $method $base)"
        done
    done
    for base in sgd momentum; do
        for method in dc-c dc-a; do
            for lambda in $dc_lambdas; do
                of=dc.sweep.$base.$method.$lambda
                echo "$method $lambda $(range "$of")" | awk 'NF == 6 && $6 == 0'
            done
        done >"$out/plots/dc-figure5.$base.dat"
        sgd=$(mean "dc.sweep.$base.sgd.0" score) asgd=$(mean "dc.sweep.$base.asgd.0" score)
        echo
        plot "dc-figure5.$base" "accuracy against lambda0, $(dc_base $base)" <<PLOT
set title "$data: $(dc_base $base), 8 workers"
set xlabel "lambda0"; set ylabel "accuracy, development split"; set logscale x; set xrange [0.008:5]
plot '< grep "^dc-c " dc-figure5.$base.dat' using (\$2 * 0.98):3:4:5 with yerrorlines title 'DC-ASGD-c', \\
    '< grep "^dc-a " dc-figure5.$base.dat' using (\$2 * 1.02):3:4:5 with yerrorlines title 'DC-ASGD-a', \\
    ${sgd:-NaN} with lines title 'SGD', ${asgd:-NaN} with lines title 'ASGD'
PLOT
    done
    echo
    echo "**Reading.** A seed that diverges has no score; best lambda0 and plot leave out those with which one did. The"
    echo "compensation is lambda g g (w - w_bak): too little leaves the delay's harm, too much overshoots."
}

# dc_curve NAME: EPOCH SECONDS ERROR, means over the seeds
dc_curve() {
    awk -F '\t' -v name="$1" '{ of = $1; sub(/\.s[0-9]+$/, "", of) }
        of == name && $4 != "-" { n[$2]++; s[$2] += $3; e[$2] += 100 - $4; if ($2 > most) most = $2 }
        END { for (k = 1; k <= most; k++) if (n[k]) printf "%d %.6g %.4f\n", k, s[k] / n[k], e[k] / n[k] }' "$out/epochs.tsv"
}
# dc_curves FILE COLUMN METHOD=CELLS...: their data, and gnuplot's list of lines
dc_curves() {
    file_of=$1 column=$2 lines=''
    shift 2
    for pair; do
        dc_curve "${pair#*=}" >"$out/plots/$file_of.${pair%%=*}.dat"
        [ ! -s "$out/plots/$file_of.${pair%%=*}.dat" ] ||
            lines="$lines${lines:+, }'$file_of.${pair%%=*}.dat' using $column:3 with linespoints \
                title '$(dc_name "${pair%%=*}")'"
    done
}
report_dc_figure2() {
    echo '## Figure 2 of Zheng et al. (2017): error against passes and seconds'
    dc_task lstm
    for base in sgd momentum; do
        echo
        echo "Bi-LSTM, $data, $(dc_base $base), 8 workers, gradients without limit: error in per cent after each pass."
        echo
        set -- "sgd=dc.lstm.$base.free.sgd.1"
        for method in $dc_methods; do set -- "$@" "$method=dc.lstm.$base.free.$method.8"; done
        dc_curves "dc-figure2.$base" 1 "$@"
        passes=$(awk '$1 > most { most = $1 } END { print most + 0 }' "$out/plots/dc-figure2.$base".*.dat)
        set -- pass
        for method in sgd $dc_methods; do set -- "$@" "$(dc_name "$method")"; done
        table "dc-figure2.$base" "$@"
        for pass in $(seq "$passes"); do
            set -- "$pass"
            for method in sgd $dc_methods; do
                curve=$out/plots/dc-figure2.$base.$method.dat
                set -- "$@" "$(awk -v pass="$pass" '$1 == pass { printf "%.2f", $3 }' "$curve")"
            done
            row "$@"
        done
        echo
        [ -z "$lines" ] || plot "dc-figure2.$base.passes" "error against passes, $(dc_base $base)" <<PLOT
set title "$data: $(dc_base $base), 8 workers"
set xlabel "pass"; set ylabel "error, %"; set xtics 1
plot $lines
PLOT
    done
    echo
    echo "Against seconds, with $cores threads on $cores cores. Those of ASGD and DC-ASGD take turns to write, so the delay is"
    echo "$((cores - 1)):"
    echo
    table dc-figure2.seconds method 's a pass' 'seconds of training' 'error, %'
    set --
    for method in $dc_times; do set -- "$@" "$method=time.dc.$method"; done
    dc_curves dc-figure2.seconds 2 "$@"
    for method in $dc_times; do
        row "$(dc_name "$method")" "$(stat "time.dc.$method" seconds %.3g)" \
            "$(awk 'END { if (NR) printf "%.3g", $2 }' "$out/plots/dc-figure2.seconds.$method.dat")" "$(error "time.dc.$method")"
    done
    echo
    [ -z "$lines" ] || plot dc-figure2.seconds "error against seconds" <<PLOT
set title "$data: SGD, $cores threads on $cores cores"
set xlabel "seconds of training"; set ylabel "error, %"
plot $lines
PLOT
    echo
    echo "**Reading.** Virtual workers compute one after another, so they have passes but no seconds of their own. To divide by"
    echo "their number would assume a speed-up that nobody measured. So the seconds are of real threads, no more than there"
    echo "are cores. The delay of so few is small: this figure shows what a method costs, not what delay does. Seconds are of"
    echo "training alone, without loading and scoring."
}
