/* SPDX-License-Identifier: MIT
 *
 * Memory is a thread's: virtual workers hold gradients for long, so theirs are compared with `a` as soon as there is
 * an s, and nothing but s is held. Real threads compare after W, because time between R and W would make a gradient
 * staler than those that are not looked at.
 */
#include "lib/learn/audit.h"

#include "lib/base/memory.h"
#include "lib/learn/snapshot.h"
#include "lib/num/places.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const struct key audit_keys[] = {
    {"audit.every", KEY_INTEGER, 0, 1e9, "256", NULL,
     "how wrong gradients are is found out for one sample in so many, by computing them again; 0: for none"},
    {"audit.optimum", KEY_PATH, 0, 0, "", NULL,
     "a run folder or model file of the same configuration, trained to the end: w* of Eq 8"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

struct repeat { /* a block that stands in several bundles */
    uint32_t group;
    size_t at; /* of its sums */
};

struct audit_lane {
    void *scratch; /* the model's: that of the worker holds s */
    struct grad touched, again; /* what a sample touches; its gradient once more */
    struct places places; /* of the blocks that it touches */
    struct grad blocks; /* each of them once */
    real *stage; /* laid out as w: a, or b where it is b's turn; touched as far as audited samples reach */
    struct snapshot changed; /* the blocks that b has otherwise than a */
    real scale_a, scale_b;
    uint32_t *place; /* of the gradient's blocks, one after another */
    uint32_t *times, *order; /* [places] how often it has a block; which of the repeated ones it is */
    struct repeat *repeat; /* [repeats] */
    uint32_t repeats;
    size_t sums; /* their reals */
    real *used, *right; /* the sums of repeated blocks: in s; in grad f */
};

static void lane_init(struct audit_lane *lane, const struct model *m, const struct dataset *data,
                      const struct reach *reach)
{
    size_t capacity = m->ops->bundles(m, data->longest);
    *lane = (struct audit_lane){.scratch = m->ops->scratch_new(m, data->longest)};
    lane->touched.capacity = lane->again.capacity = capacity;
    lane->touched.bundle = memory_lines(capacity, sizeof *lane->touched.bundle);
    lane->again.bundle = memory_lines(capacity, sizeof *lane->again.bundle);
    places_init(&lane->places, reach->blocks);
    lane->blocks.capacity = reach->blocks;
    lane->blocks.bundle = memory_new(reach->blocks, sizeof *lane->blocks.bundle);
    snapshot_init(&lane->changed, reach);
    lane->stage = memory_room(m->layout.size, sizeof *lane->stage);
    lane->place = memory_new(reach->blocks, sizeof *lane->place);
    lane->times = memory_new(reach->blocks, sizeof *lane->times);
    lane->order = memory_new(reach->blocks, sizeof *lane->order);
    lane->repeat = memory_new(reach->blocks, sizeof *lane->repeat);
    lane->used = memory_room(reach->reals, sizeof *lane->used);
    lane->right = memory_room(reach->reals, sizeof *lane->right);
}

static void lane_free(struct audit_lane *lane, const struct model *m)
{
    m->ops->scratch_free(lane->scratch);
    memory_free(lane->touched.bundle);
    memory_free(lane->again.bundle);
    places_free(&lane->places);
    memory_free(lane->blocks.bundle);
    snapshot_free(&lane->changed);
    memory_free(lane->stage);
    memory_free(lane->place);
    memory_free(lane->times);
    memory_free(lane->order);
    memory_free(lane->repeat);
    memory_free(lane->used);
    memory_free(lane->right);
}

void audit_init(struct audit *a, uint32_t every, const struct model *m, const struct dataset *data,
                size_t nsamples, uint32_t nworkers, uint32_t nthreads)
{
    *a = (struct audit){
        .every = every, .model = m, .nworkers = nworkers, .nthreads = nthreads, .nsamples = nsamples};
    if (!every)
        return;
    struct reach reach = snapshot_reach(m, data);
    a->chosen = memory_new(nsamples / 64 + 1, sizeof *a->chosen);
    a->count = memory_lines(nworkers, sizeof *a->count);
    a->lane = memory_lines(nthreads, sizeof *a->lane);
    for (uint32_t t = 0; t < nthreads; t++)
        lane_init(&a->lane[t], m, data, &reach);
}

void audit_free(struct audit *a)
{
    for (uint32_t t = 0; a->lane && t < a->nthreads; t++)
        lane_free(&a->lane[t], a->model);
    memory_free(a->lane);
    memory_free(a->count);
    memory_free(a->chosen);
}

size_t audit_reals(const struct audit *a)
{
    return a->every ? a->nthreads * a->model->layout.size : 0;
}

/* One ticket of every `every`, anywhere among them. */
void audit_plan(struct audit *a, uint64_t seed, uint32_t epoch)
{
    if (!a->every)
        return;
    struct rng r;
    rng_init(&r, seed, RNG_AUDIT, epoch);
    memset(a->chosen, 0, (a->nsamples / 64 + 1) * sizeof *a->chosen);
    for (size_t first = 0; first < a->nsamples; first += a->every) {
        size_t ticket = first + rng_below(&r, a->every);
        if (ticket < a->nsamples)
            a->chosen[ticket / 64] |= (uint64_t)1 << ticket % 64;
    }
    for (uint32_t k = 0; k < a->nworkers; k++)
        a->count[k] = (struct audit_count){.torn.cosine_least = 1, .stale.cosine_least = 1};
}

static void add(struct audit_error *sum, const struct audit_error *x)
{
    sum->gradients += x->gradients;
    sum->error_sum += x->error_sum;
    sum->error_most = fmax(sum->error_most, x->error_most);
    sum->cosine_sum += x->cosine_sum;
    sum->cosine_least = fmin(sum->cosine_least, x->cosine_least);
    for (uint32_t g = 0; g < LAYOUT_GROUPS; g++) {
        sum->kind_gradients[g] += x->kind_gradients[g];
        sum->kind_sum[g] += x->kind_sum[g];
    }
}

void audit_total(const struct audit *a, struct audit_count *total)
{
    *total = (struct audit_count){.torn.cosine_least = 1, .stale.cosine_least = 1};
    for (uint32_t k = 0; a->every && k < a->nworkers; k++) {
        add(&total->torn, &a->count[k].torn);
        add(&total->stale, &a->count[k].stale);
        total->tau_sum += a->count[k].tau_sum;
        total->tau_most = fmax(total->tau_most, a->count[k].tau_most);
    }
}

static bool are_virtual(const struct audit *a)
{
    return a->nthreads < a->nworkers;
}

static struct audit_lane *lane_of(const struct audit *a, uint32_t k)
{
    return &a->lane[are_virtual(a) ? 0 : k];
}

/* Copy the weights of the blocks that z touches. */
static void take(const struct audit *a, struct audit_lane *lane, const struct example *z,
                 const struct weights *view)
{
    const struct grad *g = &lane->touched;
    size_t most = 0;
    lane->touched.count = lane->blocks.count = lane->changed.blocks.count = 0;
    a->model->ops->touch(a->model, z, &lane->touched);
    for (size_t k = 0; k < g->count; k++)
        most += g->bundle[k].count;
    places_clear(&lane->places, most);
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        uint32_t first = a->model->layout.group[b->group].first;
        for (uint32_t i = 0; i < b->count; i++)
            if (places_of(&lane->places, first + b->id[i]) == lane->blocks.count)
                grad_add(&lane->blocks, b->group, 1, &b->id[i], NULL);
    }
    snapshot_stage(lane->stage, &a->model->layout, view, &lane->blocks);
    lane->scale_a = lane->scale_b = view->scale;
}

