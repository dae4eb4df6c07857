/* SPDX-License-Identifier: MIT
 *
 * What was recorded can be replayed: the same bits where nothing overlapped, always the same ones else, and the
 * replay's own recording is the same file.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSES = 3 };

struct outcome {
    real *w;
    size_t size;
    char *file; /* the recording */
};

/* Three epochs with this section `engine`, recorded as `name`. */
static struct outcome train(const struct optimizer_ops *optimizer, const char *engine, const char *keys,
                            const char *name)
{
    char text[8192], path[4096];
    struct error e = {0};
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: 0.1, l2.value: %g}\n"
             "engine: {name: %s, pin: false, record: '%s', %s}\n",
             optimizer->name, fixture_l2(optimizer->name, 0.5), engine, path, keys);
    struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 6), 5, 300, 9, text);
    struct session *s = session_new(f->config, engine_named(engine), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s && session_suffices(s, PASSES, &e) && probes_open(&s->probes, NULL, &e), "%s", e.text);
    size_t allocated = alloc_count();
    for (int epoch = 0; epoch < PASSES; epoch++)
        session_epoch(s);
    CHECK_INT(alloc_count(), allocated);
    CHECK_MSG(probes_commit(&s->probes, &e), "%s", e.text);
    struct outcome o = {.size = f->model->layout.size * sizeof(real)};
    o.w = memory_new(1, o.size);
    memcpy(o.w, s->w, o.size);
    session_free(s);
    fixture_free(f);
    o.file = memory_new(1 << 20, 1);
    FILE *in = fopen(path, "r");
    CHECK(in && fread(o.file, 1, (1 << 20) - 1, in) > 600 * PASSES);
    fclose(in);
    return o;
}

static struct outcome replay(const struct optimizer_ops *optimizer, unsigned workers, const char *recording,
                             const char *name)
{
    char keys[4200];
    snprintf(keys, sizeof keys, "workers: %u, delay: {law: replay, replay: '%s/%s'}", workers, test_folder(),
             recording);
    return train(optimizer, "simulated", keys, name);
}

static void check_same(const struct outcome *a, const struct outcome *b, const char *what)
{
    CHECK_MSG(a->size == b->size && memcmp(a->w, b->w, a->size) == 0, "%s: other weights", what);
    CHECK_MSG(strcmp(a->file, b->file) == 0, "%s: another recording", what);
}

static void outcome_free(struct outcome *o)
{
    memory_free(o->w);
    memory_free(o->file);
}

/* Where R and W are whole, the replay is the run: engines that arrange them, and real threads that take turns. */
TEST(a_replay_has_the_same_bits)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/counts", test_folder());
    FILE *f = fopen(path, "w");
    fputs("0 3\n2 5\n6 2\n", f);
    fclose(f);
    const struct {
        const char *engine, *keys;
        unsigned workers;
    } rows[] = {{"sequential", "threads: 1", 1},
                {"synchronous", "threads: 3", 3},
                {"synchronous", "threads: 3, policy: rounds", 3},
                {"asyngrad", "threads: 1", 1},
                {"simulated", "workers: 8", 8},
                {"simulated", "workers: 8, delay: {law: constant, mean: 5}", 9},
                {"simulated", "workers: 8, delay: {law: uniform, mean: 3.5}, sampling: uniform", 8},
                {"simulated", "workers: 8, delay: {law: geometric, mean: 6}", 8},
                {"simulated", "workers: 8, delay: {law: histogram, histogram: '%s'}", 8}};
    for (size_t o = 0; o < 2; o++)
        for (size_t c = 0; c < sizeof rows / sizeof *rows; c++) {
            char keys[4200], again[4200];
            snprintf(keys, sizeof keys, rows[c].keys, path);
            struct outcome first = train(optimizer_table[o], rows[c].engine, keys, "one");
            snprintf(again, sizeof again, "workers: %u, delay: {law: replay, replay: '%s/one'}%s",
                     rows[c].workers, test_folder(), strstr(keys, ", sampling") ? ", sampling: uniform" : "");
            struct outcome second = train(optimizer_table[o], "simulated", again, "two");
            check_same(&first, &second, keys);
            outcome_free(&first);
            outcome_free(&second);
        }
}

/* What threads did is another order every time. A replay has each R and each W whole, so the weights need not be the
 * run's, but all replays have the same. */
TEST(a_run_of_threads_is_replayed_as_often_as_one_likes)
{
    for (size_t o = 0; o < 2; o++) {
        struct outcome run = train(optimizer_table[o], "asyngrad", "threads: 2", "one"),
                       first = replay(optimizer_table[o], 2, "one", "two"),
                       second = replay(optimizer_table[o], 5, "two", "three");
        CHECK_MSG(strcmp(run.file, first.file) == 0, "another recording");
        check_same(&first, &second, optimizer_table[o]->name);
        outcome_free(&run);
        outcome_free(&first);
        outcome_free(&second);
    }
}

TEST(one_thread_is_recorded_and_replayed_as_sequential)
{
    struct outcome truth = train(optimizer_table[0], "sequential", "threads: 1", "truth"),
                   run = train(optimizer_table[0], "asyngrad", "threads: 1", "one"),
                   again = replay(optimizer_table[0], 1, "one", "two");
    check_same(&truth, &run, "asyngrad");
    check_same(&truth, &again, "replay");
    outcome_free(&truth);
    outcome_free(&run);
    outcome_free(&again);
}

/* Recording is looking on. Interleaved runs can be recorded, too: when R and W began. */
TEST(a_recording_changes_nothing)
{
    struct outcome run = train(optimizer_table[0], "simulated", "workers: 4, delay.law: interleaved", "one"),
                   first = replay(optimizer_table[0], 4, "one", "two"),
                   second = replay(optimizer_table[0], 4, "one", "three");
    CHECK(strcmp(run.file, first.file) == 0);
    CHECK(memcmp(run.w, first.w, run.size) != 0); /* whole R and W are another run */
    check_same(&first, &second, "interleaved");
    char text[512];
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer: {name: sgd, rate: 0.1, l2.value: 0.5}\n"
             "engine: {name: simulated, pin: false, workers: 4, delay.law: interleaved}\n");
    struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 6), 5, 300, 9, text);
    struct session *s =
        session_new(f->config, engine_named("simulated"), optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(s && probes_open(&s->probes, NULL, &e), "%s", e.text);
    for (int epoch = 0; epoch < PASSES; epoch++)
        session_epoch(s);
    CHECK(probes_commit(&s->probes, &e));
    CHECK(memcmp(s->w, run.w, run.size) == 0);
    session_free(s);
    fixture_free(f);
    outcome_free(&run);
    outcome_free(&first);
    outcome_free(&second);
}
