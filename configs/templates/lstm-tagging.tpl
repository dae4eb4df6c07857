# What a Bi-LSTM is given of a word that has no tag yet: itself, its small letters, affixes and shape.
U0:%x[0,0]
U1:%X[0,0]
U2:%X[0,0,suffix:2]
U3:%X[0,0,suffix:3]
U4:%X[0,0,prefix:2]
U5:%X[0,0,prefix:3]
U6:%x[0,0,short-shape]
