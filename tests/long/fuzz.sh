# 10,000 mutants of texts, 1,500 damaged models and 1,500 damaged checkpoints, under sanitizers: no reader crashes, hangs
# (5 s), needs more than 1 GB or loses memory. They are the same on every machine.
set -eu
cd "$ROOT"
fuzz=build/debug/tests-fuzz
[ -x "$fuzz" ] || { echo "    $fuzz is not built: make debug"; exit 1; }
jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

# many WHAT MUTANTS TARGET...: at least so many mutants, each target as many as the others
many() {
    what=$1 least=$2
    shift 2
    "$fuzz" -j "$jobs" --mutants $(((least + $# - 1) / $#)) "$@" >"$work/said" || { cat "$work/said"; bad=1; }
    sed -n "s/^[0-9]* inputs and /    $what: /p" "$work/said"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
# shellcheck disable=SC2046 # names of targets
many texts 10000 $("$fuzz" -l | grep -vx -e model -e checkpoint)
many models 1500 model
many checkpoints 1500 checkpoint
exit $bad
