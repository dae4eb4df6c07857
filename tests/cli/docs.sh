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
# the configurations of README.md have keys and values that are right: the whole one, and what can be added to it
awk '/^```yaml/ { on = 1; file = "readme-" ++n ".yaml"; next } /^```/ { on = 0 } on { print >file }' "$ROOT/README.md"
"$ASYNTRAIN" check readme-1.yaml readme-2.yaml features.template="$ROOT/configs/templates/chunking.tpl" corpus.dev_fraction=0.1 \
    corpus.train="$ROOT/corpora/chunk-train.conll" corpus.test="$ROOT/corpora/chunk-test.conll" >/dev/null &&
    echo "README.md has a configuration"
