/* SPDX-License-Identifier: MIT */
#include "lib/train/initial.h"

#include <assert.h>
#include <stdio.h>

bool initial_possible(const struct config *c, const struct model_ops *model, struct error *e)
{
    if (!*config_string(c, "corpus.vectors") || model->feature_row)
        return true;
    return config_fault(c, "corpus.vectors", e,
                        "model '%s' has no embeddings that could begin with vectors; leave it out, or take "
                        "another model (model.name)",
                        model->name);
}

bool initial_vectors(const struct config *c, const struct pretrained *p, const struct model *m, real *w,
                     struct error *e)
{
    if (!p)
        return true;
    assert(p->row);
    for (uint32_t id = 0; id < p->count; id++) {
        uint32_t columns;
        if (p->row[id] == VOCAB_NONE)
            continue;
        real *to = m->ops->feature_row(m, w, id, &columns);
        const float *from = p->vectors->row + (size_t)p->row[id] * p->columns;
        if (columns != p->columns)
            return config_fault(
                c, "corpus.vectors", e,
                "its vectors have %u numbers, the embeddings of line %.*s in model '%s' %u; set "
                "model.embedding, or that line's number in model.embeddings, to %u, or give "
                "vectors of %u numbers",
                p->columns, (int)p->name.n, p->name.s, m->ops->name, columns, p->columns, columns);
        for (uint32_t k = 0; k < columns; k++)
            to[k] = from[k];
    }
    return true;
}

void initial_words(const struct pretrained *p, char *text, size_t size)
{
    snprintf(text, size,
             "vectors of %u number%s for %u of the %u feature%s of line %.*s (%u of them by their small "
             "letters); "
             "of the file's %u word%s %u more are features, too",
             p->columns, text_s(p->columns), p->found, p->features, text_s(p->features),
             p->name.n < 40 ? (int)p->name.n : 40, p->name.s, p->lowered, p->words, text_s(p->words),
             p->added);
}
