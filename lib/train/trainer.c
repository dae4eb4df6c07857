/* SPDX-License-Identifier: MIT */
#include "lib/train/trainer.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/num/kernel.h"
#include "lib/report/modelfile.h"
#include "lib/report/runlog.h"
#include "lib/train/evaluate.h"

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

/* The files of a run folder while it is written. */
struct folder {
    const char *path;
    char *config;
    struct runlog *log;
    struct outfile *text, *yaml;
};

static char *join(const char *folder, const char *name)
{
    char *path = memory_new(strlen(folder) + strlen(name) + 2, 1);
    strcat(strcat(strcpy(path, folder), "/"), name);
    return path;
}

static struct outfile *open_in(const char *folder, const char *name, struct error *e)
{
    char *path = join(folder, name);
    struct outfile *o = outfile_open(path, e);
    memory_free(path);
    return o;
}

static bool open_folder(struct folder *f, const struct trainer *t, const char *path, struct error *e)
{
    *f = (struct folder){.path = path, .config = config_text(t->config)};
    if (!outfile_folder(path, e))
        return false;
    char *log = join(path, "metrics.jsonl");
    f->log = runlog_open(log, e);
    memory_free(log);
    f->text = f->log ? open_in(path, "log.txt", e) : NULL;
    f->yaml = f->text ? open_in(path, "config.yaml", e) : NULL;
    if (f->yaml)
        fputs(f->config, outfile_stream(f->yaml));
    return f->yaml != NULL;
}

static void log_score(struct runlog *l, const char *name, const struct score_result *r, enum corpus_task task)
{
    runlog_open_object(l, name);
    runlog_real(l, "accuracy", r->accuracy);
    if (task != CORPUS_TAGGING) {
        runlog_real(l, "precision", r->precision);
        runlog_real(l, "recall", r->recall);
        runlog_real(l, "f1", r->f1);
    }
    if (r->oov_rate >= 0) {
        runlog_real(l, "oov_rate", r->oov_rate);
        runlog_real(l, "oov_recall", r->oov_recall);
        runlog_real(l, "iv_recall", r->iov_recall);
    }
    runlog_close(l);
}

static void log_part(struct runlog *l, const char *name, const struct dataset *d)
{
    if (!d)
        return;
    runlog_open_object(l, name);
    runlog_integer(l, "sentences", (long long)d->count);
    runlog_integer(l, "tokens", (long long)d->tokens);
    runlog_close(l);
}

static bool log_run(struct runlog *l, const struct trainer *t, struct error *e)
{
    const struct layout *layout = &t->model->layout;
    runlog_begin(l, "run");
    runlog_string(l, "model", t->model->ops->name);
    runlog_string(l, "optimizer", t->session->optimizer->ops->name);
    runlog_string(l, "engine", t->session->engine->name);
    runlog_integer(l, "threads", t->session->nworkers);
    runlog_integer(l, "seed", (long long)t->session->seed);
    runlog_string(l, "kernel", kernel_get()->name);
    runlog_string(l, "tracker",
                  !t->session->tracker.on     ? "off"
                  : t->session->tracker.stamp ? "blocks"
                                              : "overlap");
    runlog_integer(l, "cores", cpu_count());
    log_part(l, "train", t->train);
    log_part(l, "dev", t->dev);
    log_part(l, "test", t->test);
    runlog_integer(l, "labels", vocab_count(t->space->labels));
    runlog_open_object(l, "blocks");
    for (uint32_t k = 0; k < layout->ngroups; k++)
        runlog_integer(l, layout->group[k].name, layout->group[k].count);
    runlog_close(l);
    runlog_integer(l, "weights", (long long)layout_weights(layout));
    runlog_real(l, "lambda", t->session->schedule.lambda);
    runlog_real(l, "load_seconds", t->load_seconds);
    return runlog_end(l, e);
}

static void log_threads(struct runlog *l, const struct session *s)
{
    runlog_open_array(l, "threads");
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct tracker_count *n = tracker_counts(&s->tracker, k);
        double gradients = n->gradients ? (double)n->gradients : 1;
        runlog_open_object(l, NULL);
        runlog_integer(l, "thread", k);
        runlog_integer(l, "gradients", (long long)n->gradients);
        runlog_integer(l, "errors", (long long)n->errors);
        runlog_integer(l, "read_overwrites", (long long)n->read_overwrites);
        runlog_integer(l, "write_overwrites", (long long)n->write_overwrites);
        runlog_real(l, "error_rate", 100 * (double)n->errors / gradients);
        runlog_real(l, "delay_mean", (double)n->delay_sum / gradients);
        runlog_integer(l, "delay_max", (long long)n->delay_max);
        runlog_real(l, "seconds", s->worker[k]->wall);
        runlog_real(l, "cpu_seconds", s->worker[k]->cpu);
        runlog_close(l);
    }
    runlog_close(l);
}

