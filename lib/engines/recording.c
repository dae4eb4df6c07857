/* SPDX-License-Identifier: MIT */
#include "lib/engines/recording.h"

#include "lib/base/memory.h"
#include "lib/base/stream.h"

#include <stdio.h>
#include <string.h>

#define NOTHING UINT32_MAX

struct reading { /* what is known at one line of a file */
    struct recording *r;
    struct stream *file;
    size_t nsamples, written; /* of the pass */
    uint32_t workers;
    bool *known; /* [nsamples] the ticket was read in this pass */
    uint32_t *open; /* [workers] the ticket that a worker holds, or NOTHING */
};

/* Take a word and the blank after it off a line. */
static struct span word(struct span *line)
{
    const char *end = memchr(line->s, ' ', line->n);
    struct span first = {line->s, end ? (size_t)(end - line->s) : line->n};
    size_t used = first.n + (end != NULL);
    *line = (struct span){line->s + used, line->n - used};
    return first;
}

static bool complain(const struct reading *x, struct error *e, const char *what)
{
    return error_set(e, ERROR_CORPUS, "%s:%lu: %s", stream_name(x->file), stream_number(x->file), what);
}

static bool no_event(const struct reading *x, struct span line, struct error *e)
{
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: '%.*s' is no event; expected pass N, R TICKET WORKER or W TICKET WORKER",
                     stream_name(x->file), stream_number(x->file), text_shown(line, 40), line.s);
}

/* Is the pass complete that ends here? */
static bool end_epoch(struct reading *x, struct error *e)
{
    if (x->r->epochs == 0 || x->written == x->nsamples)
        return true;
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: pass %u ends with %zu samples written, a pass of this run has %zu; take the "
                     "whole recording of a run with the same corpus and slices",
                     stream_name(x->file), stream_number(x->file), x->r->epochs, x->written, x->nsamples);
}

static bool take_epoch(struct reading *x, struct span line, struct span number, struct error *e)
{
    struct recording *r = x->r;
    long long n;
    if (!text_integer(number, &n))
        return no_event(x, line, e);
    if (!end_epoch(x, e))
        return false;
    if (n != (long long)r->epochs + 1)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: pass %lld, expected was pass %u; a recording begins with pass 1 and leaves "
                         "none out",
                         stream_name(x->file), stream_number(x->file), n, r->epochs + 1);
    r->begin = memory_grow(r->begin, &r->begin_capacity, r->epochs + (size_t)2, sizeof *r->begin);
    r->begin[r->epochs++] = r->count;
    x->written = 0;
    memset(x->known, 0, x->nsamples * sizeof *x->known);
    return true;
}

/* Can this come next? */
static bool possible(const struct reading *x, char what, long long ticket, long long worker, struct error *e)
{
    char fault[256];
    uint32_t open = worker >= 0 && worker < x->workers ? x->open[worker] : NOTHING;
    if (x->r->epochs == 0)
        return complain(x, e, "an event before pass 1; a recording begins with a line `pass 1`");
    if (ticket < 0 || (unsigned long long)ticket >= x->nsamples)
        snprintf(
            fault, sizeof fault,
            "ticket %lld, but a pass of this run has %zu samples, counted from 0; replay with the corpus "
            "and slices that were recorded",
            ticket, x->nsamples);
    else if (worker < 0 || worker >= x->workers)
        snprintf(fault, sizeof fault, "worker %lld; 0 to %u are expected", worker, x->workers - 1);
    else if (what == 'R' && x->known[ticket])
        snprintf(fault, sizeof fault, "ticket %lld is read twice in this pass; record anew", ticket);
    else if (what == 'R' && open != NOTHING)
        snprintf(fault, sizeof fault,
                 "worker %lld reads ticket %lld before it has written ticket %u; record anew", worker, ticket,
                 open);
    else if (what == 'W' && open != ticket)
        snprintf(fault, sizeof fault,
                 "worker %lld writes ticket %lld, which it does not hold: it must read it first, and may "
                 "write it once; record anew",
                 worker, ticket);
    else
        return true;
    return complain(x, e, fault);
}

static bool take_event(struct reading *x, struct span line, char what, struct span a, struct span b,
                       struct error *e)
{
    struct recording *r = x->r;
    long long ticket, worker;
    if (!text_integer(a, &ticket) || !text_integer(b, &worker))
        return no_event(x, line, e);
    if (!possible(x, what, ticket, worker, e))
        return false;
    if (what == 'R')
        x->known[ticket] = true;
    else
        x->written++;
    x->open[worker] = what == 'R' ? (uint32_t)ticket : NOTHING;
    if (worker >= r->workers)
        r->workers = (uint32_t)worker + 1;
    r->event = memory_grow(r->event, &r->event_capacity, r->count + 1, sizeof *r->event);
    r->event[r->count++] = (struct recorded){(uint32_t)ticket, (uint16_t)worker, what};
    return true;
}

static bool take_line(struct reading *x, struct span line, struct error *e)
{
    struct span rest = line, first = word(&rest), second = word(&rest), third = word(&rest);
    if (span_is(first, "pass") && third.n == 0 && rest.n == 0)
        return take_epoch(x, line, second, e);
    if ((span_is(first, "R") || span_is(first, "W")) && rest.n == 0)
        return take_event(x, line, first.s[0], second, third, e);
    return no_event(x, line, e);
}

static bool read_all(struct reading *x, struct error *e)
{
    struct span line;
    while (stream_line(x->file, &line, e))
        if (!take_line(x, line, e))
            return false;
    if (e->kind != ERROR_NONE || !end_epoch(x, e))
        return false;
    if (x->r->epochs == 0)
        return error_set(e, ERROR_CORPUS, "%s: no pass in it; a recording begins with a line `pass 1`",
                         stream_name(x->file));
    x->r->begin[x->r->epochs] = x->r->count;
    x->r->lines = stream_number(x->file);
    return true;
}

bool recording_read(struct recording *r, const char *path, size_t nsamples, uint32_t workers, struct error *e)
{
    *r = (struct recording){.epochs = 0};
    struct reading x = {.r = r, .nsamples = nsamples, .workers = workers, .file = stream_open(path, e)};
    if (!x.file)
        return false;
    x.known = memory_new(nsamples, sizeof *x.known);
    x.open = memory_new(workers, sizeof *x.open);
    for (uint32_t k = 0; k < workers; k++)
        x.open[k] = NOTHING;
    e->kind = ERROR_NONE;
    bool good = read_all(&x, e);
    stream_close(x.file);
    memory_free(x.known);
    memory_free(x.open);
    return good;
}

void recording_free(struct recording *r)
{
    memory_free(r->event);
    memory_free(r->begin);
}
