/* SPDX-License-Identifier: MIT */
#include "lib/num/chain.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

static struct chain_lanes lanes_of(const struct chain_pairs *pairs, uint32_t y)
{
    uint32_t begin = pairs->row[y], count = pairs->row[y + 1] - begin, bits = 0;
    for (uint32_t p = begin; p < begin + count; p++)
        bits |= 1u << pairs->to[p];
    uint32_t last = count % 8 ? count % 8 : 8;
    struct chain_lanes l = {.low = (uint16_t)bits,
                            .high = (uint16_t)(bits >> 16),
                            .first = (uint8_t)(count < 8 ? (1u << count) - 1 : 0xFF),
                            .last = (uint8_t)((1u << last) - 1),
                            .begin = begin,
                            .middle = begin + (uint32_t)__builtin_popcount(bits & 0xFFFF),
                            .count = count};
    memset(l.pair, -1, sizeof l.pair);
    memset(l.label, -1, sizeof l.label);
    for (uint32_t v = 0, p = begin; v < 4; v++) {
        l.at[v] = p;
        for (; p < begin + count && pairs->to[p] / 8 == v; p++) {
            l.pair[v][pairs->to[p] % 8] = (int8_t)(p - l.at[v]);
            l.label[v][p - l.at[v]] = (int8_t)(pairs->to[p] % 8);
        }
    }
    return l;
}

void chain_init(struct chain *c, uint32_t T, uint32_t longest, const struct chain_pairs *pairs)
{
    size_t stride = REAL_PAD(T), n = longest;
    real *mask = memory_lines(stride, sizeof(real));
    for (size_t y = T; y < stride; y++)
        mask[y] = CHAIN_FORBIDDEN;
    *c = (struct chain){.T = T,
                        .longest = longest,
                        .stride = (uint32_t)stride,
                        .mask = mask,
                        .edge = memory_lines(stride * stride, sizeof(real)),
                        .node = memory_lines(n * stride, sizeof(real)),
                        .pairs = pairs,
                        .expected = memory_lines(stride * stride, sizeof(real)),
                        .potential = memory_lines(stride * stride, sizeof(real)),
                        .transposed = memory_lines(stride * stride, sizeof(real)),
                        .alpha = memory_lines(n * stride, sizeof(real)),
                        .flow = memory_lines(n * stride, sizeof(real)),
                        .scale = memory_lines(n + 1, sizeof(real)),
                        .damp = memory_lines(n + 1, sizeof(real)),
                        .beta = memory_lines(n * stride, sizeof(real)),
                        .back = memory_lines(n * stride, sizeof(uint32_t)),
                        .marginal = memory_lines(n * stride, sizeof(real)),
                        .slow = memory_new(2 * n * T + (size_t)T * T, sizeof(double)),
                        .follows = memory_new(n, sizeof *c->follows),
                        .whole = memory_reserve(n * stride, sizeof(real)),
                        .whole_expected = memory_reserve(stride * stride, sizeof(real))};
    if (pairs) {
        c->pair = memory_lines(n * pairs->stride, sizeof(real));
        c->pair_marginal = memory_lines(n * pairs->stride + REAL_LANES, sizeof(real));
        c->whole_pairs = memory_reserve(n * pairs->stride, sizeof(real));
        c->base = memory_lines(pairs->stride, sizeof(real));
        c->product = memory_lines(pairs->stride, sizeof(real));
        c->lanes = memory_new(T, sizeof *c->lanes);
        for (uint32_t y = 0; y < T && T <= 32; y++)
            c->lanes[y] = lanes_of(pairs, y);
    }
}

void chain_free(struct chain *c)
{
    real *const arrays[] = {c->node,      c->edge,        c->marginal,      c->pair_marginal, c->expected,
                            c->potential, c->transposed,  c->alpha,         c->flow,          c->scale,
                            c->product,   c->damp,        c->beta,          c->pair,          c->base,
                            c->whole,     c->whole_pairs, c->whole_expected};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        memory_free(arrays[i]);
    memory_free((void *)c->mask);
    memory_free(c->back);
    memory_free(c->slow);
    memory_free(c->lanes);
    memory_free(c->follows);
}

double chain_posterior(const struct kernel *k, struct chain *c)
{
    double log_z = k->posterior(c);
    return isnan(log_z) ? kernel_reference.posterior(c) : log_z;
}

double chain_viterbi(const struct kernel *k, struct chain *c, uint32_t *y)
{
    return k->viterbi(c, y);
}
