/* SPDX-License-Identifier: MIT */
#include "lib/train/warnings.h"

#include "lib/data/pretrained.h"

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

static bool (*const table[])(const struct trainer *t, char *words) = {without_features, key_unused,
                                                                      words_with_tags, vectors_twice};

uint32_t warnings_count(void)
{
    return sizeof table / sizeof *table;
}

bool warnings_tell(const struct trainer *t, uint32_t k, char *words)
{
    return table[k](t, words);
}
