/* SPDX-License-Identifier: MIT
 *
 * Two gradients of one sample, as the vectors that they stand for: a block that has several bundles has their sum. This
 * is where the audit's time could go, so rows that many blocks share are multiplied once.
 */
#include "lib/probes/audit_inside.h"

#include <math.h>
#include <string.h>

/* Where the blocks of a gradient stand among those of its sample, and which of them it has more than once. */
void audit_number(struct audit_lane *lane, const struct layout *l, const struct gradient *s)
{
    size_t n = 0;
    lane->repeats = 0;
    memset(lane->times, 0, lane->index.count * sizeof *lane->times);
    for (size_t k = 0; k < s->count; k++) {
        const struct bundle *b = &s->bundle[k];
        const struct group *group = &l->group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            uint32_t place = lane->number[n++] = block_index_find(&lane->index, group->first + b->id[i]);
            if (++lane->times[place] == 2)
                lane->repeat[lane->repeats++] = place;
        }
    }
}

struct products { /* of two vectors s and f */
    double ss, ff, dd; /* s s, f f, (s - f)(s - f) */
};

static struct products multiply(const real *s, const real *f, size_t n)
{
    struct products p = {0, 0, 0};
    double ss[REAL_LANES] = {0}, ff[REAL_LANES] = {0}, dd[REAL_LANES] = {0}; /* for vector instructions */
    for (size_t i = 0; i < n; i += REAL_LANES)
        for (size_t v = 0; v < REAL_LANES; v++) {
            double x = (double)s[i + v], y = (double)f[i + v];
            ss[v] += x * x;
            ff[v] += y * y;
            dd[v] += (x - y) * (x - y);
        }
    for (size_t v = 0; v < REAL_LANES; v++) {
        p.ss += ss[v];
        p.ff += ff[v];
        p.dd += dd[v];
    }
    return p;
}

static void sum_up(struct products *sum, const struct products *p, double times)
{
    sum->ss += times * p->ss;
    sum->ff += times * p->ff;
    sum->dd += times * p->dd;
}

/* NaN where the gradient is: training diverges. */
static double error_of(const struct products *p)
{
    return p->ff == 0 ? p->dd > 0 : sqrt(p->dd / p->ff);
}

static double cosine_of(const struct products *p)
{
    if (p->ss == 0 || p->ff == 0)
        return p->dd == 0;
    double cosine = (p->ss + p->ff - p->dd) / 2 / sqrt(p->ss * p->ff);
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

static struct finding conclude(const struct products *kind, const bool *touched, uint32_t ngroups)
{
    struct finding x;
    struct products all = {0, 0, 0};
    for (uint32_t g = 0; g < ngroups; g++) {
        sum_up(&all, &kind[g], 1);
        x.kind[g] = touched[g] ? error_of(&kind[g]) : -1;
    }
    x.error = error_of(&all);
    x.cosine = cosine_of(&all);
    x.square = all.ss;
    return x;
}

static void add_rows(real *restrict sum, const real *restrict row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += row[i];
}

static void sum_up_place(struct products *kind, const struct audit_lane *lane, const struct layout *l,
                         uint32_t place)
{
    uint32_t group = lane->blocks.bundle[place].group;
    struct products p =
        multiply(lane->used + lane->at[place], lane->right + lane->at[place], layout_block(&l->group[group]));
    sum_up(&kind[group], &p, 1);
}

/* Where s and f have the same bundles, a block that stands once has the product of their rows, which is computed once
 * for all blocks of the bundle; the others have that of their sums. */
static void compare_bundles(struct products *kind, struct audit_lane *lane, const struct layout *l,
                            const struct gradient *s, const struct gradient *f)
{
    size_t n = 0;
    for (uint32_t k = 0; k < lane->repeats; k++) {
        uint32_t place = lane->repeat[k];
        size_t bytes = layout_block(&l->group[lane->blocks.bundle[place].group]) * sizeof(real);
        memset(lane->used + lane->at[place], 0, bytes);
        memset(lane->right + lane->at[place], 0, bytes);
    }
    for (size_t k = 0; k < s->count; k++) {
        const struct bundle *x = &s->bundle[k], *y = &f->bundle[k];
        size_t reals = layout_block(&l->group[x->group]);
        struct products p = multiply(x->row, y->row, reals);
        uint32_t single = 0;
        for (uint32_t i = 0; i < x->count; i++) {
            uint32_t place = lane->number[n++];
            if (lane->times[place] == 1) {
                single++;
            } else {
                add_rows(lane->used + lane->at[place], x->row, reals);
                add_rows(lane->right + lane->at[place], y->row, reals);
            }
        }
        sum_up(&kind[x->group], &p, single);
    }
    for (uint32_t k = 0; k < lane->repeats; k++)
        sum_up_place(kind, lane, l, lane->repeat[k]);
}

static void add_blocks(struct audit_lane *lane, const struct layout *l, const struct gradient *g, real *sum)
{
    memset(sum, 0, lane->packed * sizeof *sum);
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &l->group[b->group];
        for (uint32_t i = 0; i < b->count; i++)
            add_rows(sum + lane->at[block_index_find(&lane->index, group->first + b->id[i])], b->row,
                     layout_block(group));
    }
}

/* Where a model has left out of one what it has not of the other: block by block. */
static void compare_blocks(struct products *kind, struct audit_lane *lane, const struct layout *l,
                           const struct gradient *s, const struct gradient *f)
{
    add_blocks(lane, l, s, lane->used);
    add_blocks(lane, l, f, lane->right);
    for (uint32_t place = 0; place < lane->index.count; place++)
        sum_up_place(kind, lane, l, place);
}

static bool alike(const struct gradient *s, const struct gradient *f)
{
    bool same = s->count == f->count;
    for (size_t k = 0; k < s->count && same; k++)
        same = s->bundle[k].group == f->bundle[k].group && s->bundle[k].count == f->bundle[k].count &&
               s->bundle[k].id == f->bundle[k].id;
    return same;
}

/* The gradients s and f of one sample, as vectors. */
struct finding audit_compare(struct audit_lane *lane, const struct layout *l, const struct gradient *s,
                             const struct gradient *f)
{
    struct products kind[LAYOUT_GROUPS];
    bool touched[LAYOUT_GROUPS] = {false};
    memset(kind, 0, l->ngroups * sizeof *kind);
    if (alike(s, f))
        compare_bundles(kind, lane, l, s, f);
    else
        compare_blocks(kind, lane, l, s, f);
    for (size_t k = 0; k < s->count; k++)
        touched[s->bundle[k].group] = true;
    for (size_t k = 0; k < f->count; k++)
        touched[f->bundle[k].group] = true;
    return conclude(kind, touched, l->ngroups);
}
