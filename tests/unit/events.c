/* SPDX-License-Identifier: MIT */
#include "lib/report/events.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

TEST(fields_of_events)
{
    struct error e = {0};
    struct events *v =
        events_read(test_file("m.jsonl", "{\"event\":\"run\",\"model\":\"m\",\"train\":{\"tokens\":7}}\n"
                                         "{\"event\":\"epoch\",\"epoch\":1,\"audit\":{\"tau\":-0.5}}\n"
                                         "{\"event\":\"epoch\",\"epoch\":2,\"audit\":{\"tau\":null}}\n"),
                    &e);
    double x = 9;
    if (!CHECK(v != NULL))
        return;
    CHECK_INT(events_count(v, "epoch"), 2);
    CHECK_INT(events_count(v, "run"), 1);
    CHECK_INT(events_count(v, "summary"), 0);
    CHECK(events_number(v, "run", 0, "train.tokens", &x) && x == 7);
    CHECK(events_number(v, "epoch", 0, "audit.tau", &x) && x == -.5);
    CHECK(events_number(v, "epoch", 1, "epoch", &x) && x == 2);
    CHECK_STR(events_text(v, "run", 0, "model"), "m");
    x = 9;
    CHECK(!events_number(v, "epoch", 1, "audit.tau", &x)); /* null */
    CHECK(!events_number(v, "epoch", 2, "epoch", &x)); /* no such event */
    CHECK(!events_number(v, "run", 0, "train", &x)); /* no number */
    CHECK(!events_number(v, "run", 0, "model.tokens", &x)); /* no object */
    CHECK(!events_number(v, "run", 0, "trai", &x) && x == 9);
    CHECK(!events_text(v, "run", 0, "train") && !events_text(v, "run", 1, "model"));
    events_free(v);
}

TEST(no_log)
{
    static const char *const text[] = {"{\"event\":\"run\"}\n{\"epoch\":1}\n",
                                       "{\"event\":\"run\"}\n{\"event\":\"ep",
                                       "{\"event\":\"run\"}\nwords\n",
                                       "[1]\n",
                                       "{\"event\":1}\n",
                                       "\n"};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        struct error e = {0};
        CHECK(!events_read(test_file("m.jsonl", text[k]), &e));
        CHECK(e.kind == ERROR_MODEL);
        CHECK_MSG(strstr(e.text, k < 3 ? "m.jsonl:2: no event of a run" : "m.jsonl:1: no event of a run"),
                  "%s", e.text);
    }
    struct error e = {0};
    CHECK(!events_read("absent/metrics.jsonl", &e) && e.kind == ERROR_MODEL);
    CHECK_STR(e.text, "absent/metrics.jsonl: cannot be read: No such file or directory; check the path");
}

static void note(void *to, const char *field, const char *text)
{
    char *all = to;
    snprintf(all + strlen(all), 256 - strlen(all), "%s=%s ", field, text);
}

TEST(arrays_and_all_fields)
{
    struct error e = {0};
    struct events *v =
        events_read(test_file("m.jsonl", "{\"event\":\"run\",\"a\":[{\"x\":1},{\"x\":2.5,\"b\":[[3,4]]}],"
                                         "\"o\":{\"p\":\"q\",\"r\":{\"s\":7}},"
                                         "\"t\":true,\"n\":null,\"l0.f\":0.25}\n{\"event\":\"epoch\"}\n"),
                    &e);
    double x = 0;
    char all[256] = "";
    if (!CHECK(v != NULL))
        return;
    CHECK_INT(events_length(v, "run", 0, "a"), 2);
    CHECK_INT(events_length(v, "run", 0, "a.1.b.0"), 2);
    CHECK_INT(events_length(v, "run", 0, "o"), 0);
    CHECK_INT(events_length(v, "summary", 0, "a"), 0);
    CHECK(events_number(v, "run", 0, "a.1.x", &x) && x == 2.5);
    CHECK(events_number(v, "run", 0, "a.1.b.0.1", &x) && x == 4);
    CHECK(!events_number(v, "run", 0, "a.2.x", &x) && !events_number(v, "run", 0, "a.-1.x", &x) &&
          !events_number(v, "run", 0, "a.x", &x));
    CHECK(events_true(v, "run", 0, "t") && !events_true(v, "run", 0, "n") && !events_true(v, "run", 0, "a"));
    events_fields(v, "run", 0, note, all);
    CHECK_STR(all, "event=run o.p=q o.r.s=7 t=true l0.f=0.25 ");
    events_fields(v, "run", 1, note, all);
    CHECK_STR(all, "event=run o.p=q o.r.s=7 t=true l0.f=0.25 ");
    events_free(v);
}
