/* SPDX-License-Identifier: MIT
 *
 * inspect: what is in a model: its sizes and heaviest weights; or all weights of one feature, the nearest embeddings of
 * a word, or what the labels of one sentence rest on.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/data/feature.h"
#include "lib/learn/decode.h"
#include "lib/num/kernel.h"
#include "lib/tag/contributions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP 10 /* by default; at most a hundred times as many */
#define NEAR 5 /* names that a message offers */

enum { TOP_OPTION, FEATURE, WORD, SENTENCE };
static const struct option options[] = {
    [TOP_OPTION] = {"--top", "N", "show the N heaviest, or nearest (default 10)"},
    [FEATURE] = {"--feature", "TEXT", "the weights of one feature, as in U02:dog"},
    [WORD] = {"--word", "WORD", "the nearest neighbours of a word's embedding, or of a feature's"},
    [SENTENCE] = {"--sentence", "PLACE",
                  "what a sentence's labels rest on: FILE:LINE, or - for the first of standard input"},
    {NULL, NULL, NULL},
};

struct view {
    const struct trained *t;
    uint32_t T, top;
    struct text_buffer feature;
};

static void print_span(struct span s)
{
    char *brief = text_brief(s);
    text_print(stdout, span_of(brief));
    memory_free(brief);
}

static void print_label(const struct view *v, uint32_t y)
{
    print_span(vocab_text(v->t->space->labels, y));
}

/* What a weight is about, without its kind: feature and labels. */
static void print_parameter(struct view *v, const struct parameter *p)
{
    if (p->feature != PARAMETER_NONE) {
        print_span(feature_text(v->t->space, p->kind == PARAMETER_EDGE, p->feature, &v->feature));
        fputs(p->kind == PARAMETER_STATE ? " " : "  ", stdout);
    }
    if (p->kind != PARAMETER_STATE) {
        print_label(v, p->from);
        fputs(" > ", stdout);
    }
    print_label(v, p->to);
}

/* ---- sizes and heaviest weights */

struct sums {
    size_t weights, used; /* used: not 0 */
    double squares, largest;
};

struct entry {
    double weight;
    struct parameter parameter;
};

struct survey {
    struct view *v;
    struct sums kind[PARAMETER_KINDS];
    size_t *node_line; /* [skeletons] weights that are not 0, of the U lines' features */
    struct entry *heavy; /* [T+2][top] of each label, of transitions, of transitions with a feature */
    uint32_t *count; /* [T+2] */
};

/* Into a list that falls without regard to sign; ties: first come. */
static void rank(struct survey *s, uint32_t list, double weight, const struct parameter *p)
{
    const uint32_t top = s->v->top;
    struct entry *e = s->heavy + (size_t)list * top;
    uint32_t n = s->count[list];
    if (weight == 0 || (n == top && fabs(e[n - 1].weight) >= fabs(weight)))
        return;
    if (n < top)
        n = ++s->count[list];
    uint32_t k = n - 1;
    for (; k > 0 && fabs(e[k - 1].weight) < fabs(weight); k--)
        e[k] = e[k - 1];
    e[k] = (struct entry){weight, *p};
}

static void survey(void *to, const struct parameter *p)
{
    struct survey *s = to;
    const double w = (double)s->v->t->w[p->index];
    struct sums *k = &s->kind[p->kind];
    k->weights++;
    k->used += w != 0;
    k->squares += w * w;
    k->largest = fmax(k->largest, fabs(w));
    if (p->kind == PARAMETER_STATE)
        rank(s, p->to, w, p);
    else if (p->kind == PARAMETER_TRANSITION)
        rank(s, s->v->T, w, p);
    else if (p->kind == PARAMETER_RICH || p->kind == PARAMETER_EDGE)
        rank(s, s->v->T + 1, w, p);
    if (w != 0 && p->feature != PARAMETER_NONE && p->kind != PARAMETER_EDGE) {
        const uint32_t skeleton = space_skeleton(s->v->t->space, p->feature);
        if (skeleton < TEMPLATE_LINES)
            s->node_line[skeleton]++;
    }
}

