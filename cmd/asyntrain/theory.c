/* SPDX-License-Identifier: MIT
 *
 * theory: what Theorem 1 of Sun (2016) says of a run (lib/train/convergence.h), or of constants that are given.
 */
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/learn/optimizer.h"
#include "lib/report/modelfile.h"
#include "lib/train/convergence.h"
#include "models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EPSILON, BETA, OPTIMUM, OUT, C, Q, KAPPA, TAU, A0 };
static const struct option options[] = {
    [EPSILON] = {"--epsilon", "E",
                 "distance of the objective from its least value, in nats a sample (default 0.1)"},
    [BETA] = {"--beta", "B", "1 or more: so many times shorter steps than the theorem needs (default 1)"},
    [OPTIMUM] = {"--optimum", "RUN", "where the run's engine.audit.optimum lies now, if it was moved"},
    [OUT] = {"--out", "FILE", "write the table as CSV, too"},
    [C] = {"--c", "C", "without a run: strong convexity"},
    [Q] = {"--q", "Q", "without a run: smoothness, C or more"},
    [KAPPA] = {"--kappa", "K", "without a run: greatest norm of a gradient"},
    [TAU] = {"--tau", "T", "without a run: what errors of gradients cost (Eq 8)"},
    [A0] = {"--a0", "A", "without a run: squared distance from the optimum at the start"},
    {NULL, NULL, NULL},
};

/* ---- options ---- */

static bool take_number(const char *const *values, int option, double least, bool itself, double *value,
                        struct error *e)
{
    const char *text = values[option];
    if (!text)
        return true;
    return (text_real(span_of(text), value) && (*value > least || (itself && *value == least))) ||
           error_set(e, ERROR_USAGE, "option %s: '%s' is no number %s %g%s", options[option].name, text,
                     itself ? "from" : "above", least, itself ? " on" : "");
}

/* What goes with a run, and what without. */
static bool take_options(const char *const *values, bool run, struct bounds *b, struct error *e)
{
    static const int alone[] = {C, Q, KAPPA, TAU, A0}, together[] = {OPTIMUM, OUT};
    *b = (struct bounds){.epsilon = 0.1, .beta = 1};
    for (size_t k = 0; k < sizeof alone / sizeof *alone; k++)
        if ((values[alone[k]] != NULL) == run)
            return error_set(
                e, ERROR_USAGE,
                run ? "option %s: a run has its own; leave it out"
                    : "give a run, or the constants by --c, --q, --kappa, --tau and --a0 (%s is missing)",
                options[alone[k]].name);
    for (size_t k = 0; k < sizeof together / sizeof *together && !run; k++)
        if (values[together[k]])
            return error_set(e, ERROR_USAGE, "option %s goes with a run; leave it out",
                             options[together[k]].name);
    for (size_t k = 0; k < sizeof together / sizeof *together; k++)
        if (values[together[k]] && !*values[together[k]])
            return error_set(e, ERROR_USAGE, "option %s: it has no name", options[together[k]].name);
    if (!take_number(values, EPSILON, 0, false, &b->epsilon, e) ||
        !take_number(values, C, 0, false, &b->c, e) || !take_number(values, Q, b->c, true, &b->q, e) ||
        !take_number(values, KAPPA, 0, false, &b->kappa, e) ||
        !take_number(values, TAU, 0, true, &b->tau, e) || !take_number(values, A0, 0, false, &b->a0, e))
        return false;
    return take_number(values, BETA, 1, true, &b->beta, e) ||
           error_set(e, ERROR_USAGE,
                     "option --beta: '%s' is no number from 1 on; with less the steps are too long for what "
                     "Theorem 1 promises",
                     values[BETA]);
}

/* ---- what the theorem says ---- */

static void print_constants(const struct bounds *b)
{
    double gamma, updates;
    printf("tau may be less than c epsilon / (2 q) = %.5g\n", bounds_tau(b));
    if (!bounds_theorem1(b, &gamma, &updates)) {
        printf("Theorem 1 has no step: tau %.5g is too large (%.3g times)\n", b->tau, b->tau / bounds_tau(b));
        return;
    }
    const double a = bounds_distance(b, gamma, updates);
    printf("Theorem 1 asks for rate %.10g and %.0f update%s; then ||w - w*||^2 is %.5g at most, and the "
           "objective within "
           "%.5g\n",
           gamma, updates, text_s((uint64_t)updates), a, b->q / 2 * a);
}

