# The C library: an installed copy, found through pkg-config, builds the programs of docs/library.md in C and C++, shared
# and static; they answer as `asyntrain tag`. It exports its own names alone, and bears want of memory, whoever asks.
. "$ROOT/tests/cli/common"
[ "$(uname -s)" = Linux ] || { echo "the names of libraries are those of Linux here" && exit 77; }
for tool in make cc nm pkg-config; do
    command -v $tool >/dev/null || { echo "$tool is needed" && exit 77; }
done
[ -e "$ROOT/build/lib/asyntrain.pc" ] || { echo "the library is not built: make lib" && exit 1; }
# builds nothing: what is to be installed is there, and old
installed() {
    make -s -C "$ROOT" -o build/config.mk -o build/lib/libasyntrain.so.0 -o build/lib/libasyntrain.a \
        -o build/lib/asyntrain.pc "$@" PREFIX="$PWD/usr" >make.log 2>&1 || cat make.log
}

echo "# installed"
installed install-lib
(cd usr && find . ! -type d | LC_ALL=C sort)
PKG_CONFIG_PATH=$PWD/usr/lib/pkgconfig LD_LIBRARY_PATH=$PWD/usr/lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH
[ "asyntrain $(pkg-config --modversion asyntrain)" = "$("$A" version | sed -n '1s/ (.*//p')" ] || echo "ANOTHER VERSION"

echo "# exported names"
{ nm -D --defined-only usr/lib/libasyntrain.so.0 && nm -g --defined-only usr/lib/libasyntrain.a; } >names
echo "of others: $(awk 'NF == 3 && $3 !~ /^asyntrain_/' names | awk 'END { print NR }')"
# each function of the header, in both
sed -n -e "s/^ASYNTRAIN_API .*[ *]\(asyntrain_[a-z_]*\)(.*/\1/p" -e "s/^\(asyntrain_[a-z_]*\)(.*/\1/p" usr/include/asyntrain.h | LC_ALL=C sort >wanted
awk 'NF == 3 { print $3 }' names | LC_ALL=C sort | uniq -c | awk '$1 == 2 { print $2 }' | diff wanted - &&
    echo "those of the header, in both"

echo "# built"
awk '/^```c$/ { on = 1; file = (n++ ? "sentence.c" : "example.c"); next } /^```/ { on = 0 } on { print >file }' \
    "$ROOT/docs/library.md"
strict="-Wall -Wextra -Wpedantic -Werror"
# shellcheck disable=SC2046,SC2086 # words
{
    cc -std=c99 $strict example.c $(pkg-config --cflags --libs asyntrain) -o shared && echo shared
    cc -std=c99 $strict example.c $(pkg-config --cflags asyntrain) $(pkg-config --variable=static asyntrain) -o static && echo static
    cc -std=c99 $strict sentence.c $(pkg-config --cflags --libs asyntrain) -lm -o sentence && echo sentence
}
ldd static | grep asyntrain
# (C++ has no implicit pointers from void)
printf '#include <asyntrain.h>\nint main() { asyntrain_options o = ASYNTRAIN_OPTIONS; asyntrain_tagger *t; %s }\n' \
    'return asyntrain_tagger_new(0, &o, &t, 0) == ASYNTRAIN_USAGE && *asyntrain_version() ? 0 : 1;' >plus.cc
if command -v g++ >/dev/null; then
    # shellcheck disable=SC2046,SC2086
    g++ -std=c++11 $strict plus.cc $(pkg-config --cflags --libs asyntrain) -o plus && ./plus || echo "NOT FOR C++"
fi

echo "# answers"
train chunks "$chunk" run.epochs=2 corpus.encode=iobes
train words "$seg" run.epochs=2
head -n 300 "$corpora/chunk-test.conll" >chunks.text
cp "$corpora/seg-test.txt" words.text
for model in chunks words; do
    "$A" tag $model $model.text >$model.tag
    ./shared $model <$model.text >$model.shared
    ./static $model/model.safetensors <$model.text >$model.static
    same "$model, shared" $model.tag $model.shared
    same "$model, static" $model.tag $model.static
done
printf '%s\n' 'The DT' 'old JJ' 'dog NN' 'barks VBZ' | "$A" tag chunks --nbest 3 --marginals >sentence.tag
./sentence chunks >sentence.out
same "a sentence" sentence.tag sentence.out

echo "# errors"
run "no model" ./shared nowhere
head -c 100 chunks/model.safetensors >short
run "half a model" ./static short
printf 'The DT\nold\n' | ./shared chunks
echo "exit $?"

# A program in a locale with decimal commas, where one can be made.
if command -v localedef >/dev/null && mkdir locales && localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 2>/dev/null; then
    { printf '#define main example\n' && cat example.c && printf '#undef main\n#include <locale.h>\n%s\n' \
        'int main(int c, char **v) { setlocale(LC_ALL, ""); fprintf(stderr, "%.1f\n", 0.5); return example(c, v); }'; } >comma.c
    sed 's/, NULL, &tagger/, \&options, \&tagger/; s/^    const char \*answer;/&\n    struct asyntrain_options options = ASYNTRAIN_OPTIONS;\n    options.candidates = 1;/' comma.c >commas.c
    # shellcheck disable=SC2046
    cc commas.c $(pkg-config --cflags --libs asyntrain) -o comma
    "$A" tag chunks chunks.text --probabilities >comma.tag
    LOCPATH=$PWD/locales LC_ALL=de_DE.UTF-8 ./comma chunks <chunks.text >comma.out 2>comma.err
    grep -q '^0,5$' comma.err || echo "not a locale with commas"
    cmp comma.tag comma.out
fi

# Allocations, those of libyaml, jansson and the C library as well (with `all` instead of 60: every one).
echo "# memory"
. "$ROOT/tests/shim/sweep"
head -n 20 chunks.text >little
{ printf "#define main example\n" && cat example.c && printf "#undef main\n%s\n" \
    'int main(int c, char **v) { return freopen(v[2], "r", stdin) ? example(c, v) : 9; }'; } >file.c
# shellcheck disable=SC2046
cc file.c $(pkg-config --cflags --libs asyntrain) -o file
out_of_memory library 60 none ./file chunks little

installed uninstall-lib
find usr ! -type d
