# lstm-segmentation.tpl with what a list says about words that begin, end or lie here
U0:%x[0,0]
U1:%x[-1,0]/%x[0,0]
U2:%x[0,0]/%x[1,0]
U3:%x[0,0,length-from]/%x[0,0,length-to]
U4:%x[-1,0,length-to]/%x[0,0,length-from]
U5:%x[0,0,length-to]/%x[1,0,length-from]
U6:%x[0,0,place]
U7:%x[-1,0,place]/%x[0,0,place]/%x[1,0,place]
