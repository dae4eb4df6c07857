/* SPDX-License-Identifier: MIT
 *
 * benchmark: ways to train, compared on the same corpora: which is faster, what does it cost in score? The corpora are
 * read once; every run has a session of its own, and the runs of a comparison take turns, so that whatever else the
 * machine does meets all of them:
 *
 *     repeat 1, seed s      baseline   mode A 1   mode A 2   mode B 1   …
 *     repeat 2, seed s+1    baseline   mode A 1   mode A 2   mode B 1   …
 *
 * A run is what `train` would do (run.average and optimizer.calibrate too) but for run.keep and run.patience: it
 * makes all of run.epochs epochs. Its speed is that of its median epoch; the first, which meets cold memory, is left
 * out.
 */
#ifndef ASYNTRAIN_TRAIN_BENCHMARK_H
#define ASYNTRAIN_TRAIN_BENCHMARK_H

#include "lib/train/trainer.h"

struct benchmark_case {
    const char *mode; /* its name */
    bool baseline; /* speed-ups are over it */
    uint32_t threads;
    const struct config *config; /* complete; differs from the other cases' in optimizer, engine and run */
    struct parts parts;
};

struct benchmark_run { /* NAN where there is no such thing */
    uint64_t seed;
    bool diverged; /* then nothing below counts */
    double speed; /* tokens a second */
    double speedup; /* over the baseline's run of the same repeat */
    double error_rate, delay; /* means over epochs: per cent of gradients; updates by others */
    bool at_most; /* error_rate is an upper bound: that of an epoch is; … */
    double error_rate_least; /* … the lower; the same where it is none */
    double score; /* of the final model, on dev or else test */
    double goal; /* seconds of training after which the goal was first reached */
    double
        latency; /* seconds that a cache line needed from core to core before the run (lib/train/latency.h) */
    uint32_t epochs;
    double *seconds, *scores; /* [epochs]; an epoch is scored where there is a goal, and the last */
};

struct benchmark {
    const struct benchmark_case *cases; /* [ncases] */
    uint32_t ncases;
    uint32_t asked, repeats; /* repeats: those that are complete; before training all that are asked for */
    double goal; /* a score to reach; NAN: none, and only the last epoch is scored */
    /* set by benchmark_new */
    struct trainer *trainer;
    const struct dataset *part; /* what is scored; or NULL */
    uint32_t baseline; /* the case that speed-ups are over: the first that is a baseline, or else the first */
    struct benchmark_run *run; /* [repeats][ncases] */
};

/* Read the corpora and try each case without training, so that whatever is wrong with one is known before any has run.
 * `cases` is borrowed. NULL and an error. */
struct benchmark *benchmark_new(const struct benchmark_case *cases, uint32_t ncases, uint32_t repeats,
                                double goal, struct error *e);
void benchmark_free(struct benchmark *b);

/* Told before each run, which it is. */
typedef void benchmark_turn(void *context, const struct benchmark *b, uint32_t repeat, uint32_t which);
/* Train all. Divergence is a result. A signal that asks to stop (lib/base/interrupt.h) is an error as well, and the
 * repeats that were complete before it are results. */
bool benchmark_train(struct benchmark *b, benchmark_turn *turn, void *context, struct error *e);

/* Median, mean, range and deviation of a figure over the repeats of a case, those that have it. */
struct benchmark_spread {
    double median, mean, least, most; /* NAN when count is 0 */
    double deviation; /* standard deviation of the runs, over count - 1; NAN when count is below 2 */
    uint32_t count;
};
/* `figure`: offsetof(struct benchmark_run, …) of a double. */
double benchmark_figure(const struct benchmark_run *r, size_t figure);
struct benchmark_spread benchmark_spread(const struct benchmark *b, uint32_t which, size_t figure);
/* Of the latency: over all runs with that many threads. */
struct benchmark_spread benchmark_latency(const struct benchmark *b, uint32_t threads);
bool benchmark_at_most(const struct benchmark *b,
                       uint32_t which); /* error_rate of some run is an upper bound */
uint32_t benchmark_diverged(const struct benchmark *b, uint32_t which); /* runs of a case */

#endif
