/* SPDX-License-Identifier: MIT
 *
 * What labels say of the task: sets of labels that each scheme writes, and sets that no scheme does.
 */
#include "lib/data/guess.h"

#include "tests/test.h"

#include <string.h>

/* The scheme of sentences of labels: blanks part labels, bars sentences. */
static enum scheme scheme_of(const char *text)
{
    struct labels *l = labels_new();
    while (*text) {
        struct span cell[64];
        struct sentence s = {.ncolumns = 1, .cell = cell, .line = 1};
        for (; *text && *text != '|'; text += *text == ' ') {
            size_t n = strcspn(text, " |");
            if (n)
                cell[s.n++] = (struct span){text, n};
            text += n;
        }
        labels_sentence(l, SCHEME_IOB2, &s, 0, "f", "?");
        text += *text == '|';
    }
    enum scheme found = guess_scheme(l);
    labels_free(l);
    return found;
}

TEST(labels_tell_their_scheme)
{
    static const struct {
        const char *labels;
        enum scheme scheme;
    } table[] = {
        {"B-X I-X O B-Y", SCHEME_IOB2},
        {"O O|B-PER", SCHEME_IOB2},
        {"I-X I-X O I-Y B-Y", SCHEME_IOB1},
        {"I-X|O", SCHEME_IOB1},
        {"B-X O|I-X", SCHEME_IOB2}, /* neither scheme has it */
        {"B-X I-X E-X O S-Y", SCHEME_IOBES},
        {"B-X E-X O S-Y", SCHEME_IOBES},
        {"B-X M-X E-X O S-Y", SCHEME_BMES},
        {"B-X I-X L-X O U-Y", SCHEME_BILOU},
        {"B I O O B", SCHEME_IOB2},
        {"? B-X ? O", SCHEME_IOB2}, /* open labels are none */
        {"NN VB O", SCHEME_PLAIN},
        {"O O O", SCHEME_PLAIN},
        {"B O B", SCHEME_PLAIN}, /* a tag called B */
        {"PER PER O LOC", SCHEME_PLAIN},
        {"B-X I-X O NN", SCHEME_PLAIN}, /* one of three is no slip */
        {"B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X NN", SCHEME_IOB2},
        {"B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X I-X B-X NN", SCHEME_PLAIN},
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        CHECK_MSG(scheme_of(table[k].labels) == table[k].scheme, "%s: %s", table[k].labels,
                  scheme_names[scheme_of(table[k].labels)]);
}
