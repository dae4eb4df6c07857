# SPDX-License-Identifier: MIT
# figures: what the cells of scripts/reproduce have measured, from their logs (docs/metrics.md), in tables that awk and
# gnuplot read; fields are separated by tabs. Standard input has the logs' paths, DIR/cells/NAME/run/metrics.jsonl.
#
#   cells.tsv     NAME FIELD VALUE         scores of the last epoch and the best, medians of the epochs' times, …
#   epochs.tsv    NAME EPOCH SECONDS SCORE LOSS ERRORS LEAST      seconds of training so far; ERRORS and LEAST in per cent
#   threads.tsv   NAME EPOCH THREAD ERRORS GRADIENTS

# The number behind "name": in text, "" where there is none.
function number(name, text,    at, rest) {
    at = index(text, "\"" name "\":")
    if (!at) return ""
    rest = substr(text, at + length(name) + 3, 40)
    sub(/[],}].*/, "", rest)
    return rest ~ /^[-+0-9.eE]+$/ ? rest : ""
}
function headline(text) { return number("f1", text) != "" ? number("f1", text) : number("accuracy", text) }
function median(x, n,    i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && x[j - 1] > x[j]; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
    return n % 2 ? x[(n + 1) / 2] : (x[n / 2] + x[n / 2 + 1]) / 2
}
function say(field, value) { if (value != "") printf "%s\t%s\t%s\n", name, field, value >cells }
function mean(field, sum, n) { if (n) say(field, sum / n) }

# A line of an epoch: what it says of the epoch, and of its threads.
function epoch(line,    at, threads, n, part, i, score, k) {
    at = index(line, ",\"threads\":[")
    threads = at ? substr(line, at) : ""
    if (at) line = substr(line, 1, at - 1)
    k = number("epoch", line)
    at = index(line, "\"score\":{")
    score = at ? headline(substr(line, at)) : ""
    total += number("seconds", line)
    if (k > 1) { pass[++passes] = number("seconds", line); cpu[passes] = number("cpu_seconds", line) }
    else { first = number("seconds", line); first_cpu = number("cpu_seconds", line) }
    if (score != "" && (best == "" || score > best + 0)) best = score
    errors += number("error_rate", line); epochs++
    least += number("error_rate_least", line) != "" ? number("error_rate_least", line) : number("error_rate", line)
    if (number("preempted", line) != "") { preempted += number("preempted", line); preempted_n++ }
    if (number("error_rate_ran_through", line) != "") { through += number("error_rate_ran_through", line); through_n++ }
    if (number("error_rate_other", line) != "") { other += number("error_rate_other", line); other_n++ }
    if (number("lost_updates", line) != "") { lost += number("lost_updates", line); lost_n++ }
    delay += number("delay", line)
    loss = number("loss", line)
    printf "%s\t%s\t%.6g\t%s\t%s\t%s\t%s\n", name, k, total, score == "" ? "-" : score, loss, number("error_rate", line),
        number("error_rate_least", line) != "" ? number("error_rate_least", line) : number("error_rate", line) >series
    n = split(threads, part, "[{]\"thread\":")
    for (i = 2; i <= n; i++)
        printf "%s\t%s\t%d\t%s\t%s\n", name, k, part[i] + 1, number("error_rate", part[i]), number("gradients", part[i]) >lanes
}

function log_of(path,    line, at, test) {
    name = path
    sub(/\/run\/metrics\.jsonl$/, "", name)
    sub(/.*\//, "", name)
    passes = epochs = total = errors = least = preempted = preempted_n = through = through_n = other = other_n = lost = lost_n = samples = delay = 0
    first = first_cpu = best = loss = ""
    while ((getline line <path) > 0) {
        if (index(line, "{\"event\":\"epoch\"") == 1) epoch(line)
        else if (index(line, "{\"event\":\"diverged\"") == 1) say("diverged", 1)
        else if (index(line, "{\"event\":\"run\"") == 1) {
            say("workers", number("workers", line))
            samples = number("samples", line)
            at = index(line, "\"train\":{")
            say("tokens", number("tokens", substr(line, at)))
            say("load_seconds", number("load_seconds", line))
        } else if (index(line, "{\"event\":\"summary\"") == 1) {
            at = index(line, "\"test\":{")
            if (!at) at = index(line, "\"dev\":{")
            test = at ? substr(line, at) : ""
            say("score", headline(test))
            say("accuracy", number("accuracy", test))
            say("whole_cpu", number("cpu_seconds", line))
        }
    }
    close(path)
    if (!epochs) return
    say("best", best)
    say("loss", loss)
    say("seconds", passes ? median(pass, passes) : first)
    say("cpu_seconds", passes ? median(cpu, passes) : first_cpu)
    mean("errors", errors, epochs)
    mean("errors_least", least, epochs)
    mean("preempted", preempted, preempted_n)
    mean("errors_ran_through", through, through_n)
    mean("errors_other", other, other_n)
    mean("lost", 100 * lost, lost_n * samples) # a hundred gradients
    mean("delay", delay, epochs)
}

BEGIN { FS = "\t" }
FNR == 1 {
    cells = out "/cells.tsv"; series = out "/epochs.tsv"; lanes = out "/threads.tsv"
    printf "" >cells; printf "" >series; printf "" >lanes
}
{ log_of($0) }
END { if (!NR) { printf "" >(out "/cells.tsv"); printf "" >(out "/epochs.tsv"); printf "" >(out "/threads.tsv") } }
