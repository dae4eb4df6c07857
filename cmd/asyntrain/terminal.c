/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/terminal.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/progress.h"
#include "lib/report/bar.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIPE "\r\033[K"
#define YELLOW "\033[33m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"
#define OFTEN 0.1 /* seconds between two paintings, … */
#define SELDOM 1.0 /* … and between two events `progress` */
enum { LINE = 4096 }; /* bytes of a painted one */
enum { ETA, SCORE, SPEED, COUNT, LOSS, ERRORS }; /* the most important first */

static struct {
    bool open, quiet, json, moving, colour;
    atomic_bool painted; /* a bar stands in the terminal's last line */
    double when; /* it was painted, or told */
    pthread_mutex_t lock; /* of stderr and of `stop` */
    /* of a run */
    enum corpus_task task;
    uint32_t epochs, epoch;
    double loss, score, errors; /* of the epoch before; negative: none is known here */
    const char *part; /* which one has that score */
    double begin; /* of training, … */
    double before; /* … and epochs that were made before it */
    double part_before; /* of this epoch, before it was begun or gone on with here */
    double began; /* this part */
    size_t tokens; /* of an epoch */
    const struct session *session;
    pthread_t painter;
    pthread_cond_t wake;
    bool painting, stop;
} t = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* ---- lines ---- */

static uint32_t width(void)
{
    struct winsize size;
    long long columns;
    const char *given = getenv("COLUMNS");
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return given && text_integer(span_of(given), &columns) && columns > 0 && columns < 10000
               ? (uint32_t)columns
               : 80;
}

static void wipe(void)
{
    if (atomic_exchange(&t.painted, false))
        fputs(WIPE, stderr);
}

/* Text that is escaped already, as a JSON string. */
static size_t quote(char *to, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 3 < room; text++) {
        if (*text == '"' || *text == '\\')
            to[n++] = '\\';
        to[n++] = *text;
    }
    to[n] = 0;
    return n;
}

static const char *level_of(const char *words)
{
    return strncmp(words, "warning: ", 9) == 0 ? "warning" : "info";
}

static void print_message(const char *words)
{
    const char *level = level_of(words);
    const bool warning = strcmp(level, "warning") == 0, yellow = t.colour && warning;
    if (t.json && warning)
        words += 9; /* the level says it */
    const size_t room = TEXT_ESCAPED(strlen(words)) + 1;
    char *plain = memory_new(room, 1), *quoted = memory_new(2 * room + 3, 1);
    text_escape(plain, room, span_of(words));
    quote(quoted, 2 * room + 3, plain);
    if (t.json)
        fprintf(stderr, "{\"event\":\"message\",\"level\":\"%s\",\"text\":\"%s\"}\n", level, quoted);
    else
        fprintf(stderr, "%s%s%s\n", yellow ? YELLOW : "", plain, yellow ? PLAIN : "");
    memory_free(plain);
    memory_free(quoted);
}

void terminal_say(const char *format, ...)
{
    va_list rest;
    if (t.quiet)
        return;
    va_start(rest, format);
    const int n = vsnprintf(NULL, 0, format, rest);
    va_end(rest);
    char *words = memory_new((size_t)n + 1, 1);
    va_start(rest, format);
    vsnprintf(words, (size_t)n + 1, format, rest);
    va_end(rest);
    pthread_mutex_lock(&t.lock);
    wipe();
    print_message(words);
    pthread_mutex_unlock(&t.lock);
    memory_free(words);
}

size_t terminal_last(char *line, size_t room, const char *message)
{
    char quoted[2 * sizeof(((struct error *)0)->text) + 3];
    const char *before = atomic_exchange(&t.painted, false) ? WIPE : "";
    quote(quoted, sizeof quoted, message);
    const int n =
        t.json ? snprintf(line, room, "{\"event\":\"message\",\"level\":\"error\",\"text\":\"%s\"}\n", quoted)
               : snprintf(line, room, "%sasyntrain: %s\n", before, message);
    return (size_t)n < room ? (size_t)n : room - 1;
}

bool terminal_due(void)
{
    const double now = cpu_wall();
    if (!(t.moving || t.json) || now - t.when < (t.json ? SELDOM : OFTEN))
        return false;
    t.when = now;
    return true;
}

static void paint(const struct bar *b)
{
    char line[LINE];
    bar_line(b, width(), line, sizeof line);
    fprintf(stderr, WIPE "%s", line);
    fflush(stderr);
    t.painted = true;
}

void terminal_paint(const struct bar *b)
{
    pthread_mutex_lock(&t.lock);
    if (t.moving)
        paint(b);
    pthread_mutex_unlock(&t.lock);
}

bool terminal_is_json(void)
{
    return t.json;
}

