/* SPDX-License-Identifier: MIT
 *
 * simulate: SGD and ASGD on a function of constant curvature beside their stochastic differential equations (He et al.
 * 2018, "Differential equations for modeling asynchronous algorithms"): paths, averages of many paths, exact moments,
 * and what theory says of stability, decay, variance and bounds.
 *
 *     paths.csv     a row for each update of each single path
 *     moments.csv   mean and variance after each update, of the paths and exact
 *     bounds.csv    moments of the equations beside bounds on them
 *     summary.csv   what is printed: quantity, what it is of, value, remark
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/theory/averages.h"
#include "lib/theory/bounds.h"
#include "lib/theory/sdde_bounds.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OUT };
static const struct option options[] = {
    [OUT] = {"--out", "DIR", "write paths.csv, moments.csv, bounds.csv and summary.csv into this folder"},
    {NULL, NULL, NULL},
};

enum { PATHS, MOMENTS, BOUNDS, SUMMARY, FILES };
static const char *const file_names[FILES] = {"paths.csv", "moments.csv", "bounds.csv", "summary.csv"};

struct report {
    const struct simulation *s;
    struct outfile *file[FILES]; /* NULL: no --out */
    struct moments *moments[PROCESSES]; /* NULL: not wanted */
    struct averages *averages[PROCESSES];
};

/* ---- numbers ---- */

/* A field of a CSV file; what is not known stays empty. */
static void field(FILE *f, double x)
{
    if (isnan(x))
        fputc(',', f);
    else
        fprintf(f, ",%.9g", x);
}

/* A row of the summary, on standard output and in the file. `of`: a process or an eigenvalue. `quiet`: in the file
 * alone. */
static void say(const struct report *r, bool quiet, const char *quantity, const char *of, double value,
                const char *format, ...) __attribute__((format(printf, 6, 7)));
static void say(const struct report *r, bool quiet, const char *quantity, const char *of, double value,
                const char *format, ...)
{
    char remark[256];
    va_list list;
    va_start(list, format);
    vsnprintf(remark, sizeof remark, format, list);
    va_end(list);
    char number[32] = "-";
    if (!isnan(value))
        snprintf(number, sizeof number, "%.6g", value);
    if (!quiet)
        printf("%-26s %-10s %12s%s%s\n", quantity, of, number, *remark ? "  " : "", remark);
    if (!r->file[SUMMARY])
        return;
    FILE *f = outfile_stream(r->file[SUMMARY]);
    fprintf(f, "%s,%s", quantity, of);
    field(f, value);
    fprintf(f, ",\"%s\"\n", remark);
}

/* ---- paths.csv, moments.csv ---- */

static void head_coordinates(FILE *f, size_t d)
{
    for (size_t i = 0; d <= MOMENTS_COORDINATES && i < d; i++)
        fprintf(f, ",x%zu", i + 1);
    fputc('\n', f);
}

static void show_path(void *context, enum process p, uint64_t path, const struct averages *a, const double *x,
                      uint32_t substeps)
{
    const struct report *r = context;
    const struct objective *o = a->objective;
    FILE *f = outfile_stream(r->file[PATHS]);
    for (size_t row = 0; row < a->rows; row++) {
        const double *at = x + a->update[row] * substeps * a->d;
        double sum = 0;
        for (size_t i = 0; i < a->d; i++)
            sum += (at[i] - o->optimum[i]) * (at[i] - o->optimum[i]);
        fprintf(f, "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64, path + 1, r->s->seed, simulation_name(p),
                a->update[row]);
        field(f, (double)a->update[row] * r->s->delta);
        field(f, sqrt(sum));
        for (size_t i = 0; a->d <= MOMENTS_COORDINATES && i < a->d; i++)
            field(f, at[i]);
        fputc('\n', f);
    }
}

/* The rows of one update: of each weight, if they are not too many, and of all together. */
static void write_moments(const struct report *r, enum process p, size_t row, FILE *f)
{
    const struct averages *a = r->averages[p];
    const struct moments *m = r->moments[p];
    const struct objective *o = &r->s->objective;
    double squares = 0, spread = 0;
    for (size_t i = 0; i <= a->d; i++) {
        bool last = i == a->d;
        double mean = last ? sqrt(squares) : averages_mean(a, row, i);
        double variance = last ? spread : averages_variance(a, row, i);
        squares += last ? 0 : (mean - o->optimum[i]) * (mean - o->optimum[i]);
        spread += last ? 0 : variance;
        if (!last && a->d > MOMENTS_COORDINATES)
            continue;
        fprintf(f, "%s,%" PRIu64 ",%.9g,", simulation_name(p), a->update[row],
                (double)a->update[row] * r->s->delta);
        if (last)
            fputs("distance", f);
        else
            fprintf(f, "x%zu", i + 1);
        field(f, mean);
        field(f, variance);
        field(f, !m->exact ? NAN : last ? moments_distance(m, a->update[row]) : a->exact[row * a->d + i]);
        field(f, !m->exact ? NAN
                 : last    ? moments_spread(m, a->update[row])
                           : moments_variance(m, o, a->update[row], i));
        fputc('\n', f);
    }
}

