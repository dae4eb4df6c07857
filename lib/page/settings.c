/* SPDX-License-Identifier: MIT
 *
 * settings: what runs were told and on what: configurations, the events that begin and end a log, corpora.
 */
#include "lib/base/digest.h"
#include "lib/base/memory.h"
#include "lib/page/sections.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Names and values of one run. */
struct pairs {
    struct pair {
        char *name, *value;
    } * pair; /* [count] */
    size_t count, capacity;
};

static void add(struct pairs *a, const char *prefix, struct span name, struct span value)
{
    char *full = memory_new(strlen(prefix) + name.n + 1, 1);
    memcpy(full, prefix, strlen(prefix));
    memcpy(full + strlen(prefix), name.s, name.n);
    a->pair = memory_grow(a->pair, &a->capacity, a->count + 1, sizeof *a->pair);
    a->pair[a->count++] = (struct pair){full, memory_copy(value.s, value.n)};
}

static void pairs_free(struct pairs *a, size_t runs)
{
    for (size_t r = 0; r < runs; r++) {
        for (size_t k = 0; k < a[r].count; k++) {
            memory_free(a[r].pair[k].name);
            memory_free(a[r].pair[k].value);
        }
        memory_free(a[r].pair);
    }
    memory_free(a);
}

static const char *value_of(const struct pairs *a, const char *name)
{
    for (size_t k = 0; k < a->count; k++)
        if (strcmp(a->pair[k].name, name) == 0)
            return a->pair[k].value;
    return NULL;
}

static bool differs(const struct pairs *a, size_t runs, const char *name)
{
    const char *first = value_of(a, name);
    for (size_t r = 1; r < runs; r++) {
        const char *other = value_of(a + r, name);
        if (!first != !other || (first && strcmp(first, other) != 0))
            return true;
    }
    return false;
}

/* Is this the first of the runs that has the name? */
static bool first_with(const struct pairs *a, size_t r, const char *name)
{
    for (size_t before = 0; before < r; before++)
        if (value_of(a + before, name))
            return false;
    return true;
}

static bool any_differs(const struct pairs *a, size_t runs)
{
    for (size_t r = 0; r < runs; r++)
        for (size_t k = 0; k < a[r].count; k++)
            if (differs(a, runs, a[r].pair[k].name))
                return true;
    return false;
}

/* A row a name, each name once, in the order of the runs; a column a run. */
static void write_pairs(struct page *p, const struct pairs *a, bool differences)
{
    for (size_t r = 0; r < p->runs; r++)
        for (size_t k = 0; k < a[r].count; k++) {
            const char *name = a[r].pair[k].name;
            if (!first_with(a, r, name) || (differences && !differs(a, p->runs, name)))
                continue;
            page_row(p, name);
            for (size_t of = 0; of < p->runs; of++)
                page_cell(p, value_of(a + of, name));
            page_row_end(p);
        }
}

/* ---- configurations ------------------------------------------------------------------------------------- */

/* The lines of config_text: a section, or two blanks, a key and its value. */
static void take_config(struct pairs *a, const struct config *c)
{
    char *text = config_text(c), section[64] = "";
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        const char *colon = strstr(line, ":");
        if (*line == '#' || !colon)
            continue;
        if (*line != ' ')
            snprintf(section, sizeof section, "%.*s.", (int)(colon - line), line);
        else if (strncmp(line, "  ", 2) == 0)
            add(a, section, (struct span){line + 2, (size_t)(colon - line) - 2},
                span_of(colon[1] == ' ' ? colon + 2 : colon + 1));
    }
    memory_free(text);
}

void settings_differences(struct page *p)
{
    if (p->runs == 1)
        return;
    page_section(p, "differences");
    struct pairs *a = memory_new(p->runs, sizeof *a);
    for (size_t r = 0; r < p->runs; r++)
        if (p->run[r].config)
            take_config(&a[r], p->run[r].config);
    if (any_differs(a, p->runs)) {
        page_table(p, "Keys of the configurations with different values");
        page_run_columns(p, "key");
        write_pairs(p, a, true);
        page_table_end(p);
    } else {
        page_say(p, "No key has different values.");
    }
    pairs_free(a, p->runs);
    page_section_end(p);
}

void settings_whole(struct page *p)
{
    page_section(p, "configuration");
    for (size_t r = 0; r < p->runs; r++) {
        const struct page_run *run = &p->run[r];
        page_run_heading(p, run);
        if (!run->config) {
            page_say(p, "The configuration of %s could not be read.", run->path);
            continue;
        }
        page_fold(p, "All keys and their values, as config.yaml has them");
        html_begin(&p->html, "pre", "role", "group", "tabindex", "0", "aria-label", "All keys", NULL);
        char *text = config_text(run->config);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            html_say(&p->html, "%s", line);
            html_markup(&p->html, span_of("\n"));
        }
        memory_free(text);
        html_end(&p->html);
        page_fold_end(p);
    }
    page_section_end(p);
}

