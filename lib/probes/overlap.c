/* SPDX-License-Identifier: MIT
 *
 * overlap: gradients in error by time alone: another's write met the window in which a gradient was read, or written
 * (lib/probes/tracker.h). `engine.tracker: off` is its silent form.
 */
#include "lib/probes/errors.h"

extern const struct probe_ops overlap_ops;

static const struct key keys[] = {
    {"tracker", KEY_CHOICE, 0, 0, "auto", "auto|overlap|blocks|off",
     "how gradient errors are counted\n"
     "auto: overlap, or blocks if the model has no block that every sample reads\n"
     "overlap: by writes that overlap in time\n"
     "blocks: by a stamp on each block\n"
     "off: not at all"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    (void)e;
    return errors_by_stamps(s, c) ? NULL : &errors_new(&overlap_ops, s, c)->base;
}

const struct probe_ops overlap_ops = {
    .name = "overlap",
    .summary = "gradients in error: whose reading or writing another's write overlapped",
    .keys = keys,
    .create = create,
    .destroy = errors_destroy,
    .at = {ERRORS_MOMENTS},
    .pause = errors_pause,
    .state = errors_state,
    .counts = errors_counts,
    .memory_bytes = errors_memory_bytes,
    .report = errors_report,
};
