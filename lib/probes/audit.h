/* SPDX-License-Identifier: MIT
 *
 * audit: how wrong are gradients? The tracker counts how many are in error; here the gradient s that a worker used is
 * held, for one sample in so many, against the gradient at weights that are known:
 *
 *     R ──────── G: s ─────────── W           afterwards, outside of all windows:
 *     │                        │
 *     a, the weights           b, the weights     torn   s against grad f(a): what others wrote while it was read
 *     as R begins              that W meets       stale  s against grad f(b): what the update should have been
 *
 *     error   ||s - grad f|| / ||grad f||          cosine   of the angle between them
 *     tau     (grad f(b) - s)^T (b - w*)           Eq 8 of Sun (2016) before its expectation, where w* is given
 *
 * Eq 8 has the expectation inside: |E tau|. The mean of tau estimates it, the mean of |tau| bounds it from above.
 *
 * a and b are copies of the blocks that the sample touches (lib/learn/snapshot.h), taken by the worker itself just
 * before its windows open: as consistent as a copy of some microseconds can be. What the worker alone has (combined
 * writes) counts as weights; grad f is what the model makes there, s what it made, whatever the optimizer makes of
 * it. Of gradients that are saved up for one step (engine.accumulate) W is the moment when they are. Where grad f is
 * 0 the error is 0 if s is 0 as well, else 1; two zeros are parallel (1), a zero and another are not (0).
 *
 * Which tickets are audited depends on seed and epoch alone, not on the engine. No bit of the training depends on it,
 * but where a model makes several gradients at once (engine.accumulate): an audited sample's is made alone, and what
 * waits before it, so sums are rounded otherwise.
 */
#ifndef ASYNTRAIN_PROBES_AUDIT_H
#define ASYNTRAIN_PROBES_AUDIT_H

#include "lib/base/config.h"
#include "lib/learn/model.h"
#include "lib/learn/session.h"
#include "lib/learn/snapshot.h"

#include <stdbool.h>

struct audit_error { /* of one comparison, over some gradients */
    uint64_t gradients;
    double error_sum, error_most, cosine_sum, cosine_least;
    uint64_t kind_gradients[LAYOUT_GROUPS]; /* that touch this group of blocks */
    double kind_sum[LAYOUT_GROUPS]; /* of the errors within the group */
};

struct audit_count { /* of one worker in one epoch */
    struct audit_error torn, stale;
    double tau_sum, tau_most; /* of |tau|, over the gradients of `stale` */
    double tau_signed; /* the sum of tau itself */
    double norm_most,
        square_sum; /* of s: the greatest norm, the sum of squared norms; over the same gradients */
};

struct audit_lane; /* what a thread needs for it */
struct audit_read;

struct audit {
    struct probe base;
    const struct session *session;
    uint32_t every; /* 0: off */
    const struct model *model;
    const real *optimum; /* w* [layout.size], or NULL; borrowed, set before the first epoch */
    bool at_rest; /* nobody writes between R and W of a gradient */
    uint32_t nworkers, nthreads;
    size_t nsamples;
    uint64_t *chosen; /* [nsamples] bits: the tickets of this epoch that are audited; NULL: off */
    struct audit_lane *lane; /* [nthreads] */
    struct audit_read *read; /* [nworkers] where others come between R and G; else NULL */
    struct audit_count *count; /* [nworkers] */
};

/* `every` as the key; workers are virtual where there are fewer threads. Parameters are borrowed. */
void audit_init(struct audit *a, uint32_t every, const struct model *m, const struct dataset *data,
                size_t nsamples, uint32_t nworkers, uint32_t nthreads);
/* For an engine with virtual workers that lets others come between R and G of one. */
void audit_keep_read(struct audit *a, const struct reach *reach);
void audit_free(struct audit *a);
size_t
audit_reals(const struct audit *a); /* that it will touch during training, besides what it has touched */

void audit_plan(struct audit *a, uint64_t seed,
                uint32_t epoch); /* an epoch begins: draw its tickets, counts to 0 */
void audit_total(const struct audit *a, struct audit_count *total); /* of all workers; between epochs */
double audit_distance(const struct audit *a); /* ||w - w*||^2 of the session's weights; between epochs */

static inline bool audit_takes(const struct audit *a, size_t ticket)
{
    return a->chosen && (a->chosen[ticket / 64] >> ticket % 64 & 1);
}

/* For a ticket that it takes the three verbs call these, worker `k` in its own thread, around the tracker's calls. `z`
 * is the sample, `view` what R sees or, at W, would see; `s` the worker's own gradient. */
void audit_read_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view);
void audit_read_end(struct audit *a, uint32_t k, const struct example *z, const struct gradient *s);
void audit_write_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view,
                       const struct gradient *s);
void audit_write_end(struct audit *a, uint32_t k, const struct example *z, const struct gradient *s);

/* The session's audit; NULL where nothing is audited. */
struct audit *audit_of(const struct session *s);

#endif
