/* SPDX-License-Identifier: MIT
 *
 * init-config: a first configuration for a corpus of one's own. It looks into the file, and writes what was found, with
 * the help of each key (the tables of keys, lib/train/parts.h) as its comment.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/program.h"
#include "lib/data/guess.h"
#include "lib/train/parts.h"
#include "models/models.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MODEL, DEV, TEST, OUT };
static const struct option options[] = {
    [MODEL] = {"--model", "crf|lstm", "kind of the model (default: crf)"},
    [DEV] = {"--dev", "FILE", "development corpus"},
    [TEST] = {"--test", "FILE", "test corpus"},
    [OUT] = {"--out", "CONFIG", "write it here, where no file is yet (default: standard output)"},
    {NULL, NULL, NULL},
};

enum task { TAGGING, CHUNKING, ENTITIES, SEGMENTATION, TASKS };
static const char *const task_names[TASKS] = {"tagging", "chunking", "entities", "segmentation"};

/* What a file is found to be. */
struct found {
    struct format_ops format; /* with separator and comments */
    uint32_t ncolumns;
    enum scheme scheme; /* of the labels; PLAIN: they mark no chunks */
    char first[64]; /* a label, to be named */
    bool words; /* labels are B, M, E and S, and each first cell is one character */
};

/* ---- looking into a file -------------------------------------------------------------------------------- */

/* The label column of a sentence: the last one, or upos. */
static uint32_t label_column(const struct found *f, const struct sentence *s)
{
    uint32_t column = s->ncolumns - 1;
    for (uint32_t k = 0; f->format.columns && f->format.columns[k]; k++)
        if (strcmp(f->format.columns[k], "upos") == 0)
            column = k;
    return column;
}

static void see(struct found *f, struct labels *l, const struct sentence *s, const char *path)
{
    const uint32_t column = label_column(f, s);
    f->ncolumns = s->ncolumns;
    labels_sentence(l, SCHEME_IOB2, s, column, path, FORMAT_OPEN);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *cell = s->cell + (size_t)i * s->ncolumns, label = cell[column];
        f->words =
            f->words && text_utf8_first(cell[0]) == cell[0].n && label.n == 1 && strchr("BMES", label.s[0]);
        if (!*f->first && !span_is(label, "O"))
            snprintf(f->first, sizeof f->first, "%.*s", text_shown(label, 40), label.s);
    }
}

/* Read the file in the format of `f`. */
static bool look(struct found *f, const char *path, struct error *e)
{
    struct reader *r = reader_open(&f->format, path, e);
    struct labels *l = labels_new();
    const struct sentence *s;
    size_t sentences = 0;
    f->words = true;
    while (r && (s = reader_next(r, e)))
        if (!s->document && ++sentences <= GUESS_SENTENCES)
            see(f, l, s, path);
    f->scheme = guess_scheme(l);
    if (r && e->kind == ERROR_NONE && sentences == 0)
        error_set(e, ERROR_CORPUS, "%s: no sentence in it", path);
    labels_free(l);
    reader_close(r);
    return e->kind == ERROR_NONE;
}

/* Is this CoNLL-U: has its first line that is no comment ten columns and begins with a number? */
static bool is_conllu(const char *path)
{
    struct error e = {0};
    struct stream *in = stream_open(path, &e);
    struct span line;
    bool found = false;
    while (in && stream_line(in, &line, &e)) {
        if (line.n == 0 || line.s[0] == '#')
            continue;
        size_t tabs = 0;
        for (size_t i = 0; i < line.n; i++)
            tabs += line.s[i] == '\t';
        found = tabs == 9 && line.s[0] >= '0' && line.s[0] <= '9';
        break;
    }
    stream_close(in);
    return found;
}

/* Try the layouts of columns, the plainest first that has more than one. A file that fits none has the fault of the
 * first, or is one of a single column. */
