/* SPDX-License-Identifier: MIT */
#include "lib/report/events.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/report/json_memory.h"

#include <jansson.h>
#include <string.h>

struct events {
    json_t **event;
    size_t count, capacity;
};

static bool take(struct events *v, const struct stream *in, struct span line, struct error *e)
{
    json_error_t why;
    json_t *event = json_loadb(line.s, line.n, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_string(json_object_get(event, "event"))) {
        json_decref(event);
        return error_set(e, ERROR_MODEL, "%s:%lu: no event of a run; restore the file or train again",
                         stream_name(in), stream_number(in));
    }
    v->event = memory_grow(v->event, &v->capacity, v->count + 1, sizeof *v->event);
    v->event[v->count++] = event;
    return true;
}

struct events *events_read(const char *path, struct error *e)
{
    struct stream *in = stream_open(path, e);
    if (!in) {
        e->kind = ERROR_MODEL;
        return NULL;
    }
    json_memory();
    struct events *v = memory_new(1, sizeof *v);
    struct span line;
    bool good = true;
    e->kind = ERROR_NONE;
    while (good && stream_line(in, &line, e))
        good = take(v, in, line, e);
    stream_close(in);
    if (e->kind == ERROR_NONE)
        return v;
    if (e->kind == ERROR_CORPUS)
        e->kind = ERROR_MODEL;
    events_free(v);
    return NULL;
}

void events_free(struct events *v)
{
    if (!v)
        return;
    for (size_t k = 0; k < v->count; k++)
        json_decref(v->event[k]);
    memory_free(v->event);
    memory_free(v);
}

/* The k-th of a kind; *of: how many there are. */
static const json_t *find(const struct events *v, const char *kind, size_t k, size_t *of)
{
    const json_t *found = NULL;
    *of = 0;
    for (size_t n = 0; n < v->count; n++)
        if (strcmp(json_string_value(json_object_get(v->event[n], "event")), kind) == 0 && (*of)++ == k)
            found = v->event[n];
    return found;
}

size_t events_count(const struct events *v, const char *kind)
{
    size_t count;
    find(v, kind, 0, &count);
    return count;
}

static const json_t *field_of(const struct events *v, const char *kind, size_t k, const char *field)
{
    size_t count;
    const json_t *at = find(v, kind, k, &count);
    while (at && *field) {
        size_t n = strcspn(field, ".");
        char *name = memory_copy(field, n);
        at = json_object_get(at, name);
        memory_free(name);
        field += n + (field[n] == '.');
    }
    return at;
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
