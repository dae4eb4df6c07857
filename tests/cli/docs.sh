# What the documentation says comes from the tables of the program.
"$ROOT/scripts/pages" --check "$ASYNTRAIN"
# the manual page is roff without faults, where there is a man to say so
! command -v groff >/dev/null || groff -ww -man -Tutf8 "$ROOT/docs/asyntrain.1" 2>&1 >/dev/null
"$ASYNTRAIN" list codes | while read -r code rest; do
    grep -q "^| $code | " "$ROOT/docs/guide.md" || echo "docs/guide.md lacks exit code $code ($rest)"
done
"$ASYNTRAIN" list attributes --markdown >table
awk '/^\| attribute/ { on = 1 } on && !/^\|/ { exit } on' "$ROOT/docs/templates.md" | diff - table && echo "docs/templates.md has all attributes"
# the templates of that page are templates
awk '/^```template/ { on = 1; file = "page-" ++n ".tpl"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/docs/templates.md"
echo word >words
for template in page-*.tpl; do
    "$ASYNTRAIN" check "$ROOT/configs/demo.yaml" features.template="$template" features.words=words >/dev/null &&
        echo "$template is a template"
done
# docs/metrics.md has every field that a run or bench writes, in quotes of its own
fields() { grep -o '"[a-z_0-9]*":' "$@" | sort -u | tr -d '":' ; }
run() { "$ASYNTRAIN" train "$ROOT/configs/demo.yaml" engine.threads=2 run.epochs=1 --quiet --out "$@" >/dev/null; }
run one run.keep=best corpus.dev_fraction=0.2 engine.audit.every=16 engine.trace.pass=1 optimizer.calibrate=50
run two engine.audit.every=16 engine.combine.mode=auto engine.audit.optimum=one corpus.dev_fraction=0.2
run three engine.tracker=blocks run.patience=1 corpus.dev_fraction=0.2
"$ASYNTRAIN" bench "$ROOT/configs/demo.yaml" run.epochs=2 --modes sequential --threads 1 --repeats 1 --goal 1 --out four >/dev/null 2>&1
fields -h one/metrics.jsonl two/metrics.jsonl three/metrics.jsonl one/trace.jsonl four.json >found
for field in event tau_mean distance_square hot_delay lost_updates best best_epoch objective joined goal_seconds; do
    grep -qx "$field" found || echo "no run had $field"
done
while read -r field; do
    case $field in event | cases | benchmark) continue ;; esac
    grep -q "\`$field\`" "$ROOT/docs/metrics.md" || echo "docs/metrics.md lacks $field"
done <found
echo "docs/metrics.md has been compared"
# the configurations of README.md and the guide have keys and values that are right: the whole one, what can be added to
# it, and what makes a network of the sample's
awk '/^```yaml/ { on = 1; file = "yaml-" ++n ".yaml"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/README.md" "$ROOT/docs/guide.md"
"$ASYNTRAIN" check yaml-1.yaml yaml-2.yaml features.template="$ROOT/configs/templates/chunking.tpl" corpus.dev_fraction=0.1 \
    corpus.train="$ROOT/corpora/chunk-train.conll" corpus.test="$ROOT/corpora/chunk-test.conll" >/dev/null &&
    echo "README.md has a configuration, docs/guide.md what can be added"
"$ASYNTRAIN" check "$ROOT/configs/sample-lstm.yaml" yaml-3.yaml features.template="$ROOT/configs/templates/lstm.tpl" >/dev/null &&
    echo "docs/guide.md has a network"
# so have the pages of tasks: with the files of a sample in place of theirs
for page in "$ROOT"/docs/tasks/*.md; do
    awk '/^```yaml/ && !n++ { on = 1; next } /^```/ { on = 0 } on' "$page" >page.yaml
    case $page in *segmentation*) sample=seg suffix=txt ;; *tagging*) sample=pos suffix=conll ;; *) sample=chunk suffix=conll ;; esac
    set -- corpus.train="$ROOT/corpora/$sample-train.$suffix" corpus.test="$ROOT/corpora/$sample-test.$suffix"
    ! grep -q '  dev:' page.yaml || set -- "$@" corpus.dev="$ROOT/corpora/$sample-test.$suffix"
    ! grep -q '  words:' page.yaml || set -- "$@" features.words=words
    template=$(sed -n 's|^ *template: templates/\([a-z-]*.tpl\).*|\1|p' page.yaml)
    "$ASYNTRAIN" check page.yaml "$@" features.template="$ROOT/configs/templates/$template" >/dev/null &&
        echo "docs/tasks/${page##*/} has a configuration"
done
# every name of docs/equations.md stands in its file
awk -F '|' '$5 ~ /`/ { gsub(/ /, "", $4); n = split($5, name, ","); for (i = 1; i <= n; i++) { gsub(/[ `]/, "", name[i]); print $4, name[i] } }' \
    "$ROOT/docs/equations.md" | while read -r file name; do
    grep -qw -- "$name" "$ROOT/$file" || echo "docs/equations.md: $file has no $name"
done
echo "docs/equations.md leads to code"
# the optimizer of docs/design.md compiles, where there is a compiler
awk '/^```c$/ { on = 1; next } /^```/ { on = 0 } on' "$ROOT/docs/design.md" >sign.c
! command -v cc >/dev/null || cc -std=c11 -Wall -Wextra -Werror -fsyntax-only -I "$ROOT" sign.c || echo "docs/design.md: its optimizer does not compile"
grep -q 'sign_ops = {' sign.c && echo "docs/design.md has an optimizer"
# README.md lists every verb and every page
"$ASYNTRAIN" list verbs | while read -r verb rest; do
    grep -q "^| \(\`.*\`, \)*\`$verb\`" "$ROOT/README.md" || echo "README.md lacks verb $verb ($rest)"
done
(cd "$ROOT" && find docs -name '*.md') | while IFS= read -r page; do
    grep -qF "($page)" "$ROOT/README.md" || echo "README.md leads nowhere to $page"
done
echo "README.md has all verbs and pages"
# every link to a file leads to one, and its anchor to a heading
links() { # FILE: the paths in its links, without their anchors; an anchor alone is one of the page's own headings
    sed 's/](/\
](/g' "$1" | sed -n 's/^](\([^)]*\)).*/\1/p' | grep -v '^https*:'
}
for page in README.md corpora/README.md $(cd "$ROOT" && find docs -name '*.md'); do
    folder=$(dirname "$ROOT/$page")
    links "$ROOT/$page" | while IFS= read -r link; do
        file=${link%%#*} anchor=
        case $link in *'#'*) anchor=${link#*#} ;; esac
        at=${file:+$folder/$file}
        at=${at:-$ROOT/$page}
        [ -e "$at" ] || { echo "$page: no file $link" && continue; }
        [ -z "$anchor" ] || sed -n 's/^##* //p' "$at" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-' | grep -qx -- "${anchor%-1}" ||
            echo "$page: no heading for $link"
    done
done
echo "links have been followed"
