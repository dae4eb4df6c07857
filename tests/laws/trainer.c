/* SPDX-License-Identifier: MIT
 *
 * What a whole run owes: averages are averages, the model that is kept is one that a shorter run would have
 * left, patience counts, and a calibrated run is the run with that rate. Runs on a sample corpus, one worker.
 */
#include "lib/train/run.h"

#include "lib/base/memory.h"
#include "lib/report/modelfile.h"
#include "models/models.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 15, SENTENCES = 200 };

/* What came of a run. */
struct outcome {
    uint32_t epochs, best_epoch;
    bool stopped;
    double loss[EPOCHS], dev[EPOCHS]; /* dev: as far as it was scored */
    bool best[EPOCHS];
    double rate; /* of the schedule */
    size_t until[EPOCHS +
                 1]; /* the ticket until which workers use copies of their own; 0: before the first epoch */
    char words[1024]; /* all lines that were said */
    char score[512];
    size_t size;
    real *w; /* [size] of the model file */
};

static void loaded(void *context, const struct trainer *t)
{
    (void)context;
    (void)t;
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    struct outcome *o = context;
    o->until[epoch - 1] = s->local_copies.until; /* as the epoch before this one had it */
}

static void passed(void *context, const struct trainer_epoch *p)
{
    struct outcome *o = context;
    uint32_t k = o->epochs++;
    o->loss[k] = p->loss;
    o->dev[k] = p->headline;
    o->best[k] = p->best;
}

static void said(void *context, const char *words)
{
    struct outcome *o = context;
    strcat(strcat(o->words, words), "\n");
}

static void read_weights(struct outcome *o, const struct layout *layout, const char *folder)
{
    struct error e = {0};
    struct modelfile *file = modelfile_open(folder, &e);
    o->size = layout->size;
    o->w = memory_lines(o->size, sizeof *o->w);
    CHECK_MSG(file && modelfile_weights(file, layout, o->w, &e), "%s", e.text);
    modelfile_close(file);
}

static void print(const struct score *score, char *text, size_t size)
{
    FILE *f = fmemopen(text, size, "w");
    score_print(score, f);
    fclose(f);
}

/* Train model m with these assignments, separated by blanks, besides `more` of the same. */
static struct outcome run(size_t m, const char *what, const char *more)
{
    struct outcome o = {0};
    struct error e = {0};
    struct parts parts;
    struct config *c = config_new();
    char text[2048], folder[512];
    const char *train = fixture_beginning("corpora/pos-train.conll", SENTENCES, "train"),
               *test = fixture_beginning("corpora/pos-test.conll", SENTENCES, "test");
    bool network = strcmp(model_table[m]->name, "bilstm") == 0; /* a small one */
    snprintf(folder, sizeof folder, "%s/run", test_folder());
    snprintf(text, sizeof text, "corpus.train=%s corpus.test=%s model.name=%s %s %s %s", train, test,
             model_table[m]->name, network ? "model.hidden=8 model.embedding=8 model.init_embedding=0.5" : "",
             what, more);
    bool good = config_load(c, "configs/sample-pos.yaml", &e);
    for (char *word = strtok(text, " "); word && good; word = strtok(NULL, " "))
        good = config_set(c, word, &e);
    struct trainer *t = good && parts_find(c, model_table, &parts, &e) ? trainer_new(c, &parts, &e) : NULL;
    const struct observer observer = {
        .context = &o, .loaded = loaded, .passing = passing, .passed = passed, .said = said};
    struct score *score = NULL;
    CHECK_MSG(t && run_train(t, folder, NULL, &observer, &score, &e), "%s %s: %s", what, more, e.text);
    if (!t || !score)
        abort();
    read_weights(&o, &t->model->layout, folder);
    print(score, o.score, sizeof o.score);
    o.best_epoch = t->keep.best_epoch;
    o.stopped = t->stopped;
    o.rate = t->session->schedule.rate;
    o.until[o.epochs] = t->session->local_copies.until;
    score_free(score);
    trainer_free(t);
    config_free(c);
    return o;
}

