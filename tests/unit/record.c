/* SPDX-License-Identifier: MIT
 *
 * Recordings that are good and bad: passes of 3 samples, at most 4 workers.
 */
#include "lib/engines/recording.h"
#include "lib/learn/session.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static bool read_text(struct recording *r, const char *text, struct error *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/recording", test_folder());
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    *e = (struct error){0};
    return recording_read(r, path, 3, 4, e);
}

#define PASS(N) "pass " #N "\nR 0 0\nW 0 0\nR 1 1\nR 2 3\nW 2 3\nW 1 1\n"

TEST(a_good_recording_is_read)
{
    struct recording r;
    struct error e;
    CHECK_MSG(read_text(&r, PASS(1) "pass 2\nR 2 0\nR 1 1\nR 0 2\nW 0 2\nW 1 1\nW 2 0\n" PASS(3), &e), "%s",
              e.text);
    CHECK_INT(r.epochs, 3);
    CHECK_INT(r.workers, 4);
    CHECK_INT(r.lines, 21);
    CHECK_INT(r.begin[1], 6);
    CHECK_INT(r.begin[3], 18);
    CHECK(r.event[3].what == 'R' && r.event[3].ticket == 2 && r.event[3].worker == 3);
    CHECK(r.event[9].what == 'W' && r.event[9].ticket == 0 && r.event[9].worker == 2);
    recording_free(&r);
}

TEST(a_bad_recording_says_where_and_why)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "no pass in it"},
        {"\n", ":1: '' is no event"},
        {"R 0 0\n", ":1: an event before pass 1"},
        {"pass 2\n", ":1: pass 2, expected was pass 1"},
        {"pass one\n", ":1: 'pass one' is no event"},
        {"pass 1\n", ":1: pass 1 ends with 0 samples written, a pass of this run has 3"},
        {"pass 1\nR 0 0\nW 0 0\nR 1 1\nR 2 3\nW 2 3\n", ":6: pass 1 ends with 2 samples"},
        {"pass 1\nR 0 0\nW 0 0\nR 1 1\nR 2 3\nW 2 3\nW 1", ":7: 'W 1' is no event"},
        {"pass 1\nR 0 0\nW 0 0\npass 2\n", ":4: pass 1 ends with 1 samples"},
        {PASS(1) PASS(1), ":8: pass 1, expected was pass 2"},
        {PASS(1) PASS(3), ":8: pass 3, expected was pass 2"},
        {"pass 1\nX 0 0\n", ":2: 'X 0 0' is no event"},
        {"pass 1\nread 0 0\n", ":2: 'read 0 0' is no event"},
        {"pass 1\nR 0\n", ":2: 'R 0' is no event"},
        {"pass 1\nR 0 0 0\n", ":2: 'R 0 0 0' is no event"},
        {"pass 1\nR  0 0\n", ":2: 'R  0 0' is no event"},
        {"pass 1\nR 0 zero\n", ":2: 'R 0 zero' is no event"},
        {"pass 1\nR 3 0\n", ":2: ticket 3, but a pass of this run has 3 samples"},
        {"pass 1\nR -1 0\n", ":2: ticket -1"},
        {"pass 1\nR 0 4\n", ":2: worker 4; 0 to 3"},
        {"pass 1\nR 0 -1\n", ":2: worker -1"},
        {"pass 1\nR 4294967296 0\n", ":2: ticket 4294967296"},
        {"pass 1\nW 0 0\n", ":2: worker 0 writes ticket 0, which it does not hold"},
        {"pass 1\nR 0 0\nW 0 1\n", ":3: worker 1 writes ticket 0, which it does not hold"},
        {"pass 1\nR 0 0\nW 1 0\n", ":3: worker 0 writes ticket 1, which it does not hold"},
        {"pass 1\nR 0 0\nW 0 0\nW 0 0\n", ":4: worker 0 writes ticket 0, which it does not hold"},
        {"pass 1\nR 0 0\nR 0 1\n", ":3: ticket 0 is read twice"},
        {"pass 1\nR 0 0\nW 0 0\nR 0 0\n", ":4: ticket 0 is read twice"},
        {"pass 1\nR 0 0\nR 1 0\n", ":3: worker 0 reads ticket 1 before it has written ticket 0"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct recording r;
        struct error e;
        bool read = read_text(&r, rows[k].text, &e);
        CHECK_MSG(!read && e.kind == ERROR_CORPUS && strstr(e.text, rows[k].fault), "%s\n%s", rows[k].text,
                  read ? "is read" : e.text);
        recording_free(&r);
    }
}

TEST(a_recording_that_is_not_there)
{
    struct recording r;
    struct error e = {0};
    CHECK(!recording_read(&r, "/nowhere/at/all", 3, 4, &e) && e.kind == ERROR_CORPUS);
    recording_free(&r);
}

extern const struct probe_ops record_ops;

/* A probe for two threads, three samples; of a configuration that records to `path`. */
static struct probe *new_record(const struct session *s, struct config *c, const char *path)
{
    const struct section sections[] = {{"engine", {record_ops.keys}}, {NULL, {NULL}}};
    char text[5000];
    struct error e = {0};
    snprintf(text, sizeof text, "engine: {record: \"%s\"}\n", path);
    CHECK_MSG(config_parse(c, text, strlen(text), "test", &e) && config_check(c, sections, &e), "%s", e.text);
    struct probe *p = record_ops.create(s, c, &e);
    CHECK(!e.kind);
    return p;
}

static void note(struct probe *p, enum moment_kind at, uint32_t thread, size_t ticket, uint32_t worker)
{
    struct moment m = {.worker = worker, .thread = thread, .ticket = ticket};
    record_ops.at[at](p, &m);
}

/* Events are written as they were numbered; without a commit nothing is left. */
TEST(a_record_is_written_at_its_commit)
{
    const struct session s = {.nthreads = 2, .nsamples = 3, .accumulate = 1};
    char path[4096], text[256] = "";
    struct error e = {0};
    snprintf(path, sizeof path, "%s/record", test_folder());
    for (int commit = 1; commit >= 0; commit--) {
        struct config *c = config_new();
        struct probe *p = new_record(&s, c, path);
        CHECK_MSG(record_ops.open(p, NULL, &e), "%s", e.text);
        for (uint32_t epoch = 0; epoch < 1 + (uint32_t)commit; epoch++) {
            note(p, READ_BEGIN, 1, 2, 1);
            note(p, READ_BEGIN, 0, 0, 0);
            note(p, WRITE_BEGIN, 1, 2, 1);
            record_ops.at[EPOCH_END](p, &(struct moment){.epoch = epoch});
        }
        if (commit)
            CHECK_MSG(record_ops.commit(p, &e), "%s", e.text);
        record_ops.destroy(p);
        config_free(c);
        FILE *f = fopen(path, "r");
        CHECK(f != NULL);
        text[fread(text, 1, sizeof text - 1, f)] = 0;
        fclose(f);
        CHECK_STR(text, "pass 1\nR 2 1\nR 0 0\nW 2 1\npass 2\nR 2 1\nR 0 0\nW 2 1\n");
    }
    struct config *c = config_new();
    CHECK(new_record(&s, c, "") == NULL);
    config_free(c);
}
