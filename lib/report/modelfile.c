/* SPDX-License-Identifier: MIT */
#include "lib/report/modelfile.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/report/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT_WHOLE "3" /* all blocks */
#define FORMAT_SPARSE "4" /* blocks of zeros are left out of some group */
#define UNSIGNED_WHOLE "1" /* the same of older programs, which did not sign */
#define UNSIGNED_SPARSE "2"
#ifdef REAL_DOUBLE
#define REAL_TYPE CONTAINER_F64
#else
#define REAL_TYPE CONTAINER_F32
#endif

struct modelfile {
    char *path;
    struct container *container;
};

static void put_number(struct container_writer *w, const char *name, uint32_t value)
{
    char text[16];
    snprintf(text, sizeof text, "%u", value);
    container_put_string(w, name, text);
}

static void put_vocab(struct container_writer *w, const char *name, const struct vocab *v)
{
    char tensor[64];
    struct span bytes = vocab_bytes(v);
    snprintf(tensor, sizeof tensor, "%s.bytes", name);
    container_put_tensor(w, tensor, CONTAINER_U8, bytes.s, bytes.n, 0, 1);
    snprintf(tensor, sizeof tensor, "%s.ends", name);
    container_put_tensor(w, tensor, CONTAINER_U32, vocab_ends(v), vocab_count(v), 0, 1);
}

/* ---- blocks that are not zero */

struct kept { /* of a group that has blocks of zeros: the others */
    uint32_t *id; /* [count]; NULL: the group has none */
    real *row; /* [count][block] */
    uint32_t count;
};

static bool is_zero(const real *block, size_t n)
{
    size_t i = 0;
    while (i < n && block[i] == 0)
        i++;
    return i == n;
}

static void keep_blocks(struct kept *k, const struct group *g, const real *w)
{
    const size_t n = layout_block(g);
    uint32_t count = 0;
    for (uint32_t b = 0; b < g->count; b++)
        count += !is_zero(w + g->offset + b * n, n);
    *k = (struct kept){.count = count};
    if (count == g->count)
        return;
    k->id = memory_new(count + 1, sizeof *k->id); /* one more: there may be none */
    k->row = memory_new(count * n + 1, sizeof *k->row);
    for (uint32_t b = 0, j = 0; b < g->count; b++) {
        const real *block = w + g->offset + b * n;
        if (is_zero(block, n))
            continue;
        memcpy(k->row + j * n, block, n * sizeof *block);
        k->id[j++] = b;
    }
}

/* The kept blocks of each group; true if any group has others. */
static bool keep_all(struct kept *kept, const struct layout *layout, const real *w)
{
    bool sparse = false;
    for (uint32_t k = 0; k < layout->ngroups; k++) {
        keep_blocks(&kept[k], &layout->group[k], w);
        sparse = sparse || kept[k].id;
    }
    return sparse;
}

static void put_group(struct container_writer *out, const struct group *g, const real *w,
                      const struct kept *kept)
{
    char name[64], rows[24];
    snprintf(name, sizeof name, "weight.%s", g->name);
    if (!kept->id) {
        container_put_tensor(out, name, REAL_TYPE, w + g->offset, (size_t)g->count * g->rows, g->columns,
                             g->stride);
        return;
    }
    container_put_tensor(out, name, REAL_TYPE, kept->row, (size_t)kept->count * g->rows, g->columns,
                         g->stride);
    snprintf(name, sizeof name, "blocks.%s", g->name);
    container_put_tensor(out, name, CONTAINER_U32, kept->id, kept->count, 0, 1);
    snprintf(name, sizeof name, "rows.%s", g->name);
    snprintf(rows, sizeof rows, "%zu", (size_t)g->count * g->rows);
    container_put_string(out, name, rows);
}

/* ---- saving */

