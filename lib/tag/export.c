/* SPDX-License-Identifier: MIT */
#include "lib/tag/export.h"

#include "lib/base/memory.h"
#include "lib/data/feature.h"

#include <string.h>

#define REACH 8 /* rows of a macro of CRF++ */
#define LINE 8000 /* bytes of one of its lines; it reads 8191 */

static void print(FILE *out, struct span s)
{
    fwrite(s.s, 1, s.n, out);
}

static void print_line(FILE *out, struct span s)
{
    print(out, s);
    fputc('\n', out);
}

static struct span label(const struct trained *t, uint32_t y)
{
    return vocab_text(t->space->labels, y);
}

static uint32_t labels(const struct trained *t)
{
    return vocab_count(t->space->labels);
}

/* ---- what a format cannot say */

static void mark(void *to, const struct parameter *p)
{
    ((bool *)to)[p->kind] = true;
}

/* Has the model weights of each kind? */
static bool find_kinds(const struct trained *t, bool kind[PARAMETER_KINDS], struct error *e)
{
    const struct model_ops *ops = t->model->ops;
    memset(kind, 0, PARAMETER_KINDS * sizeof *kind);
    if (!ops->parameters)
        return error_set(e, ERROR_USAGE,
                         "the weights of model '%s' have no names, so there is nothing to export", ops->name);
    ops->parameters(t->model, mark, kind);
    return true;
}

/* The source of a template line in a message. */
static bool line_fault(const struct trained *t, const struct template_line *line, const char *why,
                       struct error *e)
{
    struct span s = template_source(t->space->template, line);
    return error_set(e, ERROR_USAGE, "template line '%.*s': %s; export as tsv", text_shown(s, 60), s.s, why);
}

static bool no_blanks(const struct trained *t, const struct vocab *v, const char *blanks, const char *format,
                      struct error *e)
{
    for (uint32_t id = 0; id < vocab_count(v); id++) {
        struct span s = vocab_text(v, id);
        for (size_t i = 0; i < s.n; i++)
            if (s.s[i] && strchr(blanks, s.s[i]))
                return error_set(e, ERROR_USAGE,
                                 "%s '%.*s' has white space in it, which %s takes for the end of a column",
                                 v == t->space->labels ? "label" : "cell", text_shown(s, 60), s.s, format);
    }
    return true;
}

static bool tsv_fits(const struct trained *t, bool labels, bool runs, struct error *e)
{
    bool kind[PARAMETER_KINDS];
    const struct template *template = t->space->template;
    (void)labels, (void)runs; /* the header says them */
    for (size_t l = 0; l < template->count; l++) {
        struct span s = template_source(template, &template->line[l]);
        if (memchr(s.s, '\t', s.n))
            return error_set(e, ERROR_USAGE,
                             "template line '%.*s' has a tab in it, which ends a column of tsv",
                             text_shown(s, 60), s.s);
    }
    return find_kinds(t, kind, e) && no_blanks(t, t->space->values, "\t\n", "tsv", e) &&
           no_blanks(t, t->space->labels, "\t\n", "tsv", e);
}

/* Of the programs that are taggers of their own: the model is a CRF of the file's labels, with nothing around it. */
static bool is_plain(const struct trained *t, const char *format, bool constrained, bool runs,
                     struct error *e)
{
    bool kind[PARAMETER_KINDS];
    if (!find_kinds(t, kind, e))
        return false;
    if (kind[PARAMETER_EMBEDDING] || kind[PARAMETER_MATRIX])
        return error_set(
            e, ERROR_USAGE,
            "%s has weights of features and label transitions alone, and model '%s' is a network; "
            "export as tsv",
            format, t->model->ops->name);
    if (!encoding_same(t->space->encoding))
        return error_set(
            e, ERROR_USAGE,
            "%s answers with the labels that the model has learned, and corpus.encode or corpus.map "
            "turn them into others; export as tsv",
            format);
    if (constrained)
        return error_set(
            e, ERROR_USAGE,
            "%s lets any label follow any other, and the model's run.decode does not; give --decode "
            "free to export what is left without it",
            format);
    if (runs)
        return error_set(
            e, ERROR_USAGE,
            "%s cannot keep runs of characters whole, as the model's run.whole does; give --whole "
            "none to export what is left without it",
            format);
    return true;
}

