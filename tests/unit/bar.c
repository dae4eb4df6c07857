/* SPDX-License-Identifier: MIT */
#include "lib/report/bar.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char *const pieces[] = {"15.7 k tokens/s", "loss 0.1234", "errors 12.3 %", "dev F1 93.20",
                                     "12 s left"};
static const int ranks[] = {2, 4, 5, 1, 0};
enum { PIECES = sizeof pieces / sizeof *pieces };

/* Columns of UTF-8 text of these tests: a character of Chinese has two, all others have one. */
static uint32_t columns_of(const char *text)
{
    uint32_t n = 0;
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80)
            n += (unsigned char)*text >= 0xE4 && (unsigned char)*text <= 0xE9 ? 2 : 1;
    return n;
}

/* What must hold of a line at every width. */
static void check(const struct bar *b, uint32_t width)
{
    char line[4096];
    const uint32_t columns = bar_line(b, width, line, sizeof line);
    CHECK_INT(columns, columns_of(line));
    CHECK_MSG(columns < width, "%u columns at width %u: %s", columns, width, line);
    int dropped = 99; /* the most important piece that is not there */
    for (uint32_t k = 0; k < b->count; k++)
        if (!strstr(line, b->piece[k].words) && b->piece[k].rank < dropped)
            dropped = b->piece[k].rank;
    for (uint32_t k = 0; k < b->count; k++)
        CHECK_MSG(!strstr(line, b->piece[k].words) || b->piece[k].rank < dropped,
                  "%s stands there, and one that is more important does not: %s", b->piece[k].words, line);
    if (dropped < 99)
        return;
    CHECK_MSG(columns + 2 >= width || strstr(line, b->title), "room is left, and the title is cut: %s", line);
    const char *bar = strchr(line, '[');
    if (b->share >= 0 && bar)
        CHECK_MSG(columns + 1 == width || strcspn(bar, "]") == 25, "room is left, and the bar is short: %s",
                  line);
    else if (b->share >= 0)
        CHECK_MSG(columns + 7 >= width, "room is left, and there is no bar: %s", line);
}

TEST(no_line_is_as_wide_as_the_terminal)
{
    static const char *const titles[] = {"3/10", "reading 人民日報一九九八年一月.txt", "scoring dev", ""};
    for (size_t title = 0; title < sizeof titles / sizeof *titles; title++)
        for (uint32_t set = 0; set < 1u << PIECES; set++)
            for (uint32_t width = 1; width <= 220; width += width < 20 ? 3 : 1)
                for (int share = -1; share <= 4; share += 5) {
                    struct bar b = {.title = titles[title], .share = share / 4.0};
                    for (uint32_t k = 0; k < PIECES; k++)
                        if (set & 1u << k)
                            bar_add(&b, ranks[k], "%s", pieces[k]);
                    check(&b, width);
                }
}

TEST(all_of_it_where_there_is_room)
{
    struct bar b = {.title = "3/10", .share = 0.5};
    char line[4096];
    for (uint32_t k = 0; k < PIECES; k++)
        bar_add(&b, ranks[k], "%s", pieces[k]);
    CHECK_INT(bar_line(&b, 200, line, sizeof line), 100);
    CHECK_STR(line,
              "3/10 [============            ] 15.7 k tokens/s, loss 0.1234, errors 12.3 %, dev F1 93.20, "
              "12 s left");
    bar_line(&b, 80, line, sizeof line);
    CHECK_STR(line, "3/10 [=========         ] 15.7 k tokens/s, loss 0.1234, dev F1 93.20, 12 s left");
    bar_line(&b, 40, line, sizeof line);
    CHECK_STR(line, "3/10 [====    ] dev F1 93.20, 12 s left");
    bar_line(&b, 20, line, sizeof line);
    CHECK_STR(line, "3/10 [======      ]");
}

TEST(nothing_commands_the_terminal)
{
    const struct bar b = {.title = "reading \033[2J\r\nx", .share = -1};
    char line[4096];
    bar_line(&b, 80, line, sizeof line);
    CHECK_STR(line, "reading \\x1b[2J\\x0d\\x0ax");
}

TEST(numbers_have_units)
{
    static const struct {
        double speed;
        const char *words;
    } speeds[] = {{0, "0 tokens/s"},          {999.4, "999 tokens/s"},    {999.6, "1.0 k tokens/s"},
                  {15700, "15.7 k tokens/s"}, {483000, "483 k tokens/s"}, {999600, "1.0 M tokens/s"},
                  {2.1e6, "2.1 M tokens/s"},  {99960, "100 k tokens/s"},  {3.25e9, "3.2 G tokens/s"}};
    static const struct {
        double seconds;
        const char *words;
    } times[] = {{-1, "0 s"},        {0.2, "1 s"},       {59, "59 s"},
                 {59.5, "1:00 min"}, {725, "12:05 min"}, {12000, "3:20 h"}};
    char words[BAR_PIECE];
    for (size_t k = 0; k < sizeof speeds / sizeof *speeds; k++)
        CHECK_STR(bar_speed(speeds[k].speed, words), speeds[k].words);
    for (size_t k = 0; k < sizeof times / sizeof *times; k++)
        CHECK_STR(bar_time(times[k].seconds, words), times[k].words);
    CHECK_STR(bar_bytes(1200000, 3400000, words), "1.2 of 3.4 MB");
    CHECK_STR(bar_bytes(100, 3400000, words), "0.0 of 3.4 MB");
    CHECK_STR(bar_bytes(1500, 0, words), "1.5 kB");
}
