/* SPDX-License-Identifier: MIT */
#include "lib/data/labels.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the list ------------------------------------------------------------------------------------------- */

struct labels *labels_new(void)
{
    struct labels *l = memory_new(1, sizeof *l);
    l->names = vocab_new();
    return l;
}

void labels_free(struct labels *l)
{
    if (!l)
        return;
    vocab_free(l->names);
    memory_free(l->use);
    memory_free(l);
}

uint32_t labels_note(struct labels *l, struct span label, const char *path, unsigned long line)
{
    uint32_t before = vocab_count(l->names), y = vocab_add(l->names, label);
    if (y == before) {
        l->use = memory_grow(l->use, &l->capacity, y + (size_t)1, sizeof *l->use);
        l->use[y] = (struct label_use){0, path, line};
    }
    l->use[y].tokens++;
    l->tokens++;
    return y;
}

static bool misplaced(enum scheme scheme, struct scheme_tag before, struct scheme_tag tag, bool last)
{
    return scheme_knows(scheme, tag) &&
           (!scheme_allows(scheme, before, tag) || (last && !scheme_stops(scheme, tag)));
}

void labels_sentence(struct labels *l, enum scheme scheme, const struct sentence *s, uint32_t column,
                     const char *path, const char *open)
{
    const struct scheme_tag outside = {'O', {"", 0}};
    enum scheme other = scheme == SCHEME_IOB1 ? SCHEME_IOB2 : scheme == SCHEME_IOB2 ? SCHEME_IOB1 : scheme;
    struct scheme_tag before = outside;
    bool known =
        true; /* the label before is one of the scheme and not open, so that this one can be judged by it */
    for (uint32_t i = 0; i < s->n; i++) {
        struct span label = s->cell[(size_t)i * s->ncolumns + column];
        struct scheme_tag tag = scheme_cut(label);
        if (span_is(label, open)) {
            known = false;
            continue;
        }
        uint32_t y = labels_note(l, label, path, sentence_line(s, i));
        bool last = i + 1 == s->n;
        if (known && scheme != SCHEME_PLAIN && misplaced(scheme, before, tag, last) &&
            l->misplaced[0]++ == 0) {
            l->first = (struct label_use){1, path, sentence_line(s, i)};
            l->first_label = y;
        }
        l->misplaced[1] += known && scheme != SCHEME_PLAIN && misplaced(other, before, tag, last);
        before = tag;
        known = scheme_knows(scheme, tag);
    }
}

/* ---- what is odd about a label -------------------------------------------------------------------------- */

enum oddity { FINE, INVISIBLE, OTHER_SCHEME, MISSPELT, UNTYPED, STRANGE, ODDITIES };

struct finding {
    enum oddity oddity;
    int32_t code; /* INVISIBLE: the character, … */
    const char *place; /* … and where it stands */
    enum scheme scheme; /* OTHER_SCHEME: which one */
    char right[64]; /* MISSPELT: the label that was meant; INVISIBLE: without such characters */
};

