/* SPDX-License-Identifier: MIT
 *
 * Updates that get lost, and optimizer.atomic: the same bits as plain additions where nobody else writes, and no update
 * lost where all write.
 */
#include "lib/probes/errors.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

extern const struct engine_ops sequential_ops, synchronous_ops;
extern const struct optimizer_ops sgd_ops;

static struct fixture *world(const struct model_ops *model, const struct model_variant *v, const char *engine,
                             bool atomic)
{
    char text[512];
    snprintf(text, sizeof text,
             "optimizer: {name: sgd, rate: 0.1, l2.value: 0.5, atomic: %s}\nengine: {name: %s, pin: false}\n",
             atomic ? "true" : "false", engine);
    return fixture_new(model, v, 6, 60, 12, text);
}

TEST(alone_atomic_additions_are_plain_ones)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f[2];
            struct session *s[2];
            struct error e = {0};
            for (int atomic = 0; atomic < 2; atomic++) {
                f[atomic] = world(model_table[m], v, "sequential", atomic);
                s[atomic] = session_new(f[atomic]->config, &sequential_ops, &sgd_ops, f[atomic]->model,
                                        f[atomic]->data, 3, &e);
                CHECK_MSG(s[atomic] != NULL, "%s", e.text);
                for (int epoch = 0; epoch < 3; epoch++)
                    CHECK(isfinite(session_epoch(s[atomic])));
            }
            CHECK_MSG(memcmp(s[0]->w, s[1]->w, f[0]->model->layout.size * sizeof(real)) == 0, "%s", v->name);
            for (int atomic = 0; atomic < 2; atomic++) {
                session_free(s[atomic]);
                fixture_free(f[atomic]);
            }
        }
}

/* Threads add 1 to every weight of the same two blocks, one of them twice a step; float counts to 2^24. */
TEST(atomic_additions_lose_nothing)
{
    enum { STEPS = 30000, COLUMNS = 11 };
    struct fixture *f = world(model_table[0], variant_of(model_table[0], 0), "sequential", true);
    for (int threads = 2; threads <= 4; threads++) {
        struct layout l = {0};
        struct error e = {0};
        layout_add(&l, "both", 2, 1, COLUMNS, true);
        struct optimizer *o = sgd_ops.create(f->config, &l, &e);
        real *w = memory_lines(l.size, sizeof *w);
        int team = 0;
#pragma omp parallel num_threads(threads)
        {
            static const uint32_t id[] = {0, 1, 0};
            _Alignas(64) real row[16] = {0};
            struct bundle bundle;
            struct gradient g = {.bundle = &bundle, .capacity = 1};
            for (int c = 0; c < COLUMNS; c++)
                row[c] = 1;
            gradient_add(&g, 0, 3, id, row);
            for (int k = 0; k < STEPS; k++)
                sgd_ops.step(o, w, &(struct step){.bundles = &g, .length = -1});
#pragma omp single
            team = omp_get_num_threads();
        }
        double off = 0;
        for (uint32_t b = 0; b < 2; b++)
            for (uint32_t c = 0; c < l.group[0].stride; c++) {
                double want = c < COLUMNS ? (b ? 1. : 2.) * STEPS * team : 0;
                off = fmax(off, fabs((double)w[b * l.group[0].stride + c] - want));
            }
        CHECK_MSG(off == 0 && team > 1, "%d threads: %g updates lost", team, off);
        sgd_ops.destroy(o);
        memory_free(w);
    }
    fixture_free(f);
}

/* A worker's own copies of hot blocks are its own, and are brought by one worker at a time. All gradients are 1 here,
 * and all of them arrive, by whatever way. */
TEST(atomic_additions_can_be_combined)
{
    struct fixture *f = world(model_table[0], variant_of(model_table[0], 0), "sequential", true);
    struct layout l = {0};
    struct error e = {0};
    layout_add(&l, "both", 4, 1, 8, false);
    struct optimizer *o = sgd_ops.create(f->config, &l, &e);
    _Alignas(64) real w[64] = {0}, own[64] = {0}, row[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    static const uint32_t id[] = {0, 1, 2, 3}, hot[] = {2};
    struct bundle bundle;
    struct gradient g = {.bundle = &bundle, .capacity = 1};
    gradient_add(&g, 0, 4, id, row);
    for (int k = 0; k < 3; k++)
        sgd_ops.step(o, w, &(struct step){.bundles = &g, .length = -1, .local = own, .hot = hot});
    for (size_t i = 0; i < 32; i++)
        CHECK(w[i] == (i < 16 ? 0 : 3) && own[i] == (i < 16 ? 3 : 0));
    sgd_ops.destroy(o);
    fixture_free(f);
}

/* Where one thread writes at a time the counters of blocks lack nothing, whatever the threads do otherwise. */
TEST(writers_in_turn_lose_nothing)
{
    static const char *const engines[] = {"synchronous, threads: 4, tracker: blocks",
                                          "synchronous, threads: 4, tracker: blocks, policy: minibatch"};
    for (size_t c = 0; c < 2; c++) {
        struct fixture *f = world(model_table[0], variant_of(model_table[0], 6), engines[c], false);
        struct error e = {0};
        struct session *s = session_new(f->config, &synchronous_ops, &sgd_ops, f->model, f->data, 3, &e);
        CHECK_MSG(s != NULL, "%s", e.text);
        uint64_t written = 0;
        for (int epoch = 0; epoch < 3; epoch++) {
            session_epoch(s);
            CHECK_MSG(tracker_lost(tracker_of(s)) == 0, "%s: %d lost", engines[c],
                      (int)tracker_lost(tracker_of(s)));
        }
        for (uint32_t b = 0; b < f->model->layout.nblocks; b++)
            written += tracker_of(s)->written[b];
        CHECK(written > 3 * s->nsamples);
        for (uint32_t g = 0; g < f->model->layout.ngroups; g++) {
            struct tracker_kind kind = tracker_kind(tracker_of(s), g);
            CHECK(kind.read_overwrites + kind.write_overwrites == 0);
        }
        session_free(s);
        fixture_free(f);
    }
}
