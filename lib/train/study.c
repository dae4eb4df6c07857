/* SPDX-License-Identifier: MIT */
#include "lib/train/study.h"

#include "lib/base/child.h"
#include "lib/base/cpu.h"
#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"
#include "lib/report/events.h"
#include "lib/report/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ASKED "study.txt"

void study_init(struct study *s, const char *kind, const char *folder)
{
    *s = (struct study){.kind = kind, .folder = folder, .lock = -1};
}

void study_free(struct study *s)
{
    for (size_t k = 0; k < s->count; k++) {
        struct study_trial *t = &s->trial[k];
        for (size_t i = 0; i < t->nassign; i++)
            memory_free(t->assign[i]);
        memory_free(t->assign);
        memory_free(t->name);
        memory_free(t->config);
        memory_free(t->why);
    }
    memory_free(s->trial);
    if (s->lock >= 0)
        close(s->lock);
}

struct study_trial *study_add(struct study *s, const char *name, const char *const *assign, size_t nassign)
{
    s->trial = memory_grow(s->trial, &s->capacity, s->count + 1, sizeof *s->trial);
    struct study_trial *t = &s->trial[s->count++];
    *t = (struct study_trial){.name = name ? memory_copy(name, strlen(name)) : NULL,
                              .assign = memory_new(nassign, sizeof *t->assign),
                              .nassign = nassign,
                              .threads = 1};
    for (size_t i = 0; i < nassign; i++)
        t->assign[i] = memory_copy(assign[i], strlen(assign[i]));
    return t;
}

char *study_words(const struct study_trial *t)
{
    struct text_buffer b = {0};
    for (size_t i = 0; i < t->nassign; i++) {
        char *word = text_shell_word(t->assign[i]);
        text_append(&b, span_of(i ? " " : ""));
        text_append(&b, span_of(word));
        memory_free(word);
    }
    if (!b.bytes)
        return memory_copy("", 0);
    b.bytes[b.length] = 0;
    return b.bytes;
}

char *study_path(const struct study *s, const struct study_trial *t)
{
    return outfile_path(s->folder, t->name);
}

/* STUDY/NAME.txt */
static char *words_path(const struct study *s, const struct study_trial *t)
{
    char *name = memory_new(strlen(t->name) + 5, 1);
    sprintf(name, "%s.txt", t->name);
    char *path = outfile_path(s->folder, name);
    memory_free(name);
    return path;
}

/* ---- what was asked before */

/* Lines of study.txt. */
struct asked {
    char **name, **words;
    size_t count, name_capacity, words_capacity;
};

static void asked_add(struct asked *a, struct span name, struct span words)
{
    a->name = memory_grow(a->name, &a->name_capacity, a->count + 1, sizeof *a->name);
    a->words = memory_grow(a->words, &a->words_capacity, a->count + 1, sizeof *a->words);
    a->name[a->count] = memory_copy(name.s, name.n);
    a->words[a->count++] = memory_copy(words.s, words.n);
}

static void asked_free(struct asked *a)
{
    for (size_t k = 0; k < a->count; k++) {
        memory_free(a->name[k]);
        memory_free(a->words[k]);
    }
    memory_free(a->name);
    memory_free(a->words);
}

static bool take_line(struct asked *a, struct span line, const struct study *s, const struct stream *in,
                      struct error *e)
{
    const char *tab = memchr(line.s, '\t', line.n);
    const struct span name = {line.s, tab ? (size_t)(tab - line.s) : 0},
                      rest = {tab + 1, line.n - name.n - 1};
    if (!tab || name.n == 0 || *name.s == '.' || memchr(line.s, '/', name.n))
        return error_set(e, ERROR_USAGE, "%s:%lu: no line of a study; use another folder, or remove this one",
                         stream_name(in), stream_number(in));
    if (stream_number(in) > 1)
        asked_add(a, name, rest);
    else if (!span_is(name, "study") || !span_is(rest, s->kind))
        return error_set(e, ERROR_USAGE,
                         "%s: the folder has a study of another kind, %.*s, and not %s; use another folder",
                         s->folder, text_shown(rest, 20), rest.s, s->kind);
    return true;
}

