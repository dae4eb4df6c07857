/* SPDX-License-Identifier: MIT */
#include "lib/train/run.h"

#include "lib/base/cpu.h"
#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/learn/decode.h"
#include "lib/num/kernel.h"
#include "lib/report/run_folder.h"
#include "lib/report/runlog.h"
#include "lib/train/checkpoint.h"
#include "lib/train/initial.h"
#include "lib/train/run_files.h"
#include "lib/train/warm_start.h"
#include "lib/train/warnings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct key run_keys[] = {
    {"seed", KEY_INTEGER, 0, 9e15, "1", NULL,
     "seed of everything random: order of samples, initial weights and others"},
    {"epochs", KEY_INTEGER, 1, 1e6, "10", NULL, "number of epochs"},
    {"evaluate", KEY_CHOICE, 0, 0, "each", "each|last",
     "when to score\n"
     "each: after each epoch\n"
     "last: after the last epoch"},
    {"decode", KEY_CHOICE, 0, 0, "free", DECODE_CHOICES,
     "which labels may follow each other in answers\n"
     "free: all\n"
     "scheme: as the label scheme allows\n"
     "seen: as seen in training"},
    {"whole", KEY_CHOICE, 0, 0, "none", BOUNDARIES_CHOICES,
     "segmentation: runs of characters that no word boundary may divide, in scoring and tagging\n"
     "none: no such runs\n"
     "letters: Latin and similar letters, full-width too\n"
     "digits: digits, and points between them (3.14)\n"
     "both: letters and digits"},
    {"blanks", KEY_CHOICE, 0, 0, "keep", "keep|drop",
     "format segmented: what blanks in the input of tag mean\n"
     "keep: word boundaries, which stay\n"
     "drop: nothing"},
    {"tensorboard", KEY_BOOL, 0, 0, "false", NULL,
     "write loss, rate, scores, gradient errors and speed for TensorBoard, into the folder tensorboard of "
     "the run"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Where in its story a run stands. */
enum phase { TRAINING, SCORING }; /* SCORING: an epoch is trained, and not yet in the log */

struct run {
    struct trainer *t;
    const struct observer *o;
    struct run_files files;
    struct checkpoints checkpoints;
    bool each; /* a score after each epoch */
    struct trainer_epoch now; /* the epoch in hand */
    uint32_t phase;
    double last; /* the score after the last epoch that has one; NAN: none has */
    struct score_result dev, test; /* of the model that the run keeps */
    bool knows_dev;
    struct score **score; /* the whole of the last of them */
    bool begun; /* there is something to lose: an epoch has begun */
    bool failed; /* a checkpoint could not be written, and that was said */
    bool any; /* one was written, or gone on from */
    bool slow_said; /* that a thread did not get its core */
    /* Where an epoch cannot go on in its middle: the state at its begin */
    unsigned char *saved; /* [room] the contents of the list, end to end */
    size_t room, saved_size[RUN_FILES_LOGS]; /* … and of the logs how much there was */
    uint64_t saved_samples, saved_epoch;
};

/* ---- words */

/* Words go to log.txt and to whoever looks on. */
__attribute__((format(printf, 3, 4))) static bool say(struct run *r, struct error *e, const char *format, ...)
{
    char words[CALIBRATE_WORDS];
    va_list rest;
    va_start(rest, format);
    vsnprintf(words, sizeof words, format, rest);
    va_end(rest);
    r->o->said(r->o->context, words);
    return run_files_say(&r->files, words, e);
}

/* Whom a run's warnings are said to, as by say(). */
struct listener {
    struct run *run;
    struct error *e;
};

static void pass_on(void *to, const char *words)
{
    struct listener *l = to;
    if (l->e->kind != ERROR_NONE)
        return;
    l->run->o->said(l->run->o->context, words);
    run_files_say(&l->run->files, words, l->e);
}

static bool set_rate(struct run *r, struct error *e)
{
    struct trainer *t = r->t;
    if (config_integer(t->config, "optimizer.calibrate") == 0)
        return true;
    struct calibration found;
    char words[CALIBRATE_WORDS];
    if (!calibrate(t->session, t->config, &found, e))
        return false;
    if (interrupt_stop())
        return true; /* it was broken off */
    t->session->schedule.rate = found.trial[found.best].rate;
    calibrate_words(&found, words);
    return run_files_calibration(&r->files, &found, e) && say(r, e, "%s", words);
}

/* How many labels are open, and what that means. */
static bool say_open(struct run *r, struct error *e)
{
    const struct trainer *t = r->t;
    const struct dataset *part[] = {t->dev, t->test};
    static const char *const name[] = {"dev", "test"};
    bool good =
        t->train->open == 0 ||
        say(r, e,
            "%zu of %zu training token%s have open labels (corpus.open): all labels that agree with the "
            "others are trained",
            t->train->open, t->train->tokens, text_s(t->train->tokens));
    for (int k = 0; k < 2; k++)
        if (good && part[k] && part[k]->open)
            good = say(r, e, "%zu of %zu %s token%s have open labels: they are not scored%s", part[k]->open,
                       part[k]->tokens, name[k], text_s(part[k]->tokens),
                       t->corpus.task == CORPUS_CHUNKING ? ", nor are chunks in or beside them" : "");
    return good;
}

/* What there is to say before training. */
static bool say_begin(struct run *r, struct error *e)
{
    const struct trainer *t = r->t;
    char words[WARNINGS_WORDS];
    struct listener listener = {r, e};
    e->kind = ERROR_NONE;
    trainer_warn(t, &(struct labels_listener){pass_on, &listener});
    if (e->kind != ERROR_NONE || (trainer_crowded(t->session, words) && !say(r, e, "%s", words)) ||
        !say_open(r, e))
        return false;
    if (t->keep.average > t->epochs &&
        !say(r, e,
             "no mean of weights: run.average begins it after epoch %u, and the run ends after epoch %u",
             t->keep.average, t->epochs))
        return false;
    if (t->start) {
        warm_start_words(t->start, words, sizeof words);
        if (!say(r, e, "%s", words))
            return false;
    }
    if (!t->space->pretrained)
        return true;
    initial_words(t->space->pretrained, words, sizeof words);
    return say(r, e, "%s", words);
}

/* What was stopped and kept, in words; nothing where all is as usual. */
static bool say_end(struct run *r, struct error *e)
{
    const struct trainer *t = r->t;
    const struct keep *k = &t->keep;
    const char *figure = trainer_figure(t);
    uint32_t last = k->best ? k->best_epoch : t->session->epoch;
    struct listener listener = {r, e};
    e->kind = ERROR_NONE;
    probes_run_words(&t->session->probes, t->session->epoch, pass_on, &listener);
    if (e->kind != ERROR_NONE)
        return false;
    if (t->stopped && !say(r, e, "stopped after epoch %u: no better dev %s in %u epoch%s", t->session->epoch,
                           figure, k->waited, text_s(k->waited)))
        return false;
    if (k->best && !say(r, e, "kept: epoch %u, dev %s %.2f", last, figure, k->best_score))
        return false;
    return !k->average || last < k->average ||
           say(r, e, "the model is the mean of the weights after epochs %u to %u", k->average, last);
}

/* ---- the state */

/* Trained so far. */
static uint64_t samples_of(const struct session *s)
{
    uint64_t samples = s->schedule.done;
    for (uint32_t k = 0; k < s->nworkers && s->pause.paused; k++)
        samples += s->worker[k]->gradients;
    return samples;
}

static void list_state(struct run *r, struct state_list *list)
{
    struct trainer_epoch *p = &r->now;
    session_state(r->t->session, list);
    keep_state(&r->t->keep, r->t->session, list);
    list->owner = "run";
    state_add(list, "phase", &r->phase, 1, sizeof r->phase);
    state_add(list, "stopped", &r->t->stopped, 1, sizeof r->t->stopped);
    state_add(list, "last", &r->last, 1, sizeof r->last);
    state_add(list, "epoch", &p->epoch, 1, sizeof p->epoch);
    state_add(list, "loss", &p->loss, 1, sizeof p->loss);
    state_add(list, "penalty", &p->penalty, 1, sizeof p->penalty);
    state_add(list, "rate", &p->rate, 1, sizeof p->rate);
    state_add(list, "seconds", &p->seconds, 1, sizeof p->seconds);
    state_add(list, "cpu", &p->cpu, 1, sizeof p->cpu);
    state_add(list, "speed", &p->tokens_per_second, 1, sizeof p->tokens_per_second);
    state_add(list, "error rate", &p->error_rate, 1, sizeof p->error_rate);
    state_add(list, "at most", &p->at_most, 1, sizeof p->at_most);
    state_add(list, "least", &p->error_rate_least, 1, sizeof p->error_rate_least);
    state_add(list, "delay", &p->delay, 1, sizeof p->delay);
    state_add(list, "hot delay", &p->hot_delay, 1, sizeof p->hot_delay);
    state_add(list, "best checkpoint", &r->checkpoints.best, 1, sizeof r->checkpoints.best);
    state_add(list, "its score", &r->checkpoints.best_score, 1, sizeof r->checkpoints.best_score);
    state_add(list, "share", &p->least_share, 1, sizeof p->least_share);
}

/* Where an epoch cannot go on in its middle, its begin is what a checkpoint in it has. */
static bool save_begin(struct run *r, struct error *e)
{
    struct session *s = r->t->session;
    struct state_list list = {0};
    struct outfile *log[RUN_FILES_LOGS];
    if (s->pause.possible)
        return true;
    list_state(r, &list);
    r->saved = memory_grow(r->saved, &r->room, checkpoint_bytes(&list) + 1, 1);
    unsigned char *to = r->saved;
    for (size_t k = 0; k < list.count; k++) {
        const size_t n = list.item[k].count * list.item[k].size;
        memcpy(to, list.item[k].data, n);
        to += n;
    }
    state_free(&list);
    r->saved_samples = samples_of(s);
    r->saved_epoch = s->epoch;
    const uint32_t nlogs = run_files_logs(&r->files, s, log);
    bool good = true;
    for (uint32_t k = 0; k < nlogs && good; k++) {
        good = outfile_flush(log[k], e);
        r->saved_size[k] = outfile_size(log[k]);
    }
    return good;
}

/* Write the state as it is, or as it was when the epoch began. */
static bool write_checkpoint(struct run *r, bool begin, struct error *e)
{
    struct session *s = r->t->session;
    struct outfile *log[RUN_FILES_LOGS];
    size_t size[RUN_FILES_LOGS];
    struct checkpoint_state state = {.file = log,
                                     .size = begin ? r->saved_size : size,
                                     .nfiles = run_files_logs(&r->files, s, log),
                                     .samples = begin ? r->saved_samples : samples_of(s),
                                     .epoch = begin ? r->saved_epoch : s->epoch,
                                     .score = r->last,
                                     .paused = s->pause.paused};
    bool good = true;
    list_state(r, &state.list);
    unsigned char *from = r->saved;
    for (size_t k = 0; k < state.list.count && begin; k++) {
        state.list.item[k].data = from;
        from += state.list.item[k].count * state.list.item[k].size;
    }
    for (uint32_t k = 0; k < state.nfiles && good; k++) {
        good = outfile_flush(log[k], e);
        size[k] = outfile_size(log[k]);
    }
    good = good && checkpoints_write(&r->checkpoints, r->t, r->files.config, &state, e);
    state_free(&state.list);
    r->any |= good;
    return good;
}

/* One that was due or asked for. That it cannot be written is no reason to lose the run. */
static void checkpoint(struct run *r)
{
    struct error why = {0};
    char words[sizeof why.text + 64];
    const bool asked = interrupt_save();
    interrupt_saved();
    if (write_checkpoint(r, false, &why)) {
        if (asked)
            r->o->said(r->o->context, "a checkpoint was written");
        return;
    }
    checkpoints_mark(&r->checkpoints, samples_of(r->t->session), r->t->session->epoch);
    if (!r->failed) {
        struct error later;
        snprintf(words, sizeof words, "warning: no checkpoint: %s; the run goes on", why.text);
        r->o->said(r->o->context, words);
        run_files_say(&r->files, words, &later); /* where the disk is full, this is not written either */
    }
    r->failed = true;
}

/* A signal asked for the end. Always false. */
static bool stop(struct run *r, bool begin, struct error *e)
{
    const int number = interrupt_stop();
    const uint32_t epoch = r->now.epoch;
    if (!write_checkpoint(r, begin, e) || !run_files_best(&r->files, r->t, e))
        return false;
    char *folder = text_shell_word(r->files.path);
    error_set(e, (enum error_kind)(128 + number),
              "stopped by %s in epoch %u of %u; `asyntrain train --resume %s` goes on",
              interrupt_name(number), epoch, r->t->epochs, folder);
    memory_free(folder);
    return false;
}

/* Samples that make one update, of all workers. */
static uint64_t samples_of_update(const struct session *s)
{
    return s->schedule.batch.size > s->accumulate ? s->schedule.batch.size : s->accumulate;
}

/* When is the next one due, in the epoch that begins or goes on? */
static void plan(struct run *r)
{
    const struct checkpoints *c = &r->checkpoints;
    struct session *s = r->t->session;
    const uint64_t due = c->samples + c->every * samples_of_update(s), done = s->schedule.done;
    const bool by_updates = c->every && c->unit == CHECKPOINT_UPDATES,
               by_time = c->every && c->unit == CHECKPOINT_SECONDS;
    pause_plan(&s->pause,
               !by_updates  ? SIZE_MAX
               : due > done ? (size_t)(due - done)
                            : 0,
               by_time ? c->written + (double)c->every : INFINITY);
}

/* Is one due between two epochs? */
static bool is_due(const struct run *r)
{
    const struct checkpoints *c = &r->checkpoints;
    const struct session *s = r->t->session;
    if (c->every == 0 || interrupt_save())
        return interrupt_save();
    return c->unit == CHECKPOINT_EPOCHS    ? s->epoch >= c->epoch + c->every
           : c->unit == CHECKPOINT_UPDATES ? samples_of(s) >= c->samples + c->every * samples_of_update(s)
                                           : cpu_wall() >= c->written + (double)c->every;
}

/* ---- scores */

static void replace(struct score **score, struct score *by)
{
    score_free(*score);
    *score = by;
}

/* Score the model after an epoch. false: a signal came meanwhile, and nothing is changed. */
static bool score_epoch(struct run *r)
{
    struct trainer *t = r->t;
    struct trainer_epoch *p = &r->now;
    struct weights w = keep_weights(&t->keep, t->session);
    struct score *found = trainer_score(t, &w, t->dev ? t->dev : t->test);
    if (interrupt_stop()) {
        score_free(found);
        return false;
    }
    p->scored = true;
    p->part = t->dev ? "dev" : "test";
    p->score = score_read(found);
    r->last = p->headline = trainer_headline(t, &p->score);
    p->best = t->dev && r->each && keep_score(&t->keep, t->session, p->headline);
    if (t->keep.best && !p->best) {
        score_free(found);
        return true;
    }
    *(t->dev ? &r->dev : &r->test) = p->score;
    r->knows_dev |= t->dev != NULL;
    replace(r->score, found);
    return true;
}

/* Score what the run leaves, where no epoch has done it: on the test set if there are both, and where the last epoch
 * was scored by another process. */
static bool score_final(struct run *r, struct error *e)
{
    struct trainer *t = r->t;
    const struct weights w = keep_final(&t->keep, t->session);
    if (t->dev && !r->knows_dev) {
        replace(r->score, trainer_score(t, &w, t->dev));
        r->dev = score_read(*r->score);
    }
    if (t->test && (t->dev || !*r->score)) {
        replace(r->score, trainer_score(t, &w, t->test));
        r->test = score_read(*r->score);
    }
    return !interrupt_stop() || stop(r, false, e);
}

/* ---- the story */

static bool begin(struct run *r, struct error *e)
{
    struct trainer *t = r->t;
    if (!run_files_run(&r->files, t, r->o->command, e))
        return false;
    r->o->loaded(r->o->context, t);
    if (!say_begin(r, e) || !set_rate(r, e))
        return false;
    return !interrupt_stop() || error_set(e, (enum error_kind)(128 + interrupt_stop()),
                                          "stopped by %s before the first epoch; nothing was "
                                          "trained",
                                          interrupt_name(interrupt_stop()));
}

/* Take the state from a checkpoint. What follows from it in the middle of an epoch is made anew, and that resets
 * counts: so they are taken twice. */
static bool resume(struct run *r, struct checkpoint *from, struct error *e)
{
    struct session *s = r->t->session;
    struct state_list list = {0};
    struct outfile *log[RUN_FILES_LOGS];
    s->pause.paused = checkpoint_paused(from);
    list_state(r, &list);
    bool good = checkpoint_load(from, &list, e);
    if (good)
        session_reopen(s);
    good = good && checkpoint_load(from, &list, e);
    state_free(&list);
    const uint32_t nlogs = run_files_logs(&r->files, s, log);
    for (uint32_t k = 0; k < nlogs && good; k++) {
        size_t n;
        const char *bytes = checkpoint_file(from, k, &n, e);
        good = bytes && outfile_restore(log[k], bytes, n, e);
    }
    if (!good)
        return false;
    r->now.epochs = r->t->epochs;
    r->now.session = s;
    r->any = true;
    checkpoints_go_on(&r->checkpoints, from);
    r->o->loaded(r->o->context, r->t);
    if (strcmp(checkpoint_kernel(from), kernel_get()->name) != 0 &&
        !say(r, e,
             "warning: the checkpoint was written with kernel %s, and this is %s: the run goes on, but not "
             "to the "
             "same bits",
             checkpoint_kernel(from), kernel_get()->name))
        return false;
    checkpoint_forget(from);
    return run_files_resumed(&r->files, s, e) &&
           say(r, e, "goes on in epoch %u of %u", s->epoch + (r->phase == TRAINING), r->t->epochs);
}

/* The epoch in hand, or what is left of it. false: the run is over, or has failed. */
static bool train_epoch(struct run *r, struct error *e)
{
    struct session *s = r->t->session;
    while (r->phase == TRAINING) {
        if (!s->pause.paused && !save_begin(r, e))
            return false;
        plan(r);
        r->begun = true;
        if (!trainer_epoch(r->t, &r->now, r->o, e))
            return false;
        if (!s->pause.broken) {
            keep_epoch(&r->t->keep, s);
            r->phase = SCORING;
        } else if (interrupt_stop()) {
            return stop(r, !s->pause.paused, e);
        } else {
            checkpoint(r);
        }
    }
    return true;
}

/* An epoch of little work is no measure of speed, whatever the machine does; and that threads outnumber cores is said
 * before training. */
static bool say_slow(struct run *r, struct error *e)
{
    const struct trainer_epoch *p = &r->now;
    if (r->slow_said || p->least_share >= 0.8 || p->seconds <= 0.1 || p->cpu <= 0.05 ||
        r->t->session->nthreads > (uint32_t)cpu_count())
        return true;
    r->slow_said = true;
    return say(r, e,
               "warning: a thread got %.0f %% of a core: other programs are running, or cores are shared; "
               "speeds of this run mean little",
               100 * p->least_share);
}

static bool finish_epoch(struct run *r, struct error *e)
{
    struct trainer *t = r->t;
    struct session *s = t->session;
    if ((t->dev || t->test) && (r->each || s->epoch == t->epochs) && !score_epoch(r))
        return stop(r, !s->pause.possible, e);
    r->o->passed(r->o->context, &r->now);
    if (!probes_flush(&s->probes, e) || !run_files_epoch(&r->files, t, &r->now, e) || !say_slow(r, e))
        return false;
    r->phase = TRAINING;
    t->stopped = s->epoch < t->epochs && keep_enough(&t->keep);
    if (interrupt_stop() && s->epoch < t->epochs && !t->stopped)
        return stop(r, false, e);
    if (is_due(r) && !interrupt_stop())
        checkpoint(r);
    return true;
}

static bool end(struct run *r, struct error *e)
{
    struct trainer *t = r->t;
    if (!score_final(r, e) || !say_end(r, e) || (r->checkpoints.final && !write_checkpoint(r, false, e)) ||
        !run_files_commit(&r->files, t, t->dev ? &r->dev : NULL, t->test ? &r->test : NULL, *r->score, e))
        return false;
    checkpoints_end(&r->checkpoints);
    return true;
}

static bool tell(struct run *r, struct checkpoint *from, struct error *e)
{
    struct trainer *t = r->t;
    struct state_list list = {0};
    if (!run_files_ready(&r->files, t->session, e))
        return false;
    list_state(r, &list);
    bool good = checkpoints_fit(&r->checkpoints, &list, layout_weights(&t->model->layout) * sizeof(real), e);
    state_free(&list);
    good = good && (from ? resume(r, from, e) : begin(r, e));
    while (good && (r->phase == SCORING || (t->session->epoch < t->epochs && !t->stopped)))
        good = train_epoch(r, e) && finish_epoch(r, e);
    return good && end(r, e);
}

/* What a run leaves that did not come to its end. */
static void clear_up(struct run *r, struct error *e)
{
    struct error later;
    if (e->kind == ERROR_DIVERGED && r->begun) {
        if (run_files_diverged(&r->files, r->t, e->text, &later))
            error_add(e, "; the logs are in %s/diverged", r->files.path);
        if (r->any)
            run_folder_prune(r->files.path, NULL, 0);
    } else if (r->any && !r->files.over) {
        char *folder = text_shell_word(r->files.path);
        run_files_leave(&r->files);
        if (e->kind < 128)
            error_add(e, "; `asyntrain train --resume %s` goes on from the last checkpoint", folder);
        memory_free(folder);
    }
}

bool run_train(struct trainer *t, const char *out, struct checkpoint *from, const struct observer *observer,
               struct score **score, struct error *e)
{
    struct run r = {.t = t, .o = observer, .score = score, .last = NAN};
    *score = NULL;
    r.each = strcmp(config_string(t->config, "run.evaluate"), "each") == 0;
    checkpoints_init(&r.checkpoints, t->config, out);
    if (from)
        snprintf(r.checkpoints.run, sizeof r.checkpoints.run, "%s", checkpoint_run(from));
    interrupt_catch();
    bool good = run_files_open(&r.files, t, out, r.checkpoints.run, e);
    if (good)
        runlog_listen(r.files.log, observer->event, observer->context);
    good = good && tell(&r, from, e);
    if (!good)
        clear_up(&r, e);
    interrupt_release();
    run_files_abandon(&r.files, t);
    checkpoints_free(&r.checkpoints);
    memory_free(r.saved);
    if (!good)
        replace(score, NULL);
    return good;
}

/* ---- going on with the same configuration */

/* Keys that change no weight and no score. */
static bool is_free(const char *section, const char *line)
{
    static const char *const free_keys[] = {"run", "  epochs: ", "run", "  checkpoint.", "engine", "  pin: "};
    for (size_t k = 0; k < sizeof free_keys / sizeof *free_keys; k += 2)
        if (strcmp(section, free_keys[k]) == 0 &&
            strncmp(line, free_keys[k + 1], strlen(free_keys[k + 1])) == 0)
            return true;
    return false;
}

/* The next line of a text, without its end; false: there is none. */
static bool next_line(const char **text, char *line, size_t size)
{
    const size_t n = strcspn(*text, "\n");
    if (!**text)
        return false;
    snprintf(line, size, "%.*s", n < size ? (int)n : (int)size - 1, *text);
    *text += n + ((*text)[n] != 0);
    return true;
}

/* Both texts are config_text's: a line a key. */
static bool same_keys(const char *now, const char *then, const struct config *c, struct error *e)
{
    char section[64] = "", mine[4096], his[4096];
    while (next_line(&now, mine, sizeof mine) && next_line(&then, his, sizeof his)) {
        if (*mine != ' ' && *mine != '#')
            snprintf(section, sizeof section, "%.*s",
                     (int)strcspn(mine, ":") < 63 ? (int)strcspn(mine, ":") : 63, mine);
        if (strcmp(mine, his) == 0 || is_free(section, mine))
            continue;
        char key[256];
        const size_t n = strcspn(mine + 2, ":");
        snprintf(key, sizeof key, "%s.%.*s", section, n < 128 ? (int)n : 128, mine + 2);
        return config_fault(
            c, key, e,
            "it has changed: %.200s, and %.200s when the checkpoint was written; a run goes on "
            "with the keys that it began with (but run.epochs and run.checkpoint)",
            mine + 2 + n + 2, his + strcspn(his, ":") + 2);
    }
    return true;
}

bool run_may_resume(const struct checkpoint *from, const struct config *c, const struct config *then,
                    const char *folder, struct error *e)
{
    char *now = config_text(c), *before = config_text(then);
    const long long epochs = config_integer(c, "run.epochs"), done = (long long)checkpoint_epoch(from);
    bool good = same_keys(now, before, c, e);
    memory_free(now);
    memory_free(before);
    if (!good)
        return false;
    if (epochs < done)
        return config_fault(c, "run.epochs", e, "the run has made %lld epochs already; ask for more", done);
    return epochs > done || !run_folder_ends_with(folder, checkpoint_run(from), (uint64_t)done) ||
           config_fault(c, "run.epochs", e,
                        "%s is finished, after %lld epochs; ask for more, as in run.epochs=%lld", folder,
                        done, 2 * done);
}
