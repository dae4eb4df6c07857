/* SPDX-License-Identifier: MIT */
#include "models/bilstm/embedding.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/learn/origins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LINE UINT32_MAX

/* ---- creation */

/* Lines of equal text make the same features, so they count as one. */
static bool number_lines(struct embedding *m, const struct space *space, struct error *e)
{
    uint32_t of[TEMPLATE_LINES], features = vocab_count(space->node);
    const struct template *t = space->template;
    for (uint32_t k = 0; k < TEMPLATE_LINES; k++)
        of[k] = NO_LINE;
    for (size_t l = 0; l < t->count; l++) {
        if (t->line[l].edge)
            continue;
        m->max_rows++;
        if (of[t->line[l].skeleton] == NO_LINE)
            of[t->line[l].skeleton] = m->lines++;
    }
    m->max_rows += m->lines;
    m->line = memory_new(features, sizeof *m->line);
    for (uint32_t id = 0; id < features; id++) {
        uint32_t skeleton = space_skeleton(space, id);
        m->line[id] = skeleton < TEMPLATE_LINES ? of[skeleton] : NO_LINE;
        if (m->line[id] == NO_LINE)
            return error_set(e, ERROR_USAGE, "feature %u belongs to no line of the template", id);
    }
    return true;
}

/* "100 20 5": one number for each line. */
static bool read_sizes(struct embedding *m, const struct config *c, struct error *e)
{
    const char *text = config_string(c, "model.embeddings");
    uint32_t count = 0;
    if (!*text)
        return true;
    for (char *end; *text; text = end + strspn(end, " ,"), count++) {
        unsigned long size = strtoul(text, &end, 10);
        if (end == text || *text == '-' || size < 1 || size > 4096)
            return config_fault(c, "model.embeddings", e,
                                "numbers from 1 to 4096 are expected, one a U line of the template, as in "
                                "\"100 20\"; mend it");
        if (count < EMBEDDING_PARTS)
            m->size[count] = (uint32_t)size;
    }
    if (count == m->lines && m->parts > 1)
        return true;
    if (m->parts == 1 && m->lines > 1)
        return config_fault(c, "model.embeddings", e,
                            "features are added up, so all have embeddings of model.embedding numbers; set "
                            "model.input to concatenate, or leave embeddings out");
    return count == m->lines ||
           config_fault(c, "model.embeddings", e,
                        "the template has %u kinds of U lines, here are %u numbers; give each line one",
                        m->lines, count);
}

bool embedding_init(struct embedding *m, const struct config *c, const struct space *space, struct error *e)
{
    const bool concatenate = strcmp(config_string(c, "model.input"), "concatenate") == 0;
    const uint32_t features = vocab_count(space->node);
    const double a = config_real(c, "model.unknown");
    m->features = features;
    if (!number_lines(m, space, e))
        return false;
    if (m->lines == 0)
        return config_fault(c, "features.template", e,
                            "it has no U line, so a network has no input; add one");
    m->parts = concatenate ? m->lines : 1;
    if (m->parts > EMBEDDING_PARTS)
        return config_fault(
            c, "model.input", e,
            "the template has %u kinds of U lines, at most %d can stand side by side; set it to sum",
            m->parts, EMBEDDING_PARTS);
    for (uint32_t k = 0; k < m->parts; k++)
        m->size[k] = (uint32_t)config_integer(c, "model.embedding");
    if (!read_sizes(m, c, e))
        return false;
    for (uint32_t k = 0; k < m->parts; k++) {
        m->offset[k] = m->width;
        m->width += REAL_PAD(m->size[k]);
    }
    for (uint32_t k = 0; k < m->lines; k++)
        m->part[k] = concatenate ? k : 0;
    m->row = memory_new(features, sizeof *m->row);
    m->replaced = memory_new(features, sizeof *m->replaced);
    for (uint32_t id = 0; id < features; id++)
        m->replaced[id] = (float)(a / (a + (double)space->node_frequency[id] + 1e-9));
    return true;
}

