# tag answers a sentence when it is complete, not when the input ends.
. "$ROOT/tests/cli/common"
train chunk "$chunk" run.epochs=1
train seg "$seg" run.epochs=1

# stream MODEL FILE LINES OPTION...: write the first LINES lines of FILE, wait for their answer, then write the rest
stream() {
    model=$1 file=$2 lines=$3
    shift 3
    echo "# $model${*:+ $*}"
    rm -f in && mkfifo in
    : >answer
    "$A" tag "$model" in "$@" >answer 2>message &
    tagger=$!
    exec 3>in
    head -n "$lines" "$file" >&3
    tries=0
    while [ "$(wc -l <answer)" -lt "$lines" ] && [ $tries -lt 100 ]; do
        sleep 0.05 2>/dev/null || sleep 1
        tries=$((tries + 1))
    done
    if [ "$(wc -l <answer)" -eq "$lines" ]; then echo "answered while the input is open"; else echo "NO ANSWER"; fi
    kill -0 $tagger 2>/dev/null || echo "TAGGER IS GONE"
    sed "1,${lines}d" "$file" >&3
    exec 3>&-
    wait $tagger
    echo "exit $?"
    sed "s/^/    /" message
    "$A" tag "$model" "$file" >whole 2>message
    same "answers" answer whole
}

head -n 60 "$corpora/chunk-test.conll" >conll
stream chunk conll "$(awk '!NF { print NR; exit }' conll)"
head -n 5 "$corpora/seg-test.txt" >lines
stream seg lines 1
stream chunk conll "$(awk '!NF { print NR; exit }' conll)" --threads 3
stream seg lines 1 --threads 2

echo "# a fault after a pause: what came before is answered, and it is told"
first=$(awk '!NF { print NR; exit }' conll)
{ head -n "$first" conll && printf 'onlyoneword\n\nab cd NP\n\n'; } >bad
for threads in 1 2 4; do stream chunk bad "$first" --threads $threads; done

echo "# the reader goes away"
trap '' PIPE # no signal: the write fails
(for k in 1 2 3 4 5 6 7 8 9; do cat "$corpora/chunk-train.conll"; done; echo) >long
{ "$A" tag chunk long 2>message; echo "exit $?" >code; } | head -n 1 >/dev/null
cat code message
