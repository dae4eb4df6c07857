/* SPDX-License-Identifier: MIT
 *
 * The library (lib/api/asyntrain.h): it answers as `asyntrain tag` does, from any number of threads; whichever
 * allocation fails, a call says so, leaves nothing behind and can be repeated; and what is its caller's own stays as it
 * was.
 */
#include "lib/api/asyntrain.h"

#include "lib/base/memory.h"
#include "lib/report/modelfile.h"
#include "lib/tag/filter.h"
#include "lib/train/parts.h"
#include "tests/laws/alloc.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <fenv.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef KERNEL_X86
#include <immintrin.h>
#endif

#define THREADS 8
#define TOKENS 64 /* of a sentence, at most */

/* A model file, its bytes, and a text with what the filter answers to it. */
struct world {
    char path[4096];
    char *bytes, *text, *want;
    size_t size;
};

/* Labels that are learned in another scheme than the files have, words, and a network. */
static const struct kind {
    const char *config, *set[5], *sample;
    unsigned lines; /* of the sample */
} kinds[] = {
    {"configs/demo.yaml", {"corpus.encode=iobes", "corpus.test="}, "corpora/chunk-test.conll", 40},
    {"configs/sample-segmentation.yaml", {"corpus.test="}, "corpora/seg-test.txt", 6},
    {"configs/sample-lstm.yaml",
     {"corpus.test=", "model.hidden=4", "model.embedding=4", "model.characters=cnn"},
     "corpora/chunk-test.conll",
     40},
};
enum { CHUNKS, WORDS, NETWORK, KINDS };

static const struct model_ops *find_model(struct config *c, struct error *e)
{
    struct parts parts;
    return parts_find(c, model_table, &parts, e) ? parts.model : NULL;
}

/* A file, or its first lines. */
static char *contents(const char *path, unsigned lines, size_t *size)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, capacity = 0;
    char *bytes = memory_grow(NULL, &capacity, 1, 1);
    for (int c; CHECK(f != NULL) && (c = getc(f)) != EOF;) {
        bytes = memory_grow(bytes, &capacity, n + 2, 1);
        bytes[n++] = (char)c;
        if (lines && c == '\n' && --lines == 0)
            break;
    }
    fclose(f);
    bytes[n] = 0;
    *size = n;
    return bytes;
}

/* A model of 20 sentences, with weights at random. */
static void save_model(const struct kind *kind, const char *path)
{
    struct error e = {0};
    struct config *c = config_new();
    struct corpus corpus;
    struct space *space;
    bool good = config_load(c, kind->config, &e) && config_set(c, "corpus.sentences=20", &e);
    for (size_t k = 0; k < 5 && kind->set[k]; k++)
        good = good && config_set(c, kind->set[k], &e);
    const struct model_ops *ops = good ? find_model(c, &e) : NULL;
    if (!CHECK_MSG(ops && corpus_configure(&corpus, c, &e), "%s", e.text))
        abort();
    if (ops->spelling)
        corpus_spell(&corpus, ops->spelling(c));
    struct dataset *d = dataset_learn(&corpus, &space, &e);
    struct model *m = ops->create(c, space, &e);
    real *w = fixture_weights(&m->layout, 0.5);
    char *config = config_text(c);
    CHECK_MSG(modelfile_save(path, config, space, &m->layout, w, false, NULL, &e), "%s", e.text);
    memory_free(config);
    memory_free(w);
    ops->destroy(m);
    dataset_free(d);
    space_free(space);
    config_free(c);
}

/* What the filter answers to a file, with the n best answers and all labels of each token, or plainly. */
static char *filtered(const char *model, const char *path, bool all)
{
    struct error e = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct trained *t = trained_open(model, find_model, &e);
    struct filter f = {.trained = t, .out = out};
    if (all)
        f.options =
            (struct tagger_options){.nbest = 3, .probability = true, .marginals = true, .candidates = true};
    f.in =
        t && trained_known(t, false, NULL, &f.options, &e) ? reader_open(t->space->format, path, &e) : NULL;
    CHECK_MSG(f.in && filter_run(&f, &e), "%s", e.text);
    reader_close(f.in);
    trained_free(t);
    fclose(out);
    return text;
}

