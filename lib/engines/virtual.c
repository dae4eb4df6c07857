/* SPDX-License-Identifier: MIT */
#include "lib/engines/virtual.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <string.h>

struct copied { /* a worker's gradient, apart from the scratch */
    struct gradient gradient;
    real *rows; /* [reach.rows] */
    bool valid;
};

struct virtual
{
    const struct layout *layout;
    size_t nrows;
    uint32_t nworkers;
    struct worker *in_scratch; /* whose gradient's rows stand in the scratch; or NULL */
    struct copied *copied; /* [nworkers] */
};

struct virtual *virtual_new(const struct session *s)
{
    struct virtual *v = memory_new(1, sizeof *v);
    v->layout = &s->model->layout;
    v->nrows = s->reach.rows;
    v->nworkers = s->nworkers;
    v->copied = memory_new(s->nworkers, sizeof *v->copied);
    for (uint32_t k = 0; k < s->nworkers; k++) {
        v->copied[k].gradient.capacity = s->worker[k]->gradient.capacity;
        v->copied[k].gradient.bundle = memory_reserve(v->copied[k].gradient.capacity, sizeof(struct bundle));
        v->copied[k].rows = memory_reserve(v->nrows, sizeof(real));
    }
    return v;
}

void virtual_free(struct virtual *v)
{
    if (!v)
        return;
    for (uint32_t k = 0; k < v->nworkers; k++) {
        memory_free(v->copied[k].gradient.bundle);
        memory_free(v->copied[k].rows);
    }
    memory_free(v->copied);
    memory_free(v);
}

size_t virtual_memory_bytes(const struct session *s)
{
    return s->nworkers *
           (s->reach.rows * sizeof(real) + s->worker[0]->gradient.capacity * sizeof(struct bundle));
}

static void copy(struct virtual *v, struct worker *k)
{
    struct copied *to = &v->copied[k->id];
    struct bundle *bundle = to->gradient.bundle;
    real *row = to->rows;
    to->gradient = k->gradient;
    to->gradient.bundle = bundle;
    for (size_t b = 0; b < k->gradient.count; b++) {
        const size_t n = layout_block(&v->layout->group[k->gradient.bundle[b].group]);
        assert((size_t)(row - to->rows) + n <= v->nrows);
        bundle[b] = k->gradient.bundle[b];
        bundle[b].row = memcpy(row, bundle[b].row, n * sizeof *row);
        bundle[b].line = NULL; /* in scratch, too, and not needed */
        row += n;
    }
    to->valid = true;
    worker_gradient_moved(k, &to->gradient);
    v->in_scratch = NULL;
}

void virtual_gradient(struct virtual *v, struct worker *k, struct session *s, const struct example *z)
{
    if (v->in_scratch && v->in_scratch != k)
        copy(v, v->in_scratch);
    v->copied[k->id].valid = false;
    v->in_scratch = k;
    worker_gradient(k, s, z);
}

const struct gradient *virtual_gradient_of(const struct virtual *v, const struct worker *k)
{
    return v->copied[k->id].valid ? &v->copied[k->id].gradient : &k->gradient;
}

const struct gradient *virtual_copy(struct virtual *v, struct worker *k)
{
    if (v->in_scratch == k)
        copy(v, k);
    return virtual_gradient_of(v, k);
}

void virtual_written(struct virtual *v, const struct worker *k)
{
    v->copied[k->id].valid = false;
    if (v->in_scratch == k)
        v->in_scratch = NULL;
}
