/* SPDX-License-Identifier: MIT */
#include "lib/probes/errors.h"

#include "lib/base/cpu.h"
#include "lib/base/memory.h"
#include "lib/learn/engine.h"
#include "lib/probes/tracker_inside.h"
#include "lib/report/runlog.h"

#include <string.h>

extern const struct probe_ops overlap_ops, stamps_ops;

bool errors_by_stamps(const struct session *s, const struct config *c)
{
    const char *mode = config_string(c, "engine.tracker");
    return s->nworkers > 1 && !s->own_weights &&
           (strcmp(mode, "blocks") == 0 ||
            (strcmp(mode, "auto") == 0 && !tracker_has_universal(&s->model->layout)));
}

struct errors *errors_new(const struct probe_ops *ops, const struct session *s, const struct config *c)
{
    struct errors *p = memory_lines(1, sizeof *p);
    struct tracker *t = &p->tracker;
    /* nobody overwrites what only one worker reads */
    const char *mode = s->own_weights ? "off" : config_string(c, "engine.tracker");
    p->base.ops = ops;
    p->session = s;
    tracker_init(t, mode, &s->model->layout, s->nworkers, s->nthreads, s->nsamples);
    p->base.idle = t->mode == TRACKER_OFF;
    if (s->engine->block_events)
        tracker_count_lost(t);
    if (s->nthreads > (uint32_t)cpu_count())
        tracker_watch_cores(t);
    if (s->local_copies.on)
        tracker_combine(t, s->local_copies.hot);
    if (s->accumulate > 1)
        tracker_accumulate(t, s->accumulate < s->nsamples ? s->accumulate : (uint32_t)s->nsamples,
                           s->model->ops->max_bundles(s->model, s->capacity));
    return p;
}

struct tracker *tracker_of(const struct session *s)
{
    struct probe *p = probes_find(&s->probes, &overlap_ops);
    if (!p)
        p = probes_find(&s->probes, &stamps_ops);
    return p ? &((struct errors *)p)->tracker : NULL;
}

static struct tracker *tracker(struct probe *p)
{
    return &((struct errors *)p)->tracker;
}

void errors_destroy(struct probe *p)
{
    tracker_free(tracker(p));
    memory_free(p);
}

void errors_epoch_begin(struct probe *p, struct moment *m)
{
    (void)m;
    tracker_reset(tracker(p));
}

void errors_copies_loaded(struct probe *p, struct moment *m)
{
    tracker_loaded(tracker(p), m->worker);
}

void errors_read_begin(struct probe *p, struct moment *m)
{
    tracker_read_begin(tracker(p), m->worker);
}

void errors_read_end(struct probe *p, struct moment *m)
{
    tracker_read_end(tracker(p), m->worker, m->gradient);
}

void errors_write_begin(struct probe *p, struct moment *m)
{
    tracker_write_begin(tracker(p), m->worker, m->written);
}

/* Where writes are events of single blocks, it is known which updates are lost. */
void errors_block_load(struct probe *p, struct moment *m)
{
    tracker_load(tracker(p), m->worker, m->block);
}

void errors_block_store(struct probe *p, struct moment *m)
{
    tracker_store(tracker(p), m->worker, m->block);
}

void errors_write_end(struct probe *p, struct moment *m)
{
    tracker_write_end(tracker(p), m->worker, m->written);
    if (m->sample && m->overwritten)
        tracker_report_to(tracker(p), m->worker, m->overwritten);
}

void errors_copies_merged(struct probe *p, struct moment *m)
{
    tracker_merged(tracker(p), m->worker);
}

void errors_copies_left(struct probe *p, struct moment *m)
{
    tracker_left(tracker(p), m->worker);
}

void errors_joined(struct probe *p, struct moment *m)
{
    struct tracker *t = tracker(p);
    if (m->handed)
        tracker_handed(t, m->worker);
    for (uint32_t j = 0; j < m->joining && !m->handed; j++) {
        tracker_joined(t, m->worker);
        if (j + 1 < m->made)
            tracker_read_with(t, m->worker);
    }
    if (m->overwritten)
        tracker_report_to(t, m->worker, m->overwritten);
}

