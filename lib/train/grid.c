/* SPDX-License-Identifier: MIT */
#include "lib/train/grid.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST 1e100 /* number of a range: what lies between two of them is finite, and so is their ratio */

enum form { VALUES, LOGARITHMIC, LINEAR, WHOLE };
static const char *const form_names[] = {"", "log(", "lin(", "int("};

struct dimension {
    char *key;
    enum form form;
    char **value; /* [count] VALUES */
    size_t count, capacity; /* of a range: points, 0 where it does not say */
    double low, high;
};

struct grid {
    struct dimension *key;
    char **fixed;
    size_t nkeys, nfixed, key_capacity, fixed_capacity;
};

struct grid *grid_new(void)
{
    return memory_new(1, sizeof(struct grid));
}

static void forget(struct dimension *d)
{
    for (size_t k = 0; d->value && k < d->count; k++)
        memory_free(d->value[k]);
    memory_free(d->value);
    memory_free(d->key);
}

void grid_free(struct grid *g)
{
    if (!g)
        return;
    for (size_t k = 0; k < g->nkeys; k++)
        forget(&g->key[k]);
    for (size_t k = 0; k < g->nfixed; k++)
        memory_free(g->fixed[k]);
    memory_free(g->key);
    memory_free(g->fixed);
    memory_free(g);
}

/* Bytes before the comma that ends a value, or before the end: commas in brackets and quotes do not. */
static size_t value_length(const char *text)
{
    size_t n = 0;
    int depth = 0;
    for (char quote = 0; text[n] && (text[n] != ',' || depth > 0 || quote); n++)
        if (quote)
            quote = text[n] == quote ? 0 : quote;
        else if ((text[n] == '"' || text[n] == '\'') && (depth > 0 || n == 0))
            quote = text[n];
        else if (text[n] == '[' || text[n] == '{')
            depth++;
        else if ((text[n] == ']' || text[n] == '}') && depth > 0)
            depth--;
    return n;
}

static bool read_values(struct dimension *d, const char *text, const char *operand, struct error *e)
{
    for (;; text++) {
        const size_t n = value_length(text);
        if (n == 0 && (d->count || text[0] == ','))
            return error_set(e, ERROR_USAGE, "'%s': a value is missing beside a comma; an empty one is \"\"",
                             operand);
        for (size_t k = 0; k < d->count; k++)
            if (strlen(d->value[k]) == n && memcmp(d->value[k], text, n) == 0)
                return error_set(e, ERROR_USAGE, "'%s': the value '%.*s' is given twice", operand, (int)n,
                                 text);
        d->value = memory_grow(d->value, &d->capacity, d->count + 1, sizeof *d->value);
        d->value[d->count++] = memory_copy(text, n);
        text += n;
        if (!*text)
            return true;
    }
}

/* "LOW,HIGH)" or "LOW,HIGH,POINTS)" */
static bool read_range(struct dimension *d, const char *text, const char *operand, struct error *e)
{
    double number[3] = {0};
    size_t count = 0;
    const char *at = text;
    bool good = true;
    while (good && count < 3) {
        const size_t n = strcspn(at, ",)");
        good = text_real((struct span){at, n}, &number[count++]) && at[n];
        at += n + (at[n] != 0);
        if (good && at[-1] == ')')
            break;
    }
    good = good && count >= 2 && at[-1] == ')' && !*at && number[0] < number[1] &&
           fabs(number[0]) <= LARGEST && fabs(number[1]) <= LARGEST;
    if (good && d->form == LOGARITHMIC && number[0] < 1 / LARGEST)
        return error_set(e, ERROR_USAGE, "'%s': a logarithmic range is of numbers above %s", operand,
                         number[0] > 0 ? "1e-100" : "0");
    if (good && d->form == WHOLE)
        good = number[0] == floor(number[0]) && number[1] == floor(number[1]) && fabs(number[0]) < 1e15 &&
               fabs(number[1]) < 1e15;
    if (good && count == 3)
        good = number[2] >= 2 && number[2] <= GRID_MOST && number[2] == floor(number[2]);
    if (!good)
        return error_set(
            e, ERROR_USAGE,
            "'%s': expected %sLOWEST,HIGHEST) with two %snumbers, or %sLOWEST,HIGHEST,POINTS) with at "
            "least 2 points",
            operand, form_names[d->form], d->form == WHOLE ? "whole " : "", form_names[d->form]);
    d->low = number[0];
    d->high = number[1];
    d->count = count == 3 ? (size_t)number[2] : 0;
    return true;
}

