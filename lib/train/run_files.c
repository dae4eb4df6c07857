/* SPDX-License-Identifier: MIT */
#include "lib/train/run_files.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/base/version.h"
#include "lib/data/pretrained.h"
#include "lib/learn/engine.h"
#include "lib/num/kernel.h"
#include "lib/report/events.h"
#include "lib/report/modelfile.h"
#include "lib/report/run_folder.h"
#include "lib/report/runlog.h"
#include "lib/report/tensorboard.h"
#include "lib/train/warm_start.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct outfile *open_in(const char *folder, const char *name, struct error *e)
{
    char *path = outfile_path(folder, name);
    struct outfile *o = outfile_open(path, e);
    memory_free(path);
    return o;
}

bool run_files_open(struct run_files *f, const struct trainer *t, const char *path, const char *run,
                    struct error *e)
{
    *f = (struct run_files){.path = path, .run = run, .config = config_text(t->config)};
    f->made = strlen(path);
    if (!outfile_folder(path, &f->made, e))
        return false;
    char *log = outfile_path(path, "metrics.jsonl");
    f->log = runlog_open(log, e);
    memory_free(log);
    f->text = f->log ? open_in(path, "log.txt", e) : NULL;
    f->yaml = f->text ? open_in(path, "config.yaml", e) : NULL;
    if (!f->yaml)
        return false;
    run_folder_clear(path);
    fputs(f->config, outfile_stream(f->yaml));
    return outfile_flush(f->yaml, e);
}

