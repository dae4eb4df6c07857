# SPDX-License-Identifier: MIT
# Completion of asyntrain(1) for fish. Written by `make docs`, from the tables of the program.

function __asyntrain_run_keys
    printf '%s\t%s\n' corpus.columns= 'names of the columns, such as [word, pos, chunk]; none: as many columns as the file has, without names'
    printf '%s\t%s\n' corpus.comments= 'lines that begin with this text are comments, in format conll, if they stand between sentences; such as "#" within a sentence they are tokens; `tag` gives comments back in their place empty: there are no comments'
    printf '%s\t%s\n' corpus.dev= 'development corpus, scored after every epoch'
    printf '%s\t%s\n' corpus.dev_fraction= 'without corpus.dev: share of the training sentences that becomes the development set'
    printf '%s\t%s\n' corpus.dev_seed= 'seed that draws the sentences of dev_fraction; it does not depend on run.seed, so several seeds can have the same split'
    printf '%s\t%s\n' corpus.encode= 'scheme of the labels that the model learns; answers are converted back to the scheme of the files same: the scheme of the files'
    echo corpus.encode=same
    echo corpus.encode=iob1
    echo corpus.encode=iob2
    echo corpus.encode=iobes
    echo corpus.encode=bmes
    echo corpus.encode=bilou
    printf '%s\t%s\n' corpus.fold.by= 'what is put into folds sentence: sentences; sizes differ by one at most file: whole files of corpus.train'
    echo corpus.fold.by=sentence
    echo corpus.fold.by=file
    printf '%s\t%s\n' corpus.fold.held= 'the fold that is left out of training and tested on: 1 to corpus.fold.of'
    printf '%s\t%s\n' corpus.fold.of= 'cross-validation: the training corpus is cut into so many folds, and one of them is the test part; 0: it is not cut'
    printf '%s\t%s\n' corpus.fold.seed= 'seed that draws the folds; it does not depend on run.seed'
    printf '%s\t%s\n' corpus.format= 'layout of the files conll: one token a line, cells in columns; a blank line ends a sentence segmented: one sentence a line, words separated by white space conllu: CoNLL-U, as Universal Dependencies have it crfsuite: CRFsuite\'s feature files, which may have values; they need no template'
    echo corpus.format=conll
    echo corpus.format=segmented
    echo corpus.format=conllu
    echo corpus.format=crfsuite
    printf '%s\t%s\n' corpus.label= 'name of the label column, or last format conllu has also misc.KEY: the value of KEY in MISC, O if it is missing'
    printf '%s\t%s\n' corpus.label_weights= 'weights LABEL=NUMBER of labels of the files, such as [O=0.5, B-PER=2]; all others have 1 a sentence counts in training as much as its labels do on the mean, times its own weight'
    printf '%s\t%s\n' corpus.map= 'rules OLD=NEW that rename chunk types, or labels if they mark no chunks; OLD may end in *, and the first rule that matches counts [NP=NP, "*=O"] keeps noun phrases alone'
    printf '%s\t%s\n' corpus.open= 'marks a token whose label is not known (partial annotation); it is not learned as a label in format conllu, _ does so as well in upos, xpos, head and deprel empty: every label is known'
    printf '%s\t%s\n' corpus.scheme= 'how the labels of the files mark chunks auto: iob2 for task chunking, bmes for segmentation, plain for tagging; with task auto it is found, too plain: they mark no chunks'
    echo corpus.scheme=auto
    echo corpus.scheme=plain
    echo corpus.scheme=iob1
    echo corpus.scheme=iob2
    echo corpus.scheme=iobes
    echo corpus.scheme=bmes
    echo corpus.scheme=bilou
    printf '%s\t%s\n' corpus.sentences= 'read only the first so many sentences of corpus.train; 0: all'
    printf '%s\t%s\n' corpus.separator= 'what separates columns, in format conll blank: white space tab: TAB alone, so cells may hold blanks; answers have TAB, too'
    echo corpus.separator=blank
    echo corpus.separator=tab
    printf '%s\t%s\n' corpus.task= 'what is scored auto: chunking if the labels of corpus.train look like B-NP, I-NP and O ; segmentation for format segmented; else tagging tagging: accuracy of labels chunking: F1 of chunks (labels in IOB, IOBES or BILOU) entities: the same, for named entities segmentation: F1 of words (labels B, M, E, S)'
    echo corpus.task=auto
    echo corpus.task=tagging
    echo corpus.task=chunking
    echo corpus.task=entities
    echo corpus.task=segmentation
    printf '%s\t%s\n' corpus.test= 'test corpus, scored at the end; after every epoch if there is no development corpus'
    printf '%s\t%s\n' corpus.train= 'training corpus: one file or a list of files read as one'
    printf '%s\t%s\n' corpus.vectors= 'file of pre-trained vectors, for models with embeddings: word2vec (text or binary), GloVe, fastText .vec training changes them like other weights; if a word occurs twice, its first vector counts'
    printf '%s\t%s\n' corpus.vectors_line= 'name of the template line whose features are the words of corpus.vectors, such as U02 none: the line with a token\'s own cell alone, such as U00:%x[0,0]; of several, the first with the lowest column'
    printf '%s\t%s\n' corpus.vectors_unseen= 'keep vectors of words that are not in the training data, so that they can be used when tagging; takes memory, and makes the model file larger'
    echo corpus.vectors_unseen=true
    echo corpus.vectors_unseen=false
    printf '%s\t%s\n' corpus.weight_column= 'name of a column of numbers: that of its first token says how much a sentence counts in training, 1 being the usual; format crfsuite has lines @weight:NUMBER instead'
    printf '%s\t%s\n' engine.accumulate= 'number of samples whose gradients a worker adds up into one step, for engines that write each gradient at once the rate is that of the first sample; with fewer steps an epoch, tune the rate anew'
    printf '%s\t%s\n' engine.audit.every= 'compute one gradient in this many again, to measure how wrong it was; 0: none'
    printf '%s\t%s\n' engine.audit.optimum= 'run folder or model file of the same configuration, trained to the end: w* of Eq 8 of Sun (2016)'
    printf '%s\t%s\n' engine.combine.blocks= 'with fixed: copy this many of the most frequent blocks of each kind'
    printf '%s\t%s\n' engine.combine.every= 'with fixed: the 32 most frequent blocks are merged every N samples, the next 32 every 2N, the next 64 every 4N, and so on'
    printf '%s\t%s\n' engine.combine.mode= 'write frequent blocks through a copy of the worker\'s own none: never auto: as many blocks, and as often, as suits the caches and the length of sentences fixed: as combine.blocks and combine.every say'
    echo engine.combine.mode=none
    echo engine.combine.mode=auto
    echo engine.combine.mode=fixed
    printf '%s\t%s\n' engine.combine.plain= 'this share of the last epoch, at its end, is read and written as with none; with optimizer.atomic nothing is merges are late, which costs score at the end of a run; a short end without them costs little time'
    printf '%s\t%s\n' engine.delay.histogram= 'for histogram: a file with lines DELAY COUNT, in increasing order of delay'
    printf '%s\t%s\n' engine.delay.law= 'how many updates others make between a sample\'s read and its write turns: workers - 1, as workers take turns constant: always delay.mean uniform: 0 to twice delay.mean, all equally likely geometric: 0 or more, geometric with mean delay.mean histogram: drawn from the counts of delay.histogram interleaved: follows from a random order in which workers copy and store single blocks replay: as recorded in delay.replay'
    echo engine.delay.law=turns
    echo engine.delay.law=constant
    echo engine.delay.law=uniform
    echo engine.delay.law=geometric
    echo engine.delay.law=histogram
    echo engine.delay.law=interleaved
    echo engine.delay.law=replay
    printf '%s\t%s\n' engine.delay.mean= 'for constant, uniform and geometric, which need it; -1: not given'
    printf '%s\t%s\n' engine.delay.replay= 'for replay: a file that engine.record has written'
    printf '%s\t%s\n' engine.iterates= 'write the weights after every update to this file, of a model with at most 1024 weights; empty: no file'
    printf '%s\t%s\n' engine.name= 'which engine; see asyntrain list engines'
    echo engine.name=sequential
    echo engine.name=asyngrad
    echo engine.name=averaging
    echo engine.name=synchronous
    echo engine.name=simulated
    printf '%s\t%s\n' engine.pin= 'bind each worker to a core of its own'
    echo engine.pin=true
    echo engine.pin=false
    printf '%s\t%s\n' engine.policy= 'who waits for whom round-robin: threads take turns to write; each reads again right after its write, and computes while others write (Langford et al. 2009) rounds: all compute, then all write, one after another minibatch: all compute, then one update is written'
    echo engine.policy=round-robin
    echo engine.policy=rounds
    echo engine.policy=minibatch
    printf '%s\t%s\n' engine.record= 'write the order of all R and W to this file, for engine simulated to replay; empty: no file'
    printf '%s\t%s\n' engine.reduce= 'what the optimizer gets from the gradients of a minibatch mean: their mean sum: their sum compensate: each by itself, for optimizer dc-c or dc-a (DC-SSGD)'
    echo engine.reduce=mean
    echo engine.reduce=sum
    echo engine.reduce=compensate
    printf '%s\t%s\n' engine.sampling= 'samples of an epoch shuffle: all, in random order uniform: as many, drawn with replacement (Algorithm 1 of Sun 2016)'
    echo engine.sampling=shuffle
    echo engine.sampling=uniform
    printf '%s\t%s\n' engine.threads= 'number of threads, each of them a worker; engines that run in one thread take 1 only'
    printf '%s\t%s\n' engine.trace.from= 'first ticket of the trace; a ticket is the number of a sample in its epoch'
    printf '%s\t%s\n' engine.trace.pass= 'epoch whose times of R, G and W are written to trace.jsonl and trace.json; 0: none'
    printf '%s\t%s\n' engine.trace.samples= 'number of tickets in the trace'
    printf '%s\t%s\n' engine.tracker= 'how gradient errors are counted auto: overlap, or blocks if the model has no block that every sample reads overlap: by writes that overlap in time blocks: by a stamp on each block off: not at all'
    echo engine.tracker=auto
    echo engine.tracker=overlap
    echo engine.tracker=blocks
    echo engine.tracker=off
    printf '%s\t%s\n' engine.workers= 'number of virtual workers: the most samples in flight at once'
    printf '%s\t%s\n' features.cutoff= 'drop features that occur less often than this in training'
    printf '%s\t%s\n' features.template= 'file with the feature template, in the language of CRF++; all formats need one but crfsuite'
    printf '%s\t%s\n' features.train_words= 'add words to the list that occur at least this often in the training corpus; 0: none'
    printf '%s\t%s\n' features.word_dropout= 'share of the listed words that is ignored in each training sentence, so that training meets unknown words'
    printf '%s\t%s\n' features.words= 'files of word lists, for the attributes word-from, length-from, place and others'
    printf '%s\t%s\n' model.block_rows= 'greatest number of inputs, units or labels whose weights make one block; errors are counted, and writes combined, by blocks'
    printf '%s\t%s\n' model.cell= 'recurrent unit lstm: long short-term memory gru: gated recurrent unit rnn: Elman network'
    echo model.cell=lstm
    echo model.cell=gru
    echo model.cell=rnn
    printf '%s\t%s\n' model.characters= 'a vector made from the first 64 characters of a word, beside the token\'s features none: no such vector lstm: by a Bi-LSTM over the characters cnn: by a convolution over the characters'
    echo model.characters=none
    echo model.characters=lstm
    echo model.characters=cnn
    printf '%s\t%s\n' model.characters_column= 'with characters: column of the words, from 0'
    printf '%s\t%s\n' model.characters_embedding= 'with characters: embedding size of a character'
    printf '%s\t%s\n' model.characters_hidden= 'with characters: units in each direction, or filters'
    printf '%s\t%s\n' model.characters_width= 'with characters cnn: how many characters a filter sees'
    printf '%s\t%s\n' model.clip= 'greatest norm of a sentence\'s gradient: a longer one is shortened to it; slower with engine.accumulate 0: no limit'
    printf '%s\t%s\n' model.dropout= 'dropout rate in training, of the inputs of layers and of the output'
    printf '%s\t%s\n' model.embedding= 'embedding size of a feature'
    printf '%s\t%s\n' model.embeddings= 'with input concatenate: embedding size of each U line, in the order of the template, as in "100 20"; lines of the same text count once none: embedding for all'
    printf '%s\t%s\n' model.forget_bias= 'with cell lstm: initial bias of the forget gates; other biases begin at 0'
    printf '%s\t%s\n' model.hidden= 'units of a layer in each direction'
    printf '%s\t%s\n' model.init= 'standard deviation of the initial matrices 0: 1/sqrt(inputs, with their padding) for full ones, 0.5 for diagonal ones'
    printf '%s\t%s\n' model.init_embedding= 'standard deviation of the initial embeddings'
    printf '%s\t%s\n' model.input= 'how the embeddings of a token\'s U lines become one vector; B lines play no part sum: added up concatenate: side by side, 24 lines at most'
    echo model.input=sum
    echo model.input=concatenate
    printf '%s\t%s\n' model.layers= 'number of layers, each with two directions'
    printf '%s\t%s\n' model.name= 'which model; see asyntrain list models'
    echo model.name=dense-crf
    echo model.name=bilstm
    echo model.name=maxent
    echo model.name=quadratic
    printf '%s\t%s\n' model.negligible= 'make no update from a token whose right label has a probability above 1 minus this; 0: update from every token'
    printf '%s\t%s\n' model.output= 'how labels are chosen softmax: each by itself crf: as a chain with label transitions'
    echo model.output=softmax
    echo model.output=crf
    printf '%s\t%s\n' model.prune= 'with weights for more than 32 transitions, in training: leave out labels of a token whose probability is below this times that of the best one, as far as can be told before 0: leave out none, which is slower; so do adam and rmsprop always'
    printf '%s\t%s\n' model.recurrence= 'matrices of the layers full: each unit reads all inputs diagonal: unit u reads number u of each input (Sun 2016); embeddings and characters_hidden must have the size of hidden'
    echo model.recurrence=diagonal
    echo model.recurrence=full
    printf '%s\t%s\n' model.rich_edges= 'weights of a frequent feature for label transitions none: no such weights seen: for the transitions that training has all: for all T*T transitions'
    echo model.rich_edges=none
    echo model.rich_edges=seen
    echo model.rich_edges=all
    printf '%s\t%s\n' model.rich_threshold= 'a feature is frequent if it occurs more often than this in training'
    printf '%s\t%s\n' model.start= 'initial weight'
    printf '%s\t%s\n' model.unknown= 'a: in training, a feature that occurs f times is replaced by the unknown feature with probability a/(a+f); 0: never'
    printf '%s\t%s\n' optimizer.atomic= 'add to each weight by compare-and-swap, so that no update is lost; slow, for comparison only'
    echo optimizer.atomic=true
    echo optimizer.atomic=false
    printf '%s\t%s\n' optimizer.base= 'optimizer that applies the compensated gradient'
    echo optimizer.base=sgd
    echo optimizer.base=momentum
    printf '%s\t%s\n' optimizer.beta= 'added to the square root of the sum of squared gradients, by which the rate of a weight is divided'
    printf '%s\t%s\n' optimizer.beta1= 'decay of the mean gradient, at each step of the block'
    printf '%s\t%s\n' optimizer.beta2= 'decay of the mean square, at each step of the block'
    printf '%s\t%s\n' optimizer.calibrate= 'before training, try rate times 1, 2, 4 … and 1/2, 1/4 … on this many training sentences, and take the best; 0: take rate as it is'
    printf '%s\t%s\n' optimizer.decay= 'exponential: factor on the rate over an epoch, spread evenly over its steps step: factor on the rate every horizon epochs 1: the rate stays'
    printf '%s\t%s\n' optimizer.decay_frequent= 'factor, at each window, on the rate of a feature that occurred in every sample; between the two the factor is linear in the frequency'
    printf '%s\t%s\n' optimizer.decay_rare= 'factor, at each window, on the rate of a feature that did not occur in it'
    printf '%s\t%s\n' optimizer.epsilon= 'added to the square root of the sum of squares, in the denominator'
    printf '%s\t%s\n' optimizer.horizon= 'inverse: epochs after which the rate is 1/2 inverse-sqrt: epochs after which it is 1/sqrt(2) step: epochs between two factors'
    printf '%s\t%s\n' optimizer.l2.form= 'penalty over the whole training set lambda: lambda/2 ||w||^2 sigma: ||w||^2 / (2 sigma^2)'
    echo optimizer.l2.form=lambda
    echo optimizer.l2.form=sigma
    printf '%s\t%s\n' optimizer.l2.value= 'lambda or sigma; 0: no penalty'
    printf '%s\t%s\n' optimizer.lambda0= 'strength of the compensation; 0: none'
    printf '%s\t%s\n' optimizer.lambda1= 'L1 penalty lambda1 ||w||_1 beside the losses of all epochs: with E epochs, lambda1/E over the training set the higher, the more weights are 0'
    printf '%s\t%s\n' optimizer.lambda2= 'L2 penalty lambda2/2 ||w||^2, likewise; l2.value must be 0'
    printf '%s\t%s\n' optimizer.mean_square= 'whose gradients the mean square is of global: those of all workers worker: those of each worker by itself, which takes memory for each'
    echo optimizer.mean_square=global
    echo optimizer.mean_square=worker
    printf '%s\t%s\n' optimizer.mean_square_decay= 'decay of the mean square, at each step of the block; 0: the square of this gradient alone'
    printf '%s\t%s\n' optimizer.momentum= 'share of the last direction that a step keeps; it multiplies the effect of the rate by 1/(1 - momentum)'
    printf '%s\t%s\n' optimizer.name= 'which optimizer; see asyntrain list optimizers'
    echo optimizer.name=sgd
    echo optimizer.name=momentum
    echo optimizer.name=nesterov
    echo optimizer.name=adagrad
    echo optimizer.name=rmsprop
    echo optimizer.name=adam
    echo optimizer.name=adf
    echo optimizer.name=ftrl
    echo optimizer.name=dc-c
    echo optimizer.name=dc-a
    printf '%s\t%s\n' optimizer.rate= 'learning rate of the first step'
    printf '%s\t%s\n' optimizer.rho= 'decay of the mean square, at each step of the block'
    printf '%s\t%s\n' optimizer.schedule= 'factor on the rate after t epochs exponential: decay^t constant: 1 inverse: 1/(1 + t/horizon) inverse-sqrt: 1/sqrt(1 + t/horizon) step: decay^floor(t/horizon)'
    echo optimizer.schedule=exponential
    echo optimizer.schedule=constant
    echo optimizer.schedule=inverse
    echo optimizer.schedule=inverse-sqrt
    echo optimizer.schedule=step
    printf '%s\t%s\n' optimizer.warmup= 'epochs in which the rate rises from 0 to what the schedule says; 0.1 is a tenth of the first epoch'
    printf '%s\t%s\n' optimizer.windows= 'windows of an epoch; the rates are adapted at the end of each'
    printf '%s\t%s\n' run.average= 'from this epoch on, the model is the mean of the weights after each epoch; 0: never'
    printf '%s\t%s\n' run.blanks= 'format segmented: what blanks in the input of tag mean keep: word boundaries, which stay drop: nothing'
    echo run.blanks=keep
    echo run.blanks=drop
    printf '%s\t%s\n' run.checkpoint.every= 'write the state of the run every so many units, so that `train --resume` can go on with it 0: only when a signal asks (INT, TERM, HUP: before the end; USR1: and go on)'
    printf '%s\t%s\n' run.checkpoint.final= 'keep a checkpoint when the run is over, so that `train --resume` can train it for more epochs'
    echo run.checkpoint.final=true
    echo run.checkpoint.final=false
    printf '%s\t%s\n' run.checkpoint.keep= 'number of the last checkpoints that stay while the run lasts; the one with the best score stays as well'
    printf '%s\t%s\n' run.checkpoint.unit= 'unit of checkpoint.every'
    echo run.checkpoint.unit=epochs
    echo run.checkpoint.unit=updates
    echo run.checkpoint.unit=seconds
    printf '%s\t%s\n' run.decode= 'which labels may follow each other in answers free: all scheme: as the label scheme allows seen: as seen in training'
    echo run.decode=free
    echo run.decode=scheme
    echo run.decode=seen
    printf '%s\t%s\n' run.epochs= 'number of epochs'
    printf '%s\t%s\n' run.evaluate= 'when to score each: after each epoch last: after the last epoch'
    echo run.evaluate=each
    echo run.evaluate=last
    printf '%s\t%s\n' run.from= 'begin with the weights of this model (a model file or a run\'s folder), trained on other or the same corpora with the same template and model its features and labels stay, those of the training corpus are added none: begin anew'
    printf '%s\t%s\n' run.keep= 'which model is tested and saved last: that of the last epoch best: the one with the best development score'
    echo run.keep=last
    echo run.keep=best
    printf '%s\t%s\n' run.keep_epochs= 'keep the model after each epoch as well, as epochs/epoch-001.safetensors of the run folder and so on'
    echo run.keep_epochs=true
    echo run.keep_epochs=false
    printf '%s\t%s\n' run.patience= 'stop after this many epochs in a row without a better development score; 0: never'
    printf '%s\t%s\n' run.seed= 'seed of everything random: order of samples, initial weights and others'
    printf '%s\t%s\n' run.slice.alpha= 'structure regularization by number: train on about this many pieces of each sentence'
    printf '%s\t%s\n' run.slice.redraw= 'true: cut sentences anew in every epoch false: cut them once'
    echo run.slice.redraw=true
    echo run.slice.redraw=false
    printf '%s\t%s\n' run.slice.size= 'structure regularization: train on pieces of about this many tokens, 1 or more (1.5, say); 0: whole sentences'
    printf '%s\t%s\n' run.tensorboard= 'write loss, rate, scores, gradient errors and speed for TensorBoard, into the folder tensorboard of the run'
    echo run.tensorboard=true
    echo run.tensorboard=false
    printf '%s\t%s\n' run.whole= 'segmentation: runs of characters that no word boundary may divide, in scoring and tagging none: no such runs letters: Latin and similar letters, full-width too digits: digits, and points between them (3.14) both: letters and digits'
    echo run.whole=none
    echo run.whole=letters
    echo run.whole=digits
    echo run.whole=both
