# What the documentation says comes from the tables of the program.
"$ASYNTRAIN" list keys --markdown | cmp - "$ROOT/docs/config.md" && echo "docs/config.md is up to date"
"$ASYNTRAIN" list codes | while read -r code rest; do
    grep -q "^| $code | " "$ROOT/README.md" || echo "README.md lacks exit code $code ($rest)"
done