/* ---- bounds ---- */

static struct sdde along(const struct simulation *s, enum process p, size_t k)
{
    return (struct sdde){.A = s->objective.lambda[k],
                         .eta = s->rate,
                         .sigma2 = objective_variance(&s->objective, k),
                         .l = simulation_delayed(p) ? (uint32_t)(s->lags - 1) : 0};
}

/* Of the updates, where the process is one of updates, else of the equation. Steps that change the weights by a
 * millionth and less are the equation's: their sum would take long. */
static double stationary(const struct simulation *s, enum process p, size_t k)
{
    struct sdde x = along(s, p, k);
    if (!sdde_stable(&x) && !simulation_continuous(p))
        return INFINITY;
    return simulation_continuous(p) || x.A * x.eta < 1e-6 ? sdde_bounds_variance(&x) : sdde_variance(&x);
}

static double stationary_sum(const struct simulation *s, enum process p)
{
    double sum = 0;
    for (size_t k = 0; k < s->objective.d; k++)
        sum += stationary(s, p, k);
    return sum;
}

/* Does decay have one rate? Then the delay is known, and the rate stays. */
static bool is_steady(const struct simulation *s, enum process p)
{
    return s->share == SHARE_CONSTANT && (s->constant || !simulation_delayed(p));
}

/* Theorem 4.2 with its constants, or false where it does not apply: it wants eta_k = 1 / (mu k), and one delay. */
static bool theorem42(const struct report *r, enum process p, struct bounds_sdde *b)
{
    const struct simulation *s = r->s;
    const struct objective *o = &s->objective;
    if (s->share != SHARE_INVERSE || (simulation_delayed(p) && !s->constant) ||
        fabs(s->rate * o->lambda[0] - 1) > 1e-6)
        return false;
    *b = (struct bounds_sdde){.mu = o->lambda[0], .L = o->lambda[o->d - 1], .delta = s->delta};
    b->tau = simulation_delayed(p) ? (double)(s->lags - 1) * s->delta : 0;
    b->D = r->averages[p]->radius;
    for (uint64_t k = 0; k <= s->updates; k++) /* without paths, the mean's */
        b->D = fmax(b->D, moments_distance(r->moments[p], k));
    b->H = objective_trace_within(o, b->D) + 2 * b->mu * b->L * b->D * b->D;
    return true;
}

static void write_bounds(const struct report *r, enum process p, FILE *f)
{
    const struct simulation *s = r->s;
    const struct averages *a = r->averages[p];
    struct moments *m = sdde_bounds_equation(s, p, 4);
    struct bounds_sdde b;
    bool steady = is_steady(s, p), theorem = theorem42(r, p, &b);
    double variance = steady ? stationary_sum(s, p) : NAN; /* a bound if noise is constant */
    size_t d = s->objective.d;
    double *C = memory_new(2 * d, sizeof *C), *V = C + d;
    for (size_t k = 0; k < d && steady; k++) {
        struct sdde x = along(s, p, k);
        C[k] = sdde_bounds_constant(&x, s->plain);
        V[k] = sdde_decay(&x) * s->rate / s->delta;
    }
    for (size_t row = 0; row < a->rows; row++) {
        uint64_t k = a->update[row];
        double t = (double)k * s->delta, bound = 0, mean = moments_distance(m, k);
        for (size_t i = 0; i < d; i++)
            bound += pow(C[i] * m->mean[i] * exp(V[i] * t), 2);
        double square = steady && s->objective.n == 0 ? bound + variance
                        : theorem && t > 1            ? bounds_theorem42(&b, t)
                                                      : NAN;
        fprintf(f, "%s,%" PRIu64 ",%.9g", simulation_name(p), k, t);
        field(f, mean);
        field(f, steady ? sqrt(bound) : NAN);
        field(f, mean * mean + moments_spread(m, k));
        field(f, square);
        fputc('\n', f);
    }
    moments_free(m);
    memory_free(C);
}

/* ---- summary ---- */

