/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/pieces.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/base/text.h"
#include "lib/report/container.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA "__metadata__"
#define TEXT_MOST 65536 /* bytes of a string that is changed, at most */
#define ROWS_MOST 4096 /* that are added */

struct tensor {
    char *name;
    enum container_type type;
    size_t rows, columns; /* columns 0: a vector */
    uint8_t *data;
};

struct string {
    char *name, *value;
};

struct pieces {
    struct tensor *tensor; /* [ntensors] */
    struct string *string; /* [nstrings] */
    size_t ntensors, nstrings, tensor_room, string_room;
};

/* The strings that the writer makes by itself. */
static bool signs(const char *name)
{
    return strncmp(name, "crc32.", 6) == 0 || strcmp(name, "signature") == 0;
}

static size_t bytes_of(const struct tensor *t)
{
    return t->rows * (t->columns ? t->columns : 1) * container_dtypes[t->type].size;
}

static void release(struct pieces *p)
{
    for (size_t k = 0; k < p->ntensors; k++) {
        memory_free(p->tensor[k].name);
        memory_free(p->tensor[k].data);
    }
    for (size_t k = 0; k < p->nstrings; k++) {
        memory_free(p->string[k].name);
        memory_free(p->string[k].value);
    }
    memory_free(p->tensor);
    memory_free(p->string);
}

/* ---- taking apart */

static void take_strings(struct pieces *p, json_t *strings)
{
    const char *name;
    json_t *value;
    json_object_foreach(strings, name, value)
    {
        const char *text = json_string_value(value);
        if (!text || signs(name))
            continue;
        p->string = memory_grow(p->string, &p->string_room, p->nstrings + 1, sizeof *p->string);
        p->string[p->nstrings++] =
            (struct string){memory_copy(name, strlen(name)), memory_copy(text, strlen(text))};
    }
}

/* A tensor whose shape and offsets agree; others are left out. */
static void take_tensor(struct pieces *p, const char *name, json_t *said, const uint8_t *data, size_t n)
{
    const char *type = json_string_value(json_object_get(said, "dtype"));
    json_t *shape = json_object_get(said, "shape"), *offset = json_object_get(said, "data_offsets");
    struct tensor t = {.type = 0};
    size_t dimensions = json_array_size(shape);
    while (t.type < CONTAINER_TYPES && (!type || strcmp(container_dtypes[t.type].name, type) != 0))
        t.type++;
    json_int_t begin = json_integer_value(json_array_get(offset, 0)),
               end = json_integer_value(json_array_get(offset, 1)),
               rows = json_integer_value(json_array_get(shape, 0)),
               columns = dimensions == 2 ? json_integer_value(json_array_get(shape, 1)) : 0;
    if (t.type == CONTAINER_TYPES || dimensions < 1 || dimensions > 2 || begin < 0 || end < begin ||
        (size_t)end > n || rows < 0 || (size_t)rows > n || columns < (dimensions == 2) || (size_t)columns > n)
        return;
    t.rows = (size_t)rows;
    t.columns = (size_t)columns;
    if (bytes_of(&t) != (size_t)(end - begin))
        return;
    t.name = memory_copy(name, strlen(name));
    t.data = memory_new(bytes_of(&t), 1);
    memcpy(t.data, data + begin, bytes_of(&t));
    p->tensor = memory_grow(p->tensor, &p->tensor_room, p->ntensors + 1, sizeof *p->tensor);
    p->tensor[p->ntensors++] = t;
}

/* Where the data of these bytes begin; NULL: they are too few. */
static const uint8_t *header_end(const uint8_t *bytes, size_t n)
{
    uint64_t length;
    if (n < sizeof length)
        return NULL;
    memcpy(&length, bytes, sizeof length);
    return length <= n - sizeof length ? bytes + sizeof length + length : NULL;
}