static void put_space(struct container_writer *out, const struct space *space)
{
    uint32_t T = vocab_count(space->labels);
    container_put_string(out, "format", space->format->name);
    container_put_text(out, "template", space->template->text);
    char *rules = encoding_rules(space->encoding);
    container_put_string(out, "scheme", scheme_names[encoding_file(space->encoding)]);
    container_put_string(out, "encode", scheme_names[encoding_model(space->encoding)]);
    container_put_text(out, "map", rules);
    memory_free(rules);
    if (strcmp(space->open, FORMAT_OPEN) != 0)
        container_put_text(out, "open", space->open);
    put_number(out, "segmentation", space->words != NULL);
    put_number(out, "ncolumns", space->ncolumns);
    put_number(out, "label_column", space->label_column);
    put_vocab(out, "values", space->values);
    put_vocab(out, "labels", space->labels);
    put_vocab(out, "node", space->node);
    put_vocab(out, "edge", space->edge);
    if (space->words)
        put_vocab(out, "words", space->words);
    if (space->template->words)
        put_vocab(out, "lexicon", lexicon_words(space->lexicon));
    if (space->spelling) {
        put_number(out, "spelling_column", space->spelling->column);
        put_vocab(out, "characters", space->spelling->characters);
    }
    container_put_tensor(out, "node.frequency", CONTAINER_U32, space->node_frequency,
                         vocab_count(space->node), 0, 1);
    container_put_tensor(out, "edge.frequency", CONTAINER_U32, space->edge_frequency,
                         vocab_count(space->edge), 0, 1);
    container_put_tensor(out, "follows", CONTAINER_U8, space->follows, T, T, T);
}

struct outfile *modelfile_begin(const char *path, const char *config, const struct space *space,
                                const struct layout *layout, const real *w, bool sparse,
                                char signature[CONTAINER_SIGNATURE], struct error *e)
{
    struct container_writer *out = container_writer_new();
    struct kept kept[LAYOUT_GROUPS] = {{NULL, NULL, 0}};
    sparse = sparse && keep_all(kept, layout, w);
    container_put_string(out, "asyntrain", sparse ? FORMAT_SPARSE : FORMAT_WHOLE);
    container_put_text(out, "config", config);
    put_space(out, space);
    for (uint32_t k = 0; k < layout->ngroups; k++)
        put_group(out, &layout->group[k], w, &kept[k]);
    struct outfile *file = container_begin(out, path, signature, e);
    container_writer_free(out);
    for (uint32_t k = 0; k < layout->ngroups; k++) {
        memory_free(kept[k].id);
        memory_free(kept[k].row);
    }
    return file;
}

bool modelfile_save(const char *path, const char *config, const struct space *space,
                    const struct layout *layout, const real *w, bool sparse,
                    char signature[CONTAINER_SIGNATURE], struct error *e)
{
    struct outfile *file = modelfile_begin(path, config, space, layout, w, sparse, signature, e);
    return file && outfile_commit(file, e);
}

/* ---- reading */

static bool is(const char *text, const char *one, const char *other)
{
    return strcmp(text, one) == 0 || strcmp(text, other) == 0;
}

/* Is it a model of this program's formats? */
static bool known(const struct container *c, const char *path, struct error *e)
{
    const char *number = container_string(c, "asyntrain");
    const bool ours = number && is(number, FORMAT_WHOLE, FORMAT_SPARSE);
    if (!ours && (!number || !is(number, UNSIGNED_WHOLE, UNSIGNED_SPARSE)))
        return error_set(
            e, ERROR_MODEL,
            "%s: %s; give the model file or run folder of an `asyntrain train` of this version", path,
            number ? "a model of another version" : "a safetensors file, but not a model of asyntrain");
    if ((ours && !container_signature(c)) || !container_text(c, "config"))
        return error_set(e, ERROR_MODEL, "%s: has no %s; the file is damaged, restore it or train again",
                         path, ours && !container_signature(c) ? "signature" : "configuration");
    return true;
}

/* Of a container, or NULL and an error; the name becomes its own. */
static struct modelfile *open_container(struct container *c, char *full, struct error *e)
{
    if (!c || !known(c, full, e)) {
        container_free(c);
        memory_free(full);
        return NULL;
    }
    struct modelfile *m = memory_new(1, sizeof *m);
    *m = (struct modelfile){full, c};
    return m;
}

struct modelfile *modelfile_open(const char *path, struct error *e)
{
    struct stat status;
    char *full = memory_new(strlen(path) + 32, 1);
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    sprintf(full, folder ? "%s/model.safetensors" : "%s", path);
    return open_container(container_read(full, e), full, e);
}

