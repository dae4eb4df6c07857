/* SPDX-License-Identifier: MIT
 *
 * rounds: the gradients of a round, then its updates. w rests while gradients are made, so nobody needs a copy.
 *
 *     worker 0  ── R G ──│ W │           │── R G ──
 *            1  ── R G ──    │ W │       │── R G ──
 *            2  ── R G ──        │ W │   │── R G ──
 *
 * Worker j of a round has a delay of j updates, and all wait until the round is written.
 */
#include "lib/engines/synchronous.h"

#include "lib/base/memory.h"

extern const struct engine_ops rounds_ops;

static void part(struct session *s, struct worker *k, size_t first, size_t last)
{
    struct progress *p = s->engine_state;
    const struct gradient *g = synchronous_gradient(s, k, first);
    const size_t ticket = first + k->id;
    atomic_fetch_add_explicit(&p->gradients, 1, memory_order_acq_rel);
    synchronous_wait(&p->gradients, last);
    synchronous_wait(&p->updates, ticket);
    worker_write(k, s, g, write_at(ticket));
    atomic_store_explicit(&p->updates, ticket + 1, memory_order_release);
}

static bool create(struct session *s, const struct config *c, struct error *e)
{
    (void)c, (void)e;
    struct progress *p = s->engine_state = memory_lines(1, sizeof *p);
    p->part = part;
    return true;
}

static uint32_t delays(const struct session *s, double *share, uint32_t most)
{
    const uint32_t n = s->nworkers < most ? s->nworkers : most;
    for (uint32_t k = 0; k < n; k++)
        share[k] = 1 / (double)n;
    return n;
}

const struct engine_ops rounds_ops = {
    .name = SYNCHRONOUS_NAME,
    .keys = synchronous_keys,
    .visibility = WHOLE_UPDATES,
    .writes = EACH,
    .parallel = true,
    .create = create,
    .destroy = memory_free,
    .delays = delays,
    .pauses = true,
    .epoch = synchronous_rounds,
};
