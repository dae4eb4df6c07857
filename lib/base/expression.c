/* SPDX-License-Identifier: MIT */
#include "lib/base/expression.h"

#include "lib/base/memory.h"
#include "lib/base/unicode.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WITHOUT_END UINT32_MAX
#define COUNT_MOST 32767

/* ---- the tree of an expression: node 0 is none */

enum kind {
    CHARACTER, /* one of a set: `text` is PCRE2's word for it */
    BEGIN,
    END,
    SEQUENCE, /* of its children */
    CHOICE, /* of its children: a group */
    REPEAT, /* of its only child */
};

struct node {
    enum kind kind;
    uint32_t first, last; /* children */
    uint32_t before, next; /* siblings */
    uint32_t least, most; /* repetitions */
    size_t text, length; /* in the reader's `words` */
    uint64_t states, size; /* with all below */
};

struct reader {
    struct span s;
    size_t at;
    struct node *node;
    size_t count, capacity;
    struct text_buffer words;
    struct text_buffer items; /* of the set that is being read */
    bool alpha, digit[10]; /* does it have that class, which ASCII digits does it have? */
    unsigned depth;
    struct error *e;
    bool bad;
};

static uint32_t fault(struct reader *r, size_t at, const char *what)
{
    char where[64] = "its end";
    size_t character = 1;
    for (size_t i = 0; i < at && i < r->s.n; character++)
        i += text_utf8_first((struct span){r->s.s + i, r->s.n - i});
    if (at < r->s.n)
        snprintf(where, sizeof where, "character %zu, '%.*s'", character,
                 (int)text_utf8_first((struct span){r->s.s + at, r->s.n - at}), r->s.s + at);
    if (!r->bad)
        error_set(r->e, ERROR_CORPUS, "the regular expression is malformed at %s: %s", where, what);
    r->bad = true;
    return 0;
}

static uint32_t new_node(struct reader *r, enum kind kind)
{
    r->node = memory_grow(r->node, &r->capacity, r->count + 1, sizeof *r->node);
    r->node[r->count] = (struct node){.kind = kind};
    return (uint32_t)r->count++;
}

/* The bounds hold after every step, so sums and products stay far from the end of 64 bits. */
static void weigh(struct reader *r, uint32_t id, uint64_t states, uint64_t size, size_t at)
{
    struct node *n = &r->node[id];
    n->states += states;
    n->size += size;
    if (n->states > EXPRESSION_STATES || n->size > EXPRESSION_SIZE)
        fault(r, at, "up to here it is too large, with its counted repetitions written out; shorten it");
}

static void adopt(struct reader *r, uint32_t parent, uint32_t child, size_t at)
{
    struct node *p = &r->node[parent], *c = &r->node[child];
    c->before = p->last;
    if (p->last)
        r->node[p->last].next = child;
    else
        p->first = child;
    p->last = child;
    weigh(r, parent, c->states, c->size, at);
}

/* ---- sets of characters */

static void put(struct text_buffer *b, const char *s)
{
    text_append(b, span_of(s));
}

static void put_code(struct text_buffer *b, int32_t code)
{
    char word[16];
    snprintf(word, sizeof word, "\\x{%x}", (unsigned)code);
    put(b, word);
}

static void put_range(struct reader *r, int32_t first, int32_t last)
{
    put_code(&r->items, first);
    if (last > first) {
        put(&r->items, "-");
        put_code(&r->items, last);
    }
    for (int k = 0; k < 10; k++)
        r->digit[k] |= first <= '0' + k && '0' + k <= last;
}

/* The classes of POSIX by Unicode's categories: in ASCII what the standard says of the C locale; beyond it close to
 * glibc's C.UTF-8 (no-break spaces are signs, all marks and no circled letters are letters). */
static const struct class
{
    char wapiti;
    bool digits;
    const char *name, *text;
} classes[] = {
    {'a', false, "alpha", "\\p{L}\\p{Mn}\\p{Mc}\\p{Nl}"},
    {'w', true, "alnum", "\\p{L}\\p{Mn}\\p{Mc}\\p{Nl}\\p{Nd}"},
    {'d', true, "digit", "0-9"},
    {'l', false, "lower", "\\p{Ll}\\x{aa}\\x{ba}\\x{2170}-\\x{217f}"},
    {'u', false, "upper", "\\p{Lu}\\p{Lt}\\x{2160}-\\x{216f}"},
    {'p', false, "punct", "\\p{P}\\p{S}\\p{No}\\p{Me}\\p{Cf}\\p{Co}\\x{a0}\\x{2007}\\x{202f}"},
    {'s', false, "space",
     "\\x{9}-\\x{d}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}"
     "\\x{3000}"},
    {0, false, "blank", "\\x{9}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}"},
    {0, false, "cntrl", "\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}"},
    {0, true, "graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\x{a0}\\x{2007}\\x{202f}"},
    {0, true, "print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Zs}"},
    {0, true, "xdigit", "0-9A-Fa-f"},
    {0, false, NULL, NULL},
};