bool grid_add(struct grid *g, const char *operand, struct error *e)
{
    const size_t n = strcspn(operand, "=");
    struct dimension d = {.key = memory_copy(operand, n)};
    const char *text = operand + n + (operand[n] != 0);
    bool good = true;
    for (size_t k = 0; k < g->nkeys && good; k++)
        good = strcmp(g->key[k].key, d.key) != 0;
    for (size_t k = 0; k < g->nfixed && good; k++)
        good = strncmp(g->fixed[k], operand, n + 1) != 0;
    if (!good)
        error_set(e, ERROR_USAGE, "'%s': key '%s' is given twice; list all of its values in one place",
                  operand, d.key);
    for (int f = LOGARITHMIC; f <= WHOLE; f++)
        if (strncmp(text, form_names[f], 4) == 0)
            d.form = (enum form)f;
    good = good && (d.form ? read_range(&d, text + 4, operand, e) : read_values(&d, text, operand, e));
    if (good && !d.form && d.count == 1) {
        g->fixed = memory_grow(g->fixed, &g->fixed_capacity, g->nfixed + 1, sizeof *g->fixed);
        g->fixed[g->nfixed++] = memory_copy(operand, strlen(operand));
    } else if (good) {
        g->key = memory_grow(g->key, &g->key_capacity, g->nkeys + 1, sizeof *g->key);
        g->key[g->nkeys++] = d;
        return true;
    }
    forget(&d);
    return good;
}

size_t grid_keys(const struct grid *g)
{
    return g->nkeys;
}

const char *grid_key(const struct grid *g, size_t key)
{
    return g->key[key].key;
}

size_t grid_fixed(const struct grid *g)
{
    return g->nfixed;
}

const char *grid_assignment(const struct grid *g, size_t fixed)
{
    return g->fixed[fixed];
}

bool grid_count(const struct grid *g, size_t *count, struct error *e)
{
    *count = 1;
    for (size_t k = 0; k < g->nkeys; k++) {
        const struct dimension *d = &g->key[k];
        if (d->count == 0)
            return error_set(
                e, ERROR_USAGE,
                "key '%s': a grid needs the number of points: %s%g,%g,POINTS); or draw from the range "
                "with --random N",
                d->key, form_names[d->form], d->low, d->high);
        *count *= d->count;
        if (*count > GRID_MOST)
            return error_set(
                e, ERROR_USAGE,
                "a grid of more than %d configurations; list fewer values, or draw from them with "
                "--random N",
                GRID_MOST);
    }
    return true;
}

/* A place in a range, 0 … 1, as text. Four digits are enough for a search, and can be written down. */
static char *number_at(const struct dimension *d, double place)
{
    char text[32];
    const double x =
        d->form == LOGARITHMIC ? d->low * pow(d->high / d->low, place) : d->low + (d->high - d->low) * place;
    if (d->form == WHOLE)
        snprintf(text, sizeof text, "%.0f", round(x));
    else
        snprintf(text, sizeof text, "%.4g", x);
    return memory_copy(text, strlen(text));
}

static char *assign(const char *key, char *value)
{
    char *both = memory_new(strlen(key) + strlen(value) + 2, 1);
    sprintf(both, "%s=%s", key, value);
    memory_free(value);
    return both;
}

static char *value_at(const struct dimension *d, size_t k)
{
    return d->form ? number_at(d, (double)k / (double)(d->count - 1))
                   : memory_copy(d->value[k], strlen(d->value[k]));
}

void grid_point(const struct grid *g, size_t k, char **point)
{
    for (size_t i = g->nkeys; i-- > 0; k /= g->key[i].count)
        point[i] = assign(g->key[i].key, value_at(&g->key[i], k % g->key[i].count));
}

void grid_draw(const struct grid *g, uint64_t seed, size_t k, char **point)
{
    struct rng r;
    rng_init(&r, seed, RNG_SWEEP, k);
    for (size_t i = 0; i < g->nkeys; i++) {
        const struct dimension *d = &g->key[i];
        char *value;
        if (d->count)
            value = value_at(d, rng_below(&r, d->count));
        else if (d->form == WHOLE) {
            const uint64_t step = rng_below(&r, (uint64_t)(d->high - d->low) + 1);
            value = number_at(d, (double)step / (d->high - d->low));
        } else
            value = number_at(d, rng_uniform(&r));
        point[i] = assign(d->key, value);
    }
}
