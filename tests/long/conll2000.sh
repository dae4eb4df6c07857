# CoNLL-2000, all 22 labels: a known F1 with every engine, and tag piped into score gives what eval gives.
set -eu
test -f "$ASYNTRAIN_CORPORA/conll2000/test.txt"
for engine in "engine.name=sequential" "engine.name=asyngrad engine.threads=2"; do
    # shellcheck disable=SC2086
    "$ASYNTRAIN" train "$ROOT/configs/conll2000-chunking-crf.yaml" $engine --quiet --out run >score
    sed -n 's/.*FB1: *//p' score | awk 'NR == 1 { print; exit !($1 >= 93.7) }'
    "$ASYNTRAIN" eval run "$ASYNTRAIN_CORPORA/conll2000/test.txt" >eval
    "$ASYNTRAIN" tag run "$ASYNTRAIN_CORPORA/conll2000/test.txt" | "$ASYNTRAIN" score - >piped
    cmp score eval
    cmp eval piped
done