static void put_class(struct reader *r, const struct class *c)
{
    put(&r->items, c->text);
    r->alpha |= strcmp(c->name, "alpha") == 0;
    for (int k = 0; k < 10; k++)
        r->digit[k] |= c->digits;
}

static void begin_set(struct reader *r)
{
    r->items.length = 0;
    r->alpha = false;
    memset(r->digit, 0, sizeof r->digit);
}

/* The node of the set that was read. The class of letters has the digits of all scripts but ours, as in C libraries,
 * since there those of ours are the only digits. */
static uint32_t end_set(struct reader *r, bool complement, size_t at)
{
    struct text_buffer *b = &r->words;
    size_t text = b->length, codes = 0, n = 0;
    char missing[11] = "";
    for (int k = 0; k < 10; k++)
        if (!r->digit[k])
            missing[n++] = (char)('0' + k);
    uint32_t id = new_node(r, CHARACTER);
    put(b, r->alpha ? "(?:[" : "[");
    put(b, complement ? "^" : "");
    text_append(b, (struct span){r->items.bytes, r->items.length});
    if (r->alpha && !complement)
        put(b, "]|[^\\P{Nd}0-9");
    if (r->alpha && complement && n)
        put(b, "\\p{Nd}]|["), put(b, missing);
    else if (r->alpha && complement)
        put(b, "\\p{Nd}");
    put(b, r->alpha ? "])" : "]");
    r->node[id].text = text;
    r->node[id].length = b->length - text;
    for (size_t i = text; i < b->length; i++)
        codes += b->bytes[i] == '\\';
    weigh(r, id, r->alpha ? 4 : 1, (r->alpha ? 96 : 48) + 9 * codes, at);
    return id; /* (a bitmap each, and at most 9 bytes for a range) */
}

static uint32_t literal(struct reader *r, size_t at)
{
    size_t n, text = r->words.length;
    int32_t code = unicode_first((struct span){r->s.s + at, r->s.n - at}, &n);
    put_code(&r->words, code);
    r->at = at + n;
    uint32_t id = new_node(r, CHARACTER);
    r->node[id].text = text;
    r->node[id].length = r->words.length - text;
    weigh(r, id, 1, 8, at);
    return id;
}

static uint32_t any(struct reader *r)
{
    uint32_t id = new_node(r, CHARACTER);
    r->node[id].text = r->words.length;
    r->node[id].length = 1;
    put(&r->words, ".");
    r->at++;
    weigh(r, id, 1, 8, r->at);
    return id;
}

/* ---- brackets of POSIX */

static bool here(const struct reader *r, const char *text)
{
    size_t n = strlen(text);
    return r->s.n - r->at >= n && memcmp(r->s.s + r->at, text, n) == 0;
}

/* The inside of [:name:], [=c=] or [.c.] at r->at. */
static bool named(struct reader *r, struct span *name)
{
    char end[] = {r->s.s[r->at + 1], ']', 0};
    size_t begin = r->at;
    r->at += 2;
    name->s = r->s.s + r->at;
    while (r->at < r->s.n && !here(r, end))
        r->at++;
    name->n = (size_t)(r->s.s + r->at - name->s);
    if (r->at >= r->s.n)
        return fault(r, begin, "this is not closed");
    r->at += 2;
    return true;
}

/* One end of a range, or a character alone. */
static bool element(struct reader *r, int32_t *code)
{
    struct span one = {r->s.s + r->at, r->s.n - r->at};
    size_t at = r->at, n;
    if (here(r, "[:"))
        return fault(r, at, "a class is no end of a range");
    bool wrapped = here(r, "[.") || here(r, "[=");
    if (wrapped && !named(r, &one))
        return false;
    if (wrapped && (one.n == 0 || text_utf8_first(one) != one.n))
        return fault(r, at, "a single character is expected within [. .] and [= =]");
    *code = unicode_first(one, &n);
    if (!wrapped)
        r->at += n;
    return true;
}