static void say_stability(const struct report *r, enum process p)
{
    const struct simulation *s = r->s;
    size_t d = s->objective.d;
    struct sdde x = along(s, p, d - 1);
    double L = x.A, angle = s->rate * L;
    bool stable = simulation_continuous(p) ? angle * x.l < acos(-1) / 2 : sdde_stable(&x);
    double limit = simulation_continuous(p) ? acos(-1) / 2 / (L * fmax(x.l, 1e-300))
                                            : 2 * sin(acos(-1) / (2 * (2.0 * x.l + 1))) / L;
    if (simulation_continuous(p) && x.l == 0)
        limit = INFINITY;
    say(r, false, "rate_limit", simulation_name(p), limit, "%s",
        stable ? "the rate is below: means die out" : "the rate is not below: means grow");
    if (!simulation_delayed(p) || simulation_continuous(p) || s->rate * L >= 2)
        return;
    x.l = (uint32_t)fmin(floor((acos(-1) / (2 * asin(angle / 2)) - 1) / 2) + 1, 4e9);
    while (x.l > 0 && !sdde_stable(&x))
        x.l--;
    say(r, false, "delay_limit", simulation_name(p), x.l, "updates; the greatest delay whose means die out");
}

static void say_spectrum(const struct report *r, enum process p)
{
    const struct simulation *s = r->s;
    const char *name = simulation_name(p);
    double slowest = -INFINITY;
    for (size_t k = 0; k < s->objective.d; k++) {
        struct sdde x = along(s, p, k);
        double re, im, scale = s->rate / s->delta;
        char of[48];
        bool quiet = s->objective.d > MOMENTS_COORDINATES;
        snprintf(of, sizeof of, "%s:%zu", name, k + 1);
        if (simulation_continuous(p)) {
            sdde_bounds_root(&x, 0, &re, &im);
            slowest = fmax(slowest, re * scale);
            say(r, quiet, "decay", of, re * scale, "V in |E X(t)| ~ e^(V t); eigenvalue %.6g", x.A);
            say(r, quiet, "swing", of, im * scale, "angular frequency");
            say(r, quiet, "constant", of, sdde_bounds_constant(&x, s->plain),
                "C in |E X(t)| <= C e^(V t) |X(0)|");
        }
        say(r, quiet, "stationary_variance", of, stationary(s, p, k), "along eigenvector %zu%s", k + 1,
            s->objective.n ? "; with the noise at the optimum" : "");
    }
    if (simulation_continuous(p))
        say(r, false, "slowest_decay", name, slowest, "of all eigenvalues");
    say(r, false, "stationary_square", name, stationary_sum(s, p), "E |X - x*|^2 in the long run");
}

static void say_distance(const struct report *r, enum process p)
{
    struct sdde_bounds_distance far;
    const char *name = simulation_name(p);
    sdde_bounds_distance(r->s, p, &far);
    say(r, false, "mean_distance", name, far.mean[0], "from the equation's mean, at most");
    say(r, false, "mean_order", name, log2(far.mean[0] / far.mean[1]), "in the rate, by halving it");
    say(r, false, "variance_distance", name, far.variance[0], "from the equation's variance, at most");
    say(r, false, "variance_order", name, log2(far.variance[0] / far.variance[1]),
        "in the rate, by halving it");
}

static void say_theorem42(const struct report *r, enum process p)
{
    const struct simulation *s = r->s;
    struct bounds_sdde b;
    double t = (double)s->updates * s->delta, mean = moments_distance(r->moments[p], s->updates);
    if (!theorem42(r, p, &b))
        return;
    const char *name = simulation_name(p);
    say(r, false, "theorem42_mu", name, b.mu, "least eigenvalue");
    say(r, false, "theorem42_L", name, b.L, "greatest eigenvalue");
    say(r, false, "theorem42_D", name, b.D,
        s->paths ? "greatest distance of a path from the optimum, measured"
                 : "greatest distance of the mean from the optimum; paths go farther");
    say(r, false, "theorem42_H", name, b.H, "greatest variance of a gradient, + 2 mu L D^2");
    say(r, false, "theorem42_delta", name, b.delta, "time of an update");
    say(r, false, "theorem42_tau", name, b.tau, "delay in time");
    if (t > 1)
        say(r, false, "theorem42", name, bounds_theorem42(&b, t),
            "bound on E |X - x*|^2 at t = %.6g; it is %.6g", t,
            mean * mean + moments_spread(r->moments[p], s->updates));
}

