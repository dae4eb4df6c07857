/* SPDX-License-Identifier: MIT
 *
 * feature: the text of a feature is the literal text of its template line with the values of its macros put in, as
 * CRF++ has it.
 */
#include "lib/data/feature.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "tests/test.h"

#include <string.h>

static struct space *learn(const char *text, const char *rules, struct dataset **d)
{
    static const char *train[1];
    struct error e = {0};
    struct space *space = NULL;
    train[0] = test_file("corpus", text);
    struct corpus c = {.format = &format_conll,
                       .open = "",
                       .train = train,
                       .ntrain = 1,
                       .template_path = test_file("template", rules),
                       .cutoff = 1};
    *d = dataset_learn(&c, &space, &e);
    CHECK_MSG(*d != NULL, "%s", e.text);
    return space;
}

/* Is there exactly one feature of this text? */
static uint32_t found(const struct space *space, bool edge, const char *text)
{
    struct text_buffer b = {0};
    uint32_t n = 0;
    for (uint32_t id = 0; id < vocab_count(edge ? space->edge : space->node); id++)
        n += span_is(feature_text(space, edge, id, &b), text);
    memory_free(b.bytes);
    return n;
}

TEST(the_text_of_a_feature_is_its_line_with_the_cells_put_in)
{
    static const char *const nodes[] = {"U0:the",  "U0:dog", "U1:_B-1/the", "U1:the/dog", "U2:og]x",
                                        "U2:he]x", "U3:1",   "U3:0",        "U4",         "u5:dog"};
    struct dataset *d;
    struct space *space =
        learn("the DT A\ndog NN B\n\n",
              "# U9:%x[0,0]\nU0:%x[0,0]\nU1:%x[-1,0]/%x[ 0 , 0 ]  \nU2:%x[0,0,suffix:2]]x\n"
              "U3:%t[0,0,\"e$\"]\nU4 # no macro\nB\nu5:%m[0,0,\"^d.*\"]\nB6:%x[0,1]_%x[-1,1]\nU6:%x[0,1]\n",
              &d);
    uint32_t count = 0;
    for (size_t k = 0; k < sizeof nodes / sizeof *nodes; k++) {
        CHECK_MSG(found(space, false, nodes[k]) == 1, "%s", nodes[k]);
        count++;
    }
    CHECK_INT(found(space, false, "U6:DT") + found(space, false, "U6:NN"), 2);
    CHECK_INT(vocab_count(space->node), count + 2);
    CHECK_INT(found(space, true, "B6:NN_DT"), 1); /* no B feature at the first token */
    CHECK_INT(vocab_count(space->edge), 1);
    dataset_free(d);
    space_free(space);
}

TEST(a_key_of_no_line_is_no_feature)
{
    struct dataset *d;
    struct space *space = learn("the DT A\n\n", "U0:%x[0,0]\n", &d);
    const uint32_t keys[2][2] = {{7, 0}, {0, 99}}; /* no such line; no such value */
    struct text_buffer b = {0};
    struct vocab *v = vocab_new();
    vocab_add(v, (struct span){(const char *)keys[0], sizeof keys[0]});
    vocab_add(v, (struct span){(const char *)keys[1], sizeof keys[1]});
    vocab_add(v, (struct span){"a", 1});
    vocab_free(space->node);
    space->node = v;
    CHECK(feature_line(space, false, 0) == NULL);
    CHECK_INT(feature_text(space, false, 0, &b).n, 0);
    CHECK(span_is(feature_text(space, false, 1, &b), "U0:?"));
    CHECK(feature_line(space, false, 2) == NULL);
    CHECK_INT(feature_text(space, false, 2, &b).n, 0);
    memory_free(b.bytes);
    dataset_free(d);
    space_free(space);
}
