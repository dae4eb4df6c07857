/* SPDX-License-Identifier: MIT
 *
 * What a trace owes, in every engine: each ticket of its window once, R, G and W in this order, the tracker's own
 * verdicts, and no effect on training.
 */
#include "lib/probes/trace.h"
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Engines, with what makes them interesting here. */
static const struct way {
    const char *engine;
    unsigned threads;
    const char *more;
    bool alone; /* in one thread: nothing overlaps */
    bool rests; /* w is at rest while gradients are computed */
    bool copies; /* or R copies what G reads, and rests so long; in both cases the bits are fixed */
} ways[] = {
    {"sequential", 1, "tracker: auto", true, true, false},
    {"asyngrad", 1, "tracker: auto", true, true, false},
    {"asyngrad", 3, "tracker: overlap", false, false, false},
    {"asyngrad", 3, "tracker: blocks", false, false, false},
    {"asyngrad", 3, "combine: {mode: fixed, blocks: 4, every: 5}", false, false, false},
    {"asyngrad", 3, "accumulate: 4", false, false, false},
    {"asyngrad", 3, "accumulate: 4\n  tracker: blocks", false, false, false},
    {"synchronous", 3, "policy: round-robin", false, false, true},
    {"synchronous", 3, "policy: rounds", false, true, false},
    {"synchronous", 3, "policy: minibatch", false, true, false},
    {"simulated", 1, "workers: 4", true, false, false},
    {"simulated", 1, "workers: 4\n  delay: {law: geometric, mean: 2}", true, false, false},
    {NULL, 0, NULL, false, false, false},
};

static struct session *begin(struct fixture **f, const struct way *way, const char *window)
{
    char text[1024];
    struct error e = {0};
    const struct engine_ops *const *engine = engine_table;
    snprintf(text, sizeof text, "%s  %s\n  %s\n",
             fixture_sections("sgd", way->engine, way->threads, "shuffle"), way->more, window);
    *f = fixture_new(model_table[0], variant_of(model_table[0], 2), 5, 70, 9, text);
    while (*engine && strcmp((*engine)->name, way->engine) != 0)
        engine++;
    struct session *s =
        session_new((*f)->config, *engine, optimizer_table[0], (*f)->model, (*f)->data, 3, &e);
    CHECK_MSG(s != NULL, "%s %s: %s", way->engine, way->more, e.text);
    return s;
}

static void end(struct session *s, struct fixture *f)
{
    session_free(s);
    fixture_free(f);
}

/* Every entry is filled, by one who is there, with the ticket's own sample. */
static void check_entries(const struct session *s, const struct way *way)
{
    const struct trace *t = trace_of(s);
    for (size_t k = 0; k < t->count; k++) {
        const struct trace_entry *z = &t->entry[k];
        CHECK_MSG(t->begin > 0 && t->begin <= z->read && z->read <= z->gradient && z->gradient <= z->made &&
                      z->made <= z->write && z->write <= z->done,
                  "%s %s, ticket %zu", way->engine, way->more, t->from + k);
        CHECK(z->worker < s->nworkers);
        CHECK_INT(z->tokens, s->sample[s->order[t->from + k]].n);
        CHECK(!z->joined || s->accumulate > 1 || z->write == z->done);
    }
}

/* Of gradients that share a step each has the times of the common W: as many Ws as steps, also at the end of the
 * epoch. */
static void check_steps(const struct session *s)
{
    const struct trace *t = trace_of(s);
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const uint64_t gradients = fixture_counts(s, k)->gradients;
        size_t writes = 0;
        for (size_t i = 0; i < t->count; i++) {
            size_t same = 0, first = i, written = 0;
            for (size_t j = 0; j < t->count; j++)
                if (t->entry[i].worker == k && t->entry[j].worker == k &&
                    t->entry[i].write == t->entry[j].write) {
                    CHECK(t->entry[i].done == t->entry[j].done);
                    first = j < first ? j : first;
                    same++;
                    written += !t->entry[j].joined;
                }
            CHECK(same <= s->accumulate && written <= 1 &&
                  (written == 1 || same < s->accumulate || same == 0));
            writes += same > 0 && first == i;
        }
        CHECK_INT(writes, (gradients + s->accumulate - 1) / s->accumulate);
    }
}

