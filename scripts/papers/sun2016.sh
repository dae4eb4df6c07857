# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# sun2016: Tables 1 and 2 and Figures 1 to 3 of X. Sun (2016), "Asynchronous parallel learning for neural networks and
# structured models with dense features", COLING. Sourced by scripts/reproduce (cell, every) and its report.
# shellcheck disable=SC2046,SC2086,SC2154 # lists of assignments; what scripts/reproduce has set

# has FILE: is that corpus there? (never with --quick)
has() { [ -z "$quick" ] && [ -f "${ASYNTRAIN_CORPORA:-}/$1" ]; }

# crf_task TASK: sets config, data (what it is trained on), standin (why figures cannot be compared; empty: they can),
# sr (tokens of a mini-sample: the paper does not state them), more (assignments)
crf_task() {
    standin='' more=''
    case $1 in
    np) sr=10 config=configs/sun2016-np-crf.yaml data='CoNLL-2000, noun phrases' file=conll2000/train.txt more='run.epochs=20' ;;
    pos)
        sr=20 config=configs/wsj-pos-crf.yaml data='Wall Street Journal' file=wsj/train.txt
        has $file || { config=configs/sun2016-ewt-crf.yaml data='UD English-EWT, XPOS' file=ud-english-ewt/train.tsv standin='EWT, not WSJ'; }
        ;;
    msr)
        sr=5 config=configs/sun2016-msr-crf.yaml data='SIGHAN-2005 MSR' file=sighan2005-msr/msr_training.utf8
        has $file || {
            config=configs/sun2016-msr-partial-crf.yaml data='MSR, 19 % of the text' file=sighan2005-msr/msr_training_partial.utf8
            standin='19 % of the training text'
        }
        ;;
    pd) sr=5 config=configs/sun2016-pd98-crf.yaml data="People's Daily" file=pd98-pku/pd98_jan.txt standin="People's Daily, not MSR" ;;
    esac
    [ -z "$quick" ] || {
        standin='a sample' more='run.epochs=4'
        case $1 in
        np) config=configs/demo.yaml data='sample, chunks' ;;
        pos) config=configs/sample-pos.yaml data='sample, tags' ;;
        msr | pd) config=configs/sample-segmentation.yaml data='sample, words' ;;
        esac
    }
}
lstm_task() {
    standin='' more=''
    case $1 in
    chunk) config=configs/sun2016-chunking-lstm.yaml data='CoNLL-2000, 22 labels' file=conll2000/train.txt ;;
    pos)
        config=configs/wsj-pos-lstm.yaml data='Wall Street Journal' file=wsj/train.txt
        has $file || { config=configs/sun2016-ewt-lstm.yaml data='UD English-EWT, XPOS' file=ud-english-ewt/train.tsv standin='EWT, not WSJ'; }
        ;;
    weibo)
        config=configs/weibo-segmentation-lstm.yaml data='Weibo' file=nlpcc2016-weibo/train.txt
        has $file || { config=configs/sun2016-pd98-lstm.yaml data="People's Daily" file=pd98-pku/pd98_jan.txt standin="People's Daily, not Weibo"; }
        ;;
    esac
    [ -z "$quick" ] || {
        standin='a sample' more='run.epochs=3 optimizer.beta1=0.95 optimizer.beta2=0.95 optimizer.epsilon=1e-4'
        config=configs/sample-lstm.yaml data='sample, chunks'
    }
}
# can TASK-KIND TASK: is its corpus there? Else the target says so in its report.
can() {
    "$1_task" "$2"
    [ -n "$quick" ] || has "$file"
}
missing() { echo "($data: no $file in ASYNTRAIN_CORPORA; left out. corpora/README.md says where it comes from.)"; }

one='engine.name=sequential engine.threads=1'
asyngrad() { echo "engine.name=asyngrad engine.threads=$1"; }
# (with --quick the paper's 10 threads are 2)
ten=10
[ -z "$quick" ] || ten=2
our_threads=$cores
[ "$cores" -le 10 ] || our_threads=10