static void print_sizes(const struct survey *s)
{
    const struct trained *t = s->v->t;
    const struct layout *l = &t->model->layout;
    printf("model        %s\n", t->model->ops->name);
    printf("labels       %u\n", s->v->T);
    if (t->space->format->attributes)
        printf("features     %u\n", vocab_count(t->space->node));
    else
        printf("features     %u of U lines, %u of B lines\n", vocab_count(t->space->node),
               vocab_count(t->space->edge));
    printf("weights      %zu\n", layout_weights(l));
    printf("memory       %.1f MiB, padding included\n", (double)l->size * sizeof(real) / 1048576);
    printf("\n%-12s %12s %12s %12s %12s\n", "kind", "weights", "not 0", "rms", "largest");
    for (int k = 0; k < PARAMETER_KINDS; k++)
        if (s->kind[k].weights)
            printf("%-12s %12zu %12zu %12.5g %12.5g\n", parameter_names[k], s->kind[k].weights,
                   s->kind[k].used, sqrt(s->kind[k].squares / (double)s->kind[k].weights),
                   s->kind[k].largest);
}

/* Lines of equal text have one row. */
static void print_lines(const struct survey *s)
{
    const struct template *t = s->v->t->space->template;
    const uint32_t nodes = vocab_count(s->v->t->space->node);
    size_t *features = memory_new(TEMPLATE_LINES, sizeof *features);
    for (uint32_t id = 0; id < nodes; id++) {
        const uint32_t skeleton = space_skeleton(s->v->t->space, id);
        if (skeleton < TEMPLATE_LINES)
            features[skeleton]++;
    }
    printf("\n%12s %12s  %s\n", "features", "weights", "template line (weights: not 0)");
    for (size_t l = 0; l < t->count; l++) {
        bool first = !t->line[l].edge;
        for (size_t k = 0; k < l && first; k++)
            first = t->line[k].edge || t->line[k].skeleton != t->line[l].skeleton;
        if (!first)
            continue;
        printf("%12zu %12zu  ", features[t->line[l].skeleton], s->node_line[t->line[l].skeleton]);
        print_span(template_source(t, &t->line[l]));
        putchar('\n');
    }
    memory_free(features);
}

static void print_list(const struct survey *s, uint32_t list)
{
    for (uint32_t k = 0; k < s->count[list]; k++) {
        const struct entry *e = &s->heavy[(size_t)list * s->v->top + k];
        printf("%12.5f  ", e->weight);
        print_parameter(s->v, &e->parameter);
        putchar('\n');
    }
}

static void print_labels(const struct survey *s)
{
    const uint32_t T = s->v->T;
    for (uint32_t y = 0; y < T; y++) {
        uint32_t before = 0, after = 0;
        for (uint32_t k = 0; k < T; k++) {
            before += s->v->t->space->follows[k * T + y];
            after += s->v->t->space->follows[y * T + k];
        }
        fputs(y == 0 || s->count[y] ? "\nlabel " : "label ", stdout);
        print_label(s->v, y);
        printf(": in training after %u labels and before %u\n", before, after);
        print_list(s, y);
    }
    if (s->count[T])
        puts("\ntransitions");
    print_list(s, T);
    if (s->count[T + 1])
        puts("\ntransitions with a feature");
    print_list(s, T + 1);
}

static bool summarize(struct view *v, struct error *e)
{
    struct survey s = {.v = v};
    (void)e;
    s.node_line = memory_new(TEMPLATE_LINES, sizeof *s.node_line);
    s.heavy = memory_new((size_t)(v->T + 2) * v->top, sizeof *s.heavy);
    s.count = memory_new(v->T + (size_t)2, sizeof *s.count);
    v->t->model->ops->parameters(v->t->model, survey, &s);
    print_sizes(&s);
    if (!v->t->space->format->attributes)
        print_lines(&s);
    print_labels(&s);
    memory_free(s.node_line);
    memory_free(s.heavy);
    memory_free(s.count);
    return true;
}

/* ---- one feature */

/* All features' texts, U features first, and how many there are; to be freed with free_texts. */
static char **texts_of(const struct view *v, size_t *count)
{
    const struct space *space = v->t->space;
    const uint32_t nodes = vocab_count(space->node), edges = vocab_count(space->edge);
    struct text_buffer b = {0};
    char **text = memory_new(*count = nodes + (size_t)edges, sizeof *text);
    for (size_t k = 0; k < *count; k++) {
        struct span s = feature_text(space, k >= nodes, (uint32_t)(k < nodes ? k : k - nodes), &b);
        text[k] = memory_copy(s.s, s.n);
    }
    memory_free(b.bytes);
    return text;
}

