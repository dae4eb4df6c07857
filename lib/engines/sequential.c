/* SPDX-License-Identifier: MIT
 *
 * sequential: one worker does R, G, W for one sample after another: plain stochastic gradient descent
 * (Eq 1 of Sun 2016).
 */
#include "lib/learn/accumulate.h"
#include "lib/learn/engine.h"

extern const struct engine_ops sequential_ops;

static void epoch(struct session *s)
{
    struct worker *k = s->worker[0];
    worker_begin(k, s);
    for (const struct example *z; (z = session_take(s, k)) != NULL;) {
        if (k->accumulation) {
            accumulate_sample(k, s, z);
            continue;
        }
        worker_read(k, s);
        worker_write(k, s, worker_gradient(k, s, z), write_at(k->ticket));
    }
    worker_end(k, s);
    s->team = 1;
}

const struct engine_ops sequential_ops = {
    .name = "sequential",
    .summary = "one worker, one sample after another",
    .visibility = AT_REST,
    .writes = EACH,
    .immediate = true,
    .pauses = true,
    .epoch = epoch,
};