void terminal_event(void *context, struct span line)
{
    (void)context;
    pthread_mutex_lock(&t.lock);
    if (t.json)
        fwrite(line.s, 1, line.n, stderr);
    pthread_mutex_unlock(&t.lock);
}

void terminal_turn(const char *what, const struct bar *b)
{
    terminal_paint(b);
    if (t.json)
        terminal_say("%s", what);
}

/* ---- training ---- */

/* Of an epoch that is broken off, the part that is made. */
static double part_of(const struct session *s)
{
    return s->pause.paused ? (double)s->cursor / (double)s->nsamples : 0;
}

static const char *figure(void)
{
    return t.task == CORPUS_TAGGING ? "accuracy" : "F1";
}

static void add_results(struct bar *b)
{
    if (t.loss >= 0)
        bar_add(b, LOSS, "loss %.4f", t.loss);
    if (t.errors >= 0)
        bar_add(b, ERRORS, "errors %.1f %%", t.errors);
    if (t.score >= 0)
        bar_add(b, SCORE, "%s %s %.2f", t.part, figure(), t.score);
}

/* Under the lock. */
static void show_training(void)
{
    const size_t count = t.session->nsamples,
                 done = atomic_load_explicit(&((struct session *)(uintptr_t)t.session)->cursor,
                                             memory_order_relaxed);
    const double part = done < count ? (double)done / (double)count : 1, now = cpu_wall(),
                 made = t.epoch - 1 + part, here = made - t.before,
                 speed = (part - t.part_before) * (double)t.tokens / (now - t.began),
                 left = here > 0 ? (now - t.begin) * (t.epochs - made) / here : 0;
    char title[64], words[BAR_PIECE];
    if (t.json) {
        fprintf(stderr,
                "{\"event\":\"progress\",\"what\":\"training\",\"epoch\":%u,\"epochs\":%u,\"share\":%.4f,"
                "\"tokens_per_second\":%.0f,\"seconds_left\":%.0f}\n",
                t.epoch, t.epochs, part, speed, left);
        return;
    }
    snprintf(title, sizeof title, "%u/%u", t.epoch, t.epochs);
    struct bar b = {.title = title, .share = part};
    bar_add(&b, SPEED, "%s", bar_speed(speed, words));
    add_results(&b);
    bar_add(&b, ETA, "%s left", bar_time(left, words));
    paint(&b);
}

static void *painter(void *context)
{
    pthread_mutex_lock(&t.lock);
    while (!t.stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)(OFTEN * 1e9);
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&t.wake, &t.lock, &until) != 0 && !t.stop && terminal_due())
            show_training();
    }
    pthread_mutex_unlock(&t.lock);
    return context;
}

static void stop(void)
{
    if (t.painting) {
        pthread_mutex_lock(&t.lock);
        t.stop = true;
        pthread_cond_signal(&t.wake);
        pthread_mutex_unlock(&t.lock);
        pthread_join(t.painter, NULL);
        t.painting = false;
    }
    pthread_mutex_lock(&t.lock);
    wipe();
    pthread_mutex_unlock(&t.lock);
}

/* ---- reading and scoring, told by the one who works ---- */

static void look(void *context, enum progress_kind kind, const char *what, uint64_t done, uint64_t all)
{
    (void)context;
    static double began;
    static const char *of;
    static uint64_t last;
    const bool reading = kind == PROGRESS_READING;
    if (t.painting)
        stop(); /* an epoch is trained */
    if (of != what || done < last) { /* another piece of work (the name before is compared, never read) */
        of = what;
        began = cpu_wall();
    }
    last = done;
    if (!terminal_due())
        return;
    const char *name = reading && strrchr(what, '/') ? strrchr(what, '/') + 1 : what;
    char title[512], words[BAR_PIECE], plain[256], quoted[512];
    text_escape(plain, sizeof plain, span_of(name));
    pthread_mutex_lock(&t.lock);
    if (t.json) {
        quote(quoted, sizeof quoted, plain);
        fprintf(stderr, "{\"event\":\"progress\",\"what\":\"%s\",\"of\":\"%s\",\"done\":%llu,\"all\":%llu}\n",
                reading ? "reading" : "scoring", quoted, (unsigned long long)done, (unsigned long long)all);
    } else {
        int n = reading || !t.epoch ? 0 : snprintf(title, sizeof title, "%u/%u ", t.epoch, t.epochs);
        snprintf(title + n, sizeof title - (size_t)n, "%s %s", reading ? "reading" : "scoring", name);
        struct bar b = {.title = title, .share = all ? (double)done / (double)all : -1};
        if (reading)
            bar_add(&b, COUNT, "%s", bar_bytes(done, all, words));
        else
            bar_add(&b, COUNT, "%llu of %llu sentences", (unsigned long long)done, (unsigned long long)all);
        if (!reading)
            add_results(&b);
        if (all && done)
            bar_add(&b, ETA, "%s left",
                    bar_time((cpu_wall() - began) * (double)(all - done) / (double)done, words));
        paint(&b);
    }
    pthread_mutex_unlock(&t.lock);
}

