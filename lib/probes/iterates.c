/* SPDX-License-Identifier: MIT
 *
 * iterates: the weights after every update, written to a file (key engine.iterates): the path of training, for models
 * of few weights such as models/quadratic.c. Updates are numbered as their W ends. Where threads write at once, the
 * weights are those that the thread saw at the end of its W. They wait in memory until the epoch is over; nothing is
 * allocated.
 */
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/learn/session.h"

#include <stdatomic.h>
#include <string.h>

enum { WEIGHTS_MOST = 1024 };
#define NUMBERS_MOST ((size_t)1 << 27) /* of an epoch */

struct iterates {
    struct probe base;
    const char *path;
    struct outfile *file; /* NULL: not open */
    const struct session *s;
    size_t size; /* reals of w, with padding */
    uint64_t before; /* updates of earlier epochs */
    real *w; /* [updates of an epoch][size] */
    struct update {
        uint32_t ticket, worker;
    } * update; /* [the same] */
    _Alignas(64) _Atomic size_t count;
};

extern const struct probe_ops iterates_ops;

static const struct key keys[] = {
    {"iterates", KEY_PATH, 0, 0, "", NULL,
     "write the weights after every update to this file, of a model with at most 1024 weights; empty: no "
     "file"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* Updates are whole and leave w as it counts: no copies of threads' own, no weights of workers' own. */
static bool can_be_watched(const struct session *s, const struct config *c, struct error *e)
{
    size_t weights = layout_weights(&s->model->layout), size = s->model->layout.size;
    if (weights > WEIGHTS_MOST)
        return config_fault(c, "engine.iterates", e,
                            "the model has %zu weights, and iterates are written of at most %d; set it to "
                            "nothing",
                            weights, WEIGHTS_MOST);
    if (s->nsamples > NUMBERS_MOST / size)
        return config_fault(c, "engine.iterates", e,
                            "%zu updates of %zu weights are too many for memory; set it to nothing, or train "
                            "on less",
                            s->nsamples, weights);
    if (s->own_weights || s->local_copies.on)
        return config_fault(c, "engine.iterates", e,
                            "here threads have weights of their own, and no update is one of all; set it to "
                            "nothing, or engine.%s",
                            s->own_weights ? "threads to 1" : "combine.mode to none");
    return true;
}

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    const char *path = config_string(c, "engine.iterates");
    if (!*path || !can_be_watched(s, c, e))
        return NULL;
    struct iterates *p = memory_lines(1, sizeof *p);
    p->base.ops = &iterates_ops;
    p->path = path;
    p->s = s;
    p->size = s->model->layout.size;
    p->w = memory_reserve(s->nsamples * p->size, sizeof *p->w);
    p->update = memory_reserve(s->nsamples, sizeof *p->update);
    return &p->base;
}

/* What was not committed is lost, and an older file stays. */
static void abandon(struct probe *base)
{
    struct iterates *p = (struct iterates *)base;
    outfile_abandon(p->file);
    p->file = NULL;
}

static void destroy(struct probe *base)
{
    struct iterates *p = (struct iterates *)base;
    abandon(base);
    memory_free(p->w);
    memory_free(p->update);
    memory_free(p);
}

RACY static void copy(real *to, const real *from, size_t n, real scale)
{
    for (size_t i = 0; i < n; i++) /* RACY: other threads may write these weights now */
        to[i] = scale * from[i];
}

static void write_end(struct probe *base, struct moment *m)
{
    struct iterates *p = (struct iterates *)base;
    const struct schedule *plan = &p->s->schedule;
    size_t n = atomic_fetch_add_explicit(&p->count, 1, memory_order_relaxed);
    size_t next = (m->ticket / plan->batch.size + 1) * plan->batch.size; /* the ticket after this step's */
    real scale = next < plan->steps ? plan->read[next] : (real)plan->scale_after;
    copy(p->w + n * p->size, p->s->w, p->size, scale);
    p->update[n] = (struct update){(uint32_t)m->ticket, m->worker};
}

static void write_row(FILE *f, const struct layout *l, const real *w)
{
    for (uint32_t k = 0; k < l->ngroups; k++) {
        const struct group *g = &l->group[k];
        for (uint32_t row = 0; row < g->count * g->rows; row++)
            for (uint32_t i = 0; i < g->columns; i++)
                fprintf(f, ",%.*g", sizeof(real) == sizeof(float) ? 9 : 17,
                        (double)w[g->offset + (size_t)row * g->stride + i]);
    }
    fputc('\n', f);
}

/* Write the updates of the epoch, and forget them. */
static void epoch_end(struct probe *base, struct moment *m)
{
    struct iterates *p = (struct iterates *)base;
    size_t count = atomic_exchange(&p->count, 0);
    for (size_t n = 0; n < count && p->file; n++) {
        fprintf(outfile_stream(p->file), "%ju,%u,%u,%u", (uintmax_t)(p->before + n + 1), m->epoch + 1,
                p->update[n].ticket, p->update[n].worker);
        write_row(outfile_stream(p->file), &p->s->model->layout, p->w + n * p->size);
    }
    p->before += count;
}

/* A title, and the weights before the first update. */
static bool open_file(struct probe *base, const char *folder, struct error *e)
{
    struct iterates *p = (struct iterates *)base;
    (void)folder;
    p->file = outfile_open(p->path, e);
    if (!p->file)
        return false;
    FILE *f = outfile_stream(p->file);
    fputs("update,epoch,ticket,worker", f);
    for (size_t i = 0; i < layout_weights(&p->s->model->layout); i++)
        fprintf(f, ",w%zu", i + 1);
    fputs("\n0,0,,", f);
    copy(p->w, p->s->w, p->size, (real)p->s->schedule.scale);
    write_row(f, &p->s->model->layout, p->w);
    return true;
}

static struct outfile *file(struct probe *base)
{
    return ((struct iterates *)base)->file;
}

static void state(struct probe *base, struct state_list *list)
{
    struct iterates *p = (struct iterates *)base;
    state_add(list, "before", &p->before, 1, sizeof p->before);
}

static bool commit(struct probe *base, struct error *e)
{
    struct iterates *p = (struct iterates *)base;
    struct outfile *whole = p->file;
    p->file = NULL;
    return !whole || outfile_commit(whole, e);
}

static size_t memory_bytes(const struct probe *base)
{
    const struct iterates *p = (const struct iterates *)base;
    return p->s->nsamples * (p->size * sizeof(real) + sizeof(struct update));
}

const struct probe_ops iterates_ops = {
    .name = "iterates",
    .summary = "the weights after every update",
    .keys = keys,
    .whole_epochs = true,
    .create = create,
    .destroy = destroy,
    .at = {[WRITE_END] = write_end, [EPOCH_END] = epoch_end},
    .open = open_file,
    .file = file,
    .commit = commit,
    .abandon = abandon,
    .state = state,
    .memory_bytes = memory_bytes,
};
