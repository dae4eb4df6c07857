# scripts/bench-nightly. But for the last runs the program is one of our own making, whose figures are made up: the
# speeds of its runs are the lines of the file `speeds`, one after the other (1000 from their end on), its score is in
# the file `score`, and before each run it does what the file `hook` says.
. "$ROOT/tests/cli/common"
real=$A
GIT_CEILING_DIRECTORIES=$PWD && export GIT_CEILING_DIRECTORIES
mkdir bin
cat >bin/asyntrain <<'END'
#!/bin/sh
[ "$1" != version ] || { echo "asyntrain 0.1.0 (real: float, kernel: $(cat kernel))" && exit; }
[ ! -s hook ] || . ./hook
while [ "$1" != --out ]; do shift; done
mkdir -p "$2"
speed=$(sed -n 1p speeds) && sed 1d speeds >speeds.rest && mv speeds.rest speeds
awk -v speed="${speed:-1000}" -v score="$(cat score)" 'BEGIN {
    print "{\"event\":\"run\",\"threads\":1,\"train\":{\"sentences\":9,\"tokens\":1000},\"load_seconds\":0.5}"
    # the first epoch reads fresh memory, and does not count
    for (k = 1; k <= 4; k++) {
        s = 1000 / speed * (k == 1 ? 3 : 1)
        printf "{\"event\":\"epoch\",\"seconds\":%.9g,\"cpu_seconds\":%.9g,\"tokens_per_second\":%.9g,", 2 * s, s, 500 / s
        print "\"threads\":[{\"seconds\":77,\"cpu_seconds\":77}]}"
    }
    printf "{\"event\":\"summary\",\"test\":{\"accuracy\":99,\"f1\":%s},\"cpu_seconds\":9}\n", score }' >"$2/metrics.jsonl"
END
chmod +x bin/asyntrain
ASYNTRAIN=$PWD/bin/asyntrain && export ASYNTRAIN
echo plain >kernel
echo 93.5 >score
: >speeds
: >hook
script=$ROOT/scripts/bench-nightly
# night WHAT...: the script, on row `made`; its process is in the file `pid`
night() {
    sh -c 'echo $$ >pid; exec sh "$@"' sh "$script" --history h.jsonl --repeats 3 --pause 0 --machine here "$@" >out 2>err
    echo $? >code
    sed 's/[0-9]* cores$/N cores/' out
    cat err
    [ "$(cat code)" = 0 ] || echo "exit $(cat code)"
}
# lines FILE: how many, and what is wrong with them
lines() {
    echo "$1: $(wc -l <"$1" | tr -d ' ') lines"
    grep -Evn '^\{"time":"[-0-9]*T[0-9:]*Z","commit":"0.1.0","version":"0.1.0",("compiler":"[^"]*",)?"host":"[a-z]*","processor":"[^"]*","cores":[0-9]*,"real":"float","kernel":"[a-z0-9]*","row":"[^"]*","repeats":3,"measured":[12],"tokens_per_second":[0-9.e+]*,"tokens_per_second_least":[0-9.e+]*,"tokens_per_second_most":[0-9.e+]*,"tokens_per_second_noise":[0-9.e+]*,"seconds":[^}]*,"cpu_seconds":[^}]*,"score":[^{}]*\}$' "$1"
    [ -z "$(tail -c 1 "$1")" ] || echo "NO NEWLINE AT THE END"
}
# only NAME VALUE...: of a line on standard input
only() { for name; do sed -n "s/.*\"$name\":\"*\\([^,\"}]*\\).*/\\1/p" last; done | paste -sd ' ' -; }
last() { tail -n 1 h.jsonl >last && only "$@"; }
# slow SPEED N: the next N runs have it
slow() { for _ in $(seq "$2"); do echo "$1"; done >speeds; }

