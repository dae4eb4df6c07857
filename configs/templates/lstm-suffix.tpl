# What a small Bi-LSTM is given of a word: itself and its end.
U0:%x[0,0]
U1:%X[0,0,suffix:3]