# ---- Table 1: dense-CRF

# The readings that the paper leaves open: strength 0.5 of L2 (1 is the same penalty in both), and how samples are drawn.
readings() {
    case $1 in
    np) echo 'lambda.shuffle lambda.uniform sigma.shuffle sigma.uniform' ;;
    pd) echo 'lambda.shuffle' ;;
    *) echo 'lambda.shuffle lambda.uniform' ;;
    esac
}
# crf_cells TASK READING METHOD SEEDS
crf_cells() {
    crf_task "$1"
    set -- "$1" "$2" "$3" "$4" optimizer.l2.form="${2%.*}" engine.sampling="${2#*.}"
    name=crf.$1.$3.$2 seeds_of=$4
    case $3 in
    sgd) how=beside what=$one ;;
    asyngrad*.sr) how=alone what="$(asyngrad "$(echo "$3" | tr -dc 0-9)") run.slice.size=$sr" ;;
    asyngrad*) how=alone what=$(asyngrad "${3#asyngrad}") ;;
    esac
    shift 4
    every "$seeds_of" "$name" $how train "$config" $what $more "$@"
}
# crf_times TASK: seconds a pass, with as many threads as there are cores
crf_times() {
    crf_task "$1"
    short='run.epochs=3 corpus.test='
    many=$(seeds_or 3)
    every "$many" "time.crf.$1.sgd" alone train "$config" $one $short
    every "$many" "time.crf.$1.asyngrad" alone train "$config" $(asyngrad "$our_threads") $short
    every "$many" "time.crf.$1.combined" alone train "$config" $(asyngrad "$our_threads") engine.combine.mode=auto $short
    every "$many" "time.crf.$1.sr" alone train "$config" $(asyngrad "$our_threads") run.slice.size="$sr" $short
}
cells_table1() {
    for task in np pos msr pd; do
        can crf $task || continue
        for reading in $(readings $task); do
            for method in sgd asyngrad$ten asyngrad$ten.sr; do crf_cells $task "$reading" $method "$(seeds_or 3)"; done
        done
        crf_times $task
    done
    if can crf np && [ -z "$quick" ]; then
        every "$(seeds_or 3)" best.np beside train configs/conll2000-np-crf.yaml
        every "$(seeds_or 3)" best.np.plain beside train configs/conll2000-np-crf.yaml corpus.encode=same run.decode=free run.average=0
    fi
}