static bool look_at_columns(struct found *f, const char *path, struct error *e)
{
    static const struct {
        char separator;
        const char *comments;
    } layout[] = {{' ', NULL}, {'\t', NULL}, {' ', "# "}, {'\t', "# "}, {' ', "#"}, {'\t', "#"}};
    struct error first = {0};
    struct found single = {0};
    for (size_t k = 0; k < sizeof layout / sizeof *layout; k++) {
        *f = (struct found){.format = is_conllu(path) ? format_conllu : format_conll};
        if (!f->format.columns) {
            f->format.separator = layout[k].separator;
            f->format.comments = layout[k].comments;
        }
        if (look(f, path, e) && f->ncolumns > 1)
            return true;
        if (k == 0)
            first = *e, single = *f;
        e->kind = ERROR_NONE;
    }
    *e = first;
    *f = single;
    return first.kind == ERROR_NONE;
}

static bool fits(const struct found *f, enum task task, const char *path, struct error *e)
{
    const char *const wanted = task_names[task];
    const bool conllu = f->format.columns != NULL;
    if (!conllu && f->ncolumns < 2)
        return error_set(
            e, ERROR_CORPUS,
            "%s: one column; task %s needs the words in the first and the labels in the last one "
            "(segmented text: asyntrain init-config segmentation FILE)",
            path, wanted);
    if (task == TAGGING && f->scheme != SCHEME_PLAIN)
        return error_set(
            e, ERROR_CORPUS,
            "%s: its labels, such as '%s', look like %s chunks, not like tags; say chunking, or entities",
            path, f->first, guess_scheme_name(f->scheme));
    if (task != TAGGING && conllu)
        return error_set(
            e, ERROR_CORPUS,
            "%s: CoNLL-U has no column for %s; say tagging, or name a key of MISC in a configuration of "
            "your own (corpus.label: misc.KEY)",
            path, wanted);
    if (task != TAGGING && !*f->first)
        return error_set(
            e, ERROR_CORPUS,
            "%s: all labels in the last column are O; task %s learns from labels such as B-NP and "
            "I-NP: give a file that has some",
            path, wanted);
    if (task != TAGGING && f->scheme == SCHEME_PLAIN)
        return error_set(
            e, ERROR_CORPUS,
            "%s: the last column has labels such as '%s', which mark no chunks (B-NP, I-NP, O); say "
            "tagging, or give a file whose last column marks %s",
            path, f->first, task == CHUNKING ? "chunks" : "entities");
    return true;
}

static bool inspect(struct found *f, enum task task, const char *path, struct error *e)
{
    struct error why = {0};
    bool columns = look_at_columns(f, path, &why);
    if (task != SEGMENTATION) {
        if (!columns && strstr(why.text, " column") && strlen(why.text) < 800)
            error_set(e, why.kind, "%s (segmented text: asyntrain init-config segmentation FILE)", why.text);
        else if (!columns)
            *e = why;
        return columns && fits(f, task, path, e);
    }
    if (columns && f->words && f->ncolumns > 1)
        return true;
    if (columns && f->ncolumns > 1 && f->scheme != SCHEME_PLAIN)
        return error_set(
            e, ERROR_CORPUS,
            "%s: columns with labels such as '%s'; task segmentation needs one sentence a line, words "
            "separated by blanks, or characters labelled B, M, E and S",
            path, f->first);
    *f = (struct found){.format = format_segmented};
    return look(f, path, e);
}

/* The other files are read as the first is. */
static bool agrees(const struct found *f, const char *path, struct error *e)
{
    struct found other = {.format = f->format};
    if (!path)
        return true;
    return look(&other, path, e) && (other.ncolumns == f->ncolumns ||
                                     error_set(e, ERROR_CORPUS, "%s: %u column%s; the training file has %u",
                                               path, other.ncolumns, text_s(other.ncolumns), f->ncolumns));
}

/* ---- templates ------------------------------------------------------------------------------------------ */

static const char *template_of(const struct found *f, enum task task, bool lstm)
{
    const bool tags = f->ncolumns > 2 && !f->format.columns; /* column 1 is not the label */
    if (task == SEGMENTATION)
        return lstm ? "lstm-segmentation.tpl" : "segmentation.tpl";
    if (task == TAGGING)
        return lstm ? "lstm-tagging.tpl" : "tagging-full.tpl";
    if (lstm)
        return tags ? "lstm-chunking.tpl" : "lstm-tagging.tpl";
    if (task == CHUNKING)
        return tags ? "chunking-full.tpl" : "tagging-full.tpl";
    return tags ? "entities-pos.tpl" : "entities.tpl";
}

