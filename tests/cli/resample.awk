# SPDX-License-Identifier: MIT
# The 95 % percentile interval of the difference in F1 of two taggers, by a paired bootstrap over sentences: read
# "gold a b" on each line, a blank line after each sentence, labels in IOB2 as these samples have them. Prints the
# difference, the interval's ends, and the deviation of the resampled differences. Options: -v resamples=N -v seed=N.
#
# Chunks are counted as sets: "begin end type" of each side, and those in both. Numbers at random are those of Park
# and Miller (1988).

function draw(n) { x = (x * 16807) % 2147483647; return int(x / 2147483648 * n) + 1 }

# the chunks of one column of the sentence, as keys of set[]; their number
function chunks(column, set,    i, begin, type, count, label) {
    split("", set)
    count = 0
    begin = 0
    label[n + 1] = "O"
    for (i = 1; i <= n; i++) label[i] = cell[i, column]
    for (i = 1; i <= n + 1; i++) {
        if (begin && (label[i] !~ /^I-/ || substr(label[i], 3) != type)) {
            set[begin " " (i - 1) " " type] = 1
            count++
            begin = 0
        }
        if (label[i] != "O" && !begin) { begin = i; type = substr(label[i], 3) }
    }
    return count
}

function flush(    k) {
    if (!n) return
    N++
    gold[N] = chunks(1, truth)
    for (side = 2; side <= 3; side++) {
        found[N, side] = chunks(side, guess)
        right[N, side] = 0
        for (k in guess) right[N, side] += (k in truth)
    }
    n = 0
}

function f1(g, f, r) { return g + f ? 200 * r / (g + f) : 0 }

function difference(how,    i, j, g, f2, r2, f3, r3) {
    g = f2 = r2 = f3 = r3 = 0
    for (i = 1; i <= N; i++) {
        j = how ? draw(N) : i
        g += gold[j]
        f2 += found[j, 2]; r2 += right[j, 2]
        f3 += found[j, 3]; r3 += right[j, 3]
    }
    return f1(g, f3, r3) - f1(g, f2, r2)
}

# (some awks have no sqrt)
function root(v,    r, i) { r = 1; for (i = 0; i < 60; i++) r = (r + v / r) / 2; return r }

NF == 0 { flush(); next }
{ n++; for (k = 1; k <= 3; k++) cell[n, k] = $k }

END {
    flush()
    x = seed * 7919 + 1
    for (k = 1; k <= resamples; k++) {
        d[k] = difference(1)
        sum += d[k]
        squares += d[k] * d[k]
    }
    mean = sum / resamples
    # each end is the k-th from outside: take the extremes away one by one
    for (k = 1; k <= int((resamples + 1) / 40); k++) {
        low = high = 0
        for (i = 1; i <= resamples; i++)
            if (i in d) {
                if (!low || d[i] < d[low]) low = i
                if (!high || d[i] >= d[high]) high = i
            }
        least = d[low]
        most = d[high]
        delete d[low]
        delete d[high]
    }
    printf "%.4f %.4f %.4f %.4f\n", difference(0), least, most, root(squares / resamples - mean * mean)
}
