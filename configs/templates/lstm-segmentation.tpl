# What a Bi-LSTM is given of a character: itself and the pairs that it is part of.
U0:%x[0,0]
U1:%x[-1,0]/%x[0,0]
U2:%x[0,0]/%x[1,0]