end

function __asyntrain_simulation_keys
    printf '%s\t%s\n' simulate.delay.begin= 'what an update reads if its delay leads back before the start plain: the newest weights, so that a constant delay begins with steps of plain SGD start: the initial weights'
    echo simulate.delay.begin=plain
    echo simulate.delay.begin=start
    printf '%s\t%s\n' simulate.delay.law= 'delay of the gradients of asgd and sdde, in updates constant: always delay.mean uniform: 0 to twice delay.mean, all equally likely geometric: 0 or more, geometric with mean delay.mean'
    echo simulate.delay.law=constant
    echo simulate.delay.law=uniform
    echo simulate.delay.law=geometric
    printf '%s\t%s\n' simulate.delay.mean= 'mean delay, in updates'
    printf '%s\t%s\n' simulate.delta= 'time that an update takes, in the equations; it says how time is counted and changes no path 0: as rate'
    printf '%s\t%s\n' simulate.dimension= 'of drawn rows: number of weights; the rows are standard normal, the true weights are 1'
    printf '%s\t%s\n' simulate.eigenvalues= 'curvatures of the weights, each > 0'
    printf '%s\t%s\n' simulate.every= 'updates between two rows of the files'
    printf '%s\t%s\n' simulate.matrix= 'symmetric matrix of curvatures instead, a list of its rows: ["2 0.5", "0.5 1"]; none: eigenvalues'
    printf '%s\t%s\n' simulate.noise.covariance= 'covariance of the derivatives instead, a list of rows; none: noise.variance, independently'
    printf '%s\t%s\n' simulate.noise.law= 'noise of sgd and asgd, before it gets its variance signs: -1 or 1, as two samples have it normal: standard normal numbers'
    echo simulate.noise.law=signs
    echo simulate.noise.law=normal
    printf '%s\t%s\n' simulate.noise.variance= 'variance of each derivative of a sample'
    printf '%s\t%s\n' simulate.objective= 'function that the processes descend quadratic: given by its curvatures, with noise of its own regression: linear regression on rows of numbers; its samples are the noise'
    echo simulate.objective=quadratic
    echo simulate.objective=regression
    printf '%s\t%s\n' simulate.optimum= 'weights where the function is least; one number stands for all'
    printf '%s\t%s\n' simulate.paths= 'number of paths whose mean and variance are taken; 0: none, only the exact moments'
    printf '%s\t%s\n' simulate.processes= 'which to simulate sgd: updates without delay asgd: updates with delayed gradients sde: the stochastic differential equation of sgd sdde: the delayed equation, of asgd'
    printf '%s\t%s\n' simulate.rate= 'step length eta'
    printf '%s\t%s\n' simulate.residual= 'of drawn rows: standard deviation of what is to be predicted from the true weights\' prediction'
    printf '%s\t%s\n' simulate.rows= 'file with a sample a line, numbers separated by blanks, the last one to be predicted; none: drawn rows'
    printf '%s\t%s\n' simulate.rows_seed= 'of drawn rows: their seed'
    printf '%s\t%s\n' simulate.samples= 'of drawn rows: their number'
    printf '%s\t%s\n' simulate.schedule= 'factor of the rate in update k, from 1 constant: 1 inverse: 1/k inverse-sqrt: 1/sqrt(k)'
    echo simulate.schedule=constant
    echo simulate.schedule=inverse
    echo simulate.schedule=inverse-sqrt
    printf '%s\t%s\n' simulate.seed= 'seed of the paths'
    printf '%s\t%s\n' simulate.shown= 'number of single paths written to paths.csv'
    printf '%s\t%s\n' simulate.start= 'initial weights; one number stands for all'
    printf '%s\t%s\n' simulate.substeps= 'steps of the Euler-Maruyama method in the time of an update'
    printf '%s\t%s\n' simulate.updates= 'number of updates of a path'
