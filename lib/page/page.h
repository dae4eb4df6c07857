/* SPDX-License-Identifier: MIT
 *
 * page: a report on one run or several (`asyntrain report`): one HTML file that needs no network and no script. Its
 * sections stand in sections.h; here is what they have in common.
 *
 *     metrics.jsonl   config.yaml   trace.jsonl   ──sections──> tables and figures ──> page
 *
 * A part that a run does not have is said to be missing, and the rest stands. One thread at a time.
 */
#ifndef ASYNTRAIN_PAGE_PAGE_H
#define ASYNTRAIN_PAGE_PAGE_H

#include "lib/base/config.h"
#include "lib/page/html.h"
#include "lib/page/plot.h"
#include "lib/report/events.h"

struct page_run {
    const char *path; /* of its folder, as the user has it */
    struct events *log; /* metrics.jsonl */
    struct config *config; /* checked; NULL: it could not be read */
    struct events *trace; /* NULL: nothing was traced */
    char id[24]; /* "run 2"; of one alone "run" */
};

struct page {
    struct html html;
    const struct page_run *run; /* [runs] */
    size_t runs;
    unsigned number; /* of ids given so far */
    enum plot_outcome fault; /* of the first plot that was not drawn for want of gnuplot, else PLOT_DRAWN */
};

/* The head, the title and the list of sections; and the end. */
void page_begin(struct page *p, FILE *out, const struct page_run *run, size_t runs);
void page_end(struct page *p);

/* A section of the list, by its id; what is written until page_section_end stands in it. */
void page_section(struct page *p, const char *id);
void page_section_end(struct page *p);

/* A paragraph. */
void page_say(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A heading with the run's id and folder, where there are several runs. */
void page_run_heading(struct page *p, const struct page_run *run);

/* A table with its caption. `columns`: of its head, the first names the rows. A row has a name and cells. */
void page_table(struct page *p, const char *caption);
void page_columns(struct page *p, const char *const *columns, size_t count);
void page_word_columns(struct page *p, const char *const *columns,
                       size_t count); /* of words, not of numbers */
void page_run_columns(struct page *p, const char *first); /* of words: a column a run */
void page_row(struct page *p, const char *name);
void page_cell(struct page *p, const char *text); /* NULL: a dash */
void page_number(struct page *p, bool known, double value, int digits);
void page_row_end(struct page *p);
void page_table_end(struct page *p);
/* What is long is closed until it is asked for. */
void page_fold(struct page *p, const char *summary);
void page_fold_end(struct page *p);

/* Draw and free a plot; its title is the caption. Where gnuplot is missing the first one says so. */
void page_plot(struct page *p, struct plot *plot, const char *title);

/* A number of an event of kind "epoch"; NAN where there is none. */
double page_epoch(const struct page_run *run, size_t epoch, const char *field);
size_t page_epochs(const struct page_run *run);

#endif