/* The path of a file below configs, to be freed: where the program is installed, or in the checkout that it was built
 * in. */
static char *shared(const char *folder, const char *name, struct error *e)
{
    static const char *const below[] = {"../share/asyntrain/configs", "../configs", "../../configs",
                                        "../../../configs"};
    char path[2 * PATH_MAX], whole[PATH_MAX], *program = program_path(), *found = NULL;
    if (program)
        *strrchr(program, '/') = 0;
    for (size_t k = 0; program && !found && k < sizeof below / sizeof *below; k++) {
        snprintf(path, sizeof path, "%s/%s/%s/%s", program, below[k], folder, name);
        if (realpath(path, whole))
            found = memory_copy(whole, strlen(whole));
    }
    memory_free(program);
    if (found)
        return found;
    error_set(
        e, ERROR_IO,
        "templates/%s is not where the program is installed (share/asyntrain/configs); install it with make "
        "install, or run it in its checkout",
        name);
    return NULL;
}

/* ---- writing -------------------------------------------------------------------------------------------- */

struct writer {
    FILE *out;
    const struct parts_row *rows;
    const char *section;
};

static void begin(struct writer *w, const char *section)
{
    fprintf(w->out, "%s:\n", section);
    w->section = section;
}

/* The help of a key, or of the first of a map, "l2.form" of "l2": its first line. */
static void explain(const struct writer *w, const char *name)
{
    const size_t n = strlen(name);
    for (const struct parts_row *row = w->rows; row->section.name; row++)
        for (size_t t = 0; strcmp(row->section.name, w->section) == 0 && t < SECTION_TABLES; t++)
            for (const struct key *k = row->section.tables[t]; k && k->name; k++)
                if (strncmp(k->name, name, n) == 0 && (k->name[n] == 0 || k->name[n] == '.')) {
                    fprintf(w->out, "  # %.*s\n", (int)strcspn(k->help, "\n"), k->help);
                    return;
                }
}

static void say(const struct writer *w, const char *name, const char *value)
{
    explain(w, name);
    fprintf(w->out, "  %s: %s\n", name, value);
}

/* A path, absolute and in quotes: the configuration may be put anywhere. */
static void say_path(const struct writer *w, const char *name, const char *path)
{
    char whole[PATH_MAX];
    explain(w, name);
    fprintf(w->out, "  %s: \"", name);
    for (const char *s = realpath(path, whole) ? whole : path; *s; s++) {
        if (strchr("\"\\", *s))
            putc('\\', w->out);
        if (*s == '$')
            putc('$', w->out);
        putc(*s, w->out);
    }
    fputs("\"\n", w->out);
}

static void write_corpus(struct writer *w, const struct found *f, enum task task, bool lstm,
                         const char *train, const char *const *values)
{
    begin(w, "corpus");
    say(w, "format", f->format.name);
    if (f->format.separator == '\t')
        say(w, "separator", "tab");
    if (f->format.comments)
        say(w, "comments", strlen(f->format.comments) > 1 ? "\"# \"" : "\"#\"");
    say(w, "task", task_names[task]);
    if (f->format.columns)
        say(w, "label", "upos");
    if (task == CHUNKING || task == ENTITIES) {
        say(w, "scheme", scheme_names[f->scheme]);
        if (!lstm)
            say(w, "encode", "iobes");
    }
    say_path(w, "train", train);
    if (values[DEV])
        say_path(w, "dev", values[DEV]);
    if (values[TEST])
        say_path(w, "test", values[TEST]);
}