static bool equal(const struct outcome *a, const struct outcome *b)
{
    return a->size == b->size && memcmp(a->w, b->w, a->size * sizeof *a->w) == 0;
}

/* Only a labeller learns the sample corpus. */
static bool labels(const struct model_ops *model)
{
    return model->variants->probabilities;
}

TEST(average_is_the_mean_of_runs_stopped_earlier)
{
    for (size_t m = 0; model_table[m]; m++) {
        if (!labels(model_table[m]))
            continue;
        struct outcome average = run(m, "run.epochs=6 run.average=3", ""), plain = {0};
        double *sum = memory_new(average.size, sizeof *sum), gap = 0, size = 0, apart = 0;
        for (int epochs = 3; epochs <= 6; epochs++) {
            char more[32];
            snprintf(more, sizeof more, "run.epochs=%d", epochs);
            memory_free(plain.w);
            plain = run(m, more, "");
            for (size_t i = 0; i < plain.size; i++)
                sum[i] += (double)plain.w[i] / 4;
        }
        for (size_t i = 0; i < plain.size; i++) {
            gap = fmax(gap, fabs((double)average.w[i] - sum[i]));
            size = fmax(size, fabs(sum[i]));
            apart = fmax(apart, fabs((double)plain.w[i] - sum[i]));
        }
        CHECK_MSG(gap < 2e-6 * size && apart > 1e-3 * size, "off by %g of %g, the last by %g", gap, size,
                  apart);
        CHECK(memcmp(average.loss, plain.loss, sizeof plain.loss) == 0); /* training does not feel it */
        CHECK_STR(average.words, "the model is the mean of the weights after epochs 3 to 6\n");
        memory_free(average.w);
        average = run(m, "run.epochs=6 run.average=6", "");
        CHECK(equal(&average, &plain)); /* the mean of one */
        memory_free(sum);
        memory_free(average.w);
        memory_free(plain.w);
    }
}

/* By the definition: the first epoch with the highest score; 0 for none. */
static uint32_t first_best(const struct outcome *o, uint32_t epochs)
{
    uint32_t best = 0;
    for (uint32_t k = 1; k <= epochs; k++)
        if (best == 0 || o->dev[k - 1] > o->dev[best - 1])
            best = k;
    return best;
}

#define DEV "corpus.dev_fraction=0.2 optimizer.rate=0.5 run.epochs=15"

TEST(the_best_is_what_a_run_stopped_there_leaves)
{
    static const char *const ways[] = {"", "run.average=2", "run.slice.size=2.5", "run.seed=5"};
    size_t proofs = 0;
    for (size_t m = 0; model_table[m]; m++) {
        for (size_t k = 0; labels(model_table[m]) && k < sizeof ways / sizeof *ways; k++) {
            struct outcome last = run(m, DEV, ways[k]), kept = run(m, DEV " run.keep=best", ways[k]);
            uint32_t best = first_best(&last, EPOCHS);
            char shorter[128], words[64];
            proofs += best < EPOCHS && best > 1; /* first and last could be had by chance */
            snprintf(shorter, sizeof shorter, "%s run.epochs=%u", DEV, best);
            struct outcome there = run(m, shorter, ways[k]);
            CHECK_MSG(equal(&kept, &there), "%s: other weights than after epoch %u", ways[k], best);
            CHECK(equal(&kept, &last) == (best == EPOCHS));
            CHECK_STR(kept.score, there.score); /* so is the test score */
            CHECK_INT(kept.epochs, EPOCHS);
            CHECK_INT(kept.best_epoch, best);
            CHECK_INT(last.best_epoch, best);
            for (uint32_t i = 0; i < EPOCHS; i++)
                CHECK(kept.best[i] == (first_best(&last, i + 1) == i + 1) && kept.best[i] == last.best[i]);
            snprintf(words, sizeof words, "kept: epoch %u, dev accuracy %.2f\n", best, last.dev[best - 1]);
            CHECK(strstr(kept.words, words) == kept.words);
            CHECK(!kept.stopped && memcmp(kept.loss, last.loss, sizeof last.loss) == 0);
            memory_free(last.w);
            memory_free(kept.w);
            memory_free(there.w);
        }
    }
    CHECK_MSG(proofs >= 2, "%zu proofs", proofs);
}

