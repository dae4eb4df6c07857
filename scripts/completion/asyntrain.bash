# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2207
# Completion of asyntrain(1) for bash. Written by `make docs`, from the tables of the program.
# The functions share current, before and key of _asyntrain, and add to COMPREPLY.

# files that begin so; a folder stays open
_asyntrain_files()
{
    local file
    compopt -o nospace 2>/dev/null
    while IFS= read -r file; do
        [ -n "$file" ] || continue
        if [ -d "$file" ]; then
            COMPREPLY+=("$(printf '%q' "$file")/")
        else
            COMPREPLY+=("$(printf '%q' "$file") ")
        fi
    done <<<"$(compgen -f -- "$1")"
    return 0
}

# words that begin so
_asyntrain_words()
{
    COMPREPLY+=($(compgen -W "$2" -- "$1"))
    return 0
}

# values of the key $key
_asyntrain_values()
{
    case $key in
    corpus.dev) _asyntrain_files "$current" ;;
    corpus.encode) _asyntrain_words "$current" 'same iob1 iob2 iobes bmes bilou' ;;
    corpus.fold.by) _asyntrain_words "$current" 'sentence file' ;;
    corpus.format) _asyntrain_words "$current" 'conll segmented conllu crfsuite' ;;
    corpus.scheme) _asyntrain_words "$current" 'auto plain iob1 iob2 iobes bmes bilou' ;;
    corpus.separator) _asyntrain_words "$current" 'blank tab' ;;
    corpus.task) _asyntrain_words "$current" 'auto tagging chunking entities segmentation' ;;
    corpus.test) _asyntrain_files "$current" ;;
    corpus.train) _asyntrain_files "$current" ;;
    corpus.vectors) _asyntrain_files "$current" ;;
    corpus.vectors_unseen) _asyntrain_words "$current" 'true false' ;;
    engine.audit.optimum) _asyntrain_files "$current" ;;
    engine.combine.mode) _asyntrain_words "$current" 'none auto fixed' ;;
    engine.delay.histogram) _asyntrain_files "$current" ;;
    engine.delay.law) _asyntrain_words "$current" 'turns constant uniform geometric histogram interleaved replay' ;;
    engine.delay.replay) _asyntrain_files "$current" ;;
    engine.iterates) _asyntrain_files "$current" ;;
    engine.name) _asyntrain_words "$current" 'sequential asyngrad averaging synchronous simulated' ;;
    engine.pin) _asyntrain_words "$current" 'true false' ;;
    engine.policy) _asyntrain_words "$current" 'round-robin rounds minibatch' ;;
    engine.record) _asyntrain_files "$current" ;;
    engine.reduce) _asyntrain_words "$current" 'mean sum compensate' ;;
    engine.sampling) _asyntrain_words "$current" 'shuffle uniform' ;;
    engine.tracker) _asyntrain_words "$current" 'auto overlap blocks off' ;;
    features.template) _asyntrain_files "$current" ;;
    features.words) _asyntrain_files "$current" ;;
    model.cell) _asyntrain_words "$current" 'lstm gru rnn' ;;
    model.characters) _asyntrain_words "$current" 'none lstm cnn' ;;
    model.input) _asyntrain_words "$current" 'sum concatenate' ;;
    model.name) _asyntrain_words "$current" 'dense-crf bilstm maxent quadratic' ;;
    model.output) _asyntrain_words "$current" 'softmax crf' ;;
    model.recurrence) _asyntrain_words "$current" 'diagonal full' ;;
    model.rich_edges) _asyntrain_words "$current" 'none seen all' ;;
    optimizer.atomic) _asyntrain_words "$current" 'true false' ;;
    optimizer.base) _asyntrain_words "$current" 'sgd momentum' ;;
    optimizer.l2.form) _asyntrain_words "$current" 'lambda sigma' ;;
    optimizer.mean_square) _asyntrain_words "$current" 'global worker' ;;
    optimizer.name) _asyntrain_words "$current" 'sgd momentum nesterov adagrad rmsprop adam adf ftrl dc-c dc-a' ;;
    optimizer.schedule) _asyntrain_words "$current" 'exponential constant inverse inverse-sqrt step' ;;
    run.blanks) _asyntrain_words "$current" 'keep drop' ;;
    run.checkpoint.final) _asyntrain_words "$current" 'true false' ;;
    run.checkpoint.unit) _asyntrain_words "$current" 'epochs updates seconds' ;;
    run.decode) _asyntrain_words "$current" 'free scheme seen' ;;
    run.evaluate) _asyntrain_words "$current" 'each last' ;;
    run.from) _asyntrain_files "$current" ;;
    run.keep) _asyntrain_words "$current" 'last best' ;;
    run.keep_epochs) _asyntrain_words "$current" 'true false' ;;
    run.slice.redraw) _asyntrain_words "$current" 'true false' ;;
    run.tensorboard) _asyntrain_words "$current" 'true false' ;;
    run.whole) _asyntrain_words "$current" 'none letters digits both' ;;
    simulate.delay.begin) _asyntrain_words "$current" 'plain start' ;;
    simulate.delay.law) _asyntrain_words "$current" 'constant uniform geometric' ;;
    simulate.noise.law) _asyntrain_words "$current" 'signs normal' ;;
    simulate.objective) _asyntrain_words "$current" 'quadratic regression' ;;
    simulate.rows) _asyntrain_files "$current" ;;
    simulate.schedule) _asyntrain_words "$current" 'constant inverse inverse-sqrt' ;;
    esac
}

# files, sections, then keys of a section, then values
_asyntrain_keys()
{
    local sections keys
    if [ "$1" = simulation ]; then
        sections='simulate. '
        keys='simulate.delay.begin= simulate.delay.law= simulate.delay.mean= simulate.delta= simulate.dimension= simulate.eigenvalues= simulate.every= simulate.matrix= simulate.noise.covariance= simulate.noise.law= simulate.noise.variance= simulate.objective= simulate.optimum= simulate.paths= simulate.processes= simulate.rate= simulate.residual= simulate.rows= simulate.rows_seed= simulate.samples= simulate.schedule= simulate.seed= simulate.shown= simulate.start= simulate.substeps= simulate.updates= '
    else
        sections='corpus. engine. features. model. optimizer. run. '
        keys='corpus.columns= corpus.comments= corpus.dev= corpus.dev_fraction= corpus.dev_seed= corpus.encode= corpus.fold.by= corpus.fold.held= corpus.fold.of= corpus.fold.seed= corpus.format= corpus.label= corpus.label_weights= corpus.map= corpus.open= corpus.scheme= corpus.sentences= corpus.separator= corpus.task= corpus.test= corpus.train= corpus.vectors= corpus.vectors_line= corpus.vectors_unseen= corpus.weight_column= engine.accumulate= engine.audit.every= engine.audit.optimum= engine.combine.blocks= engine.combine.every= engine.combine.mode= engine.combine.plain= engine.delay.histogram= engine.delay.law= engine.delay.mean= engine.delay.replay= engine.iterates= engine.name= engine.pin= engine.policy= engine.record= engine.reduce= engine.sampling= engine.threads= engine.trace.from= engine.trace.pass= engine.trace.samples= engine.tracker= engine.workers= features.cutoff= features.template= features.train_words= features.word_dropout= features.words= model.block_rows= model.cell= model.characters= model.characters_column= model.characters_embedding= model.characters_hidden= model.characters_width= model.clip= model.dropout= model.embedding= model.embeddings= model.forget_bias= model.hidden= model.init= model.init_embedding= model.input= model.layers= model.name= model.negligible= model.output= model.prune= model.recurrence= model.rich_edges= model.rich_threshold= model.start= model.unknown= optimizer.atomic= optimizer.base= optimizer.beta= optimizer.beta1= optimizer.beta2= optimizer.calibrate= optimizer.decay= optimizer.decay_frequent= optimizer.decay_rare= optimizer.epsilon= optimizer.horizon= optimizer.l2.form= optimizer.l2.value= optimizer.lambda0= optimizer.lambda1= optimizer.lambda2= optimizer.mean_square= optimizer.mean_square_decay= optimizer.momentum= optimizer.name= optimizer.rate= optimizer.rho= optimizer.schedule= optimizer.warmup= optimizer.windows= run.average= run.blanks= run.checkpoint.every= run.checkpoint.final= run.checkpoint.keep= run.checkpoint.unit= run.decode= run.epochs= run.evaluate= run.from= run.keep= run.keep_epochs= run.patience= run.seed= run.slice.alpha= run.slice.redraw= run.slice.size= run.tensorboard= run.whole= '
    fi
    if [ -n "$key" ]; then
        _asyntrain_values
        return
    fi
    _asyntrain_files "$current"
    case $current in
    *.*) _asyntrain_words "$current" "$keys" ;;
    *) _asyntrain_words "$current" "$sections" ;;
    esac
}

