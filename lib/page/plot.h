/* SPDX-License-Identifier: MIT
 *
 * plot: curves become SVG inside of a page. gnuplot draws them, a program of its own, and this is the only file that
 * runs it.
 *
 *     numbers ──> commands and data ──gnuplot──> SVG ──> ids of its own, colours by class ──> page
 *
 * No text of corpora, paths or configurations gets there: gnuplot is given numbers, and words of letters, digits and a
 * few signs. Colours are those of the page's style sheet, so that they suit light and dark.
 *
 * One thread at a time.
 */
#ifndef ASYNTRAIN_PAGE_PLOT_H
#define ASYNTRAIN_PAGE_PLOT_H

#include "lib/page/html.h"

#include <stdbool.h>
#include <stddef.h>

/* Where gnuplot is not installed: how it is had, one line. */
#define PLOT_REMEDY                                                                                          \
    "gnuplot is not installed (Debian, Ubuntu: apt-get install gnuplot-nox; Fedora: dnf install "            \
    "gnuplot-minimal; "                                                                                      \
    "macOS: brew install gnuplot)"

enum plot_outcome {
    PLOT_DRAWN,
    PLOT_EMPTY, /* there are no points */
    PLOT_MISSING, /* gnuplot is not installed */
    PLOT_FAILED, /* it could not be run, or could not draw */
};

struct plot;

/* The axes' names; values of x are whole numbers. `logarithmic`: those axes that are, "", "x", "y" or "xy"; points
 * without a logarithm are left out. */
struct plot *plot_new(const char *x, const char *y, const char *logarithmic);
void plot_free(struct plot *p);
/* Points that follow are a curve of this name; what is no letter, digit, blank or one of . , + - % ( ) / is left out.
 */
void plot_series(struct plot *p, const char *name);
void plot_point(struct plot *p, double x, double y); /* one that is not finite is left out */
/* Draw it; `title` is for those who do not see it. `number` makes its ids unlike those of other plots of the page. */
enum plot_outcome plot_draw(struct plot *p, struct html *h, const char *title, unsigned number);

#endif