struct modelfile *modelfile_open_memory(const char *name, const void *bytes, size_t size, struct error *e)
{
    return open_container(container_read_memory(name, bytes, size, e), memory_copy(name, strlen(name)), e);
}

void modelfile_close(struct modelfile *m)
{
    if (!m)
        return;
    container_free(m->container);
    memory_free(m->path);
    memory_free(m);
}

const char *modelfile_path(const struct modelfile *m)
{
    return m->path;
}

const char *modelfile_config(const struct modelfile *m)
{
    return container_text(m->container, "config");
}

const char *modelfile_signature(const struct modelfile *m)
{
    return container_signature(m->container);
}

static bool damaged(const struct modelfile *m, const char *what, struct error *e)
{
    return error_set(e, ERROR_MODEL,
                     "%s: %s is missing or contradicts the rest; the file is damaged, restore it or "
                     "train again",
                     m->path, what);
}

static bool get_vocab(const struct modelfile *m, const char *name, struct vocab *v, struct error *e)
{
    char tensor[64];
    size_t nbytes, count;
    snprintf(tensor, sizeof tensor, "%s.bytes", name);
    const char *bytes = container_tensor(m->container, tensor, CONTAINER_U8, &nbytes, NULL, e);
    snprintf(tensor, sizeof tensor, "%s.ends", name);
    const uint32_t *ends =
        bytes ? container_tensor(m->container, tensor, CONTAINER_U32, &count, NULL, e) : NULL;
    if (!ends)
        return false;
    uint32_t begin = 0;
    for (size_t k = 0; k < count; k++) {
        if (ends[k] < begin || ends[k] > nbytes ||
            vocab_add(v, (struct span){bytes + begin, ends[k] - begin}) != k)
            return damaged(m, tensor, e);
        begin = ends[k];
    }
    return begin == nbytes ? true : damaged(m, tensor, e);
}

static bool get_number(const struct modelfile *m, const char *name, uint32_t *value, struct error *e)
{
    const char *text = container_string(m->container, name);
    long long n;
    if (!text || !text_integer(span_of(text), &n) || n < 0 || n > 1 << 20)
        return damaged(m, name, e);
    *value = (uint32_t)n;
    return true;
}

static bool get_frequency(const struct modelfile *m, const char *name, uint32_t count, uint32_t **out,
                          struct error *e)
{
    size_t n;
    const uint32_t *f = container_tensor(m->container, name, CONTAINER_U32, &n, NULL, e);
    if (!f)
        return false;
    if (n != count)
        return damaged(m, name, e);
    *out = memory_new(n, sizeof **out);
    for (size_t k = 0; k < n; k++) {
        (*out)[k] = f[k];
        if (k && f[k] > f[k - 1])
            return damaged(m, name, e); /* ids must fall in frequency */
    }
    return true;
}

/* A key is the number of a template line's text and numbers of values that are there. */
static bool get_keys(const struct modelfile *m, const char *name, struct vocab *v, const struct space *s,
                     struct error *e)
{
    if (!get_vocab(m, name, v, e))
        return false;
    const uint32_t values = vocab_count(s->values);
    bool good = true;
    for (uint32_t id = 0; good && id < vocab_count(v); id++) {
        struct span key = vocab_text(v, id);
        uint32_t number[1 + TEMPLATE_MACROS];
        good = key.n >= sizeof *number && key.n <= sizeof number && key.n % sizeof *number == 0;
        if (good)
            memcpy(number, key.s, key.n);
        good = good && number[0] < TEMPLATE_LINES;
        for (size_t k = 1; good && k < key.n / sizeof *number; k++)
            good = number[k] < values;
    }
    return good || damaged(m, name, e);
}

