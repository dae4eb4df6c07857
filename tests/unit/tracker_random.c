/* SPDX-License-Identifier: MIT
 *
 * The tracker under random schedules, held against the definition.
 */
#include "lib/probes/tracker.h"
#include "tests/test.h"
#include "tests/unit/schedules.h"

#include <stdio.h>
#include <string.h>

static bool same(const struct gradient_counts *a, const struct gradient_counts *b)
{
    return memcmp(a, b, WORKERS * sizeof *a) == 0;
}

TEST(overlap_is_the_definition)
{
    struct rng r;
    rng_init(&r, 81, 0, 0);
    uint64_t errors = 0, gradients = 0;
    for (int turn = 0; turn < 3000; turn++) {
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], want[WORKERS];
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t n = schedules_draw(&r, event, 20 + rng_below(&r, 180), nworkers, false);
        schedules_track(turn % 2 ? "overlap" : "clock", event, n, nworkers, got);
        schedules_define(event, n, false, want);
        for (uint32_t k = 0; k < nworkers; k++)
            errors += want[k].errors, gradients += want[k].gradients;
        if (!CHECK_MSG(same(got, want), "turn %d", turn))
            return;
    }
    CHECK(errors > gradients / 10 && errors < gradients);
}

TEST(blocks_is_the_definition_where_writes_are_alone)
{
    struct rng r;
    rng_init(&r, 82, 0, 0);
    uint64_t errors = 0, gradients = 0;
    for (int turn = 0; turn < 3000; turn++) {
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], want[WORKERS];
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t n = schedules_draw(&r, event, 20 + rng_below(&r, 180), nworkers, true);
        schedules_track("blocks", event, n, nworkers, got);
        schedules_define(event, n, true, want);
        for (uint32_t k = 0; k < nworkers; k++)
            errors += want[k].errors, gradients += want[k].gradients;
        if (!CHECK_MSG(same(got, want), "turn %d", turn))
            return;
    }
    CHECK(errors > gradients / 20 && errors < gradients);
}

/* Schedules with everything: steps of several, private copies, merges, a last write. `alone`: as in draw. */
static size_t draw_all(struct rng *r, struct event *event, size_t count, uint32_t nworkers, bool alone,
                       bool merge)
{
    char next[WORKERS] = {'R', 'R', 'R', 'R'};
    uint32_t waiting[WORKERS] = {0};
    int writer = -1;
    size_t n = 0;
    while (n < count) {
        uint32_t k = (uint32_t)rng_below(r, nworkers);
        char what = next[k];
        if (what == 'W' && alone && writer >= 0)
            continue;
        if (what == 'W' && rng_below(r, 3) == 0 && waiting[k] < 5)
            what = 'j';
        if (what == 'R' && waiting[k] && rng_below(r, 6) == 0 && !(alone && writer >= 0))
            what = 'W'; /* as at the end of an epoch */
        unsigned mask = 1u << rng_below(r, BLOCKS - 1);
        for (uint64_t some = rng_below(r, 3); some > 0; some--)
            mask |= 1u << rng_below(r, BLOCKS);
        event[n++] = (struct event){what, k, mask, what == 'r' && rng_below(r, 4) == 0};
        waiting[k] = what == 'j' ? waiting[k] + 1 : what == 'w' ? 0 : waiting[k];
        writer = what == 'W' ? (int)k : what == 'w' ? -1 : writer;
        next[k] = what == 'R'            ? 'r'
                  : what == 'r'          ? 'W'
                  : what == 'W'          ? 'w'
                  : what == 'w' && merge ? 'm'
                                         : 'R';
    }
    for (uint32_t k = 0; k < nworkers; k++)
        if (next[k] == 'w')
            event[n++] = (struct event){'w', k, 0, false};
    return n;
}

/* What is counted by time is never less than what was, and what of it is sure was; by blocks it is what was (where
 * writes do not cover each other's stamps). */
