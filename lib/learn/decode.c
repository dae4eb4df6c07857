/* SPDX-License-Identifier: MIT */
#include "lib/learn/decode.h"

#include "lib/base/memory.h"
#include "lib/learn/boundaries.h"

#include <string.h>

static struct constraint *of_scheme(const struct space *space, enum scheme scheme)
{
    uint32_t T = vocab_count(space->labels);
    uint8_t *follows = memory_new((size_t)T * T, 1), *first = memory_new(T, 1), *last = memory_new(T, 1);
    const struct scheme_tag outside = {'O', {"", 0}};
    for (uint32_t y = 0; y < T; y++) {
        struct scheme_tag tag = scheme_cut(vocab_text(space->labels, y));
        bool known = scheme_knows(scheme, tag);
        first[y] = !known || scheme_allows(scheme, outside, tag);
        last[y] = !known || scheme_stops(scheme, tag);
        for (uint32_t a = 0; a < T; a++)
            follows[(size_t)a * T + y] =
                !known || scheme_allows(scheme, scheme_cut(vocab_text(space->labels, a)), tag);
    }
    struct constraint *k = constraint_new(T, follows, first, last);
    memory_free(follows);
    memory_free(first);
    memory_free(last);
    return k;
}

struct constraint *decode_constraint(const char *choice, const struct space *space, enum scheme scheme)
{
    if (strcmp(choice, "seen") == 0)
        return constraint_new(vocab_count(space->labels), space->follows, NULL, NULL);
    return strcmp(choice, "scheme") == 0 && scheme != SCHEME_PLAIN ? of_scheme(space, scheme) : NULL;
}

static struct chain *chain_of(const struct model *model, const struct weights *w, const struct example *z,
                              const struct boundaries *b, const uint8_t *at, void *scratch)
{
    struct chain *c = model->ops->score(model, w, z, scratch);
    if (b)
        boundaries_apply(b, at, c);
    return c;
}

void decode_best(const struct model *model, const struct weights *w, const struct example *z,
                 const struct constraint *k, const struct boundaries *b, const uint8_t *at,
                 const struct kernel *kernel, uint32_t *y, void *scratch)
{
    struct chain *c = chain_of(model, w, z, b, at, scratch);
    if (k)
        constraint_lay(k, c);
    if (!constraint_met(chain_viterbi(kernel, c, y)) && k)
        chain_viterbi(kernel, chain_of(model, w, z, b, at, scratch), y);
}