static bool get_space(const struct modelfile *m, struct space *s, struct error *e)
{
    if (!get_number(m, "ncolumns", &s->ncolumns, e) || !get_number(m, "label_column", &s->label_column, e) ||
        !get_vocab(m, "values", s->values, e) || !get_vocab(m, "labels", s->labels, e) ||
        !get_keys(m, "node", s->node, s, e) || !get_keys(m, "edge", s->edge, s, e) ||
        (s->words && !get_vocab(m, "words", s->words, e)) ||
        !get_frequency(m, "node.frequency", vocab_count(s->node), &s->node_frequency, e) ||
        !get_frequency(m, "edge.frequency", vocab_count(s->edge), &s->edge_frequency, e))
        return false;
    size_t T = vocab_count(s->labels), rows, columns;
    bool labels = T > 0;
    for (uint32_t y = 0; y < T; y++) {
        struct span label = vocab_text(s->labels, y);
        labels =
            labels && label.n > 0 &&
            (!s->words || !encoding_same(s->encoding) || (label.n == 1 && memchr("BMES", label.s[0], 4)));
    }
    if (!labels)
        return damaged(m, "labels", e);
    if (s->label_column >= s->ncolumns || s->template->columns > s->ncolumns ||
        (s->words && s->label_column == 0)) /* there the characters are */
        return damaged(m, "ncolumns", e);
    for (size_t l = 0; l < s->template->count; l++)
        for (uint32_t k = 0; k < s->template->line[l].nmacros; k++)
            if (s->template->slot[s->template->line[l].macro[k].slot].column == s->label_column)
                return damaged(m, "template", e); /* that column is never numbered */
    const uint8_t *follows = container_tensor(m->container, "follows", CONTAINER_U8, &rows, &columns, e);
    if (!follows)
        return false;
    if (rows != T || columns != T)
        return damaged(m, "follows", e);
    s->follows = memory_new(T * T, 1);
    memcpy(s->follows, follows, T * T);
    space_boundaries(s);
    return true;
}

static bool get_lexicon(const struct modelfile *m, struct space *s, struct error *e)
{
    if (!s->template->words)
        return true;
    struct vocab *words = vocab_new();
    bool good = get_vocab(m, "lexicon", words, e);
    for (uint32_t id = 0; id < vocab_count(words) && good; id++)
        lexicon_add(s->lexicon, vocab_text(words, id));
    vocab_free(words);
    return good;
}

static bool get_spelling(const struct modelfile *m, struct space *s, struct error *e)
{
    uint32_t column = 0;
    if (!container_string(m->container, "spelling_column"))
        return true;
    if (!get_number(m, "spelling_column", &column, e))
        return false;
    if (column >= s->ncolumns || column == s->label_column)
        return damaged(m, "spelling_column", e);
    s->spelling = spelling_new(column);
    struct vocab *characters = vocab_new();
    bool good = get_vocab(m, "characters", characters, e);
    for (uint32_t id = 0; good && id < vocab_count(characters); id++)
        if (!spelling_add(s->spelling, vocab_text(characters, id)))
            good = damaged(m, "characters", e);
    vocab_free(characters);
    return good;
}

/* Which scheme the string `name` says; false if none. */
static bool get_scheme(const struct modelfile *m, const char *name, enum scheme *scheme)
{
    const char *text = container_string(m->container, name);
    for (int k = 0; text && scheme_names[k]; k++)
        if (strcmp(scheme_names[k], text) == 0) {
            *scheme = (enum scheme)k;
            return true;
        }
    return false;
}

struct space *modelfile_space(const struct modelfile *m, struct error *e)
{
    const char *name = container_string(m->container, "format");
    const char *text = container_text(m->container, "template");
    const char *rules = container_text(m->container, "map");
    enum scheme file, model;
    uint32_t segmentation = 0;
    const struct format_ops *format = NULL;
    for (size_t k = 0; name && format_table[k]; k++)
        if (strcmp(format_table[k]->name, name) == 0)
            format = format_table[k];
    if (!format || !rules || !get_scheme(m, "scheme", &file) || !get_scheme(m, "encode", &model)) {
        damaged(m, format ? "the label scheme" : "format", e);
        return NULL;
    }
    if (!get_number(m, "segmentation", &segmentation, e))
        return NULL;
    if ((file == SCHEME_PLAIN) != (model == SCHEME_PLAIN) ||
        (segmentation && (file != SCHEME_BMES || *rules))) {
        damaged(m, "the label scheme", e);
        return NULL;
    }
    struct error why = {0};
    struct template *template = text ? template_parse(text, "template", &why) : NULL;
    if (!template) {
        if (text)
            error_set(e, ERROR_MODEL, "%s: its template cannot be used (%s); restore the file or train again",
                      m->path, why.text);
        else
            damaged(m, "template", e);
        return NULL;
    }
    struct space *s = space_new(format, template, encoding_restore(file, model, rules), segmentation);
    if (container_text(m->container, "open"))
        space_mark(s, container_text(m->container, "open"));
    if (get_space(m, s, e) && get_lexicon(m, s, e) && get_spelling(m, s, e))
        return s;
    space_free(s);
    return NULL;
}