static bool read_asked(struct asked *a, const struct study *s, struct error *e)
{
    char *path = outfile_path(s->folder, ASKED);
    struct stream *in = stream_open(path, e);
    struct span line;
    while (in && stream_line(in, &line, e) && take_line(a, line, s, in, e))
        continue;
    stream_close(in);
    memory_free(path);
    return e->kind == ERROR_NONE;
}

static bool write_asked(const struct asked *a, const struct study *s, struct error *e)
{
    char *path = outfile_path(s->folder, ASKED);
    struct outfile *o = outfile_open(path, e);
    memory_free(path);
    if (!o)
        return false;
    fprintf(outfile_stream(o), "study\t%s\n", s->kind);
    for (size_t k = 0; k < a->count; k++)
        fprintf(outfile_stream(o), "%s\t%s\n", a->name[k], a->words[k]);
    return outfile_commit(o, e);
}

static bool has_name(const struct asked *a, const char *name)
{
    bool has = false;
    for (size_t k = 0; k < a->count && !has; k++)
        has = strcmp(a->name[k], name) == 0;
    return has;
}

/* Has a trial before this one its folder? */
static bool is_taken(const struct study *s, const struct study_trial *t)
{
    bool taken = false;
    for (const struct study_trial *k = s->trial; k < t && !taken; k++)
        taken = strcmp(k->name, t->name) == 0;
    return taken;
}

/* The trial's name is that of its line; without one, it has a line now. */
static bool settle_name(struct asked *a, const struct study *s, struct study_trial *t, struct error *e)
{
    char *words = study_words(t), next[32];
    size_t k = 0;
    if (strpbrk(words, "\n\r\t"))
        error_set(e, ERROR_USAGE, "'%s': a line end or TAB; a study's settings are one line", words);
    while (k < a->count && (t->name ? strcmp(a->name[k], t->name) : strcmp(a->words[k], words)) != 0)
        k++;
    size_t number = a->count;
    do
        snprintf(next, sizeof next, "trial-%03zu", ++number);
    while (k == a->count && has_name(a, next));
    if (k == a->count)
        asked_add(a, span_of(t->name ? t->name : next), span_of(words));
    else if (strcmp(a->words[k], words) != 0)
        error_set(e, ERROR_USAGE,
                  "%s: the study has a %s with other settings, %s, where %s is asked now; use another folder "
                  "(--out)",
                  s->folder, t->name, a->words[k], words);
    if (!t->name)
        t->name = memory_copy(a->name[k], strlen(a->name[k]));
    memory_free(words);
    if (!e->kind && is_taken(s, t))
        error_set(e, ERROR_USAGE, "%s/%s: two trials are named %s; use another folder, or remove this one",
                  s->folder, ASKED, t->name);
    return e->kind == ERROR_NONE;
}

/* ---- what is there */

static bool read_score(const struct events *v, const char *part, struct study_score *score)
{
    char field[64];
    double f1;
    struct {
        const char *name;
        double *to;
    } number[] = {
        {"precision", &score->precision},          {"recall", &score->recall},
        {"counts.tokens", &score->counts.tokens},  {"counts.correct_tokens", &score->counts.correct_tokens},
        {"counts.gold", &score->counts.gold},      {"counts.guessed", &score->counts.guessed},
        {"counts.correct", &score->counts.correct}};
    snprintf(field, sizeof field, "%s.accuracy", part);
    score->known = events_number(v, "summary", 0, field, &score->accuracy);
    snprintf(field, sizeof field, "%s.f1", part);
    score->chunks = events_number(v, "summary", 0, field, &f1);
    score->headline = score->chunks ? f1 : score->accuracy;
    for (size_t k = 0; k < sizeof number / sizeof *number; k++) {
        snprintf(field, sizeof field, "%s.%s", part, number[k].name);
        events_number(v, "summary", 0, field, number[k].to);
    }
    return score->known;
}

