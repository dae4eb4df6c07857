/* SPDX-License-Identifier: MIT
 *
 * Memory is a thread's. Real threads compare after W, because time between R and W would make a gradient staler than
 * those that are not looked at. Virtual workers hold gradients for long, and events take no time: theirs are compared
 * at the end of G and at the beginning of W, and nothing is held in between; between R and G only where an engine lets
 * others come there.
 */
#include "lib/probes/audit_inside.h"

#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "lib/report/runlog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void lane_init(struct audit_lane *lane, const struct model *m, const struct dataset *data,
                      const struct reach *reach)
{
    size_t capacity = m->ops->max_bundles(m, data->longest);
    *lane = (struct audit_lane){.scratch = m->ops->scratch_new(m, data->longest)};
    lane->listed.capacity = lane->again.capacity = capacity;
    lane->listed.bundle = memory_lines(capacity, sizeof *lane->listed.bundle);
    lane->again.bundle = memory_lines(capacity, sizeof *lane->again.bundle);
    lane->fill = memory_reserve(layout_products(&m->layout), sizeof *lane->fill);
    block_index_init(&lane->index, reach->blocks);
    lane->blocks.capacity = reach->blocks;
    lane->blocks.bundle = memory_new(reach->blocks, sizeof *lane->blocks.bundle);
    snapshot_init(&lane->changed, reach);
    lane->stage = memory_bare(m->layout.size, sizeof *lane->stage);
    lane->number = memory_new(reach->blocks, sizeof *lane->number);
    lane->times = memory_new(reach->blocks, sizeof *lane->times);
    lane->at = memory_new(reach->blocks, sizeof *lane->at);
    lane->repeat = memory_new(reach->blocks, sizeof *lane->repeat);
    lane->used = memory_reserve(reach->reals, sizeof *lane->used);
    lane->right = memory_reserve(reach->reals, sizeof *lane->right);
}

static void lane_free(struct audit_lane *lane, const struct model *m)
{
    m->ops->scratch_free(lane->scratch);
    memory_free(lane->listed.bundle);
    memory_free(lane->again.bundle);
    memory_free(lane->fill);
    block_index_free(&lane->index);
    memory_free(lane->blocks.bundle);
    snapshot_free(&lane->changed);
    memory_free(lane->stage);
    memory_free(lane->number);
    memory_free(lane->times);
    memory_free(lane->at);
    memory_free(lane->repeat);
    memory_free(lane->used);
    memory_free(lane->right);
}

void audit_init(struct audit *a, uint32_t every, const struct model *m, const struct dataset *data,
                size_t nsamples, uint32_t nworkers, uint32_t nthreads)
{
    *a = (struct audit){
        .every = every, .model = m, .nworkers = nworkers, .nthreads = nthreads, .nsamples = nsamples};
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
    for (uint32_t k = 0; a->read && k < a->nworkers; k++)
        snapshot_free(&a->read[k].blocks);
    memory_free(a->read);
    memory_free(a->lane);
    memory_free(a->count);
    memory_free(a->chosen);
}

void audit_keep_read(struct audit *a, const struct reach *reach)
{
    if (!a->every)
        return;
    a->read = memory_new(a->nworkers, sizeof *a->read);
    for (uint32_t k = 0; k < a->nworkers; k++)
        snapshot_init(&a->read[k].blocks, reach);
}

size_t audit_reals(const struct audit *a)
{
    return a->every ? a->nthreads * (a->model->layout.size + layout_products(&a->model->layout)) : 0;
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
        total->tau_signed += a->count[k].tau_signed;
        total->norm_most = fmax(total->norm_most, a->count[k].norm_most);
        total->square_sum += a->count[k].square_sum;
    }
}

double audit_distance(const struct audit *a)
{
    const struct weights w = session_weights(a->session);
    double sum = 0;
    for (size_t i = 0; i < a->model->layout.size; i++) {
        double gap = (double)w.scale * (double)w.w[i] - (double)a->optimum[i];
        sum += gap * gap;
    }
    return sum;
}

