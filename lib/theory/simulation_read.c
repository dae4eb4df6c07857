/* SPDX-License-Identifier: MIT
 *
 * Section `simulate` becomes a struct simulation: keys, lists of numbers, matrices, rows of a regression.
 */
#include "lib/base/memory.h"
#include "lib/base/stream.h"
#include "lib/theory/simulation.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIMENSIONS_MOST = 4096 };

/* (the defaults are Figure 1 of He et al. 2018) */
const struct key simulation_keys[] = {
    {"objective", KEY_CHOICE, 0, 0, "quadratic", "quadratic|regression",
     "function that the processes descend\nquadratic: given by its curvatures, with noise of its own\n"
     "regression: linear regression on rows of numbers; its samples are the noise"},
    {"processes", KEY_LIST, 0, 0, "[sgd, asgd, sde, sdde]", NULL,
     "which to simulate\nsgd: updates without delay\nasgd: updates with delayed gradients\n"
     "sde: the stochastic differential equation of sgd\nsdde: the delayed equation, of asgd"},
    {"rate", KEY_REAL, 1e-12, 1e6, "0.005", NULL, "step length eta"},
    {"schedule", KEY_CHOICE, 0, 0, "constant", "constant|inverse|inverse-sqrt",
     "factor of the rate in update k, from 1\nconstant: 1\ninverse: 1/k\ninverse-sqrt: 1/sqrt(k)"},
    {"updates", KEY_INTEGER, 1, 1e9, "2000", NULL, "number of updates of a path"},
    {"delay.law", KEY_CHOICE, 0, 0, "constant", "constant|uniform|geometric",
     "delay of the gradients of asgd and sdde, in updates\nconstant: always delay.mean\n"
     "uniform: 0 to twice delay.mean, all equally likely\n"
     "geometric: 0 or more, geometric with mean delay.mean"},
    {"delay.mean", KEY_REAL, 0, 1e6, "10", NULL, "mean delay, in updates"},
    {"delay.begin", KEY_CHOICE, 0, 0, "plain", "plain|start",
     "what an update reads if its delay leads back before the start\n"
     "plain: the newest weights, so that a constant delay begins with steps of plain SGD\n"
     "start: the initial weights"},
    {"start", KEY_LIST, 0, 0, "4", NULL, "initial weights; one number stands for all"},
    {"delta", KEY_REAL, 0, 1e6, "0", NULL,
     "time that an update takes, in the equations; it says how time is counted and changes no path\n0: as "
     "rate"},
    {"substeps", KEY_INTEGER, 1, 10000, "1", NULL,
     "steps of the Euler-Maruyama method in the time of an update"},
    {"seed", KEY_INTEGER, 0, 9e15, "1", NULL, "seed of the paths"},
    {"paths", KEY_INTEGER, 0, 1e9, "1000", NULL,
     "number of paths whose mean and variance are taken; 0: none, only the exact moments"},
    {"shown", KEY_INTEGER, 0, 1e6, "3", NULL, "number of single paths written to paths.csv"},
    {"every", KEY_INTEGER, 1, 1e9, "1", NULL, "updates between two rows of the files"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key quadratic_keys[] = {
    {"eigenvalues", KEY_LIST, 0, 0, "2", NULL, "curvatures of the weights, each > 0"},
    {"matrix", KEY_LIST, 0, 0, "", NULL,
     "symmetric matrix of curvatures instead, a list of its rows: [\"2 0.5\", \"0.5 1\"]; none: eigenvalues"},
    {"optimum", KEY_LIST, 0, 0, "0", NULL, "weights where the function is least; one number stands for all"},
    {"noise.variance", KEY_REAL, 0, 1e12, "4", NULL, "variance of each derivative of a sample"},
    {"noise.covariance", KEY_LIST, 0, 0, "", NULL,
     "covariance of the derivatives instead, a list of rows; none: noise.variance, independently"},
    {"noise.law", KEY_CHOICE, 0, 0, "signs", "signs|normal",
     "noise of sgd and asgd, before it gets its variance\nsigns: -1 or 1, as two samples have it\n"
     "normal: standard normal numbers"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};
static const struct key regression_keys[] = {
    {"rows", KEY_PATH, 0, 0, "", NULL,
     "file with a sample a line, numbers separated by blanks, the last one to be predicted; none: drawn "
     "rows"},
    {"samples", KEY_INTEGER, 1, 1e7, "100", NULL, "of drawn rows: their number"},
    {"dimension", KEY_INTEGER, 1, DIMENSIONS_MOST, "3", NULL,
     "of drawn rows: number of weights; the rows are standard normal, the true weights are 1"},
    {"residual", KEY_REAL, 0, 1e6, "1", NULL,
     "of drawn rows: standard deviation of what is to be predicted from the true weights' prediction"},
    {"rows_seed", KEY_INTEGER, 0, 9e15, "1", NULL, "of drawn rows: their seed"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- lists of numbers ---- */

/* The next number of a line, or false at its end; *good turns false where a word is no number. */
static bool next_number(struct span *line, double *value, bool *good)
{
    while (line->n && strchr(" \t,", *line->s))
        line->s++, line->n--;
    size_t n = 0;
    while (n < line->n && !strchr(" \t,", line->s[n]))
        n++;
    struct span word = {line->s, n};
    line->s += n, line->n -= n;
    *good = n == 0 || (text_real(word, value) && isfinite(*value));
    return n > 0 && *good;
}

/* A list of numbers; `want` of them, or one for all; want 0: any number from 1 on. *count: how many. */
static double *take_list(const struct config *c, const char *key, size_t want, size_t *count, struct error *e)
{
    const char *const *item;
    size_t n = config_list(c, key, &item);
    *count = want ? want : n;
    if (n == 0 || n > DIMENSIONS_MOST) {
        config_fault(c, key, e, "%zu numbers; expected 1 to %d", n, DIMENSIONS_MOST);
        return NULL;
    }
    if (want && n != 1 && n != want) {
        config_fault(c, key, e, "%zu numbers, and the function has %zu weight%s; give %zu%s", n, want,
                     want > 1 ? "s" : "", want, want > 1 ? ", or one for all" : "");
        return NULL;
    }
    double *list = memory_new(*count, sizeof *list);
    for (size_t i = 0; i < *count; i++) {
        const char *word = item[n == 1 ? 0 : i];
        if (!text_real(span_of(word), &list[i])) {
            config_fault(c, key, e, "item %zu: '%.40s' is no number", i + 1, word);
            memory_free(list);
            return NULL;
        }
    }
    return list;
}

/* A symmetric matrix [d][d] from a list of rows. */
static double *take_matrix(const struct config *c, const char *key, size_t *d, struct error *e)
{
    const char *const *item;
    bool good = true;
    *d = config_list(c, key, &item);
    double *M = memory_new(*d * *d, sizeof *M);
    for (size_t i = 0; i < *d && good; i++) {
        struct span line = span_of(item[i]);
        size_t n = 0;
        for (double x = 0; next_number(&line, &x, &good); n++)
            if (n < *d)
                M[i * *d + n] = x;
        if (!good)
            config_fault(c, key, e, "row %zu, number %zu is no number: '%.60s'", i + 1, n + 1, item[i]);
        else if (n != *d)
            good = config_fault(c, key, e,
                                "row %zu has %zu numbers, and there are %zu rows; expected a square matrix",
                                i + 1, n, *d);
    }
    for (size_t i = 0; i < *d && good; i++)
        for (size_t j = 0; j < i && good; j++)
            if (fabs(M[i * *d + j] - M[j * *d + i]) > 1e-12 * fabs(M[i * *d + j]))
                good = config_fault(c, key, e,
                                    "not symmetric: row %zu, number %zu is %g, and row %zu, number %zu is %g",
                                    i + 1, j + 1, M[i * *d + j], j + 1, i + 1, M[j * *d + i]);
    if (good)
        return M;
    memory_free(M);
    return NULL;
}

/* ---- objectives ---- */

static bool take_curvature(struct objective *o, const struct config *c, struct error *e)
{
    const char *const *item, *key = "simulate.matrix";
    if (config_list(c, key, &item) > 0) {
        o->A = take_matrix(c, key, &o->d, e);
    } else {
        key = "simulate.eigenvalues";
        double *value = take_list(c, key, 0, &o->d, e);
        o->diagonal = true;
        o->A = value ? memory_new(o->d * o->d, sizeof *o->A) : NULL;
        for (size_t i = 0; value && i < o->d; i++)
            o->A[i * o->d + i] = value[i];
        memory_free(value);
    }
    if (!o->A)
        return false;
    if (!objective_spectrum(o))
        return config_fault(c, key, e, "its eigenvalues cannot be computed; use smaller numbers");
    return o->lambda[0] > 0 ||
           config_fault(c, key, e,
                        "curvature %g is not above 0, so there is no optimum; expected positive curvatures",
                        o->lambda[0]);
}

static bool take_noise(struct objective *o, const struct config *c, struct error *e)
{
    static const char key[] = "simulate.noise.covariance";
    const char *const *item;
    size_t d;
    double least = 0, most = 0;
    o->deviation = sqrt(config_real(c, "simulate.noise.variance"));
    o->signs = strcmp(config_string(c, "simulate.noise.law"), "signs") == 0;
    if (config_list(c, key, &item) == 0)
        return true;
    o->S = take_matrix(c, key, &d, e);
    if (!o->S)
        return false;
    if (d != o->d)
        return config_fault(c, key, e, "%zu rows, and the function has %zu weight%s", d, o->d,
                            o->d > 1 ? "s" : "");
    for (size_t i = 0; i < d; i++)
        most = fmax(most, fabs(o->S[i * d + i]));
    return (objective_noise_factor(o, &least) && least >= -1e-12 * most) ||
           config_fault(c, key, e, "no covariance: it has the eigenvalue %g; expected none below 0", least);
}

static bool take_quadratic(struct objective *o, const struct config *c, struct error *e)
{
    size_t count;
    return take_curvature(o, c, e) && take_noise(o, c, e) &&
           (o->optimum = take_list(c, "simulate.optimum", o->d, &count, e)) != NULL;
}

static void draw_rows(struct objective *o, const struct config *c)
{
    struct rng r;
    double residual = config_real(c, "simulate.residual");
    o->n = (size_t)config_integer(c, "simulate.samples");
    o->d = (size_t)config_integer(c, "simulate.dimension");
    o->a = memory_new(o->n * o->d, sizeof *o->a);
    o->b = memory_new(o->n, sizeof *o->b);
    rng_init(&r, (uint64_t)config_integer(c, "simulate.rows_seed"), RNG_ROWS, 0);
    for (size_t k = 0; k < o->n; k++) {
        for (size_t i = 0; i < o->d; i++)
            o->b[k] += o->a[k * o->d + i] = rng_normal(&r);
        o->b[k] += residual * rng_normal(&r);
    }
}

/* A line of the file: as many numbers as the first one has. An empty line is none. */
static bool take_row(struct objective *o, const struct stream *file, struct span line, size_t room[2],
                     struct error *e)
{
    double x = 0, *row = memory_new(DIMENSIONS_MOST + 1, sizeof *row);
    size_t n = 0;
    bool good = true;
    while (next_number(&line, &x, &good)) {
        if (n <= DIMENSIONS_MOST)
            row[n] = x;
        n++;
    }
    if (!good)
        error_set(e, ERROR_CORPUS, "%s:%lu: number %zu is no number; expected numbers separated by blanks",
                  stream_name(file), stream_number(file), n + 1);
    else if (n == 1 || n > DIMENSIONS_MOST + 1 || (n && o->d && n != o->d + 1))
        good = error_set(e, ERROR_CORPUS, "%s:%lu: %zu numbers; expected %s%zu: the sample, and its target",
                         stream_name(file), stream_number(file), n, o->d ? "" : "at least ",
                         o->d ? o->d + 1 : 2);
    if (good && n) {
        o->d = n - 1;
        o->a = memory_grow(o->a, &room[0], (o->n + 1) * o->d, sizeof *o->a);
        o->b = memory_grow(o->b, &room[1], o->n + 1, sizeof *o->b);
        memcpy(o->a + o->n * o->d, row, o->d * sizeof *row);
        o->b[o->n++] = row[o->d];
    }
    memory_free(row);
    return good;
}

static bool read_rows(struct objective *o, const char *path, struct error *e)
{
    struct span line;
    size_t room[2] = {0, 0};
    struct stream *file = stream_open(path, e);
    if (!file)
        return false;
    bool good = true;
    e->kind = ERROR_NONE;
    while (good && stream_line(file, &line, e))
        good = take_row(o, file, line, room, e);
    stream_close(file);
    if (e->kind == ERROR_NONE && o->n == 0)
        return error_set(e, ERROR_CORPUS, "%s: no row in it; lines of numbers are expected", path);
    return e->kind == ERROR_NONE;
}

static bool take_regression(struct objective *o, const struct config *c, struct error *e)
{
    const char *path = config_string(c, "simulate.rows");
    if (!*path)
        draw_rows(o, c);
    else if (!read_rows(o, path, e))
        return false;
    return objective_fit(o) || config_fault(c, *path ? "simulate.rows" : "simulate.samples", e,
                                            "%zu sample%s cannot determine %zu weight%s; give more samples",
                                            o->n, text_s(o->n), o->d, text_s(o->d));
}

/* ---- the rest ---- */

static bool take_delay(struct simulation *s, const struct config *c, struct error *e)
{
    const char *law = config_string(c, "simulate.delay.law");
    double mean = config_real(c, "simulate.delay.mean"), rest = 1;
    s->plain = strcmp(config_string(c, "simulate.delay.begin"), "plain") == 0;
    s->constant = strcmp(law, "constant") == 0;
    bool uniform = strcmp(law, "uniform") == 0;
    double most = s->constant ? mean : 2 * mean; /* of uniform */
    if ((s->constant || uniform) && most != floor(most))
        return config_fault(c, "simulate.delay.mean", e,
                            s->constant ? "law constant takes whole numbers, %g is none"
                                        : "law uniform draws from 0 to twice the mean, and twice %g is no "
                                          "whole number",
                            mean);
    if (s->constant || uniform) {
        s->lags = (size_t)most + 1;
    } else { /* until no update is left, or rounding hides what is */
        double q = mean / (1 + mean);
        s->lags = mean > 0 ? (size_t)fmin((double)s->updates, ceil(log(1e-17) / log(q))) + 1 : 1;
    }
    s->lag = memory_new(s->lags, sizeof *s->lag);
    for (size_t l = 0; l < s->lags; l++)
        if (s->constant)
            s->lag[l] = l + 1 == s->lags;
        else if (uniform)
            s->lag[l] = 1 / (double)s->lags;
        else /* the last one has what is left */
            s->lag[l] = l + 1 == s->lags ? rest : rest / (1 + mean), rest -= s->lag[l];
    s->constant |= s->lags == 1;
    return true;
}

static bool take_processes(struct simulation *s, const struct config *c, struct error *e)
{
    static const char key[] = "simulate.processes";
    const char *const *item, *all[PROCESSES];
    size_t n = config_list(c, key, &item);
    for (int p = 0; p < PROCESSES; p++)
        all[p] = simulation_name((enum process)p);
    for (size_t i = 0; i < n; i++) {
        int p = 0;
        while (p < PROCESSES && strcmp(item[i], all[p]) != 0)
            p++;
        if (p == PROCESSES) {
            const char *near = text_nearest(item[i], all, PROCESSES);
            return config_fault(c, key, e, "no process '%.40s'%s%s%s; there is sgd, asgd, sde, sdde", item[i],
                                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        s->wanted[p] = true;
    }
    return n > 0 || config_fault(c, key, e, "an empty list; expected some of sgd, asgd, sde, sdde");
}

static bool take_keys(struct simulation *s, const struct config *c, struct error *e)
{
    static const char *const shares[] = {"constant", "inverse", "inverse-sqrt"};
    size_t count;
    s->rate = config_real(c, "simulate.rate");
    s->delta = config_real(c, "simulate.delta");
    if (s->delta == 0)
        s->delta = s->rate;
    while (strcmp(config_string(c, "simulate.schedule"), shares[s->share]) != 0)
        s->share++;
    s->updates = (uint64_t)config_integer(c, "simulate.updates");
    s->substeps = (uint32_t)config_integer(c, "simulate.substeps");
    s->seed = (uint64_t)config_integer(c, "simulate.seed");
    s->paths = (uint64_t)config_integer(c, "simulate.paths");
    s->shown = (uint64_t)config_integer(c, "simulate.shown");
    s->every = (uint64_t)config_integer(c, "simulate.every");
    if ((double)s->updates * s->substeps * (double)s->objective.d > 0x1p30)
        return config_fault(c, "simulate.updates", e,
                            "%ju updates in %u substeps of %zu weights are too many for memory; take fewer",
                            (uintmax_t)s->updates, s->substeps, s->objective.d);
    s->start = take_list(c, "simulate.start", s->objective.d, &count, e);
    return s->start && take_delay(s, c, e) && take_processes(s, c, e);
}

const struct simulation_objective simulation_objectives[] = {
    {"quadratic", quadratic_keys, take_quadratic},
    {"regression", regression_keys, take_regression},
    {NULL, NULL, NULL},
};

/* A key of another objective than the chosen one would be called unknown: say whose it is. */
static bool refuse_others(const struct config *c, const struct simulation_objective *chosen, struct error *e)
{
    char name[64];
    for (const struct simulation_objective *o = simulation_objectives; o->name; o++)
        for (const struct key *k = o->keys; o != chosen && k->name; k++) {
            snprintf(name, sizeof name, "simulate.%s", k->name);
            if (config_said(c, name))
                return config_fault(c, name, e,
                                    "only objective %s has this key; set simulate.objective to it, or leave "
                                    "the key out",
                                    o->name);
        }
    return true;
}

bool simulation_read(struct simulation *s, struct config *c, struct error *e)
{
    const char *said = config_peek(c, "simulate.objective");
    const struct simulation_objective *chosen = simulation_objectives;
    while (said && chosen->name && strcmp(chosen->name, said) != 0)
        chosen++;
    if (!chosen->name) /* the check of the key says so */
        chosen = simulation_objectives;
    *s = (struct simulation){.name = chosen->name};
    const struct section sections[] = {{"simulate", {simulation_keys, chosen->keys}}, {NULL, {NULL}}};
    return refuse_others(c, chosen, e) && config_check(c, sections, e) && chosen->take(&s->objective, c, e) &&
           take_keys(s, c, e);
}
