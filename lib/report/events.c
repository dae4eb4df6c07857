/* SPDX-License-Identifier: MIT */
#include "lib/report/events.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct kind { /* the events of one kind */
    const char *name; /* as the first of them has it */
    json_t **event; /* [count] */
    size_t count, capacity;
};

struct events {
    struct kind *kind; /* [kinds] few */
    size_t kinds, capacity;
};

static const struct kind *find_kind(const struct events *v, const char *name)
{
    for (size_t k = 0; k < v->kinds; k++)
        if (strcmp(v->kind[k].name, name) == 0)
            return &v->kind[k];
    return NULL;
}

static void add(struct events *v, const char *name, json_t *event)
{
    struct kind *kind = (struct kind *)find_kind(v, name);
    if (!kind) {
        v->kind = memory_grow(v->kind, &v->capacity, v->kinds + 1, sizeof *v->kind);
        kind = &v->kind[v->kinds++];
        *kind = (struct kind){.name = name};
    }
    kind->event = memory_grow(kind->event, &kind->capacity, kind->count + 1, sizeof(json_t *));
    kind->event[kind->count++] = event;
}

static bool take(struct events *v, const char *file, unsigned long number, struct span line, struct error *e)
{
    json_error_t why;
    json_t *event = json_loadb(line.s, line.n, JSON_REJECT_DUPLICATES, &why);
    const char *name = json_string_value(json_object_get(event, "event"));
    if (!name) {
        json_decref(event);
        return error_set(e, ERROR_MODEL, "%s:%lu: no event of a run; restore the file or train again", file,
                         number);
    }
    add(v, name, event);
    return true;
}

struct events *events_read(const char *path, struct error *e)
{
    struct stream *in = stream_open(path, e);
    if (!in) {
        e->kind = ERROR_MODEL;
        return NULL;
    }
    struct events *v = memory_new(1, sizeof *v);
    struct span line;
    bool good = true;
    e->kind = ERROR_NONE;
    while (good && stream_line(in, &line, e))
        good = take(v, stream_name(in), stream_number(in), line, e);
    stream_close(in);
    if (e->kind == ERROR_NONE)
        return v;
    if (e->kind == ERROR_CORPUS)
        e->kind = ERROR_MODEL;
    events_free(v);
    return NULL;
}

struct events *events_parse(const char *name, struct span text, struct error *e)
{
    struct events *v = memory_new(1, sizeof *v);
    unsigned long number = 0;
    for (size_t n; text.n; text.s += n, text.n -= n) {
        const char *end = memchr(text.s, '\n', text.n);
        const struct span line = {text.s, end ? (size_t)(end - text.s) : text.n};
        n = line.n + (end != NULL);
        if (!take(v, name, ++number, line, e)) {
            events_free(v);
            return NULL;
        }
    }
    return v;
}

void events_free(struct events *v)
{
    if (!v)
        return;
    for (size_t k = 0; k < v->kinds; k++) {
        for (size_t n = 0; n < v->kind[k].count; n++)
            json_decref(v->kind[k].event[n]);
        memory_free(v->kind[k].event);
    }
    memory_free(v->kind);
    memory_free(v);
}

static const json_t *find(const struct events *v, const char *kind, size_t k)
{
    const struct kind *found = find_kind(v, kind);
    return found && k < found->count ? found->event[k] : NULL;
}

size_t events_count(const struct events *v, const char *kind)
{
    const struct kind *found = find_kind(v, kind);
    return found ? found->count : 0;
}

static const json_t *member(const json_t *at, const char *name)
{
    long long index;
    if (!json_is_array(at))
        return json_object_get(at, name);
    return text_integer(span_of(name), &index) && index >= 0 ? json_array_get(at, (size_t)index) : NULL;
}

static const json_t *field_of(const struct events *v, const char *kind, size_t k, const char *field)
{
    const json_t *at = find(v, kind, k);
    while (at && *field) {
        size_t n = strcspn(field, ".");
        char *name = memory_copy(field, n);
        at = member(at, name);
        memory_free(name);
        field += n + (field[n] == '.');
    }
    return at;
}

size_t events_length(const struct events *v, const char *kind, size_t k, const char *field)
{
    return json_array_size(field_of(v, kind, k, field));
}

/* The fields below `at`, whose own name is `path`; arrays are left out. */
static void give(const json_t *at, const char *path, events_field *each, void *to)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)at, name, value)
    {
        size_t room = strlen(path) + strlen(name) + 2;
        char *full = memory_new(room, 1), number[32];
        snprintf(full, room, "%s%s%s", path, *path ? "." : "", name);
        if (json_is_integer(value))
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
            snprintf(number, sizeof number, "%.6g", json_real_value(value));
        if (json_is_object(value))
            give(value, full, each, to);
        else if (json_is_number(value))
            each(to, full, number);
        else if (json_is_string(value))
            each(to, full, json_string_value(value));
        else if (json_is_boolean(value))
            each(to, full, json_is_true(value) ? "true" : "false");
        memory_free(full);
    }
}

void events_fields(const struct events *v, const char *kind, size_t k, events_field *each, void *to)
{
    give(find(v, kind, k), "", each, to);
}

bool events_number(const struct events *v, const char *kind, size_t k, const char *field, double *value)
{
    const json_t *found = field_of(v, kind, k, field);
    if (!json_is_number(found))
        return false;
    *value = json_number_value(found);
    return true;
}

const char *events_text(const struct events *v, const char *kind, size_t k, const char *field)
{
    return json_string_value(field_of(v, kind, k, field));
}

bool events_true(const struct events *v, const char *kind, size_t k, const char *field)
{
    return json_is_true(field_of(v, kind, k, field));
}