uint32_t run_files_logs(const struct run_files *f, const struct session *s,
                        struct outfile *log[RUN_FILES_LOGS])
{
    uint32_t n = 0;
    log[n++] = runlog_file(f->log);
    log[n++] = f->text;
    for (uint32_t k = 0; k < s->probes.count; k++)
        if (probes_file(&s->probes, k))
            log[n++] = probes_file(&s->probes, k);
    return n;
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
    runlog_open_object(l, "counts");
    runlog_integer(l, "tokens", (long long)r->tokens);
    runlog_integer(l, "correct_tokens", (long long)r->correct_tokens);
    if (task != CORPUS_TAGGING) {
        runlog_integer(l, "gold", (long long)r->gold);
        runlog_integer(l, "guessed", (long long)r->guessed);
        runlog_integer(l, "correct", (long long)r->correct);
    }
    runlog_close(l);
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

static void log_start(struct runlog *l, const struct warm_start *s)
{
    runlog_open_object(l, "from");
    runlog_string(l, "model", s->path);
    runlog_integer(l, "features", s->features);
    runlog_integer(l, "new_features", s->all_features - s->features);
    runlog_integer(l, "labels", s->labels);
    runlog_integer(l, "new_labels", s->all_labels - s->labels);
    if (s->all_characters) {
        runlog_integer(l, "characters", s->characters);
        runlog_integer(l, "new_characters", s->all_characters - s->characters);
    }
    runlog_integer(l, "weights", (long long)s->weights);
    runlog_integer(l, "new_weights", (long long)(s->all_weights - s->weights));
    runlog_close(l);
}

static void log_time(struct runlog *l, const char *name)
{
    char date[CPU_DATE];
    cpu_date(date);
    runlog_string(l, name, date);
}

/* When, where, and what by. */
static void log_origin(struct runlog *l, const char *command)
{
    char host[256] = "", processor[CPU_NAME];
    gethostname(host, sizeof host - 1);
    cpu_name(processor);
    log_time(l, "date");
    runlog_string(l, "host", host);
    runlog_string(l, "version", VERSION);
    runlog_string(l, "processor", *processor ? processor : NULL);
    runlog_string(l, "command", command);
}

bool run_files_run(struct run_files *f, const struct trainer *t, const char *command, struct error *e)
{
    struct runlog *l = f->log;
    const struct layout *layout = &t->model->layout;
    runlog_begin(l, "run");
    runlog_string(l, "id", f->run);
    log_origin(l, command);
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
        runlog_real(l, "plain", t->session->local_copies.plain);
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
    if (t->start)
        log_start(l, t->start);
    if (t->space->pretrained)
        log_vectors(l, t->space->pretrained);
    runlog_real(l, "lambda", t->session->schedule.lambda);
    runlog_real(l, "load_seconds", t->load_seconds);
    return runlog_end(l, e);
}

bool run_files_resumed(struct run_files *f, const struct session *s, struct error *e)
{
    runlog_begin(f->log, "resumed");
    runlog_integer(f->log, "epochs", s->epoch);
    log_time(f->log, "time");
    return runlog_end(f->log, e);
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
    if (strncmp(words, "warning: ", 9) == 0) {
        runlog_begin(f->log, "warning");
        runlog_string(f->log, "text", words + 9);
        if (!runlog_end(f->log, e))
            return false;
    }
    text_say(outfile_stream(f->text), "%s", words);
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

/* The model after this epoch, aside (lib/report/run_folder.h); its signature. */
static bool save_epoch(const struct run_files *f, const struct trainer *t, uint32_t epoch, char *signature,
                       struct error *e)
{
    char *folder = outfile_path(f->path, RUN_FOLDER_EPOCHS);
    char *path = run_folder_epoch_path(f->path, epoch, f->run);
    real *w = keep_copy(&t->keep, t->session);
    const bool good =
        outfile_folder(folder, NULL, e) && modelfile_save(path, f->config, t->space, &t->model->layout, w,
                                                          t->session->optimizer->ops->sparse, signature, e);
    memory_free(w);
    memory_free(path);
    memory_free(folder);
    return good;
}

bool run_files_epoch(struct run_files *f, const struct trainer *t, const struct trainer_epoch *p,
                     struct error *e)
{
    struct runlog *l = f->log;
    char signature[CONTAINER_SIGNATURE];
    if (t->keep.epochs && !save_epoch(f, t, p->epoch, signature, e))
        return false;
    runlog_begin(l, "epoch");
    runlog_integer(l, "epoch", p->epoch);
    log_time(l, "time");
    runlog_real(l, "loss", p->loss);
    runlog_real(l, "penalty", p->penalty);
    runlog_real(l, "rate", p->rate);
    runlog_real(l, "seconds", p->seconds);
    runlog_real(l, "cpu_seconds", p->cpu);
    runlog_real(l, "tokens_per_second", p->tokens_per_second);
    runlog_real(l, "least_share", 100 * p->least_share);
    runlog_real(l, "error_rate", p->error_rate);
    runlog_bool(l, "error_rate_is_upper_bound", p->at_most);
    runlog_real(l, "error_rate_least", p->error_rate_least);
    runlog_real(l, "delay", p->delay);
    if (p->session->local_copies.on)
        runlog_real(l, "hot_delay", p->hot_delay);
    if (p->scored) {
        runlog_string(l, "part", p->part);
        log_score(l, "score", &p->score, t->corpus.task);
    }
    if (p->best)
        runlog_bool(l, "best", true);
    if (t->keep.epochs)
        runlog_string(l, "saved", signature);
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

static void log_summary(struct run_files *f, const struct trainer *t, const struct score_result *dev,
                        const struct score_result *test, const char *model)
{
    struct runlog *l = f->log;
    runlog_begin(l, "summary");
    runlog_integer(l, "epochs", t->session->epoch);
    log_time(l, "time");
    if (t->keep.best_epoch)
        runlog_integer(l, "best_epoch", t->keep.best_epoch);
    runlog_bool(l, "stopped", t->stopped);
    if (dev)
        log_score(l, "dev", dev, t->corpus.task);
    if (test)
        log_score(l, "test", test, t->corpus.task);
    runlog_real(l, "cpu_seconds", cpu_process_seconds());
    runlog_integer(l, "peak_kib", cpu_peak_kib());
    runlog_string(l, "model", model);
}

/* Each of the other files says which model it belongs to. */
static bool finish(struct run_files *f, struct trainer *t, const struct score_result *dev,
                   const struct score_result *test, const struct score *table, const char *model,
                   struct error *e)
{
    log_summary(f, t, dev, test, model);
    if (table)
        score_print(table, outfile_stream(f->text));
    fprintf(outfile_stream(f->text), "model %s\n", model);
    fprintf(outfile_stream(f->yaml), "# model %s\n", model);
    return runlog_end(f->log, e) && runlog_finish(f->log, e) && outfile_finish(f->text, e) &&
           outfile_finish(f->yaml, e) && probes_finish(&t->session->probes, model, e);
}

static struct outfile *begin_model(const struct run_files *f, const struct trainer *t, const char *name,
                                   char signature[CONTAINER_SIGNATURE], struct error *e)
{
    char *path = outfile_path(f->path, name);
    struct outfile *model =
        modelfile_begin(path, f->config, t->space, &t->model->layout, keep_final(&t->keep, t->session).w,
                        t->session->optimizer->ops->sparse, signature, e);
    memory_free(path);
    return model;
}

/* The log, which is finished, for TensorBoard. `*out` waits for its commit; NULL: it is not wanted. */
static bool begin_tensorboard(const struct run_files *f, const struct trainer *t, const char *model,
                              struct outfile **out, struct error *e)
{
    struct outfile *file = runlog_file(f->log);
    char *folder = outfile_path(f->path, RUN_FOLDER_TENSORBOARD), name[64], *bytes = NULL;
    const size_t n = outfile_size(file);
    *out = NULL;
    bool good = true;
    if (config_bool(t->config, "run.tensorboard") && n) { /* (of a log that is a pipe nothing is left) */
        snprintf(name, sizeof name, RUN_FOLDER_TFEVENTS "%s", model);
        good = outfile_contents(file, n, &bytes, e) && outfile_folder(folder, NULL, e) &&
               (*out = open_in(folder, name, e)) != NULL;
        struct events *log = good ? events_parse("metrics.jsonl", (struct span){bytes, n}, e) : NULL;
        if (log)
            tensorboard_write(log, model, outfile_stream(*out));
        good = log && outfile_finish(*out, e);
        events_free(log);
        memory_free(bytes);
    }
    memory_free(folder);
    if (good)
        return true;
    outfile_abandon(*out);
    *out = NULL;
    return false;
}

/* Logs and configuration in place. */
static bool commit_logs(struct run_files *f, struct error *e)
{
    struct runlog *l = f->log;
    struct outfile *text = f->text, *yaml = f->yaml;
    struct error later; /* the first fault is the one to tell; the others are let go as well */
    f->made = strlen(f->path);
    f->log = NULL;
    f->text = f->yaml = NULL;
    bool good = outfile_commit(yaml, e);
    good = runlog_commit(l, good ? e : &later) && good;
    return outfile_commit(text, good ? e : &later) && good;
}

bool run_files_commit(struct run_files *f, struct trainer *t, const struct score_result *dev,
                      const struct score_result *test, const struct score *table, struct error *e)
{
    char signature[CONTAINER_SIGNATURE];
    struct outfile *board = NULL;
    session_fold(t->session);
    struct outfile *model = begin_model(f, t, RUN_FOLDER_MODEL, signature, e);
    if (!model)
        return false;
    if (!finish(f, t, dev, test, table, signature, e) || !begin_tensorboard(f, t, signature, &board, e)) {
        outfile_abandon(model);
        return false;
    }
    if (!outfile_commit(model, e)) {
        outfile_abandon(board);
        return false;
    }
    struct error later;
    bool good = commit_logs(f, e);
    good = probes_commit(&t->session->probes, good ? e : &later) && good;
    good = (!board || outfile_commit(board, good ? e : &later)) && good;
    f->over = true;
    if (!good) {
        error_add(e, "; the model is in place, and the next command with %s puts the rest in place", f->path);
        return false;
    }
    run_folder_remove_older(f->path, signature);
    outfile_remove(f->path, RUN_FOLDER_BEST);
    return true;
}

bool run_files_best(const struct run_files *f, struct trainer *t, struct error *e)
{
    struct outfile *model =
        t->keep.best && t->keep.best_epoch ? begin_model(f, t, RUN_FOLDER_BEST, NULL, e) : NULL;
    return model ? outfile_commit(model, e) : !(t->keep.best && t->keep.best_epoch);
}

void run_files_leave(struct run_files *f)
{
    runlog_leave(f->log);
    outfile_leave(f->text);
    outfile_leave(f->yaml);
    f->log = NULL;
    f->text = f->yaml = NULL;
    f->made = strlen(f->path);
    f->left = true;
}

/* Of an event and a line that the run has failed, and why. */
static bool say_failure(struct run_files *f, const struct trainer *t, const char *why, struct error *e)
{
    runlog_begin(f->log, "diverged");
    runlog_integer(f->log, "epoch", t->session->epoch);
    runlog_string(f->log, "why", why);
    return runlog_end(f->log, e) && run_files_say(f, why, e);
}

bool run_files_diverged(struct run_files *f, struct trainer *t, const char *why, struct error *e)
{
    char *folder = outfile_path(f->path, "diverged");
    bool good = outfile_folder(folder, NULL, e) && say_failure(f, t, why, e) && run_files_best(f, t, e);
    if (good) {
        struct runlog *l = f->log;
        outfile_move(runlog_file(l), folder, "metrics.jsonl");
        outfile_move(f->text, folder, "log.txt");
        outfile_move(f->yaml, folder, "config.yaml");
        good = commit_logs(f, e);
    }
    memory_free(folder);
    return good;
}

void run_files_abandon(struct run_files *f, struct trainer *t)
{
    runlog_abandon(f->log);
    outfile_abandon(f->text);
    outfile_abandon(f->yaml);
    if (!f->over && !f->left && t->keep.epochs)
        run_folder_drop_epochs(f->path, f->run);
    if (t->session)
        probes_abandon(&t->session->probes);
    outfile_unmake(f->path, f->made);
    memory_free(f->config);
}
