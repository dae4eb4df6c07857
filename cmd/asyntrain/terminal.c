/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/terminal.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct terminal {
    bool quiet, moving, slow_said;
    enum corpus_task task;
    uint32_t epochs, epoch;
    double loss, score; /* of the epoch before; negative: none is known here */
    double begin; /* of training, … */
    double before; /* … and epochs that were made before it */
    double part_before; /* of this epoch, before it was begun or gone on with here */
    size_t tokens; /* of an epoch */
    const struct session *session;
    pthread_t painter;
    bool painting, stop; /* stop: under the lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

struct terminal *terminal_new(bool quiet)
{
    struct terminal *t = memory_new(1, sizeof *t);
    t->quiet = quiet;
    t->moving = !quiet && isatty(STDERR_FILENO);
    t->loss = t->score = -1;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    return t;
}

/* Of an epoch that is broken off, the part that is made. */
static double part_of(const struct session *s)
{
    return s->pause.paused ? (double)s->cursor / (double)s->nsamples : 0;
}

static void loaded(void *context, const struct trainer *trainer)
{
    struct terminal *t = context;
    t->task = trainer->corpus.task;
    t->epochs = trainer->epochs;
    t->tokens = trainer->train->tokens;
    t->begin = cpu_wall();
    t->before = trainer->session->epoch + part_of(trainer->session);
    t->slow_said = trainer->session->nthreads > (uint32_t)cpu_count(); /* the run says so itself */
    if (t->quiet)
        return;
    const struct dataset *d = trainer->train;
    const uint32_t labels = vocab_count(trainer->space->labels), features = vocab_count(trainer->space->node);
    const size_t weights = layout_weights(&trainer->model->layout);
    fprintf(stderr, "%zu sentence%s, %zu token%s, %u label%s, %u feature%s, %zu weight%s; read in %.2f s\n",
            d->count, text_s(d->count), d->tokens, text_s(d->tokens), labels, text_s(labels), features,
            text_s(features), weights, text_s(weights), trainer->load_seconds);
    if (trainer->session->nsamples != d->count)
        fprintf(stderr, "cut into %zu mini-sample%s an epoch\n", trainer->session->nsamples,
                text_s(trainer->session->nsamples));
}

static void paint(const struct terminal *t, double began)
{
    static const char full[] = "========================", none[] = "                        ";
    size_t count = t->session->nsamples;
    size_t done =
        atomic_load_explicit(&((struct session *)(uintptr_t)t->session)->cursor, memory_order_relaxed);
    double part = done < count ? (double)done / (double)count : 1;
    double now = cpu_wall(), made = t->epoch - 1 + part, here = made - t->before;
    int bar = (int)(part * 24);
    fprintf(stderr, "\r\033[K%u/%u [%.*s%.*s] %.3g M tokens/s, %.0f s left", t->epoch, t->epochs, bar, full,
            24 - bar, none, (part - t->part_before) * (double)t->tokens / (now - began) / 1e6,
            here > 0 ? (now - t->begin) * (t->epochs - made) / here : 0);
    if (t->loss >= 0)
        fprintf(stderr, ", loss %.4f", t->loss);
    if (t->score >= 0)
        fprintf(stderr, ", %s %.2f", t->task == CORPUS_TAGGING ? "accuracy" : "F1", t->score);
    fflush(stderr);
}

static void *painter(void *context)
{
    struct terminal *t = context;
    double began = cpu_wall();
    pthread_mutex_lock(&t->lock);
    while (!t->stop) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&t->wake, &t->lock, &until) != 0 && !t->stop)
            paint(t, began);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void stop(struct terminal *t)
{
    if (!t->painting)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->painter, NULL);
    t->painting = false;
    fputs("\r\033[K", stderr);
}

static void passing(void *context, const struct session *s, uint32_t epoch)
{
    struct terminal *t = context;
    stop(t); /* a part of the epoch is over, and it goes on */
    t->session = s;
    t->epoch = epoch;
    t->part_before = part_of(s);
    t->stop = false;
    t->painting = t->moving && pthread_create(&t->painter, NULL, painter, t) == 0;
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

static void passed(void *context, const struct trainer_epoch *p)
{
    struct terminal *t = context;
    stop(t);
    t->loss = p->loss;
    if (p->scored)
        t->score = p->headline;
    if (t->quiet)
        return;
    fprintf(stderr, "epoch %u/%u  loss %.4f", p->epoch, p->epochs, p->loss);
    if (p->scored)
        fprintf(stderr, "  %s %s %.2f%s", p->part, t->task == CORPUS_TAGGING ? "accuracy" : "F1", t->score,
                p->best ? ", the best so far" : "");
    fprintf(stderr, "  %.3f s (cpu %.3f)  %.3g M tokens/s", p->seconds, p->cpu, p->tokens_per_second / 1e6);
    if (p->session->nworkers > 1)
        print_errors(p);
    probes_epoch_words(&p->session->probes, print_words, stderr);
    fputc('\n', stderr);
    /* (an epoch of less work is no measure of speed, whatever the machine does) */
    if (p->least_share < 0.8 && p->seconds > 0.1 && p->cpu > 0.05 && !t->slow_said) {
        t->slow_said = true;
        fprintf(stderr,
                "warning: a thread got %.0f %% of a core: other programs are running, or cores are shared; "
                "speeds of this run mean little\n",
                100 * p->least_share);
    }
}

static void said(void *context, const char *words)
{
    const struct terminal *t = context;
    if (!t->quiet)
        text_say(stderr, "%s", words);
}

struct observer terminal_observer(struct terminal *t)
{
    return (struct observer){t, loaded, passing, passed, said};
}

void terminal_free(struct terminal *t)
{
    stop(t);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->wake);
    memory_free(t);
}
