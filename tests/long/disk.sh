#!/bin/sh
# SPDX-License-Identifier: MIT
# Every writing call of a run fails, in every way. Then a disk that is too small by less and less, 200 sizes of it: the run
# ends with exit code 5 and one message and the older run on that disk is as it was, or it is done. Disks of any size are
# root's to make (tmpfs); without it only the first part.
. "$ROOT/tests/shim/sweep"
. "$ROOT/tests/shim/crash"
samples
numbers=yes
trap 'umount disk 2>/dev/null' EXIT
pages=$(($(getconf PAGESIZE 2>/dev/null || echo 4096) / 1024))
# used FOLDER: KiB
used() { du -sk "$1" | awk '{ print $1 }'; }
# disk SIZE: make one of so many KiB, empty, in the folder `disk`
disk() {
    umount disk 2>/dev/null
    mkdir -p disk && mount -t tmpfs -o size="$1k" tmpfs disk 2>/dev/null
}
# filling NAME WISH: WISH is `room:1:on` where the run is not to see beforehand that there is too little
# shellcheck disable=SC2086
filling() {
    name=$1 least=$(used before) ended=0 size=0
    begin_cases
    while [ $cases -lt 200 ]; do
        size=$((cases * pages))
        disk $((least + 4 * pages + size))
        cp -R before disk/run
        faulty "$2" "$A" train $words --out disk/run >said 2>err </dev/null
        code=$? was=$(names disk/run)
        cases=$((cases + 1))
        grep -v '^warning: ' err >message
        case $code in
        5)
            ended=$((ended + 1))
            [ "$(awk 'END { print NR }' message)" = 1 ] && grep -q '^asyntrain: ' message || wrong "$size KiB more: not one message"
            [ "$(what disk/run)" = "$(what before)" ] || wrong "$size KiB more: exit 5, and another run"
            ;;
        0) one_run disk/run && cmp -s disk/run/model.safetensors like/model.safetensors || wrong "$size KiB more: not the run" ;;
        *) wrong "$size KiB more: exit $code: $(head -n 1 message)" ;;
        esac
        [ $code -eq 0 ] && continue
        # once there is room it goes on, or begins anew
        mount -o remount,size=64m disk
        if [ "$(newest disk/run)" ] && [ "$(name_of "$(newest disk/run)")" != "$(name_of disk/run/metrics.jsonl)" ]; then
            "$A" train --resume disk/run --quiet >said 2>err || wrong "$size KiB more: resume: $(head -n 1 err)"
            resumed=$((resumed + 1))
        else
            [ "$was" = "$(names before)" ] || wrong "$size KiB more: it left $was"
            "$A" train $words --out disk/run >said 2>err || wrong "$size KiB more: again: $(head -n 1 err)"
            anew=$((anew + 1))
        fi
        one_run disk/run && cmp -s disk/run/model.safetensors like/model.safetensors || wrong "$size KiB more: another run in the end"
        [ "$(names disk/run)" = "$(names like)" ] || wrong "$size KiB more: it leaves $(names disk/run)"
    done
    umount disk
    [ $bad -eq 0 ] || { echo "$name: $bad WRONG" && return; }
    echo "$name: $cases sizes, $ended times exit 5, then resumed $resumed, begun again $anew"
    [ $ended -gt 0 ] && [ $ended -lt 200 ] || echo "$name: SIZES ARE WRONG"
}
{
    fail_runs 1
    if disk 1000; then
        words=$traced
        made_before
        made_like
        filling "a filling disk" ''
        filling "a filling disk that does not say so" room:1:on
        words=$plain
        made_before
        made_like
        filling "a filling disk, checkpoints in epochs" room:1:on
    else
        echo "a filling disk: not looked at, needs root and tmpfs"
    fi
    echo "the end"
} | tee said.all
ended_well said.all
