# Memory that the command cannot have: one message, exit code 7, and the older run stays.
. "$ROOT/tests/cli/common"
(ulimit -v 6000000) 2>/dev/null || { echo "this system limits no memory (ulimit -v)" && exit 77; }
small="run.epochs=1 model.hidden=8 model.embedding=8"
lstm=$configs/sample-lstm.yaml
"$A" train "$lstm" $small --quiet --out older >/dev/null
watch
(
    ulimit -v 6000000 # KiB
    run "a large network" "$A" train "$lstm" run.epochs=1 model.hidden=4096 model.layers=6 --quiet --out older
)
