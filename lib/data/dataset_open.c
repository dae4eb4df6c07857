/* SPDX-License-Identifier: MIT
 *
 * dataset_open: partial annotation. A label that is open may be any; the labels given say which labellings of a
 * sentence agree with them.
 *
 * Where labels pass as they are, a token allows its label or all. Where chunks are turned into another scheme, what a
 * label becomes depends on its neighbours, and these may be open: B-NP is B-NP or S-NP in IOBES. Then the labellings
 * that agree are the paths of a lattice, and the token has the labels and transitions that lie on one.
 *
 * A sentence of which nothing is given agrees with all labellings, well-formed or not: there is nothing to learn of it.
 *
 *     file    B-NP          ?              I-NP      O
 *     model   B-NP S-NP     B-NP I-NP      E-NP      O         S-NP B-NP E-NP O, or B-NP I-NP E-NP O
 */
#include "lib/base/memory.h"
#include "lib/data/dataset_inside.h"

#include <string.h>

static struct span label_of(const struct space *space, const struct sentence *s, uint32_t i)
{
    return s->cell[(size_t)i * s->ncolumns + space->label_column];
}

/* Does what a label becomes depend on its neighbours? */
static bool turned(const struct space *space)
{
    return !encoding_same(space->encoding) && encoding_file(space->encoding) != SCHEME_PLAIN;
}

bool dataset_has_open(const struct space *space, const struct sentence *s)
{
    bool any = false;
    for (uint32_t i = 0; !space->words && !any && i < s->n; i++)
        any = space_open(space, label_of(space, s, i));
    return any;
}

/* A label of the model that may stand for one of a file. In training none is chosen yet, but all that may be are known
 * from now on. */
static uint32_t stand_in(struct dataset *d, const struct space *space, struct space *learner,
                         struct span label)
{
    struct span form[ENCODING_FORMS];
    uint32_t count = encoding_forms(space->encoding, label, form);
    for (uint32_t k = 0; learner && k < count; k++)
        vocab_add(learner->labels, form[k]);
    for (uint32_t y = 0; !learner && y < vocab_count(space->labels); y++)
        if (encoding_typed(space->encoding, label, vocab_text(space->labels, y)))
            return y;
    return learner ? EXAMPLE_OPEN : dataset_number(d, space, NULL, form[0]);
}

void dataset_take_open(struct dataset *d, const struct space *space, struct space *learner,
                       const struct sentence *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct span label = label_of(space, s, i), own = label;
        bool open = space_open(space, label);
        uint32_t y = EXAMPLE_OPEN, given = EXAMPLE_OPEN;
        d->open += open;
        if (!open && turned(space)) {
            given = vocab_add(d->given, label);
            y = stand_in(d, space, learner, label);
        } else if (!open) {
            encoding_encode(space->encoding, &label, 1, 1, &own);
            y = dataset_number(d, space, learner, own);
        }
        dataset_push(&d->y, &d->y_capacity, d->tokens + i, y);
        if (turned(space))
            dataset_push(&d->as_given, &d->as_given_capacity, d->tokens + i, given);
    }
}

void dataset_note_given(struct dataset *d, const struct space *space, const struct sentence *s)
{
    const struct encoding *e = space->encoding;
    for (uint32_t i = 0; encoding_file(e) == SCHEME_IOB1 && !encoding_same(e) && i < s->n; i++)
        if (!space_open(space, label_of(space, s, i)))
            vocab_add(d->given, label_of(space, s, i));
}

void dataset_gold(const struct dataset *d, const struct space *space, size_t k, struct span *out)
{
    const struct example *z = &d->example[k];
    bool open = example_open(z);
    const uint32_t *given = open && turned(space) ? d->as_given + d->first[k] : NULL;
    for (uint32_t i = 0; i < z->n; i++) {
        uint32_t id = given ? given[i] : z->y[i];
        out[i] = id == EXAMPLE_OPEN ? (struct span){NULL, 0}
                 : given            ? encoding_rename(space->encoding, vocab_text(d->given, id))
                                    : dataset_label(d, space, id);
    }
    if (!open)
        encoding_decode(space->encoding, out, z->n, out);
}

/* ---- which labellings agree */

/* The work on one sentence of the training corpus; flags are 0 or 1. */
struct lattice {
    const struct space *space;
    uint32_t T, n;
    const uint32_t *given; /* [n] labels of the file, EXAMPLE_OPEN where open */
    const struct vocab *labels; /* those */
    uint8_t *follows, *first, *last; /* [T][T], [T], [T] what is well-formed */
    uint32_t common; /* number of `follows` among what is kept */
    bool strict; /* open labels make what stands beside them well-formed, too */
    uint8_t *on; /* [n][T] labels that lie on a labelling that agrees */
    uint8_t *step; /* [T][T] scratch */
    size_t capacity;
};

