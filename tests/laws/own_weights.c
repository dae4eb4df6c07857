/* SPDX-License-Identifier: MIT
 *
 * Workers with weights of their own (engine_ops.own_weights), by an engine that runs them in one thread: sample after
 * sample, or worker after worker. What a worker does depends on its own samples alone.
 */
#include "lib/learn/accumulate.h"
#include "tests/laws/fixture.h"
#include "tests/laws/oracle.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 3 };

static bool by_worker; /* worker after worker, else in the order of the tickets */

static void learn(struct session *s, struct worker *k, size_t ticket)
{
    const struct example *z = session_take_at(s, k, ticket);
    if (k->accumulation) {
        accumulate_sample(k, s, z);
        return;
    }
    worker_read(k, s);
    worker_write(k, s, worker_gradient(k, s, z), write_at(ticket));
}

/* The weights of the last worker are those of the epoch. */
static void epoch(struct session *s)
{
    const size_t bytes = s->model->layout.size * sizeof *s->w, n = s->nworkers;
    real *before = memory_new(1, bytes);
    memcpy(before, s->w, bytes);
    for (size_t k = 0; k < n; k++)
        worker_begin(s->worker[k], s);
    for (size_t k = 0; k < n && by_worker; k++)
        for (size_t t = k; t < s->nsamples; t += n)
            learn(s, s->worker[k], t);
    for (size_t t = 0; t < s->nsamples && !by_worker; t++)
        learn(s, s->worker[t % n], t);
    for (size_t k = 0; k < n; k++)
        worker_end(s->worker[k], s);
    CHECK(memcmp(s->w, before, bytes) == 0);
    memcpy(s->w, s->worker[n - 1]->w, bytes);
    memory_free(before);
    s->team = s->nworkers;
}

static struct batch batch(const struct config *c, uint32_t nworkers)
{
    (void)c;
    return (struct batch){nworkers, true};
}

static const struct engine_ops apart_ops = {
    .name = "apart",
    .visibility = AT_REST,
    .writes = EACH,
    .parallel = true,
    .immediate = true,
    .own_weights = true,
    .batch = batch,
    .epoch = epoch,
};

struct world {
    struct fixture *f;
    struct session *s;
};

/* `more`: keys of section engine. The configuration's engine has none but the common ones. */
static struct world begin(const struct model_ops *model, const struct optimizer_ops *optimizer,
                          const struct engine_ops *engine, double rate, const char *more, struct error *e)
{
    char text[1024];
    snprintf(text, sizeof text,
             "optimizer: {name: %s, rate: %g, l2.value: 0.5%s%s}\nengine: {name: sequential, pin: false%s}\n",
             optimizer->name, rate, oracle_keys(optimizer),
             strcmp(optimizer->name, "dc-a") ? "" : ", mean_square: worker", more);
    struct world a = {.f = fixture_new(model, variant_of(model, 0), 5, 31, 9, text)};
    a.s = session_new(a.f->config, engine, optimizer, a.f->model, a.f->data, 3, e);
    return a;
}

static struct world apart(const struct model_ops *model, const struct optimizer_ops *optimizer,
                          const char *more)
{
    char text[128];
    struct error e = {0};
    snprintf(text, sizeof text, ", threads: %d, tracker: blocks%s", WORKERS,
             *more ? more : ", audit.every: 4");
    struct world a = begin(model, optimizer, &apart_ops, fixture_rate(model), text, &e);
    CHECK_MSG(a.s != NULL && a.s->own_weights, "%s", e.text);
    return a;
}

static void end(struct world a)
{
    session_free(a.s);
    fixture_free(a.f);
}

/* What a clock said is no function of the configuration. */
static bool is_time(const struct state_item *x)
{
    return strcmp(x->name, "wall") == 0 || strcmp(x->name, "cpu") == 0;
}

/* Do two sessions agree in all that later epochs depend on? Names are unique. */
static bool same_state(struct session *a, struct session *b)
{
    struct state_list x = {0}, y = {0};
    bool same = true;
    session_state(a, &x);
    session_state(b, &y);
    CHECK_INT(x.count, y.count);
    for (size_t k = 0; k < x.count; k++) {
        same &= is_time(&x.item[k]) ||
                memcmp(x.item[k].data, y.item[k].data, x.item[k].count * x.item[k].size) == 0;
        for (size_t j = 0; j < k; j++)
            CHECK(strcmp(x.item[k].owner, x.item[j].owner) || strcmp(x.item[k].name, x.item[j].name));
    }
    state_free(&x);
    state_free(&y);
    return same;
}

static bool same_weights(const struct worker *a, const struct worker *b, const struct session *s)
{
    return memcmp(a->w, b->w, s->model->layout.size * sizeof *a->w) == 0;
}