end

complete -c asyntrain -n __fish_use_subcommand -f -l help -d 'print help'
complete -c asyntrain -n __fish_use_subcommand -f -l version -d 'print the version'

complete -c asyntrain -n __fish_use_subcommand -f -a train -d 'train a model and write a run folder'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l out -r -d 'run folder (default: runs/NAME of the configuration, numbered if it exists)'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l resume -r -d 'go on with a run that was stopped, from its last checkpoint'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l quiet -d 'print nothing but errors; the score is in log.txt of the run folder'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l runs -x -d 'train N times, with the seeds run.seed, run.seed + 1 …, and print the mean'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l jobs -x -d 'of --runs: so many at once (default: cores / engine.threads)'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l dry-run -d 'check everything, print what would be done, and write nothing'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -l log-json -d 'progress and messages on stderr as JSON, an object a line'
complete -c asyntrain -n '__fish_seen_subcommand_from train' -a '(__asyntrain_run_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a sweep -d 'train many configurations, and rank them by their score on dev'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l random -x -d 'draw N configurations at random (default: every combination)'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l seed -x -d 'seed of the draws (default: 1)'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l out -r -d 'folder of the sweep (default: runs/NAME-sweep)'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l jobs -x -d 'train N at once (default: cores / engine.threads)'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l quiet -d 'print nothing but the table and errors'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l dry-run -d 'check all configurations, list them, and write nothing'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -l log-json -d 'progress and messages on stderr as JSON, an object a line'
complete -c asyntrain -n '__fish_seen_subcommand_from sweep' -a '(__asyntrain_run_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a cv -d 'cross-validation: train on all folds but one, test on that'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l folds -x -d 'number of folds (default: 10)'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l by -x -d 'what is put into folds: sentence or file of corpus.train (default: sentence)'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l seed -x -d 'seed that draws the folds (default: 1)'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l out -r -d 'folder of the runs (default: runs/NAME-cv)'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l jobs -x -d 'train N folds at once (default: cores / engine.threads)'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l quiet -d 'print nothing but the table and errors'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l dry-run -d 'check the configuration, list the folds, and write nothing'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -l log-json -d 'progress and messages on stderr as JSON, an object a line'
complete -c asyntrain -n '__fish_seen_subcommand_from cv' -a '(__asyntrain_run_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a init-config -d 'write a first configuration for a corpus of your own'
complete -c asyntrain -n '__fish_seen_subcommand_from init-config' -l model -x -a 'crf lstm' -d 'kind of the model (default: crf)'
complete -c asyntrain -n '__fish_seen_subcommand_from init-config' -l dev -r -d 'development corpus'
complete -c asyntrain -n '__fish_seen_subcommand_from init-config' -l test -r -d 'test corpus'
complete -c asyntrain -n '__fish_seen_subcommand_from init-config' -l out -r -d 'write it here, where no file is yet (default: standard output)'