static struct world world_new(size_t kind, bool all)
{
    struct world v;
    size_t size;
    snprintf(v.path, sizeof v.path, "%s/model", test_folder());
    save_model(&kinds[kind], v.path);
    v.bytes = contents(v.path, 0, &v.size);
    v.text = contents(kinds[kind].sample, kinds[kind].lines, &size);
    v.want = filtered(v.path, test_file("text", v.text), all);
    return v;
}

static void world_free(struct world *v)
{
    memory_free(v->bytes);
    memory_free(v->text);
    free(v->want);
}

static const struct asyntrain_options everything = {
    sizeof everything, 3, true, true, true, false, NULL, NULL, NULL, NULL};

/* The first sentence of a text in columns: its cells, cut out of the text; how many tokens. */
static size_t first_sentence(char *text, const char *cells[3 * TOKENS], size_t columns)
{
    size_t n = 0;
    char *rest = NULL;
    *strstr(text, "\n\n") = 0;
    for (char *word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
        cells[n++] = word;
    CHECK(n % columns == 0);
    return n / columns;
}

TEST(texts_are_answered_as_the_filter_does_from_a_file_and_from_memory)
{
    for (size_t kind = 0; kind < KINDS; kind++)
        for (int all = 0; all < 2; all++) {
            struct world v = world_new(kind, all);
            for (int memory = 0; memory < 2; memory++) {
                struct asyntrain_model *model;
                struct asyntrain_tagger *tagger;
                struct asyntrain_error e;
                const char *answer;
                size_t size;
                if (memory)
                    CHECK_INT(asyntrain_open_memory(v.bytes, v.size, &model, &e), ASYNTRAIN_OK);
                else
                    CHECK_INT(asyntrain_open(v.path, &model, &e), ASYNTRAIN_OK);
                CHECK_STR(e.message, "");
                CHECK_INT(asyntrain_tagger_new(model, all ? &everything : NULL, &tagger, &e), ASYNTRAIN_OK);
                asyntrain_close(model); /* the tagger keeps it */
                for (int again = 0; again < 2; again++) {
                    CHECK_INT(asyntrain_tag_text(tagger, v.text, strlen(v.text), &answer, &size, &e),
                              ASYNTRAIN_OK);
                    CHECK_STR(answer, v.want);
                    CHECK_INT(size, strlen(v.want));
                }
                asyntrain_tagger_free(tagger);
            }
            world_free(&v);
        }
}

TEST(answers_to_columns_are_those_to_text)
{
    struct world v = world_new(CHUNKS, true);
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    const struct asyntrain_answer *a;
    const char *cells[3 * TOKENS];
    CHECK_INT(asyntrain_open(v.path, &model, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_columns(model), 3);
    CHECK_INT(asyntrain_label_column(model), 2);
    CHECK_STR(asyntrain_task(model), "chunking");
    CHECK_STR(asyntrain_format(model), "conll");
    const size_t labels = asyntrain_labels(model);
    CHECK(asyntrain_label(model, labels - 1) && !asyntrain_label(model, labels));
    for (size_t k = 0; k < labels; k++) /* as the files have them, not as the model does */
        CHECK(strchr("BIO", asyntrain_label(model, k)[0]) != NULL);
    CHECK_INT(asyntrain_tagger_new(model, &everything, &tagger, NULL), ASYNTRAIN_OK);
    const size_t n = first_sentence(v.text, cells, 3);
    CHECK_INT(asyntrain_tag(tagger, cells, n, 3, NULL), ASYNTRAIN_OK);
    CHECK(asyntrain_answers(tagger) >= 1 && asyntrain_answers(tagger) <= 3);
    char *rest = NULL, *line = strtok_r(v.want, "\n", &rest);
    for (size_t rank = 0; rank < asyntrain_answers(tagger); rank++) {
        double p;
        CHECK_INT(asyntrain_answer(tagger, rank, &a, NULL), ASYNTRAIN_OK);
        CHECK(sscanf(line, "# %*u %lf", &p) == 1);
        CHECK_NEAR(exp(a->log_probability), p, 1e-5 * p);
        CHECK_INT(a->tokens, n);
        CHECK_INT(a->ncandidates, labels);
        for (size_t i = 0; i < n; i++) {
            char label[64];
            double marginal, sum = 0;
            line = strtok_r(NULL, "\n", &rest);
            CHECK(sscanf(line, "%*s %*s %*s %63s %lf", label, &marginal) == 2);
            CHECK_STR(a->labels[i], label);
            CHECK_NEAR(a->marginals[i], marginal, 1e-6);
            for (size_t k = 0; k < labels; k++)
                sum += a->candidates[labels * i + k].probability;
            CHECK_NEAR(sum, 1, 1e-5);
            CHECK(a->candidates[labels * i].probability >= a->candidates[labels * i + 1].probability);
        }
        line = strtok_r(NULL, "\n", &rest);
    }
    CHECK_INT(asyntrain_answer(tagger, 3, &a, NULL), ASYNTRAIN_USAGE);
    CHECK(a == NULL);
    CHECK_INT(asyntrain_tag(tagger, NULL, 0, 2, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_answers(tagger), 1);
    CHECK_INT(asyntrain_answer(tagger, 0, &a, NULL), ASYNTRAIN_OK);
    CHECK_INT(a->tokens, 0);
    asyntrain_tagger_free(tagger);
    asyntrain_close(model);
    world_free(&v);
}

TEST(what_is_wrong_is_an_error_with_a_message)
{
    struct world v = world_new(CHUNKS, false);
    struct asyntrain_model *model, *none;
    struct asyntrain_tagger *tagger;
    struct asyntrain_error e;
    const char *answer, *good[] = {"w1", "t1"}, *bad[] = {"w1", "\xff"}, *empty[] = {"w1", ""};
    CHECK_INT(asyntrain_open(NULL, &none, &e), ASYNTRAIN_USAGE);
    CHECK_INT(asyntrain_open("no/such/file", &none, &e), ASYNTRAIN_MODEL);
    CHECK(none == NULL && strstr(e.message, "no/such/file: "));
    CHECK_INT(asyntrain_open_memory(NULL, 0, &none, &e), ASYNTRAIN_MODEL);
    CHECK_INT(asyntrain_open_memory(v.bytes, v.size - 1, &none, &e), ASYNTRAIN_MODEL);
    CHECK(none == NULL && strstr(e.message, "model in memory: "));
    v.bytes[v.size / 2] ^= 1;
    CHECK_INT(asyntrain_open_memory(v.bytes, v.size, &none, &e), ASYNTRAIN_MODEL);
    CHECK_INT(asyntrain_open(v.path, &model, &e), ASYNTRAIN_OK);

    struct asyntrain_options o = ASYNTRAIN_OPTIONS;
    o.decode = "sometimes";
    CHECK_INT(asyntrain_tagger_new(model, &o, &tagger, &e), ASYNTRAIN_USAGE);
    CHECK_STR(e.message, "options: 'sometimes' is none of free, scheme, seen");
    o = (struct asyntrain_options)ASYNTRAIN_OPTIONS;
    o.nbest = 1001;
    CHECK_INT(asyntrain_tagger_new(model, &o, &tagger, &e), ASYNTRAIN_USAGE);
    CHECK_INT(asyntrain_tagger_new(NULL, NULL, &tagger, &e), ASYNTRAIN_USAGE);
    CHECK_INT(asyntrain_tagger_new(model, NULL, &tagger, &e), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tag(tagger, bad, 1, 2, &e), ASYNTRAIN_INPUT);
    CHECK_STR(e.message, "token:1: column 1 is not UTF-8");
    CHECK_INT(asyntrain_answers(tagger), 0);
    CHECK_INT(asyntrain_tag(tagger, empty, 1, 2, &e), ASYNTRAIN_INPUT);
    CHECK_INT(asyntrain_tag(tagger, good, 2, 1, &e), ASYNTRAIN_INPUT);
    CHECK_INT(asyntrain_tag_text(tagger, "w1 t1\n\xff\n", 8, &answer, NULL, &e), ASYNTRAIN_INPUT);
    CHECK(answer == NULL && strncmp(e.message, "text:2: ", 8) == 0);
    CHECK_INT(asyntrain_tag(tagger, good, 1, 2, &e), ASYNTRAIN_OK);
    CHECK_INT(e.status, ASYNTRAIN_OK);
    asyntrain_tagger_free(tagger);
    asyntrain_close(model);
    asyntrain_close(NULL);
    asyntrain_tagger_free(NULL);
    world_free(&v);
}

/* What no reader would let pass: values that are no numbers would become scores that are none. */
TEST(features_are_checked_as_those_of_files_are)
{
    char path[4096];
    const struct kind features = {
        .config = test_file("features.yaml",
                            "corpus: {format: crfsuite, train: features.txt}\nmodel: {name: dense-crf}\n"
                            "optimizer: {name: sgd, rate: 0.1}\nengine: {name: sequential}\n")};
    const char *good[] = {"a:2\tb", "c\\:d", ""}, *bad[] = {"a:2\tb:x", "a:1e99", "b:", ":1"};
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    struct asyntrain_error e;
    test_file("features.txt", "X\ta:2\tb\nY\tb:-1\nX\tc\\:d\n\n");
    snprintf(path, sizeof path, "%s/model", test_folder());
    save_model(&features, path);
    CHECK_INT(asyntrain_open(path, &model, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tagger_new(model, &everything, &tagger, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tag(tagger, good, 3, 1, &e), ASYNTRAIN_OK);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        good[1] = bad[k];
        CHECK_INT(asyntrain_tag(tagger, good, 3, 1, &e), ASYNTRAIN_INPUT);
        CHECK_MSG(strncmp(e.message, "token:2: ", 9) == 0, "%s", e.message);
        CHECK_INT(asyntrain_answers(tagger), 0);
    }
    asyntrain_tagger_free(tagger);
    asyntrain_close(model);
}

/* A caller built with an earlier version knows fewer options, one built with a later version more. */
TEST(options_of_other_versions_are_taken_where_they_ask_for_nothing_unknown)
{
    struct world v = world_new(CHUNKS, false);
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    struct later {
        struct asyntrain_options known;
        int more;
    } later = {.known = ASYNTRAIN_OPTIONS};
    struct earlier {
        size_t struct_size;
        unsigned nbest;
        const char *not_ours[16];
    } earlier = {offsetof(struct asyntrain_options, probability), 2, {NULL}};
    memset(earlier.not_ours, 0xAA, sizeof earlier.not_ours);
    CHECK_INT(asyntrain_open(v.path, &model, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tagger_new(model, (void *)&earlier, &tagger, NULL), ASYNTRAIN_OK);
    asyntrain_tagger_free(tagger);
    later.known.struct_size = sizeof later;
    CHECK_INT(asyntrain_tagger_new(model, &later.known, &tagger, NULL), ASYNTRAIN_OK);
    asyntrain_tagger_free(tagger);
    later.more = 1;
    CHECK_INT(asyntrain_tagger_new(model, &later.known, &tagger, NULL), ASYNTRAIN_USAGE);
    later.known.struct_size = 0;
    CHECK_INT(asyntrain_tagger_new(model, &later.known, &tagger, NULL), ASYNTRAIN_USAGE);
    asyntrain_close(model);
    world_free(&v);
}

/* ---- threads */

struct job {
    atomic_uint *ready; /* threads that wait for the last */
    struct asyntrain_model *model;
    const struct world *world;
    const struct asyntrain_options *options;
    struct asyntrain_tagger *tagger; /* freed when all have ended: what one does is seen by none until then */
    bool same;
};

static void *tag_again_and_again(void *argument)
{
    struct job *j = argument;
    const size_t size = strlen(j->world->text);
    atomic_fetch_add(j->ready, 1);
    while (atomic_load(j->ready) < THREADS)
        sched_yield();
    if (asyntrain_tagger_new(j->model, j->options, &j->tagger, NULL) != ASYNTRAIN_OK)
        return NULL;
    j->same = true;
    for (int k = 0; k < 3; k++) {
        const char *answer;
        j->same = j->same &&
                  asyntrain_tag_text(j->tagger, j->world->text, size, &answer, NULL, NULL) == ASYNTRAIN_OK &&
                  strcmp(answer, j->world->want) == 0;
    }
    return NULL;
}

TEST(threads_that_share_a_model_get_the_answers_of_one)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct world v = world_new(kind, true);
        struct job job[THREADS];
        pthread_t thread[THREADS];
        atomic_uint ready = 0;
        struct asyntrain_model *model;
        CHECK_INT(asyntrain_open(v.path, &model, NULL), ASYNTRAIN_OK);
        for (size_t k = 0; k < THREADS; k++) {
            job[k] = (struct job){&ready, model, &v, &everything, NULL, false};
            CHECK_INT(pthread_create(&thread[k], NULL, tag_again_and_again, &job[k]), 0);
        }
        for (size_t k = 0; k < THREADS; k++) {
            pthread_join(thread[k], NULL);
            CHECK(job[k].same);
        }
        for (size_t k = 0; k < THREADS; k++)
            asyntrain_tagger_free(job[k].tagger);
        asyntrain_close(model);
        world_free(&v);
    }
}

/* ---- memory */

/* The lowest free number of a file: more of them are open where it is higher. */
static int lowest(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

/* One after the other, each allocation of `work` fails: it says so, and well without a fault. How many there are. */
static size_t fail_each(enum asyntrain_status (*work)(void *), void *argument)
{
    const int files = lowest();
    size_t n = 0;
    for (bool over = false; !over;) {
        alloc_fail(++n);
        const enum asyntrain_status status = work(argument);
        over = !alloc_failed();
        alloc_fail(0);
        /* (what is too large after it was cut to its size is no fault) */
        if (over || status != ASYNTRAIN_OK)
            CHECK_INT(status, over ? ASYNTRAIN_OK : ASYNTRAIN_MEMORY);
        CHECK_INT(lowest(), files);
    }
    return n;
}

struct trial {
    const struct world *world;
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    bool memory;
    const char *dictionary;
};

static enum asyntrain_status open_it(void *argument)
{
    struct trial *t = argument;
    struct asyntrain_model *model;
    struct asyntrain_error e;
    enum asyntrain_status status = t->memory
                                       ? asyntrain_open_memory(t->world->bytes, t->world->size, &model, &e)
                                       : asyntrain_open(t->world->path, &model, &e);
    CHECK((status == ASYNTRAIN_OK) == (model != NULL) && status == e.status);
    CHECK(status == ASYNTRAIN_OK || strncmp(e.message, "out of memory: ", 15) == 0);
    asyntrain_close(model);
    return status;
}

static enum asyntrain_status make_a_tagger(void *argument)
{
    struct trial *t = argument;
    struct asyntrain_tagger *tagger;
    enum asyntrain_status status = asyntrain_tagger_new(t->model, &everything, &tagger, NULL);
    CHECK((status == ASYNTRAIN_OK) == (tagger != NULL));
    asyntrain_tagger_free(tagger);
    return status;
}

static enum asyntrain_status make_one_with_words(void *argument)
{
    struct trial *t = argument;
    struct asyntrain_tagger *tagger;
    struct asyntrain_options o = ASYNTRAIN_OPTIONS;
    o.dictionary = t->dictionary;
    const enum asyntrain_status status = asyntrain_tagger_new(t->model, &o, &tagger, NULL);
    asyntrain_tagger_free(tagger);
    return status;
}

/* With a tagger that has failed before, and is made anew where that was for memory. */
static enum asyntrain_status tag_text(void *argument)
{
    struct trial *t = argument;
    const char *answer;
    const enum asyntrain_status status =
        asyntrain_tag_text(t->tagger, t->world->text, strlen(t->world->text), &answer, NULL, NULL);
    if (status == ASYNTRAIN_OK)
        CHECK_STR(answer, t->world->want);
    return status;
}

static enum asyntrain_status tag_cells(void *argument)
{
    struct trial *t = argument;
    static const char *const cells[300] = {"a"};
    const char *cell[3 * 300];
    const struct asyntrain_answer *answer;
    for (size_t k = 0; k < 3 * 300; k++)
        cell[k] = cells[0];
    enum asyntrain_status status =
        asyntrain_tag(t->tagger, cell, 300, 2, NULL); /* more than there is room for */
    if (status == ASYNTRAIN_OK)
        status = asyntrain_answer(t->tagger, asyntrain_answers(t->tagger) - 1, &answer, NULL);
    if (status == ASYNTRAIN_OK)
        CHECK_INT(answer->tokens, 300);
    return status;
}

/* A user's words: of a file that is closed whatever happens, kept whole, and not for every model. */
TEST(words_of_a_dictionary_are_kept_whole)
{
    static const char text[] = "但是老人把果树\n";
    struct world words = world_new(WORDS, false);
    struct trial t = {.dictionary = test_file("words", "老人把\n")};
    struct asyntrain_options o = ASYNTRAIN_OPTIONS;
    struct asyntrain_error e;
    const char *answer;
    o.dictionary = t.dictionary;
    CHECK_INT(asyntrain_open(words.path, &t.model, NULL), ASYNTRAIN_OK);
    CHECK(fail_each(make_one_with_words, &t) > 10);
    CHECK_INT(asyntrain_tagger_new(t.model, &o, &t.tagger, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tag_text(t.tagger, text, strlen(text), &answer, NULL, NULL), ASYNTRAIN_OK);
    CHECK(strstr(answer, " 老人把 ") != NULL);
    asyntrain_tagger_free(t.tagger);
    o.dictionary = "-";
    CHECK_INT(asyntrain_tagger_new(t.model, &o, &t.tagger, &e), ASYNTRAIN_USAGE);
    o.dictionary = test_file("bad", "老人把 x\n");
    CHECK_INT(asyntrain_tagger_new(t.model, &o, &t.tagger, &e), ASYNTRAIN_INPUT);
    asyntrain_close(t.model);
    world_free(&words);
    struct world chunks = world_new(CHUNKS, false);
    CHECK_INT(asyntrain_open(chunks.path, &t.model, NULL), ASYNTRAIN_OK);
    o.dictionary = t.dictionary;
    CHECK_INT(asyntrain_tagger_new(t.model, &o, &t.tagger, &e), ASYNTRAIN_USAGE);
    asyntrain_close(t.model);
    world_free(&chunks);
}

/* What jansson asks for is counted, too, and it has its caller's functions afterwards. */
static void *for_jansson(size_t bytes)
{
    return malloc(bytes);
}

TEST(whichever_allocation_fails_the_call_says_so_and_can_be_repeated)
{
    json_malloc_t give;
    json_free_t release;
    json_set_alloc_funcs(for_jansson, free);
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct world v = world_new(kind, true);
        struct trial t = {.world = &v};
        CHECK(fail_each(open_it, &t) > 200);
        t.memory = true;
        CHECK(fail_each(open_it, &t) > 200);
        CHECK_INT(asyntrain_open(v.path, &t.model, NULL), ASYNTRAIN_OK);
        CHECK(fail_each(make_a_tagger, &t) > 10);
        CHECK_INT(asyntrain_tagger_new(t.model, &everything, &t.tagger, NULL), ASYNTRAIN_OK);
        CHECK(fail_each(tag_text, &t) > 10);
        if (kind != WORDS)
            CHECK(fail_each(tag_cells, &t) > 10);
        asyntrain_close(t.model);
        asyntrain_tagger_free(t.tagger);
        world_free(&v);
    }
    json_get_alloc_funcs(&give, &release);
    CHECK(give == for_jansson && release == free);
}

/* ---- what is the caller's own */

TEST(the_caller_s_arithmetic_and_locale_stay_and_change_no_answer)
{
    struct world v = world_new(NETWORK, true);
    struct asyntrain_model *model;
    struct asyntrain_tagger *tagger;
    const char *answer;
    const locale_t before = uselocale((locale_t)0);
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
#ifdef KERNEL_X86
    const unsigned mode = _mm_getcsr() & ~0x3Fu;
#endif
    CHECK_INT(asyntrain_open(v.path, &model, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tagger_new(model, &everything, &tagger, NULL), ASYNTRAIN_OK);
    CHECK_INT(asyntrain_tag_text(tagger, v.text, strlen(v.text), &answer, NULL, NULL), ASYNTRAIN_OK);
#ifdef KERNEL_X86
    CHECK_INT(_mm_getcsr(), mode); /* no flag is raised, either */
#endif
    CHECK_INT(fegetround(), FE_UPWARD);
    CHECK(uselocale((locale_t)0) == before);
    fesetround(FE_TONEAREST);
    CHECK_STR(answer, v.want);
    asyntrain_close(model);
    asyntrain_tagger_free(tagger);
    world_free(&v);
}
