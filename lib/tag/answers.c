/* SPDX-License-Identifier: MIT */
#include "lib/tag/answers.h"

#include "lib/base/memory.h"
#include "lib/num/constraint.h"

#include <stdlib.h>
#include <string.h>

/* While states are found. What came before decides all of a state but PLACE_LAST, which is a guess that the next
 * label must confirm. */
struct finding {
    struct answers *a;
    enum scheme model;
    bool tells_touch;
    struct scheme_tag *tag; /* [T] */
    struct vocab *texts; /* [A] */
    uint32_t *number; /* [T][PLACES] of a state; ANSWERS_NONE: not reached yet */
    struct found {
        uint32_t label, read;
        uint8_t place;
    } * found; /* [S] */
    size_t capacity;
};
enum { PLACES = 16 };
static const struct scheme_tag outside_tag = {'O', {"", 0}};

/* How a scheme marks a token that is the first, the last, or both, of its chunk. */
static char prefix_at(enum scheme scheme, bool first, bool last, bool touches)
{
    return scheme_prefix(scheme, !first, !first + (last ? 1 : 2), touches);
}

/* The place of label `tag` after `before`, which stands at place `place`; PLACE_LAST is left open. */
static uint8_t place_after(const struct finding *f, struct scheme_tag before, uint8_t place,
                           struct scheme_tag tag)
{
    if (scheme_begins(f->model, before, tag)) {
        bool touches = f->tells_touch && (place & PLACE_INSIDE) && span_equal(before.type, tag.type);
        return PLACE_INSIDE | PLACE_FIRST | (touches ? PLACE_TOUCHES : 0);
    }
    bool goes_on = (place & PLACE_INSIDE) && !scheme_ends(f->model, before, tag) && !scheme_outside(tag);
    return goes_on ? PLACE_INSIDE : 0;
}

/* Does a chunk under way at `before` end there, when `tag` follows? */
static bool ends_before(const struct finding *f, struct scheme_tag before, struct scheme_tag tag)
{
    return scheme_begins(f->model, before, tag) || scheme_ends(f->model, before, tag) || scheme_outside(tag);
}

static struct span read_as(const struct finding *f, struct span label, uint8_t place)
{
    struct answers *a = f->a;
    if (!(place & PLACE_INSIDE))
        return encoding_outside(a->encoding, f->model, label);
    return encoding_name(a->encoding,
                         prefix_at(a->file, place & PLACE_FIRST, place & PLACE_LAST, place & PLACE_TOUCHES),
                         label);
}

/* Take note of a state, and of its twin that is last in its chunk. */
static void reach(struct finding *f, const struct space *space, uint32_t label, uint8_t place)
{
    struct answers *a = f->a;
    for (int last = 0; last <= (a->tells_last && (place & PLACE_INSIDE)); last++) {
        uint8_t here = place | (last ? PLACE_LAST : 0);
        if (f->number[(size_t)label * PLACES + here] != ANSWERS_NONE)
            return;
        f->number[(size_t)label * PLACES + here] = a->S;
        f->found = memory_grow(f->found, &f->capacity, a->S + (size_t)1, sizeof *f->found);
        f->found[a->S++] = (struct found){
            label, vocab_add(f->texts, read_as(f, vocab_text(space->labels, label), here)), here};
    }
}

/* By the label that is read, so that its states stand together. */
static int by_reading(const void *x, const void *y)
{
    const struct found *p = x, *q = y;
    if (p->read != q->read)
        return p->read < q->read ? -1 : 1;
    if (p->label != q->label)
        return p->label < q->label ? -1 : 1;
    return (p->place > q->place) - (p->place < q->place);
}

static bool follows(const struct finding *f, const struct found *p, const struct found *q)
{
    struct scheme_tag before = f->tag[p->label], tag = f->tag[q->label];
    if (place_after(f, before, p->place, tag) != (q->place & ~PLACE_LAST))
        return false;
    return !f->a->tells_last || !(p->place & PLACE_INSIDE) ||
           ends_before(f, before, tag) == ((p->place & PLACE_LAST) != 0);
}

