/* SPDX-License-Identifier: MIT */
#include "lib/engines/delay.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct delay_bin {
    uint32_t delay;
    uint64_t below; /* counts of this and of all smaller delays */
};

static bool take_mean(struct delay *d, const struct config *c, struct error *e)
{
    const char *law = config_string(c, "engine.delay.law");
    d->mean = config_real(c, "engine.delay.mean");
    if (d->mean == -1)
        return config_fault(c, "engine.delay.law", e,
                            "law '%s' needs a mean; set engine.delay.mean, in updates", law);
    if (d->mean < 0)
        return config_fault(c, "engine.delay.mean", e, "%g is no delay; expected 0 or more", d->mean);
    if (d->law == DELAY_CONSTANT && d->mean != floor(d->mean))
        return config_fault(c, "engine.delay.mean", e, "law constant takes whole numbers, %g is none",
                            d->mean);
    if (d->law == DELAY_UNIFORM && 2 * d->mean != floor(2 * d->mean))
        return config_fault(c, "engine.delay.mean", e,
                            "law uniform draws from 0 to twice the mean, and twice %g is no whole number",
                            d->mean);
    return true;
}

/* A line `DELAY COUNT`; an empty one is none. */
static bool take_bin(struct delay *d, const struct stream *file, struct span line, double *weighted,
                     struct error *e)
{
    char text[64];
    unsigned long long delay, count;
    char rest;
    if (line.n == 0)
        return true;
    snprintf(text, sizeof text, "%.*s", line.n < sizeof text ? (int)line.n : (int)sizeof text - 1, line.s);
    if (line.n >= sizeof text || text[strspn(text, "0123456789 \t")] != 0 ||
        sscanf(text, "%llu %llu %c", &delay, &count, &rest) != 2 || delay > UINT32_MAX / 2 ||
        count > UINT32_MAX)
        return error_set(e, ERROR_CORPUS, "%s:%lu: '%s': expected DELAY COUNT, two whole numbers",
                         stream_name(file), stream_number(file), text);
    if (d->bins && delay <= d->bin[d->bins - 1].delay)
        return error_set(e, ERROR_CORPUS, "%s:%lu: delay %llu after %u; delays are expected to rise",
                         stream_name(file), stream_number(file), delay, d->bin[d->bins - 1].delay);
    d->bin = memory_grow(d->bin, &d->bin_capacity, d->bins + 1, sizeof *d->bin);
    d->bin[d->bins] = (struct delay_bin){(uint32_t)delay, (d->bins ? d->bin[d->bins - 1].below : 0) + count};
    d->bins++;
    *weighted += (double)delay * (double)count;
    return true;
}

static bool take_histogram(struct delay *d, const struct config *c, struct error *e)
{
    const char *path = config_string(c, "engine.delay.histogram");
    struct span line;
    double weighted = 0;
    if (!*path)
        return config_fault(c, "engine.delay.law", e,
                            "law 'histogram' needs counts; set engine.delay.histogram to a file with lines "
                            "DELAY COUNT");
    struct stream *file = stream_open(path, e);
    if (!file)
        return false;
    bool good = true;
    e->kind = ERROR_NONE;
    while (good && stream_line(file, &line, e))
        good = take_bin(d, file, line, &weighted, e);
    stream_close(file);
    uint64_t total = d->bins ? d->bin[d->bins - 1].below : 0;
    if (e->kind == ERROR_NONE && total == 0)
        return error_set(e, ERROR_CORPUS, "%s: no count in it; lines DELAY COUNT are expected", path);
    d->mean = weighted / (double)total;
    return e->kind == ERROR_NONE;
}

static enum delay_law named(const char *law)
{
    static const char *const laws[] = {"turns",     "constant",    "uniform", "geometric",
                                       "histogram", "interleaved", "replay"};
    int k = 0;
    while (strcmp(laws[k], law) != 0)
        k++;
    return (enum delay_law)k;
}

/* What is said for another law would be obeyed by nobody. */
static bool refuse_others(const struct delay *d, const struct config *c, struct error *e)
{
    static const char text[] = "law '%s' does not use it; set engine.delay.law to %s, or leave it out";
    const char *law = config_string(c, "engine.delay.law");
    bool mean = d->law == DELAY_CONSTANT || d->law == DELAY_UNIFORM || d->law == DELAY_GEOMETRIC;
    if (!mean && config_real(c, "engine.delay.mean") != -1)
        return config_fault(c, "engine.delay.mean", e, text, law, "constant, uniform or geometric");
    if (d->law != DELAY_HISTOGRAM && *config_string(c, "engine.delay.histogram"))
        return config_fault(c, "engine.delay.histogram", e, text, law, "histogram");
    if (d->law != DELAY_REPLAY && *config_string(c, "engine.delay.replay"))
        return config_fault(c, "engine.delay.replay", e, text, law, "replay");
    return true;
}