void embedding_free(struct embedding *m)
{
    memory_free(m->line);
    memory_free(m->row);
    memory_free(m->replaced);
}

void embedding_add_groups(struct embedding *m, uint32_t features, struct layout *l)
{
    uint32_t count[EMBEDDING_PARTS] = {0};
    for (uint32_t id = 0; id < features; id++)
        m->row[id] = count[embedding_group(m, id)]++;
    for (uint32_t k = 0; k < m->lines; k++)
        m->unknown[k] = count[m->part[k]]++;
    for (uint32_t k = 0; k < m->parts; k++) {
        snprintf(m->name[k], sizeof m->name[k], m->parts > 1 ? "embedding.%u" : "embedding", k);
        layout_add(l, m->name[k], count[k], 1, m->size[k], false);
    }
}

/* Unknown features begin at 0. */
void embedding_draw(const struct embedding *m, const struct layout *l, real *w, real deviation, struct rng *r)
{
    uint32_t unknown[EMBEDDING_PARTS] = {0};
    for (uint32_t k = 0; k < m->lines; k++)
        unknown[m->part[k]]++;
    for (uint32_t k = 0; k < m->parts; k++) {
        const struct group *g = &l->group[k];
        for (uint32_t b = 0; b + unknown[k] < g->count; b++)
            for (uint32_t i = 0; i < g->columns; i++)
                w[g->offset + b * (size_t)g->stride + i] = deviation * (real)rng_normal(r);
    }
}

void embedding_origins(const struct embedding *m, uint32_t part, const struct embedding *old,
                       const struct origins *o, uint32_t *row)
{
    for (uint32_t id = 0; id < m->features; id++)
        if (embedding_group(m, id) == part)
            row[m->row[id]] = o->node[id] == ORIGIN_NEW ? ORIGIN_NEW : old->row[o->node[id]];
    for (uint32_t line = 0; line < m->lines; line++)
        if (m->part[line] == part)
            row[m->unknown[line]] = old->unknown[line];
}

/* ---- a sentence */

void embedding_lookup_init(struct embedding_lookup *u, const struct embedding *m, uint32_t longest)
{
    u->start = memory_lines((size_t)longest + 1, sizeof *u->start);
    u->row = memory_lines((size_t)longest * m->max_rows, sizeof *u->row);
    u->part = memory_lines((size_t)longest * m->max_rows, sizeof *u->part);
    u->token = memory_new(longest, sizeof *u->token);
    u->source = memory_new(longest, sizeof *u->source);
    for (u->slots = 1; u->slots < 2 * longest;)
        u->slots *= 2;
    u->table = memory_new(u->slots, sizeof *u->table);
}

void embedding_lookup_free(struct embedding_lookup *u)
{
    memory_free(u->start);
    memory_free(u->row);
    memory_free(u->part);
    memory_free(u->token);
    memory_free(u->source);
    memory_free(u->table);
}

/* The rows that each token reads: those of its features, then the unknown one of every line that has none. */
static void find_rows(const struct embedding *m, const struct example *z, struct rng *rng,
                      const uint32_t *index, struct embedding_lookup *u)
{
    bool has[TEMPLATE_LINES];
    uint32_t at = 0;
    for (uint32_t t = 0; t < z->n; t++) {
        u->start[t] = at;
        memset(has, 0, m->lines * sizeof *has);
        for (uint32_t k = z->start[t]; k < z->start[t + 1]; k++) {
            const uint32_t id = z->node[k], line = m->line[id];
            if (rng && m->replaced[id] > 1e-6f && (float)rng_uniform(&rng[index[t]]) < m->replaced[id])
                continue;
            has[line] = true;
            u->row[at] = m->row[id];
            u->part[at++] = m->part[line];
        }
        for (uint32_t line = 0; line < m->lines; line++)
            if (!has[line]) {
                u->row[at] = m->unknown[line];
                u->part[at++] = m->part[line];
            }
    }
    u->start[z->n] = at;
}