static void settle_states(struct finding *f)
{
    struct answers *a = f->a;
    qsort(f->found, a->S, sizeof *f->found, by_reading);
    a->states = memory_new(a->A + (size_t)1, sizeof *a->states);
    a->label = memory_new(a->S, sizeof *a->label);
    a->read = memory_new(a->S, sizeof *a->read);
    a->place = memory_new(a->S, 1);
    a->starts = memory_new(a->S, 1);
    a->stops = memory_new(a->S, 1);
    for (uint32_t s = 0; s < a->S; s++) {
        const struct found *p = &f->found[s];
        a->label[s] = p->label;
        a->read[s] = p->read;
        a->place[s] = p->place;
        a->starts[s] = place_after(f, outside_tag, 0, f->tag[p->label]) == (p->place & (uint8_t)~PLACE_LAST);
        a->stops[s] = !a->tells_last || !(p->place & PLACE_INSIDE) || (p->place & PLACE_LAST);
        a->states[p->read + 1] = s + 1;
    }
}

static void settle_transitions(struct finding *f)
{
    struct answers *a = f->a;
    size_t capacity = 0;
    a->row = memory_new(a->S + (size_t)1, sizeof *a->row);
    for (uint32_t s = 0; s < a->S; s++) {
        uint32_t count = a->row[s];
        a->to = memory_grow(a->to, &capacity, count + (size_t)a->S, sizeof *a->to);
        for (uint32_t other = 0; other < a->S; other++)
            if (follows(f, &f->found[s], &f->found[other]))
                a->to[count++] = other;
        a->row[s + 1] = count;
    }
}

struct answers *answers_new(const struct space *space)
{
    enum scheme file = encoding_file(space->encoding), model = encoding_model(space->encoding);
    if (file == model && space->format != &format_segmented)
        return NULL;
    struct answers *a = memory_new(1, sizeof *a);
    *a = (struct answers){.file = file, .encoding = space->encoding, .T = vocab_count(space->labels)};
    struct finding f = {.a = a, .model = model, .texts = vocab_new()};
    for (int first = 0; first < 2; first++) {
        a->tells_last |= prefix_at(file, first, true, false) != prefix_at(file, first, false, false);
        f.tells_touch |= prefix_at(file, true, first, true) != prefix_at(file, true, first, false);
    }
    f.tag = memory_new(a->T, sizeof *f.tag);
    f.number = memory_new((size_t)a->T * PLACES, sizeof *f.number);
    memset(f.number, 0xFF, (size_t)a->T * PLACES * sizeof *f.number);
    for (uint32_t y = 0; y < a->T; y++)
        f.tag[y] = scheme_cut(vocab_text(space->labels, y));
    for (uint32_t y = 0; y < a->T; y++)
        reach(&f, space, y, place_after(&f, outside_tag, 0, f.tag[y]));
    for (uint32_t s = 0; s < a->S; s++) /* it grows */
        for (uint32_t y = 0; y < a->T; y++) {
            const struct found p = f.found[s];
            reach(&f, space, y, place_after(&f, f.tag[p.label], p.place, f.tag[y]));
        }
    a->A = vocab_count(f.texts);
    settle_states(&f);
    settle_transitions(&f);
    a->text = memory_new(a->A, sizeof *a->text);
    for (uint32_t s = 0; s < a->S; s++) /* the encoding's own, which stay */
        a->text[a->read[s]] = read_as(&f, vocab_text(space->labels, a->label[s]), a->place[s]);
    vocab_free(f.texts);
    memory_free(f.found);
    memory_free(f.number);
    memory_free(f.tag);
    return a;
}

void answers_free(struct answers *a)
{
    if (!a)
        return;
    void *const arrays[] = {a->text,   a->states, a->label, a->read, a->place,
                            a->starts, a->stops,  a->row,   a->to};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        memory_free(arrays[k]);
    memory_free(a);
}

