/* SPDX-License-Identifier: MIT */
#include "lib/train/run_files.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/data/pretrained.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"
#include "lib/report/modelfile.h"
#include "lib/report/runlog.h"

#include <stdio.h>
#include <string.h>

static struct outfile *open_in(const char *folder, const char *name, struct error *e)
{
    char *path = outfile_path(folder, name);
    struct outfile *o = outfile_open(path, e);
    memory_free(path);
    return o;
}

bool run_files_open(struct run_files *f, const struct trainer *t, const char *path, struct error *e)
{
    *f = (struct run_files){.path = path, .config = config_text(t->config)};
    f->made = strlen(path);
    if (!outfile_folder(path, &f->made, e))
        return false;
    char *log = outfile_path(path, "metrics.jsonl");
    f->log = runlog_open(log, e);
    memory_free(log);
    f->text = f->log ? open_in(path, "log.txt", e) : NULL;
    f->yaml = f->text ? open_in(path, "config.yaml", e) : NULL;
    if (f->yaml)
        fputs(f->config, outfile_stream(f->yaml));
    return f->yaml != NULL;
}

bool run_files_ready(const struct run_files *f, struct session *s, struct error *e)
{
    struct outfile *o = open_in(f->path, "model.safetensors", e);
    if (!o)
        return false;
    outfile_abandon(o);
    return probes_open(&s->probes, f->path, e);
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

static void log_vectors(struct runlog *l, const struct pretrained *p)
{
    char line[64];
    snprintf(line, sizeof line, "%.*s", p->name.n < 60 ? (int)p->name.n : 60, p->name.s);
    runlog_open_object(l, "vectors");
    runlog_string(l, "line", line);
    runlog_integer(l, "words", p->words);
    runlog_integer(l, "columns", p->columns);
    runlog_integer(l, "features", p->features);
    runlog_integer(l, "found", p->found);
    runlog_integer(l, "lowered", p->lowered);
    runlog_integer(l, "added", p->added);
    runlog_close(l);
}

bool run_files_run(struct run_files *f, const struct trainer *t, struct error *e)
{
    struct runlog *l = f->log;
    const struct layout *layout = &t->model->layout;
    runlog_begin(l, "run");
    runlog_string(l, "model", t->model->ops->name);
    runlog_string(l, "optimizer", t->session->optimizer->ops->name);
    runlog_string(l, "engine", t->session->engine->name);
    runlog_integer(l, "threads", t->session->nthreads);
    runlog_integer(l, "workers", t->session->nworkers);
    runlog_integer(l, "seed", (long long)t->session->seed);
    runlog_string(l, "kernel", kernel_get()->name);
    probes_report(&t->session->probes, REPORT_RUN, 0, l);
    if (t->session->local_copies.on) {
        runlog_open_object(l, "combine");
        runlog_integer(l, "blocks", t->session->local_copies.blocks);
        runlog_integer(l, "every", t->session->local_copies.every);
        runlog_close(l);
    }
    runlog_integer(l, "cores", cpu_count());
    log_part(l, "train", t->train);
    runlog_integer(l, "samples", (long long)t->session->nsamples);
    log_part(l, "dev", t->dev);
    log_part(l, "test", t->test);
    runlog_integer(l, "labels", vocab_count(t->space->labels));
    runlog_open_object(l, "blocks");
    for (uint32_t k = 0; k < layout->ngroups; k++)
        runlog_integer(l, layout->group[k].name, layout->group[k].count);
    runlog_close(l);
    runlog_integer(l, "weights", (long long)layout_weights(layout));
    if (t->space->pretrained)
        log_vectors(l, t->space->pretrained);
    runlog_real(l, "lambda", t->session->schedule.lambda);
    runlog_real(l, "load_seconds", t->load_seconds);
    return runlog_end(l, e);
}

bool run_files_calibration(struct run_files *f, const struct calibration *r, struct error *e)
{
    struct runlog *l = f->log;
    runlog_begin(l, "calibration");
    runlog_integer(l, "sentences", (long long)r->sentences);
    runlog_real(l, "rate", r->trial[r->best].rate);
    runlog_open_array(l, "trials");
    for (uint32_t k = 0; k < r->count; k++) {
        runlog_open_object(l, NULL);
        runlog_real(l, "rate", r->trial[k].rate);
        runlog_real(l, "objective", r->trial[k].objective);
        runlog_close(l);
    }
    runlog_close(l);
    return runlog_end(l, e);
}

bool run_files_say(struct run_files *f, const char *words, struct error *e)
{
    fprintf(outfile_stream(f->text), "%s\n", words);
    return outfile_flush(f->text, e);
}

static void log_threads(struct runlog *l, const struct session *s)
{
    runlog_open_array(l, "threads");
    for (uint32_t k = 0; k < s->nworkers; k++) {
        runlog_open_object(l, NULL);
        runlog_integer(l, "thread", k);
        probes_report(&s->probes, REPORT_WORKER, k, l);
        runlog_real(l, "seconds", s->worker[k]->wall);
        runlog_real(l, "cpu_seconds", s->worker[k]->cpu);
        runlog_close(l);
    }
    runlog_close(l);
}

bool run_files_epoch(struct run_files *f, const struct trainer_epoch *p, enum corpus_task task,
                     struct error *e)
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
    runlog_bool(l, "error_rate_is_upper_bound", p->at_most);
    runlog_real(l, "error_rate_least", p->error_rate_least);
    runlog_real(l, "delay", p->delay);
    if (p->session->local_copies.on)
        runlog_real(l, "hot_delay", p->hot_delay);
    if (p->scored) {
        runlog_string(l, "part", p->part);
        log_score(l, "score", &p->score, task);
    }
    if (p->best)
        runlog_bool(l, "best", true);
    probes_report(&p->session->probes, REPORT_EPOCH, 0, l);
    log_threads(l, p->session);
    fprintf(outfile_stream(f->text),
            "epoch %u loss %.6f penalty %.6f rate %.6g seconds %.4f cpu %.4f tokens/s %.0f", p->epoch,
            p->loss, p->penalty, p->rate, p->seconds, p->cpu, p->tokens_per_second);
    if (p->scored)
        fprintf(outfile_stream(f->text), " %s %.2f%s", p->part, p->headline, p->best ? " best" : "");
    if (p->at_most)
        fprintf(outfile_stream(f->text), " errors %.2f-%.2f%%\n", p->error_rate_least, p->error_rate);
    else
        fprintf(outfile_stream(f->text), " errors %.2f%%\n", p->error_rate);
    return runlog_end(l, e) && outfile_flush(f->text, e);
}

