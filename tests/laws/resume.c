/* SPDX-License-Identifier: MIT
 *
 * Resume is continue: a run that is stopped by signals, in the middle of epochs, between two and while it scores, and
 * goes on each time from its checkpoint in a trainer that was made anew, ends as the run that was never stopped: with
 * the same model file to the byte, the same scores and the same log, but for what clocks say. Over all engines that
 * cannot race, models and optimizers, and what a run keeps.
 */
#include "lib/train/run.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/report/container.h"
#include "lib/report/events.h"
#include "lib/report/run_folder.h"
#include "lib/train/checkpoint.h"
#include "models/models.h"
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"
#include "tests/test.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SENTENCES = 61, EPOCHS = 3 };

/* Who looks on stops the run: at so many beginnings of a part of an epoch, or when so many epochs have passed. */
struct witness {
    int parts, epochs; /* until then; 0: never */
    int signal;
    uint32_t poison; /* the epoch that begins with a weight that is no number; 0: none */
    double loss[EPOCHS + 1], score[EPOCHS + 1];
    char words[4096];
};

static void loaded(void *context, const struct trainer *t)
{
    (void)context, (void)t;
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    struct witness *w = context;
    if (epoch == w->poison)
        ((struct session *)(uintptr_t)s)->w[0] = NAN;
    if (w->parts && --w->parts == 0)
        raise(w->signal);
}

static void passed(void *context, const struct trainer_epoch *p)
{
    struct witness *w = context;
    CHECK(w->loss[p->epoch] == 0); /* none is told twice */
    w->loss[p->epoch] = p->loss;
    w->score[p->epoch] = p->headline;
    if (w->epochs && --w->epochs == 0)
        raise(w->signal);
}

static void said(void *context, const char *words)
{
    struct witness *w = context;
    if (strlen(w->words) + strlen(words) + 2 < sizeof w->words)
        strcat(strcat(w->words, words), "\n");
}

/* A configuration of the small sample: assignments, separated by blanks. */
static struct config *configure(const char *keys, struct parts *parts)
{
    struct error e = {0};
    struct config *c = config_new();
    char text[2048];
    snprintf(text, sizeof text, "corpus.train=%s corpus.test=%s run.epochs=%d %s",
             fixture_beginning("corpora/pos-train.conll", SENTENCES, "train"),
             fixture_beginning("corpora/pos-test.conll", SENTENCES, "test"), EPOCHS, keys);
    bool good = config_load(c, "configs/sample-pos.yaml", &e);
    for (char *word = strtok(text, " "); word && good; word = strtok(NULL, " "))
        good = config_set(c, word, &e);
    CHECK_MSG(good && parts_find(c, model_table, parts, &e), "%s: %s", keys, e.text);
    return c;
}

/* One process's part of a run: from its checkpoint, if it has one. What it gives. */
static int part(const char *keys, const char *folder, bool resumed, struct witness *w, char *score,
                size_t size)
{
    struct error e = {0};
    struct parts parts;
    struct config *c = configure(keys, &parts);
    char *skipped = NULL;
    struct checkpoint *from = resumed ? checkpoint_open(folder, &skipped, &e) : NULL;
    CHECK_MSG(!skipped && (from || !resumed), "%s: %s", keys, e.text);
    struct trainer *t = trainer_new(c, &parts, &e);
    struct score *found = NULL;
    const struct observer observer = {
        .context = w, .loaded = loaded, .passing = passing, .passed = passed, .said = said};
    CHECK_MSG(t && (!from || checkpoint_matches(from, t, &e)), "%s: %s", keys, e.text);
    bool good = t && run_train(t, folder, from, &observer, &found, &e);
    CHECK_MSG(good || e.kind > 128 || w->poison, "%s: %s", keys, e.text);
    FILE *f = fmemopen(score, size, "w");
    if (found)
        score_print(found, f);
    fclose(f);
    score_free(found);
    trainer_free(t);
    checkpoint_close(from);
    config_free(c);
    return good ? 0 : (int)e.kind;
}

/* All of a file. */
static char *contents(const char *folder, const char *name, size_t *n)
{
    char path[600], *text = memory_new(1 << 22, 1);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    *n = f ? fread(text, 1, 1 << 22, f) : 0;
    if (f)
        fclose(f);
    return text;
}

