/* SPDX-License-Identifier: MIT
 *
 * curvature: the greatest eigenvalue of the Hessian of a mean loss, by power iteration. A product of the Hessian with a
 * direction v is the difference of two gradients over all samples:
 *
 *     H v  ~  (grad F(w + h v) - grad F(w - h v)) / 2h          F(w) = mean over samples of -log p(y|x)
 *
 * The error falls with h^2, and the estimates come from below. They are those of one point w: elsewhere F may be more
 * curved.
 */
#ifndef ASYNTRAIN_TRAIN_CURVATURE_H
#define ASYNTRAIN_TRAIN_CURVATURE_H

#include "lib/learn/model.h"

#define CURVATURE_STEPS 200 /* at most */

struct curvature {
    double value;
    uint32_t steps; /* of the iteration */
    bool settled; /* it no longer changed; else CURVATURE_STEPS were too few */
};

/* At the weights w [layout.size], over sample [count], none longer than `longest`. In one thread, and always the same;
 * a step takes the time of two epochs or more. */
struct curvature curvature_greatest(const struct model *m, const struct example *sample, size_t count,
                                    struct capacity longest, const real *w);

#endif