static bool read_results(struct study_trial *t, const char *folder, struct error *e)
{
    char *path = outfile_path(folder, "metrics.jsonl");
    struct events *v = events_read(path, e);
    const size_t epochs = v ? events_count(v, "epoch") : 0;
    double x, epoch = (double)epochs;
    read_score(v, "dev", &t->dev);
    read_score(v, "test", &t->test);
    events_number(v, "summary", 0, "best_epoch", &epoch);
    t->epoch = (unsigned)epoch;
    t->seconds = t->error_rate = 0;
    t->loss = NAN;
    for (size_t k = 0; k < epochs; k++) {
        t->seconds += events_number(v, "epoch", k, "seconds", &x) ? x : 0;
        t->error_rate += events_number(v, "epoch", k, "error_rate", &x) ? x / (double)epochs : 0;
        if (k + 1 == t->epoch)
            events_number(v, "epoch", k, "loss", &t->loss);
    }
    events_free(v);
    memory_free(path);
    return v != NULL;
}

/* The next line of a text; false: there is none. */
static bool next_line(struct span *rest, struct span *line)
{
    const char *end = memchr(rest->s, '\n', rest->n);
    *line = (struct span){rest->s, end ? (size_t)(end - rest->s) : rest->n};
    if (rest->n == 0)
        return false;
    const size_t taken = line->n + (end != NULL);
    *rest = (struct span){rest->s + taken, rest->n - taken};
    return true;
}

static struct span unindented(struct span line)
{
    while (line.n && *line.s == ' ')
        line = (struct span){line.s + 1, line.n - 1};
    return line;
}

/* Is the run in this folder one of the trial's configuration? Behind that stands a line of its model. */
static bool same_config(const struct study_trial *t, const char *folder, struct error *e)
{
    char *path = outfile_path(folder, "config.yaml");
    struct stream *in = stream_open(path, e);
    struct span line, mine, rest = span_of(t->config), section = {"", 0};
    bool same = true;
    while (in && same && next_line(&rest, &mine)) {
        if (mine.n && *mine.s != ' ')
            section = mine;
        same = stream_line(in, &line, e) && span_equal(line, mine);
        if (!same && e->kind == ERROR_NONE) {
            line = unindented(line);
            mine = unindented(mine);
            error_set(
                e, ERROR_USAGE,
                "%s: it was trained with another configuration (%.*s %.*s, and now %.*s); use another folder "
                "(--out), or remove this one",
                folder, text_shown(section, 20), section.s, text_shown(line, 200), line.s,
                text_shown(mine, 200), mine.s);
        }
    }
    stream_close(in);
    memory_free(path);
    return e->kind == ERROR_NONE;
}

/* Read what the trial's folder has, which must be of its configuration. */
static bool look(const struct study *s, struct study_trial *t, struct error *e)
{
    char *folder = study_path(s, t), *diverged = outfile_path(folder, "diverged");
    bool good = true;
    e->kind = ERROR_NONE;
    if (outfile_exists(folder, RUN_FOLDER_MODEL)) {
        good = same_config(t, folder, e) && read_results(t, folder, e);
        t->state = good ? STUDY_TRAINED : t->state;
        t->took = t->seconds;
    } else if (outfile_exists(diverged, "config.yaml")) {
        good = same_config(t, diverged, e);
        t->state = good ? STUDY_DIVERGED : t->state;
    }
    memory_free(folder);
    memory_free(diverged);
    return good;
}

/* The same, when what an ended run has left there is put in place. What a finished one has said is not kept. */
static bool settle(const struct study *s, struct study_trial *t, const struct study_observer *o,
                   struct error *e)
{
    char *folder = study_path(s, t), words[RUN_FOLDER_WORDS];
    run_folder_settle(folder, words);
    if (*words && o->said)
        o->said(o->context, words);
    memory_free(folder);
    const bool good = look(s, t, e);
    if (good && t->state >= STUDY_TRAINED) { /* a study that was killed had no time for it */
        char *said = words_path(s, t);
        unlink(said);
        memory_free(said);
    }
    return good;
}

/* ---- opening */