static bool are_virtual(const struct audit *a)
{
    return a->nthreads < a->nworkers || a->read;
}

static struct audit_lane *lane_of(const struct audit *a, uint32_t k)
{
    return &a->lane[are_virtual(a) ? 0 : k];
}

/* Which blocks z touches. */
static void list_blocks(const struct audit *a, struct audit_lane *lane, const struct example *z)
{
    const struct gradient *g = &lane->listed;
    size_t most = 0;
    lane->listed.count = lane->blocks.count = lane->changed.blocks.count = 0;
    lane->packed = 0;
    a->model->ops->list_blocks(a->model, z, &lane->listed);
    for (size_t k = 0; k < g->count; k++)
        most += g->bundle[k].count;
    block_index_clear(&lane->index, most);
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *b = &g->bundle[k];
        const struct group *group = &a->model->layout.group[b->group];
        for (uint32_t i = 0; i < b->count; i++) {
            uint32_t place = block_index_find(&lane->index, group->first + b->id[i]);
            if (place < lane->blocks.count)
                continue;
            gradient_add(&lane->blocks, b->group, 1, &b->id[i], NULL);
            lane->at[place] = lane->packed;
            lane->packed += layout_block(group);
        }
    }
}

static void take(const struct audit *a, struct audit_lane *lane, const struct weights *view)
{
    snapshot_stage(lane->stage, &a->model->layout, view, &lane->blocks);
    lane->scale_a = lane->scale_b = view->scale;
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

/* g^T (b - w*), with b on the stage; linear in g, so every row counts for itself. */
static double along(const struct audit *a, const struct audit_lane *lane, const struct gradient *g)
{
    double sum = 0;
    for (size_t k = 0; k < g->count; k++) {
        const struct bundle *x = &g->bundle[k];
        const struct group *group = &a->model->layout.group[x->group];
        size_t n = layout_block(group);
        for (uint32_t j = 0; j < x->count; j++)
            for (size_t i = 0, at = group->offset + x->id[j] * n; i < n; i++, at++)
                sum += (double)x->row[i] *
                       ((double)lane->scale_b * (double)lane->stage[at] - (double)a->optimum[at]);
    }
    return sum;
}

/* s against grad f at the weights on the stage. */
static struct finding find(const struct audit *a, struct audit_lane *lane, real scale,
                           const struct example *z, const struct gradient *s)
{
    struct weights view = {.w = lane->stage, .scale = scale};
    lane->again.count = 0;
    lane->again.exact = s->exact;
    lane->again.draw = s->draw;
    a->model->ops->gradient(a->model, &view, z, &lane->again, lane->scratch);
    gradient_fill(&lane->again, &a->model->layout, lane->fill);
    return audit_compare(lane, &a->model->layout, s, &lane->again);
}

/* `x` was found last, at b. */
static void note_stale(const struct audit *a, const struct audit_lane *lane, struct audit_count *c,
                       const struct finding *x, const struct gradient *s)
{
    note(&c->stale, x, a->model->layout.ngroups);
    double tau = a->optimum ? along(a, lane, &lane->again) - along(a, lane, s) : 0;
    c->tau_sum += fabs(tau);
    c->tau_most = fmax(c->tau_most, fabs(tau));
    c->tau_signed += tau;
    c->norm_most = fmax(c->norm_most, sqrt(x->square));
    c->square_sum += x->square;
}

void audit_read_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view)
{
    struct audit_lane *lane = lane_of(a, k);
    list_blocks(a, lane, z);
    if (a->read) {
        snapshot_take(&a->read[k].blocks, &a->model->layout, view, &lane->blocks);
        a->read[k].scale = view->scale;
    } else {
        take(a, lane, view);
    }
}

/* Others have come between: what R found is laid out again. */
static void take_read(const struct audit *a, struct audit_lane *lane, uint32_t k, const struct example *z)
{
    list_blocks(a, lane, z);
    snapshot_restore(&a->read[k].blocks, &a->model->layout, lane->stage);
    lane->scale_a = lane->scale_b = a->read[k].scale;
}

