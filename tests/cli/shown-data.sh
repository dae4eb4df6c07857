# Data that repeat what a corpus or a path says: in files and pipes byte for byte, on a terminal as text that commands
# nothing. Every verb that prints any.
. "$ROOT/tests/cli/common"
a_terminal
few="corpus.train=hostile corpus.test=hostile corpus.columns=[word,pos] corpus.label=pos features.template=plain.tpl"
few="$few engine.name=sequential engine.threads=1"
esc=$(printf '\033') turn=$(printf '\342\200\256') c1=$(printf '\302\233')
for _ in 1 2 3 4; do
    printf '%s[31mred%s\tB-%s[5mX\nbar%s\tO\n%s31m\tB-%sY\n<b>&\tO\n\n' "$esc" "$(printf '\033]0;title\007')" "$esc" "$turn" "$c1" "$turn"
done >hostile
sed 's/B-.*Y$/O/' hostile >wrong
printf 'U00:%%x[0,0]\nU01:%%x[-1,0]\nB\n' >plain.tpl
# shellcheck disable=SC2086 # words
quiet() { "$A" train "$pos" $few --quiet "$@" >/dev/null; }
quiet run.epochs=3 --out a
quiet run.epochs=1 corpus.train=wrong --out b
"$A" tag a hostile >answers

# on VERB...: of what a terminal gets, the lines that could command it (but for colours of ours), and whether it was text
on() {
    words=''
    for word; do words="$words '$word'"; done
    TERM=xterm NO_COLOR=1 script -qec "'$A' $words" screen </dev/null >/dev/null
    bad=$(grep -v '^Script ' screen | tr '\r' '\n' | sed "s/^${esc}\[K//" | LC_ALL=C grep -c -e "$esc" -e "$turn" -e "$c1" -e "$(printf '\007')")
    echo "$1: $bad lines$(grep -q 'x1b\[31mred\|x1b\[5mX' screen && echo ', text')"
}
on tag a hostile
on tag a hostile --nbest 2
on tag a hostile --probabilities
on export a
on export a --format crfsuite
on inspect a
on inspect a --sentence hostile:1
on compare a b wrong --show 3
on eval a hostile --labels
on score answers --labels
# shellcheck disable=SC2086 # words
on check "$pos" $few
# shellcheck disable=SC2086 # words
on train "$pos" $few run.epochs=1 --out c
mkdir "${esc}[31mred" && cp hostile "${esc}[31mred/corpus"
on init-config chunking "${esc}[31mred/corpus"
# shellcheck disable=SC2086 # words
on sweep "$pos" $few run.epochs=1 corpus.dev=hostile optimizer.rate=0.1,0.2 --out "${esc}[31mred/sweep"

echo "# bytes are kept"
cut -f 1,2 hostile | tr '\t' ' ' >wanted
cut -d ' ' -f 1,2 answers >got
same "words and labels" wanted got
"$A" report a --test wrong -o page.html 2>said
LC_ALL=C grep -c -e "$esc" -e "$turn" -e "$c1" page.html
LC_ALL=C grep -c -e "$esc" -e "$turn" -e "$c1" a/metrics.jsonl
:
