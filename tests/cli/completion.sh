# Completion of bash, as bash has it: what comes behind which words. (zsh and fish have the same tables.)
command -v bash >/dev/null || { echo "bash is not installed"; exit 77; }
mkdir folder && : >folder/file && : >'a b.yaml' && : >asyn.yaml
cat >complete.bash <<'END'
. "$ROOT/scripts/completion/asyntrain.bash"
# complete WORD...: the words as bash parts them; what the last may become
complete_words() {
    echo "## $*"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _asyntrain asyntrain "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
    printf '[%s]\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}
complete -p asyntrain
complete_words asyntrain tr
complete_words asyntrain s
complete_words asyntrain eval --
complete_words asyntrain eval --st
complete_words asyntrain eval --decode s
complete_words asyntrain eval --decode = ''
complete_words asyntrain eval --decode = f
complete_words asyntrain eval --decode=s
complete_words asyntrain eval --threads ''
complete_words asyntrain eval ''
complete_words asyntrain eval folder/
complete_words asyntrain bench --modes seq
complete_words asyntrain train opt
complete_words asyntrain train a
complete_words asyntrain train optimizer.l2.
complete_words asyntrain train optimizer.name = ad
complete_words asyntrain train optimizer.name=sg
complete_words asyntrain check engine.name = ''
complete_words asyntrain check model.name = ''
complete_words asyntrain train run.evaluate = ''
complete_words asyntrain train engine.pin = t
complete_words asyntrain train corpus.train = fol
complete_words asyntrain train run.epochs = ''
complete_words asyntrain simulate sim
complete_words asyntrain simulate simulate.obj
complete_words asyntrain help ta
complete_words asyntrain list mod
complete_words asyntrain version ''
END
bash complete.bash
# a key of the tables without its values, or an option, would be missing there: every one is completed
cat >all.bash <<'END'
. "$ROOT/scripts/completion/asyntrain.bash"
while read -r key; do
    COMP_WORDS=(asyntrain train "$key") COMP_CWORD=2 COMPREPLY=()
    case $key in simulate.*) COMP_WORDS[1]=simulate ;; esac
    _asyntrain 2>/dev/null
    case " ${COMPREPLY[*]} " in *" $key= "*) ;; *) echo "no completion of $key" ;; esac
done
END
"$ASYNTRAIN" list keys | awk '/^[a-z]/ { print $1 }' | sort -u >keys
bash all.bash <keys
awk 'END { print (NR > 100) ? "all keys are completed" : "FEW KEYS" }' keys