static void say_all(const struct report *r)
{
    const struct simulation *s = r->s;
    const struct objective *o = &s->objective;
    const double L = o->lambda[o->d - 1];
    say(r, false, "weights", "", (double)o->d, "%s", s->name);
    say(r, false, "curvature", "least", o->lambda[0], "mu");
    say(r, false, "curvature", "greatest", L, "L");
    say(r, false, "gradient_variance", "", objective_trace(o), "of all derivatives together, at the optimum");
    for (int p = 0; p < PROCESSES; p++)
        if (s->wanted[p] && is_steady(s, (enum process)p)) {
            say_stability(r, (enum process)p);
            say_spectrum(r, (enum process)p);
        }
    for (int p = 0; p < PROCESSES; p++) {
        if (!s->wanted[p])
            continue;
        const struct averages *a = r->averages[p];
        if (!simulation_continuous((enum process)p) && is_steady(s, (enum process)p))
            say_distance(r, (enum process)p);
        if (simulation_continuous((enum process)p))
            say_theorem42(r, (enum process)p);
        if (a->lost)
            say(r, false, "paths_not_finite", simulation_name((enum process)p), (double)a->lost,
                "of %" PRIu64, a->paths);
    }
    if ((s->wanted[PROCESS_SDE] || s->wanted[PROCESS_SDDE]) && s->rate * L > 2 * s->substeps)
        printf("Steps of sde and sdde are too long for curvature %.6g, and their paths grow: set "
               "simulate.substeps to "
               "%.0f or more\n",
               L, ceil(2 * s->rate * L));
    if (s->share == SHARE_INVERSE && fabs(s->rate * o->lambda[0] - 1) > 1e-6)
        printf("Theorem 4.2 has rates 1/(mu k): it applies with simulate.rate=%.17g\n", 1 / o->lambda[0]);
}

/* ---- the verb ---- */

static bool open_files(struct report *r, const char *folder, size_t *made, struct error *e)
{
    if (!outfile_folder(folder, made, e))
        return false;
    for (int n = 0; n < FILES; n++) {
        char *path = outfile_path(folder, file_names[n]);
        r->file[n] = outfile_open(path, e);
        memory_free(path);
        if (!r->file[n])
            return false;
    }
    fputs("path,seed,process,update,t,distance", outfile_stream(r->file[PATHS]));
    head_coordinates(outfile_stream(r->file[PATHS]), r->s->objective.d);
    fputs("process,update,t,of,mean,variance,exact_mean,exact_variance\n", outfile_stream(r->file[MOMENTS]));
    fputs("process,update,t,mean,mean_bound,square,square_bound\n", outfile_stream(r->file[BOUNDS]));
    fputs("quantity,of,value,remark\n", outfile_stream(r->file[SUMMARY]));
    return true;
}

static void run(struct report *r)
{
    const struct simulation *s = r->s;
    for (int p = 0; p < PROCESSES; p++) {
        enum process process = (enum process)p;
        if (!s->wanted[p])
            continue;
        r->moments[p] = moments_new(s, process, simulation_substeps(s, process), true);
        r->averages[p] = averages_new(s, process, r->moments[p], r->file[PATHS] ? show_path : NULL, r);
        for (size_t row = 0; r->file[MOMENTS] && row < r->averages[p]->rows; row++)
            write_moments(r, process, row, outfile_stream(r->file[MOMENTS]));
        if (r->file[BOUNDS] && simulation_continuous(process))
            write_bounds(r, process, outfile_stream(r->file[BOUNDS]));
    }
    say_all(r);
}

/* All is flushed before the first is renamed: a full disk leaves older files as they were. */
static bool commit_files(struct report *r, struct error *e)
{
    bool good = verb_flush(0, e);
    for (int n = 0; n < FILES && good; n++)
        good = !r->file[n] || outfile_flush(r->file[n], e);
    for (int n = 0; n < FILES && good; n++) {
        struct outfile *file = r->file[n];
        r->file[n] = NULL;
        good = !file || outfile_commit(file, e);
    }
    return good;
}

static int simulate(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct simulation s = {.rate = 0};
    struct report r = {.s = &s};
    const char *folder = values[OUT];
    size_t made = folder ? strlen(folder) : 0;
    struct config *c = setup_config(argc, argv, &e);
    if (c && simulation_read(&s, c, &e) && (!folder || open_files(&r, folder, &made, &e))) {
        run(&r);
        commit_files(&r, &e);
    }
    for (int n = 0; n < FILES; n++)
        outfile_abandon(r.file[n]);
    if (e.kind && folder)
        outfile_unmake(folder, made);
    for (int p = 0; p < PROCESSES; p++) {
        moments_free(r.moments[p]);
        averages_free(r.averages[p]);
    }
    simulation_free(&s);
    config_free(c);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_simulate = {
    .name = "simulate",
    .summary = "SGD and ASGD beside their differential equations: paths, moments, bounds",
    .operands = "CONFIG... [simulate.key=value...]",
    .example = "asyntrain simulate configs/simulate-quadratic.yaml",
    .least = 1,
    .most = -1,
    .options = options,
    .run = simulate,
    .saves = true,
};
