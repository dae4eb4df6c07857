/* SPDX-License-Identifier: MIT */
#include "lib/report/runlog.h"

#include "lib/base/rng.h"
#include "tests/test.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *place(const char *name)
{
    static char path[2][512];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder(), name);
    return path[turn];
}

static const char *content(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return text;
}

TEST(writes_one_object_a_line)
{
    struct error e = {0};
    struct runlog *l = runlog_open(place("m.jsonl"), &e);
    CHECK(l != NULL);
    runlog_begin(l, "start");
    CHECK(runlog_end(l, &e));
    CHECK_STR(content(place("m.jsonl.part")), "{\"event\":\"start\"}\n"); /* readers can follow */
    CHECK(!content(place("m.jsonl")));

    runlog_begin(l, "epoch");
    runlog_integer(l, "epoch", -3);
    runlog_open_object(l, "score");
    runlog_real(l, "f1", 0.1);
    runlog_close(l);
    runlog_open_array(l, "threads");
    for (int i = 0; i < 2; i++) {
        runlog_open_object(l, NULL);
        runlog_integer(l, "k", i);
        runlog_close(l);
    }
    runlog_open_array(l, NULL);
    runlog_close(l);
    runlog_real(l, NULL, 1);
    runlog_close(l);
    runlog_open_object(l, "empty");
    runlog_close(l);
    runlog_string(l, "why", NULL);
    runlog_bool(l, "yes", true);
    runlog_bool(l, "no", false);
    CHECK(runlog_end(l, &e));
    CHECK(runlog_commit(l, &e));
    CHECK_STR(
        content(place("m.jsonl")),
        "{\"event\":\"start\"}\n"
        "{\"event\":\"epoch\",\"epoch\":-3,\"score\":{\"f1\":0.1},"
        "\"threads\":[{\"k\":0},{\"k\":1},[],1.0],\"empty\":{},\"why\":null,\"yes\":true,\"no\":false}\n");
    CHECK(!content(place("m.jsonl.part")));

    l = runlog_open(place("m.jsonl"), &e);
    runlog_begin(l, "again");
    CHECK(runlog_end(l, &e));
    runlog_begin(l, "interrupted");
    runlog_abandon(l);
    CHECK(strncmp(content(place("m.jsonl")), "{\"event\":\"start\"}\n", 18) == 0);
    runlog_abandon(NULL);
}

TEST(nests_to_its_depth)
{
    struct error e = {0};
    struct runlog *l = runlog_open(place("m"), &e);
    runlog_begin(l, "deep");
    for (int i = 1; i < RUNLOG_DEPTH; i++)
        runlog_open_object(l, "o");
    runlog_integer(l, "x", 1);
    for (int i = 1; i < RUNLOG_DEPTH; i++)
        runlog_close(l);
    CHECK(runlog_end(l, &e));
    CHECK(runlog_commit(l, &e));
    json_t *read = json_loads(content(place("m")), JSON_REJECT_DUPLICATES, NULL);
    CHECK(read != NULL);
    json_decref(read);
}

TEST(reals_read_back)
{
    const double some[] = {0.1,       -0.0, 1,    1e22,  1.0 / 3,  5e-324,    DBL_MAX,
                           123456789, 0.1f, 1e-4, 97.25, INFINITY, -INFINITY, NAN};
    struct error e = {0};
    struct runlog *l = runlog_open(place("m"), &e);
    runlog_begin(l, "r");
    runlog_open_array(l, "v");
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        runlog_real(l, NULL, some[i]);
    runlog_close(l);
    CHECK(runlog_end(l, &e));
    CHECK(runlog_commit(l, &e));
    CHECK_STR(content(place("m")),
              "{\"event\":\"r\",\"v\":[0.1,-0.0,1.0,1e+22,0.3333333333333333,4.94065645841247e-324,"
              "1.7976931348623157e+308,123456789.0,0.10000000149011612,0.0001,97.25,null,null,null]}\n");

    enum { N = 2000 };
    static double drawn[N];
    struct rng r;
    rng_init(&r, 1, 2, 3);
    l = runlog_open(place("m"), &e);
    runlog_begin(l, "r");
    runlog_open_array(l, "v");
    for (int i = 0; i < N; i++) {
        do {
            uint64_t bits = rng_bits(&r);
            memcpy(&drawn[i], &bits, sizeof bits);
        } while (!isfinite(drawn[i]));
        runlog_real(l, NULL, drawn[i]);
    }
    runlog_close(l);
    CHECK(runlog_end(l, &e));
    CHECK(runlog_commit(l, &e));
    json_t *read = json_loads(content(place("m")), 0, NULL), *v = json_object_get(read, "v");
    CHECK_INT(json_array_size(v), N);
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += json_real_value(json_array_get(v, (size_t)i)) != drawn[i];
    CHECK_INT(wrong, 0);
    json_decref(read);
}

TEST(strings_never_lose_an_event)
{
    struct error e = {0};
    struct runlog *l = runlog_open(place("m"), &e);
    runlog_begin(l, "s");
    runlog_string(l, "a", "q\" b\\ n\n t\t e\x1B \xE4\xBD\xA0");
    runlog_string(l, "b", "x\xFFy\xE4\xBDz\xC0\x80");
    runlog_string(l, "c", "\xE4");
    runlog_string(l, "d", "");
    CHECK(runlog_end(l, &e));
    CHECK(runlog_commit(l, &e));
    json_t *read = json_loads(content(place("m")), JSON_REJECT_DUPLICATES, NULL);
    CHECK(read != NULL);
    CHECK_STR(json_string_value(json_object_get(read, "a")), "q\" b\\ n\n t\t e\x1B \xE4\xBD\xA0");
    CHECK_STR(json_string_value(json_object_get(read, "b")),
              "x\xEF\xBF\xBDy\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK_STR(json_string_value(json_object_get(read, "c")), "\xEF\xBF\xBD");
    CHECK_STR(json_string_value(json_object_get(read, "d")), "");
    json_decref(read);
}

TEST(tells_of_a_full_disk)
{
    struct error e = {0};
    struct runlog *l = runlog_open("/dev/full", &e);
    runlog_begin(l, "epoch");
    CHECK(!runlog_end(l, &e));
    CHECK_INT(e.kind, ERROR_IO);
    CHECK_STR(e.text, "/dev/full: No space left on device; free some space");
    runlog_begin(l, "epoch");
    CHECK(!runlog_end(l, &e));
    CHECK(!runlog_commit(l, &e));
    CHECK(!runlog_open(place("none/m"), &e));
    CHECK_INT(e.kind, ERROR_IO);
}