/* false: no container, not even a damaged one. */
static bool take(struct pieces *p, const uint8_t *bytes, size_t n)
{
    const uint8_t *data = header_end(bytes, n), *text = bytes + sizeof(uint64_t);
    *p = (struct pieces){.ntensors = 0};
    if (!data)
        return false;
    json_t *header = json_loadb((const char *)text, (size_t)(data - text), JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(header)) {
        json_decref(header);
        return false;
    }
    const char *name;
    json_t *value;
    json_object_foreach(header, name, value) if (strcmp(name, METADATA) == 0) take_strings(p, value);
    else take_tensor(p, name, value, data, (size_t)(bytes + n - data));
    json_decref(header);
    return true;
}

/* ---- putting together */

static bool put(const struct pieces *p, const char *path)
{
    struct error e = {0};
    struct container_writer *w = container_writer_new();
    for (size_t k = 0; k < p->nstrings; k++)
        container_put_string(w, p->string[k].name, p->string[k].value);
    for (size_t k = 0; k < p->ntensors; k++) {
        const struct tensor *t = &p->tensor[k];
        container_put_tensor(w, t->name, t->type, t->data, t->rows, t->columns, t->columns ? t->columns : 1);
    }
    bool good = container_write(w, path, NULL, &e);
    container_writer_free(w);
    return good;
}

const char *pieces_sign(const uint8_t *bytes, size_t n, const char *name)
{
    struct pieces p;
    const char *path = fuzz_text(name, "");
    bool good = take(&p, bytes, n) && put(&p, path);
    release(&p);
    return good ? path : NULL;
}

/* ---- changing */

static void change_data(struct tensor *t)
{
    size_t n = bytes_of(t);
    if (n)
        fuzz_mutate(t->data, n, n); /* what has become fewer bytes keeps the rest */
}

