/* SPDX-License-Identifier: MIT */
#include "lib/train/run_files.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/data/pretrained.h"
#include "lib/num/kernel.h"
#include "lib/report/modelfile.h"
#include "lib/report/runlog.h"

#include <stdio.h>
#include <string.h>

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

bool run_files_open(struct run_files *f, const struct trainer *t, const char *path, struct error *e)
{
    *f = (struct run_files){.path = path, .config = config_text(t->config)};
    f->made = strlen(path);
    if (!outfile_folder(path, &f->made, e))
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

bool run_files_ready(const struct run_files *f, const struct session *s, struct error *e)
{
    static const char *const names[] = {"model.safetensors", "trace.jsonl", "trace.json"};
    for (size_t k = 0; k < (s->trace.epoch ? sizeof names / sizeof *names : 1); k++) {
        struct outfile *o = open_in(f->path, names[k], e);
        if (!o)
            return false;
        outfile_abandon(o);
    }
    return true;
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
    runlog_string(l, "tracker", tracker_name(&t->session->tracker));
    if (t->session->combine.on) {
        runlog_open_object(l, "combine");
        runlog_integer(l, "blocks", t->session->combine.blocks);
        runlog_integer(l, "every", t->session->combine.every);
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
        const struct tracker_count *n = tracker_counts(&s->tracker, k);
        double gradients = n->gradients ? (double)n->gradients : 1;
        runlog_open_object(l, NULL);
        runlog_integer(l, "thread", k);
        runlog_integer(l, "gradients", (long long)n->gradients);
        runlog_integer(l, "errors", (long long)n->errors);
        runlog_integer(l, "read_overwrites", (long long)n->read_overwrites);
        runlog_integer(l, "write_overwrites", (long long)n->write_overwrites);
        if (s->tracker.held)
            runlog_integer(l, "lost_updates", (long long)n->lost_updates);
        runlog_real(l, "error_rate", 100 * (double)n->errors / gradients);
        runlog_real(l, "delay_mean", (double)n->delay_sum / gradients);
        runlog_integer(l, "delay_max", (long long)n->delay_max);
        if (s->combine.on)
            runlog_real(l, "hot_delay_mean", (double)n->hot_delay_sum / gradients);
        runlog_real(l, "seconds", s->worker[k]->wall);
        runlog_real(l, "cpu_seconds", s->worker[k]->cpu);
        runlog_close(l);
    }
    runlog_close(l);
}

/* Means, extremes, and the mean error of each kind of blocks. */
static void log_comparison(struct runlog *l, const char *name, const struct audit_error *x,
                           const struct layout *layout)
{
    double n = (double)x->gradients;
    runlog_open_object(l, name);
    runlog_real(l, "error", x->error_sum / n);
    runlog_real(l, "error_max", x->error_most);
    runlog_real(l, "cosine", x->cosine_sum / n);
    runlog_real(l, "cosine_min", x->cosine_least);
    runlog_open_object(l, "kinds");
    for (uint32_t g = 0; g < layout->ngroups; g++)
        if (x->kind_gradients[g])
            runlog_real(l, layout->group[g].name, x->kind_sum[g] / (double)x->kind_gradients[g]);
    runlog_close(l);
    runlog_close(l);
}

/* Mean, percentiles and the counts themselves, of delays that occurred. */
static void log_delays(struct runlog *l, const struct tracker *t)
{
    struct tracker_delays d;
    tracker_delays(t, &d);
    if (d.gradients == 0)
        return;
    runlog_open_object(l, "delays");
    runlog_real(l, "mean", d.mean);
    runlog_integer(l, "p50", (long long)d.p50);
    runlog_integer(l, "p99", (long long)d.p99);
    runlog_integer(l, "max", (long long)d.most);
    runlog_open_array(l, "counts");
    for (uint32_t p = 0; p < TRACKER_DELAYS; p++) {
        if (d.count[p] == 0)
            continue;
        runlog_open_array(l, NULL);
        runlog_integer(l, NULL, (long long)tracker_delay_from(p));
        runlog_integer(l, NULL, (long long)d.count[p]);
        runlog_close(l);
    }
    runlog_close(l);
    runlog_close(l);
}

/* What only stamped blocks can tell. */
static void log_kinds(struct runlog *l, const struct tracker *t)
{
    runlog_open_object(l, "kinds");
    for (uint32_t g = 0; g < t->layout->ngroups; g++) {
        struct tracker_kind kind = tracker_kind(t, g);
        runlog_open_object(l, t->layout->group[g].name);
        runlog_integer(l, "read_overwrites", (long long)kind.read_overwrites);
        runlog_integer(l, "write_overwrites", (long long)kind.write_overwrites);
        runlog_close(l);
    }
    runlog_close(l);
}

static void log_audit(struct runlog *l, const struct session *s)
{
    struct audit_count n;
    if (s->audit.every == 0)
        return;
    audit_total(&s->audit, &n);
    runlog_open_object(l, "audit");
    runlog_integer(l, "gradients", (long long)n.stale.gradients);
    if (n.stale.gradients) {
        log_comparison(l, "torn", &n.torn, &s->model->layout);
        log_comparison(l, "stale", &n.stale, &s->model->layout);
        if (s->audit.optimum) {
            runlog_real(l, "tau", n.tau_sum / (double)n.stale.gradients);
            runlog_real(l, "tau_max", n.tau_most);
        }
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
    runlog_real(l, "delay", p->delay);
    if (p->session->combine.on)
        runlog_real(l, "hot_delay", p->hot_delay);
    if (p->scored) {
        runlog_string(l, "part", p->part);
        log_score(l, "score", &p->score, task);
    }
    if (p->best)
        runlog_bool(l, "best", true);
    log_delays(l, &p->session->tracker);
    if (p->session->tracker.stamp)
        log_kinds(l, &p->session->tracker);
    if (tracker_knows_lost(&p->session->tracker))
        runlog_integer(l, "lost_updates", (long long)tracker_lost(&p->session->tracker));
    log_audit(l, p->session);
    log_threads(l, p->session);
    fprintf(outfile_stream(f->text),
            "epoch %u loss %.6f penalty %.6f rate %.6g seconds %.4f cpu %.4f tokens/s %.0f", p->epoch,
            p->loss, p->penalty, p->rate, p->seconds, p->cpu, p->tokens_per_second);
    if (p->scored)
        fprintf(outfile_stream(f->text), " %s %.2f%s", p->part, p->headline, p->best ? " best" : "");
    fprintf(outfile_stream(f->text), " errors %s%.2f%%\n", p->at_most ? "<= " : "", p->error_rate);
    return runlog_end(l, e) && outfile_flush(f->text, e);
}

bool run_files_trace(struct run_files *f, const struct session *s, struct error *e)
{
    if (s->trace.epoch == 0 || s->epoch != s->trace.epoch)
        return true;
    char *lines = join(f->path, "trace.jsonl"), *chart = join(f->path, "trace.json");
    bool good = tracefile_write(&f->trace, s, lines, chart, e);
    memory_free(lines);
    memory_free(chart);
    return good;
}

/* An older run's trace would pass for this one's. */
static void remove_trace(const struct run_files *f)
{
    static const char *const names[] = {"trace.jsonl", "trace.json"};
    for (size_t k = 0; !f->trace.lines && k < sizeof names / sizeof *names; k++) {
        char *path = join(f->path, names[k]);
        remove(path); /* where there is none, all is well */
        memory_free(path);
    }
}

bool run_files_commit(struct run_files *f, struct trainer *t, const struct score_result *dev,
                      const struct score_result *test, struct error *e)
{
    struct runlog *l = f->log;
    char *model = join(f->path, "model.safetensors");
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
        modelfile_save(model, f->config, t->space, &t->model->layout, keep_final(&t->keep, t->session).w, e);
    memory_free(model);
    if (!good)
        return false;
    remove_trace(f);
    f->made = strlen(f->path);
    struct outfile *text = f->text, *yaml = f->yaml;
    f->log = NULL;
    f->text = f->yaml = NULL;
    struct error later; /* the first fault is the one to tell; the others are let go as well */
    good = runlog_commit(l, e);
    good = tracefile_commit(&f->trace, good ? e : &later) && good;
    good = outfile_commit(text, good ? e : &later) && good;
    return outfile_commit(yaml, good ? e : &later) && good;
}

void run_files_abandon(struct run_files *f)
{
    runlog_abandon(f->log);
    outfile_abandon(f->text);
    outfile_abandon(f->yaml);
    tracefile_abandon(&f->trace);
    outfile_unmake(f->path, f->made);
    memory_free(f->config);
}
