/* SPDX-License-Identifier: MIT */
#include "lib/train/trainer.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/threads.h"
#include "lib/learn/decode.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"
#include "lib/train/checkpoint.h"
#include "lib/train/evaluate.h"
#include "lib/train/initial.h"
#include "lib/train/optimum.h"
#include "lib/train/run_files.h"
#include "lib/train/warm_start.h"
#include "lib/train/warnings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool trainer_threads(const struct config *c, const struct parts *parts, struct error *e)
{
    uint32_t n = parts->engine->parallel ? (uint32_t)config_integer(c, "engine.threads") : 1;
    return threads_suffice(n, e);
}

/* Can the model read what the corpus has? */
static bool model_reads(const struct model_ops *m, const struct corpus *corpus, struct error *e)
{
    return m->values || !corpus->format->attributes ||
           config_fault(corpus->config, "model.name", e,
                        "'%s' reads columns, and format %s has features with values instead; choose another "
                        "model, or give a corpus in columns",
                        m->name, corpus->format->name);
}

struct trainer *trainer_read(const struct config *c, const struct parts *parts, struct error *e)
{
    double begin = cpu_wall();
    struct trainer *t = memory_new(1, sizeof *t);
    e->kind = ERROR_NONE;
    bool good = corpus_configure(&t->corpus, c, e) && model_reads(parts->model, &t->corpus, e) &&
                initial_possible(c, parts->model, e);
    if (good && parts->model->spelling)
        corpus_spell(&t->corpus, parts->model->spelling(c));
    good = good && warm_start_open(&t->start, c, parts->model, &t->corpus, e);
    if (good && keep_init(&t->keep, c, t->corpus.ndev || t->corpus.dev_fraction > 0, e) &&
        (t->train = dataset_learn(&t->corpus, &t->space, e)) != NULL)
        t->dev = dataset_part(&t->corpus, t->space, DATASET_DEV, e);
    if (e->kind == ERROR_NONE)
        t->test = dataset_part(&t->corpus, t->space, DATASET_TEST, e);
    if (t->space && e->kind == ERROR_NONE)
        space_close(t->space);
    if (e->kind == ERROR_NONE && (t->model = parts->model->create(c, t->space, e)) != NULL) {
        t->load_seconds = cpu_wall() - begin;
        return t;
    }
    trainer_free(t);
    return NULL;
}

bool trainer_begin(struct trainer *t, const struct config *c, const struct parts *parts, uint64_t seed,
                   struct error *e)
{
    session_free(t->session);
    t->config = c;
    t->epochs = (uint32_t)config_integer(c, "run.epochs");
    t->session = NULL;
    constraint_free(t->constraint);
    t->constraint =
        decode_constraint(config_string(c, "run.decode"), t->space, encoding_model(t->space->encoding));
    boundaries_choice(config_string(c, "run.whole"), &t->whole);
    if (t->whole != WHOLE_NONE && t->corpus.task != CORPUS_SEGMENTATION)
        return config_fault(c, "run.whole", e, "goes with task segmentation; leave it out");
    t->session = session_new(c, parts->engine, parts->optimizer, t->model, t->train, seed, e);
    memory_free(t->optimum);
    t->optimum = NULL;
    if (!t->session || !session_suffices(t->session, t->epochs, e) ||
        !initial_vectors(c, t->space->pretrained, t->model, t->session->w, e) ||
        !optimum_read(c, t->space, &t->model->layout, &t->optimum, e))
        return false;
    warm_start_copy(t->start, t->model, t->space,
                    t->session->w); /* known features keep theirs, vectors or not */
    t->session->optimum = t->optimum;
    t->session->last = t->epochs - 1;
    return true;
}

struct trainer *trainer_new(const struct config *c, const struct parts *parts, struct error *e)
{
    double begin = cpu_wall();
    struct trainer *t = trainer_read(c, parts, e);
    if (t && trainer_begin(t, c, parts, (uint64_t)config_integer(c, "run.seed"), e)) {
        if (t->space->pretrained)
            pretrained_forget(t->space->pretrained);
        warm_start_forget(t->start);
        t->load_seconds = cpu_wall() - begin;
        return t;
    }
    trainer_free(t);
    return NULL;
}

static size_t state_bytes(const struct trainer *t)
{
    struct state_list list = {0};
    session_state(t->session, &list);
    const size_t bytes = checkpoint_bytes(&list);
    state_free(&list);
    return bytes;
}

long trainer_memory(const struct trainer *t)
{
    const struct dataset *watched =
        t->dev && (!t->test || t->dev->tokens > t->test->tokens) ? t->dev : t->test;
    /* the session has touched what it has not counted as `later` */
    size_t weights = t->model->layout.size * sizeof(real) * (size_t)keep_vectors(&t->keep);
    /* where an epoch cannot go on in its middle, the run keeps the state of its beginning */
    size_t saved = t->session->pause.possible ? 0 : state_bytes(t) + weights;
    size_t epoch_bytes = t->session->nsamples * (sizeof(struct example) + 3 * sizeof(uint32_t));
    size_t answers = watched ? watched->tokens * sizeof(uint32_t) : 0;
    long later = cpu_resident_kib() +
                 (long)((weights + saved + epoch_bytes + answers + session_memory_bytes(t->session)) / 1024);
    return later > cpu_peak_kib() ? later : cpu_peak_kib();
}