/* One number of a tensor becomes one that is at some border. */
static void change_number(struct tensor *t, struct rng *r)
{
    static const uint32_t whole[] = {0, 1, 2, 255, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    static const float real[] = {0, -0.0f, 1e38f, -1e38f, 1e-40f, 1.0f / 0.0f, 0.0f / 0.0f};
    const size_t size = container_dtypes[t->type].size, count = bytes_of(t) / size;
    if (count == 0)
        return;
    uint8_t *at = t->data + rng_below(r, count) * size;
    uint32_t u = whole[rng_below(r, sizeof whole / sizeof *whole)];
    float f = real[rng_below(r, sizeof real / sizeof *real)];
    double d = (double)f;
    if (t->type == CONTAINER_F64)
        memcpy(at, &d, sizeof d);
    else if (t->type == CONTAINER_F32)
        memcpy(at, &f, sizeof f);
    else if (rng_below(r, 2) || t->type == CONTAINER_U8)
        memcpy(at, &u, size);
    else /* a neighbour of what it is */
        memcpy(&u, at, size), u += rng_below(r, 2) ? 1 : UINT32_MAX, memcpy(at, &u, size);
}

/* Other rows, columns or type; the data follow. */
static void change_shape(struct tensor *t, struct rng *r)
{
    struct tensor old = *t;
    switch (rng_below(r, 6)) {
    case 0:
        t->rows -= t->rows > 0;
        break;
    case 1:
        t->rows += 1 + rng_below(r, 2) * rng_below(r, ROWS_MOST);
        break;
    case 2:
        t->rows = rng_below(r, t->rows + 1);
        break;
    case 3:
        t->columns = t->columns ? 0 : 1;
        break;
    case 4:
        if (t->columns && t->rows)
            t->rows = old.columns, t->columns = old.rows;
        break;
    default:
        t->type = (enum container_type)rng_below(r, CONTAINER_TYPES);
    }
    uint8_t *data = memory_new(bytes_of(t), 1);
    memcpy(data, old.data, bytes_of(t) < bytes_of(&old) ? bytes_of(t) : bytes_of(&old));
    memory_free(t->data);
    t->data = data;
}

/* A changed text, without zeros, to be freed. */
static char *change_text(const char *text, struct rng *r)
{
    static const char *const odd[] = {"",          "0",
                                      "1",         "-1",
                                      "2",         "1048576",
                                      "1048577",   "99999999999999999999",
                                      "O",         "U0:%x[0,0]\nB\n",
                                      "B",         "conll",
                                      "segmented", "conllu",
                                      "iobes",     "plain"};
    if (rng_below(r, 4) == 0) {
        const char *other = odd[rng_below(r, sizeof odd / sizeof *odd)];
        return memory_copy(other, strlen(other));
    }
    size_t n = strlen(text) < TEXT_MOST ? strlen(text) : TEXT_MOST;
    char *copy = memory_new(n + 256, 1);
    memcpy(copy, text, n);
    n = fuzz_mutate((uint8_t *)copy, n, n + 255);
    copy[n] = 0;
    return copy;
}

/* Can a tensor be given this name? The writer asks for UTF-8, and for one that no other has. */
static bool is_free(const struct pieces *p, const char *name)
{
    bool good = strcmp(name, METADATA) != 0 && text_utf8_fault(span_of(name)) == strlen(name);
    for (size_t k = 0; k < p->ntensors; k++)
        good = good && strcmp(p->tensor[k].name, name) != 0;
    return good;
}

static void change_tensor(struct pieces *p, struct rng *r)
{
    struct tensor *t = &p->tensor[rng_below(r, p->ntensors)];
    const struct tensor *other = &p->tensor[rng_below(r, p->ntensors)];
    switch (rng_below(r, 10)) {
    case 0:
    case 1:
    case 2:
        change_data(t);
        break;
    case 3:
    case 4:
    case 5:
        change_number(t, r);
        break;
    case 6:
    case 7:
        change_shape(t, r);
        break;
    case 8: { /* what another has, under this name */
        char *name = t->name;
        if (t == other)
            break;
        memory_free(t->data);
        *t = *other;
        t->name = name;
        t->data = memory_new(bytes_of(other), 1);
        memcpy(t->data, other->data, bytes_of(other));
        break;
    }
    default:
        if (rng_below(r, 2)) {
            char *name = change_text(t->name, r);
            const bool usable = is_free(p, name);
            memory_free(usable ? t->name : name);
            t->name = usable ? name : t->name;
        } else {
            memory_free(t->name);
            memory_free(t->data);
            *t = p->tensor[--p->ntensors];
        }
    }
}

static void change_string(struct pieces *p, struct rng *r)
{
    struct string *s = &p->string[rng_below(r, p->nstrings)];
    char *value = s->value;
    if (rng_below(r, 8)) {
        s->value = change_text(value, r);
    } else { /* without it */
        memory_free(s->name);
        *s = p->string[--p->nstrings];
    }
    memory_free(value);
}

/* The text of the header itself, which then has no signature and may contradict itself; as many bytes as before. */
static size_t change_header(uint8_t *bytes, size_t n)
{
    static const char signature[] = "\"signature\"";
    const uint8_t *data = header_end(bytes, n);
    uint8_t *text = bytes + sizeof(uint64_t), *found;
    if (!data)
        return 0;
    const size_t length = (size_t)(data - text);
    if ((found = memmem(text, length, signature, sizeof signature - 1)))
        found[1] = 'S';
    for (size_t left = fuzz_mutate(text, length, length); left < length; left++)
        text[left] = ' ';
    return n;
}

size_t pieces_mutate(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    struct pieces p;
    struct rng r;
    rng_init(&r, seed, 0, 0);
    if (rng_below(&r, 8) == 0 && change_header(bytes, n))
        return n;
    bool good = take(&p, bytes, n);
    for (uint64_t k = 0, changes = 1 + rng_below(&r, 2); good && k < changes; k++)
        if (p.ntensors && (p.nstrings == 0 || rng_below(&r, 4)))
            change_tensor(&p, &r);
        else if (p.nstrings)
            change_string(&p, &r);
    const char *path = good ? fuzz_text("mutant", "") : NULL;
    size_t made = 0;
    FILE *f = path && put(&p, path) ? fopen(path, "rb") : NULL;
    if (f && fseek(f, 0, SEEK_END) == 0 && (size_t)ftell(f) <= room) {
        rewind(f);
        made = fread(bytes, 1, room, f);
    }
    if (f)
        fclose(f);
    release(&p);
    return made ? made : fuzz_mutate(bytes, n, room);
}