/* Has each feature a text of its own? Two of the same text are one to programs that look features up by it. */
static bool texts_differ(const struct trained *t, const char *format, struct error *e)
{
    bool kind[PARAMETER_KINDS];
    if (!find_kinds(t, kind, e))
        return false;
    const struct space *space = t->space;
    struct vocab *seen = vocab_new();
    struct text_buffer b = {0};
    bool good = true;
    for (int edge = 0; edge <= kind[PARAMETER_EDGE]; edge++)
        for (uint32_t id = 0; good && id < vocab_count(edge ? space->edge : space->node); id++) {
            struct span s = feature_text(space, edge, id, &b);
            const uint32_t before = vocab_count(seen);
            if (vocab_add(seen, s) != before)
                good = error_set(
                    e, ERROR_USAGE,
                    "two features have the text '%.*s', and %s cannot tell them apart; in the template, "
                    "write between macros what no cell has in it, and train again",
                    text_shown(s, 60), s.s, format);
        }
    memory_free(b.bytes);
    vocab_free(seen);
    return good;
}

static bool crfpp_line(const struct trained *t, const struct template_line *line, struct error *e)
{
    const struct template *template = t->space->template;
    struct span s = template_source(template, line);
    if (*s.s != 'U' && *s.s != 'B')
        return line_fault(t, line, "lines of CRF++ begin with U or B", e);
    for (uint32_t k = 0; k < line->nmacros; k++) {
        const struct attribute *a = &template->slot[line->macro[k].slot].attribute;
        if (a->kind != ATTRIBUTE_CELL || a->lower)
            return line_fault(t, line, "CRF++ has no attributes of cells, but %x[row,column] alone", e);
        if (line->macro[k].absolute || line->macro[k].row < -REACH || line->macro[k].row > REACH)
            return line_fault(t, line, "CRF++ counts rows from the token, from -8 to 8", e);
    }
    return true;
}

static uint32_t columns(const struct trained *t)
{
    return t->space->ncolumns - 1;
}

static bool crfpp_fits(const struct trained *t, bool constrained, bool runs, struct error *e)
{
    const struct space *space = t->space;
    if (space->format->attributes)
        return error_set(e, ERROR_USAGE,
                         "CRF++ makes features from a template, and this model was trained on features with "
                         "values (corpus.format crfsuite); export as tsv or crfsuite");
    if (!is_plain(t, "CRF++", constrained, runs, e))
        return false;
    if (space->label_column != columns(t))
        return error_set(e, ERROR_USAGE,
                         "CRF++ has the label in the last column, and this model in column %u",
                         space->label_column);
    for (size_t l = 0; l < space->template->count; l++)
        if (!crfpp_line(t, &space->template->line[l], e))
            return false;
    if (!no_blanks(t, space->labels, " \t\n", "CRF++", e) ||
        !no_blanks(t, space->values, " \t\n", "CRF++", e))
        return false;
    struct text_buffer b = {0};
    bool good = true;
    for (int edge = 0; edge < 2; edge++)
        for (uint32_t id = 0; good && id < vocab_count(edge ? space->edge : space->node); id++) {
            struct span s = feature_text(space, edge, id, &b);
            if (s.n > LINE || memchr(s.s, ' ', s.n) || memchr(s.s, '\t', s.n))
                good = error_set(
                    e, ERROR_USAGE,
                    "feature '%.*s' has white space in it, or more than %d bytes, which CRF++ cannot "
                    "read back; export as tsv",
                    text_shown(s, 60), s.s, LINE);
        }
    memory_free(b.bytes);
    return good && texts_differ(t, "CRF++", e);
}

static bool crfsuite_fits(const struct trained *t, bool constrained, bool runs, struct error *e)
{
    bool kind[PARAMETER_KINDS];
    if (!is_plain(t, "CRFsuite", constrained, runs, e) || !find_kinds(t, kind, e))
        return false;
    if (kind[PARAMETER_RICH] || kind[PARAMETER_EDGE])
        return error_set(
            e, ERROR_USAGE,
            "CRFsuite has one weight for a label transition, and this model has some that depend on the "
            "features of a token; export as tsv%s",
            t->space->format->attributes ? "" : " or crf++");
    return texts_differ(t, "CRFsuite", e);
}

