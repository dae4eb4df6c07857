/* SPDX-License-Identifier: MIT
 *
 * scheme: the rules against conlleval's list of them, and sequences whose chunks are known by hand.
 */
#include "lib/data/scheme.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct scheme_tag cut(const char *label)
{
    return scheme_cut(span_of(label));
}

static const char *cut_as_text(const char *label)
{
    static char text[64];
    struct scheme_tag tag = cut(label);
    snprintf(text, sizeof text, "%c|%.*s", tag.prefix ? tag.prefix : '0', (int)tag.type.n, tag.type.s);
    return text;
}

TEST(labels_are_cut_at_the_first_dash)
{
    CHECK_STR(cut_as_text("B-NP"), "B|NP");
    CHECK_STR(cut_as_text("O"), "O|");
    CHECK_STR(cut_as_text("B"), "B|");
    CHECK_STR(cut_as_text("I-A-B"), "I|A-B");
    CHECK_STR(cut_as_text("B-"), "B|");
    CHECK_STR(cut_as_text("B-0"), "B|");
    CHECK_STR(cut_as_text("B-00"), "B|00");
    CHECK_STR(cut_as_text("NP"), "0|");
    CHECK_STR(cut_as_text("XY-NP"), "0|NP");
    CHECK_STR(cut_as_text("-NP"), "0|NP");
    CHECK_STR(cut_as_text(""), "0|");
}

TEST(labels_are_equal_by_prefix_and_type)
{
    CHECK(scheme_equal(span_of("B-NP"), span_of("B-NP")));
    CHECK(scheme_equal(span_of("B"), span_of("B-")));
    CHECK(scheme_equal(span_of("B-0"), span_of("B")));
    CHECK(!scheme_equal(span_of("B-NP"), span_of("I-NP")));
    CHECK(!scheme_equal(span_of("B-NP"), span_of("B-VP")));
    CHECK(!scheme_equal(span_of("B-NP"), span_of("B")));
    CHECK(!scheme_equal(span_of("XY-NP"), span_of("XZ-NP"))); /* though both prefixes are unknown */
    CHECK(!scheme_equal(span_of("NP"), span_of("VP")));
}

static bool listed(const char *list, const char *p, const char *t)
{
    for (; *list; list += 2 + (list[2] == ' '))
        if (list[0] == *p && list[1] == *t)
            return true;
    return false;
}

/* The rules as conlleval lists them, pair by pair; S, as X, is a prefix that it does not know. */
TEST(rules_are_those_of_conlleval)
{
    const char *const ends = "BB BO IB IO EE EI EO";
    const char *const begins = "BB IB OB OI EE EI OE";
    static const char *const prefixes[] = {"B", "I", "O", "E", "S", "[", "]", ".", "X"};
    const size_t n = sizeof prefixes / sizeof *prefixes;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (int other = 0; other < 2; other++) {
                const char *p = prefixes[i], *t = prefixes[j];
                char previous[8], label[8];
                snprintf(previous, sizeof previous, "%s-NP", p);
                snprintf(label, sizeof label, "%s-%s", t, other ? "VP" : "NP");
                bool want_end = listed(ends, p, t) || strpbrk(p, "[]") != NULL;
                bool want_begin = listed(begins, p, t) || strpbrk(t, "[]") != NULL;
                if (other) {
                    want_end |= strpbrk(p, "O.") == NULL;
                    want_begin |= strpbrk(t, "O.") == NULL;
                }
                CHECK_MSG(scheme_ends(SCHEME_IOB2, cut(previous), cut(label)) == want_end, "%s %s", previous,
                          label);
                CHECK_MSG(scheme_begins(SCHEME_IOB2, cut(previous), cut(label)) == want_begin, "%s %s",
                          previous, label);
            }
}

/* "first-last:type" of each chunk of labels separated by blanks. */
static const char *chunks_by(enum scheme scheme, const char *labels)
{
    static char text[256];
    struct scheme_tag last = cut("O"), tag;
    int begin = -1, i = 0;
    size_t used = 0;
    text[0] = 0;
    for (const char *s = labels;; i++) {
        size_t n = strcspn(s, " ");
        bool edge = n == 0;
        tag = edge ? cut("O") : scheme_cut((struct span){s, n});
        if (begin >= 0 && scheme_ends(scheme, last, tag)) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d-%d:%.*s", used ? " " : "", begin,
                                     i - 1, (int)last.type.n, last.type.s);
            begin = -1;
        }
        if (scheme_begins(scheme, last, tag))
            begin = i;
        if (edge)
            return text;
        last = tag;
        s += n + (s[n] == ' ');
    }
}