void audit_read_end(struct audit *a, uint32_t k, const struct example *z, const struct gradient *s)
{
    struct audit_lane *lane = lane_of(a, k);
    if (!a->at_rest && !are_virtual(a))
        return;
    if (a->read)
        take_read(a, lane, k, z);
    audit_number(lane, &a->model->layout, s);
    struct finding x = find(a, lane, lane->scale_a, z, s);
    note(&a->count[k].torn, &x, a->model->layout.ngroups);
    if (a->at_rest)
        note_stale(a, lane, &a->count[k], &x, s);
}

void audit_write_begin(struct audit *a, uint32_t k, const struct example *z, const struct weights *view,
                       const struct gradient *s)
{
    struct audit_lane *lane = lane_of(a, k);
    if (a->at_rest)
        return;
    if (!are_virtual(a)) {
        snapshot_changes(&lane->changed, &a->model->layout, view, &lane->blocks, lane->stage);
        lane->scale_b = view->scale;
        return;
    }
    list_blocks(a, lane, z);
    take(a, lane, view);
    audit_number(lane, &a->model->layout, s);
    struct finding x = find(a, lane, lane->scale_b, z, s);
    note_stale(a, lane, &a->count[k], &x, s);
}

void audit_write_end(struct audit *a, uint32_t k, const struct example *z, const struct gradient *s)
{
    struct audit_lane *lane = lane_of(a, k);
    if (a->at_rest || are_virtual(a))
        return;
    audit_number(lane, &a->model->layout, s);
    struct finding x = find(a, lane, lane->scale_a, z, s);
    note(&a->count[k].torn, &x, a->model->layout.ngroups);
    if (lane->changed.blocks.count ||
        lane->scale_b != lane->scale_a) { /* else it is the same gradient again */
        snapshot_restore(&lane->changed, &a->model->layout, lane->stage);
        x = find(a, lane, lane->scale_b, z, s);
    }
    note_stale(a, lane, &a->count[k], &x, s);
}

/* ---- the entry of the table */

extern const struct probe_ops audit_ops;

