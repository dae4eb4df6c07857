/* SPDX-License-Identifier: MIT */
#include "lib/tag/filter.h"

#include "lib/tag/filter_inside.h"
#include "lib/tag/team.h"

#include "lib/num/kernel.h"

#include <errno.h>
#include <float.h>
#include <math.h>

void filter_empty(struct filter *f, unsigned long end)
{
    for (; f->line < end; f->line++)
        putc('\n', f->out);
}

/* A probability, and where it is none that a number shows, its logarithm beside it. */
static void print_probability(double log_p, FILE *out)
{
    double p = exp(log_p);
    fprintf(out, "%.6g", p < DBL_MIN ? 0 : p);
    if (p < DBL_MIN)
        fprintf(out, " %.6g", log_p);
}

static void answer_one(struct filter *f, struct tagger *t, const struct sentence *s, uint32_t rank)
{
    const struct format_ops *format = f->trained->space->format;
    double log_p;
    const struct answer *a = tagger_answer(t, rank, &log_p);
    if (f->options.probability) {
        /* rank and probability stand in a line of their own before a sentence in columns, else before it */
        bool columns = f->options.marginals || f->options.candidates || !format->lines;
        fprintf(f->out, columns ? "# %u " : "%u\t", rank + 1);
        print_probability(log_p, f->out);
        putc(columns ? '\n' : '\t', f->out);
    }
    format->write(s, a, f->out);
}

static void answer(struct filter *f, struct tagger *t, const struct sentence *s)
{
    filter_empty(f, s->first - 1);
    for (uint32_t rank = 0; rank < tagger_count(t); rank++) {
        if (rank > 0 && s->joined)
            putc('\n', f->out); /* answers to one sentence are apart, whatever ends it */
        answer_one(f, t, s, rank);
    }
    f->line = s->last;
    if (!tagger_proven(t) && f->unproven++ == 0)
        f->unproven_line = s->line;
}

/* What is no sentence comes back as it is, in columns with as many more as tokens get: the label of its own label
 * column, else O, and the probability 1. */
static void answer_document(struct filter *f, const struct sentence *s)
{
    const struct space *space = f->trained->space;
    static const double certain = 1;
    struct candidate only = {span_of("O"), certain};
    if (s->n && s->ncolumns == space->ncolumns && s->cell[space->label_column].n)
        only.label = s->cell[space->label_column];
    struct answer a = {.label = &only.label,
                       .marginal = f->options.marginals ? &certain : NULL,
                       .candidate = f->options.candidates ? &only : NULL,
                       .ncandidates = 1,
                       .label_column = space->label_column};
    filter_empty(f, s->first - 1);
    space->format->write(s, &a, f->out);
    f->line = s->last;
}

bool filter_answer(struct filter *f, struct tagger *t, const struct sentence *s, struct error *e)
{
    if (s->document) {
        answer_document(f, s);
        return true;
    }
    if (!tagger_run(t, s, stream_name(f->in->stream), e))
        return false;
    answer(f, t, s);
    return true;
}

static bool answer_all(struct filter *f, struct tagger *t, struct error *e)
{
    const struct sentence *s;
    while ((s = reader_next(f->in, e))) {
        if (!filter_answer(f, t, s, e))
            return false;
        if (ferror(f->out)) {
            f->fault = f->fault ? f->fault : errno;
            return false;
        }
    }
    return e->kind == ERROR_NONE;
}

void filter_flush(struct filter *f)
{
    filter_empty(f, f->in->blank);
    if (fflush(f->out) != 0 && !f->fault)
        f->fault = errno; /* what was not written is gone, so nobody else is told */
}

static void flush(void *filter)
{
    filter_flush(filter);
}

static bool alone(struct filter *f, struct error *e)
{
    const struct trained *m = f->trained;
    struct tagger *own = f->tagger ? NULL : tagger_new(m->model, m->w, m->space, f->constraint, &f->options);
    kernel_thread_begin();
    stream_before_read(f->in->stream, flush, f);
    const bool good = answer_all(f, own ? own : f->tagger, e);
    stream_before_read(f->in->stream, NULL, NULL);
    tagger_free(own);
    return good;
}

bool filter_run(struct filter *f, struct error *e)
{
    f->line = f->unproven = f->unproven_line = 0;
    f->fault = 0;
    e->kind = ERROR_NONE;
    const bool good = f->threads > 1 ? team_answer(f, e) : alone(f, e);
    if (good)
        filter_empty(f, stream_number(f->in->stream));
    return good;
}
