# What a Bi-LSTM is given of a token: the word and its tag. Context is the network's own business.
U0:%x[0,0]
U1:%x[0,1]
