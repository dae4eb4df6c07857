# What `make install` brings works where it is, and `make uninstall` leaves none of it. (The program is installed as it
# was built: make would build another.)
. "$ROOT/tests/cli/common"
make='make'
case $(make --version 2>/dev/null) in "GNU Make"*) ;; *) make=gmake ;; esac
command -v $make >/dev/null || { echo "GNU make is not installed"; exit 77; }
[ "$A" = "$ROOT/build/asyntrain" ] || { echo "only build/asyntrain is installed"; exit 77; }
at=$PWD/"a place"/usr
# inst GOAL: without building, and as if every file were as it should be
inst() { $make -s -C "$ROOT" -o build/asyntrain -o build/config.mk "$1" DESTDIR="$PWD/a place" PREFIX=/usr 2>messages >&2 || cat messages; }
inst install
for file in bin/asyntrain share/man/man1/asyntrain.1 share/bash-completion/completions/asyntrain \
    share/zsh/site-functions/_asyntrain share/fish/vendor_completions.d/asyntrain.fish share/doc/asyntrain/docs/guide.md \
    share/asyntrain/scripts/papers/report.sh share/asyntrain/corpora/README.md; do
    [ -f "$at/$file" ] || echo "NO $file"
done
for script in check-layers install-deps completion; do [ ! -e "$at/share/asyntrain/scripts/$script" ] || echo "NOT FOR USERS: $script"; done

unset ASYNTRAIN
"$at/bin/asyntrain" train "$at/share/asyntrain/configs/demo.yaml" run.epochs=1 engine.name=sequential engine.threads=1 \
    --quiet --out run >stdout && (cd run && ls)
# scripts find the program that was installed with them: in its place is one that says what it was called for
printf '#!/bin/sh\necho "called: $1" >&2\nexit 9\n' >"$at/bin/asyntrain"
demo=$at/share/asyntrain/configs/demo.yaml
finds() {
    script=$1
    shift
    XDG_STATE_HOME=$PWD ASYNTRAIN_CORPORA='' "$at/share/asyntrain/scripts/$script" "$@" >said 2>&1 </dev/null
    code=$?
    if grep -q '^called: ' said; then echo "$script finds the program"; else echo "$script: exit $code" && cat said; fi
}
finds bench-nightly --quick
finds methods -n 1 -w 2 "$demo"
grep -l 'asyntrain' "$at"/share/asyntrain/scripts/* 2>/dev/null | while read -r script; do
    # whoever runs the program asks scripts/program where it is
    [ "${script##*/}" != program ] || continue
    ! grep -q '"\$asyntrain"' "$script" || grep -q "program\"*)" "$script" || echo "$script: NO scripts/program"
done
inst uninstall
find "$at" -type f