static const char *chunks(const char *labels)
{
    return chunks_by(SCHEME_IOB2, labels);
}

TEST(chunks_of_every_scheme)
{
    /* two NPs side by side and a VP, in each scheme of Tjong Kim Sang and Veenstra (1999) and in IOBES */
    const char *const want = "0-1:NP 2-2:NP 4-5:VP";
    CHECK_STR(chunks("I-NP I-NP B-NP O I-VP I-VP"), want); /* IOB1 */
    CHECK_STR(chunks("B-NP I-NP B-NP O B-VP I-VP"), want); /* IOB2 */
    CHECK_STR(chunks("I-NP E-NP I-NP O I-VP I-VP"), want); /* IOE1 */
    CHECK_STR(chunks("I-NP E-NP E-NP O I-VP E-VP"), want); /* IOE2 */
    CHECK_STR(chunks_by(SCHEME_IOBES, "B-NP E-NP S-NP O B-VP E-VP"), want);
    CHECK_STR(chunks_by(SCHEME_BMES, "B-NP E-NP S-NP O B-VP E-VP"), want);
    CHECK_STR(chunks_by(SCHEME_BILOU, "B-NP L-NP U-NP O B-VP L-VP"), want);
    /* ill-formed ones mean something too */
    CHECK_STR(chunks("O I-NP I-VP"), "1-1:NP 2-2:VP");
    CHECK_STR(chunks_by(SCHEME_IOBES, "S-NP I-NP E-NP S-NP B-NP"), "0-0:NP 1-2:NP 3-3:NP 4-4:NP");
    CHECK_STR(chunks_by(SCHEME_BILOU, "U-NP I-NP L-NP U-NP B-NP"), "0-0:NP 1-2:NP 3-3:NP 4-4:NP");
    CHECK_STR(chunks("B-NP S-NP I-NP"), "0-2:NP"); /* S is inside to conlleval, … */
    CHECK_STR(chunks("O S-NP U-NP O"), "1-2:NP"); /* … and begins a chunk only where the type is new */
    CHECK_STR(chunks("O S I O"), "");
    CHECK_STR(chunks("B-NP E-NP B-NP E-NP"), "0-3:NP"); /* conlleval's reading of E B */
    CHECK_STR(chunks("[-NP ]-NP O"), "0-0:NP 1-1:NP");
    CHECK_STR(chunks("B I O I"), "0-1: 3-3:");
    CHECK_STR(chunks("O O"), "");
    CHECK_STR(chunks(""), "");
}

static bool iob2(const char *previous, const char *label)
{
    return scheme_allows(SCHEME_IOB2, cut(previous), cut(label));
}

TEST(iob2_is_recognised)
{
    CHECK(iob2("O", "B-NP"));
    CHECK(iob2("O", "O"));
    CHECK(iob2("B-NP", "I-NP"));
    CHECK(iob2("I-NP", "I-NP"));
    CHECK(iob2("I-NP", "B-NP"));
    CHECK(iob2("I-NP", "B-VP"));
    CHECK(iob2("I-NP", "O"));
    CHECK(iob2("B", "I"));
    CHECK(!iob2("O", "I-NP"));
    CHECK(!iob2("B-VP", "I-NP"));
    CHECK(!iob2("I-VP", "I-NP"));
    CHECK(!iob2("O", "S-NP"));
    CHECK(!iob2("B-NP", "E-NP"));
    CHECK(!iob2("O", "O-NP"));
    CHECK(!iob2("O", "NN"));
}

/* ---- well-formed is what some chunks are written as: every sequence of up to five labels of every scheme,
 * against the labels of every way to lay chunks of two types over so many tokens */

enum { MOST = 5, LABELS = 9 };

struct alphabet {
    enum scheme scheme;
    const char *labels; /* its prefixes; without O every token is in a chunk */
    const char *prefix; /* alone; first, inside and last of a longer chunk; first after a chunk of its type */
    bool typed; /* types X and Y, or none */
};

/* The prefix of the token at offset k of a chunk of m tokens; `touches`: after a chunk of the same type. */
static char mark(const struct alphabet *a, unsigned k, unsigned m, bool touches)
{
    if (k == 0 && touches && a->prefix[4])
        return a->prefix[4];
    return a->prefix[m == 1 ? 0 : k == 0 ? 1 : k + 1 == m ? 3 : 2];
}

struct writing {
    const struct alphabet *a;
    char text[LABELS][4]; /* the labels */
    unsigned nlabels, n;
    unsigned y[MOST]; /* what is written so far */
    bool written[59049]; /* LABELS^MOST */
};

