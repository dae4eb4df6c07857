# scripts/check-layers passes on the tree as it is, and names each wrong include planted in a copy of it.
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
plant lib/new/planted.c '#include "lib/base/error.h"'

echo "# and what is allowed"
plant lib/report/planted.c '#include <jansson.h>'
plant lib/learn/planted.c '#include <omp.h>'
plant lib/num/planted.c '    #pragma omp simd'
plant cmd/asyntrain/planted.c '#include "models/bilstm/layer.h"'