static bool take_lock(struct study *s, const struct study_observer *o, struct error *e)
{
    char words[RUN_FOLDER_WORDS];
    s->lock = open(s->folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (s->lock < 0)
        return error_set(e, ERROR_IO, "%s: cannot be read: %s; check the path", s->folder,
                         error_reason(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true; /* or the file system has no locks */
    snprintf(
        words, sizeof words,
        "%s: another process works at this study, or trials of one that was ended; waiting until they are "
        "gone",
        s->folder);
    if (o->said)
        o->said(o->context, words);
    while (flock(s->lock, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return true;
}

static bool is_no_run(const struct study *s, struct error *e)
{
    e->kind = ERROR_NONE;
    return !outfile_exists(s->folder, RUN_FOLDER_MODEL) ||
           error_set(e, ERROR_USAGE,
                     "%s: is the folder of a run, and of no study; use another folder (--out)", s->folder);
}

/* All trials get their names; `*more`: some were not asked before. */
static bool settle_names(struct asked *a, struct study *s, bool *more, struct error *e)
{
    bool good = !outfile_exists(s->folder, ASKED) || read_asked(a, s, e);
    const size_t before = a->count;
    for (size_t k = 0; k < s->count && good; k++)
        good = settle_name(a, s, &s->trial[k], e);
    *more = a->count > before;
    return good;
}

bool study_open(struct study *s, const struct study_observer *o, struct error *e)
{
    struct asked asked = {0};
    bool more;
    if (!is_no_run(s, e) || !outfile_folder(s->folder, NULL, e) || !take_lock(s, o, e))
        return false;
    bool good = settle_names(&asked, s, &more, e);
    for (size_t k = 0; k < s->count && good; k++)
        good = settle(s, &s->trial[k], o, e);
    if (good && more)
        good = write_asked(&asked, s, e);
    asked_free(&asked);
    return good;
}

bool study_look(struct study *s, struct error *e)
{
    struct asked asked = {0};
    bool more, good = is_no_run(s, e) && settle_names(&asked, s, &more, e);
    for (size_t k = 0; k < s->count && good; k++)
        good = look(s, &s->trial[k], e);
    asked_free(&asked);
    return good;
}

size_t study_left(const struct study *s)
{
    size_t left = 0;
    for (size_t k = 0; k < s->count; k++)
        left += s->trial[k].state < STUDY_TRAINED;
    return left;
}

size_t study_running(const struct study *s)
{
    size_t running = 0;
    for (size_t k = 0; k < s->count; k++)
        running += s->trial[k].state == STUDY_AT_WORK;
    return running;
}

double study_seconds_left(const struct study *s, int jobs, double now)
{
    double sum = 0, work = 0, longest = 0;
    size_t finished = 0;
    for (size_t k = 0; k < s->count; k++)
        if (s->trial[k].state == STUDY_TRAINED && s->trial[k].took > 0) {
            sum += s->trial[k].took;
            finished++;
        }
    if (finished == 0)
        return -1;
    for (size_t k = 0; k < s->count; k++) {
        const struct study_trial *t = &s->trial[k];
        const double mean = sum / (double)finished,
                     here = t->state == STUDY_AT_WORK && t->begun < now ? now - t->begun : 0,
                     left = t->state >= STUDY_TRAINED || here > mean ? 0 : mean - here;
        work += left;
        longest = left > longest ? left : longest;
    }
    return work / jobs > longest ? work / jobs : longest;
}

/* ---- training */

/* A place in which one trial after another is trained. */
struct job {
    struct child child;
    struct study_trial *trial;
};

struct work {
    const struct study_observer *o;
    const struct study_trial *trial;
    int job, jobs;
};

static int be_trial(void *context)
{
    const struct work *w = context;
    if (w->jobs > 1)
        cpu_share(w->job * w->trial->threads, w->trial->threads);
    return w->o->train(w->o->context, w->trial);
}

/* What a trial said last, without the program's name, in the error's words. */
static void last_words(const char *path, char *words, size_t size)
{
    static const char name[] = "asyntrain: ";
    struct error none;
    struct span line;
    struct stream *in = stream_open(path, &none);
    snprintf(words, size, "it said nothing");
    while (in && stream_line(in, &line, &none)) {
        const size_t skip =
            line.n >= sizeof name - 1 && memcmp(line.s, name, sizeof name - 1) == 0 ? sizeof name - 1 : 0;
        snprintf(words, size, "%.*s", (int)(line.n - skip < size ? line.n - skip : size - 1), line.s + skip);
    }
    stream_close(in);
}

bool study_has_checkpoint(const struct study *s, const struct study_trial *t)
{
    uint64_t number;
    char *folder = study_path(s, t), *found = run_folder_checkpoint(folder, UINT64_MAX, &number);
    const bool has = found != NULL;
    memory_free(found);
    memory_free(folder);
    return has;
}

/* The child of a trial has ended. ERROR: it failed, and the study with it. */
static bool finish(struct study *s, struct job *job, const struct study_observer *o, struct error *e)
{
    struct study_trial *t = job->trial;
    char *words = words_path(s, t), said[sizeof e->text];
    const int code = job->child.code;
    bool good = code == 0 || code == ERROR_DIVERGED;
    job->trial = NULL;
    t->state = STUDY_ASKED;
    if (good) {
        good = settle(s, t, o, e);
        t->took = cpu_wall() - t->begun;
        unlink(words);
        if (good && t->state == STUDY_ASKED)
            good = error_set(e, ERROR_IO, "%s: it ended without a run in its folder; begin again", t->name);
        if (good && o->ended)
            o->ended(o->context, t);
    } else if (code == ERROR_USAGE && s->refuses && !study_has_checkpoint(s, t)) {
        last_words(words, said, sizeof said);
        t->state = STUDY_REFUSED;
        t->why = memory_copy(said, strlen(said));
        unlink(words);
        if (o->ended)
            o->ended(o->context, t);
        good = true;
    } else if (code == 128 + SIGKILL) {
        error_set(e, ERROR_MEMORY,
                  "%s was killed, as systems do that run out of memory: run fewer at once (--jobs)", t->name);
    } else {
        last_words(words, said, sizeof said);
        error_set(e, (enum error_kind)code, "%s: %s", t->name, said);
        if (code > 128)
            unlink(words);
    }
    memory_free(words);
    return good;
}

/* Begin the next trial, if there is one. */
static bool start(struct study *s, struct job *job, int number, int jobs, const struct study_observer *o,
                  struct error *e)
{
    size_t k = 0;
    while (k < s->count && s->trial[k].state != STUDY_ASKED)
        k++;
    if (k == s->count)
        return true;
    struct study_trial *next = &s->trial[k];
    struct work w = {o, next, number, jobs};
    char *words = words_path(s, next);
    const bool good = child_start(&job->child, be_trial, &w, words, e);
    if (good) {
        job->trial = next;
        next->state = STUDY_AT_WORK;
        next->begun = cpu_wall();
    }
    memory_free(words);
    return good;
}

/* Pass a signal on to all that are at work. */
static void pass_on(const struct job *job, int jobs, int number)
{
    for (int k = 0; k < jobs; k++)
        child_signal(&job[k].child, number);
}

static bool at_work(const struct job *job, int jobs)
{
    bool any = false;
    for (int k = 0; k < jobs; k++)
        any |= job[k].trial != NULL;
    return any;
}

static void stopped(const struct study *s, struct error *e)
{
    const int number = interrupt_stop();
    error_set(e, (enum error_kind)(128 + number),
              "stopped by %s; %zu of %zu are finished, and the same command goes on", interrupt_name(number),
              s->count - study_left(s), s->count);
}

bool study_run(struct study *s, int jobs, const struct study_observer *o, struct error *e)
{
    struct job *job = memory_new((size_t)jobs, sizeof *job);
    bool good = true, told = false;
    struct error later;
    interrupt_catch();
    do {
        for (int k = 0; k < jobs; k++)
            if (job[k].trial && child_ended(&job[k].child))
                good = finish(s, &job[k], o, good && !interrupt_stop() ? e : &later) && good;
        for (int k = 0; k < jobs && good && !interrupt_stop(); k++)
            good = job[k].trial || start(s, &job[k], k, jobs, o, e);
        if ((!good || interrupt_stop()) && !told) {
            pass_on(job, jobs, interrupt_stop() ? interrupt_stop() : SIGTERM);
            told = true;
        } else if (interrupt_save() && !told) {
            interrupt_saved();
            pass_on(job, jobs, SIGUSR1);
        }
        if (at_work(job, jobs) && o->passing)
            o->passing(o->context);
        if (at_work(job, jobs))
            nanosleep(&(struct timespec){0, 10000000}, NULL); /* a signal ends it early */
    } while (at_work(job, jobs));
    if (interrupt_stop() && study_left(s)) {
        stopped(s, e);
        good = false;
    }
    interrupt_release();
    memory_free(job);
    return good;
}
