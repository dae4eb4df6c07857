# SPDX-License-Identifier: MIT
# A tagger that reads a text model of CRF++ 0.58 as crf_learn --convert does (feature_index.cpp there), then a file in
# columns, and appends the best label to each line: awk -f tag-crfpp.awk model.txt file.conll.
FNR == NR { if (!reading(part + 0)) exit 1; next }
NF == 0 { flush(); print ""; next }
{ text[++n] = $0; for (c = 1; c <= NF; c++) cell[n, c - 1] = $c }
END {
    if (maxid != weights) print "the model has", weights, "weights, not", maxid
    flush()
}

# The parts of the model are ended by empty lines: header, labels, template, features; then all weights.
function reading(k) {
    if (part < 4 && $0 == "") { part++; return 1 }
    if (k == 0 && $1 == "maxid:") maxid = $2 + 0
    if (k == 0 && $1 == "version:" && $2 + 0 != 100) print "another version:", $2
    if (k == 0 && $1 == "xsize:") columns = $2 + 0
    if (k == 1) name[T++] = $0
    if (k == 2) {
        if ($0 !~ /^[UB]/) print "no line of a template:", $0
        # U lines come first
        if ($0 ~ /^U/ && B) print "a U line behind B lines:", $0
        if ($0 ~ /^U/) line[++U] = $0
        else line[U + ++B] = $0
    }
    if (k == 3) {
        if (NF != 2 || $1 !~ /^[0-9]+$/ || ($2 in id)) print "no feature:", $0
        id[$2] = $1
    }
    if (k == 4) alpha[weights++] = $0
    return 1
}

function fill(template, i,    out, p, row) {
    out = ""
    while (match(template, /%x\[-?[0-9]+,[0-9]+\]/)) {
        split(substr(template, RSTART + 3, RLENGTH - 4), p, ",")
        row = i + p[1]
        if (p[2] + 0 >= columns || p[1] + 0 > 8 || p[1] + 0 < -8) print "a macro out of reach:", template
        out = out substr(template, 1, RSTART - 1) \
            (row < 1 ? "_B" row - 1 : row > n ? "_B+" row - n : cell[row, p[2] + 0])
        template = substr(template, RSTART + RLENGTH)
    }
    if (template ~ /%/) print "a macro that CRF++ does not know:", template
    return out template
}

function flush(    i, y, b, v, k, l, f, path) {
    for (i = 1; i <= n; i++) {
        for (y = 0; y < T; y++) {
            s[y] = 0
            for (b = 0; b < T; b++) into[b * T + y] = 0
        }
        for (l = 1; l <= U; l++)
            if ((f = fill(line[l], i)) in id)
                for (y = 0; y < T; y++) s[y] += alpha[id[f] + y]
        for (l = U + 1; l <= U + B && i > 1; l++) # the transition into token i has the B features of token i
            if ((f = fill(line[l], i)) in id)
                for (k = 0; k < T * T; k++) into[k] += alpha[id[f] + k]
        for (y = 0; y < T; y++) {
            back[i, y] = 0
            for (b = 0; i > 1 && b < T; b++) {
                v = best[i - 1, b] + into[b * T + y]
                if (b == 0 || v > best[i, y]) { best[i, y] = v; back[i, y] = b }
            }
            best[i, y] = (i > 1 ? best[i, y] : 0) + s[y]
        }
    }
    path = 0
    for (y = 1; y < T && n; y++) if (best[n, y] > best[n, path]) path = y
    for (i = n; i > 0; i--) { answer[i] = name[path]; path = back[i, path] }
    for (i = 1; i <= n; i++) print text[i], answer[i]
    n = 0
}
