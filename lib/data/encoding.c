/* SPDX-License-Identifier: MIT */
#include "lib/data/encoding.h"

#include "lib/base/memory.h"
#include "lib/data/vocab.h"

#include <string.h>

struct rule {
    struct span old, new;
    bool open; /* old ended in a star */
};

struct encoding {
    enum scheme file, model;
    struct rule *rule;
    size_t nrules;
    char **text; /* [nrules] what the rules point into */
    struct vocab *names; /* the labels that were made, … */
    char **name; /* … where they stand for good */
    size_t name_capacity;
    struct text_buffer made; /* the last label that was put together */
    uint32_t *id; /* [n] of a sentence */
    size_t id_capacity;
};

struct encoding *encoding_new(enum scheme file, enum scheme model, const char *const *rule, size_t nrules)
{
    struct encoding *e = memory_new(1, sizeof *e);
    *e = (struct encoding){.file = file, .model = model, .nrules = nrules, .names = vocab_new()};
    e->rule = memory_new(nrules, sizeof *e->rule);
    e->text = memory_new(nrules, sizeof *e->text);
    for (size_t k = 0; k < nrules; k++) {
        char *text = e->text[k] = memory_copy(rule[k], strlen(rule[k]));
        size_t n = strcspn(text, "=");
        struct rule *r = &e->rule[k];
        r->new = span_of(text[n] ? text + n + 1 : text);
        r->open = n > 0 && text[n - 1] == '*';
        r->old = (struct span){text, n - r->open};
    }
    return e;
}

void encoding_free(struct encoding *e)
{
    if (!e)
        return;
    for (size_t k = 0; k < e->nrules; k++)
        memory_free(e->text[k]);
    memory_free(e->text);
    memory_free(e->rule);
    for (uint32_t k = 0; k < vocab_count(e->names); k++)
        memory_free(e->name[k]);
    memory_free(e->name);
    vocab_free(e->names);
    memory_free(e->made.bytes);
    memory_free(e->id);
    memory_free(e);
}

bool encoding_same(const struct encoding *e)
{
    return e->file == e->model && e->nrules == 0;
}

enum scheme encoding_model(const struct encoding *e)
{
    return e->model;
}

enum scheme encoding_file(const struct encoding *e)
{
    return e->file;
}

char *encoding_rules(const struct encoding *e)
{
    struct text_buffer b = {0};
    text_append(&b, (struct span){"", 0});
    for (size_t k = 0; k < e->nrules; k++) {
        text_append(&b, span_of(e->text[k]));
        text_append(&b, (struct span){"\n", 1});
    }
    b.bytes[b.length] = 0;
    return b.bytes;
}

struct encoding *encoding_restore(enum scheme file, enum scheme model, const char *rules)
{
    size_t count = 0, capacity = 0;
    const char **rule = NULL;
    char *copy = memory_copy(rules, strlen(rules));
    for (char *s = copy; *s;) {
        size_t n = strcspn(s, "\n");
        bool more = s[n] != 0;
        s[n] = 0;
        rule = memory_grow(rule, &capacity, count + 1, sizeof *rule);
        rule[count++] = s;
        s += n + more;
    }
    struct encoding *e = encoding_new(file, model, rule, count);
    memory_free(rule);
    memory_free(copy);
    return e;
}

size_t encoding_rule(const struct encoding *e, struct span type, size_t from)
{
    for (size_t k = from; k < e->nrules; k++) {
        const struct rule *r = &e->rule[k];
        if (r->open ? type.n >= r->old.n && span_equal((struct span){type.s, r->old.n}, r->old)
                    : span_equal(type, r->old))
            return k;
    }
    return e->nrules;
}

/* What a type, or a plain label, is called. */
static struct span rename_type(const struct encoding *e, struct span type)
{
    size_t k = encoding_rule(e, type, 0);
    return k < e->nrules ? e->rule[k].new : type;
}

/* Do the rules take chunks of this type away? (A type that is called O and stays so is a type.) */
static bool removed(struct span type, struct span renamed)
{
    return span_is(renamed, "O") && renamed.s != type.s;
}

static uint32_t keep(struct encoding *e, struct span label)
{
    uint32_t before = vocab_count(e->names), id = vocab_add(e->names, label);
    if (id == before) {
        e->name = memory_grow(e->name, &e->name_capacity, id + (size_t)1, sizeof *e->name);
        e->name[id] = memory_copy(label.s, label.n);
    }
    return id;
}

