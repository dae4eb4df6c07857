# Ctrl-C on a terminal reaches a study and its trials at once: they write checkpoints, the exit code is 130, the message
# says how to go on, and the same command gives the table and the models of one that was not disturbed.
. "$ROOT/tests/cli/common"
a_terminal
mkfifo typed || { echo "this system has no pipes with names" && exit 77; }
export TERM=xterm
keys="$pos engine.name=sequential engine.threads=1 run.epochs=150 corpus.dev_fraction=0.2 run.checkpoint.every=400
    run.checkpoint.unit=updates"
# results TABLE: without times, which are others each time
results() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i } { $at = ""; print }' "$1"; }
models() { (cd "$1" && cksum ./*/model.safetensors); }
# checkpoints FOLDER: how many trials have one
checkpoints() { (cd "$1" 2>/dev/null && ls -d ./*/checkpoint-*.safetensors 2>/dev/null) | cut -d / -f 2 | uniq | awk 'END { print NR }'; }
nap() { sleep 0.02 2>/dev/null || sleep 1; }
# plain: of what a terminal got, the program's last word
plain() { tr '\r' '\n' | awk -v esc="$(printf '\033')" '{ sub(/^\^C/, ""); sub(esc "\\[K", "") } /^asyntrain: /'; }

# ctrl_c FOLDER COMMAND...: type it when a trial has a checkpoint
ctrl_c() {
    folder=$1
    shift
    words=''
    for word; do words="$words '$word'"; done
    rm -f ended
    {
        exec 3>typed
        while [ ! -e ended ] && [ "$(checkpoints "$folder")" -eq 0 ]; do nap; done
        printf '\003' >&3
        while [ ! -e ended ]; do nap; done
    } &
    typist=$!
    script -qec "exec $words" screen <typed >seen
    code=$?
    : >ended
    wait $typist
    echo "exit $code"
    plain <seen | sed 's/[0-9] of/N of/'
    # nobody is left behind: the folder's lock is free, and what was at work can go on
    [ "$(checkpoints "$folder")" -gt 0 ] || echo "NO TRIAL HAS A CHECKPOINT"
    ls "$folder"/*.part "$folder"/table.csv "$folder"/*-*.txt 2>/dev/null
}
# again NAME COMMAND...: the same command goes on, and all is as if it had not been disturbed
again() {
    name=$1
    shift
    "$@" >stdout 2>stderr || cat stderr
    grep 'another process' stderr
    grep -q '"event":"resumed"' "$name"/*/metrics.jsonl || echo "NO TRIAL WENT ON FROM ITS CHECKPOINT"
    results "$name/table.csv" >table
    models "$name" >table.models
    same "table" whole table
    same "models" whole.models table.models
}
# study NAME COMMAND...: undisturbed first
study() {
    name=$1
    shift
    echo "# $name"
    "$@" --quiet --out "$name-whole" >/dev/null
    results "$name-whole/table.csv" >whole
    models "$name-whole" >whole.models
    ctrl_c "$name" "$@" --out "$name"
    again "$name" "$@" --out "$name"
}
# shellcheck disable=SC2086
{
    study sweep "$A" sweep $keys optimizer.rate=0.05,0.1,0.2 --jobs 2
    study cv "$A" cv $keys --folds 3 --jobs 1
    study runs "$A" train $keys --runs 3 --jobs 2
} 2>&1