# paper_crf TASK METHOD: score and seconds a pass of Table 1
paper_crf() {
    case $1.$2 in
    pos.sgd) echo 97.18 466.08 ;; pos.asyngrad) echo 97.18 108.38 ;; pos.sr) echo 97.35 25.99 ;;
    np.sgd) echo 94.55 1.92 ;; np.asyngrad) echo 94.59 0.25 ;; np.sr) echo 94.60 0.21 ;;
    *.sgd) echo 97.13 64.94 ;; *.asyngrad) echo 97.15 8.11 ;; *.sr) echo 97.22 6.59 ;;
    esac
}
crf_name() { case $1 in sgd) echo SGD ;; asyngrad) echo 'AsynGrad, 10 threads' ;; sr) echo 'AsynGrad, 10 threads, SR' ;; esac; }
crf_cell() { case $2 in sgd) echo "crf.$1.sgd.$3" ;; asyngrad) echo "crf.$1.asyngrad$ten.$3" ;; sr) echo "crf.$1.asyngrad$ten.sr.$3" ;; esac; }
# best TASK METHOD: the reading with the best mean
best() {
    for reading in $(readings "$1"); do echo "$(mean "$(crf_cell "$1" "$2" "$reading")" score) $reading"; done |
        awk 'NF > 1 && $1 > most { most = $1; best = $2 } END { print best ? best : "lambda.shuffle" }'
}
report_table1() {
    echo '## Table 1 of Sun (2016): dense-CRF'
    echo
    table table1 task data method 'paper, score' 'ours, last pass' 'ours, best pass' reading verdict 'paper, s a pass' 'ours, s a pass' threads 'times faster, a token'
    for task in pos np msr pd; do
        can crf $task || continue
        for method in sgd asyngrad sr; do
            set -- $(paper_crf $task $method)
            reading=$(best $task $method)
            cell=$(crf_cell $task $method "$reading")
            threads_here=1
            [ $method = sgd ] || threads_here=$our_threads
            row "$task" "$data" "$(crf_name $method)" "$1" "$(stat "$cell" score)" "$(stat "$cell" best)" "$(echo "$reading" | tr . ' ')" \
                "$(verdict "$1" "$(mean "$cell" score)" "$standin")" "$2" "$(stat "time.crf.$task.$method" seconds %.3g)" \
                "$threads_here" "$(faster "$2" "$(paper_tokens $task)" "time.crf.$task.$method")"
        done
    done
    echo
    echo "All readings of what the paper leaves open, score of the last pass:"
    echo
    table table1-readings task 'strength of L2' samples SGD 'AsynGrad, 10 threads' 'AsynGrad, 10 threads, SR'
    for task in pos np msr pd; do
        can crf $task || continue
        for reading in $(readings $task); do
            row "$task" "as ${reading%.*}" "${reading#*.}" "$(stat "$(crf_cell $task sgd "$reading")" score)" \
                "$(stat "$(crf_cell $task asyngrad "$reading")" score)" "$(stat "$(crf_cell $task sr "$reading")" score)"
        done
    done
    for task in pos np msr pd; do can crf $task || { echo && missing; }; done
    if can crf np && [ -z "$quick" ]; then
        echo
        echo "Our own configuration for noun phrases, configs/conll2000-np-crf.yaml, has $(stat best.np score). It learns IOBES"
        echo "labels, takes the mean of the weights and decodes by the scheme, which the paper lacks; without the three it has"
        echo "$(stat best.np.plain score)."
    fi
    echo
    echo "**Reading.** Verdicts are those of the mean of the last pass, in the best reading of each row. What the paper chose is not"
    echo "known, so that reading is found by the test score itself, which flatters. The paper does not say how many"
    echo "passes it makes (we make 20 for noun phrases, else 10), nor which pass its scores are of."
    echo "Times are of $our_threads threads on $cores cores (the paper: 10 on 12), scores of $ten threads."
    echo "The paper does not say which chunks it scores: its time and its score fit noun phrases. It leaves open how long"
    echo "a mini-sample of SR is (we take 10 tokens for noun phrases, 20 for tags, 5 characters for words), and its features:"
    echo "ours are those of configs/templates.${quick:+ These are figures of invented samples: they show that everything runs.}"
}

# ---- Table 2: Bi-LSTM

