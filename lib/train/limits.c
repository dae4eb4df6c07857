/* SPDX-License-Identifier: MIT */
#include "lib/train/limits.h"

#include "lib/base/cpu.h"
#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/learn/worker.h"
#include "lib/num/dense.h"
#include "lib/num/kernel.h"
#include "lib/num/machine.h"
#include "lib/report/statistics.h"

#include <math.h>
#include <string.h>

#define LEAST_SECONDS 0.01 /* that a product is repeated for */
#define AHEAD 2 /* lists: so early are rows asked for */

/* ---- what a pass consists of */

static void list_rows(struct limits *l)
{
    const struct model *m = l->trainer->model;
    const struct dataset *d = l->trainer->train;
    struct gradient g = {.capacity = m->ops->max_bundles(m, d->longest)};
    size_t n = 0, capacity = 0;
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    l->last = memory_new(d->count, sizeof *l->last);
    for (size_t s = 0; s < d->count; s++) {
        gradient_begin(&g);
        m->ops->list_blocks(m, &d->example[s], &g);
        l->list = memory_grow(l->list, &capacity, n + g.count, sizeof *l->list);
        for (size_t k = 0; k < g.count; k++) {
            const struct bundle *b = &g.bundle[k];
            const struct group *of = &m->layout.group[b->group];
            if (of->universal) /* the few that every sentence has are in the first cache */
                continue;
            l->list[n++] = (struct limits_rows){b->id, b->count, b->group};
            l->rows += b->count;
            l->bytes += b->count * (3 * layout_block(of) * sizeof(real) + 2 * sizeof *b->id);
        }
        l->last[s] = n;
    }
    memory_free(g.bundle);
}

static void size_products(struct limits *l)
{
    const struct trainer *t = l->trainer;
    const struct session *s = t->session;
    const double length = (double)t->train->tokens / (double)s->nsamples;
    double tokens = length * (s->batched ? s->accumulate : 1);
    if (s->batched && tokens > t->model->batch_tokens)
        tokens = t->model->batch_tokens;
    for (uint32_t k = 0; k < l->nmatrices; k++) {
        const struct matrix *x = &l->matrix[k];
        const size_t all = (size_t)fmax(1, tokens + 0.5), step = (size_t)fmax(1, tokens / length + 0.5);
        struct limits_product *p = &l->product[2 * k];
        const size_t rows = x->steps ? step : all;
        p[0] = (struct limits_product){.matrix = x, .m = rows, .k = x->sources, .n = x->units};
        p[0].packed_for = x->transposed || (x->steps && rows == 1) ? 0 : all;
        p[1] = (struct limits_product){.matrix = x, .gradient = true, .k = all};
        p[1].m = x->transposed ? x->units : x->sources;
        p[1].n = x->transposed ? x->sources : x->units;
        p[1].packed_for = worker_packs(all, x->blocks) ? p[1].m : 0;
        for (int which = 0; which < 2; which++) {
            p[which].blas = memory_new(l->asked, sizeof(double));
            p[which].own = memory_new(l->asked, sizeof(double));
        }
        l->operations += 6.0 * x->count * x->sources * x->units;
    }
}

struct limits *limits_new(struct trainer *t, uint32_t repeats, struct error *e)
{
    const struct model *m = t->model;
    struct limits *l = memory_new(1, sizeof *l);
    l->trainer = t;
    l->asked = l->repeats = repeats;
    if (m->ops->matrices)
        l->nmatrices = m->ops->matrices(m, l->matrix);
    else
        list_rows(l);
    if (l->rows == 0 && l->nmatrices == 0) {
        error_set(
            e, ERROR_USAGE,
            "option --limits: no limit is known of model '%s' as it is configured; it takes models with "
            "weights of features, and networks with full matrices",
            m->ops->name);
        limits_free(l);
        return NULL;
    }
    size_products(l);
    l->floor = memory_new(repeats, sizeof *l->floor);
    l->pass = memory_new(repeats, sizeof *l->pass);
    l->peak = memory_new(repeats, sizeof *l->peak);
    return l;
}

void limits_free(struct limits *l)
{
    for (uint32_t k = 0; l && k < 2 * l->nmatrices; k++) {
        memory_free(l->product[k].blas);
        memory_free(l->product[k].own);
    }
    if (l) {
        memory_free(l->list);
        memory_free(l->last);
        memory_free(l->floor);
        memory_free(l->pass);
        memory_free(l->peak);
    }
    memory_free(l);
}

/* ---- the measurement */

/* The rows of a list will be asked for soon. */
static inline void announce(const struct limits_rows *r, const struct group *of, const real *w)
{
    const size_t block = layout_block(of);
    for (uint32_t k = 0; k < r->count; k++)
        for (size_t at = 0; at < block; at += 64 / sizeof(real))
            __builtin_prefetch(w + of->offset + r->id[k] * block + at, 1);
}

