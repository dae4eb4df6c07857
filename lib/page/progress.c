/* SPDX-License-Identifier: MIT
 *
 * progress: loss, score and speed, epoch by epoch.
 */
#include "lib/page/sections.h"

#include <math.h>
#include <stdio.h>

/* The figure that a run is judged by: F1 of chunks and words, else accuracy. */
static const char *figure(const struct page_run *run)
{
    for (size_t k = 0; k < page_epochs(run); k++)
        if (!isnan(page_epoch(run, k, "score.f1")))
            return "score.f1";
    return "score.accuracy";
}

static void draw(struct page *p, const char *field, const char *axis, const char *title)
{
    struct plot *plot = plot_new("epoch", axis, "");
    for (size_t r = 0; r < p->runs; r++) {
        const char *of = field ? field : figure(&p->run[r]);
        plot_series(plot, p->run[r].id);
        for (size_t k = 0; k < page_epochs(&p->run[r]); k++)
            plot_point(plot, page_epoch(&p->run[r], k, "epoch"), page_epoch(&p->run[r], k, of));
    }
    page_plot(p, plot, title);
}

static void write_epochs(struct page *p, const struct page_run *run)
{
    static const struct {
        const char *title, *field;
        int digits;
    } column[] = {
        {"epoch", "epoch", 0},
        {"loss", "loss", 4},
        {"penalty", "penalty", 4},
        {"rate", "rate", 6},
        {"accuracy, %", "score.accuracy", 2},
        {"F1, %", "score.f1", 2},
        {"seconds", "seconds", 3},
        {"tokens per second", "tokens_per_second", 0},
    };
    enum { COLUMNS = sizeof column / sizeof *column };
    const char *title[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        title[c] = column[c].title;
    if (page_epochs(run) == 0) {
        page_say(p, "No epoch came to its end.");
        return;
    }
    page_fold(p, "Epochs as a table");
    page_table(p, "Loss, score and speed of each epoch");
    page_columns(p, title, COLUMNS);
    for (size_t k = 0; k < page_epochs(run); k++) {
        char number[32];
        snprintf(number, sizeof number, "%.0f", page_epoch(run, k, "epoch"));
        page_row(p, number);
        for (size_t c = 1; c < COLUMNS; c++)
            page_number(p, true, page_epoch(run, k, column[c].field), column[c].digits);
        page_row_end(p);
    }
    page_table_end(p);
    page_fold_end(p);
}

void progress_section(struct page *p)
{
    page_section(p, "progress");
    draw(p, "loss", "loss (nats)", "Mean loss of a sample, as each epoch met it");
    draw(p, NULL, "score (%)", "Score after each epoch: F1 of chunks or words, else accuracy of labels");
    for (size_t r = 0; r < p->runs; r++) {
        page_run_heading(p, &p->run[r]);
        const char *part = events_text(p->run[r].log, "epoch", 0, "part");
        if (part)
            page_say(p, "Scored was the part %s.", part);
        write_epochs(p, &p->run[r]);
    }
    page_section_end(p);
}
