/* SPDX-License-Identifier: MIT */
#include "models/bilstm_input.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LINE UINT32_MAX

/* ---- creation */

/* Lines of equal text make the same features: they are one. */
static bool number_lines(struct input *in, const struct space *space, struct error *e)
{
    uint32_t of[TEMPLATE_LINES], features = vocab_count(space->node);
    const struct template *t = space->template;
    for (uint32_t k = 0; k < TEMPLATE_LINES; k++)
        of[k] = NO_LINE;
    for (size_t l = 0; l < t->count; l++) {
        if (t->line[l].edge)
            continue;
        in->capacity++;
        if (of[t->line[l].skeleton] == NO_LINE)
            of[t->line[l].skeleton] = in->lines++;
    }
    in->capacity += in->lines;
    in->line = memory_new(features, sizeof *in->line);
    for (uint32_t id = 0; id < features; id++) {
        uint32_t skeleton = space_skeleton(space, id);
        in->line[id] = skeleton < TEMPLATE_LINES ? of[skeleton] : NO_LINE;
        if (in->line[id] == NO_LINE)
            return error_set(e, ERROR_USAGE, "feature %u belongs to no line of the template", id);
    }
    return true;
}

/* "100 20 5": a number a line. */
static bool read_sizes(struct input *in, const struct config *c, struct error *e)
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
        if (count < INPUT_PARTS)
            in->size[count] = (uint32_t)size;
    }
    if (count == in->lines && in->parts > 1)
        return true;
    if (in->parts == 1 && in->lines > 1)
        return config_fault(c, "model.embeddings", e,
                            "features are added up, so all have embeddings of model.embedding numbers; set "
                            "model.input to concatenate, or leave embeddings out");
    return count == in->lines ||
           config_fault(c, "model.embeddings", e,
                        "the template has %u kinds of U lines, here are %u numbers; give each line one",
                        in->lines, count);
}

bool input_init(struct input *in, const struct config *c, const struct space *space, struct error *e)
{
    const bool beside = strcmp(config_string(c, "model.input"), "concatenate") == 0;
    const uint32_t features = vocab_count(space->node);
    const double a = config_real(c, "model.unknown");
    if (!number_lines(in, space, e))
        return false;
    if (in->lines == 0)
        return config_fault(c, "features.template", e,
                            "it has no U line, so a network has no input; add one");
    in->parts = beside ? in->lines : 1;
    if (in->parts > INPUT_PARTS)
        return config_fault(
            c, "model.input", e,
            "the template has %u kinds of U lines, at most %d can stand side by side; set it to sum",
            in->parts, INPUT_PARTS);
    for (uint32_t k = 0; k < in->parts; k++)
        in->size[k] = (uint32_t)config_integer(c, "model.embedding");
    if (!read_sizes(in, c, e))
        return false;
    for (uint32_t k = 0; k < in->parts; k++) {
        in->offset[k] = in->width;
        in->width += REAL_PAD(in->size[k]);
    }
    for (uint32_t k = 0; k < in->lines; k++)
        in->part[k] = beside ? k : 0;
    in->row = memory_new(features, sizeof *in->row);
    in->replaced = memory_new(features, sizeof *in->replaced);
    for (uint32_t id = 0; id < features; id++)
        in->replaced[id] = (float)(a / (a + (double)space->node_frequency[id] + 1e-9));
    return true;
}

void input_free(struct input *in)
{
    memory_free(in->line);
    memory_free(in->row);
    memory_free(in->replaced);
}

void input_groups(struct input *in, uint32_t features, struct layout *l)
{
    uint32_t count[INPUT_PARTS] = {0};
    for (uint32_t id = 0; id < features; id++)
        in->row[id] = count[input_group(in, id)]++;
    for (uint32_t k = 0; k < in->lines; k++)
        in->unknown[k] = count[in->part[k]]++;
    for (uint32_t k = 0; k < in->parts; k++) {
        snprintf(in->name[k], sizeof in->name[k], in->parts > 1 ? "embedding.%u" : "embedding", k);
        layout_add(l, in->name[k], count[k], 1, in->size[k], false);
    }
}