# lstm_cells TASK METHOD SEEDS
lstm_cells() {
    lstm_task "$1"
    case $2 in
    adam) every "$3" "lstm.$1.adam" beside train "$config" $one $more ;;
    asyngrad*) every "$3" "lstm.$1.$2" alone train "$config" $(asyngrad "${2#asyngrad}") $more ;;
    esac
}
lstm_times() {
    lstm_task "$1"
    short='run.epochs=2 run.average=0 corpus.test='
    every "$(seeds_or 3)" "time.lstm.$1.adam" alone train "$config" $one $short
    every "$(seeds_or 3)" "time.lstm.$1.asyngrad" alone train "$config" $(asyngrad "$our_threads") $short
    every "$(seeds_or 3)" "time.lstm.$1.combined" alone train "$config" $(asyngrad "$our_threads") engine.combine.mode=auto $short
}
cells_table2() {
    for task in chunk pos weibo; do
        can lstm $task || continue
        for method in adam asyngrad$ten; do lstm_cells $task $method "$(seeds_or 3)"; done
        lstm_times $task
    done
}
# tokens of the paper's training corpora: CoNLL-2000; WSJ 0-18; MSR and Weibo, characters
paper_tokens() { case $1 in np | chunk) echo 211727 ;; pos) echo 912344 ;; msr | pd) echo 4050469 ;; weibo) echo 419663 ;; esac; }
paper_lstm() {
    case $1.$2 in
    pos.adam) echo 96.40 2972.13 ;; pos.asyngrad) echo 96.77 793.40 ;;
    chunk.adam) echo 95.40 1750.68 ;; chunk.asyngrad) echo 95.45 465.95 ;;
    weibo.adam) echo 91.79 2198.45 ;; weibo.asyngrad) echo 91.93 607.22 ;;
    esac
}
report_table2() {
    echo '## Table 2 of Sun (2016): Bi-LSTM'
    echo
    table table2 task data method 'paper, score' 'ours, score' 'ours, accuracy' verdict 'paper, s a pass' 'ours, s a pass' threads 'times faster, a token'
    for task in pos chunk weibo; do
        can lstm $task || continue
        for method in adam asyngrad; do
            set -- $(paper_lstm $task $method)
            cell=lstm.$task.$method threads_here=1 named=Adam figure=score
            [ $method = adam ] || cell=$cell$ten threads_here=$our_threads named='AsynGrad, 10 threads'
            [ $task != chunk ] || figure=accuracy
            row "$task" "$data" "$named" "$1" "$(stat "$cell" score)" "$(stat "$cell" accuracy)" \
                "$(verdict "$1" "$(mean "$cell" $figure)" "$standin")" "$2" "$(stat "time.lstm.$task.$method" seconds %.3g)" \
                "$threads_here" "$(faster "$2" "$(paper_tokens $task)" "time.lstm.$task.$method")"
        done
    done
    for task in pos chunk weibo; do can lstm $task || { echo && missing; }; done
    echo
    echo '**Reading.** For chunking the verdict is that of the accuracy. The paper calls its figure an F-score, but the same network'
    echo 'with the same Adam has it as an accuracy, and a lower F1. An F1 of 95.4 without pre-trained embeddings would be a point above the best published of its time'
    echo '(94.46, Huang et al. 2015, with embeddings). The paper does not state the learning rate; ours, its decay, and the mean of'
    echo 'the weights after passes 4 to 10, were chosen on a tenth of the training sentences.'
}

# ---- Figure 1: R, G and W of threads

cells_figure1() {
    can crf np || return 0
    cell "trace.$our_threads" alone train "$config" $(asyngrad "$our_threads") engine.trace.pass=2 engine.trace.samples=4000 run.epochs=2 corpus.test=
}
report_figure1() {
    echo '## Figure 1 of Sun (2016): gradients that meet'
    echo
    can crf np || { missing && return; }
    [ -d "$out/cells/trace.$our_threads" ] || { echo '(not run)' && return; }
    if "$here/scripts/figure1" --gnuplot "$out/cells/trace.$our_threads/run" >"$work/figure1" 2>"$work/said"; then
        plot figure1 "R, G and W of $our_threads threads" <"$work/figure1"
    else
        sed 's/^/(/; s/$/)/' "$work/said"
    fi
    awk '/"event":"gradient"/ {
            n++
            r = index($0, "\"read_overwrite\":true"); w = index($0, "\"write_overwrite\":true")
            if (r) read++; if (w) write++; if (r || w) either++
        }
        END { printf "\nOf %d gradients, %.0f %% had a write of another thread within their reading, %.0f %% within their writing, %.0f %% in one of the two.\n",
            n, 100 * read / n, 100 * write / n, 100 * either / n }' "$out/cells/trace.$our_threads/run/trace.jsonl"
}

# ---- Figures 2 and 3: error rates, scores, speed-up

