/* SPDX-License-Identifier: MIT
 *
 * sequential: one worker does R, G, W for one sample after another: plain stochastic gradient descent
 * (Eq 1 of Sun 2016).
 */
#include "lib/learn/engine.h"

extern const struct engine_ops sequential_ops;

static void epoch(struct session *s)
{
    struct worker *k = s->worker[0];
    worker_begin(k, s);
    for (const struct example *z; (z = session_take(s, k)) != NULL;) {
        worker_read(k, s);
        worker_gradient(k, s, z);
        worker_write(k, s);
    }
    worker_end(k, s);
    s->team = 1;
}

const struct engine_ops sequential_ops = {
    .name = "sequential",
    .summary = "one worker, one sample after another",
    .accumulates = true,
    .epoch = epoch,
};
