/* SPDX-License-Identifier: MIT
 *
 * tag: a filter. Each sentence is answered as soon as it is complete; output is flushed whenever the input
 * may make us wait.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/num/kernel.h"

#include <stdio.h>

struct tagger {
    const struct trained *trained;
    struct reader *reader;
    struct dataset *d; /* one sentence */
    void *scratch;
    uint32_t *y; /* [longest] */
    struct span *label; /* [longest] */
    uint32_t longest;
    unsigned long line; /* segmented: lines answered */
};

static void make_room(struct tagger *t, uint32_t longest)
{
    const struct model *m = t->trained->model;
    m->ops->scratch_free(t->scratch);
    memory_free(t->y);
    memory_free(t->label);
    t->longest = longest;
    t->scratch = m->ops->scratch_new(m, longest);
    t->y = memory_new(longest, sizeof *t->y);
    t->label = memory_new(longest, sizeof *t->label);
}

static void decode(struct tagger *t)
{
    const struct model *m = t->trained->model;
    const struct example *z = &t->d->example[0];
    if (z->n > t->longest)
        make_room(t, z->n + z->n / 2); /* more than needed, so that growing is rare */
    struct weights w = {t->trained->w, 1};
    m->ops->decode(m, &w, z, t->y, t->scratch);
}

/* Lines of a segmented input that had no words are answered with empty ones: line k answers line k. */
static void answer_empty(struct tagger *t, unsigned long end)
{
    for (; t->trained->space->format->lines && t->line < end; t->line++)
        putchar('\n');
}

static void answer(struct tagger *t, const struct sentence *s)
{
    const struct space *space = t->trained->space;
    for (uint32_t i = 0; i < s->n; i++)
        t->label[i] = vocab_text(space->labels, t->y[i]);
    encoding_decode(space->encoding, t->label, s->n, t->label);
    struct answer a = {t->label, NULL, space->label_column};
    answer_empty(t, s->line - 1);
    space->format->write(s, &a, stdout);
    t->line = s->line;
}

/* What is no sentence comes back as it is; in columns its last cell stands for gold and guess. */
static void answer_document(const struct format_ops *format, const struct sentence *s)
{
    struct answer a = {s->n ? s->cell + s->ncolumns - 1 : NULL, NULL, s->ncolumns - 1};
    format->write(s, &a, stdout);
}

static bool tag(struct tagger *t, struct error *e)
{
    const struct space *space = t->trained->space;
    struct reader *r = t->reader;
    const char *name = stream_name(r->stream);
    const struct sentence *s;
    while ((s = reader_next(r, e))) {
        if (s->document) {
            answer_document(space->format, s);
            continue;
        }
        bool labelled = s->ncolumns == space->ncolumns;
        dataset_clear(t->d);
        if (!dataset_append(t->d, space, s, labelled, name, e))
            return false;
        dataset_seal(t->d);
        decode(t);
        answer(t, s);
        if (ferror(stdout))
            return verb_flush(e);
    }
    if (e->kind)
        return false;
    answer_empty(t, stream_number(r->stream));
    return true;
}

/* Before the input may make us wait, everything it has asked so far is answered. */
static void flush(void *argument)
{
    struct tagger *t = argument;
    answer_empty(t, stream_number(t->reader->stream));
    fflush(stdout);
}

int verb_tag(int argc, char **argv, const char *const *values)
{
    (void)values;
    struct error e = {0};
    const char *name = argc > 1 ? argv[1] : "-";
    struct trained *trained = setup_trained(argv[0], &e);
    struct reader *r = trained ? reader_open(trained->space->format, name, &e) : NULL;
    if (r) {
        struct tagger t = {.trained = trained, .reader = r, .d = dataset_new()};
        t.scratch = trained->model->ops->scratch_new(trained->model, 1);
        make_room(&t, 256);
        kernel_thread_begin();
        stream_before_read(r->stream, flush, &t);
        tag(&t, &e);
        trained->model->ops->scratch_free(t.scratch);
        memory_free(t.y);
        memory_free(t.label);
        dataset_free(t.d);
    }
    reader_close(r);
    setup_trained_free(trained);
    return e.kind ? verb_fail(&e) : 0;
}
