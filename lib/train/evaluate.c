/* SPDX-License-Identifier: MIT */
#include "lib/train/evaluate.h"

#include "lib/base/memory.h"
#include "lib/num/kernel.h"
#include "lib/train/decode.h"

/* Labels of the whole dataset into y [tokens]. */
static void decode_all(const struct model *model, const struct weights *w, const struct dataset *data,
                       const struct constraint *constraint, uint32_t *y, int threads)
{
    const struct kernel *kernel = kernel_get();
#pragma omp parallel num_threads(threads)
    {
        void *scratch = model->ops->scratch_new(model, data->longest);
        kernel_thread_begin();
#pragma omp for schedule(dynamic, 16)
        for (size_t k = 0; k < data->count; k++)
            decode_best(model, w, &data->example[k], constraint, kernel, y + data->first[k], scratch);
        model->ops->scratch_free(scratch);
    }
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
                       int threads)
{
    struct score *score = evaluate_score(space, task);
    evaluate_into(score, model, w, data, space, constraint, threads);
    return score;
}

void evaluate_into(struct score *score, const struct model *model, const struct weights *w,
                   const struct dataset *data, const struct space *space, const struct constraint *constraint,
                   int threads)
{
    uint32_t *y = memory_new(data->tokens, sizeof *y);
    decode_all(model, w, data, constraint, y, threads);
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
    memory_free(gold);
    memory_free(guess);
    memory_free(gold_label);
    memory_free(guess_label);
}