void answers_path(const struct answers *a, const uint32_t *y, uint32_t n, uint32_t *state)
{
    /* Of the states that may come after the one before there are two at most, which differ in PLACE_LAST. What
     * the next label allows decides between them; so take the first, and the other where that leads nowhere. */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t found = ANSWERS_NONE;
        for (int retry = 0; found == ANSWERS_NONE && retry < 2; retry++) {
            if (i == 0)
                for (uint32_t s = 0; s < a->S && found == ANSWERS_NONE; s++)
                    found = a->label[s] == y[0] && a->starts[s] ? s : found;
            for (uint32_t k = i ? a->row[state[i - 1]] : 0; i && k < a->row[state[i - 1] + 1]; k++)
                if (a->label[a->to[k]] == y[i] && found == ANSWERS_NONE)
                    found = a->to[k];
            if (found == ANSWERS_NONE)
                for (uint32_t s = 0; s < a->S; s++)
                    if (a->label[s] == y[i - 1] && a->place[s] == (a->place[state[i - 1]] ^ PLACE_LAST)) {
                        state[i - 1] = s;
                        break;
                    }
        }
        state[i] = found;
    }
    for (uint32_t s = 0; s < a->S && !a->stops[state[n - 1]]; s++)
        if (a->label[s] == y[n - 1] && a->place[s] == (a->place[state[n - 1]] | PLACE_LAST))
            state[n - 1] = s;
}

/* ---- the chain of the states */

/* The transitions between states that have scores of their own at every position: those of their labels. */
static void expand_pairs(const struct answers *a, struct expansion *x, const struct chain_pairs *pairs)
{
    uint32_t arcs = a->row[a->S], count = 0, *number = memory_new((size_t)a->T * a->T, sizeof *number);
    memset(number, 0xFF, (size_t)a->T * a->T * sizeof *number);
    for (uint32_t p = 0; p < pairs->count; p++)
        number[(size_t)pairs->from[p] * a->T + pairs->to[p]] = p;
    uint32_t most = REAL_PAD(arcs), *from = memory_new(most, sizeof *from),
             *to = memory_new(most, sizeof *to), *row = memory_new(a->S + (size_t)1, sizeof *row);
    x->pair_of = memory_new(most, sizeof *x->pair_of);
    for (uint32_t s = 0; s < a->S; s++) {
        for (uint32_t k = a->row[s]; k < a->row[s + 1]; k++) {
            uint32_t p = number[(size_t)a->label[s] * a->T + a->label[a->to[k]]];
            if (p == ANSWERS_NONE)
                continue;
            from[count] = s, to[count] = a->to[k];
            x->pair_of[count] = p;
            x->pair[k] = count++;
        }
        row[s + 1] = count;
    }
    x->pairs = (struct chain_pairs){count, REAL_PAD(count), from, to, row};
    memory_free(number);
}

struct expansion *expansion_new(const struct answers *a, uint32_t longest, const struct chain_pairs *pairs)
{
    struct expansion *x = memory_new(1, sizeof *x);
    uint32_t arcs = a->row[a->S];
    x->source = pairs;
    x->pair = memory_new(arcs, sizeof *x->pair);
    memset(x->pair, 0xFF, arcs * sizeof *x->pair);
    if (pairs)
        expand_pairs(a, x, pairs);
    chain_init(&x->chain, a->S, longest, pairs ? &x->pairs : NULL);
    return x;
}

void expansion_free(struct expansion *x)
{
    if (!x)
        return;
    chain_free(&x->chain);
    memory_free((void *)x->pairs.from);
    memory_free((void *)x->pairs.to);
    memory_free((void *)x->pairs.row);
    memory_free(x->pair_of);
    memory_free(x->pair);
    memory_free(x);
}

struct chain *expansion_lay(const struct answers *a, struct expansion *x, const struct chain *c)
{
    struct chain *states = &x->chain;
    size_t stride = states->stride;
    states->n = c->n;
    for (uint32_t s = 0; s < a->S; s++) {
        real *edge = states->edge + s * stride;
        const real *of_label = c->edge + (size_t)a->label[s] * c->stride;
        for (uint32_t other = 0; other < a->S; other++)
            edge[other] = CHAIN_FORBIDDEN;
        for (uint32_t k = a->row[s]; k < a->row[s + 1]; k++)
            edge[a->to[k]] = of_label[a->label[a->to[k]]];
    }
    for (size_t i = 0; i < c->n; i++)
        for (size_t s = 0; s < stride; s++)
            states->node[i * stride + s] = s < a->S ? c->node[i * c->stride + a->label[s]] : CHAIN_FORBIDDEN;
    for (uint32_t s = 0; s < a->S; s++) {
        if (!a->starts[s])
            constraint_forbid(states, 0, s);
        if (!a->stops[s])
            constraint_forbid(states, c->n - 1, s);
    }
    for (size_t i = 1; x->source && i < c->n; i++)
        for (uint32_t p = 0; p < x->pairs.count; p++)
            states->pair[i * x->pairs.stride + p] = c->pair[i * x->source->stride + x->pair_of[p]];
    return states;
}