cells_figure2() {
    for task in np pos msr; do
        can crf $task || continue
        crf_cells $task lambda.shuffle sgd 1
        for n in $(threads_or '1 2 4 6 8 10'); do
            [ "$n" -eq 1 ] || crf_cells $task lambda.shuffle "asyngrad$n" 1
        done
        crf_cells $task lambda.shuffle asyngrad$ten 1
        crf_cells $task lambda.shuffle asyngrad$ten.sr 1
        crf_task $task
        other_rates crf.$task
        cell "bench.crf.$task" alone bench "$config" --modes sequential,asyngrad,combined,round-robin,minibatch \
            --threads "$(seq -s, 1 "$our_threads")" --repeats "$(seeds_or 3)" run.epochs=3 corpus.test=
    done
}
# other_rates NAME: the cells of other ways to count, with $config
counted() { if [ -n "$quick" ]; then echo 2; else echo '2 4 10'; fi; }
other_rates() {
    for n in $(counted); do
        cell "blocks.$1.$n.s1" alone train "$config" $(asyngrad "$n") engine.tracker=blocks run.epochs=2 run.average=0 corpus.test= run.seed=1
        cell "interleaved.$1.$n.s1" beside train "$config" engine.name=simulated engine.threads=1 engine.workers="$n" \
            engine.delay.law=interleaved run.epochs=2 run.average=0 corpus.test= run.seed=1
    done
}
cells_figure3() {
    for task in chunk pos weibo; do
        can lstm $task || continue
        lstm_cells $task adam 1
        lstm_cells $task asyngrad$ten 1
        lstm_task $task
        for n in $(threads_or '1 2 4 6 8 10'); do
            [ "$n" -eq 1 ] || [ "$n" -eq $ten ] ||
                cell "errors.lstm.$task.$n.s1" alone train "$config" $(asyngrad "$n") run.epochs=2 run.average=0 corpus.test= run.seed=1
        done
        other_rates lstm.$task
        cell "bench.lstm.$task" alone bench "$config" --modes sequential,asyngrad,combined,round-robin,minibatch \
            --threads "$(seq -s, 1 "$our_threads")" --repeats "$(seeds_or 3)" run.epochs=2 run.average=0 corpus.test=
    done
}

