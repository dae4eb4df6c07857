/* SPDX-License-Identifier: MIT
 *
 * engine: who does R, G, W, and when? The contract between a session and an engine. An engine arranges the three
 * verbs of lib/learn/worker.h and knows neither model nor optimizer. It declares what its workers may see and do;
 * from that the session sets up copies of weights, probes and accumulators.
 */
#ifndef ASYNTRAIN_LEARN_ENGINE_H
#define ASYNTRAIN_LEARN_ENGINE_H

#include "lib/learn/session.h"
#include "lib/learn/worker.h"

/* What others may change in w between R and W of a worker. */
enum visibility {
    AT_REST, /* nothing: w is as R found it */
    WHOLE_UPDATES, /* updates of others, but none while this worker reads or writes */
    BLOCKWISE, /* blocks, at any moment: gradients may be in error */
};

enum writes {
    EACH, /* each gradient is written by itself */
    JOINT, /* the gradients of several workers are one update */
};

struct engine_ops {
    const char *name, *summary;
    const struct key *keys; /* what may stand in section `engine`, besides the common keys */
    /* A name for several engines: the one that its keys choose, whose declarations count. NULL: the entry itself. */
    const struct engine_ops *(*choose)(const struct config *c);

    /* ---- declarations */
    enum visibility visibility;
    enum writes writes;
    bool parallel; /* may have more than one thread */
    /* The key with the number of virtual workers: they run in one thread and share its scratch. NULL: as many workers
     * as threads. */
    const char *virtual_workers;
    /* R and W are events of single blocks: the engine keeps what R found, and lost updates are known. */
    bool block_events;
    /* A worker writes a gradient before it takes another sample. Then products are written as they are made, and
     * gradients may be accumulated (lib/learn/accumulate.h). */
    bool immediate;
    bool copies_hot_blocks; /* hot blocks may be written to local copies: `keys` has local_copies_keys */
    /* R copies the weights that the sample reads. The engine lists them before R, in worker.stage (lib/learn/stage.h),
     * which is NULL where a worker is alone. */
    bool reads_copies;
    /* Where there are several workers, each has weights and an optimizer of its own (worker.w, worker.optimizer), and
     * R and W are of those: `visibility` is AT_REST. worker_begin copies session.w, and the engine's epoch ends with a
     * new session.w. */
    bool own_weights;

    /* An epoch can be broken off between two steps and go on from the state list: no worker keeps a gradient, or what
     * it has read, from one sample to the next (lib/learn/pause.h). */
    bool pauses;

    /* Samples of consecutive tickets that the workers make one step of; with own_weights the mean of so many workers:
     * S falls once while each makes a step. NULL: engine.accumulate of them where there is one worker; where more take
     * tickets of their own accord, a step's samples are not consecutive. */
    struct batch (*batch)(const struct config *c, uint32_t nworkers);

    /* How late gradients are, as far as it is known before training: into share [most] the share of those that are
     * 0, 1, 2 … updates late; returns how many there are. What is later counts with the last. NULL: none is late, or
     * nothing is known. */
    uint32_t (*delays)(const struct session *s, double *share, uint32_t most);

    /* Make session.engine_state; NULL where there is none. The workers are there. ERROR_USAGE, or the fault of a file
     * that its keys name. `destroy` is called whenever session.engine_state is not NULL. */
    bool (*create)(struct session *s, const struct config *c, struct error *e);
    void (*destroy)(void *state);
    /* One epoch, or the rest of one that is paused; allocates nothing. It asks session_take or session_breaks where it
     * may stop, and stops there soon when it is told to. */
    void (*epoch)(struct session *s);
    /* Can so many epochs be made? ERROR_CORPUS where they are read from a file that has fewer. NULL: any number. */
    bool (*suffices)(const struct session *s, uint32_t epochs, struct error *e);
    void (*state)(struct session *s, struct state_list *list); /* NULL: nothing outlasts an epoch */
    /* Upper bound of memory that epochs will still touch, in bytes; NULL: none. */
    size_t (*memory_bytes)(const struct session *s);
};

/* Ended by NULL: add a line for a new engine. The first runs one worker alone, is immediate, and
 * needs no create: trials of a rate use it. */
extern const struct engine_ops *const engine_table[];
extern const struct key engine_keys[]; /* common to all engines */

#endif
