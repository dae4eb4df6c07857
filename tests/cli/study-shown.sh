# How a study looks on a terminal of some width: no painted line is too long for it, each is cleaned away. Files
# of trials are not shown. Where there is no terminal, nothing moves.
. "$ROOT/tests/cli/common"
a_terminal
esc=$(printf '\033')
export TERM=xterm
keys="$pos engine.name=sequential engine.threads=1 run.epochs=250 corpus.dev_fraction=0.2"
# bars COLUMNS
bars() {
    awk -v width="$1" -v esc="$esc" '
        { erased = index($0, esc "[K") == 1; text = erased ? substr($0, 4) : $0 }
        open && !erased { print "A BAR IS LEFT: " last }
        { open = 0 }
        erased && text ~ /^[0-9]+\/3 ?[^ ]/ || text ~ /^[0-9]\/3$/ {
            open = 1; last = text; bars = 1
            if (length(text) >= width) print "TOO LONG: " text
            if (text ~ /running/) running = " running"
            if (text ~ /(best dev|mean test) accuracy [0-9.]+/) score = text ~ /best/ ? " best" : " mean"
            if (text ~ / left/) left = " left"
        }
        text ~ /^(reading|scoring)/ { print "A FILE IS SHOWN: " text }
        END { print width " columns:" (bars ? " a bar" : "") running score left; if (open) print "THE LAST BAR IS LEFT" }'
}
# shellcheck disable=SC2086
{
    echo "# a bar at each width"
    for width in 20 40 80; do
        rm -rf study
        seen $width "$A" sweep $keys optimizer.rate=0.05,0.1,0.2 --jobs 2 --out study >lines
        bars $width <lines
    done
    rm -rf study
    seen 80 "$A" cv $keys --folds 3 --jobs 1 --out study >lines
    bars 80 <lines
    echo "# nothing moves"
    rm -rf study
    TERM=dumb seen 80 "$A" cv $keys --folds 3 --out study | grep -c "$esc"
    rm -rf study
    "$A" cv $keys --folds 3 --out study 2>&1 | grep -c "$esc"
    rm -rf study
    seen 80 "$A" cv $keys --folds 3 --out study --quiet | grep -c "$esc"
    true
} 2>&1