size_t modelfile_groups(const struct modelfile *m)
{
    return container_tensors(m->container, "weight.");
}

/* What the file has of a group. */
struct stored {
    char name[64]; /* of the tensor of its weights, [count * rows][columns] */
    const uint32_t *id; /* [count] the numbers of its blocks; NULL: all of them */
    uint32_t count;
};

/* Where blocks are left out: which are there? Their numbers rise and are blocks of the group. */
static bool get_blocks(const struct modelfile *m, const struct group *g, struct stored *x, struct error *e)
{
    char name[64];
    size_t count;
    long long rows;
    snprintf(name, sizeof name, "rows.%s", g->name);
    const char *text = container_string(m->container, name);
    if (!text)
        return true;
    if (!is(container_string(m->container, "asyntrain"), FORMAT_SPARSE, UNSIGNED_SPARSE) ||
        !text_integer(span_of(text), &rows) || rows != (long long)g->count * g->rows)
        return damaged(m, name, e);
    snprintf(name, sizeof name, "blocks.%s", g->name);
    x->id = container_tensor(m->container, name, CONTAINER_U32, &count, NULL, e);
    if (!x->id)
        return false;
    for (size_t k = 0; k < count; k++)
        if (x->id[k] >= g->count || (k && x->id[k] <= x->id[k - 1]))
            return damaged(m, name, e);
    x->count = (uint32_t)count; /* they rise, so there are no more of them than blocks */
    return true;
}

/* The weights of a group; false if they are not of its shape. */
static bool get_group(const struct modelfile *m, const struct group *g, struct stored *x, struct error *e)
{
    size_t rows, columns;
    *x = (struct stored){.count = g->count};
    if (!get_blocks(m, g, x, e))
        return false;
    snprintf(x->name, sizeof x->name, "weight.%s", g->name);
    if (!container_shape(m->container, x->name, REAL_TYPE, &rows, &columns, e))
        return false;
    return (rows == (size_t)x->count * g->rows && columns == g->columns) || damaged(m, x->name, e);
}

/* The weights of a group to their places, some blocks at a time. */
static bool place_blocks(const struct modelfile *m, const struct group *g, const struct stored *x, real *w,
                         struct error *e)
{
    const size_t block = (size_t)g->rows * g->columns, room = (size_t)1 << 18,
                 most = block < room ? room / (block ? block : 1) : 1;
    real *piece = memory_new(most * block, sizeof *piece);
    bool good = true;
    for (size_t b = 0, n; b < x->count && good; b += n) {
        n = x->count - b < most ? x->count - b : most;
        good = container_rows(m->container, x->name, b * g->rows, n * g->rows, piece, e);
        for (size_t k = 0; k < n * g->rows && good; k++) {
            const size_t at = b + k / g->rows;
            memcpy(w + g->offset + (x->id ? x->id[at] : at) * layout_block(g) + k % g->rows * g->stride,
                   piece + k * g->columns, g->columns * sizeof *w);
        }
    }
    memory_free(piece);
    return good;
}

bool modelfile_fits(const struct modelfile *m, const struct layout *layout, struct error *e)
{
    struct stored x;
    uint32_t k = 0;
    while (k < layout->ngroups && get_group(m, &layout->group[k], &x, e))
        k++;
    if (k < layout->ngroups)
        return false;
    return modelfile_groups(m) == k || damaged(m, "the model's part of the configuration", e);
}

bool modelfile_weights(const struct modelfile *m, const struct layout *layout, real *w, struct error *e)
{
    for (uint32_t k = 0; k < layout->ngroups; k++) {
        struct stored x;
        if (!get_group(m, &layout->group[k], &x, e) || !place_blocks(m, &layout->group[k], &x, w, e))
            return false;
    }
    return true;
}