static struct span given_at(const struct lattice *l, uint32_t i)
{
    return l->given[i] == EXAMPLE_OPEN ? (struct span){NULL, 0} : vocab_text(l->labels, l->given[i]);
}

/* May label y of token i follow a? */
static bool agrees(const struct lattice *l, uint32_t i, uint32_t a, uint32_t y)
{
    struct span before = given_at(l, i - 1), file = given_at(l, i);
    const struct vocab *labels = l->space->labels;
    if (!l->follows[(size_t)a * l->T + y])
        return false;
    if ((!before.s && !file.s) || (!l->strict && (!before.s || !file.s)))
        return true;
    return encoding_follows(l->space->encoding, before, file, vocab_text(labels, a), vocab_text(labels, y));
}

/* The labels of the types given. */
static void begin(struct lattice *l)
{
    l->on = memory_grow(l->on, &l->capacity, (size_t)l->n * l->T, 1);
    for (uint32_t i = 0; i < l->n; i++)
        for (uint32_t y = 0; y < l->T; y++)
            l->on[(size_t)i * l->T + y] =
                l->given[i] == EXAMPLE_OPEN ||
                encoding_typed(l->space->encoding, given_at(l, i), vocab_text(l->space->labels, y));
}

/* Keep what has a neighbour in token `other`, which is the one before or behind i; is there anything left? */
static bool keep_linked(struct lattice *l, uint32_t i, uint32_t other)
{
    bool any = false;
    for (uint32_t y = 0; y < l->T; y++) {
        uint8_t *on = &l->on[(size_t)i * l->T + y];
        bool linked = false;
        for (uint32_t a = 0; *on && !linked && a < l->T; a++)
            linked =
                l->on[(size_t)other * l->T + a] && (other < i ? agrees(l, i, a, y) : agrees(l, other, y, a));
        *on = linked;
        any = any || linked;
    }
    return any;
}

static bool keep_allowed(uint8_t *on, const uint8_t *allowed, uint32_t T)
{
    bool any = false;
    for (uint32_t y = 0; y < T; y++)
        any |= on[y] &= allowed[y];
    return any;
}

/* Leave what lies on a labelling that agrees; false if there is none. */
static bool trim(struct lattice *l)
{
    begin(l);
    bool any = keep_allowed(l->on, l->first, l->T);
    for (uint32_t i = 1; any && i < l->n; i++)
        any = keep_linked(l, i, i - 1);
    any = any && keep_allowed(l->on + (size_t)(l->n - 1) * l->T, l->last, l->T);
    for (uint32_t i = l->n - 1; any && i-- > 0;)
        any = keep_linked(l, i, i + 1);
    return any;
}

/* Do the labels given forbid transitions into token i that are well-formed? Then all that are left are in step. */
static bool more_forbidden(struct lattice *l, uint32_t i)
{
    const uint8_t *before = l->on + (size_t)(i - 1) * l->T, *now = before + l->T;
    bool more = false;
    for (uint32_t a = 0; a < l->T; a++)
        for (uint32_t y = 0; before[a] && y < l->T; y++)
            if (now[y] && l->follows[(size_t)a * l->T + y] && !agrees(l, i, a, y)) {
                if (!more)
                    memcpy(l->step, l->follows, (size_t)l->T * l->T);
                more = true;
                l->step[(size_t)a * l->T + y] = 0;
            }
    return more;
}

/* Flags that are kept once, by number: vocab's texts move while it grows. All set, they are none. */
#define ALL UINT32_MAX
static uint32_t number(struct dataset *d, const uint8_t *flag, size_t n)
{
    return memchr(flag, 0, n) ? vocab_add(d->choices, (struct span){(const char *)flag, n}) : ALL;
}

static const uint8_t *flags(const struct dataset *d, uint32_t number)
{
    return number == ALL ? NULL : (const uint8_t *)vocab_text(d->choices, number).s;
}

static struct lattice lattice_of(struct dataset *d, const struct space *space)
{
    const uint32_t T = vocab_count(space->labels);
    const enum scheme scheme = encoding_model(space->encoding);
    const struct scheme_tag outside = {'O', {"", 0}};
    struct lattice l = {.space = space,
                        .T = T,
                        .labels = d->given,
                        .follows = memory_new((size_t)T * T, 1),
                        .first = memory_new(T, 1),
                        .last = memory_new(T, 1),
                        .step = memory_new((size_t)T * T, 1)};
    for (uint32_t y = 0; y < T; y++) {
        struct scheme_tag tag = scheme_cut(vocab_text(space->labels, y));
        l.first[y] = scheme_allows(scheme, outside, tag);
        l.last[y] = scheme_stops(scheme, tag);
        for (uint32_t a = 0; a < T; a++)
            l.follows[(size_t)a * T + y] =
                scheme_allows(scheme, scheme_cut(vocab_text(space->labels, a)), tag);
    }
    l.common = number(d, l.follows, (size_t)T * T);
    return l;
}

