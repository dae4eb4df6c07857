/* SPDX-License-Identifier: MIT
 *
 * simulation: what section `simulate` of a configuration asks for, and single paths of the four processes of He et al.
 * (2018, "Differential equations for modeling asynchronous algorithms"):
 *
 *     sgd     x_{k+1} = x_k - eta u_k g(x_k)
 *     asgd    x_{k+1} = x_k - eta u_k g(x_{k - l_k})
 *     sde     dX = -(eta/delta) u grad F(X(t))         dt + (eta/delta) sqrt(delta) u sigma dB
 *     sdde    dX = -(eta/delta) u grad F(X(t - theta)) dt + (eta/delta) sqrt(delta) u sigma dB
 *
 * Update k takes the time from k delta to (k+1) delta, and theta = l_k delta; u is that of the update. The equations
 * are solved by the Euler-Maruyama method with `substeps` steps an update. delta says how time is counted, no more.
 * With one substep the equations have the first two moments of the updates.
 */
#ifndef ASYNTRAIN_THEORY_SIMULATION_H
#define ASYNTRAIN_THEORY_SIMULATION_H

#include "lib/base/config.h"
#include "lib/theory/objective.h"

#include <stdint.h>

enum process { PROCESS_SGD, PROCESS_ASGD, PROCESS_SDE, PROCESS_SDDE, PROCESSES };
enum share { SHARE_CONSTANT, SHARE_INVERSE, SHARE_INVERSE_SQRT }; /* u_k = 1, 1/k, 1/sqrt k, k from 1 */

struct simulation {
    const char *name; /* of the objective */
    struct objective objective;
    double *start; /* [d] */
    double rate, delta; /* eta; time of an update */
    enum share share;
    uint64_t updates;
    uint32_t substeps;
    double *lag; /* [lags] probability of each delay, in updates */
    size_t lags;
    bool constant; /* the delay is always lags - 1 */
    bool plain; /* an update whose delay leads before the start reads what is there now, else x_0 */
    uint64_t seed, paths, shown, every; /* paths in the averages; of their own; updates between rows */
    bool wanted[PROCESSES];
};

/* The keys of section `simulate`; and those of each objective, ended by a row whose name is NULL. */
extern const struct key simulation_keys[];
struct simulation_objective {
    const char *name;
    const struct key *keys;
    bool (*take)(struct objective *o, const struct config *c, struct error *e); /* after config_check */
};
extern const struct simulation_objective simulation_objectives[];

/* Check and read section `simulate` of `c`. ERROR_USAGE; ERROR_CORPUS, ERROR_IO for the file of rows. To be freed in
 * any case. */
bool simulation_read(struct simulation *s, struct config *c, struct error *e);
void simulation_free(struct simulation *s);

const char *simulation_name(enum process p);
bool simulation_delayed(enum process p);
bool simulation_continuous(enum process p);
uint32_t simulation_substeps(const struct simulation *s, enum process p); /* 1 for sgd and asgd */
double simulation_share(const struct simulation *s, uint64_t k); /* u of the update after k others */

/* Path number `path` of a process into x [updates * substeps + 1][d]. It depends on seed, path and process alone. */
void simulation_path(const struct simulation *s, enum process p, uint64_t path, double *x);

#endif
