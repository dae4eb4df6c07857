/* SPDX-License-Identifier: MIT
 *
 * dataset_weights: how much a sentence counts in training. The objective is a weighted likelihood (Shimodaira 2000,
 * "Improving predictive inference under covariate shift by weighting the log-likelihood function"):
 *
 *     F(w) = sum over sentences k of c_k (-log p(y_k|x_k)) + penalty
 *
 *     c_k = the sentence's own weight * the mean weight of its labels that are known (corpus.label_weights)
 *
 * The array of weights is made at the first that is not 1.
 */
#include "lib/base/memory.h"
#include "lib/data/dataset_inside.h"

#include <string.h>

struct dataset_weights {
    const struct corpus *corpus;
    struct vocab *label; /* of corpus.label_weights, … */
    double *weight; /* … [labels], … */
    bool *met; /* … and have they occurred? */
};

struct dataset_weights *dataset_weights_new(const struct corpus *corpus)
{
    struct dataset_weights *w = memory_new(1, sizeof *w);
    *w = (struct dataset_weights){.corpus = corpus,
                                  .label = vocab_new(),
                                  .weight = memory_new(corpus->nlabel_weights, sizeof *w->weight),
                                  .met = memory_new(corpus->nlabel_weights, sizeof *w->met)};
    for (size_t k = 0; k < corpus->nlabel_weights; k++) {
        struct span label;
        double weight;
        if (corpus_label_weight(corpus->label_weights[k], &label, &weight))
            w->weight[vocab_add(w->label, label)] = weight;
    }
    return w;
}

void dataset_weights_free(struct dataset_weights *w)
{
    vocab_free(w->label);
    memory_free(w->weight);
    memory_free(w->met);
    memory_free(w);
}

static double mean_of_labels(const struct dataset_weights *w, const struct space *space,
                             const struct sentence *s)
{
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; vocab_count(w->label) && i < s->n; i++) {
        const struct span label = s->cell[(size_t)i * s->ncolumns + space->label_column];
        if (space_open(space, label))
            continue;
        const uint32_t id = vocab_find(w->label, label);
        known++;
        sum += id == VOCAB_NONE ? 1 : w->weight[id];
    }
    return known ? sum / known : 1;
}

void dataset_weights_meet(struct dataset_weights *w, const struct space *space, const struct sentence *s)
{
    for (uint32_t i = 0; vocab_count(w->label) && i < s->n; i++) {
        const struct span label = s->cell[(size_t)i * s->ncolumns + space->label_column];
        const uint32_t id = space_open(space, label) ? VOCAB_NONE : vocab_find(w->label, label);
        if (id != VOCAB_NONE)
            w->met[id] = true;
    }
}

static void push(struct dataset *d, double weight)
{
    if (!d->weight && weight == 1)
        return;
    const bool first = !d->weight;
    d->weight = memory_grow(d->weight, &d->weight_capacity, d->count + 1, sizeof *d->weight);
    for (size_t k = 0; first && k < d->count; k++)
        d->weight[k] = 1;
    d->weight[d->count] = weight;
}

bool dataset_weigh(struct dataset_weights *w, struct dataset *d, const struct space *space,
                   const struct sentence *s, const char *path, struct error *e)
{
    double weight = s->weight;
    if (w->corpus->weight_column && *w->corpus->weight_column) {
        const struct span cell = s->cell[corpus_weight_column(w->corpus)];
        if (!text_real(cell, &weight) || !(weight >= 0 && weight <= WEIGHT_MOST))
            return error_set(
                e, ERROR_CORPUS,
                "%s:%lu: '%.*s' in the column of weights (corpus.weight_column); a number from 0 to %g "
                "is expected at the first token of a sentence",
                path, s->line, text_shown(cell, 40), cell.s, WEIGHT_MOST);
    }
    push(d, weight * mean_of_labels(w, space, s));
    return true;
}

bool dataset_weights_met(const struct dataset_weights *w, struct error *e)
{
    for (uint32_t id = 0; id < vocab_count(w->label); id++)
        if (!w->met[id]) {
            const struct span label = vocab_text(w->label, id);
            return config_fault(
                w->corpus->config, "corpus.label_weights", e,
                "label '%.*s' does not occur in the training corpus; give labels as its files "
                "have them",
                text_shown(label, 40), label.s);
        }
    return true;
}