/* Numbers of flags for each token. */
struct numbers {
    uint32_t *allowed, *follows;
};

static void choose_turned(struct dataset *d, struct lattice *l, size_t k, struct numbers *to)
{
    uint32_t t = d->first[k];
    l->n = d->first[k + 1] - t;
    l->given = d->as_given + t;
    l->strict = true;
    bool formed = trim(l);
    if (!formed) { /* no labels in the open places make a well-formed whole of it */
        l->strict = false;
        formed = trim(l);
    }
    if (!formed)
        begin(l);
    for (uint32_t i = 0; i < l->n; i++) {
        const uint8_t *on = l->on + (size_t)i * l->T, *only = memchr(on, 1, l->T);
        bool single = !memchr(only + 1, 1, (size_t)(on + l->T - only - 1));
        d->y[t + i] = single ? (uint32_t)(only - on) : EXAMPLE_OPEN;
        to->allowed[t + i] = number(d, on, l->T);
        if (formed && i)
            to->follows[t + i] = more_forbidden(l, i) ? number(d, l->step, (size_t)l->T * l->T) : l->common;
    }
}

static void choose_same(struct dataset *d, uint8_t *on, uint32_t T, size_t k, struct numbers *to)
{
    for (uint32_t t = d->first[k]; t < d->first[k + 1]; t++) {
        if (d->y[t] == EXAMPLE_OPEN)
            continue;
        on[d->y[t]] = 1;
        to->allowed[t] = number(d, on, T);
        on[d->y[t]] = 0;
    }
}

static bool all_open(const uint32_t *given, size_t n)
{
    bool all = true;
    for (size_t i = 0; i < n; i++)
        all = all && given[i] == EXAMPLE_OPEN;
    return all;
}

static bool unambiguous(const struct dataset *d, const struct space *space, const struct corpus *corpus,
                        struct error *e)
{
    const uint32_t count = encoding_file(space->encoding) == SCHEME_IOB1 ? vocab_count(d->given) : 0;
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < a; b++) {
            struct span one = vocab_text(d->given, b), other = vocab_text(d->given, a);
            if (encoding_merges(space->encoding, one, other))
                return config_fault(
                    corpus->config, "corpus.map", e,
                    "makes one type of those of %.*s and %.*s: beside open labels it is in doubt "
                    "then where chunks of scheme iob1 part; write the files in iob2, or rename "
                    "the types there",
                    text_shown(one, 40), one.s, text_shown(other, 40), other.s);
        }
    return true;
}

bool dataset_choose(struct dataset *d, const struct space *space, const struct corpus *corpus,
                    struct error *e)
{
    const uint32_t T = vocab_count(space->labels);
    if (d->open == 0)
        return true;
    if (T == 0)
        return error_set(
            e, ERROR_CORPUS,
            "%s: every label is open (%s%s); at least one that is not is expected: is it the right "
            "column (corpus.label), and should that text be a label (corpus.open)?",
            corpus->train[0], space->open,
            format_open(space->format, space->label_column, space->open, span_of("_")) ? " or _" : "");
    if (turned(space) && !unambiguous(d, space, corpus, e))
        return false;
    struct numbers to = {memory_new(d->tokens, sizeof *to.allowed),
                         memory_new(d->tokens, sizeof *to.follows)};
    struct lattice l = lattice_of(d, space);
    uint8_t *on = memory_new(T, 1);
    memset(to.allowed, 0xFF, d->tokens * sizeof *to.allowed);
    memset(to.follows, 0xFF, d->tokens * sizeof *to.follows);
    for (size_t k = 0; k < d->count; k++)
        if (!example_open(&d->example[k]))
            continue;
        else if (turned(space) && all_open(d->as_given + d->first[k], d->first[k + 1] - d->first[k]))
            continue; /* (its numbers are ALL) */
        else if (turned(space))
            choose_turned(d, &l, k, &to);
        else
            choose_same(d, on, T, k, &to);
    d->choice = memory_new(d->tokens, sizeof *d->choice);
    for (size_t t = 0; t < d->tokens; t++)
        d->choice[t] = (struct choice){flags(d, to.allowed[t]), flags(d, to.follows[t])};
    vocab_close(d->choices);
    memory_free(to.allowed);
    memory_free(to.follows);
    memory_free(on);
    memory_free(l.follows);
    memory_free(l.first);
    memory_free(l.last);
    memory_free(l.step);
    memory_free(l.on);
    return true;
}
