# scripts/bench-lstm where PyTorch is not installed: a message and a table without its columns, not a failure.
. "$ROOT/tests/cli/common"
export PYTHON=/none/python3
"$ROOT/scripts/bench-lstm" --rounds 1 --sentences 20 --only 'diagonal 280, ' >table
echo "exit $?"
sed -e 1,3d -e 's:[0-9.e+]* ([0-9.e+]* - [0-9.e+]*):N (N - N):g' table
"$ROOT/scripts/bench-lstm" --only nothing
echo "exit $?"
"$ROOT/scripts/bench-lstm" --round 2>stderr
echo "exit $?"