bool delay_init(struct delay *d, const struct config *c, uint32_t workers, struct error *e)
{
    *d = (struct delay){.law = named(config_string(c, "engine.delay.law")), .mean = workers - 1};
    bool good = refuse_others(d, c, e);
    if (!good)
        return false;
    if (d->law == DELAY_CONSTANT || d->law == DELAY_UNIFORM || d->law == DELAY_GEOMETRIC)
        good = take_mean(d, c, e);
    else if (d->law == DELAY_HISTOGRAM)
        good = take_histogram(d, c, e);
    if (good && d->mean > DELAY_WORKERS - 1)
        return config_fault(c, "engine.delay.law", e,
                            "a mean delay of %g keeps more than %d workers busy, as many as there can be; "
                            "shorten the delays",
                            d->mean, DELAY_WORKERS);
    if (good && d->mean > workers - 1)
        return config_fault(c, "engine.workers", e,
                            "a mean delay of %g keeps more than %u workers busy; set it to %.0f or more, "
                            "or shorten the delays",
                            d->mean, workers, ceil(d->mean) + 1);
    return good;
}

void delay_free(struct delay *d)
{
    memory_free(d->bin);
}

uint32_t delay_always(uint32_t delay, double *share, uint32_t most)
{
    const uint32_t at = delay < most ? delay : most - 1;
    for (uint32_t d = 0; d < at; d++)
        share[d] = 0;
    share[at] = 1;
    return at + 1;
}

static uint32_t shares_of_histogram(const struct delay *d, double *share, uint32_t most)
{
    const uint32_t longest = d->bin[d->bins - 1].delay, n = longest < most ? longest + 1 : most;
    uint64_t before = 0;
    for (uint32_t k = 0; k < n; k++)
        share[k] = 0;
    for (size_t k = 0; k < d->bins; k++) {
        share[d->bin[k].delay < n ? d->bin[k].delay : n - 1] +=
            (double)(d->bin[k].below - before) / (double)d->bin[d->bins - 1].below;
        before = d->bin[k].below;
    }
    return n;
}

static uint32_t shares_of_geometric(const struct delay *d, double *share, uint32_t most)
{
    const double longer = d->mean / (1 + d->mean); /* share of those that are at least one longer */
    double left = 1;
    uint32_t k = 0;
    for (; k + 1 < most && left > 1e-12; k++, left *= longer)
        share[k] = left * (1 - longer);
    share[k] = left;
    return k + 1;
}

uint32_t delay_shares(const struct delay *d, double *share, uint32_t most)
{
    if (d->law == DELAY_HISTOGRAM)
        return shares_of_histogram(d, share, most);
    if (d->law == DELAY_GEOMETRIC)
        return shares_of_geometric(d, share, most);
    if (d->law != DELAY_UNIFORM)
        return delay_always((uint32_t)d->mean, share, most);
    const uint32_t n = (uint32_t)(2 * d->mean) + 1;
    for (uint32_t k = 0; k < n && k < most; k++)
        share[k] = 1 / (double)n;
    if (n > most)
        share[most - 1] += (double)(n - most) / (double)n;
    return n < most ? n : most;
}

static double draw_histogram(const struct delay *d, struct rng *r)
{
    uint64_t at = rng_below(r, d->bin[d->bins - 1].below);
    size_t low = 0, high = d->bins - 1; /* the first whose `below` is more than `at` */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->bin[middle].below > at)
            high = middle;
        else
            low = middle + 1;
    }
    return d->bin[low].delay;
}

double delay_draw(const struct delay *d, struct rng *r)
{
    switch (d->law) {
    case DELAY_UNIFORM:
        return (double)rng_below(r, (uint64_t)(2 * d->mean) + 1);
    case DELAY_GEOMETRIC: /* p(d) = p (1-p)^d with p = 1 / (1 + mean), by its distribution function */
        return d->mean > 0 ? floor(log1p(-rng_uniform(r)) / log(d->mean / (1 + d->mean))) : 0;
    case DELAY_HISTOGRAM:
        return draw_histogram(d, r);
    default:
        return d->mean;
    }
}