void limits_touch(const struct limits *l, real *w)
{
    const struct machine *machine = machine_get();
    const struct layout *layout = &l->trainer->model->layout;
    size_t widest = 0, first = 0;
    for (uint32_t g = 0; g < layout->ngroups; g++)
        widest = layout_block(&layout->group[g]) > widest ? layout_block(&layout->group[g]) : widest;
    real *sum = memory_lines(widest, sizeof *sum), *zero = memory_lines(widest, sizeof *zero);
    for (size_t s = 0; s < l->trainer->train->count; first = l->last[s++]) {
        for (size_t k = first; k < l->last[s]; k++) {
            const struct limits_rows *r = &l->list[k];
            const struct group *of = &layout->group[r->group];
            if (k + AHEAD < l->last[s])
                announce(r + AHEAD, &layout->group[r[AHEAD].group], w);
            machine->gather(w + of->offset, layout_block(of), r->id, r->count, sum);
        }
        for (size_t k = l->last[s];
             k-- > first;) { /* the last rows that were read are still in the first cache */
            const struct limits_rows *r = &l->list[k];
            const struct group *of = &layout->group[r->group];
            machine->scatter(w + of->offset, layout_block(of), r->id, r->count, zero);
        }
    }
    memory_free(sum);
    memory_free(zero);
}

/* C = A B by our own loops, as training has it: the first of several products packs B for all of them. */
static void multiply(const struct product *p, size_t packed_for, bool first, struct product *own, real *room)
{
    if (first)
        *own = *p;
    if (first && packed_for) {
        own->m = packed_for;
        dense_get()->pack(own, false, room);
        own->m = p->m;
    }
    dense_get()->product(own);
}

/* Operations a second of one product: by OpenBLAS, of matrices without padding; or by our own loops, of rows with
 * theirs. Operations on padding do not count. */
static double product_speed(const struct limits_product *x, bool blas)
{
    const struct matrix *w = x->matrix;
    const bool transposed = w->transposed && !x->gradient;
    const size_t m = blas || !x->gradient ? x->m : w->rows,
                 k = blas || x->gradient ? x->k
                     : transposed        ? w->columns
                                         : w->rows,
                 n = blas          ? x->n
                     : x->gradient ? w->columns
                     : transposed  ? w->rows
                                   : w->columns;
    struct product p = {.m = m,
                        .k = k,
                        .n = n,
                        .a_row = x->gradient ? 1 : k,
                        .a_column = x->gradient ? m : 1,
                        .b_row = transposed ? k : n,
                        .c_row = blas ? n : REAL_PAD(n)};
    const size_t a = (m * k + 15) / 16 * 16, b = (n * k + 15) / 16 * 16; /* whole cache lines */
    const size_t c = (m * p.c_row + 15) / 16 * 16, uses = x->packed_for > m ? x->packed_for / m : 1;
    real *room = memory_lines(a + b + c + k * p.c_row, sizeof *room);
    p.A = room;
    p.B = room + a;
    p.C = room + a + b;
    double seconds = 0;
    struct product packed;
    size_t times = uses;
    for (; seconds < LEAST_SECONDS; times *= 2) {
        const double begin = cpu_thread_seconds();
        for (size_t r = 0; r < times; r++)
            if (blas)
                kernel_product(&p, transposed);
            else if (transposed)
                dense_get()->product_transposed(&p);
            else
                multiply(&p, x->packed_for, r % uses == 0, &packed, room + a + b + c);
        seconds = cpu_thread_seconds() - begin;
    }
    memory_free(room);
    return 2.0 * (double)x->m * (double)x->k * (double)x->n * (double)(times / 2) / seconds;
}

static double peak_speed(void)
{
    double seconds = 0, operations = 0;
    for (size_t steps = 1024; seconds < LEAST_SECONDS; steps *= 2) {
        const double begin = cpu_thread_seconds();
        operations = machine_get()->multiply_add(steps);
        seconds = cpu_thread_seconds() - begin;
    }
    return operations / seconds;
}

/* Seconds of a pass at the limit, in round r. */
static double measure_floor(struct limits *l, uint32_t r)
{
    if (l->rows) {
        const double begin = cpu_thread_seconds();
        limits_touch(l, l->trainer->session->w);
        return cpu_thread_seconds() - begin;
    }
    double token = 0;
    l->peak[r] = peak_speed();
    for (uint32_t k = 0; k < 2 * l->nmatrices; k++) {
        struct limits_product *p = &l->product[k];
        const struct matrix *x = p->matrix;
        p->blas[r] = product_speed(p, true);
        p->own[r] = product_speed(p, false);
        token += (p->gradient ? 2.0 : 4.0) * x->count * x->sources * x->units / p->blas[r];
    }
    return token * (double)l->trainer->train->tokens;
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    (void)context;
    (void)s;
    (void)epoch;
}

