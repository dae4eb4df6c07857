/* SPDX-License-Identifier: MIT
 *
 * fixture: a small world for the laws: a seeded random corpus, a template, a configuration, and what comes
 * of them through the same doors as in a real run. The laws run over the registries, so that what is listed
 * is covered.
 */
#ifndef ASYNTRAIN_TESTS_FIXTURE_H
#define ASYNTRAIN_TESTS_FIXTURE_H

#include "lib/learn/engine.h"
#include "models/models.h"

struct fixture {
    struct config *config;
    struct corpus corpus;
    struct space *space;
    struct dataset *data;
    struct model *model;
};

/* The k-th variant of a model, beginning anew where there are fewer. */
const struct model_variant *variant_of(const struct model_ops *ops, size_t k);

/* `labels` labels, `sentences` sentences of 1 to `longest` tokens; `more` is YAML of further sections. Ends
 * the test with a failed CHECK when something cannot be made. */
struct fixture *fixture_new(const struct model_ops *ops, const struct model_variant *v, unsigned labels,
                            unsigned sentences, unsigned longest, const char *more);
/* The same, but two sentences of three have open labels. */
struct fixture *fixture_partial(const struct model_ops *ops, const struct model_variant *v, unsigned labels,
                                unsigned sentences, unsigned longest, const char *more);
void fixture_free(struct fixture *f);

/* The rate of the model's first variant. */
double fixture_rate(const struct model_ops *ops);

/* Weights as a session with this seed begins: into w, zeroed; or to be freed. */
void fixture_begin(const struct model *m, uint64_t seed, real *w);
real *fixture_start(const struct model *m, uint64_t seed);

/* The gradient of what a ticket of the epoch that was run last stands for, with the memory of a worker: as the session
 * made it, with all rows. Returns the loss. */
double fixture_gradient(const struct session *s, struct worker *k, const struct weights *view, size_t ticket);

/* Is there a session of several workers with both? */
bool fixture_pair(const struct optimizer_ops *o, const struct engine_ops *e);
const struct engine_ops *engine_named(const char *name); /* of the table; NULL: there is none */

/* What was counted of a worker in the last epoch; until 256 calls later. */
const struct gradient_counts *fixture_counts(const struct session *s, uint32_t worker);

/* Weights at random, normal times `size`, padding left 0; to be freed. */
real *fixture_weights(const struct layout *l, double size);

/* l2.value for an optimizer: `value`, or 0 where it has a penalty of its own. */
double fixture_l2(const char *optimizer, double value);

/* The first sentences of a sample of corpora/, as a file of the test's folder: for laws that take many runs, of a few
 * words each. */
const char *fixture_beginning(const char *sample, unsigned sentences, const char *name);

/* Sections optimizer and engine. */
const char *fixture_sections(const char *optimizer, const char *engine, unsigned threads,
                             const char *sampling);

#endif