static bool reads_the_same(const struct embedding_lookup *u, uint32_t a, uint32_t b)
{
    const uint32_t count = u->start[a + 1] - u->start[a];
    return u->start[b + 1] - u->start[b] == count &&
           memcmp(u->row + u->start[a], u->row + u->start[b], count * sizeof *u->row) == 0 &&
           memcmp(u->part + u->start[a], u->part + u->start[b], count * sizeof *u->part) == 0;
}

/* Where the row of x0 of token t stands in the table, or is to stand. */
static uint32_t slot_of(const struct embedding_lookup *u, uint32_t t)
{
    const uint32_t *rows = u->row + u->start[t];
    uint32_t at = (uint32_t)text_hash(rows, (u->start[t + 1] - u->start[t]) * sizeof *rows, 0);
    for (at &= u->slots - 1; u->table[at]; at = (at + 1) & (u->slots - 1))
        if (reads_the_same(u, u->token[u->table[at] - 1], t))
            break;
    return at;
}

/* Rows of x0, in the order in which their first tokens appear. */
static void share_rows(struct embedding_lookup *u, uint32_t n)
{
    memset(u->table, 0, u->slots * sizeof *u->table);
    u->rows = 0;
    for (uint32_t t = 0; t < n; t++) {
        uint32_t *slot = &u->table[slot_of(u, t)];
        if (!*slot) {
            u->token[u->rows] = t;
            *slot = ++u->rows;
        }
        u->source[t] = *slot - 1;
    }
}

static void own_rows(struct embedding_lookup *u, uint32_t n)
{
    u->rows = n;
    for (uint32_t t = 0; t < n; t++)
        u->token[t] = u->source[t] = t;
}

RACY void embedding_forward(const struct embedding *m, const struct layout *l, const struct weights *w,
                            const struct example *z, struct rng *rng, const uint32_t *index, bool shared,
                            struct embedding_lookup *u, real *x, size_t pitch)
{
    find_rows(m, z, rng, index, u);
    (shared ? share_rows : own_rows)(u, z->n);
    for (uint32_t r = 0; r < u->rows; r++) {
        const uint32_t t = u->token[r];
        real *restrict token = x + r * pitch;
        memset(token, 0, m->width * sizeof *token);
        for (uint32_t k = u->start[t]; k < u->start[t + 1]; k++) {
            const uint32_t part = u->part[k], row = u->row[k];
            const struct group *g = &l->group[part];
            const real *from =
                (w->local && row < w->hot[part] ? w->local : w->w) + g->offset + row * (size_t)g->stride;
            real *restrict to = token + m->offset[part];
            const real scale = w->scale;
            for (size_t i = 0; i < g->stride; i++)
                to[i] += scale * from[i];
        }
    }
}

void embedding_list(const struct embedding *m, const struct embedding_lookup *u, const uint32_t *number,
                    const real *dx, size_t pitch, struct gradient *g)
{
    for (uint32_t r = 0; r < u->rows; r++)
        for (uint32_t t = u->token[r], k = u->start[t]; k < u->start[t + 1]; k++)
            gradient_add(g, u->part[k], 1, number + u->row[k], dx + r * pitch + m->offset[u->part[k]]);
}

void embedding_list_blocks(const struct embedding *m, const struct example *z, const uint32_t *number,
                           struct gradient *g)
{
    for (uint32_t k = z->start[0]; k < z->start[z->n]; k++)
        gradient_add(g, embedding_group(m, z->node[k]), 1, number + m->row[z->node[k]], NULL);
    for (uint32_t line = 0; line < m->lines; line++)
        for (uint32_t t = 0; t < z->n; t++) /* at least as many bundles of a group as the gradient has */
            gradient_add(g, m->part[line], 1, number + m->unknown[line], NULL);
}