static void print_run(const struct convergence *v, const struct trainer *t)
{
    const struct bounds *b = &v->b;
    const double penalty = v->lambda / (double)v->samples;
    const struct curvature *const c[] = {&v->start, &v->optimum};
    printf("%s, %s, %s with %u workers; %zu samples, lambda %.5g\n", t->model->ops->name,
           t->session->optimizer->ops->name, t->session->engine->name, t->session->nworkers, v->samples,
           v->lambda);
    printf("c        %.5g: lambda/N of the penalty%s\n", b->c,
           v->loss_convexity > 0 ? ", and the curvature of the loss" : "");
    printf("q        %.5g: estimates are %.5g at the start and %.5g at the optimum; on the way it may be "
           "greater\n",
           b->q, v->start.value + penalty, v->optimum.value + penalty);
    for (int k = 0; k < 2; k++)
        if (!c[k]->settled)
            printf("         (at the %s %u steps of the iteration were too few: it is greater)\n",
                   k ? "optimum" : "start", c[k]->steps);
    printf("kappa    %.5g: the greatest norm of an audited gradient, with its penalty\n", b->kappa);
    printf("tau      %.5g: the greatest mean of an epoch, which estimates Eq 8; at most %.5g\n", v->tau,
           b->tau);
    printf("a0       %.5g: ||w - w*||^2 at the start\n", b->a0);
    printf("epsilon  %.5g, beta %.5g\n", b->epsilon, b->beta);
    if (t->session->local_copies.on)
        puts(
            "note: writes are combined, and tau leaves out what others have not merged yet (engine.combine)");
}

static void print_table(const struct convergence *v)
{
    const double limit = bounds_tau(&v->b);
    printf("\n%5s %9s %8s %8s %10s %9s %10s %9s %10s %10s\n", "epoch", "updates", "rate", "kappa",
           "|mean tau|", "/ limit", "at most", "/ limit", "Eq 21", "measured");
    printf("%5d %9d %8s %8s %10s %9s %10s %9s %10.5g %10.5g\n", 0, 0, "", "", "", "", "", "", v->b.a0,
           v->b.a0);
    for (uint32_t k = 0; k < v->count; k++) {
        const struct convergence_epoch *p = &v->epoch[k];
        printf("%5u %9zu %8.4g %8.4g %10.3g %9.3g %10.3g %9.3g %10.5g %10.5g\n", k + 1, (k + 1) * v->samples,
               p->rate, p->kappa, p->tau, p->tau / limit, p->tau_at_most, p->tau_at_most / limit, p->bound,
               p->distance);
    }
    puts("");
}

/* tau <= c epsilon / (2 q) */
static void print_condition(const struct convergence *v)
{
    const double limit = bounds_tau(&v->b);
    uint32_t holds = 0, may = 0;
    double least = INFINITY, most = 0;
    for (uint32_t k = 0; k < v->count; k++) {
        const struct convergence_epoch *p = &v->epoch[k];
        holds += p->tau_at_most <= limit;
        may += p->tau_at_most > limit && p->tau <= limit;
        if (p->tau > limit) {
            least = fmin(least, p->tau / limit);
            most = fmax(most, p->tau / limit);
        }
    }
    printf("tau <= c epsilon / (2 q) = %.5g holds in %u of %u epochs", limit, holds, v->count);
    if (may)
        printf(", and in %u by the mean alone", may);
    if (holds + may < v->count)
        printf("; in the others tau exceeds it by %.3g to %.3g times", least, most);
    puts("");
}

static void print_step(const struct convergence *v)
{
    double gamma, updates;
    struct bounds b = v->b;
    if (bounds_theorem1(&b, &gamma, &updates))
        printf("Theorem 1 asks for rate %.5g and %.0f update%s", gamma, updates, text_s((uint64_t)updates));
    else
        printf("Theorem 1 has no step: errors are too large");
    b.tau = v->tau;
    if (b.tau < v->b.tau && bounds_theorem1(&b, &gamma, &updates))
        printf(" (with the estimate of tau: rate %.5g and %.0f updates)", gamma, updates);
    printf("; the run made %zu, with rates from %.5g to %.5g\n", v->count * v->samples, v->least_rate,
           v->most_rate);
}

