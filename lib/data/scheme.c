/* SPDX-License-Identifier: MIT */
#include "lib/data/scheme.h"

#include <string.h>

const char *const scheme_names[] = {"plain", "iob1", "iob2", "iobes", "bmes", "bilou", NULL};

/* The letters of the schemes that mark both ends of a chunk. */
static const struct letters {
    char first, inside, last, single;
} letters[] = {
    [SCHEME_IOBES] = {'B', 'I', 'E', 'S'},
    [SCHEME_BMES] = {'B', 'M', 'E', 'S'},
    [SCHEME_BILOU] = {'B', 'I', 'L', 'U'},
};

bool scheme_marks_ends(enum scheme scheme)
{
    return scheme >= SCHEME_IOBES;
}

char scheme_prefix(enum scheme scheme, uint32_t k, uint32_t n, bool touches)
{
    if (!scheme_marks_ends(scheme))
        return k == 0 && (scheme != SCHEME_IOB1 || touches) ? 'B' : 'I';
    const struct letters *l = &letters[scheme];
    return n == 1 ? l->single : k == 0 ? l->first : k + 1 == n ? l->last : l->inside;
}

bool scheme_ends_chunk(enum scheme scheme, char prefix)
{
    return scheme_marks_ends(scheme) && (prefix == letters[scheme].last || prefix == letters[scheme].single);
}

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
    return prefix == 'B' || (scheme == SCHEME_IOB1 && prefix == 'I') ||
           (scheme_marks_ends(scheme) && prefix == letters[scheme].single);
}

bool scheme_may_continue(enum scheme scheme, char prefix)
{
    if (!scheme_marks_ends(scheme))
        return prefix == 'I';
    return prefix == letters[scheme].inside || prefix == letters[scheme].last;
}

/* Where the scheme marks both ends: is the chunk of `previous` still open at `tag`? Any prefix but that of a first, a
 * last or a single token is inside. */
static bool goes_on(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    return !scheme_outside(previous) && !scheme_ends_chunk(scheme, previous.prefix) && !scheme_outside(tag) &&
           !scheme_may_begin(scheme, tag.prefix) && equal(previous.type, tag.type);
}

bool scheme_ends(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    char p = previous.prefix, t = tag.prefix;
    if (scheme_marks_ends(scheme))
        return !scheme_outside(previous) && !goes_on(scheme, previous, tag);
    if (among(p, "[]"))
        return true;
    if (among(p, "O."))
        return false;
    if (!equal(previous.type, tag.type))
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
    if (scheme_marks_ends(scheme))
        return !scheme_outside(tag) && !goes_on(scheme, previous, tag);
    if (among(t, "[]"))
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
        return among(t, "BEI");
    default:
        return false;
    }
}

bool scheme_knows(enum scheme scheme, struct scheme_tag tag)
{
    return scheme == SCHEME_PLAIN || scheme_may_begin(scheme, tag.prefix) ||
           scheme_may_continue(scheme, tag.prefix) || (tag.prefix == 'O' && tag.type.n == 0);
}

/* Where the scheme marks both ends: is a chunk under way after this tag, so that it must go on? */
static bool open(enum scheme scheme, struct scheme_tag tag)
{
    return scheme_marks_ends(scheme) &&
           (tag.prefix == letters[scheme].first || tag.prefix == letters[scheme].inside);
}

/* Does `tag` continue the chunk of `previous`, as the scheme has it? */
static bool continues(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    bool under_way = scheme_marks_ends(scheme) ? open(scheme, previous) : among(previous.prefix, "BI");
    return under_way && scheme_may_continue(scheme, tag.prefix) && equal(previous.type, tag.type);
}

bool scheme_allows(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    if (scheme == SCHEME_PLAIN)
        return true;
    if (!scheme_knows(scheme, tag) || (open(scheme, previous) && !continues(scheme, previous, tag)))
        return false;
    return scheme_outside(tag) || scheme_begins_strictly(scheme, previous, tag) ||
           continues(scheme, previous, tag);
}

bool scheme_stops(enum scheme scheme, struct scheme_tag last)
{
    return scheme_knows(scheme, last) && !open(scheme, last);
}

bool scheme_begins_strictly(enum scheme scheme, struct scheme_tag previous, struct scheme_tag tag)
{
    if (scheme != SCHEME_IOB1)
        return scheme_may_begin(scheme, tag.prefix);
    bool after_one = among(previous.prefix, "BI") && equal(previous.type, tag.type);
    return tag.prefix == (after_one ? 'B' : 'I');
}

uint32_t scheme_strict_chunk(enum scheme scheme, const struct scheme_tag *tag, uint32_t n, uint32_t i)
{
    const struct scheme_tag outside = {'O', {"", 0}};
    if (!scheme_begins_strictly(scheme, i > 0 ? tag[i - 1] : outside, tag[i]))
        return 0;
    uint32_t end = i + 1;
    while (end < n && continues(scheme, tag[end - 1], tag[end]))
        end++;
    return open(scheme, tag[end - 1]) ? 0 : end - i;
}

bool scheme_word_ends(char previous, char label)
{
    return among(previous, "ES") || among(label, "BS");
}
