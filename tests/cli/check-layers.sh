# scripts/check-layers is silent on the tree as it is, and names each violation planted in a copy of it.
mkdir tree
cp -R "$ROOT/lib" "$ROOT/models" "$ROOT/cmd" "$ROOT/scripts" tree/
check() { tree/scripts/check-layers; echo "exit $?"; }

echo "# unmodified"
check

# plant FILE LINE: a new file, so that the line number does not depend on the real sources
plant() {
    echo "# $1: $2"
    mkdir -p "tree/$(dirname "$1")"
    printf '/* planted */\n%s\n' "$2" >"tree/$1"
    check
    rm "tree/$1"
}
plant lib/base/planted.c '#include "lib/data/vocab.h"'
plant lib/data/planted.h '#  include "lib/num/layout.h"'
plant lib/learn/planted.c '#include "models/bilstm/layer.h"'
plant models/planted.c '#include "lib/train/trainer.h"'
plant models/bilstm/planted.c '#include "lib/train/trainer.h"'
plant lib/report/planted.c '#include "lib/learn/model.h"'
plant lib/base/planted.c '#include "error.h"'
plant lib/data/planted.c '#include <yaml.h>'
plant lib/num/planted.c '#include <cblas.h>'
plant cmd/planted.c '#include <jansson.h>'
plant lib/report/planted.h '#include <jansson.h>'
plant models/planted.c '#include <omp.h>'
plant models/planted.c '    #pragma omp parallel for'
plant cmd/asyntrain/planted.c '    fprintf(stderr, "%s", path);'
plant lib/data/planted.c '    fputs("no words", stderr);'
plant lib/new/planted.c '#include "lib/base/error.h"'
plant lib/report/planted.c 'char *copy = strdup(name);'
plant lib/train/planted.c '    error_set(e, ERROR_IO, "%s", strerror(errno));'
plant cmd/planted.c '        exit(3);'

echo "# and what is allowed"
plant lib/report/planted.c '#include <jansson.h>'
plant lib/learn/planted.c '#include <omp.h>'
plant lib/num/planted.c '    #pragma omp simd'
plant cmd/asyntrain/planted.c '    text_say(stderr, "%s", path);'
plant cmd/asyntrain/planted.c '#include "models/bilstm/layer.h"'
plant lib/report/planted.c 'int n = memory_exit(strdup_count, my_malloc()); /* not malloc() */'

echo "# names of optimizers, engines and models"
plant lib/train/planted.c 'static const char *rule = "adam";'
plant lib/learn/planted.c 'extern const struct engine_ops sequential_ops;'
plant lib/tag/planted.c 'text_put(out, "is \"dense-crf\"; /* no */ expected another"); /* bilstm'
plant cmd/planted.c "char c = '\"'; bool racing = strcmp(name, \"asyngrad\") == 0; // sgd"
plant lib/report/planted.h 'bool is_bilstm(const char *name);'

echo "# and what is allowed"
plant lib/train/planted.c '/* adam, and sgd */ static const char *key = "run.average"; // momentum'
plant lib/learn/planted.c 'int adamant, radam; static const char *words = "adamant sgd-like pre-adam";'
plant lib/learn/planted.c '/* as in
 * asyngrad */'
plant lib/train/planted.c '#include "lib/data/adam.h"'
plant lib/engines/planted.c 'static const char *text = "as sequential";'

# repeat TEXT COUNT
repeat() { awk -v text="$1" -v count="$2" 'BEGIN { while (count-- > 0) printf "%s", text }'; }
# size FILE WHAT TEXT: the same, for what is long
size() {
    echo "# $1: $2"
    mkdir -p "tree/$(dirname "$1")"
    printf '%s\n' "$3" >"tree/$1"
    check
    rm "tree/$1"
}
newline='
'
echo "# sizes"
size lib/engines/planted.c "61 lines" "static void long_one(int x)$newline{$newline$(repeat "    x++;$newline" 59)$newline}"
size lib/engines/planted.c "60 lines" "static void long_one(int x)$newline{$newline$(repeat "    x++;$newline" 58)$newline}"
size lib/train/planted.c "61 lines elsewhere" "void f(int x)$newline{$newline$(repeat "    x++;$newline" 59)$newline}"
size lib/probes/planted.h "121 lines" "$(repeat "/* planted */$newline" 121)"
size lib/probes/planted.h "120 lines" "$(repeat "/* planted */$newline" 120)"
size tests/unit/planted.c "121 columns" "$(repeat a 121)"
size tests/unit/planted.c "120 columns" "$(repeat a 120)"
size models/planted.h "121 columns of two bytes" "$(repeat 'é' 121)"
size models/planted.h "120 columns of two bytes" "$(repeat 'é' 120)"

echo "# what is excused, and not there"
awk '{ print } /^still=/ { print "names   lib/learn/planted.c" }' tree/scripts/check-layers >tree/scripts/excusing
cp tree/scripts/excusing tree/scripts/check-layers
check
plant lib/learn/planted.c 'static const char *rule = "adam";'
