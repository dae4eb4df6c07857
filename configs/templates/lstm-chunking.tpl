# What a Bi-LSTM is given of a token: the word, its small letters, its tag, and what it looks like.
U0:%x[0,0]
U1:%X[0,0]
U2:%x[0,1]
U3:%x[0,0,short-shape]
U4:%X[0,0,suffix:2]
U5:%X[0,0,suffix:3]
U6:%X[0,0,prefix:3]
