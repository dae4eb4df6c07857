/* SPDX-License-Identifier: MIT */
#include "lib/tag/team.h"

#include "lib/base/memory.h"
#include "lib/base/sink.h"
#include "lib/data/sentence_copy.h"
#include "lib/num/kernel.h"
#include "lib/tag/filter_inside.h"

#include <errno.h>
#include <pthread.h>

enum { SENTENCES = 64, TOKENS = 2000 }; /* that a thread takes at once, at most */
enum { AHEAD = 4 }; /* shares that a thread may have under way or finished, in the mean */

/* Sentences that one thread answers. */
struct share {
    struct sink sink;
    unsigned long first; /* line of its first sentence; 0: it has none */
    unsigned long last, unproven, unproven_line; /* as in struct filter, of its sentences */
    struct error error;
    bool finished; /* under `output` */
};

struct team {
    struct filter *f;
    pthread_mutex_t input, output;
    pthread_cond_t written;
    uint64_t next; /* number of the share that is taken next; under `input` */
    struct member *reading; /* who holds `input` */
    bool ended; /* nothing more is taken; under `input` */
    uint64_t nshares;
    struct share *share; /* [nshares]: number n is in n % nshares */
    /* under `output` */
    uint64_t turn; /* number of the share that is written next */
    bool failed; /* what comes after is not written */
    struct error error; /* of the first share, in the order of the input, that has one */
};

/* One thread. */
struct member {
    struct team *team;
    struct filter f; /* its own line, counts and output */
    struct tagger *tagger;
    uint64_t number; /* of its share */
    struct share *share;
    struct sentence_copy sentence[SENTENCES];
    uint32_t count, tokens;
};

/* All shares before `number` are written. */
static void wait_for(struct team *t, uint64_t number)
{
    while (t->turn < number)
        pthread_cond_wait(&t->written, &t->output);
}

/* Begin a share, under `input`; its place may still hold one that waits for its turn. */
static void take_number(struct member *m)
{
    struct team *t = m->team;
    m->number = t->next++;
    m->count = m->tokens = 0;
    m->share = &t->share[m->number % t->nshares];
    pthread_mutex_lock(&t->output);
    wait_for(t, m->number < t->nshares ? 0 : m->number - t->nshares + 1);
    pthread_mutex_unlock(&t->output);
    m->share->error.kind = ERROR_NONE;
}

static void answer(struct member *m)
{
    struct error e = {0};
    struct share *share = m->share;
    m->f.out = sink_open(&share->sink);
    if (!m->f.out)
        memory_failed("there is none for answers");
    m->f.unproven = m->f.unproven_line = 0;
    share->first = m->count ? m->sentence[0].sentence.first : 0;
    m->f.line = m->count ? share->first - 1 : 0; /* lines before it: see write_share */
    for (uint32_t k = 0; k < m->count && !e.kind; k++)
        filter_answer(&m->f, m->tagger, &m->sentence[k].sentence, &e);
    if (e.kind)
        share->error = e; /* comes before a fault of the sentence that was to be read next */
    if (!sink_close(&share->sink))
        memory_failed("there is none for answers");
    share->last = m->f.line;
    share->unproven = m->f.unproven;
    share->unproven_line = m->f.unproven_line;
}

/* Under `output`, in its turn. */
static void write_share(struct team *t, const struct share *share)
{
    struct filter *f = t->f;
    if (share->first) {
        filter_empty(f, share->first - 1);
        if (fwrite(share->sink.bytes, 1, share->sink.length, f->out) < share->sink.length || ferror(f->out)) {
            f->fault = f->fault ? f->fault : errno;
            t->failed = true;
        }
        f->line = share->last;
    }
    if (share->unproven && !f->unproven)
        f->unproven_line = share->unproven_line;
    f->unproven += share->unproven;
    if (share->error.kind && !t->failed) {
        t->error = share->error;
        t->failed = true;
    }
}

/* Answer the share, and write what can be written. */
static void deliver(struct member *m)
{
    struct team *t = m->team;
    answer(m);
    pthread_mutex_lock(&t->output);
    m->share->finished = true;
    for (struct share *s; (s = &t->share[t->turn % t->nshares])->finished; t->turn++) {
        if (!t->failed)
            write_share(t, s);
        s->finished = false;
    }
    pthread_cond_broadcast(&t->written);
    pthread_mutex_unlock(&t->output);
}

/* The input may make the reading thread wait. */
static void before_waiting(void *team)
{
    struct team *t = team;
    struct member *m = t->reading;
    if (m->count) {
        deliver(m);
        take_number(m);
    }
    pthread_mutex_lock(&t->output);
    wait_for(t, m->number);
    if (!t->failed)
        filter_flush(t->f);
    pthread_mutex_unlock(&t->output);
}

/* false: there is nothing left to take. */
static bool take(struct member *m)
{
    struct team *t = m->team;
    const struct sentence *s;
    struct error e = {0}; /* before_waiting may move m->share while the sentence is read */
    pthread_mutex_lock(&t->input);
    const bool open = !t->ended;
    if (open) {
        t->reading = m;
        take_number(m);
    }
    while (!t->ended && m->count < SENTENCES && m->tokens < TOKENS) {
        if ((s = reader_next(t->f->in, &e)) != NULL) {
            sentence_copy(&m->sentence[m->count++], s);
            m->tokens += s->n;
        }
        t->ended = !s;
    }
    if (e.kind)
        m->share->error = e;
    pthread_mutex_unlock(&t->input);
    return open;
}

static bool failed(struct team *t)
{
    pthread_mutex_lock(&t->output);
    const bool failed = t->failed;
    pthread_mutex_unlock(&t->output);
    return failed;
}

static void work(struct team *t)
{
    const struct trained *trained = t->f->trained;
    struct member *m = memory_new(1, sizeof *m);
    m->team = t;
    m->f = *t->f;
    m->tagger = tagger_new(trained->model, trained->w, trained->space, t->f->constraint, &t->f->options);
    kernel_thread_begin();
    while (!failed(t) && take(m))
        deliver(m);
    for (uint32_t k = 0; k < SENTENCES; k++)
        sentence_copy_free(&m->sentence[k]);
    tagger_free(m->tagger);
    memory_free(m);
}

bool team_answer(struct filter *f, struct error *e)
{
    struct team t = {.f = f, .input = PTHREAD_MUTEX_INITIALIZER, .output = PTHREAD_MUTEX_INITIALIZER};
    t.nshares = AHEAD * (uint64_t)f->threads;
    t.share = memory_new(t.nshares, sizeof *t.share);
    pthread_cond_init(&t.written, NULL);
    stream_before_read(f->in->stream, before_waiting, &t);
#pragma omp parallel num_threads((int)f->threads)
    work(&t);
    stream_before_read(f->in->stream, NULL, NULL);
    pthread_cond_destroy(&t.written);
    pthread_mutex_destroy(&t.input);
    pthread_mutex_destroy(&t.output);
    for (uint64_t k = 0; k < t.nshares; k++)
        memory_free(t.share[k].sink.bytes);
    memory_free(t.share);
    if (t.error.kind)
        *e = t.error;
    return !t.failed;
}
