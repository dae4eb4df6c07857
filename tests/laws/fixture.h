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

/* What is varied over a model: lines for section `model`, and the template. */
struct variant {
    const char *name, *model, *template;
};
extern const struct variant variant_table[]; /* ended by a row whose name is NULL */

/* `labels` labels, `sentences` sentences of 1 to `longest` tokens; `more` is YAML of further sections. Ends
 * the test with a failed CHECK when something cannot be made. */
struct fixture *fixture_new(const struct model_ops *ops, const struct variant *v, unsigned labels,
                            unsigned sentences, unsigned longest, const char *more);
void fixture_free(struct fixture *f);

/* Weights at random, normal times `size`, padding left 0; to be freed. */
real *fixture_weights(const struct layout *l, double size);

/* Sections optimizer and engine. */
const char *fixture_sections(const char *optimizer, const char *engine, unsigned threads,
                             const char *sampling);

#endif