static void free_texts(char **text, size_t count)
{
    for (size_t k = 0; k < count; k++)
        memory_free(text[k]);
    memory_free(text);
}

/* "no feature 'dig'; there are U02:dig-in, …": those that hold the text, the most frequent first, or else the
 * nearest one. */
static bool no_feature(const char *wanted, char *const *text, size_t count, struct error *e)
{
    size_t near = 0;
    error_set(e, ERROR_USAGE, "the model has no feature '%s'", wanted);
    for (size_t k = 0; k < count && near < NEAR; k++)
        if (strstr(text[k], wanted))
            error_add(e, "%s%.*s", near++ ? ", " : "; it has ", text_shown(span_of(text[k]), 80), text[k]);
    const char *nearest = near ? NULL : text_nearest(wanted, (const char *const *)text, count);
    if (nearest)
        error_add(e, "; did you mean '%.*s'?", text_shown(span_of(nearest), 80), nearest);
    else if (near == 0)
        error_add(e, "; `asyntrain inspect RUN` shows what features look like");
    return false;
}

struct wanted {
    struct view *v;
    uint32_t id;
    bool edge;
};

static void print_weight(void *to, const struct parameter *p)
{
    struct wanted *f = to;
    const double w = (double)f->v->t->w[p->index];
    if (p->feature != f->id || (p->kind == PARAMETER_EDGE) != f->edge || p->kind == PARAMETER_MATRIX)
        return;
    printf("%12.5f  %s  ", w, parameter_names[p->kind]);
    if (p->kind == PARAMETER_EMBEDDING) {
        printf("number %u\n", p->to);
        return;
    }
    if (p->kind != PARAMETER_STATE) {
        print_label(f->v, p->from);
        fputs(" > ", stdout);
    }
    print_label(f->v, p->to);
    putchar('\n');
}

static bool show_feature(struct view *v, const char *wanted, struct error *e)
{
    const struct space *space = v->t->space;
    const uint32_t nodes = vocab_count(space->node);
    size_t count, k = 0;
    char **text = texts_of(v, &count);
    while (k < count && strcmp(text[k], wanted) != 0)
        k++;
    const bool found = k < count || no_feature(wanted, text, count, e);
    free_texts(text, count);
    if (!found)
        return false;
    struct wanted f = {v, (uint32_t)(k < nodes ? k : k - nodes), k >= nodes};
    print_span(span_of(wanted));
    printf(": %u times in training\n", f.edge ? space->edge_frequency[f.id] : space->node_frequency[f.id]);
    v->t->model->ops->parameters(v->t->model, print_weight, &f);
    return true;
}

/* ---- embeddings */

struct neighbour {
    double cosine;
    uint32_t id;
};

static int nearest_first(const void *x, const void *y)
{
    const struct neighbour *p = x, *q = y;
    if (p->cosine != q->cosine)
        return p->cosine < q->cosine ? 1 : -1;
    return p->id < q->id ? -1 : p->id > q->id;
}