complete -c asyntrain -n __fish_use_subcommand -f -a check -d 'read configuration and corpora and report on them, without training'
complete -c asyntrain -n '__fish_seen_subcommand_from check' -a '(__asyntrain_run_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a bench -d 'compare ways to train: speed, gradient errors, score'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l modes -x -a 'sequential asyngrad combined round-robin rounds minibatch averaging' -d 'some of `asyntrain list modes`, or NAME:key=value,key=value (default: all)'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l threads -x -d 'numbers of threads, such as 1,2,4 (default: 1 and the number of cores); a mode may have its own'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l repeats -x -d 'number of runs of each mode, with seeds run.seed, run.seed + 1 … (default: 5)'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l goal -x -d 'score after each epoch, and report the seconds of training until SCORE is reached'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l out -r -d 'write NAME.json and NAME.csv as well'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l limits -d 'no modes: compare one thread with what limits it, the memory\'s speed or OpenBLAS\'s'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l dry-run -d 'check everything, print what would be done, and write nothing'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -l log-json -d 'progress and messages on stderr as JSON, an object a line'
complete -c asyntrain -n '__fish_seen_subcommand_from bench' -a '(__asyntrain_run_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a report -d 'a page about runs: curves, gradient errors, mistakes'
complete -c asyntrain -n '__fish_seen_subcommand_from report' -l out -r -d 'the page\'s file (default report.html)'
complete -c asyntrain -n '__fish_seen_subcommand_from report' -l test -r -d 'show the mistakes in this file, instead of the run\'s test or dev files'
complete -c asyntrain -n '__fish_seen_subcommand_from report' -l bench -r -d 'NAME.csv of bench --out NAME: show speed-ups as well'

