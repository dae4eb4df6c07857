/* SPDX-License-Identifier: MIT
 *
 * A model that is loaded answers as the one that was saved, through files and streams of a caller who is no command.
 */
#include "lib/tag/trained.h"

#include "lib/base/memory.h"
#include "lib/learn/decode.h"
#include "lib/num/kernel.h"
#include "lib/report/modelfile.h"
#include "lib/tag/filter.h"
#include "lib/tag/review.h"
#include "lib/train/evaluate.h"
#include "lib/train/parts.h"
#include "tests/laws/fixture.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct model_ops *find_model(struct config *c, struct error *e)
{
    struct parts parts;
    return parts_find(c, model_table, &parts, e) ? parts.model : NULL;
}

/* Save the fixture's model with these weights, and load it. */
static struct trained *saved(const struct fixture *f, const real *w)
{
    struct error e = {0};
    char path[4096], *text = config_text(f->config);
    snprintf(path, sizeof path, "%s/model", test_folder());
    CHECK_MSG(modelfile_save(path, text, f->space, &f->model->layout, w, false, NULL, &e), "%s", e.text);
    memory_free(text);
    struct trained *t = trained_open(path, find_model, &e);
    if (!CHECK_MSG(t != NULL, "%s", e.text))
        abort();
    return t;
}

/* What the filter answers to a file; to be freed. */
static char *filtered(const struct trained *t, const struct constraint *k, const char *path, uint32_t threads)
{
    struct error e = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct filter f = {.trained = t,
                       .constraint = k,
                       .in = reader_open(t->space->format, path, &e),
                       .out = out,
                       .threads = threads};
    CHECK_MSG(f.in && filter_run(&f, &e), "%s", e.text);
    reader_close(f.in);
    fclose(out);
    return text;
}

TEST(a_loaded_model_answers_as_the_saved_one)
{
    size_t compared = 0;
    for (size_t m = 0; model_table[m]; m++) {
        if (!model_table[m]->variants[0].probabilities)
            continue;
        struct fixture *f = fixture_new(model_table[m], variant_of(model_table[m], 0), 4, 30, 9, NULL);
        real *w = fixture_weights(&f->model->layout, 0.5);
        struct weights view = {.w = w, .scale = 1};
        struct trained *t = saved(f, w);
        CHECK(t->model->layout.size == f->model->layout.size);
        CHECK(memcmp(t->w, w, f->model->layout.size * sizeof *w) == 0);
        char path[4096], *text, *rest = NULL;
        snprintf(path, sizeof path, "%s/corpus", test_folder());
        text = filtered(t, NULL, path, 1);
        char *line = strtok_r(text, "\n", &rest);
        void *scratch = f->model->ops->scratch_new(f->model, f->data->longest);
        uint32_t *y = memory_new(f->data->tokens, sizeof *y);
        for (size_t k = 0; k < f->data->count; k++) {
            const struct example *z = &f->data->example[k];
            decode_best(f->model, &view, z, NULL, NULL, NULL, kernel_get(), y, scratch);
            for (uint32_t i = 0; i < z->n && CHECK(line != NULL); i++) {
                CHECK(span_is(vocab_text(f->space->labels, y[i]), strrchr(line, ' ') + 1));
                line = strtok_r(NULL, "\n", &rest);
                compared++;
            }
        }
        CHECK(line == NULL);
        free(text);
        memory_free(y);
        memory_free(w);
        f->model->ops->scratch_free(scratch);
        trained_free(t);
        fixture_free(f);
    }
    CHECK(compared > 0);
}

TEST(several_threads_answer_as_one)
{
    for (size_t m = 0; model_table[m]; m++) {
        if (!model_table[m]->variants[0].probabilities)
            continue;
        struct fixture *f = fixture_new(model_table[m], variant_of(model_table[m], 0), 4, 500, 9, NULL);
        real *w = fixture_weights(&f->model->layout, 0.5);
        struct trained *t = saved(f, w);
        char path[4096];
        snprintf(path, sizeof path, "%s/corpus", test_folder());
        char *one = filtered(t, NULL, path, 1);
        for (uint32_t threads = 2; threads < 6; threads++) {
            char *many = filtered(t, NULL, path, threads);
            CHECK(strcmp(one, many) == 0);
            free(many);
        }
        free(one);
        memory_free(w);
        trained_free(t);
        fixture_free(f);
    }
}

