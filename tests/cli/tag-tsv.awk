# SPDX-License-Identifier: MIT
# A tagger that reads what `asyntrain export --format tsv` writes (docs/models.md), then a file in columns, and appends
# the best label to each line: awk -f tag-tsv.awk weights.tsv file.conll. Macros %x[row,column] alone; any label may
# follow any other. Of a model of format crfsuite, it reads a feature file, and appends the best label to the first field.
BEGIN { FS = "\t" }
FNR == NR && $1 == "setting" && $2 == "format" { attributes = $4 == "crfsuite" }
FNR == NR && $1 == "template" { line[++lines] = $2 }
FNR == NR && $1 == "label" { name[T + 0] = $4; number[$4] = T++ }
FNR == NR && $1 == "state" { state[$2, number[$4]] = $5; node[$2] }
FNR == NR && $1 == "transition" { edge[number[$3] * T + number[$4]] = $5 }
FNR == NR && ($1 == "rich" || $1 == "edge") { pair[$2] = pair[$2] " " number[$3] * T + number[$4] " " $5 }
FNR == NR { next }
FNR == 1 && !attributes { FS = " "; $0 = $0 }
NF == 0 { flush(); print ""; next }
attributes && $0 ~ /^@weight:[^\t]*$/ { print ""; next }
attributes { text[++n] = $1 "\t"; split("", value); for (c = 2; c <= NF; c++) attribute($c); keep(n); next }
{ text[++n] = $0; for (c = 1; c <= NF; c++) cell[n, c - 1] = $c }
END { flush() }

# The text of a feature: the template line with the cells put in.
function fill(template, i,    out, part, row) {
    out = ""
    while (match(template, /%x\[[^]]*\]/)) {
        split(substr(template, RSTART + 3, RLENGTH - 4), part, ",")
        row = i + part[1]
        out = out substr(template, 1, RSTART - 1) \
            (row < 1 ? "_B" row - 1 : row > n ? "_B+" row - n : cell[row, part[2] + 0])
        template = substr(template, RSTART + RLENGTH)
    }
    return out template
}

# One attribute of a token: NAME or NAME:VALUE, its last colon without a backslash before it; \: and \\ in names.
function attribute(field,    i, c, end, plain) {
    for (i = 1; i <= length(field); i++) {
        c = substr(field, i, 1)
        if (c == "\\") i++
        else if (c == ":") end = i
    }
    c = end ? substr(field, end + 1) : 1
    field = end ? substr(field, 1, end - 1) : field
    for (i = 1; i <= length(field); i++) {
        if (substr(field, i, 1) == "\\" && substr(field, i + 1, 1) ~ /[\\:]/) i++
        plain = plain substr(field, i, 1)
    }
    value[plain] += c
}

# Token i's attributes and values, in any order.
function keep(i,    f) {
    features[i] = 0
    for (f in value) { feature[i, ++features[i]] = f; times[i, features[i]] = value[f] }
}

# Scores of token i: of labels, and of transitions into it (all labels are numbers from 0).
function score(i,    l, y, k) {
    for (y = 0; y < T; y++) s[y] = 0
    for (k = 0; k < T * T; k++) into[k] = edge[k]
    for (l = 1; l <= lines; l++) add(i, fill(line[l], i), line[l] ~ /^U/, 1)
    for (l = 1; attributes && l <= features[i]; l++) add(i, feature[i, l], 1, times[i, l])
}

# A feature of token i that stands with value v; u: of a U line, or an attribute.
function add(i, f, u, v,    y, k, m, w) {
    for (y = 0; u && f in node && y < T; y++) s[y] += v * state[f, y]
    m = i > 1 && f in pair ? split(pair[f], w, " ") : 0
    for (k = 1; k < m; k += 2) into[w[k]] += v * w[k + 1]
}

# Viterbi; of equal scores the lower label.
function flush(    i, y, b, v, top, path) {
    for (i = 1; i <= n; i++) {
        score(i)
        for (y = 0; y < T; y++) {
            top = 0
            for (b = 0; i > 1 && b < T; b++) {
                v = best[i - 1, b] + into[b * T + y]
                if (b == 0 || v > best[i, y]) { best[i, y] = v; top = b }
            }
            best[i, y] = (i > 1 ? best[i, y] : 0) + s[y]
            back[i, y] = top
        }
    }
    for (y = 1; y < T; y++) if (n && best[n, y] > best[n, path + 0]) path = y
    for (i = n; i > 0; i--) { answer[i] = name[path + 0]; path = back[i, path + 0] }
    for (i = 1; i <= n; i++) print text[i] (attributes ? "" : " ") answer[i]
    n = 0
}
