# Configurations that are no configuration: each is refused in one line, in less than a second of the processor and with
# little more memory than a right one needs; and a sample of wrong values (tests/unit/bad_values.c has them all).
. "$ROOT/tests/cli/common"
ulimit -t 1
# What the program itself needs, in KiB of addresses, and for its input 16 MB more.
printf 'corpus: {train: x}\nfeatures: {template: x}\noptimizer: {rate: 1}\n' >base.yaml
echo 'corpus: {train: 1' >short.yaml
room=16384
while [ $room -lt 16000000 ]; do
    (ulimit -v $room && "$A" check short.yaml) >/dev/null 2>&1
    [ $? -ne 2 ] || break
    room=$((room + 16384))
done
(ulimit -v $((room + 16384))) 2>/dev/null && ulimit -v $((room + 16384))

# often N TEXT: TEXT N times, in one line
often() { awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", text }'; }
count=0
# bomb WHAT: the file x.yaml
bomb() {
    count=$((count + 1))
    "$A" check base.yaml x.yaml >stdout 2>stderr </dev/null
    code=$?
    [ $code -eq 2 ] && [ "$(awk 'END { print NR }' stderr)" -eq 1 ] && [ ! -s stdout ] || echo "EXIT $code, $(wc -l <stderr) lines:"
    printf '%d. %s: %s\n' $count "$1" "$(sed -e 's/\([^ ]\)\1\{19,\}/\1\1\1.../g' -e 's/^asyntrain: //' stderr)"
}
echo "# bombs"
{
    echo 'a: &a [x, x, x, x, x, x, x, x, x]'
    awk 'BEGIN { for (i = 98; i < 107; i++) { c = sprintf("%c", i); p = sprintf("%c", i - 1); printf "%s: &%s [", c, c
        for (k = 0; k < 9; k++) printf "%s*%s", k ? ", " : "", p; print "]" } }'
} >x.yaml
bomb "a billion laughs"
echo 'run: &a {epochs: *a}' >x.yaml
bomb "an anchor within itself"
printf 'base: {a: 1}\nrun:\n  <<: *base\n' >x.yaml
bomb "a merge of what was not said"
printf 'run:\n  <<: {epochs: 2}\n' >x.yaml
bomb "a merge of a map"
awk 'BEGIN { for (i = 0; i < 300; i++) { for (k = 0; k < i; k++) printf " "; print "a:" } }' >x.yaml
bomb "maps, 300 deep, by indentation"
{ often 50000 '{a: '; } >x.yaml
bomb "maps, 50,000 deep, in brackets"
{ printf 'run: {epochs: '; often 200000 '['; } >x.yaml
bomb "lists, 200,000 deep, in brackets"
{ printf 'run:\n  epochs:\n    '; often 100000 '- '; echo a; } >x.yaml
bomb "lists, 100,000 deep, by indentation"
{ often 50000 '? '; echo; } >x.yaml
bomb "keys of keys"
{ printf 'run: {epochs: '; often 200000 9; echo '}'; } >x.yaml
bomb "an integer of 200,000 digits"
{ often 200000 k; echo ': 1'; } >x.yaml
bomb "a key of 200,000 letters"
awk 'BEGIN { print "run:"; for (i = 0; i < 20000; i++) print " k" i ":" }' >x.yaml
bomb "20,000 keys"
awk 'BEGIN { print "run:"; for (i = 0; i < 20000; i++) print "  epochs: 1" }' >x.yaml
bomb "one key, 20,000 times"
{ printf 'corpus: {train: ['; often 60000 'a, '; echo 'a]}'; } >x.yaml
bomb "a list of 60,001 items"
{ printf 'run: {epochs: 1}\n'; awk 'BEGIN { for (i = 0; i < 60000; i++) print "---" }'; } >x.yaml
bomb "60,000 documents"
{ printf 'run:\n  epochs: |\n'; awk 'BEGIN { for (i = 0; i < 4000; i++) print "    a line of a block scalar that is no number, 56 bytes" }'; } >x.yaml
bomb "a block of 4000 lines"
{ awk 'BEGIN { for (i = 0; i < 4000; i++) print "# a comment of some length, and of no use to anybody here" }'; echo 'run: {epochs: x}'; } >x.yaml
bomb "a fault behind 4000 lines of comment"
printf 'run:\n\tepochs: 1\n' >x.yaml
bomb "tabs"
printf 'run: {epochs: !!python/object/apply:os.system ["true"]}\n' >x.yaml
bomb "a tag"
printf 'run: {epochs: !!int "1"}\n' >x.yaml
bomb "a tag of the type that it is"
printf '%%YAML 9.9\n---\nrun: {epochs: 1}\n' >x.yaml
bomb "another YAML"
printf '%%TAG ! tag:example.org,2000:\n---\nrun: !x {epochs: 1}\n' >x.yaml
bomb "a tag's prefix"
printf 'run: {"epo\\0chs": 1}\n' >x.yaml
bomb "a key with a zero"
printf 'run: {epochs: "\\x07\\e[31m"}\n' >x.yaml
bomb "a value that commands a terminal"
{ printf 'run: {epochs: "'; often 200000 a; } >x.yaml
bomb "a quote without an end"
{ often 80000 'a: '; } >x.yaml
bomb "colons"
{ often 262145 '#'; } >x.yaml
bomb "a byte more than 256 KiB"
rm x.yaml
ln -s /dev/zero x.yaml
bomb "/dev/zero"
rm x.yaml
printf '\377\376r\000u\000n\000' >x.yaml
bomb "UTF-16"
printf 'run: {epochs: 1}\n\000\n' >x.yaml
bomb "a zero behind all"
echo "$count bombs"

echo "# values"
rm x.yaml
count=0
value() {
    count=$((count + 1))
    "$A" check "$pos" "$@" >stdout 2>stderr </dev/null
    code=$?
    [ $code -eq 2 ] && [ "$(awk 'END { print NR }' stderr)" -eq 1 ] && [ ! -s stdout ] || echo "EXIT $code, $(wc -l <stderr) lines:"
    sed 's/^asyntrain: //' stderr
}
for text in run.epochs= run.epochs=-1 run.epochs=1e3 run.epochs=0x10 run.epochs=0o17 run.epochs=1_000 'run.epochs=1 2' \
    run.epochs=99999999999999999999 'run.epochs=[1]' 'run.epochs={a: 1}' 'run.epochs="1' optimizer.rate=nan optimizer.rate=.inf \
    optimizer.rate=1e999 optimizer.rate=0x1p3 optimizer.rate=1,5 optimizer.rate=-1 optimizer.rate= optimizer.rate=0.1f engine.pin=yes \
    engine.pin=TRUE engine.name=Sequential engine.name= 'engine.name=[asyngrad]' model.name=crf engine.tracker=BLOCKS \
    'engine.tracker=auto|off' 'corpus.train=${NO_SUCH_VARIABLE}/x' 'corpus.train=~/x' 'corpus.train=${' 'corpus.train=[[x]]' \
    'corpus.train={a: 1}' run.epoch=1 epochs=1 .=1 run.=1 .epochs=1 run.epochs run..epochs=1 Run.epochs=1 \
    'run.epochs=1 # one' "run.epochs=$(printf '1\n2')" 'run={epochs: 1}'; do
    value "$text"
done
value "$(printf 'run.epochs=\377')"
echo "$count values"