/* ---- logs ----------------------------------------------------------------------------------------------- */

static void take_field(void *to, const char *field, const char *text)
{
    if (strcmp(field, "event") != 0)
        add(to, "", span_of(field), span_of(text));
}

static void write_events(struct page *p, const char *const *kinds, const char *caption)
{
    struct pairs *a = memory_new(p->runs, sizeof *a);
    for (size_t r = 0; r < p->runs; r++)
        for (const char *const *kind = kinds; *kind; kind++) {
            size_t count = events_count(p->run[r].log, *kind);
            if (count > 0)
                events_fields(p->run[r].log, *kind, count - 1, take_field, &a[r]);
        }
    page_table(p, caption);
    page_run_columns(p, "field");
    write_pairs(p, a, false);
    page_table_end(p);
    pairs_free(a, p->runs);
}

void settings_runs(struct page *p)
{
    page_section(p, "runs");
    for (size_t r = 0; r < p->runs; r++) {
        const char *why = events_text(p->run[r].log, "diverged", 0, "why");
        if (why)
            page_say(p, "%s: %s", p->run[r].path, why);
        else if (events_count(p->run[r].log, "summary") == 0)
            page_say(p, "%s: the run has not come to its end.", p->run[r].path);
    }
    page_say(p, "Fields are those of metrics.jsonl, which docs/metrics.md explains.");
    write_events(p, (const char *const[]){"summary", "diverged", NULL},
                 "How runs ended (scores in per cent)");
    write_events(p, (const char *const[]){"run", NULL}, "What was trained, and where");
    page_section_end(p);
}

/* ---- corpora -------------------------------------------------------------------------------------------- */

/* Size and digest of a file; false where it is none that can be read. */
static bool measure(const char *path, unsigned long long *bytes, char text[DIGEST_TEXT])
{
    struct stat status;
    FILE *f = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    if (!f)
        return false;
    char *piece = memory_new(1 << 16, 1);
    uint64_t digest = DIGEST_EMPTY;
    *bytes = 0;
    for (size_t n; (n = fread(piece, 1, 1 << 16, f)) > 0; *bytes += n)
        digest = digest_add(digest, piece, n);
    bool good = !ferror(f);
    fclose(f);
    memory_free(piece);
    digest_text(digest, text);
    return good;
}

static void write_file(struct page *p, const char *part, const char *path)
{
    unsigned long long bytes;
    char digest[DIGEST_TEXT], number[32];
    bool there = measure(path, &bytes, digest);
    snprintf(number, sizeof number, "%llu", there ? bytes : 0);
    page_row(p, part);
    page_cell(p, path);
    page_cell(p, there ? number : "it is not there now");
    page_cell(p, there ? digest : NULL);
    page_row_end(p);
}

/* Keys of files, which a run reads. */
static const char *const file_keys[] = {
    "corpus.train",   "corpus.dev",     "corpus.test", "features.template",
    "features.words", "corpus.vectors", NULL};

static bool same_files(const struct pairs *a, const struct pairs *b)
{
    for (const char *const *key = file_keys; *key; key++) {
        const char *x = value_of(a, *key), *y = value_of(b, *key);
        if (!x || !y || strcmp(x, y) != 0)
            return false;
    }
    return true;
}

static void write_files(struct page *p, const struct config *c)
{
    page_table(p, "Files of the run");
    page_word_columns(p, (const char *const[]){"part", "file", "bytes", "digest"}, 4);
    for (const char *const *key = file_keys; *key; key++) {
        const char *part = strchr(*key, '.') + 1, *const * item, *one;
        if (strcmp(part, "template") == 0 || strcmp(part, "vectors") == 0) {
            one = config_string(c, *key);
            if (*one)
                write_file(p, part, one);
            continue;
        }
        for (size_t i = 0, n = config_list(c, *key, &item); i < n; i++)
            write_file(p, part, item[i]);
    }
    page_table_end(p);
}

void settings_corpora(struct page *p)
{
    page_section(p, "corpora");
    page_say(
        p, "Sizes in sentences and tokens stand under Runs. Bytes and digests (FNV-1a of 64 bits) are those "
           "of the files as this report was made: equal digests, the same file.");
    struct pairs *a = memory_new(p->runs, sizeof *a);
    for (size_t r = 0; r < p->runs; r++) {
        size_t other = 0;
        page_run_heading(p, &p->run[r]);
        if (!p->run[r].config) {
            page_say(p, "The configuration, which names them, could not be read.");
            continue;
        }
        take_config(&a[r], p->run[r].config);
        while (other < r && !same_files(a + other, a + r))
            other++;
        if (other < r)
            page_say(p, "The files of %s.", p->run[other].id);
        else
            write_files(p, p->run[r].config);
    }
    pairs_free(a, p->runs);
    page_section_end(p);
}
