/* SPDX-License-Identifier: MIT
 *
 * delays: how often each delay occurred in an epoch. The tracker counts them, one array a worker, of fixed size, so
 * that counting is one increment; this probe reports them.
 */
#include "lib/base/memory.h"
#include "lib/probes/errors.h"
#include "lib/probes/tracker_inside.h"
#include "lib/report/runlog.h"

static uint32_t place_of(uint64_t delay)
{
    if (delay < TRACKER_EXACT)
        return (uint32_t)delay;
    uint32_t doublings = 0;
    while (delay >>= 1, delay >= TRACKER_EXACT)
        doublings++;
    return TRACKER_EXACT + doublings;
}

void tracker_add_delay(struct tracker_lane *me, uint64_t delay, uint32_t times)
{
    me->count.delay_sum += delay * times;
    me->count.delay_max = delay > me->count.delay_max ? delay : me->count.delay_max;
    me->delays[place_of(delay)] += times;
}

uint64_t tracker_delay_from(uint32_t place)
{
    return place < TRACKER_EXACT ? place : (uint64_t)TRACKER_EXACT << (place - TRACKER_EXACT);
}

/* The least delay that at least `part` of 100 gradients do not exceed. */
static uint64_t percentile(const struct tracker_delays *d, uint64_t part)
{
    uint64_t need = (d->gradients * part + 99) / 100, below = 0;
    uint32_t place = 0;
    if (d->gradients == 0)
        return 0;
    for (; place < TRACKER_DELAYS - 1; place++) {
        below += d->count[place];
        if (below >= need)
            break;
    }
    uint64_t greatest = place < TRACKER_EXACT ? place : 2 * tracker_delay_from(place) - 1;
    return greatest < d->most ? greatest : d->most;
}

void tracker_delays(const struct tracker *t, struct tracker_delays *d)
{
    uint64_t sum = 0;
    *d = (struct tracker_delays){0};
    for (uint32_t k = 0; k < t->nworkers; k++) {
        const struct tracker_lane *lane = &t->lane[k];
        sum += lane->count.delay_sum;
        d->most = lane->count.delay_max > d->most ? lane->count.delay_max : d->most;
        for (uint32_t p = 0; p < TRACKER_DELAYS; p++) {
            d->count[p] += lane->delays[p];
            d->gradients += lane->delays[p];
        }
    }
    d->mean = d->gradients ? (double)sum / (double)d->gradients : 0;
    d->p50 = percentile(d, 50);
    d->p99 = percentile(d, 99);
}

/* ---- the entry of the table */

struct delays {
    struct probe base;
    const struct session *session;
};

extern const struct probe_ops delays_ops;

static struct probe *create(const struct session *s, const struct config *c, struct error *e)
{
    (void)c, (void)e;
    struct delays *p = memory_new(1, sizeof *p);
    *p = (struct delays){{&delays_ops, true}, s};
    return &p->base;
}

static void destroy(struct probe *p)
{
    memory_free(p);
}

/* Mean, percentiles and the counts themselves, of delays that occurred. */
static void report(const struct probe *base, enum report_scope scope, uint32_t worker, struct runlog *l)
{
    struct tracker_delays d;
    (void)worker;
    if (scope != REPORT_EPOCH)
        return;
    tracker_delays(tracker_of(((const struct delays *)base)->session), &d);
    if (d.gradients == 0)
        return;
    runlog_open_object(l, "delays");
    runlog_real(l, "mean", d.mean);
    runlog_integer(l, "p50", (long long)d.p50);
    runlog_integer(l, "p99", (long long)d.p99);
    runlog_integer(l, "max", (long long)d.most);
    runlog_open_array(l, "counts");
    for (uint32_t p = 0; p < TRACKER_DELAYS; p++) {
        if (d.count[p] == 0)
            continue;
        runlog_open_array(l, NULL);
        runlog_integer(l, NULL, (long long)tracker_delay_from(p));
        runlog_integer(l, NULL, (long long)d.count[p]);
        runlog_close(l);
    }
    runlog_close(l);
    runlog_close(l);
}

const struct probe_ops delays_ops = {
    .name = "delays",
    .summary = "how many updates by others came between read and write",
    .create = create,
    .destroy = destroy,
    .report = report,
};