complete -c asyntrain -n __fish_use_subcommand -f -a simulate -d 'SGD and ASGD beside their differential equations: paths, moments, bounds'
complete -c asyntrain -n '__fish_seen_subcommand_from simulate' -l out -r -d 'write paths.csv, moments.csv, bounds.csv and summary.csv into this folder'
complete -c asyntrain -n '__fish_seen_subcommand_from simulate' -a '(__asyntrain_simulation_keys)'

complete -c asyntrain -n __fish_use_subcommand -f -a theory -d 'hold Theorem 1 of Sun (2016) against a run that was audited, or compute it from constants'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l epsilon -x -d 'distance of the objective from its least value, in nats a sample (default 0.1)'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l beta -x -d '1 or more: so many times shorter steps than the theorem needs (default 1)'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l optimum -r -d 'where the run\'s engine.audit.optimum lies now, if it was moved'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l out -r -d 'write the table as CSV, too'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l c -x -d 'without a run: strong convexity'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l q -x -d 'without a run: smoothness, C or more'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l kappa -x -d 'without a run: greatest norm of a gradient'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l tau -x -d 'without a run: what errors of gradients cost (Eq 8)'
complete -c asyntrain -n '__fish_seen_subcommand_from theory' -l a0 -x -d 'without a run: squared distance from the optimum at the start'

