. "$ROOT/tests/cli/common"
# tag --dictionary: a user's words
train run "$seg" run.epochs=5
sentence='但是老人把果树找会了。'
tag() { printf '%s\n' "$sentence" | "$A" tag run "$@"; }

echo 'without: '"$(tag)"
echo '老人把' >must
echo 'must: '"$(tag --dictionary must)"
printf '老人把\n人把果树\n' >must
echo 'the one further left wins: '"$(tag --dictionary must)"
printf '老人\n老人把\n' >must
echo 'the longer one wins: '"$(tag --dictionary must)"
printf '%s\n' 但 是 老 人 >must
echo 'words of one character: '"$(tag --dictionary must)"
echo '老人把' >must
echo 'a blank of the input parts it: '"$(echo '但是老人 把果树找会了。' | "$A" tag run --dictionary must)"
echo 'unless it is dropped: '"$(echo '但是老人 把果树找会了。' | "$A" tag run --dictionary must --blanks drop)"
echo '老人把 100' >should
echo 'should, by much: '"$(tag --dictionary should)"
echo '老人把 0.001' >should
echo 'should, by little: '"$(tag --dictionary should)"
echo '老人 -100' >should
echo 'should not: '"$(tag --dictionary should)"

echo 'n best, each with the word:'
echo '老人把' >must
tag --nbest 5 --dictionary must | awk -F '\t' '{ n += index(" " $3 " ", " 老人把 ") > 0 } END { print n " of " NR }'

: >empty
tag --marginals >plain && tag --marginals --dictionary empty >with && same 'an empty dictionary' plain with

train chunks "$chunk" run.epochs=1
printf '老人 x\n' >bad-number
printf '老人 1 2\n' >bad-more
printf '\n老人 1e9\n' >bad-large
run 'no number' "$A" tag run --dictionary bad-number
run 'more' "$A" tag run --dictionary bad-more
run 'too large' "$A" tag run --dictionary bad-large
run 'no file' "$A" tag run --dictionary none
run 'no words' "$A" tag chunks --dictionary must

echo 'labels that are given win, over runs as well:'
printf 'U:%%x[0,0]\nB\n' >letters.tpl
printf 'a B\nb M\nc E\n\na S\nb B\nc E\n\na B\nb E\nc S\n\na S\nb S\nc S\n\n' >letters.conll
printf 'corpus: {format: conll, task: segmentation, train: letters.conll}\nfeatures: {template: letters.tpl}\noptimizer: {rate: 0.1}\n' >letters.yaml
train letters letters.yaml run.epochs=1
echo abc >must
for labels in '? ? ?' 'S ? ?' '? S ?' '? ? S' '? E ?' 'B E S'; do
    # shellcheck disable=SC2086 # words
    set -- $labels
    printf 'a %s\nb %s\nc %s\n\n' "$1" "$2" "$3" | "$A" tag letters --given --dictionary must --whole letters |
        awk 'NF { printf "%s ", $3 } END { print "" }'
done