static bool class(struct reader *r)
{
    struct span name;
    size_t at = r->at;
    const struct class *c = classes;
    if (!named(r, &name))
        return false;
    while (c->name && !span_is(name, c->name))
        c++;
    if (!c->name)
        return fault(
            r, at,
            "no class has this name; there are alpha alnum digit lower upper punct space blank cntrl "
            "graph print xdigit");
    put_class(r, c);
    return true;
}

/* A character, a range or a class within brackets. */
static bool item(struct reader *r, bool first)
{
    int32_t low, high;
    size_t at = r->at;
    bool dash = here(r, "-"), equivalents = here(r, "[=");
    if (here(r, "[:")) {
        if (!class(r))
            return false;
        return !here(r, "-") || here(r, "-]") || fault(r, r->at, "a class is no end of a range");
    }
    if (dash && !first && !here(r, "-]") && !here(r, "--"))
        return fault(r, at, "a - within brackets stands between two characters, or first, or last");
    if (!element(r, &low))
        return false;
    if (!here(r, "-") || here(r, "-]")) {
        put_range(r, low, low);
        return true;
    }
    if (equivalents)
        return fault(r, at, "[= =] is no end of a range");
    r->at++;
    if (r->at >= r->s.n)
        return fault(r, r->at, "the ] of a [ is missing");
    if (here(r, "[="))
        return fault(r, r->at, "[= =] is no end of a range");
    if (!element(r, &high))
        return false;
    if (high < low)
        return fault(r, at, "the range ends before it begins");
    put_range(r, low, high);
    return true;
}

static uint32_t brackets(struct reader *r)
{
    size_t at = r->at++;
    bool complement = here(r, "^");
    r->at += complement;
    begin_set(r);
    for (bool first = true; first || !here(r, "]"); first = false) {
        if (r->at >= r->s.n)
            return fault(r, at, "the ] of this [ is missing");
        if (!item(r, first))
            return 0;
    }
    r->at++;
    return end_set(r, complement, at);
}

/* ---- the rest of POSIX */

static uint32_t choice(struct reader *r);

static uint32_t group(struct reader *r)
{
    size_t at = r->at++;
    if (here(r, "?"))
        return fault(r, at,
                     "(? begins no group of POSIX extended expressions; write (\\? for the characters");
    if (++r->depth > EXPRESSION_DEPTH)
        return fault(r, at, "brackets are nested more than 100 deep");
    uint32_t id = choice(r);
    r->depth--;
    if (!r->bad && !here(r, ")"))
        return fault(r, at, "the ) of this ( is missing");
    r->at++;
    return id;
}

static uint32_t escaped(struct reader *r)
{
    size_t at = r->at;
    char c = at + 1 < r->s.n ? r->s.s[at + 1] : 0;
    if (!c)
        return fault(r, at, "a backslash stands before nothing; write \\\\ for the character");
    if (isdigit((unsigned char)c))
        return fault(
            r, at,
            "a \\ before a digit would refer back to a group, which POSIX extended expressions cannot");
    if (isalpha((unsigned char)c) || strchr("<>`'", c))
        return fault(
            r, at,
            "a \\ here means nothing in POSIX extended expressions; classes are written as [[:digit:]]");
    return literal(r, at + 1);
}

static uint32_t atom(struct reader *r)
{
    char c = r->s.s[r->at];
    switch (c) {
    case '(':
        return group(r);
    case '[':
        return brackets(r);
    case '\\':
        return escaped(r);
    case '.':
        return any(r);
    case '^':
    case '$': {
        uint32_t id = new_node(r, c == '^' ? BEGIN : END);
        weigh(r, id, 1, 1, r->at++);
        return id;
    }
    case '*':
    case '+':
    case '?':
    case '{':
        return fault(r, r->at, "this repeats nothing; write a \\ before it for the character");
    default:
        return literal(r, r->at);
    }
}

static bool number(struct reader *r, uint32_t *value)
{
    size_t at = r->at;
    for (*value = 0; r->at < r->s.n && isdigit((unsigned char)r->s.s[r->at]); r->at++) {
        *value = *value * 10 + (uint32_t)(r->s.s[r->at] - '0');
        if (*value > COUNT_MOST)
            return fault(r, at, "the count is too large");
    }
    return r->at > at;
}

