/* SPDX-License-Identifier: MIT */
#include "lib/probes/trace.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/report/runlog.h"

#include <stdio.h>
#include <string.h>

extern const struct probe_ops trace_ops;

static const struct key keys[] = {
    {"trace.pass", KEY_INTEGER, 0, 1e6, "0", NULL,
     "epoch whose times of R, G and W are written to trace.jsonl and trace.json; 0: none"},
    {"trace.from", KEY_INTEGER, 0, 4e9, "0", NULL,
     "first ticket of the trace; a ticket is the number of a sample in its epoch"},
    {"trace.samples", KEY_INTEGER, 1, 1e6, "200", NULL, "number of tickets in the trace"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const char *const files[] = {"trace.jsonl", "trace.json", NULL};

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    const size_t from = (size_t)config_integer(c, "engine.trace.from"),
                 count = (size_t)config_integer(c, "engine.trace.samples");
    const uint32_t epoch = (uint32_t)config_integer(c, "engine.trace.pass");
    if (epoch == 0)
        return NULL;
    if (from >= s->nsamples) {
        config_fault(c, "engine.trace.from", e,
                     "an epoch has %zu samples, tickets 0 to %zu; begin with one of them", s->nsamples,
                     s->nsamples - 1);
        return NULL;
    }
    struct trace *t = memory_new(1, sizeof *t);
    *t = (struct trace){.base = {.ops = &trace_ops}, .session = s, .config = c, .epoch = epoch, .from = from};
    t->count = count < s->nsamples - from ? count : s->nsamples - from;
    t->entry = memory_lines(t->count, sizeof *t->entry);
    t->lane = memory_lines(s->nworkers, sizeof *t->lane);
    return &t->base;
}

struct trace *trace_of(const struct session *s)
{
    return (struct trace *)probes_find(&s->probes, &trace_ops);
}

static void abandon(struct probe *p)
{
    struct trace *t = (struct trace *)p;
    runlog_abandon(t->lines);
    runlog_abandon(t->chart);
    t->lines = t->chart = NULL;
}

static void destroy(struct probe *p)
{
    struct trace *t = (struct trace *)p;
    abandon(p);
    memory_free(t->folder);
    memory_free(t->entry);
    memory_free(t->lane);
    memory_free(t);
}

/* ---- moments */

/* Where a ticket is noted down; NULL outside of the window. */
static struct trace_entry *find(const struct trace *t, size_t ticket)
{
    return ticket - t->from < t->open ? &t->entry[ticket - t->from] : NULL;
}

static unsigned wants(const struct probe *p, size_t ticket)
{
    return find((const struct trace *)p, ticket) ? WANTS_ALONE : 0;
}

static void epoch_begin(struct probe *p, struct moment *m)
{
    struct trace *t = (struct trace *)p;
    t->open = m->epoch + 1 == t->epoch ? t->count : 0;
    if (t->open)
        t->begin = cpu_wall();
}

static void epoch_end(struct probe *p, struct moment *m)
{
    struct trace *t = (struct trace *)p;
    t->open = 0;
    t->seen |= m->epoch + 1 == t->epoch;
}

static void read_begin(struct probe *p, struct moment *m)
{
    struct trace *t = (struct trace *)p;
    struct trace_entry *z = t->lane[m->worker].current = m->sample ? find(t, m->ticket) : NULL;
    if (!z)
        return;
    z->worker = m->worker;
    m->overwritten = z->hit;
    z->read = cpu_wall();
}

static void gradient_start(struct probe *p, struct moment *m)
{
    struct trace_entry *z = ((struct trace *)p)->lane[m->worker].current;
    if (z)
        z->gradient = cpu_wall();
}

static void gradient_end(struct probe *p, struct moment *m)
{
    struct trace_entry *z = ((struct trace *)p)->lane[m->worker].current;
    if (!z)
        return;
    z->made = cpu_wall();
    z->tokens = m->sample->n;
}

static void write_begin(struct probe *p, struct moment *m)
{
    const struct trace_lane *lane = &((struct trace *)p)->lane[m->worker];
    if (!lane->current && !lane->waiting)
        return;
    const double now = cpu_wall();
    for (struct trace_entry *z = lane->waiting; z; z = z->waiting)
        z->write = now;
    if (lane->current)
        lane->current->write = now;
}

static void write_end(struct probe *p, struct moment *m)
{
    struct trace_lane *lane = &((struct trace *)p)->lane[m->worker];
    if (!lane->current && !lane->waiting)
        return;
    const double now = cpu_wall();
    for (struct trace_entry *z = lane->waiting; z; z = z->waiting)
        z->done = now;
    if (lane->current)
        lane->current->done = now;
    lane->current = lane->waiting = NULL;
}

static void joined(struct probe *p, struct moment *m)
{
    struct trace_lane *lane = &((struct trace *)p)->lane[m->worker];
    struct trace_entry *z = lane->current;
    if (!z)
        return;
    z->write = z->done = cpu_wall();
    z->joined = true;
    if (!m->handed) {
        z->waiting = lane->waiting;
        lane->waiting = z;
    }
    lane->current = NULL;
}

/* ---- the run */

static bool suffices(const struct probe *p, uint32_t epochs, struct error *e)
{
    const struct trace *t = (const struct trace *)p;
    return t->epoch <= epochs ||
           config_fault(t->config, "engine.trace.pass", e,
                        "epoch %u of %u; choose an earlier one, or make more epochs (run.epochs)", t->epoch,
                        epochs);
}

static void run_words(const struct probe *p, uint32_t epochs, char *words)
{
    const struct trace *t = (const struct trace *)p;
    if (t->epoch > epochs)
        snprintf(words, PROBE_WORDS, "nothing is traced: the run ended before epoch %u (engine.trace.pass)",
                 t->epoch);
}

/* Can the files be written that are opened after the epoch, and does nobody else write them? */
static bool open_folder(struct probe *p, const char *folder, struct error *e)
{
    struct trace *t = (struct trace *)p;
    bool good = true;
    t->folder = memory_copy(folder, strlen(folder));
    for (size_t k = 0; files[k] && good; k++) {
        char *path = outfile_path(folder, files[k]);
        struct outfile *o = outfile_open(path, e);
        good = o != NULL;
        outfile_abandon(o);
        memory_free(path);
    }
    return good;
}

static bool finish(struct probe *p, const char *model, struct error *e)
{
    struct trace *t = (struct trace *)p;
    return !t->seen || trace_files_write(t, model, e);
}

static bool commit(struct probe *p, struct error *e)
{
    return trace_files_commit((struct trace *)p, e);
}

/* (what waits for what is of no use when the epoch is over) */
static void state(struct probe *p, struct state_list *list)
{
    struct trace *t = (struct trace *)p;
    state_add(list, "seen", &t->seen, 1, sizeof t->seen);
    state_add(list, "begin", &t->begin, 1, sizeof t->begin);
    state_add(list, "entries", t->entry, t->count, sizeof *t->entry);
}

const struct probe_ops trace_ops = {
    .name = "trace",
    .summary = "when each gradient of a window was read, made and written (Figure 1 of Sun 2016)",
    .keys = keys,
    .whole_epochs = true,
    .create = create,
    .destroy = destroy,
    .at = {[EPOCH_BEGIN] = epoch_begin,
           [READ_BEGIN] = read_begin,
           [GRADIENT_BEGIN] = gradient_start,
           [GRADIENT_END] = gradient_end,
           [WRITE_BEGIN] = write_begin,
           [WRITE_END] = write_end,
           [JOINED] = joined,
           [EPOCH_END] = epoch_end},
    .wants = wants,
    .suffices = suffices,
    .run_words = run_words,
    .open = open_folder,
    .finish = finish,
    .commit = commit,
    .abandon = abandon,
    .state = state,
};
