# the token alone, for models that ask nothing of features
U00:%x[0,0]