/* {3} {3,} or {3,5} at r->at. */
static bool counts(struct reader *r, uint32_t *least, uint32_t *most)
{
    size_t at = r->at++;
    bool good = number(r, least);
    *most = *least;
    if (good && here(r, ",")) {
        r->at++;
        if (here(r, "}"))
            *most = WITHOUT_END;
        else
            good = number(r, most);
    }
    if (!good || !here(r, "}") || *most < *least)
        return fault(r, at, "a repetition is written as {3} {3,} or {3,5}; write \\{ for the character");
    r->at++;
    return true;
}

/* The node of `child` repeated. What its states are is for PCRE2's way to write it out. */
static uint32_t repeat(struct reader *r, uint32_t child, uint32_t least, uint32_t most, size_t at)
{
    uint32_t id = new_node(r, REPEAT);
    struct node *c = &r->node[child];
    uint64_t copies = most == WITHOUT_END ? least : most, states = c->states, size = c->size;
    r->node[id].least = least;
    r->node[id].most = most;
    r->node[id].first = r->node[id].last = child;
    if (copies == 0)
        copies = 1;
    if (c->kind == CHARACTER && least <= 1 && (most == 1 || most == WITHOUT_END))
        weigh(r, id, states * (1 + least), size * (1 + least), at); /* bb* for b+ */
    else
        weigh(r, id, copies * (states + 3), copies * (size + 16), at);
    return id;
}

static uint32_t piece(struct reader *r)
{
    size_t at = r->at;
    uint32_t id = atom(r), least = 0, most = WITHOUT_END;
    char c = !r->bad && r->at < r->s.n ? r->s.s[r->at] : 0;
    if (!c || !strchr("*+?{", c))
        return id;
    at = r->at;
    if (r->node[id].kind == BEGIN || r->node[id].kind == END)
        return fault(r, at, "this repeats nothing; write a \\ before it for the character");
    if (c == '{' && !counts(r, &least, &most))
        return 0;
    if (c != '{') {
        least = c == '+';
        most = c == '?' ? 1 : WITHOUT_END;
        r->at++;
    }
    if (r->at < r->s.n && strchr("*+?{", r->s.s[r->at]))
        return fault(r, r->at, "this follows another repetition; write ( ) around what it shall repeat");
    return repeat(r, id, least, most, at);
}

static uint32_t branch(struct reader *r)
{
    uint32_t id = new_node(r, SEQUENCE);
    while (!r->bad && r->at < r->s.n && r->s.s[r->at] != '|' && !(r->depth && r->s.s[r->at] == ')')) {
        size_t at = r->at;
        uint32_t child = piece(r);
        if (child)
            adopt(r, id, child, at);
    }
    return id;
}

static uint32_t choice(struct reader *r)
{
    uint32_t id = new_node(r, CHOICE);
    bool more = true;
    weigh(r, id, 1, 4, r->at);
    while (more && !r->bad) {
        size_t at = r->at;
        uint32_t child = branch(r);
        weigh(r, child, 1, 4, at);
        adopt(r, id, child, at);
        more = here(r, "|");
        r->at += more;
    }
    return id;
}

/* ---- Wapiti */

static uint32_t wapiti_atom(struct reader *r)
{
    size_t at = r->at;
    char c = r->s.s[at];
    if (c == '.')
        return any(r);
    if (c == '*' || c == '?')
        return fault(r, at,
                     c == '*' ? "a * follows no character that it could repeat; write \\* for the character"
                              : "a ? follows no character that it could repeat; write \\? for the character");
    if (c != '\\' || at + 1 == r->s.n)
        return literal(r, at);
    char letter = r->s.s[at + 1];
    for (const struct class *k = classes; k->wapiti; k++)
        if (tolower((unsigned char)letter) == k->wapiti) {
            begin_set(r);
            put_class(r, k);
            r->at += 2;
            return end_set(r, isupper((unsigned char)letter), at);
        }
    return literal(r, at + 1); /* the character behind it, whatever it is */
}

