/* SPDX-License-Identifier: MIT
 *
 * asyngrad: Algorithm 1 of Sun (2016). Threads share the weights and take no locks: nobody waits for
 * anybody, and gradients computed on weights that change meanwhile are tolerated.
 */
#include "lib/engines/delay.h"
#include "lib/learn/accumulate.h"
#include "lib/learn/engine.h"

#include <omp.h>

extern const struct engine_ops asyngrad_ops;

static void learn(struct worker *k, struct session *s)
{
    for (const struct example *z; (z = session_take(s, k)) != NULL;) {
        if (k->accumulation) {
            accumulate_sample(k, s, z);
            continue;
        }
        worker_read(k, s);
        worker_write(k, s, worker_gradient(k, s, z), write_at(k->ticket));
    }
}

static void epoch(struct session *s)
{
#pragma omp parallel num_threads((int)s->nworkers)
    {
        struct worker *k = s->worker[omp_get_thread_num()];
        worker_begin(k, s);
        learn(k, s);
        worker_end(k, s);
#pragma omp single nowait
        s->team = (uint32_t)omp_get_num_threads();
    }
}

/* About: while one computes, each of the others writes once. */
static uint32_t delays(const struct session *s, double *share, uint32_t most)
{
    return delay_always(s->nworkers - 1, share, most);
}

const struct engine_ops asyngrad_ops = {
    .name = "asyngrad",
    .summary = "lock-free threads on shared weights; gradient errors are tolerated and counted",
    .keys = local_copies_keys,
    .visibility = BLOCKWISE,
    .writes = EACH,
    .parallel = true,
    .immediate = true,
    .copies_hot_blocks = true,
    .delays = delays,
    .pauses = true,
    .epoch = epoch,
};
