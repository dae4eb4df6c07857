/* SPDX-License-Identifier: MIT
 *
 * The tracker under schedules by hand: who is in error, by how much a gradient is late, which kinds of blocks, what is
 * lost. Each worker's gradients are steps by themselves, and write to w alone.
 */
#include "lib/probes/tracker.h"
#include "lib/probes/delays.h"
#include "tests/test.h"
#include "tests/unit/schedules.h"

#include <stdio.h>
#include <string.h>

/* Counts: gradients errors read write delay_sum delay_max */
static const struct schedule_example two[] = {
    /* one after the other: nothing meets */
    {"R0 r0 W0 w0 R1 r1 W1 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R1 r1 W1 w1 R0 r0 W0 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    /* reads together, writes one after the other: delay, no error */
    {"R0 R1 r0 r1 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 R1 r1 r0 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 R1 r0 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 R1 r1 W0 w0 W1 w1", "1 0 0 0 0 0, 1 0 0 0 1 1"},
    {"R0 r0 R1 r1 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* the other writes wholly between my read and my write */
    {"R0 r0 R1 r1 W1 w1 W0 w0 R0 r0 W0 w0", "2 0 0 0 1 1, 1 0 0 0 0 0"},
    {"R1 r1 R0 r0 W1 w1 W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* a write within the other's read window */
    {"R0 R1 r1 W1 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R1 r1 R0 W1 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R1 R0 r0 W0 w0 r1 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write begins in the read window and ends after it */
    {"R1 r1 R0 W1 r0 w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 R1 r0 W0 r1 w0 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write begins before the read window and ends in it */
    {"R1 r1 W1 R0 w1 r0 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    /* a write covers the read window */
    {"R1 r1 W1 R0 r0 w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
    {"R0 r0 W0 R1 r1 w0 W1 w1", "1 0 0 0 0 0, 1 1 1 0 1 1"},
    /* a write covers the read window and meets the write: both kinds, one error */
    {"R1 r1 W1 R0 r0 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 w1", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* writes meet, in each of the four ways; what is not done when a write begins is no delay */
    {"R0 r0 R1 r1 W0 W1 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 W0 W1 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 W1 W0 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 R1 r1 r0 W1 W0 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    /* a write begins after the read window and lasts into the write */
    {"R1 r1 R0 r0 W1 W0 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0"},
    /* several in a row: the delay adds up and its greatest is kept */
    {"R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", "1 0 0 0 3 3, 3 0 0 0 0 0"},
    {"R0 R1 r1 W1 w1 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0", "2 1 1 0 2 2, 2 0 0 0 0 0"},
    {"R0 r0 R1 r1 W1 w1 W0 w0 R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", "2 0 0 0 3 2, 3 0 0 0 0 0"},
    /* an error of one gradient is none of the next */
    {"R0 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0 R1 r1 W1 w1", "2 1 1 0 1 1, 2 0 0 0 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 w1 R0 r0 W0 w0", "2 1 1 1 0 0, 1 1 0 1 0 0"},
    /* my own writes are no errors of mine */
    {"R0 r0 W0 w0 R0 r0 W0 w0 R1 r1 W1 w1", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    /* one that reads alone, the other never comes */
    {"R0 r0 W0 w0", "1 0 0 0 0 0, 0 0 0 0 0 0"},
    /* a write from within the read window to within the write, and to its end */
    {"R1 r1 R0 W1 r0 W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    {"R1 r1 R0 W1 r0 W0 w0 w1", "1 1 1 1 0 0, 1 1 0 1 0 0"},
    /* each reads while the other writes, in turn */
    {"R0 r0 W0 R1 w0 R0 r1 W1 r0 w1 W0 w0", "2 1 1 0 1 1, 1 1 1 0 1 1"},
};

/* A write lasts on while the other stamps over it and goes on to the next gradient: modes that keep the last
 * writer of a block only do not see the second error. */
static const struct schedule_example covered[] = {
    {"R0 r0 R1 r1 W0 W1 w1 R1 r1 W1 w1 w0", "1 1 0 1 0 0, 2 2 1 2 0 0"},
    {"R1 r1 W1 R0 r0 W0 w0 R0 r0 W0 w0 w1", "2 2 2 2 0 0, 1 1 0 1 0 0"},
};

static const struct schedule_example three[] = {
    {"R0 r0 W0 w0 R1 r1 W1 w1 R2 r2 W2 w2", "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 0 0"},
    {"R0 R1 R2 r0 r1 r2 W0 w0 W1 w1 W2 w2", "1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2"},
    {"R0 R1 R2 r0 r1 W0 w0 W1 w1 r2 W2 w2", "1 0 0 0 0 0, 1 0 0 0 1 1, 1 1 1 0 2 2"},
    {"R0 R1 R2 r0 W0 w0 r1 W1 w1 r2 W2 w2", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 W2 w2 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 w0 W2 w1 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1"},
    {"R0 r0 R1 r1 R2 r2 W0 W1 w0 w1 W2 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 0 0 0 2 2"},
    {"R0 r0 W0 R1 w0 R2 r1 r2 W1 w1 W2 w2", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 0 0 0 1 1"},
    {"R2 R0 r0 W0 R1 r1 W1 w0 w1 r2 W2 w2", "1 1 0 1 0 0, 1 1 1 1 0 0, 1 1 1 0 2 2"},
    {"R0 r0 R1 r1 W1 w1 R2 r2 W2 w2 R1 r1 W1 w1 W0 w0", "1 0 0 0 3 3, 2 0 0 0 0 0, 1 0 0 0 0 0"},
};

/* One is read while another writes and written while a third does; and several gradients of one worker. */
static const struct schedule_example three_combined[] = {
    {"R0 R1 r1 W1 r0 W0 w1 R2 r2 W2 w0 w2", "1 1 1 1 0 0, 1 1 0 1 0 0, 1 1 1 1 0 0"},
    {"R2 r2 W2 R0 r0 w2 R1 r1 W1 W0 w1 w0", "1 1 1 1 1 1, 1 1 0 1 0 0, 1 0 0 0 0 0"},
    {"R0 r0 W0 w0 R1 R0 r0 W0 w0 R0 r0 r1 W0 W1 w0 w1 R2 r2 W2 w2", "3 1 0 1 0 0, 1 1 1 1 1 1, 1 0 0 0 0 0"},
};

static const struct schedule_example four[] = {
    /* delay and no error: written in the opposite order */
    {"R0 r0 R1 r1 R2 r2 R3 r3 W3 w3 W2 w2 W1 w1 W0 w0", "1 0 0 0 3 3, 1 0 0 0 2 2, 1 0 0 0 1 1, 1 0 0 0 0 0"},
    /* read-overwrites only: a chain of readers, each longer than the one before; one that outlasts all */
    {"R0 R1 R2 R3 r0 W0 w0 r1 W1 w1 r2 W2 w2 r3 W3 w3", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2, 1 1 1 0 3 3"},
    {"R3 R0 r0 W0 w0 R1 r1 W1 w1 R2 r2 W2 w2 r3 W3 w3", "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 0 0, 1 1 1 0 3 3"},
    /* each is read within the write of the one before */
    {"R0 r0 W0 R1 r1 w0 W1 R2 r2 w1 W2 R3 r3 w2 W3 w3", "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 1 1, 1 1 1 0 1 1"},
    /* write-overwrites only: a chain, nested, in pairs */
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 w0 W2 w1 W3 w2 w3", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1, 1 1 0 1 2 2"},
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 W2 W3 w3 w2 w1 w0", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
    {"R0 r0 R1 r1 R2 r2 R3 r3 W0 W1 w0 w1 W2 W3 w3 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 2 2, 1 1 0 1 2 2"},
    /* both: one write covers three whole gradients */
    {"R0 r0 W0 R1 r1 W1 w1 R2 r2 W2 w2 R3 r3 W3 w3 w0", "1 1 0 1 0 0, 1 1 1 1 0 0, 1 1 1 1 0 0, 1 1 1 1 0 0"},
};

TEST(overlap_two_workers)
{
    CHECK_ALL("overlap", two, 2);
    CHECK_ALL("overlap", covered, 2);
    CHECK_ALL("clock", two, 2);
    CHECK_ALL("clock", covered, 2);
}

TEST(overlap_three_workers)
{
    CHECK_ALL("overlap", three, 3);
    CHECK_ALL("overlap", three_combined, 3);
    CHECK_ALL("clock", three, 3);
    CHECK_ALL("clock", three_combined, 3);
}

TEST(overlap_four_workers)
{
    CHECK_ALL("overlap", four, 4);
    CHECK_ALL("clock", four, 4);
}

/* Where all gradients touch the same block, blocks and overlap are the same question. */
TEST(blocks_where_all_share_one)
{
    CHECK_ALL("blocks", two, 2);
    CHECK_ALL("blocks", three, 3);
    CHECK_ALL("blocks", three_combined, 3);
}

TEST(blocks_by_hand)
{
    static const struct schedule_example pairs[] = {
        /* the same interleavings, blocks apart: no error, the same delay */
        {"R0 R1 r1b W1 w1 r0a W0 w0", "1 0 0 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1b W1 R0 r0a W0 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 r0a R1 r1e W0 W1 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"}, /* one number in two groups */
        {"R0 r0abcd R1 r1efgh W0 W1 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        /* one block in common is enough, wherever it stands */
        {"R0 R1 r1abh W1 w1 r0cdh W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R0 r0abce R1 r1dcf W0 W1 w0 w1", "1 1 0 1 0 0, 1 1 0 1 0 0"},
        {"R1 r1e W1 R0 r0e w1 W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        {"R1 r1fg W1 R0 w1 r0ag W0 w0", "1 1 1 0 1 1, 1 0 0 0 0 0"},
        /* an old stamp is no error */
        {"R1 r1a W1 w1 R0 r0a W0 w0 R0 r0a W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
        /* what the last gradient touched does not count for the next */
        {"R0 R1 r1a W1 w1 r0a W0 w0 R0 R1 r1b W1 w1 r0a W0 w0", "2 1 1 0 2 1, 2 0 0 0 0 0"},
    };
    static const struct schedule_example threes[] = {
        {"R0 R1 R2 r1b W1 w1 r2c W2 w2 r0c W0 w0", "1 1 1 0 2 2, 1 0 0 0 0 0, 1 0 0 0 1 1"},
        {"R0 r0ab R1 r1bc R2 r2cd W0 W1 W2 w0 w1 w2", "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0"},
        {"R0 r0ab R1 r1cd R2 r2bc W0 W1 w0 W2 w2 w1", "1 0 0 0 0 0, 1 1 0 1 0 0, 1 1 0 1 1 1"},
    };
    static const struct schedule_example more[] = {
        /* one other, met in two blocks */
        {"R1 r1ah W1 R0 r0abh W0 w1 w0", "1 1 1 1 0 0, 1 1 0 1 0 0"},
        /* the same with no block in common */
        {"R1 r1cg W1 R0 r0abh W0 w1 w0", "1 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    static const struct schedule_example combined[] = {
        /* read-overwritten by one in c, write-overwritten by another in a; the same with blocks apart */
        {"R2 r2c W2 R0 r0ac w2 R1 r1a W1 W0 w1 w0", "1 1 1 1 1 1, 1 1 0 1 0 0, 1 0 0 0 0 0"},
        {"R2 r2d W2 R0 r0ac w2 R1 r1b W1 W0 w1 w0", "1 0 0 0 1 1, 1 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    static const struct schedule_example fours[] = {
        /* a chain in which each shares a block with the next; the same with blocks apart */
        {"R0 R1 R2 R3 r0ab W0 w0 r1bc W1 w1 r2cd W2 w2 r3de W3 w3",
         "1 0 0 0 0 0, 1 1 1 0 1 1, 1 1 1 0 2 2, 1 1 1 0 3 3"},
        {"R0 R1 R2 R3 r0a W0 w0 r1b W1 w1 r2c W2 w2 r3d W3 w3",
         "1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2, 1 0 0 0 3 3"},
        /* one touches what two others do, not the fourth's */
        {"R0 r0abcd R1 r1a R2 r2b R3 r3e W0 W1 W2 W3 w1 w2 w3 w0",
         "1 1 0 1 0 0, 1 1 0 1 0 0, 1 1 0 1 0 0, 1 0 0 0 0 0"},
        /* only neighbours meet, and only the others share blocks */
        {"R0 r0a R1 r1b R2 r2a R3 r3b W0 W1 w0 W2 w1 W3 w2 w3",
         "1 0 0 0 0 0, 1 0 0 0 0 0, 1 0 0 0 1 1, 1 0 0 0 2 2"},
    };
    CHECK_ALL("blocks", pairs, 2);
    CHECK_ALL("blocks", threes, 3);
    CHECK_ALL("blocks", more, 2);
    CHECK_ALL("blocks", combined, 3);
    CHECK_ALL("blocks", fours, 4);
}

/* Loads and stores of blocks: "L0a S0a". What each worker's stores lost, by hand; the sum is what is missing in the
 * end. */
TEST(lost_updates_by_hand)
{
    static const struct schedule_example x[] = {
        {"L0a S0a L1a S1a", "0 0 0"}, /* one after the other */
        {"L0a L1a S0a S1a", "0 1 0"}, /* of the same load: the second store replaces the first */
        {"L0a L1a S1a S0a", "1 0 0"},
        /* 1 drops 0's first, which 0 had loaded: it comes back, and 1's goes */
        {"L0a L1a S0a L0a S1a S0a", "0 1 0"},
        {"L0a L1b S1b S0a", "0 0 0"}, /* two blocks */
        {"L0a L1e S1e S0a", "0 0 0"}, /* of one number in two groups */
        {"L0a S0a L0b L1a S0b S1a", "0 0 0"}, /* a block that was done */
        {"L0a L1b S0a L0b S1b S0b L1a S1a", "1 0 0"}, /* in b alone */
        {"L0a L1a S1a L1a S1a S0a", "2 0 0"}, /* two of one worker */
        {"L0a L1a S1a L2a S2a S0a", "2 0 0"}, /* two workers' that saw each other */
        {"L0a L1a L2a S0a S1a S2a", "0 1 1"}, /* each replaces one */
        {"L0a L1a S1a L2a L1a S1a S2a S0a", "2 0 1"}, /* 2 drops 1's second, then 0 its first and 2's */
        /* what 0 took out is in 2's copy: it comes back, and 0's own goes */
        {"L0a L1a S1a L2a S0a S2a", "1 0 0"},
        {"L0a L1a S1a L1a S1a L2a S0a S2a", "2 0 -1"},
    };
    for (size_t c = 0; c < sizeof x / sizeof *x; c++) {
        struct layout l;
        struct tracker t;
        char got[64];
        schedules_layout(&l, false);
        tracker_init(&t, "auto", &l, 3, 1, 8);
        tracker_count_lost(&t);
        for (int epoch = 0; epoch < 2; epoch++) { /* another epoch begins anew */
            tracker_reset(&t);
            for (const char *s = x[c].schedule; *s; s += s[3] == ' ' ? 4 : 3)
                (*s == 'L' ? tracker_load : tracker_store)(&t, (uint32_t)(s[1] - '0'),
                                                           (uint32_t)(s[2] - 'a'));
            sprintf(got, "%d %d %d", (int)tracker_counts(&t, 0)->lost_updates,
                    (int)tracker_counts(&t, 1)->lost_updates, (int)tracker_counts(&t, 2)->lost_updates);
            CHECK_MSG(strcmp(got, x[c].want) == 0, "%s\n  is     %s\n  wanted %s", x[c].schedule, got,
                      x[c].want);
        }
        tracker_free(&t);
    }
}

TEST(off_counts_gradients_only)
{
    static const struct schedule_example x[] = {
        {"R1 r1 W1 R0 r0 W0 w0 w1", "1 0 0 0 0 0, 1 0 0 0 0 0"},
        {"R0 R1 r1 W1 w1 r0 W0 w0 R0 r0 W0 w0", "2 0 0 0 0 0, 1 0 0 0 0 0"},
    };
    CHECK_ALL("off", x, 2);
}

TEST(alone_there_is_no_error)
{
    static const char *const modes[] = {"overlap", "blocks", "auto", "off"};
    for (size_t m = 0; m < 4; m++) {
        struct event event[16];
        struct gradient_counts got[WORKERS];
        size_t n = schedules_parse("R0 r0ab W0 w0 R0 r0ab W0 w0 R0 r0b W0 w0", event);
        schedules_track(modes[m], event, n, 1, got);
        CHECK_STR(schedules_text(got, 1), "3 0 0 0 0 0");
    }
}

TEST(auto_asks_the_layout)
{
    struct layout plain, universal;
    schedules_layout(&plain, false);
    schedules_layout(&universal, true);
    static const struct {
        const char *mode;
        bool universal, stamps;
    } want[] = {{"auto", false, true},   {"auto", true, false},    {"blocks", true, true},
                {"blocks", false, true}, {"overlap", true, false}, {"overlap", false, false},
                {"off", false, false}};
    struct event event[16];
    size_t n = schedules_parse("R1 r1b W1 R0 r0a W0 w0 w1", event); /* they meet, but in no block */
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct tracker t;
        tracker_init(&t, want[k].mode, want[k].universal ? &universal : &plain, 2, 1, n);
        schedules_play(&t, event, n);
        bool off = strcmp(want[k].mode, "off") == 0;
        CHECK_MSG(tracker_counts(&t, 0)->errors == (want[k].stamps || off ? 0 : 1), "%s", want[k].mode);
        CHECK_INT(tracker_counts(&t, 0)->gradients, 1);
        CHECK((t.stamp != NULL) == want[k].stamps);
        tracker_free(&t);
    }
}

TEST(a_reset_forgets_counts_only)
{
    struct layout l;
    struct tracker t;
    struct event event[32];
    schedules_layout(&l, false);
    tracker_init(&t, "blocks", &l, 2, 1, 2);
    schedules_play(&t, event, schedules_parse("R0 R1 r1 W1 w1 r0 W0 w0", event));
    CHECK_INT(tracker_counts(&t, 0)->errors, 1);
    tracker_reset(&t);
    for (uint32_t k = 0; k < 2; k++) {
        const struct gradient_counts *c = tracker_counts(&t, k);
        CHECK_INT(c->gradients + c->errors + c->read_overwrites + c->write_overwrites + c->delay_sum +
                      c->delay_max,
                  0);
    }
    schedules_play(&t, event,
                   schedules_parse("R0 r0 W0 w0 R1 r1 W1 w1", event)); /* the old stamps are no errors now */
    CHECK_INT(tracker_counts(&t, 0)->errors + tracker_counts(&t, 1)->errors, 0);
    CHECK_INT(tracker_counts(&t, 0)->gradients + tracker_counts(&t, 1)->gradients, 2);
    tracker_free(&t);
}

/* ---- delays, kinds, lost updates */

static void track_all(struct tracker *t, struct layout *l, const char *mode, const char *schedule,
                      uint32_t nworkers)
{
    struct event event[128];
    bool clock = strcmp(mode, "clock") == 0;
    schedules_layout(l, false);
    tracker_init(t, clock ? "overlap" : mode, l, nworkers,
                 clock || strcmp(mode, "blocks") == 0 ? nworkers : 1, 32);
    t->clock = schedules_clock;
    schedules_play(t, event, schedules_parse(schedule, event));
    tracker_settle(t);
}

TEST(delays_are_counted_one_by_one)
{
    static const struct {
        const char *schedule;
        uint32_t nworkers;
        uint64_t gradients, count[4]; /* of delays 0 … 3 */
        double mean;
        uint64_t p50, p99, most;
    } rows[] = {
        {"R0 r0 W0 w0", 1, 0, {0, 0, 0, 0}, 0, 0, 0, 0}, /* there is no other to be delayed by */
        {"R0 r0 W0 w0 R1 r1 W1 w1", 2, 2, {2, 0, 0, 0}, 0, 0, 0, 0},
        {"R0 R1 r0 r1 W0 w0 W1 w1", 2, 2, {1, 1, 0, 0}, 0.5, 0, 1, 1},
        {"R0 R1 R2 r0 r1 r2 W0 w0 W1 w1 W2 w2", 3, 3, {1, 1, 1, 0}, 1, 1, 2, 2},
        {"R0 r0 R1 r1 W1 w1 R1 r1 W1 w1 R1 r1 W1 w1 W0 w0", 2, 4, {3, 0, 0, 1}, 0.75, 0, 3, 3},
        {"R0 r0 R1 r1 W0 W1 w0 w1", 2, 2, {2, 0, 0, 0}, 0, 0, 0, 0}, /* writes that meet are no delay */
    };
    static const char *const modes[] = {"overlap", "blocks", "clock"};
    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            struct layout l;
            struct tracker t;
            static struct tracker_delays d;
            track_all(&t, &l, modes[m], rows[k].schedule, rows[k].nworkers);
            tracker_delays(&t, &d);
            CHECK_MSG(d.gradients == rows[k].gradients && d.mean == rows[k].mean && d.p50 == rows[k].p50 &&
                          d.p99 == rows[k].p99 && d.most == rows[k].most,
                      "%s: %d gradients, mean %g, %d %d %d", rows[k].schedule, (int)d.gradients, d.mean,
                      (int)d.p50, (int)d.p99, (int)d.most);
            for (size_t c = 0; c < TRACKER_DELAYS; c++)
                CHECK_MSG(d.count[c] == (c < 4 ? rows[k].count[c] : 0), "%s: delay %d", rows[k].schedule,
                          (int)c);
            tracker_reset(&t);
            tracker_delays(&t, &d);
            CHECK(d.gradients == 0 && d.mean == 0 && d.most == 0);
            tracker_free(&t);
        }
}

/* Worker 1 writes n times between R and W of worker 0: once for each n, so one gradient of each delay and n others
 * without. Exact below 1024, then by ranges: 1024 and 2047 are one, 2048 is the next. */
TEST(long_delays_are_counted_by_ranges)
{
    static const uint32_t delays[] = {1, 1023, 1024, 2047, 2048, 5000};
    static const struct {
        uint32_t place;
        uint64_t from, count;
    } want[] = {{1, 1, 1},       {1023, 1023, 1}, {1024, 1024, 2},
                {1025, 2048, 1}, {1026, 4096, 1}, {1027, 8192, 0}};
    struct layout l;
    struct tracker t;
    static struct tracker_delays d;
    static struct made_gradient g;
    schedules_layout(&l, false);
    schedules_gradient(&g, 1);
    tracker_init(&t, "overlap", &l, 2, 1, 0);
    for (size_t k = 0; k < 6; k++) {
        tracker_read_begin(&t, 0);
        tracker_read_end(&t, 0, &g.grad);
        for (uint32_t j = 0; j < delays[k]; j++) {
            tracker_read_begin(&t, 1);
            tracker_read_end(&t, 1, &g.grad);
            tracker_write_begin(&t, 1, &g.grad);
            tracker_write_end(&t, 1, &g.grad);
        }
        tracker_write_begin(&t, 0, &g.grad);
        tracker_write_end(&t, 0, &g.grad);
    }
    tracker_delays(&t, &d);
    CHECK_INT(d.gradients, 6 + 11143);
    CHECK_NEAR(d.mean, 11143. / 11149, 1e-12);
    CHECK_INT(d.count[0], 11143);
    for (size_t k = 0; k < 6; k++) {
        CHECK_INT(d.count[want[k].place], want[k].count);
        CHECK_INT(tracker_delay_from(want[k].place), want[k].from);
    }
    CHECK(d.p50 == 0 && d.p99 == 0 && d.most == 5000);
    tracker_free(&t);
}

/* All read, then all write: delays 0, 1 … n-1, one of each. A range stands for the greatest delay in it that may be
 * meant. */
TEST(percentiles_of_delays)
{
    static const struct {
        uint32_t n;
        uint64_t p50, p99;
    } rows[] = {{2, 0, 1},         {3, 1, 2},         {100, 49, 98}, {101, 50, 99},
                {1024, 511, 1013}, {2100, 2047, 2099}}; /* the 1050th; the 2079th: 2048 … 2099 */
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct layout l;
        struct tracker t;
        static struct tracker_delays d;
        static struct made_gradient g;
        uint32_t n = rows[k].n;
        schedules_layout(&l, false);
        schedules_gradient(&g, 1);
        tracker_init(&t, "overlap", &l, n, 1, 0);
        for (uint32_t j = 0; j < n; j++)
            tracker_read_begin(&t, j);
        for (uint32_t j = 0; j < n; j++) {
            tracker_write_begin(&t, j, &g.grad);
            tracker_write_end(&t, j, &g.grad);
        }
        tracker_delays(&t, &d);
        CHECK_MSG(d.gradients == n && d.mean == (n - 1) / 2. && d.most == n - 1, "%u: mean %g", n, d.mean);
        CHECK_INT(d.p50, rows[k].p50);
        CHECK_INT(d.p99, rows[k].p99);
        tracker_free(&t);
    }
}

/* Blocks a-d are of group low, e-h of group high. */
TEST(errors_are_counted_by_kind_of_block)
{
    static const struct {
        const char *schedule;
        unsigned low[2], high[2]; /* read- and write-overwrites of both workers */
    } rows[] = {
        {"R0 r0ae W0 w0 R1 r1ae W1 w1", {0, 0}, {0, 0}},
        {"R0 R1 r1a W1 w1 r0ae W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1e W1 w1 r0ae W0 w0", {0, 0}, {1, 0}},
        {"R0 R1 r1ae W1 w1 r0ae W0 w0", {1, 0}, {1, 0}},
        {"R0 R1 r1bf W1 w1 r0ae W0 w0", {0, 0}, {0, 0}},
        {"R0 R1 r1abcd W1 w1 r0abcd W0 w0", {1, 0}, {0, 0}}, /* four blocks are one gradient */
        {"R0 r0ae R1 r1ah W0 W1 w0 w1", {0, 2}, {0, 0}},
        {"R0 r0ah R1 r1bh W0 W1 w1 w0", {0, 0}, {0, 2}},
        {"R0 r0ae R1 r1ae W1 W0 w0 w1", {0, 2}, {0, 2}},
        {"R1 r1af W1 R0 r0ag W0 w1 w0", {1, 2}, {0, 0}},
        {"R1 r1af W1 R0 r0ag w1 W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1a W1 w1 r0a W0 w0 R0 R1 r1h W1 w1 r0h W0 w0", {1, 0}, {1, 0}},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct layout l;
        struct tracker t;
        track_all(&t, &l, "blocks", rows[k].schedule, 2);
        struct tracker_kind low = tracker_kind(&t, 0), high = tracker_kind(&t, 1);
        CHECK_MSG(low.read_overwrites == rows[k].low[0] && low.write_overwrites == rows[k].low[1] &&
                      high.read_overwrites == rows[k].high[0] && high.write_overwrites == rows[k].high[1],
                  "%s: low %d %d, high %d %d", rows[k].schedule, (int)low.read_overwrites,
                  (int)low.write_overwrites, (int)high.read_overwrites, (int)high.write_overwrites);
        tracker_reset(&t);
        low = tracker_kind(&t, 0);
        CHECK(low.read_overwrites + low.write_overwrites == 0);
        tracker_free(&t);
    }
}

/* What is not lost stands in the counters of the blocks. That a store was lost is seen by what they lack. */
TEST(lost_updates_are_what_the_counters_lack)
{
    struct layout l;
    struct tracker t;
    /* stamps as threads have them */
    track_all(&t, &l, "blocks", "R0 r0abe W0 w0 R1 r1ab W1 w1 R0 r0a W0 w0", 2);
    static const uint64_t want[BLOCKS] = {3, 2, 0, 0, 1, 0, 0, 0};
    for (size_t b = 0; b < BLOCKS; b++)
        CHECK_INT(t.written[b], want[b]);
    CHECK(tracker_knows_lost(&t));
    CHECK_INT(tracker_lost(&t), 0);
    t.written[0] -= 2; /* as a thread leaves it that loaded the counter two writes before it stored */
    t.written[4]--;
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 3);
    tracker_reset(&t);
    CHECK_INT(tracker_lost(&t), 0);
    struct event event[16];
    schedules_play(&t, event, schedules_parse("R0 r0a W0 w0", event));
    t.written[0]--;
    tracker_settle(&t);
    CHECK_INT(tracker_lost(&t), 1); /* of this epoch */
    tracker_free(&t);
    static const char *const others[] = {"overlap", "clock"};
    for (size_t m = 0; m < 2; m++) {
        track_all(&t, &l, others[m], "R0 r0a R1 r1a W0 W1 w0 w1", 2);
        CHECK(!tracker_knows_lost(&t) && tracker_lost(&t) == 0);
        tracker_free(&t);
    }
}

/* h is universal, so everybody's; d is marked as common. */
TEST(errors_in_blocks_that_not_everybody_has)
{
    static const struct {
        const char *schedule;
        uint64_t errors[2], other[2];
    } rows[] = {
        {"R0 R1 r1h W1 w1 r0h W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1dh W1 w1 r0dh W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1ah W1 w1 r0bh W0 w0", {1, 0}, {0, 0}}, /* nothing else in common */
        {"R0 R1 r1ah W1 w1 r0ah W0 w0", {1, 0}, {1, 0}},
        {"R0 R1 r1ad W1 w1 r0ad W0 w0", {1, 0}, {1, 0}},
        {"R0 R1 r1cdh W1 w1 r0acdh W0 w0", {1, 0}, {1, 0}}, /* behind a common one, and one of my own */
        {"R0 R1 r1dgh W1 w1 r0cdh W0 w0", {1, 0}, {0, 0}},
        {"R0 R1 r1dgh W1 w1 r0dgh W0 w0", {1, 0}, {1, 0}}, /* the common one is found first */
        {"R0 r0ah R1 r1bh W0 W1 w0 w1", {1, 1}, {0, 0}},
        {"R0 r0adh R1 r1adh W0 W1 w0 w1", {1, 1}, {1, 1}},
        {"R0 r0a j0 R0 r0h R1 r1ah W1 w1 W0 w0", {2, 0}, {1, 0}}, /* each waits with its own blocks */
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct layout l;
        struct tracker t;
        struct event event[128];
        schedules_layout(&l, true);
        tracker_init(&t, "blocks", &l, 2, 2, 32);
        tracker_accumulate(&t, 4, 2);
        t.common[3] = true;
        schedules_play(&t, event, schedules_parse(rows[k].schedule, event));
        for (uint32_t j = 0; j < 2; j++) {
            const struct gradient_counts *c = tracker_counts(&t, j);
            CHECK_MSG(c->errors == rows[k].errors[j] && c->errors_other == rows[k].other[j],
                      "%s: worker %u: %d errors, %d in other blocks", rows[k].schedule, j, (int)c->errors,
                      (int)c->errors_other);
        }
        tracker_free(&t);
    }
}

/* ---- two moments at one tick */

static const uint64_t *ticks;

static uint64_t next_tick(void)
{
    return *ticks++;
}

/* Worker 1 reads, writes and merges, then worker 0 loads, reads from 40 to 50 and writes. A write that is done as a
 * window opens, or begins as it closes, does not meet it; what is merged as copies are loaded is seen. */
TEST(windows_that_touch_do_not_meet)
{
    static const uint32_t private[] = {0};
    static const struct {
        uint64_t ticks[10]; /* of 1: read, made, write, done, merged; of 0: loaded, read, made, write, done */
        uint64_t errors, hot_delay;
    } x[] = {
        {{1, 2, 30, 40, 45, 39, 40, 50, 70, 80}, 0, 1}, {{1, 2, 30, 41, 45, 39, 40, 50, 70, 80}, 1, 1},
        {{1, 2, 50, 60, 65, 39, 40, 50, 70, 80}, 0, 1}, {{1, 2, 49, 60, 65, 39, 40, 50, 70, 80}, 1, 1},
        {{1, 2, 51, 70, 75, 39, 40, 50, 70, 80}, 0, 1}, {{1, 2, 51, 71, 75, 39, 40, 50, 70, 80}, 1, 0},
        {{1, 2, 30, 35, 39, 39, 40, 50, 70, 80}, 0, 0}, {{1, 2, 30, 35, 40, 39, 40, 50, 70, 80}, 0, 1},
    };
    for (size_t k = 0; k < sizeof x / sizeof *x; k++) {
        struct layout l = {0};
        struct tracker t;
        static const uint32_t block[] = {0};
        struct bundle bundle = {.count = 1, .id = block};
        const struct gradient g = {.bundle = &bundle, .count = 1};
        layout_add(&l, "block", 1, 1, 1, true);
        tracker_init(&t, "overlap", &l, 2, 2, 4);
        tracker_combine(&t, private);
        t.clock = next_tick;
        ticks = x[k].ticks;
        for (uint32_t j = 2; j-- > 0;) {
            if (j == 0)
                tracker_loaded(&t, j);
            tracker_read_begin(&t, j);
            tracker_read_end(&t, j, &g);
            tracker_write_begin(&t, j, &g);
            tracker_write_end(&t, j, &g);
            if (j == 1)
                tracker_merged(&t, j);
        }
        tracker_settle(&t);
        CHECK_MSG(tracker_counts(&t, 0)->errors == x[k].errors &&
                      tracker_counts(&t, 0)->hot_delay_sum == x[k].hot_delay,
                  "row %zu: %ju errors, hot delay %ju", k, (uintmax_t)tracker_counts(&t, 0)->errors,
                  (uintmax_t)tracker_counts(&t, 0)->hot_delay_sum);
        tracker_free(&t);
    }
}
