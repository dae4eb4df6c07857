# Thousands of drawn files of labels, and as many of words: score says what the independent scorers say. The same
# drawing as the transcript score-random, but more of it.
set -eu
command -v python3 >/dev/null || { echo "python3 is needed: the independent scorers are written in it"; exit 1; }
files=6000
set +eu
. "$ROOT/tests/cli/score-random.sh" >said
set -eu
sed -n '/^# well-formed/,$p' said
# every well-formed file has the chunks that were drawn, and nothing was said of differences
awk '/^# well-formed/ { on = 1; next } on && ($2 != $3 || NF != 3) { bad = 1 } on { n += $2 } END { exit bad || n < 2000 }' said
