/* SPDX-License-Identifier: MIT */
#include "lib/train/warnings.h"

#include "lib/base/memory.h"
#include "lib/data/pretrained.h"

#include <stdio.h>
#include <string.h>

/* Mark the lines' texts that features come from. */
static void mark(const struct vocab *features, uint8_t *has, size_t lines)
{
    for (uint32_t id = 0; id < vocab_count(features); id++) {
        struct span key = vocab_text(features, id);
        uint32_t skeleton;
        if (key.n < sizeof skeleton)
            continue;
        memcpy(&skeleton, key.s, sizeof skeleton);
        if (skeleton < lines)
            has[skeleton] = 1;
    }
}

/* A template of which nothing, or a line of which nothing, has become a feature. */
static bool without_features(const struct trainer *t, char *words)
{
    const struct space *s = t->space;
    const struct template *template = s->template;
    size_t lines = template->count, count = 0;
    const char *path = t->corpus.template_path;
    char cutoff[64] = "";
    if (t->corpus.cutoff > 1)
        snprintf(cutoff, sizeof cutoff, ", or features.cutoff %u drops all of them", t->corpus.cutoff);
    if (vocab_count(s->node) + vocab_count(s->edge) == 0) {
        snprintf(
            words, WARNINGS_WORDS,
            "warning: no feature is left, so words make no difference to the labels: no line of %.200s finds "
            "anything in the training corpus%s",
            path, cutoff);
        return true;
    }
    uint8_t *has = memory_new(lines + 1, 1);
    const struct template_line *first = NULL;
    mark(s->node, has, lines);
    mark(s->edge, has, lines);
    for (size_t k = 0; k < lines; k++) {
        const struct template_line *l = &template->line[k];
        if (l->skeleton < lines && has[l->skeleton])
            continue;
        first = first ? first : l;
        count++;
    }
    memory_free(has);
    if (count)
        snprintf(words, WARNINGS_WORDS,
                 "warning: %.200s:%lu: no feature comes from this line%s: it finds nothing in the training "
                 "corpus%s; mend it or take it out",
                 path, first->number, count > 1 ? " and others" : "", cutoff);
    return count > 0;
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
             "warning: %u of the %u words of the training corpus look like WORD/TAG, as '%.*s', and their "
             "tags are "
             "learned as text; take the tags away first, e.g. sed 's:[/_|][^ ]*::g'",
             tagged, count, text_shown(word, 60), word.s);
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
        p->path, p->twice, p->twice == 1 ? "" : "s", p->first_twice);
    return true;
}

static bool (*const table[])(const struct trainer *t, char *words) = {without_features, words_with_tags,
                                                                      vectors_twice};

uint32_t warnings_count(void)
{
    return sizeof table / sizeof *table;
}

bool warnings_tell(const struct trainer *t, uint32_t k, char *words)
{
    return table[k](t, words);
}
