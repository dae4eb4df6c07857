/* SPDX-License-Identifier: MIT
 *
 * stamps: gradients in error block by block: every block has the stamp of who wrote it last
 * (lib/probes/tracker_blocks.c). Errors are counted by kind of block as well, and of threads lost updates are
 * estimated. So are errors in other blocks than those that nearly every sentence has: a universal group, or what the
 * template finds everywhere (the edge of a sentence, a line without columns, a frequent tag).
 */
#include "lib/base/memory.h"
#include "lib/probes/errors.h"
#include "lib/report/runlog.h"

extern const struct probe_ops stamps_ops;

#define NEARLY_EVERY 0.9 /* of the sentences */

/* How many sentences have each block. */
static uint32_t *count_sentences(const struct session *s)
{
    const struct layout *l = &s->model->layout;
    struct gradient g = {.capacity = s->model->ops->max_bundles(s->model, s->data->longest)};
    uint32_t *count = memory_new(l->nblocks, sizeof *count), *last = memory_new(l->nblocks, sizeof *last);
    g.bundle = memory_new(g.capacity, sizeof *g.bundle);
    for (uint32_t z = 0; z < s->data->count; z++) {
        g.count = 0;
        s->model->ops->list_blocks(s->model, &s->data->example[z], &g);
        for (size_t b = 0; b < g.count; b++)
            for (uint32_t i = 0; i < g.bundle[b].count; i++) {
                const uint32_t block = l->group[g.bundle[b].group].first + g.bundle[b].id[i];
                count[block] += last[block] != z + 1;
                last[block] = z + 1;
            }
    }
    memory_free(g.bundle);
    memory_free(last);
    return count;
}

static void mark_common(struct tracker *t, const struct session *s)
{
    uint32_t *count = count_sentences(s);
    for (uint32_t b = 0; b < t->layout->nblocks; b++)
        t->common[b] |= count[b] >= NEARLY_EVERY * (double)s->data->count;
    memory_free(count);
}

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    (void)e;
    if (!errors_by_stamps(s, c))
        return NULL;
    struct errors *p = errors_new(&stamps_ops, s, c);
    mark_common(&p->tracker, s);
    return &p->base;
}

static void report_kinds(const struct tracker *t, struct runlog *l)
{
    runlog_open_object(l, "kinds");
    for (uint32_t g = 0; g < t->layout->ngroups; g++) {
        const struct tracker_kind kind = tracker_kind(t, g);
        runlog_open_object(l, t->layout->group[g].name);
        runlog_integer(l, "read_overwrites", (long long)kind.read_overwrites);
        runlog_integer(l, "write_overwrites", (long long)kind.write_overwrites);
        runlog_close(l);
    }
    runlog_close(l);
}

static void report(const struct probe *p, enum report_scope scope, uint32_t worker, struct runlog *log)
{
    if (scope == REPORT_EPOCH)
        report_kinds(&((const struct errors *)p)->tracker, log);
    errors_report(p, scope, worker, log);
}

const struct probe_ops stamps_ops = {
    .name = "stamps",
    .summary = "gradients in error, block by block: by the stamp of who wrote a block last",
    .create = create,
    .destroy = errors_destroy,
    .at = {ERRORS_MOMENTS},
    .pause = errors_pause,
    .state = errors_state,
    .counts = errors_counts,
    .memory_bytes = errors_memory_bytes,
    .report = report,
};