# series CELL: epochs.tsv of one cell
series() { awk -F '\t' -v name="$1" '$1 == name' "$out/epochs.tsv"; }
# figure NUMBER KIND TASK BASE ASYNGRAD-CELL BASE-CELL [SR-CELL]: the plots of one task; $errors has `THREADS CELL` lines
figure() {
    file=figure$1.$3
    echo "### $data"
    echo
    table "$file.errors" threads 'gradients in error, at most, %' 'at least, %' 'of those that kept their core, %' 'lost their core, %'
    while read -r n cell; do
        row "$n" "$(stat "$cell" errors %.1f)" "$(stat "$cell" errors_least %.1f)" "$(stat "$cell" errors_ran_through %.1f)" \
            "$(stat "$cell" preempted %.1f)"
    done <"$work/errors"
    echo
    echo
    table "$file.counted" 'threads, workers' 'in error by stamps of blocks, %' 'without blocks that all have, %' \
        'interleaved: in error, %' 'interleaved: lost updates of 100 gradients'
    for n in $(counted); do
        row "$n" "$(stat "blocks.$2.$3.$n" errors %.1f)" "$(stat "blocks.$2.$3.$n" errors_other %.1f)" \
            "$(stat "interleaved.$2.$3.$n" errors %.1f)" "$(stat "interleaved.$2.$3.$n" lost %.1f)"
    done
    echo
    while read -r n cell; do
        echo "$n $(mean "$cell" errors) $(mean "$cell" errors_least) $(mean "$cell" errors_ran_through)"
    done <"$work/errors" >"$out/plots/$file.rates.dat"
    plot "$file.rates" "error rate against threads" <<PLOT
set title "$data: gradients in error against threads, $cores cores"
set xlabel "threads"; set ylabel "gradients in error (%)"; set yrange [0:105]; set xtics 1
plot "$file.rates.dat" using 1:2 with linespoints title "at most", "" using 1:3 with linespoints title "at least", \\
    "" using 1:4 with linespoints title "that kept their core"
PLOT
    # of the threads of the run with the most: mean, least and most of the passes
    awk -F '\t' -v name="$5.s1" '$1 == name { print $3, $2, $4 }' "$out/threads.tsv" | sort -n >"$out/plots/$file.threads.dat"
    awk '{ if (!($1 in n) || $3 < least[$1]) least[$1] = $3; if (!($1 in n) || $3 > most[$1]) most[$1] = $3; sum[$1] += $3; n[$1]++ }
        END { for (k = 1; k in n; k++) print k, sum[k] / n[k], least[k], most[k] }' "$out/plots/$file.threads.dat" >"$out/plots/$file.row1.dat"
    plot "$file.row1" "error rate of each thread" <<PLOT
set title "$data: gradients in error, $ten threads on $cores cores"
set xlabel "thread"; set ylabel "gradients in error (%)"; set yrange [0:105]; set xtics 1; set xrange [0.5:$ten.5]
plot "$file.row1.dat" using 1:2:3:4 with yerrorbars title "mean, least, most\nof the passes"
PLOT
    # row 2: score against pass
    series "$6.s1" >"$out/plots/$file.base.dat"
    series "$5.s1" >"$out/plots/$file.asyngrad.dat"
    also=''
    [ -z "${7:-}" ] || { series "$7.s1" >"$out/plots/$file.sr.dat" && also=", '$file.sr.dat' using 2:4 with linespoints title 'AsynGrad, SR'"; }
    plot "$file.row2" "score against pass" <<PLOT
set datafile separator "\t"
set title "$data: score against pass"
set xlabel "pass"; set ylabel "score (%)"; set xtics 1
plot "$file.base.dat" using 2:4 with linespoints title "$4", "$file.asyngrad.dat" using 2:4 with linespoints title "AsynGrad, $ten threads"$also
PLOT
    # row 3: speed-up against threads
    echo
    speedup "$file" "$2.$3"
    echo
}
# speedup FILE BENCH: the table and the plot of a cell of bench, and what a model expects of more threads
speedup() {
    bench=$out/cells/bench.$2/bench.csv
    [ -f "$bench" ] || { echo '(speed-up: not run)' && return; }
    "$here/scripts/scaling" "$bench" >"$work/scaling"
    grep '^|' "$work/scaling"
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { mode = $at["mode"]; gsub(/"/, "", mode); print mode, $at["threads"], $at["speedup"] }' "$bench" |
        awk '{ k = $1 " " $2; v[k] = v[k] " " $3; if (!(k in n)) order[++m] = k; n[k]++ }
            END { for (i = 1; i <= m; i++) { c = split(v[order[i]], x, " "); for (a = 2; a <= c; a++) for (b = a; b > 1 && x[b - 1] > x[b]; b--) { t = x[b]; x[b] = x[b - 1]; x[b - 1] = t }
                print order[i], (x[int((c + 1) / 2)] + x[int(c / 2) + 1]) / 2, x[1], x[c] } }' >"$out/plots/$1.row3.dat"
    lines=''
    for mode in asyngrad combined round-robin minibatch; do
        lines="$lines${lines:+, }'< grep \"^$mode \" $1.row3.dat' using 2:3:4:5 with yerrorlines title '$mode'"
    done
    echo
    plot "$1.row3" "speed-up against threads" <<PLOT
set title "$data: speed-up against threads, $cores cores"
set xlabel "threads"; set ylabel "speed-up over one sequential thread"; set xtics 1; set xrange [0.8:$our_threads + 0.2]; set yrange [0:$our_threads + 0.2]
plot $lines, x with lines dt 3 title "as many times"
PLOT
}
report_figure2() {
    echo '## Figure 2 of Sun (2016): dense-CRF, error rates, scores, speed-up'
    echo
    echo "Threads beyond the $cores cores of this machine count for errors and scores; the speed-up ends at $our_threads threads."
    for task in np pos msr; do
        can crf $task || { missing && continue; }
        {
            echo "1 crf.$task.sgd.lambda.shuffle"
            for n in $(threads_or '1 2 4 6 8 10'); do [ "$n" -eq 1 ] || echo "$n crf.$task.asyngrad$n.lambda.shuffle"; done
        } >"$work/errors"
        echo
        figure 2 crf $task SGD "crf.$task.asyngrad$ten.lambda.shuffle" "crf.$task.sgd.lambda.shuffle" "crf.$task.asyngrad$ten.sr.lambda.shuffle"
    done
    errors_reading
}
report_figure3() {
    echo '## Figure 3 of Sun (2016): Bi-LSTM, error rates, scores, speed-up'
    echo
    for task in chunk pos weibo; do
        can lstm $task || { missing && continue; }
        {
            echo "1 lstm.$task.adam"
            for n in $(threads_or '1 2 4 6 8 10'); do
                if [ "$n" -eq $ten ]; then echo "$n lstm.$task.asyngrad$n"; elif [ "$n" -ne 1 ]; then echo "$n errors.lstm.$task.$n"; fi
            done
        } >"$work/errors"
        echo
        figure 3 lstm $task Adam "lstm.$task.asyngrad$ten" "lstm.$task.adam"
    done
    errors_reading
}
errors_reading() {
    echo '**Reading.** With more threads than cores, a thread may lose its core while it writes; then every gradient that runs'
    echo 'meanwhile meets that write in time, though nothing is stored. So the rate has two bounds, and a rate of the gradients'
    echo 'that kept their core. The paper has over 90 % for the LSTM at 10 threads on 12 cores, and less for CRFs; what it counted'
    echo 'is not said. Overlap in time cannot give this picture: workers that really run side by side (law interleaved) are all'
    echo 'in error, as every sentence writes the label transitions, and any two sentences share some frequent feature. Lost'
    echo 'updates come nearer to it ([probes](internals/probes.md#more-threads-than-cores)). Stamps and overlap are of different'
    echo 'runs here, so the one may lie outside of the bounds of the other.'
    [ ! -s "$work/scaling" ] || { echo && echo '**Speed-up.** As scripts/scaling says:' && grep -v '^|' "$work/scaling" | sed '/^$/d'; }
}

# ---- speed

cells_speed() {
    for task in np pos msr; do can crf $task && crf_times $task; done
    for task in chunk pos weibo; do can lstm $task && lstm_times $task; done
    :
}
report_speed() {
    echo "## Speed: seconds a pass beside Sun (2016), and speed-up over one thread"
    echo
    table speed model data 'paper, 1 thread' 'ours, 1 thread' 'times faster, a token' "ours, $our_threads threads" 'speed-up' "combined, $our_threads threads" 'speed-up'
    for of in crf.np crf.pos crf.msr lstm.chunk lstm.pos lstm.weibo; do
        kind=${of%.*} task=${of#*.} base=sgd model=dense-CRF
        [ "$kind" = crf ] || base=adam model=Bi-LSTM
        can "$kind" "$task" || continue
        set -- $("paper_$kind" "$task" $base)
        row "$model" "$data" "$2" "$(stat "time.$of.$base" seconds %.3g)" "$(faster "$2" "$(paper_tokens "$task")" "time.$of.$base")" \
            "$(stat "time.$of.asyngrad" seconds %.3g)" "$(ratio "time.$of" asyngrad $base)" \
            "$(stat "time.$of.combined" seconds %.3g)" "$(ratio "time.$of" combined $base)"
    done
    echo
    echo "**Reading.** Other data stand in for three of the six (Tables 1 and 2 name them), so their times are not those of the same work;"
    echo "a machine of 2016 beside one of today is no comparison of programs. Speed-up is over our own sequential thread."
}
ratio() { awk -v a="$(mean "$1.$3" seconds)" -v b="$(mean "$1.$2" seconds)" 'BEGIN { if (a > 0 && b > 0) printf "%.2f", a / b }'; }