complete -c asyntrain -n __fish_use_subcommand -f -a eval -d 'score a trained model on labelled files, or on its own test corpus'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l threads -x -d 'threads to decode with (default: all cores)'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l decode -x -a 'free scheme seen' -d 'instead of the model\'s run.decode'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l whole -x -a 'none letters digits both' -d 'instead of the model\'s run.whole'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l strict -d 'count a chunk only if its labels are well-formed in corpus.scheme'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l labels -d 'print a table of labels, too: precision, recall, F1, support, worst confusions'
complete -c asyntrain -n '__fish_seen_subcommand_from eval' -l log-json -d 'progress and messages on stderr as JSON, an object a line'

complete -c asyntrain -n __fish_use_subcommand -f -a tag -d 'label a file, or standard input as it comes'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l nbest -x -d 'give the N best answers, each after its rank and probability; score cannot read them'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l marginals -d 'add the probability of each label, in a last column; score cannot read it'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l probabilities -d 'add all labels of each token, LABEL:PROBABILITY, in further columns; score cannot read them'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l given -d 'keep the labels of the input (\'?\' is an open one), or its word boundaries'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l decode -x -a 'free scheme seen' -d 'instead of the model\'s run.decode'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l whole -x -a 'none letters digits both' -d 'instead of the model\'s run.whole'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l blanks -x -a 'keep drop' -d 'segmented: word boundaries of the input, instead of the model\'s run.blanks'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l dictionary -r -d 'segmented: words to keep whole, one a line; with a number behind it, one that should be kept'
complete -c asyntrain -n '__fish_seen_subcommand_from tag' -l threads -x -d 'threads that answer (default: 1); the output is the same'