bool limits_measure(struct limits *l, struct error *e)
{
    const struct observer nobody = {.passing = passing};
    struct trainer_epoch p = {0};
    uint32_t round = 0; /* 0: is left out */
    bool good = true;
    interrupt_catch();
    kernel_thread_begin();
    for (; good && round <= l->asked; round += good) {
        const uint32_t r = round ? round - 1 : 0;
        good = trainer_epoch(l->trainer, &p, &nobody, e);
        if (good && interrupt_stop())
            good = error_set(e, (enum error_kind)(128 + interrupt_stop()), "stopped by %s",
                             interrupt_name(interrupt_stop()));
        if (good) {
            l->pass[r] = p.cpu;
            l->floor[r] = measure_floor(l, r);
        }
    }
    interrupt_release();
    l->repeats = round ? round - 1 : 0;
    return good;
}

/* ---- the tables */

/* " 1.50 (1.48 - 1.53) |": the median, the least and the most of numerator over denominator (NULL: 1), times `unit`. */
static void print_spread(const struct limits *l, const double *numerator, const double *denominator,
                         double unit, FILE *out)
{
    double *x = memory_new(l->repeats, sizeof *x);
    for (uint32_t r = 0; r < l->repeats; r++)
        x[r] = unit * (numerator ? numerator[r] : 1) / (denominator ? denominator[r] : 1);
    const double median = statistics_median(x, l->repeats); /* sorts them */
    fprintf(out, " %.4g (%.4g - %.4g) |", median, x[0], x[l->repeats - 1]);
    memory_free(x);
}

/* A pass at the limit, and the one that trains: seconds, tokens and work a second, and how many times the limit's. */
static void print_passes(const struct limits *l, const char *limit, double tokens, double work, FILE *out)
{
    for (int pass = 0; pass < 2; pass++) {
        const double *seconds = pass ? l->pass : l->floor;
        fprintf(out, "| %s |", pass ? "training" : limit);
        print_spread(l, seconds, NULL, 1, out);
        print_spread(l, NULL, seconds, tokens, out);
        print_spread(l, NULL, seconds, work, out);
        print_spread(l, seconds, l->floor, 1, out);
        putc('\n', out);
    }
}

static void print_rows(const struct limits *l, FILE *out)
{
    const double tokens = (double)l->trainer->train->tokens;
    fputs("| one thread | s a pass | M tokens/s | GB/s | times the floor |\n| --- | ---: | ---: | ---: | "
          "---: |\n",
          out);
    print_passes(l, "memory floor", tokens / 1e6, (double)l->bytes / 1e9, out);
    fprintf(out, "\n%llu tokens, %.1f rows and %.0f bytes a token\n",
            (unsigned long long)l->trainer->train->tokens, (double)l->rows / tokens,
            (double)l->bytes / tokens);
}

static void print_products(const struct limits *l, FILE *out)
{
    const double tokens = (double)l->trainer->train->tokens;
    fputs("| product | rows x columns x inner | OpenBLAS, GFLOP/s | asyntrain, GFLOP/s | asyntrain / "
          "OpenBLAS |\n"
          "| --- | ---: | ---: | ---: | ---: |\n",
          out);
    for (uint32_t k = 0; k < 2 * l->nmatrices; k++) {
        const struct limits_product *p = &l->product[k];
        fprintf(out, "| %s%s | %zu x %zu x %zu |", p->matrix->what, p->gradient ? ", gradient" : "", p->m,
                p->n, p->k);
        print_spread(l, p->blas, NULL, 1e-9, out);
        print_spread(l, p->own, NULL, 1e-9, out);
        print_spread(l, p->own, p->blas, 1, out);
        putc('\n', out);
    }
    fputs("| multiply-add, in registers | |", out);
    print_spread(l, l->peak, NULL, 1e-9, out);
    fputs(" | |\n\n| one thread | s a pass | k tokens/s | GFLOP/s | times OpenBLAS's seconds |\n"
          "| --- | ---: | ---: | ---: | ---: |\n",
          out);
    print_passes(l, "products by OpenBLAS", tokens / 1e3, tokens * l->operations / 1e9, out);
    fprintf(out, "\n%llu tokens, %.0f operations a token\n", (unsigned long long)l->trainer->train->tokens,
            l->operations);
}

void limits_print(const struct limits *l, FILE *out)
{
    (l->rows ? print_rows : print_products)(l, out);
    fprintf(out, "%u rounds, CPU seconds, what is compared takes turns; median (least - most); kernel %s\n",
            l->repeats, kernel_get()->name);
}