/* ---- tsv */

struct writer {
    const struct trained *t;
    FILE *out;
    struct text_buffer feature;
    uint32_t last; /* the feature whose text stands in `feature` */
    bool last_edge, any;
    bool only[PARAMETER_KINDS]; /* kinds to write */
    float *alpha; /* crf++: all its weights, … */
    size_t first[PARAMETER_KINDS]; /* … and where those of a kind begin */
    uint32_t rich; /* features with rich edges: ids 0 … rich-1 */
    size_t count; /* crfsuite: weights that are not 0 */
};

static struct span text_of(struct writer *w, const struct parameter *p)
{
    const bool edge = p->kind == PARAMETER_EDGE;
    if (!w->any || w->last != p->feature || w->last_edge != edge)
        feature_text(w->t->space, edge, p->feature, &w->feature);
    w->any = true, w->last = p->feature, w->last_edge = edge;
    return (struct span){w->feature.bytes, w->feature.length};
}

static void tsv_weight(void *to, const struct parameter *p)
{
    struct writer *w = to;
    const double weight = (double)w->t->w[p->index];
    const bool numbers = p->kind == PARAMETER_EMBEDDING || p->kind == PARAMETER_MATRIX;
    if (weight == 0)
        return;
    fprintf(w->out, "%s\t", parameter_names[p->kind]);
    if (p->feature != PARAMETER_NONE)
        print(w->out, text_of(w, p));
    else if (numbers)
        fputs(w->t->model->layout.group[p->group].name, w->out);
    if (numbers) {
        fprintf(w->out, "\t%u\t%u", p->from, p->to);
    } else {
        fputc('\t', w->out);
        if (p->from != PARAMETER_NONE && p->kind != PARAMETER_STATE)
            print(w->out, label(w->t, p->from));
        fputc('\t', w->out);
        print(w->out, label(w->t, p->to));
    }
    fprintf(w->out, "\t%.9g\n", weight);
}

static void tsv_write(const struct trained *t, FILE *out)
{
    struct writer w = {.t = t, .out = out};
    const char *text = t->space->template->text;
    unsigned long number = 0;
    struct span line;
    fprintf(out, "# weights of a model of asyntrain; docs/models.md describes the rows\n");
    fprintf(out, "kind\tfeature\tfrom\tto\tweight\n");
    fprintf(out, "setting\tmodel\t\t%s\t\n", t->model->ops->name);
    fprintf(out, "setting\tdecode\t\t%s\t\n", config_string(t->config, "run.decode"));
    fprintf(out, "setting\tscheme\t%s\t%s\t\n", scheme_names[encoding_file(t->space->encoding)],
            scheme_names[encoding_model(t->space->encoding)]);
    fprintf(out, "setting\tcolumns\t%u\t%u\t\n", t->space->ncolumns, t->space->label_column);
    fprintf(out, "setting\tformat\t\t%s\t\n", t->space->format->name);
    while (!t->space->format->attributes && (line = template_next(&text, &number)).n) {
        fputs("template\t", out);
        print(out, line);
        fputs("\t\t\t\n", out);
    }
    for (uint32_t y = 0; y < labels(t); y++) {
        fputs("label\t\t\t", out);
        print(out, label(t, y));
        fputs("\t\n", out);
    }
    t->model->ops->parameters(t->model, tsv_weight, &w);
    memory_free(w.feature.bytes);
}

/* ---- crf++
 *
 * Weights are numbered: a U feature has T of them from its number on, a B feature T*T, row by row of the label before.
 * Rich edges of a U feature become a B feature of the same text, with a prefix that no line has. */

static void crfpp_count(void *to, const struct parameter *p)
{
    struct writer *w = to;
    if (p->kind == PARAMETER_RICH && p->feature >= w->rich)
        w->rich = p->feature + 1;
    w->only[p->kind] = true;
}