complete -c asyntrain -n __fish_use_subcommand -f -a score -d 'score columns `gold guess` (the last two), or segmented GOLD and ANSWER files'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l task -x -a 'tagging chunking' -d 'what the labels are (default: chunking if all look like B-NP or O)'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l scheme -x -a 'iob iob1 iob2 iobes bmes bilou' -d 'how labels mark chunks; iob as conlleval reads them (default: as the labels suggest)'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l strict -d 'count a chunk only if its labels are well-formed in the scheme'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l labels -d 'print a table of labels, too: precision, recall, F1, support, worst confusions'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l words -r -d 'list of known words, for OOV recall of segmented files'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l gold -x -d 'number of the gold column, from 0 (default: the last but one)'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l separator -x -a 'blank tab' -d 'what separates columns (default: blank); with tab cells may hold blanks'
complete -c asyntrain -n '__fish_seen_subcommand_from score' -l comments -x -d 'lines between sentences that begin with this text are comments'

complete -c asyntrain -n __fish_use_subcommand -f -a compare -d 'is one of two models better on labelled files, or is it chance?'
complete -c asyntrain -n '__fish_seen_subcommand_from compare' -l resamples -x -d 'resamples of the bootstrap (default 10000)'
complete -c asyntrain -n '__fish_seen_subcommand_from compare' -l seed -x -d 'seed of the resamples (default 1)'
complete -c asyntrain -n '__fish_seen_subcommand_from compare' -l show -x -d 'show N sentences that they label differently, most different labels first'
complete -c asyntrain -n '__fish_seen_subcommand_from compare' -l decode -x -a 'free scheme seen' -d 'instead of the models\' run.decode'