static uint32_t name(struct encoding *e, char prefix, struct span type)
{
    e->made.length = 0;
    text_append(&e->made, (struct span){&prefix, 1});
    if (type.n) {
        text_append(&e->made, span_of("-"));
        text_append(&e->made, type);
    }
    return keep(e, (struct span){e->made.bytes, e->made.length});
}

/* The chunks that `from` finds in the labels, written in `to`. */
static void transcribe(struct encoding *e, enum scheme from, enum scheme to, bool rules,
                       const struct span *label, uint32_t stride, uint32_t n)
{
    struct scheme_tag last = {'O', {"", 0}};
    struct span before = {NULL, 0}; /* type of the chunk that ended at `end` */
    uint32_t begin = UINT32_MAX, end = UINT32_MAX;
    uint32_t outside = name(e, 'O', (struct span){"", 0});
    for (uint32_t i = 0; i <= n; i++) {
        struct scheme_tag tag =
            i < n ? scheme_cut(label[(size_t)i * stride]) : (struct scheme_tag){'O', {"", 0}};
        bool begins = scheme_begins(from, last, tag);
        /* (conlleval's rules do not end M at O, which in IOB they do not know) */
        if (begin != UINT32_MAX && (begins || scheme_ends(from, last, tag) || scheme_outside(tag))) {
            struct span type = rules ? rename_type(e, last.type) : last.type;
            bool away = removed(last.type, type);
            bool touches = end == begin && span_equal(before, type);
            for (uint32_t k = begin; k < i && !away; k++)
                e->id[k] = name(e, scheme_prefix(to, k - begin, i - begin, touches), type);
            if (!away)
                end = i, before = type;
            begin = UINT32_MAX;
        }
        if (begins)
            begin = i;
        if (i < n)
            e->id[i] = outside;
        last = tag;
    }
}

static void give(struct encoding *e, uint32_t n, struct span *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (struct span){e->name[e->id[i]], vocab_text(e->names, e->id[i]).n};
}

void encoding_encode(struct encoding *e, const struct span *label, uint32_t stride, uint32_t n,
                     struct span *out)
{
    if (encoding_same(e)) {
        for (uint32_t i = 0; i < n; i++)
            out[i] = label[(size_t)i * stride];
        return;
    }
    e->id = memory_grow(e->id, &e->id_capacity, n, sizeof *e->id);
    if (e->file == SCHEME_PLAIN)
        for (uint32_t i = 0; i < n; i++)
            e->id[i] = keep(e, rename_type(e, label[(size_t)i * stride]));
    else
        transcribe(e, e->file, e->model, true, label, stride, n);
    give(e, n, out);
}

void encoding_decode(struct encoding *e, const struct span *label, uint32_t n, struct span *out)
{
    if (e->file == e->model) {
        memmove(out, label, n * sizeof *out);
        return;
    }
    e->id = memory_grow(e->id, &e->id_capacity, n, sizeof *e->id);
    transcribe(e, e->model, e->file, false, label, 1, n);
    give(e, n, out);
}

/* Does one label say that a chunk's last token is here, and the other that it is not? */
static bool lengths_differ(const struct encoding *e, char file, char model)
{
    return scheme_marks_ends(e->file) && scheme_marks_ends(e->model) &&
           scheme_ends_chunk(e->file, file) != scheme_ends_chunk(e->model, model);
}

bool encoding_covers(struct encoding *e, struct span model, struct span file)
{
    if (encoding_same(e))
        return span_equal(model, file);
    if (e->file == SCHEME_PLAIN)
        return span_equal(model, rename_type(e, file));
    struct scheme_tag m = scheme_cut(model), f = scheme_cut(file);
    struct span type = rename_type(e, f.type);
    if (scheme_outside(f) || removed(f.type, type))
        return scheme_outside(m);
    if (scheme_outside(m) || !span_equal(type, m.type) || lengths_differ(e, f.prefix, m.prefix))
        return false;
    return scheme_may_begin(e->file, f.prefix) & scheme_may_begin(e->model, m.prefix) ||
           scheme_may_continue(e->file, f.prefix) & scheme_may_continue(e->model, m.prefix);
}
