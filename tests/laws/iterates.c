/* SPDX-License-Identifier: MIT
 *
 * Probe iterates: it changes nothing, allocates nothing within an epoch, and its rows are the weights.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct model_ops quadratic_ops;

enum { SENTENCES = 60, EPOCHS = 3 };

/* The weight after three epochs, with its scale; the file's last row has it as well. */
static double train(const struct optimizer_ops *optimizer, const char *engine, const char *keys, bool watched)
{
    char text[8192], path[4096], last[256] = "", line[256];
    struct error e = {0};
    snprintf(path, sizeof path, "%s/iterates", test_folder());
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: 0.01, l2.value: %g}\nengine: {name: %s, pin: false, iterates: "
             "'%s', %s}\n",
             optimizer->name, fixture_l2(optimizer->name, 0.5), engine, watched ? path : "", keys);
    struct fixture *f = fixture_new(&quadratic_ops, variant_of(&quadratic_ops, 0), 2, SENTENCES, 9, text);
    struct session *s = session_new(f->config, engine_named(engine), optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s && probes_open(&s->probes, NULL, &e), "%s", e.text);
    size_t steps = (SENTENCES + s->schedule.batch.size - 1) / s->schedule.batch.size;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        size_t allocated = alloc_count();
        session_epoch(s);
        CHECK_INT(alloc_count(), allocated);
    }
    CHECK_MSG(probes_commit(&s->probes, &e), "%s", e.text);
    double end = (double)(session_weights(s).scale * s->w[0]);
    session_free(s);
    fixture_free(f);
    if (!watched)
        return end;
    size_t rows = 0;
    FILE *in = fopen(path, "r");
    while (fgets(line, sizeof line, in)) {
        rows++;
        strcpy(last, line);
    }
    fclose(in);
    CHECK_INT(rows, 2 + EPOCHS * steps); /* a title, and the weights before all */
    CHECK_INT(strtoul(last, NULL, 10), EPOCHS * steps);
    CHECK_MSG((real)strtod(strrchr(last, ',') + 1, NULL) == (real)end, "%s, %s %s: %s is not %.17g",
              optimizer->name, engine, keys, last, end);
    return end;
}

TEST(iterates_are_the_weights_and_change_nothing)
{
    static const char *const rows[][2] = {
        {"sequential", ""},
        {"asyngrad", "threads: 1"},
        {"simulated", "workers: 4"},
        {"simulated", "workers: 4, delay: {law: interleaved}"},
        {"simulated", "workers: 9, delay: {law: constant, mean: 7}"},
        {"synchronous", "threads: 3, policy: round-robin"},
        {"synchronous", "threads: 3, policy: minibatch"},
    };
    for (size_t o = 0; optimizer_table[o]; o++)
        for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
            double watched = train(optimizer_table[o], rows[n][0], rows[n][1], true),
                   plain = train(optimizer_table[o], rows[n][0], rows[n][1], false);
            CHECK_MSG(watched == plain, "%s, %s %s: %.17g, and %.17g unwatched", optimizer_table[o]->name,
                      rows[n][0], rows[n][1], watched, plain);
        }
}

TEST(models_of_many_weights_are_refused)
{
    char text[4200];
    struct error e = {0};
    snprintf(text, sizeof text,
             "optimizer: {rate: 0.1}\nengine: {name: sequential, pin: false, iterates: '%s/iterates'}\n",
             test_folder());
    struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 6), 5, 300, 9, text);
    struct session *s =
        session_new(f->config, engine_named("sequential"), optimizer_table[0], f->model, f->data, 3, &e);
    CHECK_MSG(!s && e.kind == ERROR_USAGE && strstr(e.text, "at most 1024"), "%s", e.text);
    fixture_free(f);
}
