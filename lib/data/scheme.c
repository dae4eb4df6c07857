/* SPDX-License-Identifier: MIT */
#include "lib/data/scheme.h"

#include <string.h>

const char *const scheme_names[] = {"plain", "iob1", "iob2", "iobes", "bmes", NULL};

/* The prefix of a label: all of it when it has no dash. */
static struct span prefix_of(struct span label)
{
    const char *dash = label.n ? memchr(label.s, '-', label.n) : NULL;
    return (struct span){label.s, dash ? (size_t)(dash - label.s) : label.n};
}

static struct span type_of(struct span label, struct span prefix)
{
    size_t skip = prefix.n + (prefix.n < label.n);
    struct span type = {label.s + skip, label.n - skip};
    if (type.n == 1 && type.s[0] == '0')
        type.n = 0; /* conlleval asks Perl whether the type is true, and "0" is not */
    return type;
}

static bool equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

struct scheme_tag scheme_cut(struct span label)
{
    struct span prefix = prefix_of(label);
    return (struct scheme_tag){prefix.n == 1 ? prefix.s[0] : '\0', type_of(label, prefix)};
}

bool scheme_equal(struct span a, struct span b)
{
    if (equal(a, b))
        return true;
    struct span p = prefix_of(a), q = prefix_of(b);
    return equal(p, q) && equal(type_of(a, p), type_of(b, q));
}

static bool among(char prefix, const char *set)
{
    return prefix != '\0' && strchr(set, prefix) != NULL;
}

bool scheme_outside(struct scheme_tag tag)
{
    return among(tag.prefix, "O.");
}

bool scheme_may_begin(enum scheme scheme, char prefix)
{
    return among(prefix, scheme == SCHEME_IOB1 ? "BI" : scheme == SCHEME_IOB2 ? "B" : "BS");
}

bool scheme_may_continue(enum scheme scheme, char prefix)
{
    return among(prefix, scheme == SCHEME_IOBES ? "IE" : scheme == SCHEME_BMES ? "ME" : "I");
}

static bool bracketed(enum scheme scheme)
{
    return scheme == SCHEME_IOBES || scheme == SCHEME_BMES;
}

/* IOBES and BMES: is the chunk of `previous` still open at `tag`? Any prefix but these is inside, as I and M. */
static bool goes_on(struct scheme_tag previous, struct scheme_tag tag)
{
    return !among(previous.prefix, "O.ES") && !among(tag.prefix, "O.BS") && equal(previous.type, tag.type);
}

bool scheme_ends(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    char p = previous.prefix, t = tag.prefix;
    if (bracketed(scheme))
        return !among(p, "O.") && !goes_on(previous, tag);
    if (among(p, "[]S"))
        return true;
    if (among(p, "O."))
        return false;
    if (!equal(previous.type, tag.type) || t == 'S')
        return true;
    switch (p) {
    case 'B':
    case 'I':
        return among(t, "BO");
    case 'E':
        return among(t, "EIO");
    default:
        return false;
    }
}

bool scheme_begins(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    char p = previous.prefix, t = tag.prefix;
    if (bracketed(scheme))
        return !among(t, "O.") && !goes_on(previous, tag);
    if (among(t, "[]S"))
        return true;
    if (among(t, "O."))
        return false;
    if (!equal(previous.type, tag.type))
        return true;
    switch (p) {
    case 'B':
    case 'I':
        return t == 'B';
    case 'E':
        return among(t, "EI");
    case 'O':
    case 'S':
        return among(t, "BEI");
    default:
        return false;
    }
}

bool scheme_knows(enum scheme scheme, struct scheme_tag tag)
{
    static const char *const prefixes[] = {
        [SCHEME_IOB1] = "BI", [SCHEME_IOB2] = "BI", [SCHEME_IOBES] = "BIES", [SCHEME_BMES] = "BMES"};
    return scheme == SCHEME_PLAIN || among(tag.prefix, prefixes[scheme]) ||
           (tag.prefix == 'O' && tag.type.n == 0);
}

/* IOBES and BMES: is a chunk under way after this tag, so that it must go on? */
static bool open(enum scheme scheme, struct scheme_tag tag)
{
    return (scheme == SCHEME_IOBES && among(tag.prefix, "BI")) ||
           (scheme == SCHEME_BMES && among(tag.prefix, "BM"));
}

bool scheme_allows(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    bool same = equal(previous.type, tag.type);
    if (!scheme_knows(scheme, tag))
        return false;
    switch (scheme) {
    case SCHEME_IOB1:
        return tag.prefix != 'B' || (among(previous.prefix, "BI") && same);
    case SCHEME_IOB2:
        return tag.prefix != 'I' || (among(previous.prefix, "BI") && same);
    case SCHEME_IOBES:
    case SCHEME_BMES:
        return open(scheme, previous) ? among(tag.prefix, "IME") && same : among(tag.prefix, "BSO");
    default:
        return true;
    }
}

bool scheme_stops(enum scheme scheme, struct scheme_tag last)
{
    return scheme_knows(scheme, last) && !open(scheme, last);
}

bool scheme_word_ends(char previous, char label)
{
    return among(previous, "ES") || among(label, "BS");
}