/* What an older run's probes have left would pass for this one's. */
static void remove_older(const struct run_files *f, const struct session *s)
{
    for (const struct probe_ops *const *ops = probe_table; *ops; ops++)
        for (size_t k = 0; (*ops)->files && (*ops)->files[k]; k++) {
            char *path = outfile_path(f->path, (*ops)->files[k]);
            if (!probes_find(&s->probes, *ops))
                remove(path); /* where there is none, all is well */
            memory_free(path);
        }
}

bool run_files_commit(struct run_files *f, struct trainer *t, const struct score_result *dev,
                      const struct score_result *test, struct error *e)
{
    struct runlog *l = f->log;
    char *model = outfile_path(f->path, "model.safetensors");
    session_fold(t->session);
    runlog_begin(l, "summary");
    runlog_integer(l, "epochs", t->session->epoch);
    if (t->keep.best_epoch)
        runlog_integer(l, "best_epoch", t->keep.best_epoch);
    runlog_bool(l, "stopped", t->stopped);
    if (dev)
        log_score(l, "dev", dev, t->corpus.task);
    if (test)
        log_score(l, "test", test, t->corpus.task);
    runlog_real(l, "cpu_seconds", cpu_process_seconds());
    runlog_integer(l, "peak_kib", cpu_peak_kib());
    bool good =
        runlog_end(l, e) && outfile_flush(f->text, e) && outfile_flush(f->yaml, e) &&
        modelfile_save(model, f->config, t->space, &t->model->layout, keep_final(&t->keep, t->session).w,
                       t->session->optimizer->ops->sparse, NULL, e);
    memory_free(model);
    if (!good)
        return false;
    remove_older(f, t->session);
    f->made = strlen(f->path);
    struct outfile *text = f->text, *yaml = f->yaml;
    f->log = NULL;
    f->text = f->yaml = NULL;
    struct error later; /* the first fault is the one to tell; the others are let go as well */
    good = runlog_commit(l, e);
    good = probes_commit(&t->session->probes, good ? e : &later) && good;
    good = outfile_commit(text, good ? e : &later) && good;
    return outfile_commit(yaml, good ? e : &later) && good;
}

void run_files_abandon(struct run_files *f, struct trainer *t)
{
    runlog_abandon(f->log);
    outfile_abandon(f->text);
    outfile_abandon(f->yaml);
    if (t->session)
        probes_abandon(&t->session->probes);
    outfile_unmake(f->path, f->made);
    memory_free(f->config);
}