/* ---- what is to be read */

/* A label of a file that is given, and what is known of its place in a chunk: from its neighbours where they are given
 * (the sentence's ends are), else from its prefix. */
struct given {
    struct span label; /* as the rules have it */
    char prefix; /* of the file's label */
    bool inside, before, after; /* in a chunk? are the neighbours given? */
    bool first, last; /* what they say */
    bool spelled; /* outside: a label of the scheme, which is read as it is */
};

static struct given given_at(const struct answers *a, const struct span *given, uint32_t i, uint32_t n,
                             bool inside_before)
{
    struct scheme_tag tag = scheme_cut(given[i]);
    struct given g = {.label = encoding_rename(a->encoding, given[i]),
                      .prefix = tag.prefix,
                      .before = i == 0 || given[i - 1].s,
                      .after = i + 1 == n || given[i + 1].s,
                      .spelled = scheme_outside(tag) && scheme_knows(a->file, tag)};
    g.inside = !scheme_outside(tag);
    if (g.before) {
        struct scheme_tag before = i ? scheme_cut(given[i - 1]) : outside_tag;
        g.first = scheme_begins(a->file, before, tag);
        g.inside = g.first || (inside_before && g.inside && !scheme_ends(a->file, before, tag));
    }
    if (g.after) {
        struct scheme_tag after = i + 1 < n ? scheme_cut(given[i + 1]) : outside_tag;
        g.last =
            scheme_begins(a->file, tag, after) || scheme_ends(a->file, tag, after) || scheme_outside(after);
    }
    return g;
}

static struct span behind_prefix(struct span label)
{
    return (struct span){label.s + 1, label.n - 1};
}

/* May a label with this prefix be the first of its chunk (or, if not `first`, a later one)? And the last? */
static bool says_first(enum scheme scheme, char prefix, bool first, bool touches)
{
    return prefix_at(scheme, first, false, touches) == prefix ||
           prefix_at(scheme, first, true, touches) == prefix;
}

static bool says_last(enum scheme scheme, char prefix, bool last)
{
    return prefix_at(scheme, false, last, false) == prefix ||
           prefix_at(scheme, true, last, false) == prefix || prefix_at(scheme, true, last, true) == prefix;
}

static bool read_as_given(const struct answers *a, uint32_t s, const struct given *g)
{
    uint8_t place = a->place[s];
    struct span text = a->text[a->read[s]];
    if (!g->inside || scheme_outside(scheme_cut(g->label)))
        return !(place & PLACE_INSIDE) && (!g->spelled || span_equal(text, g->label));
    if (!(place & PLACE_INSIDE) || !g->prefix || !span_equal(behind_prefix(text), behind_prefix(g->label)))
        return false;
    bool first = place & PLACE_FIRST, last = place & PLACE_LAST;
    if (g->before ? first != g->first : !says_first(a->file, g->prefix, first, place & PLACE_TOUCHES))
        return false;
    return !a->tells_last || (g->after ? last == g->last : says_last(a->file, g->prefix, last));
}

uint32_t answers_give(const struct answers *a, struct chain *states, const struct span *given, uint32_t n)
{
    bool inside = false;
    for (uint32_t i = 0; i < n; i++) {
        bool any = false;
        if (!given[i].s)
            continue;
        struct given g = given_at(a, given, i, n, inside);
        inside = g.inside;
        for (uint32_t s = 0; s < a->S; s++)
            if (read_as_given(a, s, &g))
                any = true;
            else
                constraint_forbid(states, i, s);
        if (!any)
            return i;
    }
    return n;
}

void answers_give_first(const struct answers *a, struct chain *states, uint32_t i, bool first)
{
    for (uint32_t s = 0; s < a->S; s++)
        if (((a->place[s] & PLACE_FIRST) != 0) != first)
            constraint_forbid(states, i, s);
}
