/* SPDX-License-Identifier: MIT */
#include "lib/learn/partial.h"

#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include <string.h>

static void swap(real **a, real **b)
{
    real *keep = *a;
    *a = *b;
    *b = keep;
}

static void swap_results(struct chain *c)
{
    swap(&c->marginal, &c->whole);
    swap(&c->expected, &c->whole_expected);
    if (c->pairs)
        swap(&c->pair_marginal, &c->whole_pairs);
}

static void forbid(real *score, const uint8_t *allowed, uint32_t T)
{
    for (uint32_t y = 0; allowed && y < T; y++)
        score[y] = allowed[y] ? score[y] : CHAIN_FORBIDDEN;
}

/* Forbid labels, and transitions that are the same at every position; are those all? */
static bool forbid_all(struct chain *c, const struct choice *choice)
{
    bool one = true;
    for (uint32_t i = 0; i < c->n; i++)
        forbid(c->node + (size_t)i * c->stride, choice[i].allowed, c->T);
    for (uint32_t i = 2; i < c->n; i++)
        one = one && choice[i].follows == choice[1].follows;
    for (uint32_t y = 0; one && c->n > 1 && choice[1].follows && y < c->T; y++)
        forbid(c->edge + (size_t)y * c->stride, choice[1].follows + (size_t)y * c->T, c->T);
    return one;
}

/* Into x, which is what of it `within` leaves. */
static void take_off(real *x, const real *within, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] -= within[k];
}

double partial_posterior(const struct kernel *k, struct chain *c, const struct example *z)
{
    const struct choice *choice = z->choice;
    double log_z = chain_posterior(k, c), log_within;
    swap_results(c);
    if (forbid_all(c, choice)) {
        log_within = chain_posterior(k, c);
    } else {
        for (uint32_t i = 1; i < c->n; i++)
            c->follows[i] = choice[i].follows;
        log_within = kernel_reference.posterior(c);
        memset(c->follows, 0, c->n * sizeof *c->follows);
    }
    swap_results(c);
    take_off(c->marginal, c->whole, c->n * (size_t)c->stride);
    if (c->n > 1)
        take_off(c->expected, c->whole_expected, (size_t)c->T * c->stride);
    if (c->pairs && c->n > 1)
        take_off(c->pair_marginal + c->pairs->stride, c->whole_pairs + c->pairs->stride,
                 (c->n - (size_t)1) * c->pairs->stride);
    double loss = log_z - log_within;
    return loss < 0 ? 0 : loss; /* both are rounded */
}
