# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# report: what the papers' reports share: figures of cells over seeds, verdicts, tables as CSV, plots by gnuplot.
# Sourced by scripts/reproduce, whose $out, $here, $cores and $quick it uses.
# shellcheck disable=SC2154

# stat NAME FIELD [FORMAT]: mean (least - most) over the seeds NAME.s1 …; of one seed the number; empty without any
stat() {
    awk -F '\t' -v name="$1" -v field="$2" -v f="${3:-%.2f}" '
        { of = $1; sub(/\.s[0-9]+$/, "", of) }
        of != name { next }
        $2 == "diverged" { diverged++ }
        $2 == field { x = $3 + 0; sum += x; if (!n++ || x < least) least = x; if (n == 1 || x > most) most = x }
        END {
            if (n > 1) printf f " (" f " - " f ")", sum / n, least, most
            else if (n) printf f, sum
            if (diverged) printf "%s%d of %d diverged", n ? ", " : "", diverged, n + diverged
        }' "$out/cells.tsv"
}
# mean NAME FIELD: the mean alone, empty without any
mean() {
    awk -F '\t' -v name="$1" -v field="$2" '{ of = $1; sub(/\.s[0-9]+$/, "", of) }
        of == name && $2 == field { sum += $3; n++ } END { if (n) printf "%.9g", sum / n }' "$out/cells.tsv"
}
# verdict PAPER OURS [REASON]: of a score; with REASON the two cannot be compared, which is said
verdict() {
    if [ -z "$2" ]; then
        echo "not run"
    elif [ -n "${3:-}" ]; then
        echo "not comparable: $3"
    else
        awk -v paper="$1" -v ours="$2" 'BEGIN {
            gap = paper - sprintf("%.2f", ours)
            if (gap <= 0.0001) print "reached"; else printf "short by %.2f\n", gap }'
    fi
}
# faster SECONDS TOKENS NAME: how many times less time a token takes in cells NAME than in the paper, whose pass over TOKENS
# takes SECONDS; nothing of samples
faster() {
    [ -z "$quick" ] || return 0
    awk -v s="$1" -v n="$2" -v ours="$(mean "$3" seconds)" -v tokens="$(mean "$3" tokens)" \
        'BEGIN { if (ours > 0) printf "%.3g", s / n / (ours / tokens) }'
}

# table NAME COLUMN...: begin a table of the report, and of DIR/tables/NAME.csv; row FIELD...: one line of both
table() {
    csv=$out/tables/$1.csv
    shift
    : >"$csv"
    row "$@"
    echo "$line" | sed 's/[^|][^|]*|/ --- |/g'
}
row() {
    line='|' record=''
    for field; do
        line="$line $field |"
        record="$record${record:+,}\"$(echo "$field" | sed 's/"/""/g')\""
    done
    echo "$line"
    echo "$record" >>"$csv"
}

# plot NAME TITLE: gnuplot's commands on standard input, drawn as DIR/plots/NAME.svg and .png; a line of the report shows it.
# Lines differ by dashes and points, so that they can be told apart in black and white.
plot() {
    cat >"$out/plots/$1.gp"
    if ! command -v gnuplot >/dev/null; then
        echo "(No plot of $2: gnuplot is not installed; Debian: apt-get install gnuplot-nox)"
        return
    fi
    for format in svg png; do
        terminal='svg size 720,450 font "sans,12" background "white"'
        [ $format = svg ] || terminal='pngcairo size 1080,675 font "sans,14" background "white"'
        if (cd "$out/plots" && {
            echo "set terminal $terminal; set output '$1.new'; set key outside right; set grid"
            echo 'do for [i = 1:8] { set linetype i linecolor "black" dashtype i pointtype int(word("4 6 8 10 12 5 7 2", i)) pointsize 1.2 linewidth 1.5 }'
            cat "$1.gp"
        } | gnuplot 2>"$1.log"); then
            mv "$out/plots/$1.new" "$out/plots/$1.$format"
        else
            echo "(gnuplot could not draw $1.$format: $(tail -n 1 "$out/plots/$1.log"))"
        fi
        rm -f "$out/plots/$1.log" "$out/plots/$1.new"
    done
    echo "![$2](plots/$1.svg)"
}
