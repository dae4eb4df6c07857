/* SPDX-License-Identifier: MIT
 *
 * optimizer: what does W do with G? A rule that turns a gradient and a step length into a change of w.
 */
#ifndef ASYNTRAIN_LEARN_OPTIMIZER_H
#define ASYNTRAIN_LEARN_OPTIMIZER_H

#include "lib/base/config.h"
#include "lib/num/grad.h"
#include "lib/num/layout.h"

struct optimizer;

struct optimizer_ops {
    const char *name, *summary;
    const struct key *keys; /* what may stand in section `optimizer`, besides the schedule's keys */

    struct optimizer *(*create)(const struct config *c, const struct layout *layout, struct error *e);
    void (*destroy)(struct optimizer *o);

    /* Change w (the shared, unscaled vector of lib/learn/model.h) by one gradient; `length` is
     * schedule.write of the step. Allocates nothing. Any number of threads may be in it at once; w and the
     * optimizer's own state are then written without locks (RACY). */
    void (*step)(struct optimizer *o, real *w, const struct grad *g, real length);
};

struct optimizer { /* first member of every optimizer */
    const struct optimizer_ops *ops;
};

extern const struct optimizer_ops *const optimizer_table[]; /* ended by NULL: add a line for a new rule */

#endif