static void print_bound(const struct convergence *v)
{
    uint32_t above = 0, broken = 0;
    for (uint32_t k = 0; k < v->count; k++) {
        above += v->epoch[k].bound >= v->b.a0;
        broken += v->epoch[k].distance > v->epoch[k].bound;
    }
    if (broken)
        printf("Eq 21 is exceeded after %u of %u epochs: its constants are estimates, and one of them is too "
               "small\n",
               broken, v->count);
    else
        printf("Eq 21 holds after each epoch%s\n",
               above == v->count ? ", and is vacuous: it lies above a0 throughout, so it says nothing" : "");
    if (!broken && above && above < v->count)
        printf("after %u of %u epochs it is vacuous: above a0\n", above, v->count);
}

static bool write_table(const struct convergence *v, const char *path, struct error *e)
{
    struct outfile *o = outfile_open(path, e);
    if (!o)
        return false;
    FILE *out = outfile_stream(o);
    fprintf(out, "epoch,updates,rate,kappa,tau_mean,tau_at_most,tau_limit,bound,distance_square\n");
    fprintf(out, "0,0,,,,,%.9g,%.9g,%.9g\n", bounds_tau(&v->b), v->b.a0, v->b.a0);
    for (uint32_t k = 0; k < v->count; k++) {
        const struct convergence_epoch *p = &v->epoch[k];
        fprintf(out, "%u,%zu,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n", k + 1, (k + 1) * v->samples, p->rate,
                p->kappa, p->tau, p->tau_at_most, bounds_tau(&v->b), p->bound, p->distance);
    }
    return outfile_commit(o, e);
}

/* ---- the run ---- */

/* The configuration that the run's model has stored. */
static struct config *stored_config(const char *path, const char *optimum, struct error *e)
{
    struct modelfile *file = modelfile_open(path, e);
    if (!file)
        return NULL;
    struct config *c = config_new();
    const char *text = modelfile_config(file);
    bool good = config_parse(c, text, strlen(text), modelfile_path(file), e);
    modelfile_close(file);
    if (good && optimum) {
        char *assignment = memory_new(strlen(optimum) + 32, 1);
        sprintf(assignment, "engine.audit.optimum=%s", optimum);
        good = config_set(c, assignment, e);
        memory_free(assignment);
    }
    if (good)
        return c;
    config_free(c);
    return NULL;
}

static bool measure(struct convergence *v, const struct events *log, struct trainer *t,
                    const struct config *c, const struct parts *parts, const char *path, const char *out,
                    struct error *e)
{
    if (!convergence_same(log, t, path, e) ||
        !trainer_begin(t, c, parts, (uint64_t)config_integer(c, "run.seed"), e) ||
        !convergence_same(log, t, path, e) || !convergence_measure(v, log, t, path, e))
        return false;
    if (out && !write_table(v, out, e))
        return false;
    print_run(v, t);
    print_table(v);
    print_condition(v);
    print_step(v);
    print_bound(v);
    return true;
}

static void of_run(const char *path, const char *const *values, const struct bounds *b, struct error *e)
{
    struct convergence v = {.b = *b};
    struct parts parts;
    struct config *c = stored_config(path, values[OPTIMUM], e);
    char *name = outfile_path(path, "metrics.jsonl");
    struct events *log = c && parts_find(c, model_table, &parts, e) ? events_read(name, e) : NULL;
    struct trainer *t = log && convergence_possible(log, &parts, path, e) ? trainer_read(c, &parts, e) : NULL;
    if (t)
        measure(&v, log, t, c, &parts, path, values[OUT], e);
    convergence_free(&v);
    trainer_free(t);
    events_free(log);
    memory_free(name);
    config_free(c);
}

static int theory(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct bounds b;
    if (take_options(values, argc > 0, &b, &e)) {
        if (argc)
            of_run(argv[0], values, &b, &e);
        else
            print_constants(&b);
    }
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_theory = {
    .name = "theory",
    .summary = "hold Theorem 1 of Sun (2016) against a run that was audited, or compute it from constants",
    .operands = "[RUN]",
    .example = "asyntrain theory --c 0.5 --q 1 --kappa 2 --a0 4 --tau 0.01",
    .least = 0,
    .most = 1,
    .options = options,
    .run = theory,
    .saves = true,
};
