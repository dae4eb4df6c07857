/* SPDX-License-Identifier: MIT
 *
 * probe: what was seen of the gradients? A probe watches the moments in the life of a gradient and reports what it saw.
 * It changes no weight. Engines, optimizers and models do not know which probes there are.
 *
 *     epoch_begin   R            G                         W                        epoch_end
 *                   │read_begin  │gradient_begin           │write_begin  │write_end
 *                   └── w is read until read_end ──┘       │(merged, where hot blocks are local copies)
 *
 * At the begin of a window the probes are called in the order of the table, at its end in the opposite order: the first
 * entry of the table has the widest windows. Probes are made and destroyed by the session, as sections of a
 * configuration ask for them. A moment that no probe of the session watches costs one comparison.
 */
#ifndef ASYNTRAIN_LEARN_PROBE_H
#define ASYNTRAIN_LEARN_PROBE_H

#include "lib/base/config.h"
#include "lib/learn/counts.h"
#include "lib/learn/moment.h"
#include "lib/learn/state.h"

#define WANTS_ALONE 1u /* that it is made by itself, even where the model could make several at once */
#define WANTS_ROWS 2u /* that its products are rows at GRADIENT_END */

enum report_scope {
    REPORT_RUN,
    REPORT_EPOCH,
    REPORT_WORKER
}; /* the event of metrics.jsonl that is being written */

struct outfile;
struct probe;
struct runlog;
struct session;

#define PROBE_WORDS 256

struct probe_ops {
    const char *name, *summary;
    const struct key *keys; /* what may stand in section `engine` for it */
    bool whole_epochs; /* it sees an epoch as a whole: none can go on in the middle (lib/learn/pause.h) */

    /* NULL without an error: there is nothing to watch. The session has samples, schedule, w and engine, no workers. */
    struct probe *(*create)(const struct session *s, const struct config *c, struct error *e);
    void (*destroy)(struct probe *p);
    /* Called by the worker's thread, any number at once; NULL: not watched. Allocates nothing. */
    void (*at[MOMENTS])(struct probe *p, struct moment *m);
    unsigned (*wants)(const struct probe *p,
                      size_t ticket); /* WANTS_… of this ticket's gradient; NULL: nothing */

    /* ---- when no worker runs; each may be NULL */
    const struct gradient_counts *(*counts)(const struct probe *p, uint32_t worker); /* of the epoch */
    void (*report)(const struct probe *p, enum report_scope scope, uint32_t worker, struct runlog *log);
    bool (*suffices)(const struct probe *p, uint32_t epochs,
                     struct error *e); /* can so many epochs be watched? */
    /* Files: before the first epoch; then that which is written while the run lasts, NULL: there is none; when the run
     * is over, all that is left to be written: then its files appear (lib/base/outfile.h). ERROR_IO. `model`: what the
     * files say they belong to (lib/report/run_folder.h). */
    bool (*open)(struct probe *p, const char *folder, struct error *e);
    struct outfile *(*file)(struct probe *p);
    bool (*finish)(struct probe *p, const char *model, struct error *e);
    bool (*commit)(struct probe *p, struct error *e);
    void (*abandon)(struct probe *p); /* let go of files that are not in place; the run has failed */
    /* In words [PROBE_WORDS]: of the epoch, for its line on a terminal; of a run of so many epochs. "": nothing. */
    void (*epoch_words)(const struct probe *p, char *words);
    void (*run_words)(const struct probe *p, uint32_t epochs, char *words);
    void (*pause)(struct probe *p); /* the epoch is broken off here: what is known now must be in the list */
    void (*state)(struct probe *p, struct state_list *list);
    size_t (*memory_bytes)(const struct probe *p); /* upper bound of memory that training will still touch */
};

struct probe { /* first member of every probe */
    const struct probe_ops *ops;
    bool idle; /* set by create: it reports, but watches no moment */
};

extern const struct probe_ops
    *const probe_table[]; /* ended by NULL, widest windows first: add a line for a new one */

#endif
