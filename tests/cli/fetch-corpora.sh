# scripts/fetch-corpora, with corpora of our own making and a curl of our own in place of the network.
mkdir -p bin home/conll2000 home/ud-english-ewt unpacked/icwb2-data/training unpacked/icwb2-data/testing \
    unpacked/icwb2-data/gold

# curl: answers from the folder `home`, going on after what the file has; no more than the bytes in `limit`, if
# there is such a file; not at all for URLs of other hosts.
cat >bin/curl <<'END'
#!/bin/sh
while [ $# -gt 1 ]; do
    [ "$1" != -o ] || file=$2
    shift
done
name=${1#http://home/}
[ -f "home/$name" ] || exit 22
at=0
[ ! -f "$file" ] || at=$(($(wc -c <"$file")))
echo "(curl $name after $at bytes)" >&2
tail -c +$((at + 1)) "home/$name" >rest
[ ! -f limit ] || { head -c "$(cat limit)" rest >>"$file"; exit 18; }
cat rest >>"$file"
END
chmod +x bin/curl
PATH=$PWD/bin:$PATH

# ---- the corpora ----

for part in train test; do
    printf 'the DT B-NP\n%s NN I-NP\n\n' $part >$part.txt
    gzip -nc $part.txt >home/conll2000/$part.txt.gz
done
for part in train dev test; do
    printf '# text = %s\n1-2\tab\t_\t_\t_\t_\t_\t_\t_\t_\n1\ta\ta\tDET\tDT\t_\t2\tdet\t_\t_\n2\tb\tb\tNOUN\tNN\t_\t0\troot\t_\t_\n2.1\tc\tc\tVERB\tVB\t_\t_\t_\t_\t_\n\n' \
        $part >home/ud-english-ewt/en_ewt-ud-$part.conllu
done
printf 'a\tDET\tDT\nb\tNOUN\tNN\n\n' >tsv
for name in msr pku; do
    printf '%s  一  二\n一\n' $name >training.$name
    printf '一二\n' >testing.$name
    printf '一  二\n' >gold.$name
    printf '一\n二\n' >words.$name
    ( # as the bakeoff has it: CR LF
        cr() { awk '{ printf "%s\r\n", $0 }' "$1"; }
        cd unpacked/icwb2-data || exit
        cr ../../training.$name >training/${name}_training.utf8
        cr ../../testing.$name >testing/${name}_test.utf8
        cr ../../gold.$name >gold/${name}_test_gold.utf8
        cr ../../words.$name >gold/${name}_training_words.utf8
    )
done
sha() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi <"$1" | cut -d' ' -f1; }
{
    echo "# what is expected"
    for part in train test; do echo "$(sha $part.txt)  conll2000/$part.txt"; done
    for part in train dev test; do
        echo "$(sha tsv)  ud-english-ewt/$part.tsv"
        echo "tsv=$part.tsv  ud-english-ewt/en_ewt-ud-$part.conllu"
    done
    for name in msr pku; do
        [ $name = msr ] && git=5a8777e || git=dafb2ad # as `git hash-object` says
        echo "git=$git,lines=2,words=4,types=3  sighan2005-$name/${name}_training.utf8"
        echo "$(sha testing.$name)  sighan2005-$name/${name}_test.utf8"
        echo "$(sha gold.$name)  sighan2005-$name/${name}_test_gold.utf8"
        echo "$(sha words.$name)  sighan2005-$name/${name}_training_words.utf8"
    done
} >sums

# gzip's own words differ between systems
fetch() { "$ROOT/scripts/fetch-corpora" --sums sums "$@" 2>&1 | sed -e '/gzip: /d' -e '/^$/d'; }
code() { "$ROOT/scripts/fetch-corpora" --sums sums "$@" >/dev/null 2>&1; echo "exit $?"; }
files() { find "$1" -type f | LC_ALL=C sort; }

echo "# all that can be had; the folder is that of the environment"
ASYNTRAIN_CORPORA=d fetch --mirror http://home conll2000 ud-english-ewt
files d
cmp d/conll2000/train.txt train.txt && cmp d/ud-english-ewt/dev.tsv tsv
cmp d/ud-english-ewt/en_ewt-ud-dev.conllu home/ud-english-ewt/en_ewt-ud-dev.conllu
echo "# again: nothing is touched"
fetch --to d --mirror http://home conll2000
echo "# what the home does not have"
fetch --to e --mirror http://home sighan2005 | tail -n 1
code --to e --mirror http://home sighan2005
[ ! -e e ] || find e -type f

echo "# interrupted twice; then the rest"
echo 10 >limit
fetch --to f --mirror http://home/ conll2000
code --to f --mirror http://home conll2000
files f
rm limit
fetch --to f --mirror http://home conll2000
code --to f --mirror http://home conll2000
files f
echo "# parts that do not belong to the rest, or are more than there is"
mkdir -p g/.downloads/conll2000
echo "a part of something else" >g/.downloads/conll2000/train.txt.gz.part
head -c 999 /dev/zero >g/.downloads/conll2000/test.txt.gz.part
fetch --to g --mirror http://home conll2000
files g

echo "# wrong content: nothing left behind, the older file kept"
printf 'other\n' | gzip -nc >home/conll2000/train.txt.gz
echo older >f/conll2000/train.txt
code --to f --mirror http://home conll2000
cat f/conll2000/train.txt
fetch --to h --mirror http://home conll2000 | sed 's/is [0-9a-f]*, expected [0-9a-f]*/is THIS, expected THAT/'
files h
echo "# and right again"
gzip -nc train.txt >home/conll2000/train.txt.gz
code --to f --mirror http://home conll2000
cmp f/conll2000/train.txt train.txt
echo "# the other checks"
for fact in lines=3 words=5 types=2 git=0000000; do
    sed "s/git=.*,types=3/$fact/" sums >sums.other
    fetch --to i --from unpacked --sums sums.other sighan2005 | grep expected
done
files i

echo "# --from a folder of originals"
code --to j --from home conll2000 ud-english-ewt
cp home/conll2000/*.gz home/ud-english-ewt/*.conllu .
fetch --to k --from . conll2000 ud-english-ewt
fetch --to k --from unpacked sighan2005
cmp k/sighan2005-msr/msr_training.utf8 training.msr
echo "# --from a folder made before, of which one file is lost"
rm k/conll2000/test.txt
fetch --to l --from k conll2000 | sort
code --to l --from k conll2000
files l
echo "# a damaged original"
head -c 20 test.txt.gz >k/test.txt.gz
fetch --to l --from k conll2000

echo "# usage"
fetch --list
fetch nlpcc2016
fetch --to
fetch --from nowhere
fetch --from . --mirror http://home
fetch --sums nowhere
sed 1,2d sums >sums.other
fetch --sums sums.other
code nlpcc2016
code --from nowhere

# Where there is python3: a zip archive, opened by unzip if it is here, and by python3. Nothing is printed when all
# is well, so the expected output is the same without python3.
if command -v python3 >/dev/null 2>&1; then
    mkdir -p zip tools
    (cd unpacked && python3 -m zipfile -c ../zip/icwb2-data.zip icwb2-data)
    ln -s "$(python3 -c 'import sys; print(sys.executable)')" tools/python3
    for tool in sh awk cat cut dirname grep gzip mkdir mv rm rmdir sed sha1sum sha256sum shasum tr wc; do
        at=$(command -v $tool) && ln -s "$at" tools/$tool
    done
    for tools in "$PATH" "$PWD/tools"; do
        PATH=$tools "$ROOT/scripts/fetch-corpora" --sums sums --to zipped --from zip sighan2005 >said 2>&1 || cat said
        for name in msr pku; do
            cmp zipped/sighan2005-$name/${name}_training.utf8 training.$name
            cmp zipped/sighan2005-$name/${name}_training_words.utf8 words.$name
        done
        rm -r zipped
    done
fi