void terminal_open(bool quiet, bool json)
{
    const char *kind = getenv("TERM"), *none = getenv("NO_COLOR");
    const bool able = isatty(STDERR_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
    t.open = true;
    t.quiet = quiet;
    t.json = json && !quiet;
    t.moving = able && !quiet && !json;
    t.colour = t.moving && !(none && *none);
    t.loss = t.score = t.errors = -1;
    t.when = cpu_wall();
    t.painted = false; /* not by this process, which may be a child of one that did */
    progress_watch(t.moving || t.json ? look : NULL, NULL);
}

void terminal_close(void)
{
    progress_watch(NULL, NULL);
    stop();
}

/* ---- what a run tells ---- */

static void loaded(void *context, const struct trainer *trainer)
{
    (void)context;
    stop();
    t.task = trainer->corpus.task;
    t.epochs = trainer->epochs;
    t.tokens = trainer->train->tokens;
    t.begin = cpu_wall();
    t.before = trainer->session->epoch + part_of(trainer->session);
    if (t.json)
        return; /* event `run` says it */
    const struct dataset *d = trainer->train;
    const uint32_t labels = vocab_count(trainer->space->labels), features = vocab_count(trainer->space->node);
    const size_t weights = layout_weights(&trainer->model->layout);
    terminal_say("%zu sentence%s, %zu token%s, %u label%s, %u feature%s, %zu weight%s; read in %.2f s",
                 d->count, text_s(d->count), d->tokens, text_s(d->tokens), labels, text_s(labels), features,
                 text_s(features), weights, text_s(weights), trainer->load_seconds);
    if (trainer->session->nsamples != d->count)
        terminal_say("cut into %zu mini-sample%s an epoch", trainer->session->nsamples,
                     text_s(trainer->session->nsamples));
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    (void)context;
    stop(); /* a part of the epoch is over, and it goes on */
    t.session = s;
    t.epoch = epoch;
    t.part_before = part_of(s);
    t.began = cpu_wall();
    t.stop = false;
    t.painting = (t.moving || t.json) && pthread_create(&t.painter, NULL, painter, NULL) == 0;
}

static void print_words(void *to, const char *words)
{
    fputs("  ", to);
    text_print(to, span_of(words));
}

/* Between bounds, where the rate is not exact. */
static void print_errors(const struct trainer_epoch *p)
{
    fputs("  errors ", stderr);
    if (p->at_most)
        fprintf(stderr, "%.1f-", p->error_rate_least);
    fprintf(stderr, "%.1f %%  delay %.2f", p->error_rate, p->delay);
}

#define WIDE 130 /* columns that an epoch's line may need */

static void passed(void *context, const struct trainer_epoch *p)
{
    (void)context;
    char speed[BAR_PIECE];
    stop();
    t.loss = p->loss;
    t.errors = p->session->nworkers > 1 ? p->error_rate : -1;
    if (p->scored) {
        t.score = p->headline;
        t.part = p->part;
    }
    if (t.quiet || t.json)
        return;
    const bool bold = t.colour && p->best;
    fprintf(stderr, "epoch %u/%u  loss %.4f", p->epoch, p->epochs, p->loss);
    if (p->scored)
        fprintf(stderr, "  %s%s %s %.2f%s%s", bold ? BOLD : "", p->part, figure(), t.score,
                p->best ? ", the best so far" : "", bold ? PLAIN : "");
    if (t.moving && width() < WIDE)
        fputs("\n  ", stderr); /* what the epoch cost has a line of its own */
    fprintf(stderr, "  %.3f s (cpu %.3f)  %s", p->seconds, p->cpu, bar_speed(p->tokens_per_second, speed));
    if (p->session->nworkers > 1)
        print_errors(p);
    probes_epoch_words(&p->session->probes, print_words, stderr);
    fputc('\n', stderr);
}

static void said(void *context, const char *words)
{
    (void)context;
    terminal_say("%s", words);
}

/* A warning is said as well. */
static void event(void *context, struct span line)
{
    static const char warning[] = "{\"event\":\"warning\"";
    if (line.n <= sizeof warning || memcmp(line.s, warning, sizeof warning - 1) != 0)
        terminal_event(context, line);
}

struct observer terminal_observer(void)
{
    return (struct observer){
        .loaded = loaded, .passing = passing, .passed = passed, .said = said, .event = t.json ? event : NULL};
}
