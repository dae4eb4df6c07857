/* SPDX-License-Identifier: MIT
 *
 * stamps: gradients in error block by block: every block has the stamp of who wrote it last
 * (lib/probes/tracker_blocks.c). Errors are counted by kind of block as well, and of threads lost updates are
 * estimated.
 */
#include "lib/probes/errors.h"
#include "lib/report/runlog.h"

extern const struct probe_ops stamps_ops;

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    (void)e;
    return errors_by_stamps(s, c) ? &errors_new(&stamps_ops, s, c)->base : NULL;
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
    .counts = errors_counts,
    .memory_bytes = errors_memory_bytes,
    .report = report,
};
