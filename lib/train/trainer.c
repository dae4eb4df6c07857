/* SPDX-License-Identifier: MIT */
#include "lib/train/trainer.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "lib/train/evaluate.h"
#include "lib/train/folder.h"

#include <math.h>
#include <string.h>

const struct key run_keys[] = {
    {"seed", KEY_INTEGER, 0, 9e15, "1", NULL, "of everything random: order of samples, initial weights"},
    {"epochs", KEY_INTEGER, 1, 1e6, "10", NULL, "passes over the training corpus"},
    {"evaluate", KEY_CHOICE, 0, 0, "each", "each|last", "score after each pass or after the last"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

struct trainer *trainer_new(const struct config *c, const struct parts *parts, struct error *e)
{
    double begin = cpu_wall();
    struct trainer *t = memory_new(1, sizeof *t);
    t->config = c;
    t->epochs = (uint32_t)config_integer(c, "run.epochs");
    e->kind = ERROR_NONE;
    if (corpus_configure(&t->corpus, c, e) && (t->train = dataset_learn(&t->corpus, &t->space, e)) != NULL)
        t->dev = dataset_part(&t->corpus, t->space, DATASET_DEV, e);
    if (e->kind == ERROR_NONE)
        t->test = dataset_part(&t->corpus, t->space, DATASET_TEST, e);
    if (e->kind == ERROR_NONE && (t->model = parts->model->create(c, t->space, e)) != NULL)
        t->session = session_new(c, parts->engine, parts->optimizer, t->model, t->train,
                                 (uint64_t)config_integer(c, "run.seed"), e);
    t->load_seconds = cpu_wall() - begin;
    if (t->session)
        return t;
    trainer_free(t);
    return NULL;
}

void trainer_free(struct trainer *t)
{
    if (!t)
        return;
    session_free(t->session);
    if (t->model)
        t->model->ops->destroy(t->model);
    dataset_free(t->train);
    dataset_free(t->dev);
    dataset_free(t->test);
    space_free(t->space);
    memory_free(t);
}

/* What the workers' counts and clocks say of the pass. */
static void sum_up(struct trainer_epoch *p, const struct session *s)
{
    uint64_t gradients = 0, errors = 0, delay = 0;
    p->session = s;
    p->least_share = 1;
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct tracker_count *n = tracker_counts(&s->tracker, k);
        const struct worker *w = s->worker[k];
        gradients += n->gradients;
        errors += n->errors;
        delay += n->delay_sum;
        p->cpu += w->cpu;
        if (w->wall > 0 && w->cpu / w->wall < p->least_share)
            p->least_share = w->cpu / w->wall;
    }
    p->error_rate = gradients ? 100 * (double)errors / (double)gradients : 0;
    p->delay = gradients ? (double)delay / (double)gradients : 0;
}

static bool run_epoch(struct trainer *t, struct trainer_epoch *p, const struct observer *o, struct error *e)
{
    struct session *s = t->session;
    *p = (struct trainer_epoch){
        .epoch = s->epoch + 1, .epochs = t->epochs, .rate = schedule_rate(&s->schedule)};
    o->passing(o->context, s, p->epoch);
    double begin = cpu_wall();
    p->loss = session_epoch(s);
    p->seconds = cpu_wall() - begin;
    p->tokens_per_second = (double)t->train->tokens / p->seconds;
    sum_up(p, s);
    double scale = s->schedule.scale;
    p->penalty = s->schedule.lambda / 2 * scale * scale * kernel_norm2(s->w, t->model->layout.size) /
                 (double)s->nsamples;
    if (s->team < s->nworkers)
        return error_set(e, ERROR_THREADS,
                         "only %u of %u threads could be had; set engine.threads to %u or raise the "
                         "limit (ulimit -u, OMP_THREAD_LIMIT)",
                         s->team, s->nworkers, s->team);
    if (!isfinite(p->loss) || !isfinite(p->penalty))
        return error_set(e, ERROR_DIVERGED,
                         "training diverged in epoch %u: the loss is not finite any more; use a lower "
                         "optimizer.rate (now %g)",
                         p->epoch, s->schedule.rate);
    return true;
}

static bool run(struct trainer *t, struct folder *f, const struct observer *o, struct score **score,
                struct error *e)
{
    bool each = strcmp(config_string(t->config, "run.evaluate"), "each") == 0;
    const struct dataset *watched = t->dev ? t->dev : t->test;
    int threads = (int)t->session->nworkers;
    struct score_result dev = {0}, test = {0};
    if (!folder_run(f, t, e))
        return false;
    o->loaded(o->context, t);
    for (uint32_t k = 1; k <= t->epochs; k++) {
        struct trainer_epoch p;
        if (!run_epoch(t, &p, o, e))
            return false;
        struct weights w = session_weights(t->session);
        if (watched && (each || k == t->epochs)) {
            score_free(*score);
            *score = evaluate(t->model, &w, watched, t->space, t->corpus.task, threads);
            p.score = *(t->dev ? &dev : &test) = score_read(*score);
            p.part = t->dev ? "dev" : "test";
            p.scored = true;
        }
        o->passed(o->context, &p);
        if (!folder_epoch(f, &p, t->corpus.task, e))
            return false;
        if (k == t->epochs && t->dev && t->test) {
            score_free(*score);
            *score = evaluate(t->model, &w, t->test, t->space, t->corpus.task, threads);
            test = score_read(*score);
        }
    }
    return folder_commit(f, t, t->dev ? &dev : NULL, t->test ? &test : NULL, e);
}

bool trainer_run(struct trainer *t, const char *out, const struct observer *observer, struct score **score,
                 struct error *e)
{
    struct folder f;
    *score = NULL;
    bool good = folder_open(&f, t, out, e) && run(t, &f, observer, score, e);
    folder_abandon(&f);
    if (!good) {
        score_free(*score);
        *score = NULL;
    }
    return good;
}