void errors_epoch_end(struct probe *p, struct moment *m)
{
    (void)m;
    tracker_settle(tracker(p));
}

void errors_pause(struct probe *p)
{
    tracker_pause(tracker(p));
}

void errors_state(struct probe *p, struct state_list *list)
{
    struct tracker *t = tracker(p);
    state_add(list, "lost", &t->lost, 1, sizeof t->lost);
    for (uint32_t k = 0; k < t->nworkers; k++) {
        list->owner = ((struct errors *)p)->session->worker[k]->name;
        tracker_state(t, k, list);
    }
}

const struct gradient_counts *errors_counts(const struct probe *p, uint32_t worker)
{
    return tracker_counts(&((const struct errors *)p)->tracker, worker);
}

size_t errors_memory_bytes(const struct probe *p)
{
    const struct errors *errors = (const struct errors *)p;
    const struct session *s = errors->session;
    return errors->tracker.mode == TRACKER_CLOCK ? tracker_log_bytes(s->nsamples + 2 * (size_t)s->nworkers)
                                                 : 0;
}

static double rate(uint64_t part, uint64_t of)
{
    return of ? 100 * (double)part / (double)of : 0;
}

/* Where threads lose their cores, what those do that kept theirs; block by block, what is not everybody's. */
static void report_parts(const struct errors *p, const struct gradient_counts *n, struct runlog *l)
{
    if (p->tracker.switches) {
        runlog_real(l, "preempted", rate(n->preempted, n->gradients));
        runlog_real(l, "error_rate_ran_through", rate(n->through_errors, n->gradients - n->preempted));
    }
    if (p->tracker.common)
        runlog_real(l, "error_rate_other", rate(n->errors_other, n->gradients));
}

static void report_epoch(const struct errors *p, struct runlog *l)
{
    struct gradient_counts sum = {0};
    for (uint32_t k = 0; k < p->session->nworkers; k++) {
        const struct gradient_counts *n = tracker_counts(&p->tracker, k);
        sum.gradients += n->gradients;
        sum.preempted += n->preempted;
        sum.through_errors += n->through_errors;
        sum.errors_other += n->errors_other;
    }
    report_parts(p, &sum, l);
    if (tracker_knows_lost(&p->tracker))
        runlog_integer(l, "lost_updates", (long long)tracker_lost(&p->tracker));
}

static void report_worker(const struct errors *p, uint32_t worker, struct runlog *l)
{
    const struct gradient_counts n = session_counts(p->session, worker);
    const double gradients = n.gradients ? (double)n.gradients : 1;
    runlog_integer(l, "gradients", (long long)n.gradients);
    runlog_integer(l, "errors", (long long)n.errors);
    runlog_integer(l, "read_overwrites", (long long)n.read_overwrites);
    runlog_integer(l, "write_overwrites", (long long)n.write_overwrites);
    if (p->tracker.value)
        runlog_integer(l, "lost_updates", (long long)n.lost_updates);
    runlog_real(l, "error_rate", rate(n.errors, n.gradients));
    runlog_real(l, "error_rate_least", rate(n.errors - n.unsure, n.gradients));
    report_parts(p, &n, l);
    runlog_real(l, "delay_mean", (double)n.delay_sum / gradients);
    runlog_integer(l, "delay_max", (long long)n.delay_max);
    if (p->session->local_copies.on)
        runlog_real(l, "hot_delay_mean", (double)n.hot_delay_sum / gradients);
}

void errors_report(const struct probe *p, enum report_scope scope, uint32_t worker, struct runlog *log)
{
    const struct errors *errors = (const struct errors *)p;
    if (scope == REPORT_RUN)
        runlog_string(log, "tracker", tracker_name(&errors->tracker));
    if (scope == REPORT_WORKER)
        report_worker(errors, worker, log);
    if (scope == REPORT_EPOCH)
        report_epoch(errors, log);
}