static unsigned number(const struct writing *w, char prefix, unsigned type)
{
    char text[4] = {prefix, 0};
    if (w->a->typed && prefix != 'O')
        snprintf(text, sizeof text, "%c-%c", prefix, "XY"[type]);
    unsigned y = 0;
    while (strcmp(w->text[y], text) != 0)
        y++;
    return y;
}

static unsigned code(const struct writing *w)
{
    unsigned c = 0;
    for (unsigned i = 0; i < w->n; i++)
        c = c * w->nlabels + w->y[i];
    return c;
}

/* All chunks from token `at` on; `before` is the type of a chunk that ends there, or 2. */
static void lay_chunks(struct writing *w, unsigned at, unsigned before)
{
    if (at == w->n) {
        w->written[code(w)] = true;
        return;
    }
    if (w->a->labels[0] == 'O') {
        w->y[at] = number(w, 'O', 0);
        lay_chunks(w, at + 1, 2);
    }
    for (unsigned type = 0; type < 1 + (unsigned)w->a->typed; type++)
        for (unsigned m = 1; at + m <= w->n; m++) {
            for (unsigned k = 0; k < m; k++)
                w->y[at + k] = number(w, mark(w->a, k, m, before == type), type);
            lay_chunks(w, at + m, type);
        }
}

static bool well_formed(const struct writing *w)
{
    struct scheme_tag before = cut("O");
    for (unsigned i = 0; i < w->n; i++) {
        struct scheme_tag tag = cut(w->text[w->y[i]]);
        if (!scheme_allows(w->a->scheme, before, tag))
            return false;
        before = tag;
    }
    return scheme_stops(w->a->scheme, before);
}

TEST(well_formed_is_what_chunks_are_written_as)
{
    static const struct alphabet alphabets[] = {
        {SCHEME_IOB1, "OBI", "IIIIB", true},    {SCHEME_IOB1, "OBI", "IIIIB", false},
        {SCHEME_IOB2, "OBI", "BBII", true},     {SCHEME_IOB2, "OBI", "BBII", false},
        {SCHEME_IOBES, "OBIES", "SBIE", true},  {SCHEME_IOBES, "OBIES", "SBIE", false},
        {SCHEME_BMES, "OBMES", "SBME", true},   {SCHEME_BMES, "OBMES", "SBME", false},
        {SCHEME_BMES, "BMES", "SBME", false},   {SCHEME_BILOU, "OBILU", "UBIL", true},
        {SCHEME_BILOU, "OBILU", "UBIL", false},
    };
    for (size_t k = 0; k < sizeof alphabets / sizeof *alphabets; k++) {
        static struct writing w;
        const struct alphabet *a = w.a = &alphabets[k];
        w.nlabels = 0;
        for (const char *p = a->labels; *p; p++)
            for (unsigned type = 0; type < 1 + (unsigned)(a->typed && *p != 'O'); type++)
                snprintf(w.text[w.nlabels++], sizeof *w.text, a->typed && *p != 'O' ? "%c-%c" : "%c", *p,
                         "XY"[type]);
        for (w.n = 1; w.n <= MOST; w.n++) {
            unsigned total = 1, wrong = 0;
            memset(w.written, 0, sizeof w.written);
            lay_chunks(&w, 0, 2);
            for (unsigned i = 0; i < w.n; i++)
                total *= w.nlabels;
            for (unsigned c = 0; c < total; c++) {
                for (unsigned i = w.n, rest = c; i-- > 0; rest /= w.nlabels)
                    w.y[i] = rest % w.nlabels;
                wrong += well_formed(&w) != w.written[c];
            }
            CHECK_MSG(wrong == 0, "%s, alphabet %zu: %u of %u sequences", scheme_names[a->scheme], k, wrong,
                      total);
        }
    }
}

/* ---- strict reading */

/* Is the window [i, j) a chunk? By the definition: its labels are those that the scheme writes for a chunk of that
 * type with these neighbours, and it cannot be made longer. */
static bool strict_window(const struct alphabet *a, const struct scheme_tag *tag, unsigned n, unsigned i,
                          unsigned j)
{
    struct span type = tag[i].type;
    struct scheme_tag before = i > 0 ? tag[i - 1] : cut("O"), after = j < n ? tag[j] : cut("O");
    bool touches = (before.prefix == 'B' || before.prefix == 'I') && span_equal(before.type, type);
    for (unsigned k = i; k < j; k++)
        if (!span_equal(tag[k].type, type) || tag[k].prefix != mark(a, k - i, j - i, touches))
            return false;
    /* in IOB nothing marks the end but what follows */
    return a->scheme > SCHEME_IOB2 || after.prefix != 'I' || !span_equal(after.type, type);
}

