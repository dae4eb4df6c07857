/* SPDX-License-Identifier: MIT
 *
 * probes: those of one session (lib/learn/probe.h), and who watches which moment.
 */
#ifndef ASYNTRAIN_LEARN_PROBES_H
#define ASYNTRAIN_LEARN_PROBES_H

#include "lib/learn/probe.h"

#define PROBES_MOST 16 /* at most */

struct probe_hook {
    void (*call)(struct probe *p, struct moment *m);
    struct probe *probe;
};

struct probes {
    struct probe *probe[PROBES_MOST];
    uint32_t count;
    struct probe_hook hook[MOMENTS][PROBES_MOST + 1]; /* ended by a NULL call */
};

/* Make those that the configuration asks for. The error of a create; to be freed in any case. */
bool probes_init(struct probes *p, const struct session *s, const struct config *c, struct error *e);
void probes_free(struct probes *p);

/* The session's probe of a table entry, or NULL. */
struct probe *probes_find(const struct probes *p, const struct probe_ops *ops);

unsigned probes_want(const struct probes *p, size_t ticket); /* WANTS_… of all probes together */

/* What is counted of a worker; NULL where no probe counts. */
const struct gradient_counts *probes_counts(const struct probes *p, uint32_t worker);

bool probes_suffice(const struct probes *p, uint32_t epochs, struct error *e);
void probes_report(const struct probes *p, enum report_scope scope, uint32_t worker, struct runlog *log);

/* Files of all probes, as in struct probe_ops. After a failure the first fault stands in `e`. */
bool probes_open(struct probes *p, const char *folder, struct error *e);
struct outfile *probes_file(const struct probes *p, uint32_t k); /* of the k-th probe; or NULL */
bool probes_flush(struct probes *p, struct error *e);
bool probes_finish(struct probes *p, const char *model, struct error *e); /* outfile_finish of all */
bool probes_commit(struct probes *p, struct error *e);
void probes_abandon(struct probes *p);

/* What the probes have to say of the last epoch; of a run of so many epochs. */
void probes_epoch_words(const struct probes *p, void (*say)(void *to, const char *words), void *to);
void probes_run_words(const struct probes *p, uint32_t epochs, void (*say)(void *to, const char *words),
                      void *to);

void probes_pause(struct probes *p);
bool probes_pause_anywhere(const struct probes *p); /* can an epoch go on in its middle, for all of them? */
void probes_state(struct probes *p, struct state_list *list);
size_t probes_memory_bytes(const struct probes *p);

/* By the worker's own thread. */
static inline void probes_call(const struct probes *p, enum moment_kind at, struct moment *m)
{
    for (const struct probe_hook *h = p->hook[at]; h->call; h++)
        h->call(h->probe, m);
}

#endif