/* Model and training as a file of configs/starts says them: its sections and keys, one a line. */
static bool write_start(struct writer *w, const char *start, struct error *e)
{
    struct stream *in = stream_open(start, e);
    struct span line;
    char section[64] = "";
    while (in && stream_line(in, &line, e)) {
        const char *colon = line.n ? memchr(line.s, ':', line.n) : NULL;
        if (!colon || line.s[0] == '#')
            continue;
        if (line.s[0] == ' ') {
            char name[64], value[256];
            snprintf(name, sizeof name, "%.*s", (int)(colon - line.s) - 2, line.s + 2);
            snprintf(value, sizeof value, "%.*s", (int)(line.s + line.n - colon) - 2, colon + 2);
            say(w, name, value);
        } else {
            snprintf(section, sizeof section, "%.*s", (int)(colon - line.s), line.s);
            begin(w, section);
        }
    }
    stream_close(in);
    return e->kind == ERROR_NONE;
}

/* What is written, all of it found before a file is opened. */
struct plan {
    struct found found;
    enum task task;
    bool lstm;
    const char *train;
    const char *const *values; /* of the options */
    char *template, *start; /* paths */
};

static bool write_all(FILE *out, const struct plan *p, struct error *e)
{
    struct parts_row *rows = parts_list(model_table);
    struct writer w = {out, rows, NULL};
    fputs("# A first configuration, made by asyntrain init-config. All keys: asyntrain list keys.\n", out);
    write_corpus(&w, &p->found, p->task, p->lstm, p->train, p->values);
    begin(&w, "features");
    say_path(&w, "template", p->template);
    bool good = write_start(&w, p->start, e);
    memory_free(rows);
    return good;
}

static bool put(const char *out, const struct plan *p, struct error *e)
{
    if (!out) {
        const bool good = write_all(setup_output(), p, e);
        setup_output_end();
        return good;
    }
    if (access(out, F_OK) == 0)
        return error_set(e, ERROR_IO, "%s: is there already; name another file, or remove it first", out);
    struct outfile *file = outfile_open(out, e);
    if (!file)
        return false;
    if (write_all(outfile_stream(file), p, e))
        return outfile_commit(file, e);
    outfile_abandon(file);
    return false;
}

static bool name_task(const char *name, enum task *task, struct error *e)
{
    for (int k = 0; k < TASKS; k++)
        if (strcmp(task_names[k], name) == 0) {
            *task = (enum task)k;
            return true;
        }
    if (access(name, F_OK) == 0)
        return error_set(e, ERROR_USAGE,
                         "'%.200s' is a file, and the task comes before it: tagging, chunking, entities or "
                         "segmentation",
                         name);
    const char *near = text_nearest(name, task_names, TASKS);
    return error_set(e, ERROR_USAGE, "no task '%s'%s%s%s; there is tagging, chunking, entities, segmentation",
                     name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool look_at_files(struct plan *p, bool named, struct error *e)
{
    if (named)
        return inspect(&p->found, p->task, p->train, e) && agrees(&p->found, p->values[DEV], e) &&
               agrees(&p->found, p->values[TEST], e);
    p->found =
        (struct found){p->task == SEGMENTATION ? format_segmented : format_conll, 2, SCHEME_IOB2, "", false};
    text_say(stderr, "no training file is named: put yours in place of %s (corpus.train)", p->train);
    return true;
}

static int init_config(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    struct plan p = {.train = argc > 1 ? argv[1] : "train.conll",
                     .values = values,
                     .lstm = values[MODEL] && strcmp(values[MODEL], "lstm") == 0};
    if (name_task(argv[0], &p.task, &e) && look_at_files(&p, argc > 1, &e) &&
        (p.template = shared("templates", template_of(&p.found, p.task, p.lstm), &e)) &&
        (p.start = shared("starts", p.lstm ? "lstm.yaml" : "crf.yaml", &e)))
        put(values[OUT], &p, &e);
    memory_free(p.template);
    memory_free(p.start);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_init_config = {
    .name = "init-config",
    .summary = "write a first configuration for a corpus of your own",
    .operands = "TASK [FILE]",
    .example = "asyntrain init-config chunking corpora/chunk-train.conll --test corpora/chunk-test.conll",
    .group = VERB_EXPERIMENT,
    .least = 1,
    .most = 2,
    .options = options,
    .run = init_config,
};
