/* SPDX-License-Identifier: MIT
 *
 * averaging: iterative parameter mixing (McDonald, Hall and Mann 2010, "Distributed training strategies for the
 * structured perceptron"; Zinkevich, Weimer, Smola and Li 2010, "Parallelized stochastic gradient descent", mix once).
 * Each thread trains weights of its own on its part of the epoch. Then these are mixed, and all begin the next epoch
 * with the mixture:
 *
 *     worker 0  w ── R G W ── R G W ── … ──> w_0 │
 *            1  w ── R G W ── R G W ── … ──> w_1 │ w = (w_0 + w_1 + w_2) / 3
 *            2  w ── R G W ── … ───────────> w_2 │
 *
 * Ticket t is worker t mod k's, and nobody reads what another writes. So seed and number of threads fix every bit.
 *
 * Weight decay. The objective of a sample is loss + lambda/(2N) ||w||^2 (lib/learn/schedule.h), and a worker decays
 * at its own steps alone. Round r has tickets r k … r k + k-1, a step of each worker, at the rate of the first of
 * them:
 *
 *     w_j <- (1 - gamma_r lambda/N) w_j - gamma_r g(w_j)
 *
 * The factor is the same for all workers. So one S serves them all, and falls by this factor once a round: as for a
 * batch of k tickets whose step is that of their mean. (To first order in gamma, the mixture makes just that step.)
 * In the last round some workers may have no sample, and no step. What counts of their weights is S_j w_j with the S
 * before that round; for the others S_j = S, that of the end. So
 *
 *     w = 1/k sum of (S_j / S) w_j
 *
 * The state of optimizers is not mixed: each worker keeps its own from epoch to epoch. So does DiLoCo with Adam's m
 * and v (Douillard et al. 2023); SlowMo compares keeping momentum with resetting and averaging it (Wang et al. 2020).
 * Others average momentum (Yu, Jin and Yang 2019) or v (Chen, Li and Li 2020). Here a state may be counts, as that of
 * adf, whose mean is no count. And samples are dealt anew in each epoch, so a worker's statistics are those of the
 * others, but for chance.
 */
#include "lib/learn/accumulate.h"
#include "lib/learn/engine.h"

#include <omp.h>
#include <string.h>

#define LINE (64 / sizeof(real))
#define AT_ONCE (16 * LINE) /* reals of the mixture that stay in the first cache while workers are added */

extern const struct engine_ops averaging_ops;

/* Alone a worker accumulates as engine sequential does. */
static struct batch batch(const struct config *c, uint32_t nworkers)
{
    return nworkers > 1 ? (struct batch){nworkers, true}
                        : (struct batch){(size_t)config_integer(c, "engine.accumulate"), false};
}

static void learn(struct worker *k, struct session *s)
{
    for (size_t ticket = s->pause.paused ? k->next : k->id;; ticket += s->nworkers) {
        k->next = ticket;
        if (ticket >= s->nsamples ||
            ((!k->accumulation || accumulate_is_empty(k->accumulation)) && session_breaks(s, ticket)))
            return;
        const struct example *z = session_take_at(s, k, ticket);
        session_expect(s, k, ticket + s->nworkers);
        if (k->accumulation) {
            accumulate_sample(k, s, z);
            continue;
        }
        worker_read(k, s);
        worker_write(k, s, worker_gradient(k, s, z), write_at(ticket));
    }
}

/* What worker j's weights count in the mixture. */
static real share(const struct session *s, size_t j)
{
    const size_t last_round = (s->nsamples - 1) / s->nworkers * s->nworkers;
    const double ratio =
        last_round + j < s->nsamples ? 1 : (double)s->schedule.read[last_round] / s->schedule.scale_after;
    return (real)(ratio / s->nworkers);
}

static void add(real *restrict w, const real *restrict own, size_t n, real share)
{
    for (size_t i = 0; i < n; i++)
        w[i] += share * own[i];
}

/* Reals first … last-1 of the mixture, in the order of the workers. */
static void mix(struct session *s, size_t first, size_t last)
{
    for (size_t at = first, n; at < last; at += n) {
        n = last - at < AT_ONCE ? last - at : AT_ONCE;
        memset(s->w + at, 0, n * sizeof *s->w);
        for (uint32_t j = 0; j < s->nworkers; j++)
            add(s->w + at, s->worker[j]->w + at, n, share(s, j));
    }
}

/* A worker's slice of whole cache lines. Alone its weights are the mixture. */
static void mix_slice(struct session *s, size_t part)
{
    const size_t size = s->model->layout.size, lines = (size + LINE - 1) / LINE;
    const size_t first = lines * part / s->nworkers * LINE, end = lines * (part + 1) / s->nworkers * LINE;
    if (s->nworkers > 1)
        mix(s, first, end < size ? end : size);
}

static void epoch(struct session *s)
{
#pragma omp parallel num_threads((int)s->nworkers)
    {
        struct worker *k = s->worker[omp_get_thread_num()];
        worker_begin(k, s);
        learn(k, s);
        worker_end(k, s);
#pragma omp barrier
        if (!s->pause.broken)
            mix_slice(s, k->id);
#pragma omp single nowait
        s->team = (uint32_t)omp_get_num_threads();
    }
}

const struct engine_ops averaging_ops = {
    .name = "averaging",
    .summary = "threads that train weights of their own, averaged after each epoch (parameter mixing)",
    .visibility = AT_REST,
    .writes = EACH,
    .parallel = true,
    .immediate = true,
    .own_weights = true,
    .batch = batch,
    .pauses = true,
    .epoch = epoch,
};
