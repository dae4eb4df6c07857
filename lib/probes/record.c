/* SPDX-License-Identifier: MIT
 *
 * record: the order of R and W of all samples, written to a file (key engine.record) that lib/engines/replay.c replays
 * (lib/engines/recording.h has the form). Events take numbers from one counter as R and W begin, and stand in lists of
 * the threads' own until the epoch is over; nothing is allocated.
 */
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/learn/session.h"

#include <stdatomic.h>

struct event {
    uint32_t ticket;
    uint16_t worker;
    char what; /* 'R' or 'W' */
};

struct lane { /* of one thread */
    _Alignas(64) struct event *event; /* [2 nsamples] */
    size_t *number; /* [2 nsamples] of each event */
    size_t count;
};

struct record {
    struct probe base;
    const char *path;
    struct outfile *file; /* NULL: not open */
    uint32_t nthreads;
    size_t nsamples;
    struct lane *lane; /* [nthreads] */
    struct event *event; /* [2 nsamples] of an epoch, by number */
    _Alignas(64) _Atomic size_t count;
};

extern const struct probe_ops record_ops;

static const struct key keys[] = {
    {"record", KEY_PATH, 0, 0, "", NULL,
     "write the order of all R and W to this file, for engine simulated to replay; empty: no file"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    const char *path = config_string(c, "engine.record");
    if (!*path)
        return NULL;
    if (s->accumulate > 1) {
        config_fault(c, "engine.accumulate", e,
                     "a recording has a W for every R; set it to 1, or engine.record to nothing");
        return NULL;
    }
    if (s->own_weights) {
        config_fault(
            c, "engine.record", e,
            "a replay has one vector of weights, and here each thread has its own; set it to nothing, or "
            "engine.threads to 1");
        return NULL;
    }
    struct record *r = memory_lines(1, sizeof *r);
    r->base.ops = &record_ops;
    r->path = path;
    r->nthreads = s->nthreads;
    r->nsamples = s->nsamples;
    r->lane = memory_lines(s->nthreads, sizeof *r->lane);
    r->event = memory_new(2 * s->nsamples, sizeof *r->event);
    for (uint32_t k = 0; k < s->nthreads; k++) {
        r->lane[k].event = memory_reserve(2 * s->nsamples, sizeof *r->event);
        r->lane[k].number = memory_reserve(2 * s->nsamples, sizeof *r->lane->number);
    }
    return &r->base;
}

/* What was not committed is lost, and an older file stays. */
static void abandon(struct probe *base)
{
    struct record *r = (struct record *)base;
    outfile_abandon(r->file);
    r->file = NULL;
}

static void destroy(struct probe *base)
{
    struct record *r = (struct record *)base;
    abandon(base);
    for (uint32_t k = 0; k < r->nthreads; k++) {
        memory_free(r->lane[k].event);
        memory_free(r->lane[k].number);
    }
    memory_free(r->lane);
    memory_free(r->event);
    memory_free(r);
}

static void note(struct probe *base, const struct moment *m, char what)
{
    struct record *r = (struct record *)base;
    struct lane *mine = &r->lane[m->thread];
    mine->number[mine->count] = atomic_fetch_add_explicit(&r->count, 1, memory_order_acq_rel);
    mine->event[mine->count++] = (struct event){(uint32_t)m->ticket, (uint16_t)m->worker, what};
}

static void read_begin(struct probe *base, struct moment *m)
{
    note(base, m, 'R');
}

static void write_begin(struct probe *base, struct moment *m)
{
    note(base, m, 'W');
}

/* Write the events of the epoch, and forget them. */
static void epoch_end(struct probe *base, struct moment *m)
{
    struct record *r = (struct record *)base;
    for (uint32_t k = 0; k < r->nthreads; k++) {
        struct lane *lane = &r->lane[k];
        for (size_t i = 0; i < lane->count; i++)
            r->event[lane->number[i]] = lane->event[i];
        lane->count = 0;
    }
    size_t count = atomic_exchange(&r->count, 0);
    if (!r->file)
        return;
    FILE *f = outfile_stream(r->file);
    fprintf(f, "pass %u\n", m->epoch + 1);
    for (size_t k = 0; k < count; k++)
        fprintf(f, "%c %u %u\n", r->event[k].what, r->event[k].ticket, r->event[k].worker);
}

static bool open_file(struct probe *base, const char *folder, struct error *e)
{
    struct record *r = (struct record *)base;
    (void)folder;
    return (r->file = outfile_open(r->path, e)) != NULL;
}

static struct outfile *file(struct probe *base)
{
    return ((struct record *)base)->file;
}

static bool commit(struct probe *base, struct error *e)
{
    struct record *r = (struct record *)base;
    struct outfile *whole = r->file;
    r->file = NULL;
    return !whole || outfile_commit(whole, e);
}

/* Each thread may take all tickets. */
static size_t memory_bytes(const struct probe *base)
{
    const struct record *r = (const struct record *)base;
    return 2 * r->nsamples * (r->nthreads * (sizeof(struct event) + sizeof(size_t)) + sizeof(struct event));
}

const struct probe_ops record_ops = {
    .name = "record",
    .summary = "the order of all reads and writes, in a file that can be replayed",
    .keys = keys,
    .whole_epochs = true,
    .create = create,
    .destroy = destroy,
    .at = {[READ_BEGIN] = read_begin, [WRITE_BEGIN] = write_begin, [EPOCH_END] = epoch_end},
    .open = open_file,
    .file = file,
    .commit = commit,
    .abandon = abandon,
    .memory_bytes = memory_bytes,
};