/* Lines of metrics.jsonl with what clocks and the system say, names and remarks of having gone on left out. */
static char *log_of(const char *folder)
{
    static const char *const clocks[] = {"\"id\":",        "\"date\":",      "\"time\":",
                                         "least_share\":", "seconds\":",     "tokens_per_second\":",
                                         "peak_kib\":",    "\"preempted\":", "ran_through\":"};
    size_t n;
    char *text = contents(folder, "metrics.jsonl", &n), *out = memory_new(n + 1, 1);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (strstr(line, "\"event\":\"resumed\"") || strstr(line, " of a core: "))
            continue; /* (whether others took the processor is no part of a run) */
        for (size_t k = 0; k < sizeof clocks / sizeof *clocks; k++)
            for (char *at = line; (at = strstr(at, clocks[k])) != NULL;) {
                at += strlen(clocks[k]);
                memset(at, '~', strcspn(at, ",}"));
                size_t digits = strspn(at, "~");
                memmove(at, at + digits, strlen(at + digits) + 1);
            }
        strcat(strcat(out, line), "\n");
    }
    memory_free(text);
    return out;
}

static void same_file(const char *keys, const char *one, const char *other, const char *name)
{
    size_t n, m;
    char *a = contents(one, name, &n), *b = contents(other, name, &m);
    CHECK_MSG(n > 0 && n == m && memcmp(a, b, n) == 0, "%s: %s differs", keys, name);
    memory_free(a);
    memory_free(b);
}

/* Stop a run at the given places, one after another, and compare. Returns how often it was stopped. */
static int compare(const char *keys, const struct witness *stops, size_t count)
{
    char whole[512], broken[512], score[2][4096] = {"", ""};
    struct witness a = {.signal = 0}, b = {.signal = 0};
    uint64_t number;
    int stopped = 0;
    snprintf(whole, sizeof whole, "%s/whole", test_folder());
    snprintf(broken, sizeof broken, "%s/broken", test_folder());
    CHECK(part(keys, whole, false, &a, score[0], sizeof score[0]) == 0);
    bool over = false;
    for (size_t k = 0; k <= count && !over; k++) {
        b.parts = k < count ? stops[k].parts : 0;
        b.epochs = k < count ? stops[k].epochs : 0;
        b.signal = k < count ? stops[k].signal : 0;
        const int code = part(keys, broken, stopped > 0, &b, score[1], sizeof score[1]);
        over = code == 0;
        CHECK_MSG(over || code == 128 + b.signal, "%s: %d", keys, code);
        stopped += !over;
        char *checkpoint = run_folder_checkpoint(broken, UINT64_MAX, &number);
        CHECK_MSG((checkpoint == NULL) == over, "%s: %s", keys, over ? checkpoint : "no checkpoint");
        memory_free(checkpoint);
        CHECK_MSG(outfile_exists(broken, RUN_FOLDER_MODEL) == over &&
                      !(over && outfile_exists(broken, RUN_FOLDER_BEST)),
                  "%s", keys);
    }
    CHECK(over);
    CHECK_MSG(memcmp(a.loss, b.loss, sizeof a.loss) == 0 && memcmp(a.score, b.score, sizeof a.score) == 0,
              "%s: other losses or scores", keys);
    CHECK_STR(score[0], score[1]);
    same_file(keys, whole, broken, RUN_FOLDER_MODEL);
    char *one = log_of(whole), *other = log_of(broken);
    CHECK_MSG(strcmp(one, other) == 0, "%s:\n%s%s", keys, one, other);
    memory_free(one);
    memory_free(other);
    char remove[1200];
    snprintf(remove, sizeof remove, "rm -rf '%s' '%s'", whole, broken);
    CHECK(system(remove) == 0);
    return stopped;
}

/* Stops in the first and the last part of an epoch, between epochs, twice in the same one, in the last. */
static const struct witness stops[] = {
    {.parts = 2, .signal = SIGTERM}, {.parts = 1, .signal = SIGINT},  {.parts = 2, .signal = SIGHUP},
    {.epochs = 1, .signal = SIGINT}, {.parts = 3, .signal = SIGTERM}, {.epochs = 1, .signal = SIGTERM},
};
enum { STOPS = sizeof stops / sizeof *stops };

static const char *const ways[] = {
    "engine.name=sequential",
    "engine.name=sequential engine.accumulate=4",
    "engine.name=asyngrad",
    "engine.name=averaging engine.threads=3",
    "engine.name=averaging engine.threads=2 engine.accumulate=4",
    "engine.name=synchronous engine.threads=3",
    "engine.name=synchronous engine.threads=3 engine.policy=rounds",
    "engine.name=synchronous engine.threads=2 engine.policy=minibatch",
    "engine.name=synchronous engine.threads=3 engine.policy=minibatch engine.reduce=sum",
    "engine.name=simulated engine.workers=4",
    "engine.name=simulated engine.workers=9 engine.delay.law=geometric engine.delay.mean=3",
    "engine.name=simulated engine.workers=3 engine.delay.law=interleaved",
    "engine.name=sequential engine.trace.pass=2 engine.trace.samples=5",
    "engine.name=synchronous engine.threads=2 engine.audit.every=5 engine.tracker=blocks",
};

