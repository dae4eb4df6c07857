/* SPDX-License-Identifier: MIT */
#include "lib/learn/partial.h"
#include "lib/num/kernel.h"
#include "models/bilstm/inside.h"

#include <math.h>
#include <string.h>

RACY void bilstm_fill_chain(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    c->n = s->sentences.sentence[k]->n;
    for (uint32_t t = 0; t < c->n; t++)
        for (size_t y = 0; y < c->stride; y++)
            c->node[t * c->stride + y] =
                y < m->T ? s->logit[pack_row(&s->sentences.pack, k, t) * c->stride + y] : CHAIN_FORBIDDEN;
    if (m->edge == ABSENT)
        memset(c->edge, 0, (size_t)m->T * c->stride * sizeof(real));
    else
        for (size_t i = 0; i < (size_t)m->T * c->stride; i++)
            c->edge[i] = s->at[m->edge][i];
}

/* ---- losses: each also replaces its logits by the derivatives by them, p - truth */

static inline double loss_of_token(const struct bilstm *m, real *p, uint32_t y)
{
    const size_t T = REAL_PAD(m->T);
    real maximum = p[0], sum = 0;
    for (uint32_t k = 1; k < m->T; k++)
        maximum = p[k] > maximum ? p[k] : maximum;
    const double score = (double)p[y] - (double)maximum;
    m->kernel->exp(p, T, maximum);
    for (uint32_t k = 0; k < m->T; k++)
        sum += p[k];
    for (uint32_t k = 0; k < T; k++)
        p[k] = k < m->T ? p[k] / sum : 0;
    p[y] -= 1;
    return log((double)sum) - score;
}

static double loss_of_tokens(const struct bilstm *m, struct bilstm_scratch *s)
{
    double loss = 0;
    for (uint32_t i = 0; i < s->sentences.z.n; i++)
        loss += loss_of_token(m, s->logit + i * REAL_PAD(m->T), s->sentences.z.y[i]);
    return loss;
}

/* The logits' derivatives become those of the loss times the weight of the k-th sentence; returns that loss. */
static double weighed(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k, double loss)
{
    const struct example *z = s->sentences.sentence[k];
    const size_t T = REAL_PAD(m->T);
    for (uint32_t i = 0; z->weight && i < z->n; i++)
        kernel_scale(s->logit + pack_row(&s->sentences.pack, k, i) * T, T, (real)*z->weight);
    return example_weight(z) * loss;
}

/* Add a chain's expected transitions, less the true ones. */
static void add_edges(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k)
{
    const struct chain *c = &s->chain;
    const real weight = (real)example_weight(s->sentences.sentence[k]);
    for (size_t i = 0; c->n > 1 && m->edge != ABSENT && i < (size_t)m->T * c->stride; i++)
        s->edge[i] += weight * c->expected[i];
}

/* Of a sentence some labels of which are open. */
static double loss_within(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    bilstm_fill_chain(m, s, k);
    const double loss = partial_posterior(m->kernel, c, s->sentences.sentence[k]);
    for (uint32_t i = 0; i < c->n; i++)
        memcpy(s->logit + pack_row(&s->sentences.pack, k, i) * c->stride, c->marginal + i * c->stride,
               c->stride * sizeof(real));
    add_edges(m, s, k);
    return weighed(m, s, k, loss);
}

/* Of a sentence whose labels are independent: an open one has no loss. */
static double loss_of_known(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k)
{
    const struct example *z = s->sentences.sentence[k];
    const size_t T = REAL_PAD(m->T);
    double loss = 0;
    for (uint32_t i = 0; i < z->n; i++) {
        real *p = s->logit + pack_row(&s->sentences.pack, k, i) * T;
        if (z->y[i] == EXAMPLE_OPEN)
            memset(p, 0, T * sizeof *p);
        else
            loss += loss_of_token(m, p, z->y[i]);
    }
    return weighed(m, s, k, loss);
}

/* Of sentences some of which have open labels or weights. */
static double loss_of_partial(const struct bilstm *m, struct bilstm_scratch *s)
{
    double loss = 0;
    for (uint32_t k = 0; k < s->sentences.pack.count; k++)
        loss += example_free(s->sentences.sentence[k]) ? loss_of_known(m, s, k) : loss_within(m, s, k);
    return loss;
}

static bool any_is_special(const struct sentences *s)
{
    bool any = false;
    for (uint32_t k = 0; k < s->pack.count; k++)
        any = any || s->sentence[k]->choice || s->sentence[k]->weight;
    return any;
}

static double loss_of_chain(const struct bilstm *m, struct bilstm_scratch *s, uint32_t k)
{
    struct chain *c = &s->chain;
    const uint32_t *y = s->sentences.sentence[k]->y;
    if (example_unlabelled(s->sentences.sentence[k])) {
        for (uint32_t i = 0; i < s->sentences.sentence[k]->n; i++)
            memset(s->logit + pack_row(&s->sentences.pack, k, i) * c->stride, 0, c->stride * sizeof(real));
        return 0;
    }
    if (s->sentences.sentence[k]->choice)
        return loss_within(m, s, k);
    bilstm_fill_chain(m, s, k);
    double score = 0, log_z = chain_posterior(m->kernel, c);
    for (uint32_t i = 0; i < c->n; i++) {
        score += (double)c->node[i * c->stride + y[i]];
        c->marginal[i * c->stride + y[i]] -= 1;
        memcpy(s->logit + pack_row(&s->sentences.pack, k, i) * c->stride, c->marginal + i * c->stride,
               c->stride * sizeof(real));
        if (i == 0)
            continue;
        score += (double)c->edge[y[i - 1] * c->stride + y[i]];
        c->expected[y[i - 1] * c->stride + y[i]] -= 1;
    }
    add_edges(m, s, k);
    return weighed(m, s, k, log_z - score);
}

static double loss_of_chains(const struct bilstm *m, struct bilstm_scratch *s)
{
    double loss = 0;
    memset(s->edge, 0, m->T * REAL_PAD(m->T) * sizeof(real));
    for (uint32_t k = 0; k < s->sentences.pack.count; k++)
        loss += loss_of_chain(m, s, k);
    return loss;
}

double bilstm_loss(const struct bilstm *m, struct bilstm_scratch *s)
{
    return m->edge != ABSENT               ? loss_of_chains(m, s)
           : any_is_special(&s->sentences) ? loss_of_partial(m, s)
                                           : loss_of_tokens(m, s);
}