static void crfpp_weight(void *to, const struct parameter *p)
{
    struct writer *w = to;
    const size_t T = labels(w->t), size = p->kind == PARAMETER_STATE ? T : T * T;
    const size_t feature = p->feature == PARAMETER_NONE ? 0 : p->feature;
    w->alpha[w->first[p->kind] + feature * size + (p->kind == PARAMETER_STATE ? 0 : p->from * T) + p->to] =
        (float)w->t->w[p->index];
}

/* Has the line features with rich edges? */
static bool has_rich(const struct writer *w, const struct template_line *line)
{
    for (uint32_t id = 0; id < w->rich; id++)
        if (space_skeleton(w->t->space, id) == line->skeleton)
            return true;
    return false;
}

/* How many B to put before a U line, so that no line of the template begins so. */
static int prefix(const struct template *t)
{
    size_t most = 0;
    for (size_t l = 0; l < t->count; l++) {
        struct span s = template_source(t, &t->line[l]);
        size_t n = 0;
        while (n < s.n && s.s[n] == 'B')
            n++;
        if (n < s.n && s.s[n] == 'U' && n > most)
            most = n;
    }
    return (int)most + 1;
}

static void put(FILE *out, int before)
{
    while (before-- > 0)
        fputc('B', out);
}

/* A line with its macros as CRF++ writes them, without blanks. */
static void crfpp_template(const struct writer *w, const struct template_line *line)
{
    const struct template *t = w->t->space->template;
    char text[TEMPLATE_MACROS][32];
    struct span macro[TEMPLATE_MACROS];
    struct text_buffer b = {0};
    for (uint32_t k = 0; k < line->nmacros; k++) {
        int n = snprintf(text[k], sizeof *text, "%%x[%d,%u]", line->macro[k].row,
                         t->slot[line->macro[k].slot].column);
        macro[k] = (struct span){text[k], (size_t)n};
    }
    template_fill(t, line, macro, &b);
    fprintf(w->out, "%.*s\n", (int)b.length, b.bytes);
    memory_free(b.bytes);
}

static void crfpp_templates(const struct writer *w)
{
    const struct template *t = w->t->space->template;
    const int before = prefix(t);
    for (size_t l = 0; l < t->count; l++)
        if (!t->line[l].edge)
            crfpp_template(w, &t->line[l]);
    if (w->only[PARAMETER_TRANSITION])
        fputs("B\n", w->out);
    for (size_t l = 0; l < t->count; l++) {
        if (!t->line[l].edge && has_rich(w, &t->line[l]))
            put(w->out, before);
        else if (!t->line[l].edge || !w->only[PARAMETER_EDGE])
            continue;
        crfpp_template(w, &t->line[l]);
    }
}

static void crfpp_features(struct writer *w)
{
    const struct space *space = w->t->space;
    const size_t T = labels(w->t);
    const int before = prefix(space->template);
    for (uint32_t id = 0; id < vocab_count(space->node); id++) {
        fprintf(w->out, "%zu ", w->first[PARAMETER_STATE] + id * T);
        print_line(w->out, feature_text(space, false, id, &w->feature));
    }
    if (w->only[PARAMETER_TRANSITION])
        fprintf(w->out, "%zu B\n", w->first[PARAMETER_TRANSITION]);
    for (uint32_t id = 0; id < w->rich; id++) {
        fprintf(w->out, "%zu ", w->first[PARAMETER_RICH] + id * T * T);
        put(w->out, before);
        print_line(w->out, feature_text(space, false, id, &w->feature));
    }
    for (uint32_t id = 0; w->only[PARAMETER_EDGE] && id < vocab_count(space->edge); id++) {
        fprintf(w->out, "%zu ", w->first[PARAMETER_EDGE] + id * T * T);
        print_line(w->out, feature_text(space, true, id, &w->feature));
    }
}