/* What an editor does not show, and white space that does not separate columns. */
static bool invisible(int32_t code)
{
    static const int32_t range[][2] = {
        {0x01, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},       {0x34F, 0x34F},   {0x61C, 0x61C},
        {0x115F, 0x1160}, {0x1680, 0x1680}, {0x180B, 0x180F},   {0x2000, 0x200F}, {0x2028, 0x202F},
        {0x205F, 0x206F}, {0x3000, 0x3000}, {0x3164, 0x3164},   {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
    };
    for (size_t k = 0; k < sizeof range / sizeof *range; k++)
        if (code >= range[k][0] && code <= range[k][1])
            return true;
    return false;
}

/* Append a code point where there is room. */
static void put(char text[64], size_t *n, int32_t code)
{
    if (*n + 5 < 64)
        *n += unicode_put(code, text + *n);
    text[*n] = 0;
}

static bool find_invisible(struct span label, struct finding *f)
{
    size_t seen = 0, length, n = 0;
    bool any = false, before = false;
    for (size_t i = 0; i < label.n; i += length) {
        int32_t code = unicode_first((struct span){label.s + i, label.n - i}, &length);
        if (!invisible(code)) {
            put(f->right, &n, code);
            seen++;
            continue;
        }
        if (!any)
            f->code = code, before = seen == 0;
        any = true;
        f->place = before ? "before" : i + length == label.n ? "behind" : "in";
    }
    return any;
}

/* The letter that a character looks like, of those that stand before a type; itself if none. */
static int32_t letter(int32_t code)
{
    static const struct {
        int32_t like[5];
        char letter;
    } table[] = {
        {{'0', 0x39F, 0x41E, 0x3BF, 0x43E}, 'O'}, /* zero; Greek, Cyrillic */
        {{0x392, 0x412, 0x432}, 'B'},
        {{0x399, 0x406, 0x456}, 'I'},
        {{0x395, 0x415, 0x435}, 'E'},
        {{0x39C, 0x41C, 0x43C}, 'M'},
        {{0x405, 0x455}, 'S'},
    };
    if (code >= 0xFF21 && code <= 0xFF5A)
        code -= 0xFF21 - 'A'; /* full-width */
    if (code >= 'a' && code <= 'z')
        code -= 'a' - 'A';
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        for (size_t i = 0; i < 5; i++)
            if (table[k].like[i] == code)
                return table[k].letter;
    return code;
}

/* Is this meant for the dash between prefix and type? */
static bool dash(int32_t code)
{
    return (code < 0x80 && code > 0 && strchr("-_:/.~=+|", (int)code) != NULL) ||
           (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0xFE58 || code == 0xFE63 ||
           code == 0xFF0D;
}

/* Is it a label of the scheme, but for the look of its first letter and of the dash? */
static bool find_look(struct span label, enum scheme scheme, char right[64])
{
    size_t length, n = 0, at = 0;
    for (int k = 0; at < label.n; k++, at += length) {
        int32_t code = unicode_first((struct span){label.s + at, label.n - at}, &length);
        if (k == 1 && !dash(code))
            return false;
        put(right, &n, k == 0 ? letter(code) : k == 1 ? '-' : code);
    }
    if (n > 1 && right[0] == 'O')
        right[n = 1] = 0; /* outside has no type */
    return scheme_knows(scheme, scheme_cut((struct span){right, n})) && (n == 1 || n > 2);
}

static bool untyped(struct span label)
{
    return label.n == 1 || label.s[label.n - 1] == '-';
}

/* Is it a label of another scheme? Then what it would be in this one. */
static bool find_role(struct span label, enum scheme scheme, char right[64])
{
    static const uint32_t role[][2] = {{0, 1}, {0, 2}, {1, 3}, {1, 2}}; /* token, of how many */
    struct scheme_tag tag = scheme_cut(label);
    for (enum scheme other = SCHEME_IOBES; scheme_names[other]; other++)
        for (size_t k = 0; k < sizeof role / sizeof *role; k++)
            if (label.n < 64 && tag.prefix &&
                tag.prefix == scheme_prefix(other, role[k][0], role[k][1], false)) {
                snprintf(right, 64, "%c%.*s", scheme_prefix(scheme, role[k][0], role[k][1], false),
                         (int)label.n - 1, label.s + 1);
                return true;
            }
    return false;
}

/* The labels beside one, as far as they tell what it should be. */
struct company {
    uint64_t known[SCHEME_BILOU + 1]; /* tokens whose label each scheme has */
    uint64_t marked; /* tokens in a chunk, or meant to be */
    bool typed; /* some labels of the scheme have types */
    const char **name; /* the labels of the scheme; not O */
    size_t names;
    /* of the nearest among them that are still made: with thousands of labels each takes long */
    size_t searches;
};

static struct company *company_new(const struct labels *l, enum scheme scheme)
{
    struct company *c = memory_new(1, sizeof *c);
    uint32_t T = vocab_count(l->names);
    c->name = memory_new(T, sizeof *c->name);
    c->searches = 100;
    for (uint32_t y = 0; y < T; y++) {
        struct span label = vocab_text(l->names, y);
        struct scheme_tag tag = scheme_cut(label);
        for (enum scheme s = SCHEME_PLAIN; s <= SCHEME_BILOU; s++)
            c->known[s] += scheme_knows(s, tag) ? l->use[y].tokens : 0;
        c->marked += span_is(label, "O") ? 0 : l->use[y].tokens;
        if (!scheme_knows(scheme, tag) || label.n < 2 || label.n >= 64)
            continue;
        c->name[c->names++] = memory_copy(label.s, label.n);
        c->typed = c->typed || !untyped(label);
    }
    return c;
}

static void company_free(struct company *c)
{
    for (size_t k = 0; k < c->names; k++)
        memory_free((char *)c->name[k]);
    memory_free(c->name);
    memory_free(c);
}

/* The label of the scheme that is nearest by spelling. */
static bool find_near(struct company *c, struct span label, char right[64])
{
    if (!c || c->searches == 0)
        return false;
    c->searches--;
    char *word = memory_copy(label.s, label.n);
    const char *near = text_nearest(word, c->name, c->names);
    if (near)
        snprintf(right, 64, "%s", near);
    memory_free(word);
    return near != NULL;
}

/* A scheme that has this label; in company one that has more of the labels than the given one: at least a twentieth of
 * those that mark chunks, lest a slip changes the scheme. */
static bool find_scheme(const struct company *c, struct span label, enum scheme scheme, enum scheme *found)
{
    static const enum scheme order[] = {SCHEME_IOB2, SCHEME_IOBES, SCHEME_BMES, SCHEME_BILOU};
    uint64_t most = c ? c->known[scheme] : 0;
    *found = SCHEME_PLAIN;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        if (!scheme_knows(order[k], scheme_cut(label)) ||
            (c ? c->known[order[k]] <= most : *found != SCHEME_PLAIN))
            continue;
        *found = order[k];
        most = c ? c->known[order[k]] : 0;
    }
    return *found != SCHEME_PLAIN && (!c || 20 * (most - c->known[scheme]) >= c->marked);
}

/* `c`: the labels beside it, or NULL. */
static void judge(struct company *c, struct span label, enum scheme scheme, struct finding *f)
{
    *f = (struct finding){.oddity = FINE};
    if (find_invisible(label, f)) {
        f->oddity = INVISIBLE;
        return;
    }
    if (scheme == SCHEME_PLAIN || span_is(label, "O"))
        return;
    if (scheme_knows(scheme, scheme_cut(label))) {
        if (untyped(label) && ((c && c->typed) || label.n > 1))
            f->oddity = UNTYPED;
    } else if (find_scheme(c, label, scheme, &f->scheme)) {
        f->oddity = OTHER_SCHEME;
    } else if (find_role(label, scheme, f->right) || find_look(label, scheme, f->right) ||
               find_near(c, label, f->right)) {
        f->oddity = MISSPELT;
    } else {
        f->oddity = STRANGE;
    }
}

/* ---- words ---------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void add(char words[LABELS_WORDS], const char *format, ...)
{
    size_t at = strlen(words);
    va_list rest;
    va_start(rest, format);
    vsnprintf(words + at, LABELS_WORDS - at, format, rest);
    va_end(rest);
}

static void add_choices(char words[LABELS_WORDS], int from)
{
    for (int k = from; scheme_names[k]; k++)
        add(words, "%s%s", k == from ? "" : scheme_names[k + 1] ? ", " : " or ", scheme_names[k]);
}

static void add_remedy(char words[LABELS_WORDS], const struct finding *f, const char *option)
{
    switch (f->oddity) {
    case INVISIBLE:
        add(words, "remove the character");
        break;
    case OTHER_SCHEME:
        add(words, "say %s%s", option, scheme_names[f->scheme]);
        break;
    case MISSPELT:
        add(words, "did you mean '%s'?", f->right);
        break;
    case UNTYPED:
        add(words, "give it a type, as others have");
        break;
    default:
        add(words, "correct it, or say how chunks are marked, %s", option);
        add_choices(words, SCHEME_IOB1);
    }
}

void labels_remedy(struct span label, enum scheme scheme, char *words)
{
    struct finding f;
    judge(NULL, label, scheme, &f);
    words[0] = 0;
    if (f.oddity == INVISIBLE)
        add(words, "it has the invisible character U+%04X %s it: remove it", (unsigned)f.code, f.place);
    else if (f.oddity == OTHER_SCHEME || f.oddity == MISSPELT)
        add_remedy(words, &f, "corpus.scheme: ");
    bool more = *words;
    add(words, "%s how the files mark chunks: ", more ? " (corpus.scheme says" : "say in corpus.scheme");
    add_choices(words, SCHEME_PLAIN);
    add(words, "%s", more ? ")" : "; or name the labels' column in corpus.label");
}

static void say_misplaced(const struct labels *l, enum scheme scheme, const char *option,
                          const struct labels_listener *listener)
{
    if (l->misplaced[0] == 0)
        return;
    char words[LABELS_WORDS] = "";
    struct span label = vocab_text(l->names, l->first_label);
    add(words,
        "warning: %s:%lu: label '%.*s' does not fit its neighbours in scheme %s (%ju of %ju token%s are "
        "so); ",
        l->first.path, l->first.line, text_shown(label, 40), label.s, scheme_names[scheme],
        (uintmax_t)l->misplaced[0], (uintmax_t)l->tokens, text_s(l->tokens));
    if ((scheme == SCHEME_IOB1 || scheme == SCHEME_IOB2) && l->misplaced[1] == 0)
        add(words, "say %s%s", option, scheme_names[scheme == SCHEME_IOB1 ? SCHEME_IOB2 : SCHEME_IOB1]);
    else
        add(words, "correct them, or the scheme");
    listener->say(listener->to, words);
}

void labels_warn(const struct labels *l, enum scheme scheme, const char *option,
                 const struct labels_listener *listener)
{
    uint32_t T = vocab_count(l->names);
    struct company *company = company_new(l, scheme);
    struct finding *all = memory_new(T, sizeof *all);
    for (uint32_t y = 0; y < T; y++)
        judge(company, vocab_text(l->names, y), scheme, &all[y]);
    company_free(company);
    for (enum oddity kind = FINE + 1; kind < ODDITIES; kind++) {
        char words[LABELS_WORDS] = "", others[64] = "";
        uint64_t tokens = 0;
        uint32_t first = VOCAB_NONE, count = 0;
        for (uint32_t y = 0; y < T; y++) {
            if (all[y].oddity != kind)
                continue;
            struct span label = kind == INVISIBLE ? span_of(all[y].right) : vocab_text(l->names, y);
            first = first == VOCAB_NONE ? y : first;
            tokens += l->use[y].tokens;
            size_t at = strlen(others);
            if (++count > 1 && at + label.n + 5 < sizeof others)
                snprintf(others + at, sizeof others - at, " %.*s", (int)label.n, label.s);
        }
        if (first == VOCAB_NONE)
            continue;
        const struct finding *f = &all[first];
        struct span label = kind == INVISIBLE ? span_of(f->right) : vocab_text(l->names, first);
        add(words, "warning: %s:%lu: label '%.*s' ", l->use[first].path, l->use[first].line,
            text_shown(label, 40), label.s);
        if (kind == INVISIBLE)
            add(words, "has the invisible character U+%04X %s it", (unsigned)f->code, f->place);
        else if (kind == UNTYPED)
            add(words, "has no type");
        else
            add(words, "is none of scheme %s", scheme_names[scheme]);
        add(words, " (%ju of %ju token%s", (uintmax_t)tokens, (uintmax_t)l->tokens, text_s(l->tokens));
        if (count > 1)
            add(words, "; %u such labels, also%s%s", count, others, *others ? "" : " longer ones");
        add(words, "); ");
        add_remedy(words, f, option);
        listener->say(listener->to, words);
    }
    memory_free(all);
    say_misplaced(l, scheme, option, listener);
}

/* ---- rules ---------------------------------------------------------------------------------------------- */

/* What the rules may fit: labels of plain corpora, else the types of their chunks. Each once, as strings. */
struct types {
    struct vocab *all;
    const char **name; /* [all] */
};

static void gather(struct types *t, const struct labels *const *part, size_t nparts, bool plain)
{
    t->all = vocab_new();
    for (size_t k = 0; k < nparts; k++)
        for (uint32_t y = 0; part[k] && y < vocab_count(part[k]->names); y++) {
            struct span label = vocab_text(part[k]->names, y);
            struct scheme_tag tag = scheme_cut(label);
            if (plain || !scheme_outside(tag))
                vocab_add(t->all, plain ? label : encoding_type(label));
        }
    t->name = memory_new(vocab_count(t->all), sizeof *t->name);
    for (uint32_t id = 0; id < vocab_count(t->all); id++)
        t->name[id] = memory_copy(vocab_text(t->all, id).s, vocab_text(t->all, id).n);
}

/* The OLD of a rule; *open: it ended in a star. */
static struct span old_of(const char *rule, bool *open)
{
    size_t n = strcspn(rule, "=");
    *open = n > 0 && rule[n - 1] == '*';
    return (struct span){rule, n - *open};
}

/* Does rule a fit whatever rule b fits? */
static bool covers(const char *a, const char *b)
{
    bool open_a, open_b;
    struct span p = old_of(a, &open_a), q = old_of(b, &open_b);
    return open_a ? q.n >= p.n && span_equal((struct span){q.s, p.n}, p) : !open_b && span_equal(p, q);
}

void labels_warn_of_rules(const struct labels *const *part, size_t nparts, const struct encoding *encoding,
                          const char *const *rule, size_t nrules, const struct labels_listener *listener)
{
    struct types t;
    if (nrules == 0)
        return;
    gather(&t, part, nparts, encoding_file(encoding) == SCHEME_PLAIN);
    for (size_t k = 0; k < nrules; k++) {
        char words[LABELS_WORDS] = "";
        bool reached = false, open;
        size_t same = 0,
               first = k; /* the rule that fits the same and more; the first that takes one of its labels */
        struct span old = old_of(rule[k], &open);
        while (same < k && !covers(rule[same], rule[k]))
            same++;
        for (uint32_t id = 0; id < vocab_count(t.all) && !reached; id++) {
            struct span type = vocab_text(t.all, id);
            if (encoding_rule(encoding, type, k) != k)
                continue;
            size_t taker = encoding_rule(encoding, type, 0);
            reached = taker == k;
            first = taker < first ? taker : first;
        }
        if (reached || (open && old.n == 0 && same == k))
            continue; /* (a rule for all the rest may find none) */
        if (same < k) {
            add(words,
                "warning: rule '%s' of corpus.map is never reached: '%s' stands before it and fits the same; "
                "put it first, or take it away",
                rule[k], rule[same]);
        } else if (first < k) {
            add(words,
                "warning: rule '%s' of corpus.map is never reached: rules before it take all that it fits, "
                "'%s' "
                "first; put it before them, or take it away",
                rule[k], rule[first]);
        } else {
            char *word = memory_copy(old.s, old.n);
            const char *near = text_nearest(word, t.name, vocab_count(t.all));
            add(words, "warning: rule '%s' of corpus.map fits no %s of the corpora%s%s%s", rule[k],
                encoding_file(encoding) == SCHEME_PLAIN ? "label" : "chunk type",
                near ? "; did you mean '" : "", near ? near : "; correct it, or take it away",
                near ? "'?" : "");
            memory_free(word);
        }
        listener->say(listener->to, words);
    }
    for (uint32_t id = 0; id < vocab_count(t.all); id++)
        memory_free((char *)t.name[id]);
    memory_free(t.name);
    vocab_free(t.all);
}
