/* SPDX-License-Identifier: MIT */
#include "lib/page/page.h"

#include "lib/base/memory.h"
#include "lib/page/sections.h"
#include "lib/page/style.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const struct section_row section_table[] = {
    {"differences", "What differs"},
    {"runs", "Runs"},
    {"corpora", "Corpora"},
    {"progress", "Loss and score"},
    {"errors", "Gradients in error"},
    {"delays", "Delays"},
    {"audit", "How wrong gradients are"},
    {"speedup", "Speed-up"},
    {"mistakes", "Mistakes of the model"},
    {"timeline", "Reading, computing, writing"},
    {"configuration", "Configuration"},
    {NULL, NULL},
};

static void markup(struct page *p, const char *words)
{
    html_markup(&p->html, span_of(words));
}

static void write_title(struct page *p, const char *element)
{
    if (p->runs == 1)
        html_leaf(&p->html, element, "Report on %s", p->run->path);
    else
        html_leaf(&p->html, element, "Report on %zu runs", p->runs);
}

static void write_contents(struct page *p)
{
    struct html *h = &p->html;
    html_begin(h, "nav", "aria-label", "Sections", NULL);
    html_begin(h, "ul", NULL);
    for (const struct section_row *s = section_table; s->id; s++) {
        char link[32];
        snprintf(link, sizeof link, "#%s", s->id);
        if (p->runs == 1 && s == section_table)
            continue; /* one run does not differ */
        html_begin(h, "li", NULL);
        html_begin(h, "a", "href", link, NULL);
        html_say(h, "%s", s->title);
        html_end(h);
        html_end(h);
    }
    html_end(h);
    html_end(h);
}

void page_begin(struct page *p, FILE *out, const struct page_run *run, size_t runs)
{
    *p = (struct page){.run = run, .runs = runs, .fault = PLOT_DRAWN};
    struct html *h = &p->html;
    html_init(h, out);
    markup(p, "<!DOCTYPE html>\n");
    html_begin(h, "html", "lang", "en", NULL);
    markup(p, "\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
              "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n");
    write_title(p, "title");
    markup(p, "\n<style>\n");
    markup(p, style_sheet);
    markup(p, "</style>\n</head>\n");
    html_begin(h, "body", NULL);
    markup(p, "\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n");
    html_begin(h, "header", NULL);
    write_title(p, "h1");
    write_contents(p);
    html_end(h);
    html_begin(h, "main", "id", "content", NULL);
}

void page_end(struct page *p)
{
    html_end(&p->html); /* main */
    html_end(&p->html); /* body */
    markup(p, "\n");
    html_end(&p->html); /* html */
    markup(p, "\n");
}

void page_section(struct page *p, const char *id)
{
    const struct section_row *s = section_table;
    while (s->id && strcmp(s->id, id) != 0)
        s++;
    html_begin(&p->html, "section", "aria-labelledby", id, NULL);
    html_begin(&p->html, "h2", "id", id, NULL);
    html_say(&p->html, "%s", s->title);
    html_end(&p->html);
}

void page_section_end(struct page *p)
{
    html_end(&p->html);
}

void page_say(struct page *p, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const int n = vsnprintf(NULL, 0, format, list);
    char *words = memory_new((size_t)(n > 0 ? n : 0) + 1, 1);
    vsnprintf(words, (size_t)(n > 0 ? n : 0) + 1, format, again);
    html_leaf(&p->html, "p", "%s", words);
    memory_free(words);
    va_end(again);
    va_end(list);
}

void page_run_heading(struct page *p, const struct page_run *run)
{
    if (p->runs > 1)
        html_leaf(&p->html, "h3", "%s: %s", run->id, run->path);
}

