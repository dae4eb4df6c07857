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