echo "# 20 quiet nights: each repeat is off by up to 3 %"
awk 'BEGIN { x = 7; for (i = 0; i < 60; i++) { x = (x * 1103 + 12345) % 65536; print 1000 * (0.97 + 0.06 * x / 65535) } }' >speeds
for _ in $(seq 20); do night a/made.yaml; done
lines h.jsonl
grep -c '"measured":1' h.jsonl
echo "# the figures of a line: the median epoch without the first, of CPU seconds; score"
printf '%s\n' 990 1000 1040 >speeds
night made.yaml
last row repeats tokens_per_second tokens_per_second_least tokens_per_second_most tokens_per_second_noise seconds cpu_seconds score
echo "# a slowdown of 30 %"
cp h.jsonl quiet
slow 700 6
night made.yaml
last tokens_per_second measured
echo "# it is found for four nights more; then it is the new speed"
for _ in 2 3 4 5 6; do
    slow 700 6
    night made.yaml | tail -n 1
done
cp quiet h.jsonl
echo "# a bad moment: measured again, and no alarm"
slow 700 3
night made.yaml
last tokens_per_second measured
echo "# a second bad measurement that the program does not survive: the first one counts"
slow 700 3
cat >hook <<'END'
[ -s speeds ] || { echo "error: no threads" >&2; exit 8; }
END
night made.yaml
: >hook
lines h.jsonl

echo "# scores: a range that was given, and one that the history gives"
cp quiet h.jsonl
night made.yaml:90-93
echo "# a range upside down"
night made.yaml:94-93
night made.yaml:93-94
echo 92.9 >score
night made.yaml:80-95
night made.yaml
echo 93.1 >score
night --report made.yaml
echo 93.5 >score

echo "# other machines, kernels and rows are not compared with"
cp quiet h.jsonl
for _ in 1 2 3; do
    slow 9000 3
    night --machine there made.yaml
    slow 9000 3
    night other.yaml
    slow 9000 3
    echo avx2 >kernel
    night made.yaml
    echo plain >kernel
done
night --report made.yaml
lines h.jsonl

echo "# clocks jump: the order is that of the file"
sed 's/"time":"[0-9]*/"time":"2093/' quiet >h.jsonl
printf '#!/bin/sh\n[ "$1" != -u ] || shift\ncase $1 in +%%s) echo 9 ;; *) echo 1970-01-01T00:00:09Z ;; esac\n' >bin/date
chmod +x bin/date
(PATH=$PWD/bin:$PATH night made.yaml)
last time
slow 700 6
(PATH=$PWD/bin:$PATH night made.yaml | tail -n 2)
lines h.jsonl

echo "# a last line that is torn, that lacks its end only, and one of zeros"
cp quiet h.jsonl
head -c 300 quiet >>h.jsonl
night made.yaml
lines h.jsonl
head -n 1 quiet | tr -d '\n' >>h.jsonl
night made.yaml
lines h.jsonl
head -c 50 /dev/zero >>h.jsonl
night made.yaml
lines h.jsonl

# where there is no flock: all that the script needs, and no more
mkdir tools
for tool in awk basename cat chmod cp cut date dd dirname grep head ln ls mkdir mktemp mv nproc paste readlink rm rmdir \
    sed seq sh sleep sort sync tail tr uname uniq wc; do
    at=$(command -v $tool) && ln -s "$at" tools/$tool
done
# both COMMAND...: with flock, where there is one, and without
both() {
    "$@"
    (PATH=$PWD/tools && "$@")
}
at_once() {
    cp quiet h.jsonl
    cat >hook <<'END'
: >hook
sh "$SCRIPT" --history h.jsonl --repeats 3 --pause 0 --machine here --wait 0 second.yaml >second.out 2>&1
echo "exit $?" >>second.out
sh "$SCRIPT" --history h.jsonl --repeats 3 --pause 0 --machine here third.yaml fourth.yaml >third.out 2>&1 &
echo $! >third
END
    SCRIPT=$script night made.yaml
    while kill -0 "$(cat third)" 2>/dev/null; do sleep 0.1; done
    cat second.out third.out
    lines h.jsonl
    sed 1,21d h.jsonl >last
    only row
    ls h.jsonl.*
}
echo "# two at once: one waits, or gives up"
both at_once