void trainer_free(struct trainer *t)
{
    if (!t)
        return;
    session_free(t->session);
    memory_free(t->optimum);
    keep_free(&t->keep);
    if (t->model)
        t->model->ops->destroy(t->model);
    dataset_free(t->train);
    dataset_free(t->dev);
    dataset_free(t->test);
    constraint_free(t->constraint);
    space_free(t->space);
    warm_start_free(t->start);
    memory_free(t);
}

/* What the workers' counts and clocks say of the epoch. */
static void sum_up(struct trainer_epoch *p, const struct session *s)
{
    uint64_t gradients = 0, errors = 0, unsure = 0, delay = 0, hot = 0;
    p->session = s;
    p->least_share = 1;
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct gradient_counts n = session_counts(s, k);
        const struct worker *w = s->worker[k];
        gradients += n.gradients;
        errors += n.errors;
        delay += n.delay_sum;
        hot += n.hot_delay_sum;
        unsure += n.unsure;
        p->cpu += w->cpu;
        if (w->wall > 0 && w->cpu / w->wall < p->least_share)
            p->least_share = w->cpu / w->wall;
    }
    p->at_most = unsure > 0;
    p->error_rate_least = gradients ? 100 * (double)(errors - unsure) / (double)gradients : 0;
    p->error_rate = gradients ? 100 * (double)errors / (double)gradients : 0;
    p->delay = gradients ? (double)delay / (double)gradients : 0;
    p->hot_delay = gradients ? (double)hot / (double)gradients : 0;
}

bool trainer_epoch(struct trainer *t, struct trainer_epoch *p, const struct observer *o, struct error *e)
{
    struct session *s = t->session;
    if (!s->pause.paused)
        *p = (struct trainer_epoch){
            .epoch = s->epoch + 1, .epochs = t->epochs, .rate = schedule_rate(&s->schedule)};
    o->passing(o->context, s, p->epoch);
    double begin = cpu_wall();
    p->loss = session_epoch(s);
    p->seconds += cpu_wall() - begin;
    if (s->team < s->nworkers)
        return threads_too_few(s->team, s->nworkers, e);
    if (s->pause.broken)
        return true;
    p->tokens_per_second = (double)t->train->tokens / p->seconds;
    sum_up(p, s);
    double scale = s->schedule.scale;
    p->penalty = s->schedule.lambda / 2 * scale * scale * kernel_norm2(s->w, t->model->layout.size) /
                 (double)s->nsamples;
    if (!isfinite(p->loss) || !isfinite(p->penalty))
        return error_set(e, ERROR_DIVERGED,
                         "training diverged in epoch %u: the loss is not finite any more; use a lower "
                         "optimizer.rate (now %g)%s",
                         p->epoch, s->schedule.rate,
                         s->optimizer->ops->divergence_hint ? s->optimizer->ops->divergence_hint : "");
    return true;
}

struct score *trainer_score(const struct trainer *t, const struct weights *w, const struct dataset *part)
{
    evaluate_about(part == t->dev ? "dev" : "test");
    return evaluate(t->model, w, part, t->space, t->corpus.task, t->constraint, t->whole,
                    (int)t->session->nthreads);
}

double trainer_headline(const struct trainer *t, const struct score_result *r)
{
    return t->corpus.task == CORPUS_TAGGING ? r->accuracy : r->f1;
}

const char *trainer_figure(const struct trainer *t)
{
    return t->corpus.task == CORPUS_TAGGING ? "accuracy" : "F1";
}

bool trainer_crowded(const struct session *s, char *words)
{
    if (s->nthreads <= (uint32_t)cpu_count())
        return false;
    snprintf(
        words, TRAINER_WORDS,
        "warning: engine.threads %u on %d cores: threads take turns, so it gets no faster beyond %d; set "
        "engine.threads to %d, unless gradient errors are what you are after",
        s->nthreads, cpu_count(), cpu_count(), cpu_count());
    return true;
}

void trainer_warn(const struct trainer *t, const struct labels_listener *listener)
{
    const struct dataset *const part[] = {t->train, t->dev, t->test};
    const struct labels *labels[3] = {NULL};
    for (int k = 0; k < 3; k++)
        if (part[k]) {
            dataset_warn(part[k], t->space, listener);
            labels[k] = part[k]->labels;
        }
    labels_warn_of_rules(labels, 3, t->space->encoding, t->corpus.map, t->corpus.nmap, listener);
    char words[WARNINGS_WORDS];
    for (uint32_t k = 0; k < warnings_count(); k++)
        if (warnings_tell(t, k, words))
            listener->say(listener->to, words);
}
