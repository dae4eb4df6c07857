/* SPDX-License-Identifier: MIT */
#include "lib/data/guess.h"

#include <string.h>
#include <sys/stat.h>

/* Tokens whose label the scheme has and which is no O; those whose label it has not. */
struct fit {
    uint64_t chunks, others;
    bool typed, first, later; /* a label B-X; the labels B and I */
};

static struct fit fit_of(const struct labels *l, enum scheme scheme)
{
    struct fit f = {0};
    for (uint32_t y = 0; y < vocab_count(l->names); y++) {
        struct span label = vocab_text(l->names, y);
        struct scheme_tag tag = scheme_cut(label);
        if (!scheme_knows(scheme, tag)) {
            f.others += l->use[y].tokens;
        } else if (!scheme_outside(tag)) {
            f.chunks += l->use[y].tokens;
            f.typed = f.typed || label.n > 2;
            f.first = f.first || span_is(label, "B");
            f.later = f.later || span_is(label, "I");
        }
    }
    return f;
}

enum scheme guess_scheme(const struct labels *l)
{
    static const enum scheme order[] = {SCHEME_IOB2, SCHEME_IOBES, SCHEME_BMES, SCHEME_BILOU};
    enum scheme found = SCHEME_PLAIN;
    struct fit best = {0};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        struct fit f = fit_of(l, order[k]);
        if (f.chunks > best.chunks && (f.typed || (f.first && f.later)))
            found = order[k], best = f;
    }
    if (20 * best.others >= best.chunks + best.others)
        return SCHEME_PLAIN;
    return found == SCHEME_IOB2 && l->misplaced[0] > 0 && l->misplaced[1] == 0 ? SCHEME_IOB1 : found;
}

const char *guess_scheme_name(enum scheme scheme)
{
    static const char *const name[] = {"plain", "IOB1", "IOB2", "IOBES", "BMES", "BILOU"};
    return name[scheme];
}

/* Count the labels of a file until `left` sentences are read. */
static bool count_labels(const struct corpus *corpus, const char *path, struct labels *l, uint64_t *left)
{
    struct stat status;
    struct error e = {0};
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    struct reader *r = reader_open(corpus->format, path, &e);
    const struct sentence *s;
    while (r && *left > 0 && (s = reader_next(r, &e))) {
        uint32_t column = corpus_label_column(corpus, s->ncolumns);
        if (s->document || column >= s->ncolumns)
            continue;
        labels_sentence(l, SCHEME_IOB2, s, column, path, corpus->open);
        --*left;
    }
    reader_close(r);
    return e.kind == ERROR_NONE;
}

static enum scheme scheme_of_files(const struct config *c)
{
    struct corpus corpus;
    struct error e = {0};
    enum scheme found = SCHEME_PLAIN;
    if (!corpus_configure(&corpus, c, &e))
        return SCHEME_PLAIN;
    struct labels *l = labels_new();
    uint64_t left =
        corpus.sentences && corpus.sentences < GUESS_SENTENCES ? corpus.sentences : GUESS_SENTENCES;
    bool good = true;
    for (size_t k = 0; k < corpus.ntrain && good; k++)
        good = count_labels(&corpus, corpus.train[k], l, &left);
    if (good)
        found = guess_scheme(l);
    labels_free(l);
    return found;
}

void guess_settle(struct config *c)
{
    const char *scheme = config_string(c, "corpus.scheme");
    if (strcmp(config_string(c, "corpus.task"), "auto") != 0)
        return;
    if (strcmp(config_string(c, "corpus.format"), format_segmented.name) == 0) {
        config_settle(c, "corpus.task", "segmentation");
    } else if (strcmp(scheme, "auto") != 0) {
        config_settle(c, "corpus.task",
                      strcmp(scheme, scheme_names[SCHEME_PLAIN]) == 0 ? "tagging" : "chunking");
    } else {
        enum scheme found = scheme_of_files(c);
        bool encoded = strcmp(config_string(c, "corpus.encode"), "same") != 0;
        config_settle(c, "corpus.task", found != SCHEME_PLAIN || encoded ? "chunking" : "tagging");
        if (found != SCHEME_PLAIN)
            config_settle(c, "corpus.scheme", scheme_names[found]);
    }
}