# killed WHERE: what the script needs next kills it; then a night is as ever
killed() {
    cp quiet h.jsonl
    (PATH=$PWD/kill:$PATH && night made.yaml 2>/dev/null) >said 2>&1
    [ "$(cat code)" = 137 ] || echo "NOT KILLED: $(cat code)"
    : >hook
    rm -f kill/*
    night made.yaml
    lines h.jsonl
}
mkdir kill
kill_at() {
    echo 'kill -9 $(cat pid)' >hook
    killed
    for tool in date tail; do
        printf '#!/bin/sh\nkill -9 $(cat pid)\n' >kill/$tool && chmod +x kill/$tool
        killed
    done
    # in the middle of the line
    cat >kill/cat <<END
#!/bin/sh
PATH=$PATH
case \$1 in */new) head -c 333 "\$1" && kill -9 \$(cat pid) ;; *) cat "\$@" ;; esac
END
    chmod +x kill/cat
    killed
    # when the line is there
    printf '#!/bin/sh\nkill -9 $(cat pid)\n' >kill/sync && chmod +x kill/sync
    killed
}
echo "# killed while the program runs, when it has measured, as it begins, within a line, and when the line is there"
both kill_at

echo "# a disk that is full within the line"
while [ "$(wc -c <h.jsonl)" -lt 32000 ]; do cat quiet >>h.jsonl; done
while [ "$(wc -c <h.jsonl)" -ge 32760 ]; do sed '$d' h.jsonl >h && mv h h.jsonl; done
cp h.jsonl before
blocks=$(($(wc -c <before) / 512 + 1))
(ulimit -f $blocks && night made.yaml)
same "the history" before h.jsonl

echo "# a disk that is full before that"
cp quiet h.jsonl
cat >hook <<'END'
for folder in asyntrain-nightly-*; do ln -sf /none/line "$folder/1.line"; done
END
night made.yaml
: >hook
same "the history" quiet h.jsonl

echo "# a history that cannot be written"
mkdir folder
night --history folder made.yaml
night --history quiet/h.jsonl made.yaml 2>&1 | sed 's/: mkdir.*/: .../'
night --history /dev/full made.yaml
# (nor by root; where there is no such file this is not tried)
if [ -e /proc/version ]; then
    night --history /proc/version made.yaml 2>&1 | sed 's/written: .*/written: .../'
else
    printf '%s\n' 'bench-nightly: /proc/version and /proc/version.lock cannot be written: ...' 'exit 5'
fi

echo "# what the program says; the other row has its line"
cp quiet h.jsonl
cat >hook <<'END'
case $2 in bad.yaml) echo "error: bad.yaml:3: no key 'epoch'" >&2; exit 2 ;; esac
END
night bad.yaml made.yaml
lines h.jsonl
: >hook

echo "# Prometheus"
cp quiet h.jsonl
slow 700 6
night --prometheus p.prom made.yaml >/dev/null
sed 's/timestamp_seconds [0-9]*$/timestamp_seconds N/' p.prom
night --prometheus none/p.prom made.yaml 2>&1
echo "# pictures"
if command -v gnuplot >/dev/null; then
    night --plot p.svg made.yaml 'a "b".yaml'
    grep -c '<svg' p.svg
else
    echo 1
fi
(PATH=$PWD/tools && night --plot q.svg made.yaml)
find . -name '*.[0-9]*' -o -name 'q.svg' -o -name 'asyntrain-nightly-*' -newer p.prom

echo "# usage"
for words in --histroy --history '--repeats 0' '--repeats many' '--plot p.gif' '--quick made.yaml' 'a/x.yaml b/x.yaml'; do
    # shellcheck disable=SC2086 # words
    night $words 2>&1 | head -n 1
    echo "exit $(cat code)"
done
(ASYNTRAIN=/none/asyntrain && night made.yaml)

echo "# the program itself"
ASYNTRAIN=$real
sh "$script" --quick --history real.jsonl
echo "exit $?"
sed 's/.*"row":"\([^"]*\)".*"tokens_per_second":[1-9].*/\1/' real.jsonl | grep -v -e -2-threads