complete -c asyntrain -n __fish_use_subcommand -f -a inspect -d 'what is in a model, and what a sentence\'s labels rest on'
complete -c asyntrain -n '__fish_seen_subcommand_from inspect' -l top -x -d 'show the N heaviest, or nearest (default 10)'
complete -c asyntrain -n '__fish_seen_subcommand_from inspect' -l feature -x -d 'the weights of one feature, as in U02:dog'
complete -c asyntrain -n '__fish_seen_subcommand_from inspect' -l word -x -d 'the nearest neighbours of a word\'s embedding, or of a feature\'s'
complete -c asyntrain -n '__fish_seen_subcommand_from inspect' -l sentence -x -d 'what a sentence\'s labels rest on: FILE:LINE, or - for the first of standard input'

complete -c asyntrain -n __fish_use_subcommand -f -a export -d 'write a model\'s weights for other programs: TSV, CRF++, CRFsuite'
complete -c asyntrain -n '__fish_seen_subcommand_from export' -l format -r -d 'tsv (default), crf++ or crfsuite'
complete -c asyntrain -n '__fish_seen_subcommand_from export' -l out -r -d 'write this file instead of standard output'
complete -c asyntrain -n '__fish_seen_subcommand_from export' -l decode -x -a 'free scheme seen' -d 'instead of the model\'s run.decode; free leaves out which label may follow which'
complete -c asyntrain -n '__fish_seen_subcommand_from export' -l whole -x -a 'none letters digits both' -d 'instead of the model\'s run.whole; none leaves out which runs are kept whole'

complete -c asyntrain -n __fish_use_subcommand -f -a list -d 'list models, optimizers, engines, modes, formats, attributes, keys, verbs, codes'
complete -c asyntrain -n '__fish_seen_subcommand_from list' -l markdown -d 'print keys, or attributes, as a page of documentation'
complete -c asyntrain -n '__fish_seen_subcommand_from list' -f -a 'models optimizers engines modes formats attributes verbs codes keys man completion-bash completion-zsh completion-fish'

complete -c asyntrain -n __fish_use_subcommand -f -a version -d 'print the version, and what it was built with and runs on'
complete -c asyntrain -n '__fish_seen_subcommand_from version' -f

complete -c asyntrain -n __fish_use_subcommand -f -a help -d 'print this help, or that of one verb'
complete -c asyntrain -n '__fish_seen_subcommand_from help' -f -a 'train sweep cv init-config check bench report simulate theory eval tag score compare inspect export list version help'