_asyntrain()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} key='' whole=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _asyntrain_words "$current" 'train sweep cv init-config check bench report simulate theory eval tag score compare inspect export list version help --help --version'
        return
    fi
    # an equals sign is a word of its own, unless COMP_WORDBREAKS lacks it
    if [ "$current" = '=' ]; then
        key=$before current=''
    elif [ "$before" = '=' ]; then
        key=${COMP_WORDS[COMP_CWORD - 2]}
    elif [ "$current" != "${current#*=}" ]; then
        key=${current%%=*} whole=${current%%=*}= current=${current#*=}
    fi
    case ${COMP_WORDS[1]} in
    train)
        case ${key:-$before} in
        --out) _asyntrain_files "$current" && return ;;
        --resume) _asyntrain_files "$current" && return ;;
        --runs) : && return ;;
        --jobs) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--out --resume --quiet --runs --jobs --dry-run --log-json --help' ;;
        *) _asyntrain_keys run ;;
        esac
        ;;
    sweep)
        case ${key:-$before} in
        --random) : && return ;;
        --seed) : && return ;;
        --out) _asyntrain_files "$current" && return ;;
        --jobs) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--random --seed --out --jobs --quiet --dry-run --log-json --help' ;;
        *) _asyntrain_keys run ;;
        esac
        ;;
    cv)
        case ${key:-$before} in
        --folds) : && return ;;
        --by) : && return ;;
        --seed) : && return ;;
        --out) _asyntrain_files "$current" && return ;;
        --jobs) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--folds --by --seed --out --jobs --quiet --dry-run --log-json --help' ;;
        *) _asyntrain_keys run ;;
        esac
        ;;
    init-config)
        case ${key:-$before} in
        --model) _asyntrain_words "$current" 'crf lstm' && return ;;
        --dev) _asyntrain_files "$current" && return ;;
        --test) _asyntrain_files "$current" && return ;;
        --out) _asyntrain_files "$current" && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--model --dev --test --out --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    check)
        case $current in
        -*) _asyntrain_words "$current" '--help' ;;
        *) _asyntrain_keys run ;;
        esac
        ;;
    bench)
        case ${key:-$before} in
        --modes) _asyntrain_words "$current" 'sequential asyngrad combined round-robin rounds minibatch averaging' && return ;;
        --threads) : && return ;;
        --repeats) : && return ;;
        --goal) : && return ;;
        --out) _asyntrain_files "$current" && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--modes --threads --repeats --goal --out --limits --dry-run --log-json --help' ;;
        *) _asyntrain_keys run ;;
        esac
        ;;
    report)
        case ${key:-$before} in
        --out) _asyntrain_files "$current" && return ;;
        --test) _asyntrain_files "$current" && return ;;
        --bench) _asyntrain_files "$current" && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--out --test --bench --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    simulate)
        case ${key:-$before} in
        --out) _asyntrain_files "$current" && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--out --help' ;;
        *) _asyntrain_keys simulation ;;
        esac
        ;;
    theory)
        case ${key:-$before} in
        --epsilon) : && return ;;
        --beta) : && return ;;
        --optimum) _asyntrain_files "$current" && return ;;
        --out) _asyntrain_files "$current" && return ;;
        --c) : && return ;;
        --q) : && return ;;
        --kappa) : && return ;;
        --tau) : && return ;;
        --a0) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--epsilon --beta --optimum --out --c --q --kappa --tau --a0 --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    eval)
        case ${key:-$before} in
        --threads) : && return ;;
        --decode) _asyntrain_words "$current" 'free scheme seen' && return ;;
        --whole) _asyntrain_words "$current" 'none letters digits both' && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--threads --decode --whole --strict --labels --log-json --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    tag)
        case ${key:-$before} in
        --nbest) : && return ;;
        --decode) _asyntrain_words "$current" 'free scheme seen' && return ;;
        --whole) _asyntrain_words "$current" 'none letters digits both' && return ;;
        --blanks) _asyntrain_words "$current" 'keep drop' && return ;;
        --dictionary) _asyntrain_files "$current" && return ;;
        --threads) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--nbest --marginals --probabilities --given --decode --whole --blanks --dictionary --threads --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    score)
        case ${key:-$before} in
        --task) _asyntrain_words "$current" 'tagging chunking' && return ;;
        --scheme) _asyntrain_words "$current" 'iob iob1 iob2 iobes bmes bilou' && return ;;
        --words) _asyntrain_files "$current" && return ;;
        --gold) : && return ;;
        --separator) _asyntrain_words "$current" 'blank tab' && return ;;
        --comments) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--task --scheme --strict --labels --words --gold --separator --comments --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    compare)
        case ${key:-$before} in
        --resamples) : && return ;;
        --seed) : && return ;;
        --show) : && return ;;
        --decode) _asyntrain_words "$current" 'free scheme seen' && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--resamples --seed --show --decode --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    inspect)
        case ${key:-$before} in
        --top) : && return ;;
        --feature) : && return ;;
        --word) : && return ;;
        --sentence) : && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--top --feature --word --sentence --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    export)
        case ${key:-$before} in
        --format) _asyntrain_files "$current" && return ;;
        --out) _asyntrain_files "$current" && return ;;
        --decode) _asyntrain_words "$current" 'free scheme seen' && return ;;
        --whole) _asyntrain_words "$current" 'none letters digits both' && return ;;
        esac
        case $current in
        -*) _asyntrain_words "$current" '--format --out --decode --whole --help' ;;
        *) _asyntrain_files "$current" ;;
        esac
        ;;
    list)
        case ${key:-$before} in
        esac
        case $current in
        -*) _asyntrain_words "$current" '--markdown --help' ;;
        *) _asyntrain_words "$current" 'models optimizers engines modes formats attributes verbs codes keys man completion-bash completion-zsh completion-fish' ;;
        esac
        ;;
    version)
        case $current in
        -*) _asyntrain_words "$current" '--help' ;;
        *) : ;;
        esac
        ;;
    help)
        case $current in
        -*) _asyntrain_words "$current" '--help' ;;
        *) _asyntrain_words "$current" 'train sweep cv init-config check bench report simulate theory eval tag score compare inspect export list version help' ;;
        esac
        ;;
    esac
    COMPREPLY=("${COMPREPLY[@]/#/$whole}")
}
complete -F _asyntrain asyntrain
