/* SPDX-License-Identifier: MIT */
#include "lib/report/bar.h"

#include "lib/base/text.h"
#include "lib/base/unicode.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEAST = 4, MOST = 24 }; /* columns within the bar */

void bar_add(struct bar *b, int rank, const char *format, ...)
{
    va_list rest;
    assert(b->count < BAR_PIECES);
    struct bar_piece *p = &b->piece[b->count++];
    p->rank = rank;
    va_start(rest, format);
    vsnprintf(p->words, sizeof p->words, format, rest);
    va_end(rest);
}

/* The bytes of `text` that fill at most `most` columns, whole characters, and how many columns these are. */
static size_t cut(const char *text, uint32_t most, uint32_t *columns)
{
    size_t taken = 0, n;
    *columns = 0;
    for (struct span rest = span_of(text); rest.n; rest.s += n, rest.n -= n, taken += n) {
        const uint32_t wide = unicode_columns(unicode_first(rest, &n));
        if (*columns + wide > most)
            break;
        *columns += wide;
    }
    return taken;
}

static uint32_t columns_of(const char *text)
{
    uint32_t columns;
    cut(text, UINT32_MAX / 2, &columns);
    return columns;
}

/* The piece that goes next; count: there is none. */
static uint32_t least_important(const struct bar *b, const bool *shown)
{
    uint32_t found = b->count;
    for (uint32_t k = 0; k < b->count; k++)
        if (shown[k] && (found == b->count || b->piece[k].rank >= b->piece[found].rank))
            found = k;
    return found;
}

uint32_t bar_line(const struct bar *b, uint32_t width, char *to, size_t room)
{
    static const char full[] = "========================", none[] = "                        ";
    const uint32_t most = width > 1 ? width - 1 : 0;
    char title[512], words[BAR_PIECES][TEXT_ESCAPED(BAR_PIECE)];
    bool shown[BAR_PIECES] = {false}, bar = b->share >= 0;
    text_escape(title, sizeof title, span_of(b->title));
    uint32_t used, left = b->count,
                   all = columns_of(title) - (left > 0); /* the first piece follows a blank alone */
    for (uint32_t k = 0; k < b->count; k++) {
        text_escape(words[k], sizeof words[k], span_of(b->piece[k].words));
        shown[k] = true;
        all += 2 + columns_of(words[k]);
    }
    for (uint32_t k; all + (bar ? 3 + LEAST : 0) > most && (k = least_important(b, shown)) < b->count;) {
        shown[k] = false;
        all -= 2 + columns_of(words[k]);
        all += --left == 0;
    }
    bar = bar && all + 3 + LEAST <= most;
    const size_t bytes = cut(title, most, &used);
    size_t n = (size_t)snprintf(to, room, "%.*s", (int)bytes, title);
    if (bar) {
        const uint32_t inner = most - all - 3 < MOST ? most - all - 3 : MOST;
        const int done = (int)((b->share < 1 ? b->share : 1) * inner);
        n += (size_t)snprintf(to + n, n < room ? room - n : 0, " [%.*s%.*s]", done, full, (int)inner - done,
                              none);
        used += 3 + inner;
    }
    for (uint32_t k = 0, first = 1; k < b->count; k++) {
        if (!shown[k])
            continue;
        n += (size_t)snprintf(to + n, n < room ? room - n : 0, "%s%s", first ? " " : ", ", words[k]);
        used += 2 - first + columns_of(words[k]);
        first = 0;
    }
    assert(n < room && used <= most);
    return used;
}

const char *bar_speed(double speed, char *to)
{
    static const char *const unit[] = {"", "k ", "M ", "G "};
    uint32_t k = 0;
    for (; k < 3 && speed >= 999.5; k++)
        speed /= 1000;
    if (k == 0)
        snprintf(to, BAR_PIECE, "%.0f tokens/s", speed);
    else
        snprintf(to, BAR_PIECE, "%.*f %stokens/s", speed < 99.95, speed, unit[k]);
    return to;
}

const char *bar_bytes(uint64_t done, uint64_t all, char *to)
{
    static const char *const unit[] = {"kB", "MB", "GB", "TB"};
    double of = (double)(all ? all : done) / 1000, part = (double)done / 1000;
    uint32_t k = 0;
    for (; k < 3 && of >= 999.95; k++, part /= 1000)
        of /= 1000;
    if (all)
        snprintf(to, BAR_PIECE, "%.1f of %.1f %s", part, of, unit[k]);
    else
        snprintf(to, BAR_PIECE, "%.1f %s", part, unit[k]);
    return to;
}

const char *bar_time(double seconds, char *to)
{
    const double s = seconds > 0 && isfinite(seconds) ? ceil(seconds) : 0;
    if (s < 60)
        snprintf(to, BAR_PIECE, "%.0f s", s);
    else if (s < 3600)
        snprintf(to, BAR_PIECE, "%.0f:%02.0f min", floor(s / 60), fmod(s, 60));
    else
        snprintf(to, BAR_PIECE, "%.0f:%02.0f h", floor(s / 3600), floor(fmod(s, 3600) / 60));
    return to;
}
