# scripts/methods: its modes, and that -c, -a and -m reach the methods they are for.
. "$ROOT/tests/cli/common"
# scores NAME OPTIONS...: mode and test score of each row, into a file NAME
scores() {
    name=$1
    shift
    "$ROOT/scripts/methods" -n 1 -w 4 "$@" "$pos" run.epochs=1 optimizer.rate=0.5 2>said |
        awk -F '|' '/^\| [A-Z]/ { print $2, $NF == "" ? $(NF - 1) : $NF }' >"$name"
}
# against A FILE B FILE: have the two modes the same score?
score_of() { awk -v mode="$1" '$1 == mode { print $2 }' "$2"; }
against() {
    first=$(score_of "$1" "$2") second=$(score_of "$3" "$4")
    if [ -z "$first" ] || [ -z "$second" ]; then echo "$1 ($2) or $3 ($4) is missing"
    elif [ "$first" = "$second" ]; then echo "$1 ($2) as $3 ($4)"
    else echo "$1 ($2) not as $3 ($4)"; fi
}
echo "# the modes"
scores plain -c 0 -a 0
awk '{ print $1 }' plain
echo "# lambda0: 0 is no compensation; -c is of dc-c, -a of dc-a"
against DC-c-4 plain ASGD-4 plain
against DC-a-4 plain ASGD-4 plain
scores c -c 0.3 -a 0
against DC-c-4 c ASGD-4 c
against DC-a-4 c ASGD-4 c
scores a -c 0 -a 0.3
against DC-c-4 a ASGD-4 a
against DC-a-4 a ASGD-4 a
echo "# momentum: 0 is none"
scores none -m 0 -c 0 -a 0
for mode in SGD ASGD-4 SSGD-4 DC-c-4 DC-a-4 DC-SSGD-4 AsynGrad-4; do against $mode none $mode plain; done
scores much -m 0.9 -c 0 -a 0
for mode in SGD ASGD-4 SSGD-4 DC-c-4 DC-a-4 DC-SSGD-4 AsynGrad-4; do against $mode much $mode plain; done
echo "# a sweep"
scores sweep -l "0 1"
awk '{ print $1 }' sweep
echo "# what it does not know"
"$ROOT/scripts/methods" -x 2>/dev/null
echo "exit $?"