static const char *const more[] = {
    "",
    "run.average=2",
    "run.slice.size=2.5",
    "corpus.dev_fraction=0.2 run.keep=best",
    "corpus.dev_fraction=0.2 run.keep=best run.average=2 run.patience=9",
    "run.evaluate=last",
    "run.slice.size=3 run.slice.redraw=false optimizer.calibrate=20",
};

TEST(a_run_that_was_stopped_ends_as_one_that_was_not)
{
    const size_t nways = sizeof ways / sizeof *ways, nmore = sizeof more / sizeof *more;
    size_t nmodels = 0, noptimizers = 0;
    while (model_table[nmodels])
        nmodels++;
    while (optimizer_table[noptimizers])
        noptimizers++;
    /* every engine, and beside it every model, optimizer and thing to keep in turn */
    for (size_t k = 0; k < 3 * nways; k++) {
        char keys[1024];
        const struct model_ops *m = model_table[k % nmodels];
        const struct optimizer_ops *o = optimizer_table[(k + k / nways) % noptimizers];
        const bool network = strcmp(m->name, "bilstm") == 0;
        const char *way = ways[k % nways];
        if ((strstr(way, "accumulate") && o->needs_seen) || !m->variants->probabilities ||
            !fixture_pair(o, engine_named(strstr(way, "averaging") ? "averaging" : "sequential")))
            o = optimizer_table[0];
        if (!m->variants->probabilities)
            m = model_table[0];
        snprintf(keys, sizeof keys,
                 "%s model.name=%s %s optimizer.name=%s optimizer.rate=0.02 optimizer.l2.value=%s %s "
                 "engine.pin=false "
                 "run.checkpoint.every=11 run.checkpoint.unit=updates",
                 way, m->name, network ? "model.hidden=8 model.embedding=8 model.init_embedding=0.5" : "",
                 o->name, o->own_penalty ? "0" : "1", more[k % nmore]);
        const int times = compare(keys, stops, STOPS);
        CHECK_MSG(times >= 4, "%s: %d stops", keys, times);
    }
}

/* A run that diverges keeps what it has: its logs, the best model until then; and an older run beside them. */
TEST(a_run_that_diverges_keeps_its_logs_and_the_best)
{
    static const char keys[] =
        "engine.name=sequential corpus.dev_fraction=0.2 run.keep=best optimizer.rate=0.02 "
        "run.checkpoint.every=1 run.checkpoint.unit=epochs";
    char folder[512], logs[600], score[4096];
    struct witness older = {.signal = 0}, poisoned = {.poison = 3};
    size_t n, m;
    uint64_t number;
    snprintf(folder, sizeof folder, "%s/run", test_folder());
    snprintf(logs, sizeof logs, "%s/diverged", folder);
    CHECK(part(keys, folder, false, &older, score, sizeof score) == 0);
    char *model = contents(folder, RUN_FOLDER_MODEL, &n), *log = contents(folder, "metrics.jsonl", &m);
    CHECK(part(keys, folder, false, &poisoned, score, sizeof score) == ERROR_DIVERGED);
    size_t n2, m2, n3;
    char *model2 = contents(folder, RUN_FOLDER_MODEL, &n2), *log2 = contents(folder, "metrics.jsonl", &m2),
         *text = contents(logs, "metrics.jsonl", &n3);
    CHECK(n == n2 && memcmp(model, model2, n) == 0 && m == m2 && memcmp(log, log2, m) == 0);
    CHECK(strstr(text, "{\"event\":\"epoch\",\"epoch\":2,") &&
          strstr(text, "{\"event\":\"diverged\",\"epoch\":3,"));
    CHECK(outfile_exists(logs, "log.txt") && outfile_exists(logs, "config.yaml") &&
          outfile_exists(folder, RUN_FOLDER_BEST));
    char *checkpoint = run_folder_checkpoint(folder, UINT64_MAX, &number); /* nobody could go on from it */
    CHECK(checkpoint == NULL);
    memory_free(checkpoint);
    memory_free(model);
    memory_free(log);
    memory_free(model2);
    memory_free(log2);
    memory_free(text);
}