void page_table(struct page *p, const char *caption)
{
    struct html *h = &p->html;
    char id[24];
    snprintf(id, sizeof id, "table-%u", ++p->number);
    html_begin(h, "div", "class", "scroll", "role", "group", "tabindex", "0", "aria-labelledby", id, NULL);
    html_begin(h, "table", NULL);
    html_begin(h, "caption", "id", id, NULL);
    html_say(h, "%s", caption);
    html_end(h);
}

static void write_columns(struct page *p, const char *const *columns, size_t count, const char *class)
{
    html_begin(&p->html, "thead", "class", class, NULL);
    html_begin(&p->html, "tr", NULL);
    for (size_t k = 0; k < count; k++) {
        html_begin(&p->html, "th", "scope", "col", NULL);
        html_say(&p->html, "%s", columns[k]);
        html_end(&p->html);
    }
    html_end(&p->html);
    html_end(&p->html);
    html_begin(&p->html, "tbody", "class", class, NULL);
}

void page_columns(struct page *p, const char *const *columns, size_t count)
{
    write_columns(p, columns, count, NULL);
}

void page_word_columns(struct page *p, const char *const *columns, size_t count)
{
    write_columns(p, columns, count, "words");
}

void page_run_columns(struct page *p, const char *first)
{
    char(*name)[256] = memory_new(p->runs + 1, sizeof *name);
    const char **column = memory_new(p->runs + 1, sizeof *column);
    column[0] = first;
    for (size_t k = 0; k < p->runs; k++) {
        snprintf(name[k], sizeof *name, "%s%s%s", p->runs > 1 ? p->run[k].id : "", p->runs > 1 ? ": " : "",
                 p->run[k].path);
        column[k + 1] = name[k];
    }
    page_word_columns(p, column, p->runs + 1);
    memory_free(column);
    memory_free(name);
}

void page_row(struct page *p, const char *name)
{
    html_begin(&p->html, "tr", NULL);
    html_begin(&p->html, "th", "scope", "row", NULL);
    html_say(&p->html, "%s", name);
    html_end(&p->html);
}

void page_cell(struct page *p, const char *text)
{
    html_begin(&p->html, "td", NULL);
    html_say(&p->html, "%s", text ? text : "\u2013");
    html_end(&p->html);
}

void page_number(struct page *p, bool known, double value, int digits)
{
    if (!known || isnan(value))
        html_leaf(&p->html, "td", "\u2013");
    else
        html_leaf(&p->html, "td", "%.*f", digits, value);
}

void page_row_end(struct page *p)
{
    html_end(&p->html);
}

void page_table_end(struct page *p)
{
    html_end(&p->html); /* tbody */
    html_end(&p->html); /* table */
    html_end(&p->html); /* div */
}

void page_fold(struct page *p, const char *summary)
{
    html_begin(&p->html, "details", NULL);
    html_leaf(&p->html, "summary", "%s", summary);
}

void page_fold_end(struct page *p)
{
    html_end(&p->html);
}

void page_plot(struct page *p, struct plot *plot, const char *title)
{
    struct html *h = &p->html;
    html_begin(h, "figure", NULL);
    enum plot_outcome outcome = plot_draw(plot, h, title, ++p->number);
    html_begin(h, "figcaption", NULL);
    if (outcome == PLOT_DRAWN)
        html_say(h, "%s", title);
    else if (outcome == PLOT_EMPTY)
        html_say(h, "%s: there is nothing to draw.", title);
    else
        html_say(h, "%s: not drawn; %s.", title,
                 outcome == PLOT_MISSING ? PLOT_REMEDY : "gnuplot could not draw it");
    html_end(h);
    html_end(h);
    if (p->fault == PLOT_DRAWN && outcome != PLOT_EMPTY)
        p->fault = outcome;
    plot_free(plot);
}

double page_epoch(const struct page_run *run, size_t epoch, const char *field)
{
    double x;
    return events_number(run->log, "epoch", epoch, field, &x) ? x : NAN;
}

size_t page_epochs(const struct page_run *run)
{
    return events_count(run->log, "epoch");
}
