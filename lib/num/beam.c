/* SPDX-License-Identifier: MIT */
#include "lib/num/beam.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"

#include <math.h>
#include <string.h>

#define MOST_LABELS 16 /* of a position, on average: where more are kept, little is gained */

void beam_init(struct beam *b, const struct chain *c)
{
    const size_t n = c->longest, P = c->pairs->stride, few = c->T / 2 + 1,
                 labels = n * (few < MOST_LABELS ? few : MOST_LABELS);
    *b = (struct beam){.most = labels, .dirty = c->longest};
    b->first = memory_new(n + 1, sizeof *b->first);
    b->label = memory_new(labels + c->T, sizeof *b->label);
    b->share = memory_new(labels + c->T, sizeof *b->share);
    b->later = memory_new(labels + c->T, sizeof *b->later);
    b->row = memory_lines(labels * c->stride, sizeof *b->row);
    b->scale = memory_new(n, sizeof *b->scale);
    b->factor = memory_lines(P + REAL_LANES, sizeof *b->factor);
    b->flow = memory_lines(c->stride, sizeof *b->flow);
    b->read = memory_new(n * (P / KERNEL_LINE) + 1, sizeof *b->read);
    b->read_end = memory_new(n, sizeof *b->read_end);
    b->line = memory_new(n * (P / KERNEL_LINE) + 1, sizeof *b->line);
    b->line_end = memory_new(n, sizeof *b->line_end);
}

void beam_free(struct beam *b)
{
    memory_free(b->first);
    memory_free(b->label);
    memory_free(b->share);
    memory_free(b->later);
    memory_free(b->row);
    memory_free(b->scale);
    memory_free(b->factor);
    memory_free(b->flow);
    memory_free(b->read);
    memory_free(b->read_end);
    memory_free(b->line);
    memory_free(b->line_end);
}

void beam_begin(struct beam *b, const struct kernel *k, struct chain *c)
{
    b->first[0] = 0;
    b->read_end[0] = 0;
    k->beam_begin(c, b);
}

uint32_t beam_lines(struct beam *b, const struct chain *c, uint32_t i, const uint32_t **line)
{
    if (i == 0)
        return 0;
    uint32_t end = b->read_end[i - 1],
             next = 0; /* the first line that is not listed yet: labels and their pairs rise */
    *line = b->read + end;
    for (uint32_t k = b->first[i - 1]; k < b->first[i]; k++) {
        const uint32_t *row = c->pairs->row + b->label[k], last = (row[1] + KERNEL_LINE - 1) / KERNEL_LINE;
        if (row[0] == row[1])
            continue;
        for (next = row[0] / KERNEL_LINE > next ? row[0] / KERNEL_LINE : next; next < last; next++)
            b->read[end++] = next;
    }
    b->read_end[i] = end;
    return end - b->read_end[i - 1];
}

bool beam_step(struct beam *b, const struct kernel *k, struct chain *c, uint32_t i, real least,
               uint32_t truth)
{
    const real tiny = sizeof(real) == sizeof(float) ? (real)1e-20 : (real)1e-200;
    const real best = k->beam_step(c, b, i, least, truth);
    real total = 0;
    for (uint32_t j = b->first[i]; j < b->first[i + 1]; j++)
        total += b->share[j];
    const real inverse = 1 / total;
    bool good = best > tiny && total > tiny && b->first[i + 1] <= b->most;
    for (uint32_t j = b->first[i]; j < b->first[i + 1]; j++) {
        b->share[j] *= inverse;
        good = good && b->share[j] > tiny;
    }
    b->scale[i] = (double)total;
    return good;
}

/* Rows of pairs' marginals are 0 again. */
static void clean_rows(struct beam *b, struct chain *c)
{
    const size_t P = c->pairs->stride;
    memset(c->pair_marginal, 0, b->dirty * P * sizeof(real));
    for (uint32_t i = 1; i < b->clean; i++)
        for (uint32_t k = b->line_end[i - 1]; k < b->line_end[i]; k++)
            memset(c->pair_marginal + i * P + b->line[k] * (size_t)KERNEL_LINE, 0,
                   KERNEL_LINE * sizeof(real));
    b->clean = b->dirty = 0;
}

static double log_scale(const struct beam *b, uint32_t n)
{
    double log_z = b->taken, product = 1;
    for (uint32_t i = 0; i < n; i++) {
        product *= b->scale[i];
        if (!(product > 1e-250 && product < 1e250)) {
            log_z += log(product);
            product = 1;
        }
    }
    return log_z + log(product);
}

double beam_finish(struct beam *b, const struct kernel *k, struct chain *c, real faint, const uint32_t *truth)
{
    const uint32_t n = c->n;
    clean_rows(b, c);
    memset(c->expected, 0, (size_t)c->T * c->stride * sizeof(real));
    for (uint32_t j = b->first[n - 1]; j < b->first[n]; j++)
        b->later[j] = 1;
    for (uint32_t i = n; i-- > 0;)
        k->beam_back(c, b, i);
    b->line_end[0] = 0;
    for (uint32_t i = 1; i < n; i++)
        b->line_end[i] = b->line_end[i - 1] + k->beam_pairs(c, b, i, faint, truth[i - 1], truth[i]);
    b->clean = n;
    real whole = 0; /* 1, unless numbers have left float's range on the way back */
    for (uint32_t y = 0; y < c->T; y++)
        whole += c->marginal[y];
    return whole > (real)0.5 && whole < 2 ? log_scale(b, n) : (double)NAN;
}
