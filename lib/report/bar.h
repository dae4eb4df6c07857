/* SPDX-License-Identifier: MIT
 *
 * bar: the moving line of a terminal, as text of at most its width. Nothing here prints.
 *
 *     3/10 [=======       ] 15.7 k tokens/s, 12 s left, loss 0.1234, dev F1 93.20
 *     title  bar           pieces, in their order
 *
 * Where it is too long, the bar gets shorter first; then the pieces go, the one of the greatest rank first; then the
 * bar; then the end of the title. Columns are counted, not bytes: a Chinese character has two.
 */
#ifndef ASYNTRAIN_REPORT_BAR_H
#define ASYNTRAIN_REPORT_BAR_H

#include <stddef.h>
#include <stdint.h>

#define BAR_PIECES 8
#define BAR_PIECE 64 /* bytes of one, with its zero */

struct bar {
    const char *title;
    double share; /* done, 0 to 1; negative: nobody knows, and there is no bar */
    uint32_t count;
    struct bar_piece {
        char words[BAR_PIECE];
        int rank;
    } piece[BAR_PIECES];
};

/* One more piece, printf style. */
void bar_add(struct bar *b, int rank, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The line into `to` [room]. Returns its columns: fewer than `width`, as some terminals wrap when the last column is
 * written. What could command a terminal is escaped (lib/base/text.h). */
uint32_t bar_line(const struct bar *b, uint32_t width, char *to, size_t room);

/* "15.7 k tokens/s", "2.1 M tokens/s" into `to` [BAR_PIECE]; tokens a second. */
const char *bar_speed(double speed, char *to);
/* "1.2 of 3.4 MB", or "1.2 MB" where `all` is 0. */
const char *bar_bytes(uint64_t done, uint64_t all, char *to);
/* "59 s", "12:05 min", "3:20 h". */
const char *bar_time(double seconds, char *to);

#endif
