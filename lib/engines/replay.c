/* SPDX-License-Identifier: MIT
 *
 * replay: virtual workers whose R and W come in the order of a recording (lib/engines/recording.h). The weights that a
 * sample reads are those after as many steps as are written then.
 */
#include "lib/base/memory.h"
#include "lib/engines/delay.h"
#include "lib/engines/recording.h"
#include "lib/engines/simulated.h"
#include "lib/engines/virtual.h"

#include <assert.h>

struct replay {
    const char *path; /* of the recording */
    struct recording recording;
    struct virtual *virtual;
};

extern const struct engine_ops replay_ops;

static bool create(struct session *s, const struct config *c, struct error *e)
{
    struct replay *o = s->engine_state = memory_new(1, sizeof *o);
    struct delay law; /* which refuses the keys of other laws */
    const bool good = delay_init(&law, c, s->nworkers, e);
    delay_free(&law);
    if (!good)
        return false;
    o->virtual = virtual_new(s);
    o->path = config_string(c, "engine.delay.replay");
    if (!*o->path)
        return config_fault(c, "engine.delay.law", e,
                            "law 'replay' needs a recording; set engine.delay.replay to a file that "
                            "engine.record has written");
    if (!recording_read(&o->recording, o->path, s->nsamples, DELAY_WORKERS, e))
        return false;
    return o->recording.workers <= s->nworkers ||
           config_fault(c, "engine.workers", e, "%u, but %s has events of %u workers; set it to %u or more",
                        s->nworkers, o->path, o->recording.workers, o->recording.workers);
}

static void destroy(void *state)
{
    struct replay *o = state;
    recording_free(&o->recording);
    virtual_free(o->virtual);
    memory_free(o);
}

static bool suffices(const struct session *s, uint32_t epochs, struct error *e)
{
    const struct replay *o = s->engine_state;
    return epochs <= o->recording.epochs ||
           error_set(e, ERROR_CORPUS,
                     "%s:%lu: the recording ends after epoch %u, and %u are to be made; set run.epochs to %u "
                     "or record more",
                     o->path, o->recording.lines, o->recording.epochs, epochs, o->recording.epochs);
}

static void events(struct session *s)
{
    struct replay *o = s->engine_state;
    const struct recording *r = &o->recording;
    assert(s->epoch < r->epochs);
    size_t written = 0;
    for (size_t i = r->begin[s->epoch]; i < r->begin[s->epoch + 1] && !session_breaks(s, written); i++) {
        const struct recorded *event = &r->event[i];
        struct worker *k = s->worker[event->worker];
        if (event->what == 'R') {
            const struct example *z = session_take_at(s, k, event->ticket);
            worker_read_at(k, s, written);
            virtual_gradient(o->virtual, k, s, z);
        } else {
            worker_write(k, s, virtual_gradient_of(o->virtual, k), write_at(event->ticket));
            virtual_written(o->virtual, k);
            written++;
        }
    }
}

static void epoch(struct session *s)
{
    simulated_epoch(s, events);
}

const struct engine_ops replay_ops = {
    .name = SIMULATED_NAME,
    .keys = simulated_keys,
    .visibility = WHOLE_UPDATES,
    .writes = EACH,
    .virtual_workers = SIMULATED_WORKERS,
    .create = create,
    .destroy = destroy,
    .epoch = epoch,
    .suffices = suffices,
    .memory_bytes = virtual_memory_bytes,
};
