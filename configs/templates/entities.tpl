# Named entities: words -2 .. 2 and pairs, small letters, shapes, beginnings and ends of words. Column 0 is the word.
# (What else there is depends on the file. If column 1 is a part-of-speech tag, see entities-pos.tpl.)
U00:%x[-2,0]
U01:%x[-1,0]
U02:%x[0,0]
U03:%x[1,0]
U04:%x[2,0]
U05:%x[-1,0]/%x[0,0]
U06:%x[0,0]/%x[1,0]
U07:%X[-1,0]
U08:%X[0,0]
U09:%X[1,0]
# what the words look like: Xxxx, XX, 0000
U10:%x[0,0,shape]
U11:%x[-1,0,short-shape]
U12:%x[0,0,short-shape]
U13:%x[1,0,short-shape]
U14:%x[-1,0,short-shape]/%x[0,0,short-shape]
U15:%x[0,0,short-shape]/%x[1,0,short-shape]
U16:%X[-1,0]/%x[0,0,short-shape]
U17:%x[0,0,short-shape]/%X[1,0]
U18:%X[-2,0]/%X[-1,0]
U19:%X[1,0]/%X[2,0]
# how they begin and end
U20:%X[0,0,prefix:2]
U21:%X[0,0,prefix:3]
U22:%X[0,0,prefix:4]
U23:%X[0,0,suffix:2]
U24:%X[0,0,suffix:3]
U25:%X[0,0,suffix:4]
U26:%X[-1,0,suffix:3]
U27:%X[1,0,suffix:3]
# label transitions
B
