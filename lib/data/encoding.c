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

struct encoding *encoding_copy(const struct encoding *e)
{
    char *rules = encoding_rules(e);
    struct encoding *copy = encoding_restore(e->file, e->model, rules);
    memory_free(rules);
    return copy;
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

/* The first rule that fits; NULL: none does. */
static const struct rule *rule_of(const struct encoding *e, struct span type)
{
    size_t k = encoding_rule(e, type, 0);
    return k < e->nrules ? &e->rule[k] : NULL;
}

/* Does the rule take chunks away? */
static bool removes(const struct rule *r)
{
    return r && span_is(r->new, "O");
}

/* What stands behind the prefix of a label, its dash included: "-NP", "-0", "-" and "" are four. */
static struct span behind_prefix(struct span label)
{
    const char *dash = label.n ? memchr(label.s, '-', label.n) : NULL;
    size_t skip = dash ? (size_t)(dash - label.s) : label.n;
    return (struct span){label.s + skip, label.n - skip};
}

struct span encoding_type(struct span label)
{
    struct span type = behind_prefix(label);
    return type.n ? (struct span){type.s + 1, type.n - 1} : type;
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

static struct span kept(const struct encoding *e, uint32_t id)
{
    return (struct span){e->name[id], vocab_text(e->names, id).n};
}

/* The prefix, and behind it what the rule says; without a rule, what stands there in `label`. */
static uint32_t name(struct encoding *e, char prefix, struct span label, const struct rule *r)
{
    e->made.length = 0;
    text_append(&e->made, (struct span){&prefix, 1});
    if (r && r->new.n)
        text_append(&e->made, span_of("-"));
    text_append(&e->made, r ? r->new : behind_prefix(label));
    return keep(e, (struct span){e->made.bytes, e->made.length});
}

/* A label outside all chunks is written as it is where it is one of its scheme, else as O. */
static uint32_t outside(struct encoding *e, enum scheme from, struct scheme_tag tag, struct span label)
{
    return keep(e, scheme_outside(tag) && scheme_knows(from, tag) ? label : span_of("O"));
}

struct span encoding_name(struct encoding *e, char prefix, struct span label)
{
    return kept(e, name(e, prefix, label, NULL));
}

struct span encoding_outside(struct encoding *e, enum scheme from, struct span label)
{
    return kept(e, outside(e, from, scheme_cut(label), label));
}

struct span encoding_rename(struct encoding *e, struct span label)
{
    if (encoding_same(e))
        return label;
    if (e->file == SCHEME_PLAIN) {
        const struct rule *r = rule_of(e, label);
        return r ? r->new : label;
    }
    struct scheme_tag tag = scheme_cut(label);
    if (scheme_outside(tag))
        return kept(e, outside(e, e->file, tag, label));
    const struct rule *r = tag.prefix ? rule_of(e, encoding_type(label)) : NULL;
    return removes(r) ? span_of("O") : r ? kept(e, name(e, tag.prefix, label, r)) : label;
}

/* The chunks that `from` finds in the labels, written in `to`. A chunk is renamed by the type of its last token. */
static void transcribe(struct encoding *e, enum scheme from, enum scheme to, bool rules,
                       const struct span *label, uint32_t stride, uint32_t n)
{
    struct scheme_tag last = {'O', {"", 0}};
    struct span before = {NULL, 0}; /* a label of the chunk that ended at `end` */
    uint32_t begin = UINT32_MAX, end = UINT32_MAX;
    for (uint32_t i = 0; i <= n; i++) {
        struct span here = i < n ? label[(size_t)i * stride] : span_of("O");
        struct scheme_tag tag = scheme_cut(here);
        bool begins = scheme_begins(from, last, tag);
        /* (conlleval's rules do not end M at O, which in IOB they do not know) */
        if (begin != UINT32_MAX && (begins || scheme_ends(from, last, tag) || scheme_outside(tag))) {
            struct span written = label[(size_t)(i - 1) * stride];
            const struct rule *r = rules ? rule_of(e, encoding_type(written)) : NULL;
            written = kept(e, name(e, 'I', written, r));
            bool touches = end == begin && scheme_equal(before, written);
            for (uint32_t k = begin; k < i && !removes(r); k++)
                e->id[k] =
                    name(e, scheme_prefix(to, k - begin, i - begin, touches), label[(size_t)k * stride], r);
            if (!removes(r))
                end = i, before = written;
            begin = UINT32_MAX;
        }
        if (begins)
            begin = i;
        if (i < n)
            e->id[i] = outside(e, from, tag, here);
        last = tag;
    }
}

static void give(struct encoding *e, uint32_t n, struct span *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = kept(e, e->id[i]);
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
            e->id[i] = keep(e, encoding_rename(e, label[(size_t)i * stride]));
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

/* ---- open labels */

/* The type of a label of a file, as the model has it; false: outside all chunks. */
static bool type_of(const struct encoding *e, struct span file, struct span *type)
{
    bool outside = scheme_outside(scheme_cut(file));
    const struct rule *r = outside ? NULL : rule_of(e, encoding_type(file));
    *type = r ? r->new : encoding_type(file);
    return !outside && !removes(r);
}

/* All prefixes that a scheme may write, each once. */
static uint32_t prefixes(enum scheme scheme, char out[ENCODING_FORMS])
{
    static const struct {
        uint32_t k, n;
        bool touches;
    } place[] = {{0, 2, false}, {0, 2, true}, {1, 3, false}, {1, 2, false}, {0, 1, false}};
    uint32_t count = 0;
    for (size_t p = 0; p < sizeof place / sizeof *place; p++) {
        char prefix = scheme_prefix(scheme, place[p].k, place[p].n, place[p].touches);
        if (!memchr(out, prefix, count))
            out[count++] = prefix;
    }
    return count;
}

uint32_t encoding_forms(struct encoding *e, struct span file, struct span out[ENCODING_FORMS])
{
    char prefix[ENCODING_FORMS];
    struct span renamed = encoding_rename(e, file);
    if (scheme_outside(scheme_cut(renamed))) {
        out[0] = encoding_outside(e, e->file, renamed);
        return 1;
    }
    uint32_t count = prefixes(e->model, prefix);
    for (uint32_t k = 0; k < count; k++)
        out[k] = encoding_name(e, prefix[k], renamed);
    return count;
}

bool encoding_typed(const struct encoding *e, struct span file, struct span model)
{
    struct span type;
    bool outside = scheme_outside(scheme_cut(model));
    return type_of(e, file, &type) ? !outside && span_equal(type, encoding_type(model)) : outside;
}

/* Must a chunk go on after this label of a file? IOB leaves that to the next label. */
static bool must_go_on(enum scheme file, struct scheme_tag tag)
{
    return scheme_knows(file, tag) && !scheme_stops(file, tag);
}

bool encoding_follows(const struct encoding *e, struct span before, struct span file,
                      struct span model_before, struct span model)
{
    struct scheme_tag a = scheme_cut(model_before), b = scheme_cut(model);
    bool outside = scheme_outside(b), begins = !outside && scheme_begins(e->model, a, b),
         goes_on = !outside && !begins;
    if (before.s && file.s) /* the chunks that are found in the labels, well-formed or not */
        return outside || begins == scheme_begins(e->file, scheme_cut(before), scheme_cut(file));
    if (before.s) {
        struct scheme_tag f = scheme_cut(before);
        struct span type;
        if (scheme_outside(f) || !scheme_marks_ends(e->file))
            return true;
        if (!type_of(e, before, &type)) /* it goes on, and is taken away all the same */
            return !must_go_on(e->file, f) || outside;
        return must_go_on(e->file, f) == goes_on;
    }
    if (file.s) {
        struct scheme_tag f = scheme_cut(file);
        struct span type;
        bool starts = scheme_may_begin(e->file, f.prefix), continues = scheme_may_continue(e->file, f.prefix);
        if (scheme_outside(f))
            return true;
        if (!type_of(e, file, &type))
            return starts && (e->file != SCHEME_IOB1 || f.prefix != 'B') ? true : scheme_outside(a);
        if (e->file != SCHEME_IOB1)
            return begins ? starts : continues;
        bool touches = begins && !scheme_outside(a) && span_equal(a.type, b.type);
        return f.prefix == 'B' ? touches : !touches;
    }
    return true;
}

bool encoding_merges(const struct encoding *e, struct span file, struct span other)
{
    struct span type, with;
    return type_of(e, file, &type) && type_of(e, other, &with) && span_equal(type, with) &&
           !span_equal(encoding_type(file), encoding_type(other));
}