/* Where the blocks of a gradient stand among those of its sample, and which of them it has more than once. */
static void number(const struct audit *a, struct audit_lane *lane, const struct grad *s)
{
    size_t n = 0;
    lane->repeats = 0;
    lane->sums = 0;
    memset(lane->times, 0, lane->places.count * sizeof *lane->times);
    for (size_t k = 0; k < s->count; k++) {
        const struct bundle *b = &s->bundle[k];
        const struct group *group = &a->model->layout.group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            uint32_t place = lane->place[n++] = places_of(&lane->places, group->first + b->id[i]);
            if (++lane->times[place] != 2)
                continue;
            lane->order[place] = lane->repeats;
            lane->repeat[lane->repeats++] = (struct repeat){b->group, lane->sums};
            lane->sums += layout_block(group);
        }
    }
}

struct product { /* of two vectors s and f */
    double ss, ff, dd; /* s s, f f, (s - f)(s - f) */
};

static struct product multiply(const real *s, const real *f, size_t n)
{
    struct product p = {0, 0, 0};
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

static void sum_up(struct product *sum, const struct product *p, double times)
{
    sum->ss += times * p->ss;
    sum->ff += times * p->ff;
    sum->dd += times * p->dd;
}

/* NaN where the gradient is: training diverges. */
static double error_of(const struct product *p)
{
    return p->ff == 0 ? p->dd > 0 : sqrt(p->dd / p->ff);
}

static double cosine_of(const struct product *p)
{
    if (p->ss == 0 || p->ff == 0)
        return p->dd == 0;
    double cosine = (p->ss + p->ff - p->dd) / 2 / sqrt(p->ss * p->ff);
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

struct finding { /* of one comparison */
    double error, cosine;
    double kind[LAYOUT_GROUPS]; /* the error within each; negative: not touched */
};

static struct finding conclude(const struct product *kind, const bool *touched, uint32_t ngroups)
{
    struct finding x;
    struct product all = {0, 0, 0};
    for (uint32_t g = 0; g < ngroups; g++) {
        sum_up(&all, &kind[g], 1);
        x.kind[g] = touched[g] ? error_of(&kind[g]) : -1;
    }
    x.error = error_of(&all);
    x.cosine = cosine_of(&all);
    return x;
}

static void note(struct audit_error *e, const struct finding *x, uint32_t ngroups)
{
    e->gradients++;
    e->error_sum += x->error;
    e->error_most = fmax(e->error_most, x->error);
    e->cosine_sum += x->cosine;
    e->cosine_least = fmin(e->cosine_least, x->cosine);
    for (uint32_t g = 0; g < ngroups; g++) {
        bool touched = !(x->kind[g] < 0);
        e->kind_gradients[g] += touched;
        e->kind_sum[g] += touched ? x->kind[g] : 0;
    }
}

static void add_rows(real *restrict sum, const real *restrict row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += row[i];
}

/* The gradients s and f of one sample, as vectors: blocks that stand once have the product of their bundle's rows, which
 * is computed once for all of them; the others, that of their sums. `number` comes before. */
static struct finding compare(struct audit_lane *lane, const struct layout *l, const struct grad *s,
                              const struct grad *f)
{
    struct product kind[LAYOUT_GROUPS];
    bool touched[LAYOUT_GROUPS] = {false};
    size_t at = 0;
    memset(kind, 0, l->ngroups * sizeof *kind);
    memset(lane->used, 0, lane->sums * sizeof *lane->used);
    memset(lane->right, 0, lane->sums * sizeof *lane->right);
    assert(s->count == f->count);
    for (size_t k = 0; k < s->count; k++) {
        const struct bundle *x = &s->bundle[k], *y = &f->bundle[k];
        size_t n = layout_block(&l->group[x->group]);
        struct product p = multiply(x->row, y->row, n);
        uint32_t single = 0;
        assert(x->group == y->group && x->count == y->count && x->id[0] == y->id[0]);
        touched[x->group] = true;
        for (uint32_t i = 0; i < x->count; i++) {
            uint32_t place = lane->place[at++];
            if (lane->times[place] == 1) {
                single++;
            } else {
                const struct repeat *r = &lane->repeat[lane->order[place]];
                add_rows(lane->used + r->at, x->row, n);
                add_rows(lane->right + r->at, y->row, n);
            }
        }
        sum_up(&kind[x->group], &p, single);
    }
    for (uint32_t r = 0; r < lane->repeats; r++) {
        const struct repeat *x = &lane->repeat[r];
        struct product p =
            multiply(lane->used + x->at, lane->right + x->at, layout_block(&l->group[x->group]));
        sum_up(&kind[x->group], &p, 1);
    }
    return conclude(kind, touched, l->ngroups);
}

/* Eq 8, with the weights on the stage. Linear in the gradients: block or no block, every row counts for itself. */
static double tau_of(const struct audit *a, const struct audit_lane *lane, const struct grad *s,
                     const struct grad *f)
{
    double tau = 0;
    for (size_t k = 0; k < s->count; k++) {
        const struct bundle *x = &s->bundle[k], *y = &f->bundle[k];
        const struct group *group = &a->model->layout.group[x->group];
        size_t n = layout_block(group);
        for (uint32_t j = 0; j < x->count; j++)
            for (size_t i = 0, at = group->offset + x->id[j] * n; i < n; i++, at++)
                tau += ((double)y->row[i] - (double)x->row[i]) *
                       ((double)lane->scale_b * (double)lane->stage[at] - (double)a->optimum[at]);
    }
    return fabs(tau);
}

/* s against grad f at the weights on the stage. */
static struct finding find(const struct audit *a, struct audit_lane *lane, real scale,
                           const struct example *z, const struct grad *s)
{
    struct weights view = {.w = lane->stage, .scale = scale};
    lane->again.count = 0;
    a->model->ops->gradient(a->model, &view, z, &lane->again, lane->scratch);
    return compare(lane, &a->model->layout, s, &lane->again);
}

/* `x` was found last, at b. */
static void note_stale(const struct audit *a, const struct audit_lane *lane, struct audit_count *c,
                       const struct finding *x, const struct grad *s)
{
    note(&c->stale, x, a->model->layout.ngroups);
    double tau = a->optimum ? tau_of(a, lane, s, &lane->again) : 0;
    c->tau_sum += tau;
    c->tau_most = fmax(c->tau_most, tau);
}

void audit_read_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view)
{
    take(a, lane_of(a, k), z, view);
}

void audit_read_end(struct audit *a, uint32_t k, const struct example *z, const struct grad *s)
{
    struct audit_lane *lane = lane_of(a, k);
    if (!a->together && !are_virtual(a))
        return;
    number(a, lane, s);
    struct finding x = find(a, lane, lane->scale_a, z, s);
    note(&a->count[k].torn, &x, a->model->layout.ngroups);
    if (a->together)
        note_stale(a, lane, &a->count[k], &x, s);
}

void audit_write_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view)
{
    struct audit_lane *lane = lane_of(a, k);
    if (a->together)
        return;
    if (are_virtual(a)) { /* others have come between, but then nobody reads a any more */
        take(a, lane, z, view);
        return;
    }
    snapshot_changes(&lane->changed, &a->model->layout, view, &lane->blocks, lane->stage);
    lane->scale_b = view->scale;
}

void audit_write_end(struct audit *a, uint32_t k, const struct example *z, const struct grad *s)
{
    struct audit_lane *lane = lane_of(a, k);
    if (a->together)
        return;
    number(a, lane, s);
    struct finding x = find(a, lane, lane->scale_a, z, s);
    if (!are_virtual(a))
        note(&a->count[k].torn, &x, a->model->layout.ngroups);
    if (lane->changed.blocks.count ||
        lane->scale_b != lane->scale_a) { /* else it is the same gradient again */
        snapshot_lay(&lane->changed, &a->model->layout, lane->stage);
        x = find(a, lane, lane->scale_b, z, s);
    }
    note_stale(a, lane, &a->count[k], &x, s);
}