TEST(patience_stops)
{
    struct outcome whole = run(0, DEV, "");
    for (uint32_t patience = 1; patience < EPOCHS; patience *= 3) {
        uint32_t end = 1;
        while (end < EPOCHS && end - first_best(&whole, end) < patience)
            end++;
        bool stops = end < EPOCHS;
        CHECK_MSG(patience > 1 || stops, "patience 1 is never used up");
        char more[64], words[96] = "";
        snprintf(more, sizeof more, "run.patience=%u", patience);
        struct outcome o = run(0, DEV, more);
        CHECK_INT(o.epochs, end);
        CHECK_INT(o.stopped, stops);
        if (stops)
            snprintf(words, sizeof words, "stopped after epoch %u: no better dev accuracy in %u epoch%s\n",
                     end, patience, patience == 1 ? "" : "s");
        CHECK_STR(o.words, words);
        snprintf(more, sizeof more, "run.epochs=%u", end);
        struct outcome shorter = run(0, DEV, more);
        CHECK(equal(&o, &shorter)); /* without run.keep: the last, which it stopped at */
        memory_free(o.w);
        memory_free(shorter.w);
    }
    memory_free(whole.w);
}

TEST(calibrated_is_the_run_with_that_rate)
{
    static const char *const cases[] = {"optimizer.rate=0.01", "optimizer.rate=30",
                                        "optimizer.rate=0.3 run.slice.size=1.5",
                                        "optimizer.rate=0.1 engine.sampling=uniform run.average=2"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t k = 0; labels(model_table[m]) && k < sizeof cases / sizeof *cases; k++) {
            char rate[64];
            struct outcome found = run(m, cases[k], "run.epochs=2 optimizer.calibrate=40");
            struct outcome again = run(m, cases[k], "run.epochs=2 optimizer.calibrate=40");
            snprintf(rate, sizeof rate, "run.epochs=2 optimizer.rate=%.17g", found.rate);
            struct outcome hand = run(m, cases[k], rate);
            CHECK_MSG(equal(&found, &hand) && equal(&found, &again), "%s: rate %g", cases[k], found.rate);
            CHECK(memcmp(found.loss, hand.loss, sizeof hand.loss) == 0);
            snprintf(rate, sizeof rate, "rate %.10g chosen on 40 sentences (", found.rate);
            CHECK_MSG(strstr(found.words, rate) == found.words, "%s", found.words);
            memory_free(found.w);
            memory_free(again.w);
            memory_free(hand.w);
        }
}

/* The last epoch of a run, and no other, ends with plain writes, as many as the key says. */
TEST(the_end_of_a_run_goes_without_copies)
{
    static const struct {
        const char *key;
        size_t until; /* of 200 sentences */
    } x[] = {{"", 150},
             {"engine.combine.plain=1", 0},
             {"engine.combine.plain=0", SIZE_MAX},
             {"optimizer.atomic=true", SIZE_MAX}}; /* whose updates are never lost */
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        for (uint32_t epochs = 1; epochs <= 3; epochs += 2) {
            char more[64];
            snprintf(more, sizeof more, "run.epochs=%u %s", epochs, x[k].key);
            struct outcome o = run(0, "engine.name=asyngrad engine.threads=2 engine.combine.mode=auto", more);
            for (uint32_t e = 1; e <= epochs; e++)
                CHECK_MSG(o.until[e] == (e == epochs ? x[k].until : SIZE_MAX), "%s, epoch %u of %u: %zu",
                          x[k].key, e, epochs, o.until[e]);
            memory_free(o.w);
        }
}
