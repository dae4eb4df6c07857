# What the documentation says comes from the tables of the program.
"$ASYNTRAIN" list keys --markdown | cmp - "$ROOT/docs/config.md" && echo "docs/config.md is up to date"
"$ASYNTRAIN" list codes | while read -r code rest; do
    grep -q "^| $code | " "$ROOT/README.md" || echo "README.md lacks exit code $code ($rest)"
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
for field in event tau hot_delay lost_updates best best_epoch objective joined goal_seconds; do
    grep -qx "$field" found || echo "no run had $field"
done
while read -r field; do
    case $field in event | cases | benchmark) continue ;; esac
    grep -q "\`$field\`" "$ROOT/docs/metrics.md" || echo "docs/metrics.md lacks $field"
done <found
echo "docs/metrics.md has been compared"
# the configurations of README.md have keys and values that are right: the whole one, and what can be added to it
awk '/^```yaml/ { on = 1; file = "readme-" ++n ".yaml"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/README.md"
"$ASYNTRAIN" check readme-1.yaml readme-2.yaml features.template="$ROOT/configs/templates/chunking.tpl" corpus.dev_fraction=0.1 \
    corpus.train="$ROOT/corpora/chunk-train.conll" corpus.test="$ROOT/corpora/chunk-test.conll" >/dev/null &&
    echo "README.md has a configuration"