static double dot(const real *a, const real *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t k = 0; k < n; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

/* The neighbours of feature `id` among those of its template line. */
static void print_neighbours(struct view *v, uint32_t id)
{
    const struct trained *t = v->t;
    const uint32_t nodes = vocab_count(t->space->node), skeleton = space_skeleton(t->space, id);
    struct neighbour *n = memory_new(nodes, sizeof *n);
    uint32_t count = 0, columns;
    const real *row = t->model->ops->feature_row(t->model, t->w, id, &columns);
    for (uint32_t k = 0; k < nodes; k++) {
        if (k == id || space_skeleton(t->space, k) != skeleton)
            continue;
        const real *other = t->model->ops->feature_row(t->model, t->w, k, &columns);
        const double size = sqrt(dot(row, row, columns) * dot(other, other, columns));
        if (size > 0)
            n[count++] = (struct neighbour){dot(row, other, columns) / size, k};
    }
    if (count)
        qsort(n, count, sizeof *n, nearest_first);
    print_span(feature_text(t->space, false, id, &v->feature));
    printf(": %u times in training; cosine\n", t->space->node_frequency[id]);
    for (uint32_t k = 0; k < count && k < v->top; k++) {
        printf("%12.5f  ", n[k].cosine);
        print_span(feature_text(t->space, false, n[k].id, &v->feature));
        putchar('\n');
    }
    memory_free(n);
}

/* Is it this feature, or the only cell of it? */
static bool is_word(const struct view *v, uint32_t id, const char *word, const char *text)
{
    struct span value[TEMPLATE_MACROS];
    const struct template_line *line = feature_line(v->t->space, false, id);
    if (strcmp(text, word) == 0)
        return true;
    if (!line || line->nmacros != 1)
        return false;
    feature_values(v->t->space, false, id, value);
    return span_is(value[0], word);
}

static bool show_word(struct view *v, const char *word, struct error *e)
{
    if (!v->t->model->ops->feature_row)
        return error_set(
            e, ERROR_USAGE,
            "option --word: model '%s' has no embeddings; see the weights of a feature with --feature",
            v->t->model->ops->name);
    size_t count, found = 0;
    char **text = texts_of(v, &count);
    for (uint32_t id = 0; id < vocab_count(v->t->space->node); id++)
        if (is_word(v, id, word, text[id])) {
            if (found++)
                putchar('\n');
            print_neighbours(v, id);
        }
    const bool good = found || no_feature(word, text, vocab_count(v->t->space->node), e);
    free_texts(text, count);
    return good;
}

/* ---- one sentence */

/* "FILE:LINE" or "-"; the path is to be freed. line 0: the first sentence. */
static char *place_of(const char *place, unsigned long *line, struct error *e)
{
    const char *colon = strrchr(place, ':');
    long long number = 0;
    *line = 0;
    if (strcmp(place, "-") == 0)
        return memory_copy(place, 1);
    if (!colon || !text_integer(span_of(colon + 1), &number) || number < 1) {
        error_set(e, ERROR_USAGE, "option --sentence: '%s' is neither FILE:LINE nor -", place);
        return NULL;
    }
    *line = (unsigned long)number;
    return memory_copy(place, (size_t)(colon - place));
}

static const struct sentence *find_sentence(struct reader *in, unsigned long line, struct error *e)
{
    const struct sentence *s;
    while ((s = reader_next(in, e)) && (s->document || (line && s->last < line)))
        continue;
    if (s && (!line || s->first <= line))
        return s;
    if (!e->kind)
        error_set(e, ERROR_CORPUS, "%s:%lu: no sentence here; give a line of one", stream_name(in->stream),
                  line ? line : 1);
    return NULL;
}

struct told { /* of one sentence */
    struct view *v;
    const struct sentence *s;
    const struct example *z;
    uint32_t *y;
    double *emission, *transition, log_p;
    void *scratch;
};

static void print_token(const struct told *o, uint32_t i)
{
    putchar('\n');
    print_span(format_shown(o->v->t->space->format, o->s, i, &o->v->feature));
    putchar(' ');
    print_label(o->v, o->y[i]);
    printf(": score %.5f = emission %.5f + transition %.5f\n", o->emission[i] + o->transition[i],
           o->emission[i], o->transition[i]);
}

/* What a feature stands with, where it is not 1, ends a line. */
static void print_value(double value)
{
    if (value != 1)
        printf("  (value %.6g)", value);
    putchar('\n');
}

/* Every weight is a part of the score. */
static void tell_parts(const struct told *o)
{
    size_t count, k = 0;
    struct contribution *c = contributions_list(o->v->t->model, o->v->t->w, o->z, o->y, &count);
    for (uint32_t i = 0; i < o->z->n; i++) {
        uint32_t shown = 0, more = 0;
        double rest = 0;
        print_token(o, i);
        for (; k < count && c[k].token == i; k++) {
            if (shown++ < o->v->top) {
                printf("%+12.5f  ", c[k].score);
                print_parameter(o->v, &c[k].parameter);
                print_value(c[k].value);
            } else {
                more++;
                rest += c[k].score;
            }
        }
        if (more)
            printf("%+12.5f  %u more\n", rest, more);
    }
    memory_free(c);
}

struct loss {
    double change;
    uint32_t at;
};

static int worst_first(const void *x, const void *y)
{
    const struct loss *p = x, *q = y;
    if (fabs(p->change) != fabs(q->change))
        return fabs(p->change) < fabs(q->change) ? 1 : -1;
    return p->at < q->at ? -1 : p->at > q->at;
}

/* What each feature is worth to the whole labelling. */
static void tell_losses(const struct told *o)
{
    struct loss *l = memory_new(o->z->start[o->z->n] - (size_t)o->z->start[0], sizeof *l);
    for (uint32_t i = 0; i < o->z->n; i++) {
        uint32_t count = 0;
        print_token(o, i);
        for (uint32_t k = o->z->start[i]; k < o->z->start[i + 1]; k++)
            l[count++] = (struct loss){
                contributions_without(o->v->t->model, o->v->t->w, o->z, o->y, k, o->scratch) - o->log_p, k};
        if (count)
            qsort(l, count, sizeof *l, worst_first);
        for (uint32_t k = 0; k < count && k < o->v->top; k++) {
            printf("%+12.5f  log p without ", l[k].change);
            print_span(feature_text(o->v->t->space, false, o->z->node[l[k].at], &o->v->feature));
            print_value(o->z->value ? (double)o->z->value[l[k].at] : 1);
        }
    }
    memory_free(l);
}

static void tell(struct view *v, const struct sentence *s, const struct example *z,
                 const struct constraint *k, const char *name)
{
    const struct trained *t = v->t;
    const struct weights view = {.w = t->w, .scale = 1};
    struct told o = {.v = v, .s = s, .z = z};
    o.y = memory_new(z->n, sizeof *o.y);
    o.emission = memory_new(z->n, sizeof *o.emission);
    o.transition = memory_new(z->n, sizeof *o.transition);
    o.scratch = t->model->ops->scratch_new(t->model, example_capacity(z));
    kernel_thread_begin();
    decode_best(t->model, &view, z, k, NULL, NULL, kernel_get(), o.y, o.scratch);
    o.log_p = contributions_scores(t->model, t->w, z, o.y, o.emission, o.transition, o.scratch);
    double score = 0;
    for (uint32_t i = 0; i < z->n; i++)
        score += o.emission[i] + o.transition[i];
    print_span(span_of(name));
    printf(":%lu: score %.5f, log p %.5f\n", s->line, score, o.log_p);
    (contributions_exact(t->model) ? tell_parts : tell_losses)(&o);
    t->model->ops->scratch_free(o.scratch);
    memory_free(o.y);
    memory_free(o.emission);
    memory_free(o.transition);
}

static bool show_sentence(struct view *v, const char *place, struct error *e)
{
    const struct space *space = v->t->space;
    unsigned long line;
    char *path = place_of(place, &line, e);
    struct reader *in = path ? reader_open(space->format, path, e) : NULL;
    struct constraint *k = NULL;
    struct dataset *d = dataset_new();
    const struct sentence *s = in ? find_sentence(in, line, e) : NULL;
    if (s && trained_constraint(v->t, NULL, &k, e) &&
        dataset_append(d, space, s, s->ncolumns == space->ncolumns, stream_name(in->stream), e)) {
        dataset_seal(d);
        tell(v, s, &d->example[0], k, stream_name(in->stream));
    }
    constraint_free(k);
    dataset_free(d);
    reader_close(in);
    memory_free(path);
    return !e->kind;
}

/* ---- */

static bool show(struct view *v, const char *const *values, struct error *e)
{
    if (values[FEATURE])
        return show_feature(v, values[FEATURE], e);
    if (values[WORD])
        return show_word(v, values[WORD], e);
    return values[SENTENCE] ? show_sentence(v, values[SENTENCE], e) : summarize(v, e);
}

static int inspect(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    long long top = TOP;
    (void)argc;
    if (!setup_number("--top", values[TOP_OPTION], 1, TOP * 100, &top, &e))
        return verb_fail(&e);
    if (!!values[FEATURE] + !!values[WORD] + !!values[SENTENCE] > 1) {
        error_set(&e, ERROR_USAGE, "options --feature, --word and --sentence: give one of them");
        return verb_fail(&e);
    }
    struct trained *t = setup_trained(argv[0], &e);
    if (t && !t->model->ops->parameters)
        error_set(&e, ERROR_USAGE, "the weights of model '%s' have no names, so there is nothing to show",
                  t->model->ops->name);
    else if (t) {
        struct view v = {.t = t, .T = vocab_count(t->space->labels), .top = (uint32_t)top};
        show(&v, values, &e);
        memory_free(v.feature.bytes);
    }
    trained_free(t);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_inspect = {
    .name = "inspect",
    .summary = "what is in a model, and what a sentence's labels rest on",
    .operands = "RUN",
    .example = "asyntrain inspect RUN --sentence corpora/chunk-test.conll:1",
    .least = 1,
    .most = 1,
    .group = VERB_MODEL,
    .options = options,
    .run = inspect,
};