static bool log_epoch(struct folder *f, const struct trainer_epoch *p, enum corpus_task task, struct error *e)
{
    struct runlog *l = f->log;
    runlog_begin(l, "epoch");
    runlog_integer(l, "epoch", p->epoch);
    runlog_real(l, "loss", p->loss);
    runlog_real(l, "penalty", p->penalty);
    runlog_real(l, "rate", p->rate);
    runlog_real(l, "seconds", p->seconds);
    runlog_real(l, "cpu_seconds", p->cpu);
    runlog_real(l, "tokens_per_second", p->tokens_per_second);
    runlog_real(l, "error_rate", p->error_rate);
    runlog_real(l, "delay", p->delay);
    if (p->scored) {
        runlog_string(l, "part", p->part);
        log_score(l, "score", &p->score, task);
    }
    log_threads(l, p->session);
    fprintf(outfile_stream(f->text),
            "epoch %u loss %.6f penalty %.6f rate %.6g seconds %.4f cpu %.4f tokens/s %.0f", p->epoch,
            p->loss, p->penalty, p->rate, p->seconds, p->cpu, p->tokens_per_second);
    if (p->scored)
        fprintf(outfile_stream(f->text), " %s %.2f", p->part,
                task == CORPUS_TAGGING ? p->score.accuracy : p->score.f1);
    fprintf(outfile_stream(f->text), " errors %.2f%%\n", p->error_rate);
    return runlog_end(l, e) && outfile_flush(f->text, e);
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

static bool finish(struct trainer *t, struct folder *f, const struct score_result *dev,
                   const struct score_result *test, struct error *e)
{
    struct runlog *l = f->log;
    char *model = join(f->path, "model.safetensors");
    session_fold(t->session);
    runlog_begin(l, "summary");
    runlog_integer(l, "epochs", t->session->epoch);
    if (dev)
        log_score(l, "dev", dev, t->corpus.task);
    if (test)
        log_score(l, "test", test, t->corpus.task);
    runlog_real(l, "cpu_seconds", cpu_process_seconds());
    runlog_integer(l, "peak_kib", cpu_peak_kib());
    bool good = runlog_end(l, e) && outfile_flush(f->text, e) && outfile_flush(f->yaml, e) &&
                modelfile_save(model, f->config, t->space, &t->model->layout, t->session->w, e);
    memory_free(model);
    if (!good)
        return false;
    struct outfile *text = f->text, *yaml = f->yaml;
    f->log = NULL;
    f->text = f->yaml = NULL;
    struct error later; /* the first fault is the one to tell; the others are let go as well */
    good = runlog_commit(l, e);
    good = outfile_commit(text, good ? e : &later) && good;
    return outfile_commit(yaml, good ? e : &later) && good;
}

static bool run(struct trainer *t, struct folder *f, const struct observer *o, struct score **score,
                struct error *e)
{
    bool each = strcmp(config_string(t->config, "run.evaluate"), "each") == 0;
    const struct dataset *watched = t->dev ? t->dev : t->test;
    int threads = (int)t->session->nworkers;
    struct score_result dev = {0}, test = {0};
    if (!log_run(f->log, t, e))
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
        if (!log_epoch(f, &p, t->corpus.task, e))
            return false;
        if (k == t->epochs && t->dev && t->test) {
            score_free(*score);
            *score = evaluate(t->model, &w, t->test, t->space, t->corpus.task, threads);
            test = score_read(*score);
        }
    }
    return finish(t, f, t->dev ? &dev : NULL, t->test ? &test : NULL, e);
}

bool trainer_run(struct trainer *t, const char *out, const struct observer *observer, struct score **score,
                 struct error *e)
{
    struct folder f;
    *score = NULL;
    bool good = open_folder(&f, t, out, e) && run(t, &f, observer, score, e);
    runlog_abandon(f.log);
    outfile_abandon(f.text);
    outfile_abandon(f.yaml);
    memory_free(f.config);
    if (!good) {
        score_free(*score);
        *score = NULL;
    }
    return good;
}