/* Every sequence of up to five labels, of the scheme and of none, against all windows. */
TEST(strict_chunks_are_what_the_scheme_writes)
{
    static const struct alphabet alphabets[] = {
        {SCHEME_IOB1, "OBIS", "IIIIB", true},     {SCHEME_IOB2, "OBIE", "BBII", true},
        {SCHEME_IOBES, "OBIESL", "SBIE", false},  {SCHEME_IOBES, "OBIES", "SBIE", true},
        {SCHEME_BMES, "OBMES", "SBME", true},     {SCHEME_BILOU, "OBILU", "UBIL", true},
        {SCHEME_BILOU, "OBILUES", "UBIL", false},
    };
    for (size_t k = 0; k < sizeof alphabets / sizeof *alphabets; k++) {
        const struct alphabet *a = &alphabets[k];
        char text[16][4];
        unsigned nlabels = 0, wrong = 0, found = 0;
        for (const char *p = a->labels; *p; p++)
            for (unsigned type = 0; type < 1 + (unsigned)(a->typed && *p != 'O'); type++)
                snprintf(text[nlabels++], sizeof *text, a->typed && *p != 'O' ? "%c-%c" : "%c", *p,
                         "XY"[type]);
        for (unsigned n = 1; n <= MOST; n++) {
            unsigned total = 1;
            for (unsigned i = 0; i < n; i++)
                total *= nlabels;
            for (unsigned c = 0; c < total; c++) {
                struct scheme_tag tag[MOST];
                for (unsigned i = n, rest = c; i-- > 0; rest /= nlabels)
                    tag[i] = cut(text[rest % nlabels]);
                for (unsigned i = 0; i < n; i++) {
                    unsigned want = 0;
                    for (unsigned j = i + 1; j <= n; j++)
                        if (strict_window(a, tag, n, i, j))
                            want = j - i;
                    wrong += scheme_strict_chunk(a->scheme, tag, n, i) != want;
                    found += want > 1;
                }
            }
        }
        CHECK_MSG(wrong == 0 && found > 0, "%s, alphabet %zu: %u of them", scheme_names[a->scheme], k, wrong);
    }
}

TEST(labels_that_a_scheme_does_not_know)
{
    CHECK(scheme_knows(SCHEME_PLAIN, cut("NN")));
    CHECK(scheme_allows(SCHEME_PLAIN, cut("O"), cut("I-NP")) && scheme_stops(SCHEME_PLAIN, cut("B-NP")));
    for (enum scheme s = SCHEME_IOB1; s <= SCHEME_BILOU; s++) {
        CHECK(scheme_knows(s, cut("O")) && scheme_knows(s, cut("B")) && scheme_knows(s, cut("B-NP")));
        CHECK(!scheme_knows(s, cut("NN")) && !scheme_knows(s, cut("O-NP")) && !scheme_knows(s, cut("[-NP")));
        CHECK(scheme_knows(s, cut("M")) == (s == SCHEME_BMES));
        CHECK(scheme_knows(s, cut("I")) == (s != SCHEME_BMES));
        CHECK(scheme_knows(s, cut("S")) == (s == SCHEME_IOBES || s == SCHEME_BMES));
        CHECK(scheme_knows(s, cut("L")) == (s == SCHEME_BILOU) &&
              scheme_knows(s, cut("U-X")) == (s == SCHEME_BILOU));
        CHECK(!scheme_allows(s, cut("O"), cut("NN")) && !scheme_stops(s, cut("NN")));
        /* after one no chunk is under way */
        CHECK(scheme_allows(s, cut("NN"), cut("O")));
        CHECK(scheme_allows(s, cut("NN"), cut("I")) == (s == SCHEME_IOB1));
        CHECK(!scheme_allows(s, cut("NN"), cut("E")));
    }
}

TEST(words_end)
{
    CHECK(scheme_word_ends('E', 'B'));
    CHECK(scheme_word_ends('S', 'S'));
    CHECK(scheme_word_ends('E', 'M')); /* ill-formed: E ends */
    CHECK(scheme_word_ends('B', 'S')); /* S begins */
    CHECK(scheme_word_ends('M', 'B'));
    CHECK(!scheme_word_ends('B', 'E'));
    CHECK(!scheme_word_ends('B', 'M'));
    CHECK(!scheme_word_ends('M', 'M'));
    CHECK(!scheme_word_ends('M', 'E'));
}
