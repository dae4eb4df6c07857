/* SPDX-License-Identifier: MIT */
#include "lib/train/calibrate.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct key calibrate_keys[] = {
    {"calibrate", KEY_INTEGER, 0, 1e9, "0", NULL,
     "before training, try rate times 1, 2, 4 … and 1/2, 1/4 … on this many training sentences, and take "
     "the best; 0: take rate as it is"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Some sentences of the session's dataset: only the list of examples is new. */
static struct dataset draw(const struct session *s, size_t count)
{
    const struct dataset *all = s->data;
    struct dataset some = {.count = count < all->count ? count : all->count, .longest = all->longest};
    uint32_t *order = memory_new(all->count, sizeof *order);
    for (size_t k = 0; k < all->count; k++)
        order[k] = (uint32_t)k;
    struct rng r;
    rng_init(&r, s->seed, RNG_CALIBRATE, 0);
    rng_shuffle(&r, order, all->count);
    some.example = memory_new(some.count, sizeof *some.example);
    for (size_t k = 0; k < some.count; k++) {
        some.example[k] = all->example[order[k]];
        some.tokens += some.example[k].n;
    }
    memory_free(order);
    return some;
}

static double objective(const struct session *s)
{
    struct weights w = session_weights(s);
    struct worker *k = s->worker[0];
    double loss = 0;
    for (size_t i = 0; i < s->nsamples; i++) {
        k->gradient.count = k->gradient.draw = 0;
        loss += s->model->ops->gradient(s->model, &w, &s->sample[i], &k->gradient, k->scratch);
    }
    return (loss + s->schedule.lambda / 2 * kernel_norm2(s->w, s->model->layout.size)) / (double)s->nsamples;
}

/* One trial, into its place among the others; true if it is the best so far. */
static bool attempt(const struct session *s, const struct config *c, const struct dataset *some, double rate,
                    struct calibration *r)
{
    struct session *trial = session_trial(s, c, some, rate);
    double met = session_epoch(trial), found = INFINITY;
    session_fold(trial); /* at a tiny scale the square of w is beyond float */
    if (isfinite(met))
        found = objective(trial);
    session_free(trial);
    if (!isfinite(found))
        found = INFINITY;
    bool better = r->count == 0 || found < r->trial[r->best].objective;
    uint32_t at = r->count && rate < r->trial[0].rate ? 0 : r->count;
    memmove(&r->trial[at + 1], &r->trial[at], (r->count - at) * sizeof *r->trial);
    r->trial[at].rate = rate;
    r->trial[at].objective = found;
    r->count++;
    if (better)
        r->best = at;
    else if (at == 0)
        r->best++;
    return better && isfinite(found);
}

static bool possible(const struct session *s, const struct calibration *r, double rate)
{
    return r->count < CALIBRATE_TRIALS && schedule_takes(&s->schedule, rate);
}

bool calibrate(const struct session *s, const struct config *c, struct calibration *r, struct error *e)
{
    struct dataset some = draw(s, (size_t)config_integer(c, "optimizer.calibrate"));
    *r = (struct calibration){.sentences = some.count};
    double rate = s->schedule.rate;
    while (possible(s, r, rate) && attempt(s, c, &some, rate, r))
        rate *= 2;
    rate = s->schedule.rate / 2;
    /* where the configured rate diverged, downwards is where to look, however far */
    while (possible(s, r, rate) && (attempt(s, c, &some, rate, r) || isinf(r->trial[r->best].objective)))
        rate /= 2;
    memory_free(some.example);
    if (isfinite(r->trial[r->best].objective))
        return true;
    return error_set(e, ERROR_DIVERGED,
                     "calibration: the loss is not finite with any rate from %g down to %g; use a lower "
                     "optimizer.rate",
                     s->schedule.rate, r->trial[0].rate);
}

void calibrate_words(const struct calibration *r, char *text)
{
    size_t at = (size_t)snprintf(text, CALIBRATE_WORDS, "rate %.10g chosen on %zu sentence%s (",
                                 r->trial[r->best].rate, r->sentences, text_s(r->sentences));
    for (uint32_t k = 0; k < r->count; k++) {
        const char *comma = k ? ", " : "";
        double found = r->trial[k].objective;
        at += (size_t)(isinf(found) ? snprintf(text + at, CALIBRATE_WORDS - at, "%s%.10g: diverged", comma,
                                               r->trial[k].rate)
                                    : snprintf(text + at, CALIBRATE_WORDS - at, "%s%.10g: %.4g", comma,
                                               r->trial[k].rate, found));
    }
    snprintf(text + at, CALIBRATE_WORDS - at, ")");
}