/* Unknown features begin at 0. */
void input_draw(const struct input *in, const struct layout *l, real *w, real deviation, struct rng *r)
{
    uint32_t unknown[INPUT_PARTS] = {0};
    for (uint32_t k = 0; k < in->lines; k++)
        unknown[in->part[k]]++;
    for (uint32_t k = 0; k < in->parts; k++) {
        const struct group *g = &l->group[k];
        for (uint32_t b = 0; b + unknown[k] < g->count; b++)
            for (uint32_t i = 0; i < g->columns; i++)
                w[g->offset + b * (size_t)g->stride + i] = deviation * (real)rng_normal(r);
    }
}

/* ---- a sentence */

void input_room_init(struct input_room *room, const struct input *in, uint32_t longest)
{
    room->start = memory_lines((size_t)longest + 1, sizeof *room->start);
    room->row = memory_lines((size_t)longest * in->capacity, sizeof *room->row);
    room->part = memory_lines((size_t)longest * in->capacity, sizeof *room->part);
}

void input_room_free(struct input_room *room)
{
    memory_free(room->start);
    memory_free(room->row);
    memory_free(room->part);
}

/* Which rows each token looks up: first its known features, then the unknown one of every line that has none. */
static void look_up(const struct input *in, const struct example *z, struct rng *rng, const uint32_t *who,
                    struct input_room *room)
{
    bool has[TEMPLATE_LINES];
    uint32_t at = 0;
    for (uint32_t t = 0; t < z->n; t++) {
        room->start[t] = at;
        memset(has, 0, in->lines * sizeof *has);
        for (uint32_t k = z->start[t]; k < z->start[t + 1]; k++) {
            const uint32_t id = z->node[k], line = in->line[id];
            if (rng && in->replaced[id] > 1e-6f && (float)rng_uniform(&rng[who[t]]) < in->replaced[id])
                continue;
            has[line] = true;
            room->row[at] = in->row[id];
            room->part[at++] = in->part[line];
        }
        for (uint32_t line = 0; line < in->lines; line++)
            if (!has[line]) {
                room->row[at] = in->unknown[line];
                room->part[at++] = in->part[line];
            }
    }
    room->start[z->n] = at;
}

RACY void input_lay(const struct input *in, const struct layout *l, const struct weights *w,
                    const struct example *z, struct rng *rng, const uint32_t *who, struct input_room *room,
                    real *x, size_t pitch)
{
    look_up(in, z, rng, who, room);
    for (uint32_t t = 0; t < z->n; t++) {
        real *restrict token = x + t * pitch;
        memset(token, 0, in->width * sizeof *token);
        for (uint32_t k = room->start[t]; k < room->start[t + 1]; k++) {
            const uint32_t part = room->part[k], row = room->row[k];
            const struct group *g = &l->group[part];
            const real *from =
                (w->local && row < w->hot[part] ? w->local : w->w) + g->offset + row * (size_t)g->stride;
            real *restrict to = token + in->offset[part];
            const real scale = w->scale;
            for (size_t i = 0; i < g->stride; i++)
                to[i] += scale * from[i];
        }
    }
}

void input_list(const struct input *in, const struct input_room *room, uint32_t n, const uint32_t *number,
                const real *dx, size_t pitch, struct gradient *g)
{
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t k = room->start[t]; k < room->start[t + 1]; k++)
            gradient_add(g, room->part[k], 1, number + room->row[k],
                         dx + t * pitch + in->offset[room->part[k]]);
}

void input_touch(const struct input *in, const struct example *z, const uint32_t *number, struct gradient *g)
{
    for (uint32_t k = z->start[0]; k < z->start[z->n]; k++)
        gradient_add(g, input_group(in, z->node[k]), 1, number + in->row[z->node[k]], NULL);
    for (uint32_t line = 0; line < in->lines; line++)
        for (uint32_t t = 0; t < z->n; t++) /* as many of a group as the gradient has */
            gradient_add(g, in->part[line], 1, number + in->unknown[line], NULL);
}
