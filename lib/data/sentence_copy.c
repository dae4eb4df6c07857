/* SPDX-License-Identifier: MIT */
#include "lib/data/sentence_copy.h"

#include "lib/base/memory.h"

#include <string.h>

static size_t bytes_of(const struct span *s, size_t n)
{
    size_t bytes = 0;
    for (size_t k = 0; k < n; k++)
        bytes += s[k].n;
    return bytes;
}

/* Copies of n spans, their text to `text`; returns where it ends. */
static char *copy_spans(struct span *to, const struct span *from, size_t n, char *text)
{
    for (size_t k = 0; k < n; k++) {
        to[k] = (struct span){text, from[k].n};
        if (from[k].n)
            memcpy(text, from[k].s, from[k].n);
        text += from[k].n;
    }
    return text;
}

void sentence_copy(struct sentence_copy *to, const struct sentence *s)
{
    const size_t cells = (size_t)s->n * s->ncolumns;
    const size_t bytes = bytes_of(s->cell, cells) + bytes_of(s->source, s->nsource);
    to->text = memory_grow(to->text, &to->text_capacity, bytes + 1, 1);
    to->cell = memory_grow(to->cell, &to->cell_capacity, cells + 1, sizeof *to->cell);
    to->source = memory_grow(to->source, &to->source_capacity, s->nsource + (size_t)1, sizeof *to->source);
    to->lines = memory_grow(to->lines, &to->lines_capacity, s->n + (size_t)1, sizeof *to->lines);
    copy_spans(to->source, s->source, s->nsource, copy_spans(to->cell, s->cell, cells, to->text));
    to->sentence = *s;
    to->sentence.cell = to->cell;
    to->sentence.source = to->source;
    if (s->lines) {
        memcpy(to->lines, s->lines, s->n * sizeof *to->lines);
        to->sentence.lines = to->lines;
    }
}

void sentence_copy_free(struct sentence_copy *c)
{
    memory_free(c->text);
    memory_free(c->cell);
    memory_free(c->source);
    memory_free(c->lines);
}