/* In whatever order the workers come, each has the same weights, and so has its optimizer. */
TEST(no_worker_sees_another)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (int saves = 0; saves < (optimizer_table[o]->needs_seen ? 1 : 2); saves++) {
                if (!fixture_pair(optimizer_table[o], &apart_ops))
                    continue;
                struct world a = apart(model_table[m], optimizer_table[o], saves ? ", accumulate: 4" : ""),
                             b = apart(model_table[m], optimizer_table[o], saves ? ", accumulate: 4" : "");
                for (int k = 0; k < 2; k++) {
                    by_worker = false;
                    const double loss = session_epoch(a.s);
                    by_worker = true;
                    CHECK(isfinite(loss) && loss == session_epoch(b.s));
                    for (uint32_t j = 0; j < WORKERS; j++) {
                        const struct gradient_counts *n = fixture_counts(a.s, j);
                        CHECK(same_weights(a.s->worker[j], b.s->worker[j], a.s));
                        CHECK(j == 0 || !same_weights(a.s->worker[j], a.s->worker[j - 1], a.s));
                        CHECK_INT(n->gradients, (31 - j + WORKERS - 1) / WORKERS);
                        CHECK_INT(n->errors + n->read_overwrites + n->write_overwrites + n->delay_sum, 0);
                    }
                }
                CHECK_MSG(same_state(a.s, b.s), "%s, %s", model_table[m]->name, optimizer_table[o]->name);
                end(a);
                end(b);
            }
}

/* What is listed is all that goes from one epoch to the next. */
TEST(resume_is_continue_with_own_weights)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++) {
            if (!fixture_pair(optimizer_table[o], &apart_ops))
                continue;
            struct world a = apart(model_table[m], optimizer_table[o], ""),
                         b = apart(model_table[m], optimizer_table[o], "");
            struct state_list from = {0}, to = {0};
            session_epoch(a.s);
            session_state(a.s, &from);
            session_state(b.s, &to);
            CHECK(!same_state(a.s, b.s) && state_copy(&to, &from) && same_state(a.s, b.s));
            CHECK(session_epoch(a.s) == session_epoch(b.s));
            CHECK_MSG(same_state(a.s, b.s), "%s, %s", model_table[m]->name, optimizer_table[o]->name);
            state_free(&from);
            state_free(&to);
            end(a);
            end(b);
        }
}

/* One worker goes its way as a sequential run does, so that is what a rate is tried on. */
TEST(a_trial_is_one_worker)
{
    static const char *const more[] = {"", ", accumulate: 4"};
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++)
            for (int saves = 0; saves < (optimizer_table[o]->needs_seen ? 1 : 2); saves++) {
                if (!fixture_pair(optimizer_table[o], &apart_ops))
                    continue;
                struct error e = {0};
                const double rate = fixture_rate(model_table[m]) / 4;
                struct world a = apart(model_table[m], optimizer_table[o], more[saves]),
                             b = begin(model_table[m], optimizer_table[o], engine_table[0], rate, more[saves],
                                       &e);
                CHECK_MSG(b.s != NULL && !b.s->own_weights, "%s", e.text);
                struct session *trial = session_trial(a.s, a.f->config, a.f->data, b.s->schedule.rate);
                CHECK(session_epoch(trial) == session_epoch(b.s));
                CHECK(memcmp(trial->w, b.s->w, b.s->model->layout.size * sizeof *b.s->w) == 0);
                CHECK(trial->schedule.scale == b.s->schedule.scale);
                session_free(trial);
                end(a);
                end(b);
            }
}

TEST(own_weights_are_counted_and_not_recorded)
{
    struct error e = {0};
    for (size_t o = 0; optimizer_table[o]; o++) {
        if (!fixture_pair(optimizer_table[o], &apart_ops))
            continue;
        struct world a = apart(model_table[0], optimizer_table[o], ", audit.every: 0"),
                     b = begin(model_table[0], optimizer_table[o], engine_table[0], 0.1, ", audit.every: 0",
                               &e);
        const size_t w = a.s->model->layout.size * sizeof(real);
        CHECK(session_memory_bytes(a.s) >= WORKERS * w);
        if (!optimizer_table[o]->needs_seen) /* whose products are rows in each worker */
            CHECK_INT(session_memory_bytes(a.s), WORKERS * w + session_memory_bytes(b.s));
        end(a);
        end(b);
    }
    struct world c =
        begin(model_table[0], optimizer_table[0], &apart_ops, 0.1, ", threads: 2, record: order", &e);
    CHECK_MSG(!c.s && e.kind == ERROR_USAGE && strstr(e.text, "engine.record"), "%s", e.text);
    end(c);
    c = begin(model_table[0], optimizer_table[0], &apart_ops, 0.1, ", record: order", &e);
    CHECK(c.s && !c.s->own_weights && c.s->worker[0]->w == c.s->w);
    end(c);
}
