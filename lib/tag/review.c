/* SPDX-License-Identifier: MIT */
#include "lib/tag/review.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/num/kernel.h"

/* One sentence with its labels as the dataset has them. */
struct gold {
    struct dataset *d;
    struct span *label;
    size_t capacity;
};

static bool read_gold(struct gold *g, const struct space *space, const struct sentence *s, const char *name,
                      struct error *e)
{
    dataset_clear(g->d);
    if (!dataset_append(g->d, space, s, true, name, e))
        return false;
    dataset_seal(g->d);
    g->label = memory_grow(g->label, &g->capacity, s->n, sizeof *g->label);
    dataset_gold(g->d, space, 0, g->label);
    return true;
}

bool review_file(const struct trained *trained, const struct constraint *constraint,
                 const struct tagger_options *options, const char *path,
                 void (*each)(void *to, const struct review *r), void *to, struct error *e)
{
    const struct space *space = trained->space;
    struct reader *in = reader_open(space->format, path, e);
    if (!in)
        return false;
    struct tagger *t = tagger_new(trained->model, trained->w, space, constraint, options);
    struct gold g = {.d = dataset_new()};
    const char *name = stream_name(in->stream);
    const struct sentence *s;
    kernel_thread_begin();
    e->kind = ERROR_NONE;
    while (!e->kind && (s = reader_next(in, e)) != NULL) {
        if (s->document || !read_gold(&g, space, s, name, e) || !tagger_run(t, s, name, e))
            continue;
        struct review r = {.sentence = s, .gold = g.label};
        r.answer = tagger_answer(t, 0, &r.log_probability);
        r.guess = r.answer->label;
        each(to, &r);
    }
    memory_free(g.label);
    dataset_free(g.d);
    tagger_free(t);
    reader_close(in);
    return e->kind == ERROR_NONE;
}
