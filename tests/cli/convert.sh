# The converters of corpora that one must bring oneself, on invented files in the layout of theirs.

# ---- convert-weibo ----

weibo() { "$ROOT/scripts/convert-weibo" "$@" 2>&1; echo "exit $?"; }
mkdir weibo
# a byte order mark, CR LF, several blanks; the line in front of the cut and the one after it
awk 'BEGIN {
    printf "\357\273\277一  二\r\n"
    for (k = 2; k <= 20135; k++) print k == 12081 ? "前 边 " : k == 12082 ? " 后 边" : "字"
}' >weibo/nlpcc2016-word-seg-train.dat
printf '一 二\n三\n' >weibo/nlpcc2016-wordseg-dev.dat
printf '一二\n' >weibo/nlpcc2016-wordseg-test.dat
weibo weibo out
for name in train test dev; do
    echo "$name:"
    head -n 1 out/$name.txt
    tail -n 1 out/$name.txt
done
ls out
echo "# without dev; with two files; with none; usage"
rm weibo/*dev*
weibo weibo out
cp weibo/nlpcc2016-word-seg-train.dat weibo/train.txt
weibo weibo out
weibo out/nowhere out
weibo weibo
echo "# an older file stays when writing fails"
rm weibo/train.txt
mkdir -p out/test.txt.part
weibo weibo out 2>&1 | sed '/^convert-weibo: out/!{/^out/!{/^exit/!d;};}'
ls -d out/*

# ---- convert-wsj ----

# It is written in python3. What it makes is compared with what it should make, and nothing printed but differences:
# so the expected output is the same without python3.
command -v python3 >/dev/null 2>&1 || exit 0
wsj() { "$ROOT/scripts/convert-wsj" "$@" >said 2>&1; echo "exit $?" >>said; }
should() { diff - "$1" || echo "DIFFERENT: $1 ($case)"; }
mkdir -p mrg/wsj/00 mrg/wsj/19 mrg/WSJ/24 pos/00 pos/23

case='.mrg'
cat >mrg/wsj/00/wsj_0002.mrg <<'END'
( (FRAG (NN Last) ))
END
cat >mrg/wsj/00/wsj_0001.mrg <<'END'

( (S
    (NP-SBJ-1 (DT The) (JJ|VBN painted) (NNS cats) )
    (VP (VBP seem)
      (S
        (NP-SBJ (-NONE- *-1) )
        (VP (TO to)
          (VP (VB eat) (PRN (-LRB- -LRB-) (CD 1\/2) (SYM \*) (-RRB- -RRB-) )))))
    (. .) ))
( (X (-NONE- *) ))
( (NP (NNS Cats)
(. !) ))
END
echo '( (S (NP (PRP It)) (VP (VBD rained)) (. .)) )' >mrg/wsj/19/WSJ_1900.MRG
echo '((S (PRP We) (VBD sang)))' >mrg/WSJ/24/wsj_2454.mrg
wsj mrg wsj.mrg
should said <<'END'
wsj.mrg/train.txt: 3 sentences, 14 tokens, from 2 .mrg files
convert-wsj: warning: no file of section 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, 12, 13, 14, 15, 16, 17, 18
convert-wsj: warning: train: 38219 sentences and 912344 tokens were expected
wsj.mrg/dev.txt: 1 sentences, 3 tokens, from 1 .mrg files
convert-wsj: warning: no file of section 20, 21
convert-wsj: warning: dev: 5527 sentences and 131768 tokens were expected
wsj.mrg/test.txt: 1 sentences, 2 tokens, from 1 .mrg files
convert-wsj: warning: no file of section 22, 23
convert-wsj: warning: test: 5462 sentences and 129654 tokens were expected
convert-wsj: scores on these files cannot be compared with published ones
exit 0
END
should wsj.mrg/train.txt <<'END'
The DT
painted JJ
cats NNS
seem VBP
to TO
eat VB
-LRB- -LRB-
1/2 CD
* SYM
-RRB- -RRB-
. .

Cats NNS
! .

Last NN

END
printf 'It PRP\nrained VBD\n. .\n\n' | should wsj.mrg/dev.txt
printf 'We PRP\nsang VBD\n\n' | should wsj.mrg/test.txt

case='.pos'
cat >pos/00/wsj_0001.pos <<'END'


[ The/DT painted/JJ|VBN cats/NNS ]
eat/VBP and\/or/CC 
[ 1\/2/CD mice/NNS ]
(/( {/( 
[ U.S./NNP ./. ]
sing/VB }/) ./. ''/''
)/) 
[ Cats/NNS ]
sleep/VBP ?/.

======================================

Headline/NN
======================================
*-1/-NONE- Dogs/NNS
END
printf '[ We/PRP ]\nsang/VBD ./.\n' >pos/23/wsj_2300.pos
wsj pos wsj.pos
should wsj.pos/train.txt <<'END'
The DT
painted JJ
cats NNS
eat VBP
and/or CC
1/2 CD
mice NNS
-LRB- -LRB-
-LCB- -LRB-
U.S. NNP
. .
sing VB
-RCB- -RRB-
. .
'' ''
-RRB- -RRB-

Cats NNS
sleep VBP
? .

Headline NN

Dogs NNS

END
printf 'We PRP\nsang VBD\n. .\n\n' | should wsj.pos/test.txt

case='.mrg is taken, where both are'
mkdir both
cp -R mrg pos both
wsj both wsj.both
for part in train dev test; do should wsj.both/$part.txt <wsj.mrg/$part.txt; done

case='faults'
mkdir -p open/00 twice/a twice/b empty
printf '( (S\n(NN a)\n' >open/00/wsj_0001.mrg
cp mrg/wsj/00/wsj_0001.mrg twice/a
cp mrg/wsj/00/wsj_0001.mrg twice/b
echo older >wsj.both/train.txt
wsj open wsj.both
printf 'convert-wsj: open/00/wsj_0001.mrg:3: ends within a parse tree\nexit 3\n' | should said
echo older | should wsj.both/train.txt
printf '( (NN a) )\n)\n' >open/00/wsj_0001.mrg
wsj open wsj.both
printf 'convert-wsj: open/00/wsj_0001.mrg:2: a bracket closes that was not opened\nexit 3\n' | should said
printf 'word\n' >open/00/wsj_0001.mrg
wsj open wsj.both
printf "convert-wsj: open/00/wsj_0001.mrg:1: 'word' stands outside of all brackets; a parse tree is expected\nexit 3\n" |
    should said
rm open/00/wsj_0001.mrg
printf 'a/NN\n\n{ /SYM\n' >open/00/wsj_0001.pos
wsj open wsj.both
printf "convert-wsj: open/00/wsj_0001.pos:3: '{' is no word/TAG\nexit 3\n" | should said
wsj twice wsj.both
printf 'convert-wsj: twice/a/wsj_0001.mrg and twice/b/wsj_0001.mrg: the same text twice; give the folder of one release\nexit 3\n' |
    should said
wsj empty wsj.both
printf 'convert-wsj: empty: no file wsj_0001.mrg or wsj_0001.pos (and so on) in it or its folders\nexit 3\n' | should said
wsj nowhere wsj.both
printf 'convert-wsj: nowhere: No such file or directory\nexit 5\n' | should said
wsj mrg said
printf 'convert-wsj: said: File exists\nexit 5\n' | should said
wsj mrg
printf 'Usage: scripts/convert-wsj PTB_DIR OUT_DIR (--help says more)\nexit 2\n' | should said
