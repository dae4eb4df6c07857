/* SPDX-License-Identifier: MIT */
#include "lib/train/warnings.h"

#include "lib/base/memory.h"
#include "lib/data/guess.h"
#include "lib/data/pretrained.h"
#include "lib/theory/stability.h"

#include <stdio.h>
#include <string.h>

/* A template of which nothing has become a feature. */
static bool without_features(const struct trainer *t, char *words)
{
    const struct space *s = t->space;
    char cutoff[64] = "";
    if (vocab_count(s->node) + vocab_count(s->edge))
        return false;
    if (t->corpus.cutoff > 1)
        snprintf(cutoff, sizeof cutoff, ", or features.cutoff %u drops all of them", t->corpus.cutoff);
    snprintf(
        words, WARNINGS_WORDS,
        "warning: no feature is left, so words make no difference to the labels: no line of %.200s finds "
        "anything in the training corpus%s",
        t->corpus.template_path, cutoff);
    return true;
}

/* Looks a word like 北京/ns, 我_PN: text, one of these marks, and a tag of a few letters? */
static bool is_tagged(struct span word)
{
    size_t n = word.n, tag = 0;
    while (tag < n && tag < 12 && (unsigned char)word.s[n - 1 - tag] < 0x80 &&
           !strchr("/_|", word.s[n - 1 - tag]))
        tag++;
    char begin = tag ? word.s[n - tag] : 0;
    return tag > 0 && tag + 1 < n && strchr("/_|", word.s[n - 1 - tag]) &&
           ((begin >= 'a' && begin <= 'z') || (begin >= 'A' && begin <= 'Z'));
}

static bool words_with_tags(const struct trainer *t, char *words)
{
    const struct vocab *v = t->space->words;
    uint32_t tagged = 0, count = v ? vocab_count(v) : 0;
    for (uint32_t id = 0; id < count; id++)
        tagged += is_tagged(vocab_text(v, id));
    if (tagged == 0 || tagged < 0.8 * count)
        return false;
    struct span word = {"", 0};
    for (uint32_t id = 0; !word.n; id++)
        if (is_tagged(vocab_text(v, id)))
            word = vocab_text(v, id);
    snprintf(words, WARNINGS_WORDS,
             "warning: %u of the %u word%s of the training corpus look like WORD/TAG, as '%.*s', and their "
             "tags are "
             "learned as text; take the tags away first, e.g. sed 's:[/_|][^ ]*::g'",
             tagged, count, text_s(count), text_shown(word, 60), word.s);
    return true;
}

static bool vectors_twice(const struct trainer *t, char *words)
{
    const struct pretrained *p = t->space->pretrained;
    if (!p || p->twice == 0)
        return false;
    snprintf(
        words, WARNINGS_WORDS,
        "warning: %.200s: %u vector%s of words that were there before, '%.60s' first; the first vector of a "
        "word counts",
        p->path, p->twice, text_s(p->twice), p->first_twice);
    return true;
}

/* A key of MISC that no token has. */
static bool key_unused(const struct trainer *t, char *words)
{
    const struct space *s = t->space;
    if (!s->format->misc || vocab_count(s->labels) != 1 || !span_is(vocab_text(s->labels, 0), "O"))
        return false;
    snprintf(words, WARNINGS_WORDS,
             "warning: all tokens of the training corpus are O: is %.60s= in its column MISC? (corpus.label)",
             s->format->misc);
    return true;
}

/* One label: a column that is not the label's, or files that nobody has labelled. */
static bool single_label(const struct trainer *t, char *words)
{
    const struct space *s = t->space;
    if (vocab_count(s->labels) != 1 || s->format->misc || t->corpus.task == CORPUS_SEGMENTATION)
        return false;
    const struct span label = vocab_text(s->labels, 0);
    snprintf(
        words, WARNINGS_WORDS,
        "warning: all tokens of the training corpus have the label '%.*s', so there is nothing to learn; are "
        "the labels in another column? (corpus.label)",
        text_shown(label, 60), label.s);
    return true;
}

/* Columns without a blank line: all of a file is one sentence. */
static bool single_sentence(const struct trainer *t, char *words)
{
    enum { LONG = 50 };
    if (t->space->format != &format_conll || t->train->count != 1 || t->train->tokens < LONG)
        return false;
    snprintf(
        words, WARNINGS_WORDS,
        "warning: the training corpus is one sentence of %zu tokens; put a blank line after each sentence",
        t->train->tokens);
    return true;
}

