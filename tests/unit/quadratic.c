/* SPDX-License-Identifier: MIT */
#include "models/models.h"

#include "lib/base/memory.h"
#include "lib/num/chain.h"
#include "lib/num/kernel.h"
#include "tests/test.h"

#include <stddef.h>

extern const struct model_ops quadratic_ops;

/* The model for so many labels, by the door that runs use. */
static struct model *made(const char *labels, struct config **config, struct space **space)
{
    const struct section own[] = {{"model", {quadratic_ops.keys}}, {NULL, {NULL}}};
    struct error e = {0};
    *config = config_new();
    CHECK(config_parse(*config, "model: {start: 2.5}", 19, "test", &e) && config_check(*config, own, &e));
    *space = memory_new(1, sizeof **space);
    (*space)->labels = vocab_new();
    for (const char *l = labels; *l; l++)
        vocab_add((*space)->labels, (struct span){l, 1});
    return quadratic_ops.create(*config, *space, &e);
}

static void unmade(struct model *m, struct config *config, struct space *space)
{
    quadratic_ops.destroy(m);
    vocab_free(space->labels);
    memory_free(space);
    config_free(config);
}

/* Loss and slope of the tokens y at scale * x, against the formula; the label decoded for all of them. */
static uint32_t look(struct model *m, double x, real scale, const uint32_t *y, uint32_t n, double *loss,
                     double *slope)
{
    real *w = memory_lines(m->layout.size, sizeof *w);
    void *scratch = quadratic_ops.scratch_new(m, (struct capacity){.tokens = n});
    struct bundle bundle;
    struct gradient g = {.bundle = &bundle,
                         .capacity = quadratic_ops.max_bundles(m, (struct capacity){.tokens = n})};
    struct example z = {.n = n, .y = y};
    struct weights view = {.w = w, .scale = scale};
    uint32_t best[8];
    w[0] = (real)x;
    *loss = quadratic_ops.gradient(m, &view, &z, &g, scratch);
    *slope = (double)bundle.row[0];
    CHECK(g.count == 1 && bundle.count == 1 && bundle.id[0] == 0);
    chain_viterbi(kernel_get(), quadratic_ops.score(m, &view, &z, scratch), best);
    for (uint32_t i = 1; i < n; i++)
        CHECK_INT(best[i], best[0]);
    quadratic_ops.scratch_free(scratch);
    memory_free(w);
    return best[0];
}

TEST(two_labels_pull_from_both_sides)
{
    struct config *c;
    struct space *space;
    struct model *m = made("ab", &c, &space);
    const uint32_t y[] = {0, 1, 1};
    double loss, slope;
    CHECK_INT(look(m, 4, 1, y, 1, &loss, &slope), 1); /* one label is nearer */
    CHECK(loss == 12.5 && slope == 5); /* (4 + 1)^2 / 2 */
    CHECK_INT(look(m, 4, 1, y, 3, &loss, &slope), 1);
    CHECK(loss == 12.5 + 4.5 + 4.5 && slope == 5 + 3 + 3);
    CHECK_INT(look(m, 4, (real)-0.5, y, 2, &loss, &slope), 0); /* x is scale * w */
    CHECK(loss == 0.5 + 4.5 && slope == -1 - 3);
    CHECK_INT(m->layout.nblocks, 1);
    CHECK_INT(layout_weights(&m->layout), 1);
    real w[REAL_LANES] = {0};
    quadratic_ops.init(m, w, NULL);
    CHECK(w[0] == (real)2.5 && w[1] == 0);
    unmade(m, c, space);
}

TEST(labels_are_spread_evenly)
{
    struct config *c;
    struct space *space;
    struct model *m = made("abcde", &c, &space);
    double loss, slope;
    for (uint32_t y = 0; y < 5; y++) {
        double a = -1 + 0.5 * y;
        CHECK_INT(look(m, a, 1, &y, 1, &loss, &slope), y);
        CHECK(loss == 0 && slope == 0);
    }
    unmade(m, c, space);
    m = made("a", &c, &space);
    const uint32_t only = 0;
    CHECK_INT(look(m, 3, 1, &only, 1, &loss, &slope), 0);
    CHECK(loss == 4.5 && slope == 3);
    unmade(m, c, space);
}
