# A corpus of which reading fails in the middle, in every format: the fault's file and code, and the older run stays.
. "$ROOT/tests/cli/common"
[ -r /proc/self/mem ] || { echo "no /proc/self/mem, of which page 0 cannot be read" && exit 77; }
ln -s /proc/self/mem unreadable
head -n 40 "$corpora/pos-train.conll" >good.conll
head -n 20 "$corpora/seg-train.txt" >good.segmented
awk 'NF { print ++n "\t" $1 "\t_\t" $2 "\t_\t_\t_\t_\t_\t_"; next } { n = 0; print }' good.conll >good.conllu
for format in conll segmented conllu; do
    config=$pos keys="corpus.train=good.$format corpus.test= run.epochs=1"
    case $format in
    segmented) config=$seg ;;
    conllu) keys="$keys corpus.format=conllu corpus.columns= corpus.label=upos" ;;
    esac
    [ -d older ] || { train older "$config" $keys && watch; }
    train $format "$config" $keys
    run "tag, $format" "$A" tag $format unreadable
    run "train, $format" "$A" train "$config" $keys --quiet --out older corpus.train=unreadable
done
