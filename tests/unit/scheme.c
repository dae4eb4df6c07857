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

/* The rules as conlleval lists them, and those for S, pair by pair. */
TEST(rules_are_those_of_conlleval)
{
    const char *const ends = "BB BO IB IO EE EI EO BS IS ES XS";
    const char *const begins = "BB IB OB OI EE EI OE SB SI SE";
    static const char *const prefixes[] = {"B", "I", "O", "E", "S", "[", "]", ".", "X"};
    const size_t n = sizeof prefixes / sizeof *prefixes;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (int other = 0; other < 2; other++) {
                const char *p = prefixes[i], *t = prefixes[j];
                char previous[8], label[8];
                snprintf(previous, sizeof previous, "%s-NP", p);
                snprintf(label, sizeof label, "%s-%s", t, other ? "VP" : "NP");
                bool want_end = listed(ends, p, t) || strpbrk(p, "[]S") != NULL;
                bool want_begin = listed(begins, p, t) || strpbrk(t, "[]S") != NULL;
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
static const char *chunks(const char *labels)
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
        if (begin >= 0 && scheme_ends(SCHEME_IOB2, last, tag)) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d-%d:%.*s", used ? " " : "", begin,
                                     i - 1, (int)last.type.n, last.type.s);
            begin = -1;
        }
        if (scheme_begins(SCHEME_IOB2, last, tag))
            begin = i;
        if (edge)
            return text;
        last = tag;
        s += n + (s[n] == ' ');
    }
}

TEST(chunks_of_every_scheme)
{
    /* two NPs side by side and a VP, in each scheme of Tjong Kim Sang and Veenstra (1999) and in IOBES */
    const char *const want = "0-1:NP 2-2:NP 4-5:VP";
    CHECK_STR(chunks("I-NP I-NP B-NP O I-VP I-VP"), want); /* IOB1 */
    CHECK_STR(chunks("B-NP I-NP B-NP O B-VP I-VP"), want); /* IOB2 */
    CHECK_STR(chunks("I-NP E-NP I-NP O I-VP I-VP"), want); /* IOE1 */
    CHECK_STR(chunks("I-NP E-NP E-NP O I-VP E-VP"), want); /* IOE2 */
    CHECK_STR(chunks("B-NP E-NP S-NP O B-VP E-VP"), want); /* IOBES */
    /* ill-formed ones mean something too */
    CHECK_STR(chunks("O I-NP I-VP"), "1-1:NP 2-2:VP");
    CHECK_STR(chunks("S-NP I-NP E-NP S-NP B-NP"), "0-0:NP 1-2:NP 3-3:NP 4-4:NP");
    CHECK_STR(chunks("B-NP E-NP B-NP E-NP"), "0-3:NP"); /* conlleval's reading of E B */
    CHECK_STR(chunks("[-NP ]-NP O"), "0-0:NP 1-1:NP");
    CHECK_STR(chunks("B I O I"), "0-1: 3-3:");
    CHECK_STR(chunks("O O"), "");
    CHECK_STR(chunks(""), "");
}

static bool iob2(const char *previous, const char *label)
{
    return scheme_iob2_allows(cut(previous), cut(label));
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
