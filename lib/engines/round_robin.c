/* SPDX-License-Identifier: MIT
 *
 * round_robin: delayed SGD (Langford, Smola and Zinkevich 2009, "Slow learners are fast"). Threads take turns to write,
 * a thread reads again as soon as it has written, and computes while the others write.
 *
 *     worker 0  │R│─── G ───       │W R│─── G ───        only one at a time has the turn
 *            1  ──│R│─── G ───         │W R│─── G ───
 *            2  ────│R│─── G ───           │W R│─── G ───
 *
 * Of k threads each gradient has a delay of k-1 updates, after the first k, which are all read before the first update:
 *
 *     w_{t+1} = w_t - gamma_t g(w_{max(t-k+1, 0)})
 *
 * There is one w, which the next thread writes. So R is a copy of the weights that the sample reads, made within the
 * turn (lib/learn/stage.h), and G reads the copy. All else is done outside of the turn: which weights those are, the
 * sum that an optimizer may need. A turn is W and the copy.
 */
#include "lib/engines/delay.h"
#include "lib/engines/synchronous.h"

#include "lib/base/memory.h"

extern const struct engine_ops round_robin_ops;

static bool create(struct session *s, const struct config *c, struct error *e)
{
    (void)c, (void)e;
    s->engine_state = memory_lines(1, sizeof(struct progress));
    return true;
}

/* Which weights the sample of a ticket reads; alone a worker needs no copy. */
static void list_ahead(struct session *s, struct worker *k, size_t ticket)
{
    if (k->stage && ticket < s->nsamples)
        stage_list(k->stage, &s->sample[s->order[ticket]]);
}

/* R of a ticket whose weights are listed, before step `now`. */
static void read_ahead(struct session *s, struct worker *k, size_t ticket, size_t now)
{
    session_take_at(s, k, ticket);
    worker_read_at(k, s, now);
}

static void take_turns(struct session *s, struct worker *k, size_t team)
{
    struct progress *p = s->engine_state;
    const size_t first = team < s->nsamples ? team : s->nsamples;
    if (k->id >= first)
        return;
    list_ahead(s, k, k->id);
    synchronous_wait(&p->gradients, k->id);
    read_ahead(s, k, k->id, 0);
    atomic_store_explicit(&p->gradients, k->id + 1, memory_order_release);
    for (size_t ticket = k->id; ticket < s->nsamples && synchronous_goes_on(s, ticket, team);
         ticket += team) {
        const size_t next = ticket + team;
        const struct gradient *g = worker_gradient(k, s, k->sample);
        worker_coalesce(k, s);
        list_ahead(s, k, next);
        synchronous_wait(&p->gradients, first); /* nobody writes before all have read */
        synchronous_wait(&p->updates, ticket);
        worker_write(k, s, g, write_at(ticket));
        if (next < s->nsamples)
            read_ahead(s, k, next, ticket + 1);
        atomic_store_explicit(&p->updates, ticket + 1, memory_order_release);
    }
}

static void epoch(struct session *s)
{
    synchronous_epoch(s, take_turns);
}

static uint32_t delays(const struct session *s, double *share, uint32_t most)
{
    return delay_always(s->nworkers - 1, share, most);
}

const struct engine_ops round_robin_ops = {
    .name = SYNCHRONOUS_NAME,
    .keys = synchronous_keys,
    .visibility = WHOLE_UPDATES,
    .writes = EACH,
    .parallel = true,
    .reads_copies = true,
    .create = create,
    .destroy = memory_free,
    .delays = delays,
    .epoch = epoch,
};
