# One typo in a verb, an option, a value, a name or a list: exit code 2, and the right one is suggested in at least 95 of
# 100. (tests/unit/typos.c has the keys.)
. "$ROOT/tests/cli/common"

# typos WORD NUMBER: its misspellings, one a line: a letter left out, doubled, replaced, two swapped, a capital, - for _
typos() {
    echo "$1" | awk -v turn="$2" '{
        n = length($0); at = turn % n + 1
        if (n > 3) print substr($0, 1, at - 1) substr($0, at + 1)
        print substr($0, 1, at) substr($0, at)
        print substr($0, 1, at - 1) (substr($0, at, 1) == "x" ? "z" : "x") substr($0, at + 1)
        if (n > 2 && at < n && substr($0, at, 1) != substr($0, at + 1, 1))
            print substr($0, 1, at - 1) substr($0, at + 1, 1) substr($0, at, 1) substr($0, at + 2)
        print substr($0, 1, at - 1) toupper(substr($0, at, 1)) substr($0, at + 1)
        if (gsub(/-/, "_")) print
    }'
}

tried=0 right=0 turn=0
# wrong NAMES RIGHT WRONG COMMAND...: it fails, names the right one, and says nothing else; a misspelling that is another
# of the names, or begins one alone, is none
wrong() {
    names=$1 good=$2 typo=$3
    shift 3
    grep -q -- "^$typo" "$names" && return
    tried=$((tried + 1))
    "$@" >stdout 2>stderr </dev/null
    code=$?
    if [ $code -eq 2 ] && [ ! -s stdout ] && grep -q -- "did you mean '$good'?" stderr; then
        right=$((right + 1))
    else
        echo "$good, $typo: exit $code: $(cat stderr)" >>missed
    fi
}
verdict() { # WHAT LEAST: at least so many were tried
    if [ $tried -ge "$2" ] && [ $((right * 100)) -ge $((tried * 95)) ]; then
        echo "$1: at least 95 of 100 are right"
    else
        echo "$1: $right OF $tried ARE RIGHT"
        cat missed
    fi
    tried=0 right=0
    : >missed
}
: >missed

"$A" list verbs | awk '{ print $1 }' >verbs
while read -r verb; do
    turn=$((turn + 1))
    typos "$verb" $turn >list
    while read -r typo; do wrong verbs "$verb" "$typo" "$A" "$typo"; done <list
done <verbs
verdict verbs 40

while read -r verb; do
    "$A" help "$verb" | awk '/^  --/ { print $1 }' >options
    while read -r option; do
        name=${option#--}
        [ ${#name} -gt 1 ] || continue # one letter is either right or another
        turn=$((turn + 1))
        typos "$name" $turn | sed 's/^/--/' >list
        while read -r typo; do wrong options "$option" "$typo" "$A" "$verb" "$typo"; done <list
    done <options
done <verbs
verdict options 100

# values of keys that are choices; names of parts
: >choices
"$A" list keys | awk '$1 ~ /^(corpus|features|run|engine)\./ && $2 ~ /^[a-z]+[|]/ && $2 !~ /^true/ { print $1, $2 }' | sort -u -k 1,1 >keys
while read -r key values; do echo "$values" | tr '|' '\n' | sed "s/^/$key /" >>choices; done <keys
for kind in model optimizer engine; do "$A" list ${kind}s | awk -v key=$kind.name '{ print key, $1 }' >>choices; done
while read -r key value; do
    case $key in model.name | optimizer.name | engine.name) ;; *) continue ;; esac
    turn=$((turn + 1))
    awk -v key="$key" '$1 == key { print $2 }' choices >values
    typos "$value" $turn >list
    while read -r typo; do wrong values "$value" "$typo" "$A" check "$pos" "$key=$typo"; done <list
done <choices
verdict "names of parts" 60
engines=$("$A" list keys | awk '/^# engine.name=/ { sub(/.*=/, ""); name = $0 } /^# [a-z]*$/ { name = "" } name && $1 ~ /^engine/ { print $1 "=" name }')
while read -r key value; do
    case $key in model.name | optimizer.name | engine.name) continue ;; esac
    engine=$(echo "$engines" | awk -F = -v key="$key" '$1 == key { print "engine.name=" $2; exit }')
    turn=$((turn + 1))
    awk -v key="$key" '$1 == key { print $2 }' choices >values
    typos "$value" $turn >list
    while read -r typo; do wrong values "$value" "$typo" "$A" check "$pos" $engine "$key=$typo"; done <list
done <choices
verdict "values of choices" 100

printf '%s\n' models optimizers engines modes formats attributes verbs codes keys man completion-bash >lists
while read -r what; do
    turn=$((turn + 1))
    typos "$what" $turn >list
    while read -r typo; do wrong lists "$what" "$typo" "$A" list "$typo"; done <list
done <lists
verdict lists 40