static uint32_t wapiti(struct reader *r)
{
    uint32_t top = new_node(r, CHOICE), id = new_node(r, SEQUENCE);
    while (!r->bad && r->at < r->s.n) {
        size_t at = r->at;
        char c = r->s.s[at];
        uint32_t child;
        if ((c == '^' && at == 0) || (c == '$' && at + 1 == r->s.n)) {
            child = new_node(r, c == '^' ? BEGIN : END);
            r->at++;
        } else
            child = wapiti_atom(r);
        c = child && r->node[child].kind == CHARACTER && r->at < r->s.n ? r->s.s[r->at] : 0;
        if (c == '*' || c == '?') {
            child = repeat(r, child, 0, c == '*' ? WITHOUT_END : 1, r->at);
            r->at++;
        }
        if (child)
            adopt(r, id, child, at);
    }
    adopt(r, top, id, r->at);
    return top;
}

/* ---- writing */

static void write_node(const struct reader *r, uint32_t id, bool backward, struct text_buffer *out);

static void write_repeat(const struct reader *r, const struct node *n, bool backward, struct text_buffer *out)
{
    enum kind kind = r->node[n->first].kind;
    char count[32];
    bool plain = kind == CHARACTER && n->least <= 1 && (n->most == 1 || n->most == WITHOUT_END) &&
                 !(n->least == 1 && n->most == 1);
    /* PCRE2 counts the repetitions of single characters, and would make a state of each number */
    if (!plain && kind == CHARACTER)
        put(out, "(?:");
    if (plain && n->least == 1)
        write_node(r, n->first, backward, out);
    write_node(r, n->first, backward, out);
    if (!plain && kind == CHARACTER)
        put(out, ")");
    if (n->most == WITHOUT_END && (plain || n->least == 0))
        put(out, "*");
    else if (n->least == 0 && n->most == 1)
        put(out, "?");
    else {
        snprintf(count, sizeof count, n->most == WITHOUT_END ? "{%u,}" : "{%u,%u}", n->least, n->most);
        put(out, count);
    }
}

static void write_node(const struct reader *r, uint32_t id, bool backward, struct text_buffer *out)
{
    const struct node *n = &r->node[id];
    switch (n->kind) {
    case CHARACTER:
        text_append(out, (struct span){r->words.bytes + n->text, n->length});
        break;
    case BEGIN:
    case END:
        put(out, (n->kind == BEGIN) != backward ? "^" : "$");
        break;
    case SEQUENCE:
        for (uint32_t k = backward ? n->last : n->first; k;
             k = backward ? r->node[k].before : r->node[k].next)
            write_node(r, k, backward, out);
        break;
    case CHOICE:
        put(out, "(?:");
        for (uint32_t k = n->first; k; k = r->node[k].next) {
            if (k != n->first)
                put(out, "|");
            write_node(r, k, backward, out);
        }
        put(out, ")");
        break;
    case REPEAT:
        write_repeat(r, n, backward, out);
        break;
    }
}

/* Can a match begin (backward: end) nowhere but where the text does? */
static bool bound_to_end(const struct reader *r, uint32_t id, bool backward)
{
    const struct node *n = &r->node[id];
    uint32_t outer = backward ? n->last : n->first;
    switch (n->kind) {
    case SEQUENCE:
        return outer && bound_to_end(r, outer, backward);
    case CHOICE:
        for (uint32_t k = n->first; k; k = r->node[k].next)
            if (!bound_to_end(r, k, backward))
                return false;
        return true;
    default:
        return n->kind == (backward ? END : BEGIN);
    }
}

bool expression_read(struct expression *x, struct span text, enum expression_dialect dialect, struct error *e)
{
    *x = (struct expression){0};
    if (text.n > EXPRESSION_BYTES)
        return error_set(e, ERROR_CORPUS,
                         "the regular expression has %zu bytes, at most %d are expected; shorten it", text.n,
                         EXPRESSION_BYTES);
    if (text_utf8_fault(text) != text.n || memchr(text.s, 0, text.n))
        return error_set(e, ERROR_CORPUS, "the regular expression is not UTF-8 text");
    struct reader r = {.s = text, .e = e};
    new_node(&r, SEQUENCE); /* none */
    uint32_t top = dialect == EXPRESSION_POSIX ? choice(&r) : wapiti(&r);
    if (!r.bad) {
        x->from_start = bound_to_end(&r, top, false);
        x->to_end = bound_to_end(&r, top, true);
        write_node(&r, top, false, &x->forward);
        if (!x->to_end)
            put(&x->backward, ".*");
        write_node(&r, top, true, &x->backward);
    }
    memory_free(r.node);
    memory_free(r.words.bytes);
    memory_free(r.items.bytes);
    return !r.bad;
}
