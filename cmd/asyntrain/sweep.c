/* SPDX-License-Identifier: MIT
 *
 * sweep: train a configuration with every combination of the values of some keys, or with draws from them, and rank
 * them by their score on the development set. The test set is not read.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/trials.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/train/grid.h"

#include <stdio.h>
#include <string.h>

enum { RANDOM, SEED, OUT, JOBS, QUIET, DRY_RUN, JSON };
static const struct option options[] = {
    [RANDOM] = {"--random", "N", "draw N configurations at random (default: every combination)"},
    [SEED] = {"--seed", "S", "seed of the draws (default: 1)"},
    [OUT] = {"--out", "DIR", "folder of the sweep (default: runs/NAME-sweep)"},
    [JOBS] = {"--jobs", "N", "train N at once (default: cores / engine.threads)"},
    [QUIET] = {"--quiet", NULL, "print nothing but the table and errors"},
    [DRY_RUN] = {"--dry-run", NULL, "check all configurations, list them, and write nothing"},
    [JSON] = {"--log-json", NULL, "progress and messages on stderr as JSON, an object a line"},
    {NULL, NULL, NULL},
};

/* A draw may come twice, where keys have few values. */
static void add_new(struct trials *t, char *const *point, size_t n)
{
    const struct study *s = &t->study;
    bool known = false;
    for (size_t k = 0; k < s->count && !known; k++) {
        size_t i = 0;
        while (i < n && strcmp(s->trial[k].assign[i], point[i]) == 0)
            i++;
        known = i == n;
    }
    if (!known)
        study_add(&t->study, NULL, (const char *const *)point, n);
}

static bool ask(struct trials *t, const struct grid *g, const char *const *values, struct error *e)
{
    long long draws = 1, seed = 1;
    size_t count;
    if (!setup_number("--random", values[RANDOM], 1, GRID_MOST, &draws, e) ||
        !setup_number("--seed", values[SEED], 0, SETUP_SEED, &seed, e))
        return false;
    if (values[SEED] && !values[RANDOM])
        return error_set(e, ERROR_USAGE, "option --seed goes with --random N; leave it out");
    if (grid_keys(g) == 0)
        return error_set(e, ERROR_USAGE,
                         "no key has several values; give some, as in optimizer.rate=0.05,0.1,0.2");
    count = (size_t)draws;
    if (!values[RANDOM] && !grid_count(g, &count, e))
        return false;
    char **point = memory_new(grid_keys(g), sizeof *point);
    for (size_t k = 0; k < count; k++) {
        if (values[RANDOM])
            grid_draw(g, (uint64_t)seed, k, point);
        else
            grid_point(g, k, point);
        add_new(t, point, grid_keys(g));
        for (size_t i = 0; i < grid_keys(g); i++)
            memory_free(point[i]);
    }
    memory_free(point);
    return true;
}

static bool read_operands(struct trials *t, struct grid *g, int argc, char **argv, struct error *e)
{
    for (int k = 0; k < argc; k++)
        if (!setup_assigns(argv[k]))
            trials_operand(t, argv[k]);
        else if (!grid_add(g, argv[k], e))
            return false;
    if (t->noperands == 0)
        return error_set(e, ERROR_USAGE, "no configuration file given; see the folder configs/ for examples");
    for (size_t k = 0; k < grid_fixed(g); k++)
        trials_operand(t, grid_assignment(g, k));
    return true;
}

/* Is the best value of a key the least or the greatest of three or more? Then a better one may lie beyond it. */
static void print_edge(const struct study *s, const struct study_trial *best, size_t key)
{
    double mine = 0, other = 0;
    bool less = false, more = false, third = false, numbers = true;
    for (size_t k = 0; k < s->count && numbers; k++) {
        double x;
        numbers = text_real(span_of(strchr(best->assign[key], '=') + 1), &mine) &&
                  text_real(span_of(strchr(s->trial[k].assign[key], '=') + 1), &x);
        if (!numbers || x == mine)
            continue;
        other = less || more ? other : x;
        third |= x != other;
        less |= x < mine;
        more |= x > mine;
    }
    if (numbers && third && less != more)
        text_say(stdout, "%s is the %s that was tried; a %s one may be better", best->assign[key],
                 more ? "lowest" : "highest", more ? "lower" : "higher");
}

/* The command that trains the best; `common`: how many operands the user gave for all; `drawn`: values
 * were drawn from ranges, whose ends are known. */
static void print_best(const struct trials *t, size_t common, bool drawn)
{
    const struct study_trial *best = trials_best(t);
    char *words = study_words(best);
    printf("\n");
    for (size_t k = 0; k < t->nlabels && !drawn; k++)
        print_edge(&t->study, best, k);
    printf("to train the best, and score it on the test set:\n\nasyntrain train");
    for (size_t k = 0; k < common; k++) {
        char *word = text_shell_word(t->operand[k]);
        printf(" ");
        text_print(stdout, span_of(word));
        memory_free(word);
    }
    printf(" ");
    text_print(stdout, span_of(words));
    printf("\n");
    memory_free(words);
}

/* Say what could not be trained, and why. ERROR_USAGE when nothing could. */
static bool say_refused(const struct trials *t, struct error *e)
{
    const struct study *s = &t->study;
    const struct study_trial *first = NULL;
    for (size_t k = s->count; k-- > 0;)
        first = s->trial[k].state == STUDY_REFUSED ? &s->trial[k] : first;
    if (!first)
        return true;
    if (!trials_best(t))
        return error_set(e, ERROR_USAGE, "%s: %s", first->name, first->why);
    for (size_t k = 0; k < s->count; k++)
        if (s->trial[k].state == STUDY_REFUSED)
            terminal_say("warning: %s was refused: %s", s->trial[k].name, s->trial[k].why);
    return true;
}

/* `common` and `drawn` as above. */
static bool train_all(struct trials *t, const char *jobs, size_t common, bool drawn, struct error *e)
{
    if (!trials_train(t, jobs, e) || !trials_print(t, e) || !say_refused(t, e))
        return false;
    if (!trials_best(t))
        return trials_converged(t, e);
    print_best(t, common, drawn);
    return true;
}

static void run(struct trials *t, const struct grid *g, const char *const *values, struct error *e)
{
    const size_t common = t->noperands, keys = grid_keys(g);
    const char **label = memory_new(keys, sizeof *label);
    for (size_t k = 0; k < keys; k++)
        label[k] = grid_key(g, k);
    t->label = label;
    t->nlabels = keys;
    t->ranked = true;
    t->study.refuses = true;
    trials_operand(t, "corpus.test=");
    if (values[DRY_RUN])
        trials_rehearse(t, values[JOBS], e);
    else
        train_all(t, values[JOBS], common, values[RANDOM] != NULL, e);
    memory_free(label);
}

static int sweep(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct trials t;
    struct grid *g = grid_new();
    terminal_open(values[QUIET] != NULL, values[JSON] != NULL);
    interrupt_expect();
    trials_init(&t, "sweep", values[OUT], argc, argv);
    if (read_operands(&t, g, argc, argv, &e) && ask(&t, g, values, &e))
        run(&t, g, values, &e);
    trials_free(&t);
    grid_free(g);
    terminal_close();
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_sweep = {
    .name = "sweep",
    .summary = "train many configurations, and rank them by their score on dev",
    .operands = "CONFIG... section.key=A,B,C...",
    .example = "asyntrain sweep configs/demo.yaml corpus.dev_fraction=0.1 'optimizer.rate=log(0.01,1,5)'",
    .least = 1,
    .most = -1,
    .options = options,
    .run = sweep,
    .saves = true,
};
