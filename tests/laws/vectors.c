/* SPDX-License-Identifier: MIT
 *
 * Models with embeddings: the row that a model says is a feature's is what this feature's tokens read, and no others
 * do; and a run that begins with vectors begins with them, and else as it would without.
 */
#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/train/initial.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* All models with embeddings, in all variants; how many. */
static size_t each_model(void (*law)(struct fixture *f, const char *name))
{
    size_t count = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name && model_table[m]->feature_row;
             v++) {
            struct fixture *f = fixture_new(model_table[m], v, 3, 12, 6, NULL);
            law(f, v->name);
            fixture_free(f);
            count++;
        }
    return count;
}

static void rows_are_blocks(struct fixture *f, const char *name)
{
    const struct layout *l = &f->model->layout;
    real *w = fixture_weights(l, 0.5);
    uint8_t *taken = memory_new(l->size, 1);
    for (uint32_t id = 0; id < vocab_count(f->space->node); id++) {
        uint32_t columns = 0, k = 0;
        size_t at = (size_t)(f->model->ops->feature_row(f->model, w, id, &columns) - w);
        while (k < l->ngroups && at >= l->group[k].offset + l->group[k].count * layout_block(&l->group[k]))
            k++;
        if (!CHECK_MSG(k < l->ngroups && at >= l->group[k].offset, "%s, feature %u", name, id))
            break;
        const struct group *g = &l->group[k];
        CHECK(!g->universal && g->rows == 1 && g->columns == columns);
        CHECK((at - g->offset) % layout_block(g) == 0);
        CHECK_MSG(!taken[at]++, "%s, feature %u: its row is another's", name, id);
    }
    memory_free(taken);
    memory_free(w);
}

TEST(every_feature_has_a_block)
{
    CHECK(each_model(rows_are_blocks) > 0);
}

static bool stands_in(const struct example *z, uint32_t id)
{
    for (uint32_t k = z->start[0]; k < z->start[z->n]; k++)
        if (z->node[k] == id)
            return true;
    return false;
}

static void rows_are_read(struct fixture *f, const char *name)
{
    const struct model *m = f->model;
    real *w = fixture_weights(&m->layout, 0.5);
    struct weights view = {.w = w, .scale = 1};
    void *scratch = m->ops->scratch_new(m, f->data->longest);
    uint32_t read = 0, columns = 0;
    for (size_t s = 0; s < 4; s++) {
        const struct example *z = &f->data->example[s];
        struct chain *c = m->ops->score(m, &view, z, scratch);
        size_t bytes = (size_t)c->n * c->stride * sizeof(real);
        real *before = memory_new(bytes, 1);
        memcpy(before, c->node, bytes);
        for (uint32_t id = 0; id < vocab_count(f->space->node); id++) {
            real *row = m->ops->feature_row(m, w, id, &columns), kept = row[columns - 1];
            row[columns - 1] += 1;
            c = m->ops->score(m, &view, z, scratch);
            bool same = memcmp(before, c->node, bytes) == 0, inside = stands_in(z, id);
            CHECK_MSG(same != inside, "%s, sentence %zu, feature %u", name, s, id);
            row[columns - 1] = kept;
            read += inside;
        }
        memory_free(before);
    }
    CHECK(read > 10);
    m->ops->scratch_free(scratch);
    memory_free(w);
}

TEST(a_row_is_what_its_feature_reads)
{
    CHECK(each_model(rows_are_read) > 0);
}

/* Features as wide as the first, every other one, get one of two vectors. */
static void vectors_are_copied(struct fixture *f, const char *name)
{
    const struct model *m = f->model;
    struct error e = {0};
    uint32_t count = vocab_count(f->space->node), wide = 0, columns = 0;
    size_t size = m->layout.size, copied = 0, others = 0;
    real *w = fixture_weights(&m->layout, 0.5), *before = memory_new(size, sizeof *before);
    memcpy(before, w, size * sizeof *w);
    m->ops->feature_row(m, w, 0, &wide);
    struct vectors v = {.columns = wide, .count = 2, .row = memory_new(2 * wide + 2, sizeof *v.row)};
    struct pretrained p = {
        .vectors = &v, .columns = wide, .count = count, .row = memory_new(count, sizeof *p.row)};
    for (uint32_t k = 0; k < 2 * wide; k++)
        v.row[k] = 0.25f * (float)(k + 1);
    for (uint32_t id = 0; id < count; id++) {
        m->ops->feature_row(m, w, id, &columns);
        p.row[id] = columns != wide || id % 2 ? VOCAB_NONE : id / 2 % 2;
    }
    v.columns = p.columns = wide + 1; /* too wide: refused */
    CHECK(!initial_vectors(f->config, &p, m, w, &e) && e.kind == ERROR_USAGE);
    CHECK(memcmp(w, before, size * sizeof *w) == 0);
    v.columns = p.columns = wide;
    e = (struct error){0};
    CHECK_MSG(initial_vectors(f->config, &p, m, w, &e), "%s", e.text);
    for (uint32_t id = 0; id < count; id++) {
        real *row = m->ops->feature_row(m, w, id, &columns);
        for (uint32_t k = 0; p.row[id] != VOCAB_NONE && k < wide; k++, copied++)
            others += row[k] != (real)v.row[p.row[id] * wide + k];
    }
    CHECK_MSG(others == 0 && copied > 0, "%s: %zu of %zu differ", name, others, copied);
    for (size_t i = 0; i < size; i++)
        others += w[i] != before[i];
    CHECK_INT(others, copied); /* none of 0.25, 0.5 … was there before */
    memory_free(v.row);
    memory_free(p.row);
    memory_free(w);
    memory_free(before);
}

TEST(a_run_begins_with_its_vectors)
{
    CHECK(each_model(vectors_are_copied) > 0);
}
