/* SPDX-License-Identifier: MIT */
#include "lib/train/evaluate.h"

#include "lib/base/interrupt.h"
#include "lib/base/memory.h"
#include "lib/base/progress.h"
#include "lib/learn/decode.h"
#include "lib/num/kernel.h"

#include <omp.h>
#include <stdatomic.h>

static const char *subject = ""; /* of whom progress is told */

void evaluate_about(const char *what)
{
    subject = what;
}

/* Labels of the whole dataset into y [tokens]; at [tokens]: what is known of word boundaries, or NULL. */
static void decode_all(const struct model *model, const struct weights *w, const struct dataset *data,
                       const struct constraint *constraint, const struct boundaries *b, const uint8_t *at,
                       uint32_t *y, int threads)
{
    const struct kernel *kernel = kernel_get();
    atomic_size_t done = 0;
#pragma omp parallel num_threads(threads)
    {
        void *scratch = model->ops->scratch_new(model, data->longest);
        kernel_thread_begin();
#pragma omp for schedule(dynamic, 16)
        for (size_t k = 0; k < data->count; k++) {
            uint32_t first = data->first[k];
            if (interrupt_stop())
                continue; /* nobody will look at the answers */
            decode_best(model, w, &data->example[k], constraint, b, b ? at + first : NULL, kernel, y + first,
                        scratch);
            const size_t all = atomic_fetch_add_explicit(&done, 1, memory_order_relaxed) + 1;
            if (omp_get_thread_num() == 0 && all % 16 == 0)
                progress_tell(PROGRESS_SCORING, subject, all, data->count);
        }
        model->ops->scratch_free(scratch);
    }
}

/* What is known of the word boundaries of a dataset: its runs. */
static uint8_t *runs_of(const struct dataset *data, enum whole whole)
{
    uint8_t *at = memory_new(data->tokens, 1);
    struct span *character = memory_new(data->longest.tokens, sizeof *character);
    for (size_t k = 0; k < data->count; k++) {
        uint32_t first = data->first[k], n = data->example[k].n;
        for (uint32_t i = 0; i < n; i++)
            character[i] = vocab_text(data->cells, data->cell[first + i]);
        boundaries_runs(whole, character, 1, n, at + first);
    }
    memory_free(character);
    return at;
}

struct score *evaluate_score(const struct space *space, enum corpus_task task)
{
    struct score_words words = {vocab_has, space->words};
    enum score_task kind = task == CORPUS_SEGMENTATION ? SCORE_SEGMENTATION
                           : task == CORPUS_CHUNKING   ? SCORE_CHUNKING
                                                       : SCORE_TAGGING;
    struct score *score = score_new(kind, space->words ? &words : NULL);
    score_scheme(score, encoding_file(space->encoding));
    return score;
}

struct score *evaluate(const struct model *model, const struct weights *w, const struct dataset *data,
                       const struct space *space, enum corpus_task task, const struct constraint *constraint,
                       enum whole whole, int threads)
{
    struct score *score = evaluate_score(space, task);
    evaluate_into(score, model, w, data, space, constraint, whole, threads);
    return score;
}

void evaluate_into(struct score *score, const struct model *model, const struct weights *w,
                   const struct dataset *data, const struct space *space, const struct constraint *constraint,
                   enum whole whole, int threads)
{
    uint32_t *y = memory_new(data->tokens, sizeof *y);
    uint8_t *at = space->words && whole != WHOLE_NONE ? runs_of(data, whole) : NULL;
    struct boundaries *b = at ? boundaries_new(space->labels, encoding_model(space->encoding)) : NULL;
    decode_all(model, w, data, constraint, b, at, y, threads);
    size_t n = data->longest.tokens;
    struct span *gold = memory_new(n, sizeof *gold), *guess = memory_new(n, sizeof *guess);
    char *gold_label = memory_new(n, 1), *guess_label = memory_new(n, 1);
    for (size_t k = 0; k < data->count; k++) {
        const struct example *z = &data->example[k];
        const uint32_t *best = y + data->first[k];
        dataset_gold(data, space, k, gold);
        for (uint32_t i = 0; i < z->n; i++)
            guess[i] = dataset_label(data, space, best[i]);
        encoding_decode(space->encoding, guess, z->n, guess);
        if (b)
            boundaries_mend(at + data->first[k], z->n, guess);
        if (!space->words) {
            score_labels(score, gold, guess, z->n);
            continue;
        }
        for (uint32_t i = 0; i < z->n; i++) {
            gold_label[i] = gold[i].s[0];
            guess_label[i] = guess[i].s[0];
            gold[i] = vocab_text(data->cells, data->cell[data->first[k] + i]);
        }
        score_characters(score, gold, gold_label, guess_label, z->n);
    }
    memory_free(y);
    memory_free(at);
    boundaries_free(b);
    memory_free(gold);
    memory_free(guess);
    memory_free(gold_label);
    memory_free(guess_label);
}
