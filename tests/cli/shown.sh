# What files, paths and the command line say commands no terminal: controls and marks of direction are shown escaped,
# in messages, warnings, tables and log.txt; `tag` answers byte for byte.
. "$ROOT/tests/cli/common"
esc=$(printf '\033[2J') csi=$(printf '\302\2332J') rlo=$(printf '\342\200\256') lri=$(printf '\342\201\246')
lre=$(printf '\342\200\250') alm=$(printf '\330\234') del=$(printf '\177') latin=$(printf '\377') newline='
'
hostile=$esc$csi$rlo$lri$lre$alm$del

# clean FILE...: nothing but lines of text without those characters
clean() {
    for file in "$@"; do
        LC_ALL=C awk -v file="$file" '
        /[\001-\010\013-\037\177]|\302[\200-\237]|\342\200[\216\217\250-\256]|\342\201[\246-\251]|\330\234|\377/ {
            print "NOT CLEAN: " file; exit
        }' "$file"
    done
}
# try NAME COMMAND...: as run; and both outputs are clean
try() {
    run "$@"
    clean stdout stderr
}

echo "# the command line"
try verb "$A" "$hostile"
try option "$A" train "--$hostile$latin"
try "option's value" "$A" eval --threads "$hostile" x y
try assignment "$A" check "$pos" "corpus.$hostile=1"
try value "$A" check "$pos" "engine.threads=$hostile$latin"
try modes "$A" bench "$pos" --modes "$hostile"
try operand "$A" list "$hostile"
try "score's option" "$A" score --task "$hostile" x

echo "# paths"
try model "$A" tag "$hostile$newline"
try configuration "$A" check "$hostile$newline"
try corpus "$A" score "$hostile$newline$latin"
mkdir "$hostile"
printf 'a\tb\n' >"$hostile/columns"
try "a file" "$A" score "$hostile/columns"

echo "# a configuration"
printf 'corpus:\n  "a%s": 1\n' '\e[2J\u009b\u202e' >keys.yaml
try key "$A" check keys.yaml
printf 'engine:\n  pin: "a%s"\n' '\e[2J\u009b\u202e\u2066\n' >value.yaml
try value "$A" check "$pos" value.yaml

echo "# labels"
awk -v a="A$csi" -v b="B$rlo$lri" -v c="C$esc" 'BEGIN {
    for (i = 0; i < 40; i++) print "w" i % 7, (i % 3 == 0 ? a : i % 3 == 1 ? b : c) (i % 10 == 9 ? "\n" : "")
}' >corpus
sed "s/C/D/" corpus >other
small="corpus.train=$PWD/corpus corpus.test=$PWD/other run.epochs=1 features.cutoff=1"
try check "$A" check "$pos" $small
sed 's/about [0-9]* MiB/about N MiB/; /^memory/d' stdout
"$A" train "$pos" $small engine.name=sequential --out "run$hostile" >stdout 2>stderr # (with times)
clean stdout stderr "run$hostile/log.txt"
sed -n '/^the run lies/p' stderr
try "check a model to begin with" "$A" check "$pos" corpus.train="$PWD/other" corpus.test= features.cutoff=1 "run.from=run$hostile"
sed -n "/^begins/p" stdout
try eval "$A" eval --labels "run$hostile" other
cat stdout
"$A" tag "run$hostile" corpus >answer
cut -d ' ' -f 2 answer | LC_ALL=C sort -u >got
cut -d ' ' -f 2 corpus | LC_ALL=C sort -u >want
same "labels of tag" got want
awk -v a="B-A$csi" -v b="B-B$rlo" 'BEGIN { for (i = 0; i < 10; i++) print "w", i % 2 ? a : b, a }' >columns
try score "$A" score --labels columns
cat stdout

echo "# a model"
# safetensors HEADER DATA: a file with that header
safetensors() { printf "\\$(printf '%o' ${#1})\\0\\0\\0\\0\\0\\0\\0%s%s" "$1" "$2" >other; }
safetensors '{"t\u001b[2J\u009b\u202e\u2066\n":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' 1234
try "tensor" "$A" tag other corpus
safetensors '{"t":{"dtype":"\u001b[2J\u202e","shape":[1],"data_offsets":[0,4]}}' 1234
try "type" "$A" tag other corpus
