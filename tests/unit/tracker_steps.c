/* SPDX-License-Identifier: MIT
 *
 * The tracker where a write is more than its gradient: several gradients that share a step, and private copies of
 * blocks that are merged later. Schedules by hand.
 */
#include "lib/probes/delays.h"
#include "lib/probes/tracker.h"
#include "tests/test.h"
#include "tests/unit/schedules.h"

#include <string.h>

static const struct schedule_example sharing[] = {
    /* alone with its step it is as ever; in a step of two, what falls into the wait is an error */
    {"R0 r0 R1 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R0 r0 R1 r1 W1 w1 W0 w0", "2 2 2 0 2 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "3 2 2 0 2 1, 1 0 0 0 0 0"},
    /* what was over before is none; and the next step begins anew */
    {"R1 r1 W1 w1 R0 r0 j0 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0 R0 r0 j0 R0 r0 W0 w0", "4 1 1 0 1 1, 1 0 0 0 0 0"},
    /* the common write is a window of all */
    {"R0 r0 j0 R1 r1 R0 r0 W0 W1 w0 w1", "2 2 0 2 0 0, 1 1 0 1 0 0"},
    {"R1 r1 W1 R0 r0 j0 w1 R0 r0 W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
    /* one update for two gradients, which delays another by one */
    {"R1 r1 R0 r0 j0 R0 r0 W0 w0 W1 w1", "2 0 0 0 0 0, 1 0 0 0 1 1"},
    /* each waits while the other writes */
    {"R0 r0 j0 R1 r1 j1 R0 r0 W0 w0 R1 r1 W1 w1", "2 0 0 0 0 0, 2 1 1 0 1 1"},
    {"R0 r0 j0 R1 r1 j1 R1 r1 W1 w1 R0 r0 W0 w0 R0 r0 j0 R0 r0 W0 w0", "4 1 1 0 1 1, 2 0 0 0 0 0"},
    /* the last write of an epoch has no gradient in hand: it is seen, and sees */
    {"R0 r0 j0 W0 w0", "1 0 0 0 0 0, 0 0 0 0 0 0"},
    {"R0 r0 j0 R1 W0 w0 r1 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    {"R0 r0 j0 R0 r0 j0 R1 r1 W1 w1 W0 w0", "2 2 2 0 2 1, 1 0 0 0 0 0"},
    {"R0 r0 j0 R1 r1 W1 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* never written: it does not count */
    {"R1 r1 W1 w1 R0 r0 j0", "0 0 0 0 0 0, 1 0 0 0 0 0"},
    /* a mini-batch: 1 is handed to 0 */
    {"R0 R1 r1 h1 r0 W0 w0 R0 R1 r0 r1 h1 W0 w0", "2 0 0 0 0 0, 2 0 0 0 0 0"},
    {"R0 r0 W0 R1 w0 r1 h1 R0 r0 W0 w0", "2 0 0 0 0 0, 1 1 1 0 1 1"},
};

TEST(gradients_that_share_a_step_wait_for_it)
{
    CHECK_ALL("overlap", sharing, 2);
    CHECK_ALL("clock", sharing, 2);
    CHECK_ALL("blocks", sharing, 2);
    static const struct schedule_example off[] = {
        {"R0 r0 j0 R1 r1 W1 w1 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0 j0 R1 r1 h1 W0 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"}};
    CHECK_ALL("off", off, 2);
}

TEST(each_waits_with_its_own_blocks)
{
    static const struct schedule_example x[] = {
        /* only the first of two has the block that is written meanwhile */
        {"R0 r0a j0 R0 r0b R1 r1a W1 w1 W0 w0", "2 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0a j0 R0 r0b j0 R1 r1bh W1 w1 R0 r0c W0 w0", "3 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0a j0 R0 r0b R1 r1c W1 w1 W0 w0", "2 0 0 0 2 1, 1 0 0 0 0 0"},
        /* it was read again after the write */
        {"R0 r0a j0 R1 r1a W1 w1 R0 r0a W0 w0", "2 1 1 0 1 1, 1 0 0 0 0 0"},
        /* in the common write only the second meets, whose block the other has */
        {"R0 r0a j0 R0 r0b R1 r1b W0 W1 w0 w1", "2 1 0 1 0 0, 1 1 0 1 0 0"},
        /* a write writes the blocks of all that it contains */
        {"R0 r0a j0 R0 r0b R1 W0 w0 r1a W1 w1", "2 0 0 0 0 0, 1 1 1 0 1 1"},
        {"R0 r0a j0 R1 W0 w0 r1a W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
        /* both windows, in different blocks */
        {"R0 r0a j0 R1 r1a W1 w1 R1 r1b W1 R0 r0b W0 w1 w0", "2 2 2 1 1 1, 2 1 0 1 0 0"},
    };
    CHECK_ALL("blocks", x, 2);
}

struct combined_schedule {
    const char *schedule, *blocks, *overlap; /* what is wanted of each mode */
};

TEST(private_copies_are_no_writes)
{
    static const struct combined_schedule x[] = {
        /* nothing but private blocks: whatever happens, nothing is in error, merged or not */
        {"R0 R1 r1ab W1 w1 r0ab W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1a W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1a W0 W1 w0 m0 w1 m1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 R1 r1abe W1 w1 m1 r0abe W0 w0 m0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1e W1 R0 r0e W0 w1 m1 w0 m0", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* a cold block in common is an error as ever */
        {"R0 R1 r1ac W1 w1 r0ac W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0bf R1 r1f W0 W1 w0 m0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        /* cold blocks apart, private ones in common: none; by time alone they may meet */
        {"R0 R1 r1ac W1 w1 m1 r0ad W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0ag R1 r1ah W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        /* one of them writes private blocks alone: it cannot be in error, nor put the other there */
        {"R0 R1 r1ab W1 w1 m1 r0ac W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 R1 r1ac W1 w1 m1 r0ab W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0ac R1 r1ae W0 W1 w0 w1 m1", "1 0 0 0 0 0, 1 0 0 0 0 0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* a merge is no part of W: the window is closed */
        {"R0 r0c R1 r1c W0 w0 W1 m0 w1", "1 0 0 0 0 0, 1 0 0 0 1 1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
        /* a step of two, of which one has a cold block */
        {"R0 r0a j0 R0 r0c R1 r1c W1 w1 m1 W0 w0 m0", "2 1 1 0 2 1, 1 0 0 0 0 0", "2 1 1 0 2 1, 1 0 0 0 0 0"},
        {"R0 r0c j0 R0 r0a R1 W0 w0 r1c W1 w1", "2 0 0 0 0 0, 1 1 1 0 1 1", "2 0 0 0 0 0, 1 1 1 0 1 1"},
    };
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    const unsigned mask = 1 | 2 | 1 << 4;
    static const char *const modes[] = {"blocks", "overlap", "clock"};
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        for (size_t m = 0; m < 3; m++) {
            struct event event[EVENTS];
            struct gradient_counts got[WORKERS];
            const char *want = m ? x[k].overlap : x[k].blocks;
            size_t n = schedules_parse(x[k].schedule, event);
            schedules_track_with(modes[m], event, n, 2, false, hot, got);
            CHECK_MSG(strcmp(schedules_text(got, 2), want) == 0, "%s, %s\n  is     %s\n  wanted %s", modes[m],
                      x[k].schedule, schedules_text(got, 2), want);
            /* by time alone nothing is sure, as there is no universal block */
            CHECK_INT(got[0].unsure + got[1].unsure, m ? got[0].errors + got[1].errors : 0);
            schedules_define_with(event, n, m == 0, mask, got);
            CHECK_MSG(strcmp(schedules_text(got, 2), want) == 0,
                      "%s, %s\n  by definition %s\n  wanted        %s", modes[m], x[k].schedule,
                      schedules_text(got, 2), want);
        }
}

/* Copies that are never merged lose nothing: the counters of lost updates leave them out. */
TEST(private_copies_lose_nothing)
{
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    struct layout l;
    struct tracker t;
    struct event event[16];
    schedules_layout(&l, false);
    tracker_init(&t, "blocks", &l, 2, 2, 8);
    tracker_combine(&t, hot);
    schedules_play(&t, event, schedules_parse("R0 r0abce W0 w0 R1 r1abf W1 w1", event));
    static const uint64_t want[BLOCKS] = {0, 0, 1, 0, 0, 1, 0, 0};
    for (size_t b = 0; b < BLOCKS; b++) {
        CHECK_INT(t.written[b], want[b]);
        CHECK((t.stamp[b] != 0) == (want[b] != 0));
    }
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 0);
    tracker_free(&t);
}

/* A gradient that leaves out blocks which it has read may have read cold ones. */
TEST(what_is_left_out_was_read)
{
    static const uint32_t hot[LAYOUT_GROUPS] = {2, 1};
    for (int partial = 0; partial < 2; partial++) {
        struct layout l;
        struct tracker t;
        static struct made_gradient g, other;
        schedules_layout(&l, false);
        schedules_gradient(&g, 1);
        g.grad.left_out = partial;
        schedules_gradient(&other, 4);
        tracker_init(&t, "overlap", &l, 2, 1, 8);
        tracker_combine(&t, hot);
        tracker_read_begin(&t, 0);
        tracker_read_begin(&t, 1);
        tracker_read_end(&t, 1, &other.grad);
        tracker_write_begin(&t, 1, &other.grad);
        tracker_write_end(&t, 1, &other.grad);
        tracker_read_end(&t, 0, &g.grad);
        tracker_write_begin(&t, 0, &g.grad);
        tracker_write_end(&t, 0, &g.grad);
        CHECK_INT(tracker_counts(&t, 0)->errors, partial);
        CHECK(tracker_is_bound(&t) == partial);
        tracker_free(&t);
    }
}

/* h is universal. */
TEST(errors_by_time_are_sure_where_both_have_a_universal_block)
{
    static const struct {
        const char *schedule;
        int copied; /* worker whose model copies h; -1: nobody's */
        uint64_t errors[2], unsure[2];
    } x[] = {
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", -1, {1, 0}, {0, 0}},
        {"R0 R1 r1b W1 w1 r0ah W0 w0", -1, {1, 0}, {1, 0}}, /* the other is a one-token sentence, or I am */
        {"R0 R1 r1bh W1 w1 r0a W0 w0", -1, {1, 0}, {1, 0}},
        {"R0 r0ah R1 r1b W0 W1 w0 w1", -1, {1, 1}, {1, 1}},
        /* of two writes one is sure */
        {"R0 R1 r1b W1 w1 R1 r1bh W1 w1 r0ah W0 w0", -1, {1, 0}, {0, 0}},
        {"R0 R1 r1b W1 w1 r0ah R1 r1bh W1 W0 w0 w1", -1, {1, 1}, {0, 0}},
        /* what was copied is not being read; what is written is */
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", 0, {1, 0}, {1, 0}},
        {"R0 R1 r1bh W1 w1 r0ah W0 w0", 1, {1, 0}, {0, 0}},
        {"R0 r0ah R1 r1bh W0 W1 w0 w1", 0, {1, 1}, {0, 0}},
        {"R0 r0ah j0 R0 r0ah R1 r1bh W1 w1 W0 w0", 0, {2, 0}, {0, 0}}, /* the wait is a window */
    };
    static const char *const modes[] = {"overlap", "clock"};
    for (size_t k = 0; k < sizeof x / sizeof *x; k++)
        for (size_t m = 0; m < 2; m++) {
            struct event event[EVENTS];
            struct gradient_counts got[WORKERS];
            size_t n = schedules_parse(x[k].schedule, event);
            for (size_t i = 0; i < n; i++)
                event[i].copied = event[i].what == 'r' && (int)event[i].worker == x[k].copied;
            schedules_track_with(modes[m], event, n, 2, true, NULL, got);
            for (size_t j = 0; j < 2; j++)
                CHECK_MSG(got[j].errors == x[k].errors[j] && got[j].unsure == x[k].unsure[j],
                          "%s, %s: worker %zu: %d errors, %d unsure", modes[m], x[k].schedule, j,
                          (int)got[j].errors, (int)got[j].unsure);
        }
}

/* Every gradient has a delay, so the mean of all is that of each. */
TEST(gradients_that_share_a_step_have_delays)
{
    static const char *const modes[] = {"overlap", "clock", "blocks"};
    for (size_t m = 0; m < 3; m++) {
        struct layout l;
        struct tracker t;
        static struct tracker_delays d;
        struct event event[EVENTS];
        schedules_layout(&l, false);
        bool clock = strcmp(modes[m], "clock") == 0;
        tracker_init(&t, clock ? "overlap" : modes[m], &l, 2, clock ? 2 : 1, 16);
        tracker_accumulate(&t, 4, 2);
        t.clock = schedules_clock;
        /* worker 0: 3 gradients with 2, 1 and 0 updates by 1; worker 1: 0 and 0, then 1 and 1, one handed: 0 */
        schedules_play(
            &t, event,
            schedules_parse(
                "R0 r0 j0 R1 r1 W1 w1 R0 r0 j0 R1 r1 W1 w1 R1 r1 j1 R1 r1 j1 R0 r0 W0 w0 W1 w1 R1 r1 h1",
                event));
        tracker_settle(&t);
        tracker_delays(&t, &d);
        uint64_t gradients = 0, sum = 0;
        for (uint32_t k = 0; k < 2; k++) {
            gradients += tracker_counts(&t, k)->gradients;
            sum += tracker_counts(&t, k)->delay_sum;
        }
        CHECK_MSG(d.gradients == 8 && gradients == 8 && sum == 5 && d.mean == 5 / 8., "%s: %d %d %d %g",
                  modes[m], (int)d.gradients, (int)gradients, (int)sum, d.mean);
        CHECK(d.count[0] == 4 && d.count[1] == 3 && d.count[2] == 1 && d.most == 2);
        tracker_free(&t);
    }
}

/* Writes that are combined: "b0" after w0: worker 0 merged its copies; "x0": it did, and goes without them. */
TEST(what_is_combined_is_seen_when_both_have_merged)
{
    static const struct {
        const char *schedule;
        uint64_t want[2];
    } x[] = {
        /* nothing is brought: all that the other wrote is missing */
        {"R0 r0 W0 w0 R1 r1 W1 w1 R0 r0 W0 w0", {1, 1}},
        {"R1 r1 W1 w1 R1 r1 W1 w1 R0 r0 W0 w0", {2, 0}},
        /* the other has brought, I have not; I have, the other has not; both, in the wrong order: missing */
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0", {1, 0}},
        {"R1 r1 W1 w1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {1 + 1, 0}},
        {"R0 r0 W0 w0 b0 R1 r1 W1 w1 b1 R0 r0 W0 w0", {1, 1}},
        /* in the right order: what was saved up by then is seen, what came later is not */
        {"R1 r1 W1 w1 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2, 0}},
        {"R1 r1 W1 w1 b1 R1 r1 W1 w1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2 + 1, 0}},
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R1 r1 W1 w1 R0 r0 W0 w0", {1 + 1, 1}},
        /* 0 loads its copies when 1 has merged; 1 is done, and brings what it had saved up at its end */
        {"l1 R1 r1 W1 w1 R1 r1 W1 w1 b1 l0 R0 r0 W0 w0", {0, 0}},
        {"l0 l1 R1 r1 W1 w1 b1 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 R0 r0 W0 w0", {2, 0}},
        /* the other merges once more behind its last write, and behind my merge: that is nothing new */
        {"R1 r1 W1 w1 b1 R0 r0 W0 w0 b0 b1 R0 r0 W0 w0", {1, 0}},
        /* merged behind my merge though written before it: missing */
        {"R1 r1 W1 w1 R0 r0 W0 w0 b0 b1 R0 r0 W0 w0", {1 + 1, 0}},
        /* two gradients of one step miss the same */
        {"R1 r1 W1 w1 R0 r0 j0 R0 r0 W0 w0", {1 + 1, 0}},
        /* who goes without copies sees what was merged when it reads, and no more; all that it writes is merged */
        {"R1 r1 W1 w1 x1 x0 R0 r0 W0 w0 b0", {0, 0}},
        {"x0 x1 R0 r0 W0 w0 b0 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0", {0, 0}},
        {"x0 x1 R0 R1 r1 W1 w1 b1 r0 W0 w0 b0 R0 r0 W0 w0 b0", {1, 0}},
        {"x0 R1 r1 W1 w1 R0 r0 W0 w0 b0 b1 R0 r0 W0 w0 b0", {1, 0}},
        {"x0 R0 r0 W0 w0 b0 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0", {0, 1}},
        /* each gradient of a step by its own read; one that waited while its worker left had its copies still */
        {"x0 x1 R0 r0 j0 R1 r1 W1 w1 b1 R0 r0 W0 w0 b0", {1, 0}},
        {"x0 R1 r1 W1 w1 b1 R0 r0 j0 R1 r1 W1 w1 b1 R1 r1 W1 w1 R0 r0 W0 w0 b0", {2 + 1, 0}},
        {"R1 r1 W1 w1 b1 R0 r0 j0 x0 R0 r0 W0 w0 b0", {1, 0}},
        /* the copies of the next epoch are loaded */
        {"x0 l0 R1 r1 W1 w1 b1 R0 r0 W0 w0", {1, 0}},
    };
    for (size_t k = 0; k < 2 * (sizeof x / sizeof *x); k++) {
        const char *mode = k % 2 ? "blocks" : "overlap";
        struct layout l;
        struct tracker t;
        schedules_layout(&l, true);
        tracker_init(&t, mode, &l, 2, 2, 8);
        tracker_accumulate(&t, 2, 8);
        t.clock = schedules_clock;
        for (const char *at = x[k / 2].schedule; *at; at += at[2] ? 3 : 2) {
            struct event one[2];
            char text[3] = {at[0], at[1], 0};
            if (strchr("blx", at[0])) {
                (at[0] == 'l' ? tracker_loaded : tracker_merged)(&t, (uint32_t)(at[1] - '0'));
                if (at[0] == 'x')
                    tracker_left(&t, (uint32_t)(at[1] - '0'));
            } else {
                schedules_play(&t, one, schedules_parse(text, one));
            }
        }
        tracker_settle(&t);
        for (uint32_t j = 0; j < 2; j++)
            CHECK_MSG(tracker_counts(&t, j)->hot_delay_sum == x[k / 2].want[j], "%s, %s: worker %u: %ju",
                      mode, x[k / 2].schedule, j, (uintmax_t)tracker_counts(&t, j)->hot_delay_sum);
        tracker_free(&t);
    }
}