TEST(sure_errors_were_and_all_that_were_are_counted)
{
    struct rng r;
    rng_init(&r, 84, 0, 0);
    static const char *const modes[] = {"overlap", "clock", "blocks"};
    uint64_t errors = 0, unsure = 0, were = 0, gradients = 0;
    for (int turn = 0; turn < 6000; turn++) {
        struct event event[EVENTS];
        struct gradient_counts got[WORKERS], want[WORKERS], time[WORKERS];
        const uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        const bool combined = turn / 3 % 2, alone = strcmp(modes[turn % 3], "blocks") == 0;
        const uint32_t hot[LAYOUT_GROUPS] = {(uint32_t)rng_below(&r, 6), 1};
        const unsigned mask = combined ? ((1u << hot[0]) - 1) | 1u << (BLOCKS - 1) : 0;
        size_t n = draw_all(&r, event, 20 + rng_below(&r, 180), nworkers, alone, combined);
        schedules_track_with(modes[turn % 3], event, n, nworkers, true, combined ? hot : NULL, got);
        schedules_define_with(event, n, true, mask, want);
        schedules_define_with(event, n, false, mask, time);
        for (uint32_t k = 0; k < nworkers; k++) {
            bool good = got[k].gradients == want[k].gradients && got[k].delay_sum == want[k].delay_sum &&
                        got[k].delay_max == want[k].delay_max && got[k].errors >= want[k].errors &&
                        got[k].errors - got[k].unsure <= want[k].errors;
            if (!alone)
                good = good && got[k].errors == time[k].errors &&
                       got[k].read_overwrites == time[k].read_overwrites &&
                       got[k].write_overwrites == time[k].write_overwrites;
            gradients += got[k].gradients;
            errors += got[k].errors;
            unsure += got[k].unsure;
            were += want[k].errors;
            if (!CHECK_MSG(good, "turn %d, %s, worker %u: %s by definition", turn, modes[turn % 3], k,
                           schedules_text(want, nworkers))) {
                for (size_t i = 0; i < n; i++) {
                    printf("%c%u", event[i].what, event[i].worker);
                    for (int b = 0; event[i].what == 'r' && b < BLOCKS; b++)
                        if (event[i].mask >> b & 1)
                            putchar('a' + b);
                    fputs(event[i].copied ? "(copied) " : " ", stdout);
                }
                printf("\nis %s, unsure %d\n", schedules_text(got, nworkers), (int)got[k].unsure);
                return;
            }
        }
    }
    printf("%d gradients, %d errors, of which %d may be none; %d were\n", (int)gradients, (int)errors,
           (int)unsure, (int)were);
    CHECK(were > gradients / 10 && were < errors && errors < gradients && unsure > gradients / 20 &&
          unsure < errors);
}

/* Who was the last to begin a write of block b before event `t`? NULL: nobody. */
static const struct interval *last_writer(const struct interval *all, size_t n, unsigned b, size_t t)
{
    const struct interval *last = NULL;
    for (size_t k = 0; k < n; k++)
        if (all[k].W < t && (all[k].mask >> b & 1) && (!last || all[k].W > last->W))
            last = &all[k];
    return last;
}

/* What one stamp a block can know at event `t` of the window that opened at `from`. */
static bool stamped(const struct interval *all, size_t n, const struct interval *g, size_t from, size_t t)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        const struct interval *last = g->mask >> b & 1 ? last_writer(all, n, b, t) : NULL;
        if (last && last->worker != g->worker && last->w > from)
            return true;
    }
    return false;
}

/* With writes that meet, a stamp keeps the last writer only. Never is an error counted that is none; and an
 * error is missed only where every stamp of it had been overwritten by a write that was done before the window
 * opened. */
TEST(blocks_never_invents_an_error)
{
    struct rng r;
    rng_init(&r, 83, 0, 0);
    uint64_t missed = 0, errors = 0;
    for (int turn = 0; turn < 3000; turn++) {
        static struct interval all[EVENTS];
        struct event event[200 + WORKERS];
        struct gradient_counts got[WORKERS], most[WORKERS], least[WORKERS] = {{0}};
        uint32_t nworkers = 2 + (uint32_t)rng_below(&r, WORKERS - 1);
        size_t count = schedules_draw(&r, event, 20 + rng_below(&r, 180), nworkers, false);
        size_t n = schedules_intervals(event, count, all);
        schedules_track("blocks", event, count, nworkers, got);
        schedules_define(event, count, true, most);
        for (size_t k = 0; k < n; k++) {
            const struct interval *g = &all[k];
            if (g->w == SIZE_MAX)
                continue;
            bool reading = stamped(all, n, g, g->R, g->r);
            bool writing = stamped(all, n, g, g->W, g->W) || stamped(all, n, g, g->W, g->w);
            least[g->worker].read_overwrites += reading;
            least[g->worker].write_overwrites += writing;
            least[g->worker].errors += reading || writing;
        }
        for (uint32_t k = 0; k < nworkers; k++) {
            bool good = got[k].gradients == most[k].gradients && got[k].delay_sum == most[k].delay_sum &&
                        got[k].delay_max == most[k].delay_max && got[k].errors <= most[k].errors &&
                        got[k].read_overwrites <= most[k].read_overwrites &&
                        got[k].write_overwrites <= most[k].write_overwrites &&
                        got[k].errors >= least[k].errors &&
                        got[k].read_overwrites >= least[k].read_overwrites &&
                        got[k].write_overwrites >= least[k].write_overwrites;
            missed += most[k].errors - got[k].errors;
            errors += most[k].errors;
            if (!CHECK_MSG(good, "turn %d, worker %u", turn, k))
                return;
        }
    }
    printf("%d of %d errors missed\n", (int)missed, (int)errors);
    CHECK(errors > 1000);
    CHECK_MSG(missed * 20 < errors, "%d of %d errors missed", (int)missed, (int)errors);
}
