# kill -9 in every kind of call by which a run writes, before and after it: the older run or the new one is there, whole,
# and a run goes on from its checkpoint to the same model. Then calls fail instead. tests/long/crash.sh and disk.sh take
# every call.
. "$ROOT/tests/shim/sweep"
. "$ROOT/tests/shim/crash"
samples
settling=no numbers=''
kill_runs 23
settling=yes
echo "# calls that fail"
fail_runs 29
echo "# the next command is killed as well"
words=$plain
made_before
made_like
# shellcheck disable=SC2086
kinds=rename killed "train over a run" 3 '' "$A" train $words
