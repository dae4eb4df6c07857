/* SPDX-License-Identifier: MIT */
#include "lib/learn/parameter.h"

#include "lib/learn/model.h"

const char *const parameter_names[PARAMETER_KINDS] = {"state", "transition", "rich",
                                                      "edge",  "embedding",  "matrix"};

void parameter_group(const struct model *m, uint32_t group, enum parameter_kind kind, const uint32_t *feature,
                     parameter_visit *visit, void *to)
{
    const struct group *g = &m->layout.group[group];
    for (uint32_t block = 0; block < g->count; block++)
        for (uint32_t row = 0; row < g->rows; row++)
            for (uint32_t column = 0; column < g->columns; column++)
                visit(to, &(struct parameter){kind, group, feature ? feature[block] : PARAMETER_NONE,
                                              block * g->rows + row, column,
                                              g->offset + block * layout_block(g) + (size_t)row * g->stride +
                                                  column});
}
