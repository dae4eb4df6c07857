/* SPDX-License-Identifier: MIT */
#include "lib/data/slice.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"

#include <assert.h>
#include <math.h>

const struct key slice_keys[] = {
    {"slice.size", KEY_REAL, 0, 1e6, "0", NULL,
     "structure regularization: train on pieces of about this many tokens, 1 or more (1.5, say); 0: whole "
     "sentences"},
    {"slice.alpha", KEY_REAL, 1, 1e6, "1", NULL,
     "structure regularization by number: train on about this many pieces of each sentence"},
    {"slice.redraw", KEY_BOOL, 0, 0, "true", NULL,
     "true: cut sentences anew in every epoch\n"
     "false: cut them once"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Pieces of a sentence of n tokens: 1 … n. */
static uint32_t pieces(const struct slice *s, uint32_t n)
{
    double p = round(s->size > 0 ? n / s->size : s->alpha);
    return p < 1 ? 1 : p > n ? n : (uint32_t)p;
}

bool slice_init(struct slice *s, const struct config *c, const struct dataset *data, uint64_t seed,
                struct error *e)
{
    *s = (struct slice){.data = data,
                        .count = data->count,
                        .sample = data->example,
                        .size = config_real(c, "run.slice.size"),
                        .alpha = config_real(c, "run.slice.alpha"),
                        .redraw = config_bool(c, "run.slice.redraw"),
                        .seed = seed};
    if (s->size > 0 && s->size < 1)
        return config_fault(c, "run.slice.size", e,
                            "a piece of %g tokens; expected 0 (whole sentences) or at least 1", s->size);
    if (s->size > 0 && s->alpha > 1)
        return config_fault(c, "run.slice.alpha", e,
                            "run.slice.size says already how to cut; give one of the two");
    if (s->size == 0 && s->alpha == 1)
        return true;
    s->count = 0;
    for (size_t k = 0; k < data->count; k++)
        s->count += pieces(s, data->example[k].n);
    s->sample = s->piece = memory_new(s->count, sizeof *s->piece);
    return true;
}

void slice_free(struct slice *s)
{
    memory_free(s->piece);
}

static struct example window(const struct example *z, uint32_t begin, uint32_t end)
{
    struct example piece = *z;
    piece.n = end - begin;
    piece.start += begin;
    piece.edge_start += begin;
    piece.y += begin;
    if (z->spelling_start)
        piece.spelling_start += begin;
    if (z->choice)
        piece.choice = example_open(&piece) ? z->choice + begin : NULL;
    return piece;
}

/* Cut one sentence in p; returns behind the last piece. In integers, so that the cuts rise strictly (n >= p)
 * and stay below n whatever u is; a sentence has at most a million tokens, so 2^60 is not passed. */
static struct example *cut(struct example *piece, const struct example *z, uint32_t p, uint64_t bits)
{
    const uint64_t one = 1 << 20, u = bits % one;
    bool mirrored = bits / one % 2;
    assert(z->n <= one);
    uint32_t begin = 0;
    for (uint32_t j = 1; j < p; j++) {
        uint64_t from = mirrored ? p - j : j;
        uint32_t at = (uint32_t)((from * one + u) * z->n / (p * one));
        uint32_t end = mirrored ? z->n - at : at;
        *piece++ = window(z, begin, end);
        begin = end;
    }
    *piece++ = window(z, begin, z->n);
    return piece;
}

void slice_draw(struct slice *s, uint32_t epoch)
{
    if (!s->piece || (s->drawn && !s->redraw))
        return;
    struct rng r;
    rng_init(&r, s->seed, RNG_SLICE, s->redraw ? epoch : 0);
    s->drawn = true;
    struct example *piece = s->piece;
    for (size_t k = 0; k < s->data->count; k++) {
        const struct example *z = &s->data->example[k];
        piece = cut(piece, z, pieces(s, z->n), rng_bits(&r) >> 32);
    }
}