/* Text that is not segmented: each line is one word. */
static bool single_words(const struct trainer *t, char *words)
{
    const struct dataset *d = t->train;
    size_t begins = 0;
    if (t->space->format != &format_segmented || d->count < 2 || d->tokens == d->count)
        return false;
    for (size_t i = 0; i < d->tokens; i++) {
        const struct span label =
            d->y[i] < vocab_count(t->space->labels) ? vocab_text(t->space->labels, d->y[i]) : span_of("");
        begins += label.n && (label.s[0] == 'B' || label.s[0] == 'S');
    }
    if (begins != d->count)
        return false;
    snprintf(words, WARNINGS_WORDS,
             "warning: each of the %zu lines of the training corpus is one word; segmented text has blanks "
             "between its words (corpus.format)",
             d->count);
    return true;
}

/* What the loss of a sample has of curvature at all weights and in all directions, in the mean; 0: nothing is known. */
static double least_curvature(const struct trainer *t)
{
    const struct model_ops *ops = t->model->ops;
    double sum = 0;
    for (size_t k = 0; ops->convexity && k < t->train->count; k++) {
        const double c = ops->convexity(t->model, &t->train->example[k]);
        if (c < 0)
            return 0;
        sum += c;
    }
    return sum / (double)t->session->nsamples;
}

/* Steps beyond the limit of stability under the delay that the engine will have. (The penalty is not late.) Where the
 * rate is still to be found, it is not known. */
static bool unstable(const struct trainer *t, char *words)
{
    const struct session *s = t->session;
    const size_t samples = s->accumulate > s->schedule.batch.size ? s->accumulate : s->schedule.batch.size;
    const double curvature = least_curvature(t) * (double)(s->schedule.batch.mean ? 1 : samples),
                 step = s->schedule.rate * curvature;
    if (!s->optimizer->ops->plain || step <= 0 || config_integer(t->config, "optimizer.calibrate") > 0)
        return false;
    double *share = memory_new(WORKERS_MOST, sizeof *share), mean = 0;
    share[0] = 1;
    const uint32_t n = s->engine->delays ? s->engine->delays(s, share, WORKERS_MOST) : 1;
    for (uint32_t d = 0; d < n; d++)
        mean += share[d] * d;
    const double limit = stability_limit(share, n, step);
    memory_free(share);
    if (!(limit <= step))
        return false;
    const bool about = mean > 0 && s->nthreads > 1 && s->engine->immediate; /* with fewer cores it is less */
    snprintf(
        words, WARNINGS_WORDS,
        "warning: training %s swing and diverge: rate times curvature is %.4g, and with gradients that are "
        "%s%.4g updates late the limit is %.4g; set optimizer.rate below %.4g%s",
        about ? "may" : "will", step, about ? "about " : "", mean, limit, limit / curvature,
        mean > 0 ? ", or shorten the delay" : "");
    return true;
}

/* What was found out instead of being said: the labels tell the task. */
static bool task_found(const struct trainer *t, char *words)
{
    if (!config_settled(t->config, "corpus.task") || t->corpus.task != CORPUS_CHUNKING)
        return false;
    if (config_settled(t->config, "corpus.scheme"))
        snprintf(words, WARNINGS_WORDS, "labels look like %s chunks: task chunking (corpus.task)",
                 guess_scheme_name(t->corpus.scheme));
    else
        snprintf(words, WARNINGS_WORDS, "corpus.%s says how chunks are marked: task chunking (corpus.task)",
                 strcmp(config_string(t->config, "corpus.scheme"), "auto") ? "scheme" : "encode");
    return true;
}

/* Labels of chunks that are scored as tags: every O counts, and the score looks better than it is. */
static bool chunks_as_tags(const struct trainer *t, char *words)
{
    enum scheme scheme =
        t->corpus.task == CORPUS_TAGGING && t->train->labels ? guess_scheme(t->train->labels) : SCHEME_PLAIN;
    if (scheme == SCHEME_PLAIN || t->corpus.scheme != SCHEME_PLAIN ||
        strcmp(config_string(t->config, "corpus.scheme"), "plain") == 0)
        return false;
    snprintf(
        words, WARNINGS_WORDS,
        "warning: the labels look like %s chunks, and task tagging scores them as tags, every O too; say "
        "corpus.task: chunking for their F1 (or corpus.scheme: plain, if tags are meant)",
        guess_scheme_name(scheme));
    return true;
}

static bool (*const table[])(const struct trainer *t, char *words) = {
    task_found,      chunks_as_tags, without_features, key_unused,    single_label,
    single_sentence, single_words,   words_with_tags,  vectors_twice, unstable};

uint32_t warnings_count(void)
{
    return sizeof table / sizeof *table;
}

bool warnings_tell(const struct trainer *t, uint32_t k, char *words)
{
    return table[k](t, words);
}
