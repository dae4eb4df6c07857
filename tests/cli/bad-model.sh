# Damaged, foreign and missing model files, to each verb that reads one.
. "$ROOT/tests/cli/common"
head -n 200 "$corpora/pos-train.conll" >corpus
head -n 20 "$corpora/seg-train.txt" >corpus.seg
train pos "$pos" corpus.train=corpus corpus.test= run.epochs=1
cp -r pos older
watch
model=pos/model.safetensors
size=$(wc -c <$model | tr -d ' ')

# model NAME FILE
model() {
    run "$1: eval" "$A" eval "$2" corpus
    run "$1: tag" "$A" tag "$2" corpus
}
: >empty
model "empty" empty
head -c 5 $model >cut
model "cut after 5 bytes" cut
head -c 8 $model >cut
model "cut after 8 bytes" cut
head -c 300 $model >cut
model "cut in the header" cut
head -c $((size - 1)) $model >cut
model "one byte less" cut
{ cat $model; printf x; } >long
model "one byte more" long
model "a corpus" corpus
model "a configuration" "$pos"
model "zeros" /dev/zero
mkdir folder
model "a folder without a model" folder
model "missing" missing
model "below a file" corpus/below

# flip FROM-END: that byte of the file becomes another
flip() {
    cp $model flipped
    byte=$(tail -c "$1" $model | head -c 1 | od -An -tu1 | tr -d ' ')
    printf "\\$(printf '%o' $((byte ^ 1)))" | dd of=flipped bs=1 seek=$((size - $1)) conv=notrunc 2>/dev/null
    [ "$(cmp -l $model flipped | wc -l)" -eq 1 ] || echo "NOT ONE BYTE IS DIFFERENT"
}
for place in 1 100 2000 30000; do
    flip $place
    # which tensor it is depends on the corpus only
    model "a byte is wrong, $place from the end" flipped
done

# safetensors HEADER DATA: a file with that header
safetensors() {
    printf "\\$(printf '%o' ${#1})\\0\\0\\0\\0\\0\\0\\0%s%s" "$1" "$2" >other
}
safetensors '{}' ''
model "safetensors of nothing" other
safetensors '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' 1234
model "safetensors of another program" other
safetensors '{"__metadata__":{"format":"pt"}}' ''
model "the same with metadata" other
safetensors '{"__metadata__":{"asyntrain":"999"}}' ''
model "another version" other
safetensors '{"__metadata__":{"asyntrain":"1"}}' ''
model "no configuration" other
safetensors '{"__metadata__":{"asyntrain":"1","config":"model: {name: none}"}}' ''
model "an unknown model" other
safetensors '[1]' ''
model "a JSON list" other
safetensors '{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}' 12
model "a type that is not used" other
safetensors '{"w":{"dtype":"F32","shape":[9999999999,9999999999],"data_offsets":[0,4]}}' 1234
model "a shape that is too large" other

echo "# the right model, the wrong text"
train seg "$seg" corpus.train=corpus.seg corpus.test= run.epochs=1
run "columns for segments" "$A" eval seg corpus
head -n 40 "$corpora/chunk-train.conll" >three
run "three columns for two" "$A" tag pos three
run "segments for columns" "$A" tag pos corpus.seg

echo "# texts within the file that are others, of the same number of bytes"
swap() { LC_ALL=C sed "$2" <"$1" >swapped; }
swap $model 's/engine: asyngrad/engine: asyngrat/; s/resolved by/resolvet by/'
model "a letter of the configuration" swapped
unsigned='s/"signature":"................",/                               /'
swap $model "$unsigned"
model "without a signature" swapped

echo "# and contradict each other, in files of older programs, which had no signature"
unsigned="$unsigned; s/\"asyntrain\":\"3\"/\"asyntrain\":\"1\"/"
swap $model "$unsigned"
run "an older program's model" "$A" eval swapped corpus
swap seg/model.safetensors "$unsigned"';s/"segmentation":"1"/"segmentation":"0"/'
run "segmentation, but no words" "$A" eval swapped corpus.seg
swap $model "$unsigned"';s/resolved by asyntrain/resolved by asyn/; s/task: tagging/task: segmentation/'
run "the task" "$A" tag swapped corpus

echo "# and it is still right"
run "eval" "$A" eval older corpus