/* The window is the whole epoch: each worker's entries are as many as the tracker counted, and as wrong. */
static void check_counts(const struct session *s)
{
    for (uint32_t k = 0; k < s->nworkers; k++) {
        const struct gradient_counts *n = fixture_counts(s, k);
        uint64_t gradients = 0, errors = 0, reads = 0, writes = 0;
        for (size_t i = 0; i < trace_of(s)->count; i++) {
            const struct trace_entry *z = &trace_of(s)->entry[i];
            if (z->worker != k)
                continue;
            gradients++;
            errors += z->hit[0] || z->hit[1];
            reads += z->hit[0];
            writes += z->hit[1];
        }
        CHECK_INT(gradients, n->gradients);
        CHECK_INT(errors, n->errors);
        CHECK_INT(reads, n->read_overwrites);
        CHECK_INT(writes, n->write_overwrites);
    }
}

struct interval {
    double begin, end;
};

static int by_begin(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                                : (x->end > y->end) - (x->end < y->end);
}

/* R with G, and W, of all gradients one after another. */
static void check_apart(const struct session *s, const struct way *way)
{
    size_t n = 0;
    struct interval *i = memory_new(2 * trace_of(s)->count, sizeof *i);
    for (size_t k = 0; k < trace_of(s)->count; k++) {
        const struct trace_entry *z = &trace_of(s)->entry[k];
        i[n++] = (struct interval){z->read, z->made};
        i[n++] = (struct interval){z->write, z->done};
    }
    qsort(i, n, sizeof *i, by_begin);
    for (size_t k = 1; k < n; k++)
        CHECK_MSG(i[k - 1].end <= i[k].begin, "%s %s: they overlap", way->engine, way->more);
    memory_free(i);
}

/* No W meets another's R, nor G unless that reads a copy. */
static void check_rest(const struct session *s, const struct way *way)
{
    for (size_t a = 0; a < trace_of(s)->count; a++)
        for (size_t b = 0; b < trace_of(s)->count; b++) {
            const struct trace_entry *r = &trace_of(s)->entry[a], *w = &trace_of(s)->entry[b];
            const double end = way->copies ? r->gradient : r->made;
            CHECK_MSG(w->joined || w->done <= r->read || end <= w->write, "%s %s", way->engine, way->more);
        }
}

TEST(a_traced_pass_is_the_pass)
{
    for (const struct way *way = ways; way->engine; way++) {
        struct fixture *f;
        struct session *s = begin(&f, way, "trace: {pass: 2, samples: 1000000}");
        CHECK_INT(trace_of(s)->count, s->nsamples);
        size_t before = alloc_count();
        session_epoch(s);
        CHECK(trace_of(s)->entry[0].read == 0); /* not yet */
        session_epoch(s);
        CHECK_INT(alloc_count(), before);
        check_entries(s, way);
        check_counts(s);
        if (s->accumulate > 1)
            check_steps(s);
        if (way->alone)
            check_apart(s, way);
        if (way->rests || way->copies)
            check_rest(s, way);
        end(s, f);
    }
}

TEST(a_window_is_its_tickets)
{
    for (const struct way *way = ways; way->engine; way++) {
        struct fixture *f;
        struct session *s = begin(&f, way, "trace: {pass: 1, from: 60, samples: 7}");
        session_epoch(s);
        CHECK_INT(trace_of(s)->from, 60);
        CHECK_INT(trace_of(s)->count, 7);
        check_entries(s, way);
        struct trace_entry kept[7];
        memcpy(kept, trace_of(s)->entry, sizeof kept);
        session_epoch(s); /* later epochs leave it alone */
        CHECK(memcmp(kept, trace_of(s)->entry, sizeof kept) == 0);
        end(s, f);
    }
}

TEST(tracing_changes_no_bit)
{
    for (const struct way *way = ways; way->engine; way++) {
        if (way->threads > 1 && !way->rests && !way->copies)
            continue; /* these have other bits every time */
        struct fixture *f, *g;
        struct session *s = begin(&f, way, "trace: {pass: 1, from: 10, samples: 30}"),
                       *plain = begin(&g, way, "trace: {pass: 0}");
        for (int epoch = 0; epoch < 2; epoch++)
            CHECK(session_epoch(s) == session_epoch(plain));
        CHECK(trace_of(plain) == NULL);
        CHECK_MSG(memcmp(s->w, plain->w, f->model->layout.size * sizeof(real)) == 0, "%s %s", way->engine,
                  way->more);
        end(s, f);
        end(plain, g);
    }
}
