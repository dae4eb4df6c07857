/* SPDX-License-Identifier: MIT */
#include "lib/train/grid.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { OPERANDS = 64 };

struct search {
    struct grid *g;
    const char *operand[OPERANDS]; /* those that were taken */
    size_t count;
};

/* Is the key's space a range? */
static bool is_range(const struct search *s, const char *key)
{
    const size_t n = strlen(key);
    bool range = false;
    for (size_t k = 0; k < s->count; k++)
        if (strncmp(s->operand[k], key, n) == 0 && s->operand[k][n] == '=')
            for (size_t f = 0; f < 3; f++)
                range = range || strncmp(s->operand[k] + n + 1, &"log(\0lin(\0int("[5 * f], 4) == 0;
    return range;
}

/* An assignment to each key; of a range: of a number. */
static void judge(const struct search *s, char **point)
{
    for (size_t k = 0; k < grid_keys(s->g); k++) {
        const char *key = grid_key(s->g, k);
        const size_t n = strlen(key);
        double number;
        if (strncmp(point[k], key, n) != 0 || point[k][n] != '=' ||
            (is_range(s, key) && !text_real(span_of(point[k] + n + 1), &number)))
            abort();
        memory_free(point[k]);
    }
}

/* Operands of `sweep`, one a line. */
FUZZ(grid, bytes, n)
{
    struct search s = {.g = grid_new()};
    struct error e = {0};
    char *text = memory_copy((const char *)bytes, n), *point[OPERANDS];
    size_t count;
    for (char *line = text, *end; line && *line && s.count < OPERANDS; line = end) {
        if ((end = strchr(line, '\n')))
            *end++ = 0;
        if (strchr(line, '=') && grid_add(s.g, line, &e))
            s.operand[s.count++] = line;
    }
    if (grid_count(s.g, &count, &e)) {
        grid_point(s.g, 0, point);
        judge(&s, point);
        grid_point(s.g, count - 1, point);
        judge(&s, point);
    }
    for (size_t k = 0; k < 4; k++) {
        grid_draw(s.g, n, k, point);
        judge(&s, point);
    }
    grid_free(s.g);
    memory_free(text);
}
