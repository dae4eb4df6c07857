/* SPDX-License-Identifier: MIT
 *
 * dense_step: the rooms that one step of a recurrence reads and writes (lib/num/dense.h).
 */
#ifndef ASYNTRAIN_NUM_DENSE_STEP_H
#define ASYNTRAIN_NUM_DENSE_STEP_H

#include "lib/num/dense.h"

/* Where the token at step s of time stands. */
static inline size_t dense_token(const struct recurrence *r, uint32_t s)
{
    return r->reverse ? r->n - 1 - s : s;
}

/* The rooms of a step; those of the step before or after are NULL where there is none. */
struct dense_step {
    real *z, *h, *c, *t, *dh, *dx;
    const real *x, *before, *c_before, *t_after;
    real *dh_before;
};

static inline struct dense_step dense_step(const struct recurrence *r, uint32_t s, const size_t G)
{
    const size_t i = dense_token(r, s), S = r->stride;
    struct dense_step p = {.z = r->z + i * G * S, .h = r->h + i * r->pitch};
    p.c = r->c ? r->c + i * S : NULL;
    p.t = r->t ? r->t + i * S : NULL;
    p.dh = r->dh ? r->dh + i * r->pitch : NULL;
    p.x = r->wx ? r->x + i * r->x_pitch : NULL;
    p.dx = r->dx ? r->dx + i * r->x_pitch : NULL;
    if (s) {
        const size_t j = dense_token(r, s - 1);
        p.before = r->h + j * r->pitch;
        p.c_before = r->c ? r->c + j * S : NULL;
        p.dh_before = r->dh ? r->dh + j * r->pitch : NULL;
    }
    if (r->t && s + 1 < r->n)
        p.t_after = r->t + dense_token(r, s + 1) * S;
    return p;
}

/* The same of one row among many. */
static inline struct dense_step dense_row(const struct dense_rows *r, size_t row)
{
    const size_t at = row * r->stride;
    return (struct dense_step){.z = r->z + 4 * at,
                               .h = r->h + row * r->pitch,
                               .c = r->c + at,
                               .t = r->t + at,
                               .dh = r->dh ? r->dh + row * r->pitch : NULL,
                               .c_before = row < r->before ? r->c_before + at : NULL,
                               .t_after = row < r->after ? r->t_after + at : NULL};
}

#endif