static const struct key keys[] = {
    {"audit.every", KEY_INTEGER, 0, 1e9, "512", NULL,
     "compute one gradient in this many again, to measure how wrong it was; 0: none"},
    {"audit.optimum", KEY_PATH, 0, 0, "", NULL,
     "run folder or model file of the same configuration, trained to the end: w* of Eq 8 of Sun (2016)"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    const uint32_t every = (uint32_t)config_integer(c, "engine.audit.every");
    const bool blockwise = s->engine->block_events;
    (void)e;
    if (!every)
        return NULL;
    struct audit *a = memory_new(1, sizeof *a);
    audit_init(a, every, s->model, s->data, s->nsamples, s->nworkers, s->nthreads);
    a->base.ops = &audit_ops;
    a->session = s;
    a->at_rest = s->nworkers > 1 && s->engine->visibility == AT_REST; /* alone, it compares after W */
    if (blockwise)
        audit_keep_read(a, &s->reach);
    return &a->base;
}

struct audit *audit_of(const struct session *s)
{
    return (struct audit *)probes_find(&s->probes, &audit_ops);
}

static void destroy(struct probe *p)
{
    audit_free((struct audit *)p);
    memory_free(p);
}

static unsigned wants(const struct probe *p, size_t ticket)
{
    return audit_takes((const struct audit *)p, ticket) ? WANTS_ALONE | WANTS_ROWS : 0;
}

static void epoch_begin(struct probe *p, struct moment *m)
{
    struct audit *a = (struct audit *)p;
    a->optimum = a->session->optimum;
    audit_plan(a, a->session->seed, m->epoch);
}

static void state(struct probe *p, struct state_list *list)
{
    const struct audit *a = (const struct audit *)p;
    state_add(list, "counts", a->count, a->nworkers, sizeof *a->count);
}

/* Is the gradient in hand one to be audited? */
static bool takes(const struct probe *p, const struct moment *m)
{
    return m->sample && audit_takes((const struct audit *)p, m->ticket);
}

static void read_begin(struct probe *p, struct moment *m)
{
    if (takes(p, m))
        audit_read_begin((struct audit *)p, m->worker, m->sample, &m->view);
}

static void gradient_end(struct probe *p, struct moment *m)
{
    if (takes(p, m))
        audit_read_end((struct audit *)p, m->worker, m->sample, m->gradient);
}

static void write_begin(struct probe *p, struct moment *m)
{
    if (takes(p, m))
        audit_write_begin((struct audit *)p, m->worker, m->sample, &m->view, m->gradient);
}

static void write_end(struct probe *p, struct moment *m)
{
    if (takes(p, m))
        audit_write_end((struct audit *)p, m->worker, m->sample, m->gradient);
}

static void joined(struct probe *p, struct moment *m)
{
    write_begin(p, m);
    write_end(p, m);
}

/* Means, extremes, and the mean error of each kind of blocks. */
static void report_comparison(struct runlog *l, const char *name, const struct audit_error *x,
                              const struct layout *layout)
{
    double n = (double)x->gradients;
    runlog_open_object(l, name);
    runlog_real(l, "error", x->error_sum / n);
    runlog_real(l, "error_max", x->error_most);
    runlog_real(l, "cosine", x->cosine_sum / n);
    runlog_real(l, "cosine_min", x->cosine_least);
    runlog_open_object(l, "kinds");
    for (uint32_t g = 0; g < layout->ngroups; g++)
        if (x->kind_gradients[g])
            runlog_real(l, layout->group[g].name, x->kind_sum[g] / (double)x->kind_gradients[g]);
    runlog_close(l);
    runlog_close(l);
}

static void report(const struct probe *p, enum report_scope scope, uint32_t worker, struct runlog *l)
{
    const struct audit *a = (const struct audit *)p;
    struct audit_count n;
    (void)worker;
    if (scope != REPORT_EPOCH)
        return;
    audit_total(a, &n);
    runlog_open_object(l, "audit");
    runlog_integer(l, "gradients", (long long)n.stale.gradients);
    if (n.stale.gradients) {
        report_comparison(l, "torn", &n.torn, &a->model->layout);
        report_comparison(l, "stale", &n.stale, &a->model->layout);
        if (a->optimum) {
            const double count = (double)n.stale.gradients;
            runlog_real(l, "tau_at_most", n.tau_sum / count);
            runlog_real(l, "tau_max", n.tau_most);
            runlog_real(l, "tau_mean", n.tau_signed / count);
            runlog_real(l, "norm_max", n.norm_most);
            runlog_real(l, "norm_square", n.square_sum / count);
        }
    }
    if (a->optimum)
        runlog_real(l, "distance_square", audit_distance(a));
    runlog_close(l);
}

static void epoch_words(const struct probe *p, char *words)
{
    struct audit_count n;
    audit_total((const struct audit *)p, &n);
    if (((const struct audit *)p)->nworkers > 1 && n.stale.gradients)
        snprintf(words, PROBE_WORDS, "off by %.2f %%", 100 * n.stale.error_sum / (double)n.stale.gradients);
}

static size_t memory_bytes(const struct probe *p)
{
    const struct audit *a = (const struct audit *)p;
    const struct reach *reach = &a->session->reach;
    size_t bytes = audit_reals(a) * sizeof(real);
    if (a->read)
        bytes += a->nworkers * (reach->reals * sizeof(real) + reach->blocks * sizeof(struct bundle));
    return bytes;
}

const struct probe_ops audit_ops = {
    .name = "audit",
    .summary = "how wrong gradients are: some are made again, at weights that are known",
    .keys = keys,
    .create = create,
    .destroy = destroy,
    .at = {[EPOCH_BEGIN] = epoch_begin,
           [READ_BEGIN] = read_begin,
           [GRADIENT_END] = gradient_end,
           [WRITE_BEGIN] = write_begin,
           [WRITE_END] = write_end,
           [JOINED] = joined},
    .wants = wants,
    .report = report,
    .state = state,
    .epoch_words = epoch_words,
    .memory_bytes = memory_bytes,
};
