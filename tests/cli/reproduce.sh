# scripts/reproduce: every target on the samples; a killed script goes on where it was; what it refuses.
. "$ROOT/tests/cli/common"
R=$ROOT/scripts/reproduce
cells() { find "$1/cells" -type f | LC_ALL=C sort | xargs ls -i; }

echo "# all targets"
"$R" --quick --out all all
echo "exit $?"
grep '^## ' all/report.md
# a table without rows, a figure without a number, a plot that is not there (without gnuplot there is none)
awk '/^\| ---/ { getline; if (!/^\|/) print "NO ROWS IN " title } /^#/ { title = $0 }' all/report.md
grep -e 'not run' -e 'could not draw' -e '^(.*missing' all/report.md
command -v gnuplot >/dev/null || for plot in all/plots/*.gp; do touch "${plot%.gp}.svg" "${plot%.gp}.png"; done
for plot in all/plots/*.gp; do
    for kind in svg png; do [ -f "${plot%.gp}.$kind" ] || echo "NO ${plot%.gp}.$kind"; done
done
sed -n 's/^!\[.*\](\(.*\))$/\1/p' all/report.md | while read -r plot; do [ -f "all/$plot" ] || echo "NO $plot"; done

echo "# a folder whose name has blanks"
"$R" --quick --out "a b" sdde-figure1
grep -c "3 runs" "a b/report.md"

echo "# again: nothing is run"
cells all >before
"$R" --quick --out all table1
cells all >after
same "cells" before after

echo "# killed at the fourth cell, then started again: the three are as they were"
cat >kill-fourth <<END
#!/bin/sh
if [ "\$(find killed/cells -path '*/run/metrics.jsonl' | wc -l)" -ge 3 ]; then
    kill -9 "\$(readlink killed/lock)"
    exit 1
fi
exec "$A" "\$@"
END
chmod +x kill-fourth
{ ASYNTRAIN=./kill-fourth "$R" --quick --jobs 1 --out killed table2; } >said 2>&1
echo "exit $?"
cells killed | grep metrics >before
wc -l <before | tr -d ' '
"$R" --quick --out killed table2
while read -r inode file; do [ "$(ls -i "$file")" = "$inode $file" ] || echo "RUN AGAIN: $file"; done <before
grep -c 'not run' killed/report.md

echo "# two at once"
mkdir busy && ln -s $$ busy/lock
run "busy" "$R" --quick --out busy figure1 | sed 's/process [0-9]*/process N/'
echo "# a page, between its marks"
printf '%s\n' 'before' '<!-- report of scripts/reproduce -->' 'old' '<!-- end of the report -->' 'after' >page.md
"$R" --quick --report --out all --into page.md figure1 >/dev/null
sed -n -e 1,2p -e '/^## /p' -e '/^old/p' -e '/^<!-- end/,$p' page.md

echo "# without gnuplot the tables come"
mkdir bin
for tool in /bin/* /usr/bin/*; do case ${tool##*/} in gnuplot*) ;; *) ln -s "$tool" bin/ 2>/dev/null ;; esac; done
PATH=$PWD/bin "$R" --quick --report --out all figure1
grep -c 'gnuplot is not installed' all/report.md

echo "# refused"
run "no target" "$R" table9
run "no option" "$R" --fast table1
run "no value" "$R" table1 --out
run "seeds" "$R" --seeds 0 table1
run "no number" "$R" --seeds "" --list table1
run "a pattern" "$R" --threads "*" --list table1
run "threads" "$R" --threads 1,two figure2
run "page" "$R" --into absent.md table1
ASYNTRAIN=absent run "no program" "$R" table1
echo "# help ends with the text above the program; a listing makes no folder, and leaves nothing when its reader goes"
"$R" --help | tail -n 1
mkdir temporary
TMPDIR=$PWD/temporary "$R" --quick --out listed --list all 2>/dev/null | head -n 1
for _ in 1 2 3 4 5 6 7 8 9; do [ -z "$(ls temporary)" ] || sleep 1; done
ls -d listed temporary/* 2>/dev/null || true
