# The commands of docs/tutorial.md, then those of docs/recipes.md and docs/faq.md, run in their order in one folder: each
# of them ends well, and what the pages promise is there.
. "$ROOT/tests/cli/common"
mkdir bin page
ln -s "$ROOT" source
# a program, not a function of this shell: xargs starts it, too. What fails within a pipe is written down as well.
cat >bin/asyntrain <<END
#!/bin/sh
"$A" "\$@" && exit
code=\$?
echo "exit \$code: asyntrain \$*" >>"$PWD/failed"
exit \$code
END
chmod +x bin/asyntrain
PATH=$PWD/bin:$PATH
: >failed
cd page || exit
for page in tutorial recipes faq; do
    # the blocks ```sh, a line a command; a line that ends in a backslash goes on
    awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on && sub(/\\$/, "") { printf "%s", $0; next } on' \
        "$ROOT/docs/$page.md" | sed "s|/usr/local/share/asyntrain|../source|g" >../commands
    while IFS= read -r command <&3; do
        case $command in jq\ *) command -v jq >/dev/null || continue ;; esac
        # the shell of a page is a person's: it has what earlier lines have set
        eval "$command" >../stdout 2>../stderr </dev/null || {
            echo "docs/$page.md: exit $?: $command"
            tail -n 2 ../stderr
        }
        [ ! -s ../failed ] || { echo "docs/$page.md: $command" && cat ../failed && : >../failed; }
    done 3<../commands
    [ -s ../commands ] && echo "docs/$page.md: its commands have been run"
    [ "$page" != tutorial ] || {
        grep -q 'round3' report.html && echo "the last one made report.html"
        # as many sentences as the page says were asked about, and words left open
        awk -v RS= 'END { print NR, "doubtful sentences" }' corrected.conll
        grep -q ' ?$' partly.conll && echo "some labels are open"
    }
done