static void crfpp_write(const struct trained *t, FILE *out)
{
    struct writer w = {.t = t, .out = out};
    const struct model_ops *ops = t->model->ops;
    const size_t T = labels(t);
    ops->parameters(t->model, crfpp_count, &w);
    w.first[PARAMETER_TRANSITION] = vocab_count(t->space->node) * T;
    w.first[PARAMETER_RICH] = w.first[PARAMETER_TRANSITION] + (w.only[PARAMETER_TRANSITION] ? T * T : 0);
    w.first[PARAMETER_EDGE] = w.first[PARAMETER_RICH] + w.rich * T * T;
    const size_t size =
        w.first[PARAMETER_EDGE] + (w.only[PARAMETER_EDGE] ? vocab_count(t->space->edge) * T * T : 0);
    w.alpha = memory_new(size, sizeof *w.alpha);
    ops->parameters(t->model, crfpp_weight, &w);
    fprintf(out, "version: 100\ncost-factor: 1\nmaxid: %zu\nxsize: %u\n\n", size, columns(t));
    for (uint32_t y = 0; y < T; y++)
        print_line(out, label(t, y));
    fputc('\n', out);
    crfpp_templates(&w);
    fputc('\n', out);
    crfpp_features(&w);
    fputc('\n', out);
    for (size_t k = 0; k < size; k++)
        fprintf(out, "%.9g\n", (double)w.alpha[k]);
    memory_free(w.alpha);
    memory_free(w.feature.bytes);
}

/* ---- crfsuite */

static void crfsuite_count(void *to, const struct parameter *p)
{
    struct writer *w = to;
    w->count += w->t->w[p->index] != 0;
}

static void crfsuite_weight(void *to, const struct parameter *p)
{
    struct writer *w = to;
    const double weight = (double)w->t->w[p->index];
    if (!w->only[p->kind] || weight == 0)
        return;
    struct span before = p->kind == PARAMETER_STATE ? text_of(w, p) : label(w->t, p->from);
    fprintf(w->out, "  (%d) ", p->kind == PARAMETER_TRANSITION);
    print(w->out, before);
    fputs(" --> ", w->out);
    print(w->out, label(w->t, p->to));
    fprintf(w->out, ": %.9g\n", weight);
}

static void crfsuite_write(const struct trained *t, FILE *out)
{
    struct writer w = {.t = t, .out = out};
    const uint32_t attributes = vocab_count(t->space->node);
    t->model->ops->parameters(t->model, crfsuite_count, &w);
    fprintf(out,
            "FILEHEADER = {\n  magic: lCRF\n  size: 0\n  type: FOMC\n  version: 100\n  num_features: %zu\n"
            "  num_labels: %u\n  num_attrs: %u\n  off_features: 0x0\n  off_labels: 0x0\n  off_attrs: 0x0\n"
            "  off_labelrefs: 0x0\n  off_attrrefs: 0x0\n}\n\nLABELS = {\n",
            w.count, labels(t), attributes);
    for (uint32_t y = 0; y < labels(t); y++) {
        fprintf(out, "  %5u: ", y);
        print_line(out, label(t, y));
    }
    fputs("}\n\nATTRIBUTES = {\n", out);
    for (uint32_t id = 0; id < attributes; id++) {
        fprintf(out, "  %5u: ", id);
        print_line(out, feature_text(t->space, false, id, &w.feature));
    }
    fputs("}\n\nTRANSITIONS = {\n", out);
    w.only[PARAMETER_TRANSITION] = true;
    t->model->ops->parameters(t->model, crfsuite_weight, &w);
    fputs("}\n\nSTATE_FEATURES = {\n", out);
    w.only[PARAMETER_TRANSITION] = false;
    w.only[PARAMETER_STATE] = true;
    t->model->ops->parameters(t->model, crfsuite_weight, &w);
    fputs("}\n\n", out);
    memory_free(w.feature.bytes);
}

/* ---- the table */

static const struct export_format tsv = {"tsv", "a table of all weights", tsv_fits, tsv_write},
                                  crfpp = {"crf++", "a text model of CRF++", crfpp_fits, crfpp_write},
                                  crfsuite = {"crfsuite", "what crfsuite dump prints", crfsuite_fits,
                                              crfsuite_write};
const struct export_format *const export_table[] = {&tsv, &crfpp, &crfsuite, NULL};

const struct export_format *export_find(const char *name, struct error *e)
{
    const char *names[8];
    size_t count = 0;
    for (; export_table[count]; count++) {
        names[count] = export_table[count]->name;
        if (strcmp(name, names[count]) == 0)
            return export_table[count];
    }
    const char *near = text_nearest(name, names, count);
    error_set(e, ERROR_USAGE, "'%s' is none of tsv, crf++, crfsuite%s%s%s", name,
              near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}
