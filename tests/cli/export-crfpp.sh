# SPDX-License-Identifier: MIT
# export --format crf++ and CRF++ itself: crf_test labels as tag does.
. "$ROOT/tests/cli/common"
if ! command -v crf_test >/dev/null || ! command -v crf_learn >/dev/null; then
    echo "CRF++ is not installed (crf_learn, crf_test)"
    exit 77
fi
printf 'U0:%%x[0,0]\nU1:%%x[-1,0]/%%x[ 0 , 1]\nU2:%%x[1,1]\nBU0:%%x[0,1]\nB\n' >edges.tpl
for model in rich edges; do
    case $model in
    rich) set -- features.cutoff=2 model.rich_threshold=100 ;;
    edges) set -- features.template=edges.tpl features.cutoff=2 model.rich_threshold=50 ;;
    esac
    train $model "$chunk" "$@" run.epochs=2
    "$A" tag $model "$corpora/chunk-test.conll" | awk '{ print $NF }' >want
    "$A" export $model --format crf++ --out $model.txt
    crf_learn --convert $model.txt $model.crf >/dev/null
    crf_test -m $model.crf "$corpora/chunk-test.conll" | awk '{ print $NF }' >got
    same "crf_test and tag, $model" got want
done