struct reviewed {
    char *rest; /* what tag has answered and is not yet compared */
    size_t tokens;
    struct score *score;
    bool same;
};

static void review(void *to, const struct review *v)
{
    struct reviewed *r = to;
    score_labels(r->score, v->gold, v->guess, v->sentence->n);
    for (uint32_t i = 0; i < v->sentence->n; i++) {
        const char *line = strtok_r(NULL, "\n", &r->rest);
        r->same = r->same && line && span_is(v->guess[i], strrchr(line, ' ') + 1);
        r->tokens++;
    }
}

TEST(a_review_has_the_answers_of_tag_and_the_score_of_eval)
{
    size_t constrained = 0;
    for (size_t k = 0; model_table[k]; k++)
        for (int seen = 0; seen < 2 && model_table[k]->variants[0].probabilities; seen++) {
            struct fixture *f = fixture_new(model_table[k], variant_of(model_table[k], 0), 4, 60, 9, NULL);
            real *w = fixture_weights(&f->model->layout, 0.5);
            struct trained *t = saved(f, w);
            struct error e = {0};
            struct constraint *c = NULL;
            struct weights view = {.w = w, .scale = 1};
            struct tagger_options options = {0};
            char path[4096], *text, head[] = "-";
            snprintf(path, sizeof path, "%s/corpus", test_folder());
            if (seen) /* of the four labels after L0, two are left: it changes answers */
                f->space->follows[0] = f->space->follows[1] = t->space->follows[0] = t->space->follows[1] = 0;
            CHECK(trained_constraint(t, seen ? "seen" : "free", &c, &e));
            constrained += c != NULL;
            text = filtered(t, c, path, 1);
            struct reviewed r = {.score = evaluate_score(t->space, t->task), .same = true};
            strtok_r(head, "\n", &r.rest);
            r.rest = text;
            CHECK_MSG(review_file(t, c, &options, path, review, &r, &e), "%s", e.text);
            CHECK(r.same && strtok_r(NULL, "\n", &r.rest) == NULL);
            CHECK_INT(r.tokens, f->data->tokens);
            struct score *eval = evaluate(f->model, &view, f->data, f->space, t->task, c, WHOLE_NONE, 2);
            const struct score_result x = score_read(r.score), y = score_read(eval);
            CHECK(x.tokens > 0 && memcmp(&x, &y, sizeof x) == 0);
            score_free(r.score);
            score_free(eval);
            constraint_free(c);
            free(text);
            memory_free(w);
            trained_free(t);
            fixture_free(f);
        }
    CHECK(constrained > 2);
}

TEST(choices_that_there_are_not_are_refused_without_a_word_of_options)
{
    struct fixture *f = fixture_new(model_table[0], variant_of(model_table[0], 0), 4, 30, 9, NULL);
    real *w = fixture_weights(&f->model->layout, 0.5);
    struct trained *t = saved(f, w);
    struct error e = {0};
    struct constraint *k = NULL;
    struct tagger_options o = {0};
    enum whole whole = WHOLE_BOTH;
    CHECK(!trained_constraint(t, "none", &k, &e));
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK_STR(e.text, "'none' is none of free, scheme, seen");
    CHECK(!trained_whole(t, "both", &whole, &e)); /* no text is segmented */
    CHECK_INT(e.kind, ERROR_USAGE);
    CHECK(!trained_known(t, false, "keep", &o, &e));
    CHECK(!trained_known(t, false, "kept", &o, &e));
    CHECK_STR(e.text, "'kept' is neither keep nor drop");
    CHECK(trained_constraint(t, "seen", &k, &e) && k != NULL);
    constraint_free(k);
    CHECK(trained_constraint(t, NULL, &k, &e) && k == NULL); /* run.decode is free */
    CHECK(trained_whole(t, NULL, &whole, &e) && whole == WHOLE_NONE);
    CHECK(trained_known(t, true, NULL, &o, &e) && o.labels && !o.boundaries && !o.blanks);
    memory_free(w);
    trained_free(t);
    fixture_free(f);
}
