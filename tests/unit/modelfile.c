/* SPDX-License-Identifier: MIT
 *
 * Model files: what is saved comes back, to the bit; what is no model file, or is damaged anywhere, is refused with
 * what to do.
 */
#include "lib/report/modelfile.h"

#include "lib/base/memory.h"
#include "lib/data/dataset.h"
#include "lib/report/container.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *place(const char *name)
{
    static char path[8][512];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder(), name);
    return path[turn];
}

static const char *put(const char *name, const char *text)
{
    const char *path = place(name);
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        fputs(text, f);
        fclose(f);
    }
    return path;
}

static struct space *learned(const struct format_ops *format, const char *train, const char *template)
{
    struct error e = {0};
    struct space *s = NULL;
    const char *path = put("train", train);
    const struct corpus corpus = {.format = format,
                                  .task = format == &format_conll ? CORPUS_TAGGING : CORPUS_SEGMENTATION,
                                  .scheme = format == &format_conll ? SCHEME_PLAIN : SCHEME_BMES,
                                  .encode = format == &format_conll ? SCHEME_PLAIN : SCHEME_BMES,
                                  .label = "last",
                                  .train = &path,
                                  .ntrain = 1,
                                  .template_path = put("template", template),
                                  .cutoff = 1};
    dataset_free(dataset_learn(&corpus, &s, &e));
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

static const char conll[] = "the D B\ncat N I\n\nthe D B\ndog N O\n\xE4\xB8\xAD V X-\xC3\xA9\n";
static const char rich[] = "# comment\n\nU00:%x[0,0]\nU01:%x[-1,1]/%x[0,0]\nB\nB01:%x[0,1]\n";

static struct space *conll_space(void)
{
    return learned(&format_conll, conll, rich);
}

static struct space *segmented_space(void)
{
    return learned(&format_segmented, "ab c\nabc \xE4\xB8\xAD\xE5\x9B\xBD\n", "U0:%x[0,0]\nU1:%x[-1,0]\nB\n");
}

static void make_layout(struct layout *l, const struct space *s)
{
    uint32_t T = vocab_count(s->labels);
    *l = (struct layout){0};
    layout_add(l, "node", vocab_count(s->node), 1, T, false);
    layout_add(l, "edge", 1, T, T, true);
    layout_add(l, "rich", vocab_count(s->edge), T, T, false); /* none where no B line has macros */
}

static real *make_weights(const struct layout *l)
{
    real *w = memory_lines(l->size, sizeof *w);
    for (uint32_t k = 0; k < l->ngroups; k++)
        for (size_t r = 0; r < (size_t)l->group[k].count * l->group[k].rows; r++)
            for (uint32_t c = 0; c < l->group[k].columns; c++)
                w[l->group[k].offset + r * l->group[k].stride + c] =
                    (real)(k * 1000 + r * 10 + c) / (real)7 - (real)3;
    return w;
}

static bool same_vocab(const struct vocab *a, const struct vocab *b)
{
    if (!a || !b)
        return a == b;
    return vocab_count(a) == vocab_count(b) && span_equal(vocab_bytes(a), vocab_bytes(b)) &&
           memcmp(vocab_ends(a), vocab_ends(b), vocab_count(a) * sizeof(uint32_t)) == 0;
}

static void check_same_space(const struct space *a, const struct space *b)
{
    size_t T = vocab_count(a->labels);
    CHECK(a->format == b->format);
    CHECK_STR(a->template->text, b->template->text);
    CHECK_INT(a->template->count, b->template->count);
    CHECK_INT(memcmp(a->template->line, b->template->line, a->template->count * sizeof *a->template->line),
              0);
    CHECK(a->template->transitions == b->template->transitions);
    CHECK_INT(a->ncolumns, b->ncolumns);
    CHECK_INT(a->label_column, b->label_column);
    CHECK(same_vocab(a->values, b->values));
    CHECK(same_vocab(a->labels, b->labels));
    CHECK(same_vocab(a->node, b->node));
    CHECK(same_vocab(a->edge, b->edge));
    CHECK(same_vocab(a->words, b->words));
    CHECK(!a->spelling == !b->spelling);
    if (a->spelling && b->spelling) {
        CHECK_INT(a->spelling->column, b->spelling->column);
        CHECK(same_vocab(a->spelling->characters, b->spelling->characters));
    }
    CHECK(same_vocab(lexicon_words(a->lexicon), lexicon_words(b->lexicon)));
    CHECK_INT(encoding_file(a->encoding), encoding_file(b->encoding));
    CHECK_INT(encoding_model(a->encoding), encoding_model(b->encoding));
    char *rules = encoding_rules(a->encoding), *rules2 = encoding_rules(b->encoding);
    CHECK_STR(rules2, rules);
    memory_free(rules);
    memory_free(rules2);
    CHECK_INT(memcmp(a->node_frequency, b->node_frequency, vocab_count(a->node) * sizeof(uint32_t)), 0);
    CHECK_INT(memcmp(a->edge_frequency, b->edge_frequency, vocab_count(a->edge) * sizeof(uint32_t)), 0);
    CHECK_INT(memcmp(a->follows, b->follows, T * T), 0);
    CHECK_INT(memcmp(a->boundary, b->boundary, sizeof a->boundary), 0);
}

static void round_trip(struct space *s)
{
    static const char config[] = "run: {seed: 1}\n# \"quoted\" \xC3\xA9\n";
    struct error e = {0};
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l), *x = memory_lines(l.size, sizeof *x);
    const char *path = place("model.safetensors");
    CHECK_MSG(modelfile_save(path, config, s, &l, w, false, NULL, &e), "%s", e.text);
    for (int by_folder = 0; by_folder < 2; by_folder++) {
        struct modelfile *m = modelfile_open(by_folder ? test_folder() : path, &e);
        if (!CHECK_MSG(m != NULL, "%s", e.text))
            break;
        CHECK_STR(modelfile_path(m), path);
        CHECK_STR(modelfile_config(m), config);
        struct space *t = modelfile_space(m, &e);
        memset(x, 0, l.size * sizeof *x);
        if (CHECK_MSG(t != NULL, "%s", e.text)) {
            check_same_space(s, t);
            CHECK_MSG(modelfile_weights(m, &l, x, &e), "%s", e.text);
            CHECK_INT(memcmp(w, x, l.size * sizeof *x), 0); /* padding too: it stays 0 */
            /* what is saved again is the same file */
            const char *second = place("second");
            CHECK(modelfile_save(second, config, t, &l, x, false, NULL, &e));
            struct stat a, b;
            CHECK(stat(path, &a) == 0 && stat(second, &b) == 0 && a.st_size == b.st_size);
        }
        space_free(t);
        modelfile_close(m);
    }
    modelfile_close(NULL);
    memory_free(w);
    memory_free(x);
    space_free(s);
}

TEST(a_conll_model_comes_back)
{
    round_trip(conll_space());
}

TEST(a_segmented_model_comes_back)
{
    round_trip(segmented_space());
}

/* A space that has all: attributes, another scheme for the model, rules, a word list. */
static struct space *full_space(void)
{
    static const char *const rules[] = {"NP=N", "*=X"};
    struct error e = {0};
    struct space *s = NULL;
    const char *path = put("train", "the B-NP\ncat I-NP\nsat B-VP\n.\tO\n"),
               *words = put("words", "thecat cat\nsatin\n");
    const struct corpus corpus = {.format = &format_conll,
                                  .task = CORPUS_CHUNKING,
                                  .scheme = SCHEME_IOB2,
                                  .encode = SCHEME_IOBES,
                                  .map = rules,
                                  .nmap = 2,
                                  .label = "last",
                                  .train = &path,
                                  .ntrain = 1,
                                  .words = &words,
                                  .nwords = 1,
                                  .template_path =
                                      put("template", "U0:%X[0,0,suffix:2]\nu1:%t[0,0,\"^\\u\"]\n"
                                                      "*2:%x[0,0,place]\nU3:%x[0,0,word-from]\n"),
                                  .cutoff = 1};
    dataset_free(dataset_learn(&corpus, &s, &e));
    CHECK_MSG(s != NULL, "%s", e.text);
    return s;
}

TEST(a_model_with_all_comes_back)
{
    struct space *s = full_space();
    CHECK_INT(vocab_count(lexicon_words(s->lexicon)), 3);
    CHECK(vocab_find(s->labels, span_of("E-N")) != VOCAB_NONE &&
          vocab_find(s->labels, span_of("S-X")) != VOCAB_NONE);
    round_trip(s);
}

TEST(a_model_without_edge_features_comes_back)
{
    round_trip(learned(&format_conll, "a X\n", "U\n"));
}

TEST(a_model_that_spells_comes_back)
{
    struct space *s = conll_space();
    s->spelling = spelling_new(1);
    CHECK(spelling_add(s->spelling, span_of("\xE4\xB8\xAD")) && spelling_add(s->spelling, span_of("x")));
    round_trip(s);
}

/* The loaded space makes the same integers of a text as the learned one. */
TEST(a_loaded_space_reads_the_same)
{
    struct space *(*const made[])(void) = {conll_space, segmented_space};
    static const char *const texts[] = {"the D B\nbird N I\ncat N NEW\n\na D B\n", "cab x \xE4\xB8\xAD\n"};
    for (size_t k = 0; k < 2; k++) {
        struct error e = {0};
        struct space *s = made[k]();
        struct layout l;
        make_layout(&l, s);
        real *w = make_weights(&l);
        const char *path = place("model"), *text = put("text", texts[k]);
        CHECK(modelfile_save(path, "", s, &l, w, false, NULL, &e));
        struct modelfile *m = modelfile_open(path, &e);
        struct space *t = m ? modelfile_space(m, &e) : NULL;
        struct dataset *a = dataset_read(s, &text, 1, &e), *b = t ? dataset_read(t, &text, 1, &e) : NULL;
        if (CHECK_MSG(a && b, "%s", e.text)) {
            size_t tokens = a->tokens, word = sizeof(uint32_t);
            CHECK_INT(b->tokens, tokens);
            CHECK_INT(memcmp(a->start, b->start, (tokens + 1) * word), 0);
            CHECK_INT(memcmp(a->edge_start, b->edge_start, (tokens + 1) * word), 0);
            CHECK_INT(memcmp(a->node, b->node, a->start[tokens] * word), 0);
            CHECK(a->edge_start[tokens] == 0 || memcmp(a->edge, b->edge, a->edge_start[tokens] * word) == 0);
            CHECK_INT(memcmp(a->y, b->y, tokens * word), 0);
            CHECK(a->start[tokens] > 0);
        }
        dataset_free(a);
        dataset_free(b);
        space_free(s);
        space_free(t);
        modelfile_close(m);
        memory_free(w);
    }
}

/* ---- damaged models: the pieces of a good one, one of them replaced */

enum type { U8 = CONTAINER_U8, U32 = CONTAINER_U32, STRING, NOTHING };

struct piece {
    const char *name;
    enum type type;
    const void *data;
    size_t rows, columns;
};

static void put_piece(struct container_writer *out, const struct piece *x)
{
    if (x->type == STRING)
        container_put_string(out, x->name, x->data);
    else if (x->type != NOTHING)
        container_put_tensor(out, x->name, (enum container_type)x->type, x->data, x->rows, x->columns,
                             x->columns ? x->columns : 1);
}

static void put_or(struct container_writer *out, struct piece x, const struct piece *other)
{
    put_piece(out, strcmp(x.name, other->name) == 0 ? other : &x);
}

static void put_vocab(struct container_writer *out, const char *name, const struct vocab *v,
                      const struct piece *other)
{
    char bytes[32], ends[32];
    snprintf(bytes, sizeof bytes, "%s.bytes", name);
    snprintf(ends, sizeof ends, "%s.ends", name);
    put_or(out, (struct piece){bytes, U8, vocab_bytes(v).s, vocab_bytes(v).n, 0}, other);
    put_or(out, (struct piece){ends, U32, vocab_ends(v), vocab_count(v), 0}, other);
}

/* The weights of a group, those of `kept` blocks alone where it is the first group and there are such. */
static void put_weights(struct container_writer *out, const struct layout *l, uint32_t k, const real *w,
                        const struct piece *kept, const struct piece *other)
{
    const struct group *g = &l->group[k];
    const enum container_type type = sizeof(real) == 8 ? CONTAINER_F64 : CONTAINER_F32;
    static real few[1024];
    char name[32], rows[32];
    snprintf(name, sizeof name, "weight.%s", g->name);
    const bool some = k == 0 && kept;
    for (size_t j = 0; some && j < kept->rows; j++)
        memcpy(few + j * layout_block(g), w + g->offset + ((const uint32_t *)kept->data)[j] * layout_block(g),
               layout_block(g) * sizeof *w);
    if (strcmp(name, other->name) == 0)
        put_piece(out, other);
    else
        container_put_tensor(out, name, type, some ? few : w + g->offset,
                             (some ? kept->rows : g->count) * g->rows, g->columns, g->stride);
    if (!some)
        return;
    put_or(out, *kept, other);
    snprintf(name, sizeof name, "rows.%s", g->name);
    snprintf(rows, sizeof rows, "%u", g->count * g->rows);
    put_or(out, (struct piece){name, STRING, rows, 0, 0}, other);
}

/* Write a model by the description in modelfile.h, with `other` instead of the piece of that name; with `kept` blocks
 * of the first group, or NULL: all. */
static void write_sparse(const char *path, const struct space *s, const struct layout *l, const real *w,
                         const struct piece *kept, const struct piece *other)
{
    struct container_writer *out = container_writer_new();
    struct error e = {0};
    char ncolumns[16], label_column[16];
    size_t T = vocab_count(s->labels);
    snprintf(ncolumns, sizeof ncolumns, "%u", s->ncolumns);
    snprintf(label_column, sizeof label_column, "%u", s->label_column);
    put_or(out, (struct piece){"asyntrain", STRING, kept ? "4" : "3", 0, 0}, other);
    put_or(out, (struct piece){"config", STRING, "c", 0, 0}, other);
    put_or(out, (struct piece){"format", STRING, s->format->name, 0, 0}, other);
    put_or(out, (struct piece){"template", STRING, s->template->text, 0, 0}, other);
    put_or(out, (struct piece){"scheme", STRING, scheme_names[encoding_file(s->encoding)], 0, 0}, other);
    put_or(out, (struct piece){"encode", STRING, scheme_names[encoding_model(s->encoding)], 0, 0}, other);
    char *rules = encoding_rules(s->encoding);
    put_or(out, (struct piece){"map", STRING, rules, 0, 0}, other);
    memory_free(rules);
    put_or(out, (struct piece){"segmentation", STRING, s->words ? "1" : "0", 0, 0}, other);
    put_or(out, (struct piece){"ncolumns", STRING, ncolumns, 0, 0}, other);
    put_or(out, (struct piece){"label_column", STRING, label_column, 0, 0}, other);
    put_vocab(out, "values", s->values, other);
    put_vocab(out, "labels", s->labels, other);
    put_vocab(out, "node", s->node, other);
    put_vocab(out, "edge", s->edge, other);
    if (s->words)
        put_vocab(out, "words", s->words, other);
    if (s->template->words)
        put_vocab(out, "lexicon", lexicon_words(s->lexicon), other);
    if (s->spelling) {
        char column[16];
        snprintf(column, sizeof column, "%u", s->spelling->column);
        put_or(out, (struct piece){"spelling_column", STRING, column, 0, 0}, other);
        put_vocab(out, "characters", s->spelling->characters, other);
    }
    put_or(out, (struct piece){"node.frequency", U32, s->node_frequency, vocab_count(s->node), 0}, other);
    put_or(out, (struct piece){"edge.frequency", U32, s->edge_frequency, vocab_count(s->edge), 0}, other);
    put_or(out, (struct piece){"follows", U8, s->follows, T, T}, other);
    for (uint32_t k = 0; k < l->ngroups; k++)
        put_weights(out, l, k, w, kept, other);
    CHECK_MSG(container_write(out, path, NULL, &e), "%s", e.text);
    container_writer_free(out);
}

static void write_model(const char *path, const struct space *s, const struct layout *l, const real *w,
                        const struct piece *other)
{
    write_sparse(path, s, l, w, NULL, other);
}

/* Is it refused with ERROR_MODEL, and in a message that begins with the path? "" if it loads. */
static const char *verdict(const char *path, const struct layout *l)
{
    static struct error e;
    e = (struct error){0};
    struct modelfile *m = modelfile_open(path, &e);
    struct space *s = m ? modelfile_space(m, &e) : NULL;
    real *w = memory_lines(l->size, sizeof *w);
    bool good = s && modelfile_weights(m, l, w, &e);
    memory_free(w);
    space_free(s);
    modelfile_close(m);
    if (good)
        return "";
    CHECK_INT(e.kind, ERROR_MODEL);
    CHECK_MSG(strncmp(e.text, path, strlen(path)) == 0, "%s", e.text);
    return e.text;
}

TEST(damaged_models_are_refused)
{
    static const uint32_t numbers[64] = {9, 5, 3, 2}, rising[64] = {1, 2, 3}, far[2] = {1, 4000000000u},
                          back[3] = {2, 1, 3};
    static const uint8_t bytes[64] = "aa";
    static const struct piece damage[] = {
        {"asyntrain", NOTHING, 0, 0, 0},
        {"asyntrain", STRING, "5", 0, 0},
        {"config", NOTHING, 0, 0, 0},
        {"scheme", NOTHING, 0, 0, 0},
        {"scheme", STRING, "iob", 0, 0},
        {"encode", STRING, "", 0, 0},
        {"map", NOTHING, 0, 0, 0},
        {"segmentation", NOTHING, 0, 0, 0},
        {"format", NOTHING, 0, 0, 0},
        {"format", STRING, "conlll", 0, 0},
        {"template", NOTHING, 0, 0, 0},
        {"template", STRING, "", 0, 0},
        {"template", STRING, "nonsense", 0, 0},
        {"template", STRING, "U:%x[0,7]", 0, 0},
        {"template", STRING, "U:%x[0,0,test:\"((a{1,100}){1,100}){1,100}$\"]", 0, 0},
        {"template", STRING, "U:%x[0,0,match:\"(a+)+\\1$\"]", 0, 0},
        {"ncolumns", NOTHING, 0, 0, 0},
        {"ncolumns", STRING, "", 0, 0},
        {"ncolumns", STRING, "two", 0, 0},
        {"ncolumns", STRING, "-1", 0, 0},
        {"ncolumns", STRING, "1", 0, 0},
        {"ncolumns", STRING, "99999999999999999999", 0, 0},
        {"ncolumns", STRING, "4294967299", 0, 0},
        {"label_column", NOTHING, 0, 0, 0},
        {"label_column", STRING, "3", 0, 0},
        {"label_column", STRING, "-1", 0, 0},
        {"values.bytes", NOTHING, 0, 0, 0},
        {"values.ends", NOTHING, 0, 0, 0},
        {"labels.bytes", U8, bytes, 0, 0},
        {"labels.ends", U32, numbers, 0, 0},
        {"labels.ends", U32, back, 3, 0}, /* falling */
        {"labels.ends", U32, far, 2, 0}, /* beyond the bytes */
        {"labels.ends", U32, numbers, 3, 1}, /* a matrix */
        {"labels.ends", U8, bytes, 3, 0},
        {"labels.bytes", U32, numbers, 3, 0},
        {"node.bytes", NOTHING, 0, 0, 0},
        {"node.ends", U32, numbers, 1, 0}, /* fewer than weights and frequencies */
        {"node.ends", U32, back, 3, 0},
        {"edge.ends", NOTHING, 0, 0, 0},
        {"node.frequency", NOTHING, 0, 0, 0},
        {"node.frequency", U32, numbers, 2, 0},
        {"node.frequency", U32, rising, 3, 0},
        {"node.frequency", U8, bytes, 3, 0},
        {"edge.frequency", NOTHING, 0, 0, 0},
        {"edge.frequency", U32, rising, 63, 0},
        {"follows", NOTHING, 0, 0, 0},
        {"follows", U8, bytes, 3, 3},
        {"follows", U8, bytes, 16, 0},
        {"follows", U8, bytes, 4, 2},
        {"follows", U32, numbers, 4, 4},
        {"weight.node", NOTHING, 0, 0, 0},
        {"weight.node", U32, numbers, 4, 4},
        {"weight.edge", NOTHING, 0, 0, 0},
        {"weight.edge", U8, bytes, 4, 4},
    };
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    const char *path = place("forged");
    write_model(path, s, &l, w, &(struct piece){"none", NOTHING, 0, 0, 0});
    CHECK_STR(verdict(path, &l), ""); /* undamaged, the forgery loads: the damage is what is refused */
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        write_model(path, s, &l, w, &damage[k]);
        CHECK_MSG(verdict(path, &l)[0] != 0, "row %zu: %s", k, damage[k].name);
    }

    /* frequencies of the right number that rise */
    uint32_t *frequency = memory_new(vocab_count(s->node), sizeof *frequency);
    memcpy(frequency, s->node_frequency, vocab_count(s->node) * sizeof *frequency);
    frequency[vocab_count(s->node) - 1] = 1000;
    write_model(path, s, &l, w, &(struct piece){"node.frequency", U32, frequency, vocab_count(s->node), 0});
    CHECK_MSG(strstr(verdict(path, &l), "node.frequency") != NULL, "%s", verdict(path, &l));
    memory_free(frequency);

    /* keys of a line or of a value that is not there */
    for (size_t k = 0; k < 4; k++) {
        const struct vocab *v = k < 2 ? s->node : s->edge;
        const char *name = k < 2 ? "node" : "edge", *tensor = k < 2 ? "node.bytes" : "edge.bytes";
        const uint32_t wrong = k % 2 ? vocab_count(s->values) : TEMPLATE_LINES;
        char *keys = memory_copy(vocab_bytes(v).s, vocab_bytes(v).n);
        memcpy(keys + k % 2 * sizeof wrong, &wrong, sizeof wrong);
        write_model(path, s, &l, w, &(struct piece){tensor, U8, keys, vocab_bytes(v).n, 0});
        CHECK_MSG(strstr(verdict(path, &l), name) != NULL, "%zu: %s", k, verdict(path, &l));
        memory_free(keys);
    }

    /* a string twice: the second would never be found */
    char *twice = memory_copy(vocab_bytes(s->labels).s, vocab_bytes(s->labels).n);
    CHECK(vocab_ends(s->labels)[0] == 1 && vocab_ends(s->labels)[1] == 2);
    twice[1] = twice[0];
    write_model(path, s, &l, w, &(struct piece){"labels.bytes", U8, twice, vocab_bytes(s->labels).n, 0});
    CHECK_MSG(strstr(verdict(path, &l), "labels.") != NULL, "%s", verdict(path, &l));
    memory_free(twice);

    memory_free(w);
    space_free(s);
}

/* Schemes that no training could have, and a word list that is not there. */
TEST(damaged_schemes_are_refused)
{
    static const uint32_t back[3] = {2, 1, 3};
    static const struct piece damage[] = {
        {"scheme", STRING, "plain", 0, 0},        {"encode", STRING, "plain", 0, 0},
        {"segmentation", STRING, "1", 0, 0},      {"lexicon.bytes", NOTHING, 0, 0, 0},
        {"lexicon.ends", NOTHING, 0, 0, 0},       {"lexicon.ends", U32, back, 3, 0},
        {"template", STRING, "U:%x[0,0,y]", 0, 0}};
    struct space *s = full_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    const char *path = place("forged");
    write_model(path, s, &l, w, &(struct piece){"none", NOTHING, 0, 0, 0});
    CHECK_STR(verdict(path, &l), "");
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        write_model(path, s, &l, w, &damage[k]);
        CHECK_MSG(verdict(path, &l)[0] != 0, "row %zu: %s", k, damage[k].name);
    }
    memory_free(w);
    space_free(s);
}

TEST(damaged_spellings_are_refused)
{
    static const uint32_t few[] = {1, 2}, two[] = {2, 3};
    static const struct piece damage[] = {
        {"spelling_column", STRING, "2", 0, 0},      {"spelling_column", STRING, "3", 0, 0},
        {"spelling_column", STRING, "-1", 0, 0},     {"characters.bytes", NOTHING, 0, 0, 0},
        {"characters.ends", NOTHING, 0, 0, 0},       {"characters.bytes", U8, "aba", 3, 0}, /* one twice */
        {"characters.ends", U32, few, 2, 0},         {"characters.ends", U32, two, 2, 0}, /* two in one */
        {"characters.bytes", U8, "\xC3\xA9z", 3, 0}, /* one in two */
    };
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    const char *path = place("forged");
    s->spelling = spelling_new(0);
    for (uint32_t k = 0; k < 3; k++)
        CHECK(spelling_add(s->spelling, (struct span){"abc" + k, 1}));
    write_model(path, s, &l, w, &(struct piece){"none", NOTHING, 0, 0, 0});
    CHECK_STR(verdict(path, &l), "");
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        write_model(path, s, &l, w, &damage[k]);
        CHECK_MSG(verdict(path, &l)[0] != 0, "row %zu: %s", k, damage[k].name);
    }
    memory_free(w);
    space_free(s);
}

TEST(damaged_segmented_models_are_refused)
{
    static const uint32_t back[2] = {3, 1};
    static const struct piece damage[] = {
        {"words.bytes", NOTHING, 0, 0, 0},  {"words.ends", NOTHING, 0, 0, 0},
        {"words.ends", U32, back, 2, 0},    {"format", STRING, "conll segmented", 0, 0},
        {"scheme", STRING, "iob2", 0, 0},   {"map", STRING, "=X\n", 0, 0},
        {"label_column", STRING, "0", 0, 0}};
    struct space *s = segmented_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    const char *path = place("forged");
    write_model(path, s, &l, w, &(struct piece){"none", NOTHING, 0, 0, 0});
    CHECK_STR(verdict(path, &l), "");
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        write_model(path, s, &l, w, &damage[k]);
        CHECK_MSG(verdict(path, &l)[0] != 0, "row %zu: %s", k, damage[k].name);
    }
    memory_free(w);
    space_free(s);
}

/* A macro that asks for the label column, and strings that do not fill their bytes: training never writes
 * that, so a reader must not take it. */
TEST(contradictions_within_a_model_are_refused)
{
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    const char *path = place("forged");
    write_model(path, s, &l, w, &(struct piece){"template", STRING, "U:%x[0,2]", 0, 0});
    CHECK_MSG(verdict(path, &l)[0] != 0, "a macro asks for the label");
    struct span bytes = vocab_bytes(s->labels);
    uint8_t *more = memory_new(bytes.n + 5, 1);
    memcpy(more, bytes.s, bytes.n);
    write_model(path, s, &l, w, &(struct piece){"labels.bytes", U8, more, bytes.n + 5, 0});
    CHECK_MSG(verdict(path, &l)[0] != 0, "bytes after the last string");
    memory_free(more);
    memory_free(w);
    space_free(s);
}

/* Weights of another model's shape. */
TEST(weights_of_another_shape_are_refused)
{
    struct error e = {0};
    struct space *s = conll_space();
    struct layout l, other;
    make_layout(&l, s);
    real *w = make_weights(&l), *x;
    const char *path = place("model");
    CHECK(modelfile_save(path, "", s, &l, w, false, NULL, &e));
    struct modelfile *m = modelfile_open(path, &e);
    for (int k = 0; m && k < 4; k++) {
        const struct group *g = &l.group[0];
        other = (struct layout){0};
        layout_add(&other, k == 3 ? "nodes" : "node", g->count + (k == 0), g->rows, g->columns + (k == 1),
                   false);
        layout_add(&other, "edge", 1, l.group[1].rows + (k == 2), l.group[1].columns, true);
        x = memory_lines(other.size, sizeof *x);
        e = (struct error){0};
        CHECK(!modelfile_weights(m, &other, x, &e));
        CHECK_INT(e.kind, ERROR_MODEL);
        e = (struct error){0};
        CHECK(!modelfile_fits(m, &other, &e));
        CHECK_INT(e.kind, ERROR_MODEL);
        memory_free(x);
    }
    other = (struct layout){0}; /* a group less */
    layout_add(&other, "node", l.group[0].count, l.group[0].rows, l.group[0].columns, false);
    e = (struct error){0};
    CHECK(m && modelfile_fits(m, &l, &e) && !modelfile_fits(m, &other, &e));
    CHECK_INT(e.kind, ERROR_MODEL);
    modelfile_close(m);
    memory_free(w);
    space_free(s);
}

/* ---- models without their blocks of zeros */

/* Zero the blocks of a group whose bit in `mask` is 0. */
static void zero_blocks(const struct layout *l, uint32_t group, real *w, unsigned mask)
{
    const struct group *g = &l->group[group];
    for (uint32_t b = 0; b < g->count; b++)
        if (!(mask >> b % 16 & 1))
            memset(w + g->offset + b * layout_block(g), 0, layout_block(g) * sizeof *w);
}

static long long size_of(const char *path)
{
    struct stat s;
    return CHECK(stat(path, &s) == 0) ? (long long)s.st_size : 0;
}

/* What is loaded is what was saved, from either form. The sparse one is no longer; groups without zeros stay whole. */
TEST(blocks_of_zeros_are_left_out)
{
    static const struct {
        unsigned node, edge, rich;
        bool smaller;
    } masks[] = {{0xffff, 1, 0xffff, false}, {2, 1, 0xffff, true}, {0x5555, 1, 4, true},
                 {0xfffe, 0, 0xffff, true},  {0, 0, 0, true},      {0xffff, 0, 0xffff, true}};
    struct error e = {0};
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    CHECK(l.group[0].count > 3 && l.group[2].count > 1 && l.group[2].rows > 1);
    for (size_t k = 0; k < sizeof masks / sizeof *masks; k++) {
        real *w = make_weights(&l), *x = memory_lines(l.size, sizeof *x);
        const char *whole = place("whole"), *sparse = place("sparse"), *again = place("again");
        zero_blocks(&l, 0, w, masks[k].node);
        zero_blocks(&l, 1, w, masks[k].edge);
        zero_blocks(&l, 2, w, masks[k].rich);
        CHECK_MSG(modelfile_save(whole, "", s, &l, w, false, NULL, &e), "%s", e.text);
        CHECK_MSG(modelfile_save(sparse, "", s, &l, w, true, NULL, &e), "%s", e.text);
        struct modelfile *m = modelfile_open(sparse, &e);
        if (CHECK_MSG(m && modelfile_fits(m, &l, &e) && modelfile_weights(m, &l, x, &e), "%s", e.text))
            CHECK_INT(memcmp(w, x, l.size * sizeof *x), 0);
        modelfile_close(m);
        CHECK(modelfile_save(again, "", s, &l, x, true, NULL, &e) && size_of(again) == size_of(sparse));
        struct container *c = container_read(sparse, &e);
        if (CHECK_MSG(c != NULL, "%s", e.text)) {
            CHECK_STR(container_string(c, "asyntrain"), masks[k].smaller ? "4" : "3");
            size_t groups = (masks[k].node != 0xffff) + (masks[k].edge != 1) + (masks[k].rich != 0xffff);
            CHECK_INT(container_tensors(c, "blocks."), groups);
        }
        container_free(c);
        if (!masks[k].smaller)
            CHECK_INT(size_of(sparse), size_of(whole));
        memory_free(w);
        memory_free(x);
    }
    space_free(s);
}

/* Groups of more than a MiB come from the file in pieces: blocks smaller than a piece, larger, and of few numbers. */
TEST(large_groups_come_back)
{
    struct error e = {0};
    struct space *s = conll_space();
    struct layout l = {0};
    layout_add(&l, "small", 200003, 1, 3, false);
    layout_add(&l, "large", 3, 1000, 301, false);
    layout_add(&l, "some", 70001, 3, 5, false);
    real *w = make_weights(&l);
    for (int sparse = 0; sparse < 2; sparse++) {
        const char *path = place("large");
        if (sparse)
            zero_blocks(&l, 0, w, 0x1357), zero_blocks(&l, 2, w, 0xfffe);
        CHECK_MSG(modelfile_save(path, "", s, &l, w, sparse, NULL, &e), "%s", e.text);
        for (int again = 0; again < 2; again++) { /* the second time it changes while it is open */
            real *x = memory_lines(l.size, sizeof *x);
            struct modelfile *m = modelfile_open(path, &e);
            FILE *f = again ? fopen(path, "r+") : NULL;
            if (f) {
                fseek(f, -3000000, SEEK_END);
                int byte = fgetc(f);
                fseek(f, -3000000, SEEK_END);
                fputc(byte ^ 1, f);
                fclose(f);
            }
            if (CHECK_MSG(m && modelfile_fits(m, &l, &e), "%s", e.text)) {
                const bool read = modelfile_weights(m, &l, x, &e);
                CHECK(read == !again && (again || memcmp(w, x, l.size * sizeof *x) == 0));
                CHECK(read || (e.kind == ERROR_MODEL && strstr(e.text, "is wrong: the file is damaged")));
            }
            modelfile_close(m);
            memory_free(x);
        }
    }
    memory_free(w);
    space_free(s);
}

/* A file that another hand wrote by the description, and the same with one piece replaced. */
TEST(damaged_sparse_models_are_refused)
{
    static const uint32_t kept[] = {1, 3}, falling[] = {3, 1}, twice[] = {3, 3}, beyond[] = {1, 4000000000u},
                          three[] = {0, 1, 3};
    static const uint8_t bytes[] = {1, 3};
    static const struct piece blocks = {"blocks.node", U32, kept, 2, 0};
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    const uint32_t count = l.group[0].count, edge[] = {1, count};
    CHECK(count > 4 && count < 16);
    const struct {
        struct piece piece;
        const char *said;
    } damage[] = {
        {{"blocks.node", U32, falling, 2, 0}, "blocks.node is missing or contradicts"},
        {{"blocks.node", U32, twice, 2, 0}, "blocks.node is missing or contradicts"},
        {{"blocks.node", U32, beyond, 2, 0}, "blocks.node is missing or contradicts"},
        {{"blocks.node", U32, edge, 2, 0},
         "blocks.node is missing or contradicts"}, /* the first that is none */
        {{"blocks.node", U32, three, 3, 0}, "weight.node is missing or contradicts"},
        {{"blocks.node", U32, kept, 1, 0}, "weight.node is missing or contradicts"},
        {{"blocks.node", U32, kept, 0, 0}, "weight.node is missing or contradicts"},
        {{"blocks.node", U32, kept, 2, 1}, "tensor 'blocks.node' is U32 of 2 dimensions"},
        {{"blocks.node", U8, bytes, 2, 0}, "tensor 'blocks.node' is U8"},
        {{"blocks.node", NOTHING, 0, 0, 0}, "no tensor 'blocks.node'"},
        {{"rows.node", NOTHING, 0, 0, 0}, "weight.node is missing or contradicts"},
        {{"rows.node", STRING, "2", 0, 0}, "rows.node is missing or contradicts"},
        {{"rows.node", STRING, "", 0, 0}, "rows.node is missing or contradicts"},
        {{"rows.node", STRING, "many", 0, 0}, "rows.node is missing or contradicts"},
        {{"weight.node", NOTHING, 0, 0, 0}, "no tensor 'weight.node'"},
        {{"asyntrain", STRING, "3", 0, 0}, "rows.node is missing or contradicts"},
        {{"asyntrain", STRING, "5", 0, 0}, "a model of another version"},
    };
    struct error e = {0};
    real *w = make_weights(&l), *x = memory_lines(l.size, sizeof *x);
    zero_blocks(&l, 0, w, 1 << 1 | 1 << 3);
    const char *path = place("forged");
    write_sparse(path, s, &l, w, &blocks, &(struct piece){"none", NOTHING, 0, 0, 0});
    struct modelfile *m = modelfile_open(path, &e);
    if (CHECK_MSG(m && modelfile_weights(m, &l, x, &e), "%s", e.text))
        CHECK_INT(memcmp(w, x, l.size * sizeof *x), 0);
    modelfile_close(m);
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        write_sparse(path, s, &l, w, &blocks, &damage[k].piece);
        const char *said = verdict(path, &l);
        CHECK_MSG(strstr(said, damage[k].said) != NULL, "row %zu, %s: '%s'", k, damage[k].piece.name, said);
    }
    memory_free(w);
    memory_free(x);
    space_free(s);
}

/* Its bytes, to be freed. */
static char *get(const char *path, size_t *n)
{
    *n = (size_t)size_of(path);
    char *bytes = memory_new(*n + 1, 1);
    FILE *f = fopen(path, "r");
    CHECK(f && fread(bytes, 1, *n, f) == *n);
    if (f)
        fclose(f);
    return bytes;
}

static void put_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(bytes, 1, n, f) == n);
    if (f)
        fclose(f);
}

/* Whatever byte of a model changes or is missing: it is refused, for its own sake. */
TEST(damage_of_any_byte_is_refused)
{
    struct error e = {0};
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    zero_blocks(&l, 0, w, 2);
    size_t n;
    const char *path = place("damaged");
    CHECK_MSG(modelfile_save(path, "c: 1", s, &l, w, true, NULL, &e), "%s", e.text);
    char *bytes = get(path, &n);
    for (size_t i = 0; i < n; i++)
        for (int how = 0; how < 3; how++) {
            const char was = bytes[i];
            bytes[i] = (char)(how == 0   ? ~was
                              : how == 1 ? was ^ (1 << i % 8)
                                         : was ^ ' '); /* blank: of letters, the case */
            put_bytes(path, bytes, n);
            bytes[i] = was;
            e = (struct error){0};
            struct modelfile *m = modelfile_open(path, &e);
            CHECK_MSG(!m && e.kind == ERROR_MODEL, "byte %zu, %d: %s", i, how, e.text);
            modelfile_close(m);
        }
    for (size_t i = 0; i < n; i++) {
        put_bytes(path, bytes, i);
        e = (struct error){0};
        struct modelfile *m = modelfile_open(path, &e);
        CHECK_MSG(!m && e.kind == ERROR_MODEL, "%zu bytes: %s", i, e.text);
        modelfile_close(m);
    }
    memory_free(bytes);
    memory_free(w);
    space_free(s);
}

/* The same contents have the same signature, others another. Files of older programs have none; ours without are
 * damaged. */
TEST(models_are_signed)
{
    struct error e = {0};
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    char first[CONTAINER_SIGNATURE], same[CONTAINER_SIGNATURE], other[CONTAINER_SIGNATURE];
    const char *path = place("signed");
    CHECK(modelfile_save(place("elsewhere"), "c: 1", s, &l, w, false, same, &e));
    CHECK(modelfile_save(path, "c: 2", s, &l, w, false, other, &e));
    CHECK(strlen(other) == 16 && strcmp(same, other) != 0);
    w[l.group[1].offset] += 1;
    CHECK(modelfile_save(path, "c: 1", s, &l, w, false, other, &e));
    CHECK(strlen(other) == 16 && strcmp(same, other) != 0);
    w[l.group[1].offset] -= 1;
    CHECK(modelfile_save(path, "c: 1", s, &l, w, false, first, &e));
    CHECK_STR(first, same);
    struct modelfile *m = modelfile_open(path, &e);
    if (CHECK_MSG(m && modelfile_signature(m), "%s", e.text))
        CHECK_STR(modelfile_signature(m), first);
    modelfile_close(m);

    static const char begin[] = "{\"__metadata__\":{", string[] = "\"signature\":\"................\",";
    size_t n;
    char *bytes = get(path, &n), *number = strstr(bytes + 8, "\"asyntrain\":\"3\"");
    CHECK(memcmp(bytes + 8, begin, strlen(begin)) == 0 && number);
    memset(bytes + 8 + strlen(begin), ' ', strlen(string));
    put_bytes(path, bytes, n);
    CHECK(!modelfile_open(path, &e) && e.kind == ERROR_MODEL &&
          strstr(e.text, "/signed: has no signature; "));
    number[strlen("\"asyntrain\":\"")] = '1';
    put_bytes(path, bytes, n);
    m = modelfile_open(path, &e);
    if (CHECK_MSG(m != NULL, "%s", e.text))
        CHECK(!modelfile_signature(m) && modelfile_weights(m, &l, w, &e));
    modelfile_close(m);
    memory_free(bytes);
    memory_free(w);
    space_free(s);
}

TEST(what_is_no_model)
{
    struct error e = {0};
    CHECK(modelfile_open(place("none"), &e) == NULL && e.kind == ERROR_MODEL);
    CHECK(modelfile_open(test_folder(), &e) == NULL && e.kind == ERROR_MODEL); /* a folder without a model */
    CHECK(strstr(e.text, "/model.safetensors") != NULL);
    const char *path = put("text", "not a model\n");
    CHECK(modelfile_open(path, &e) == NULL && e.kind == ERROR_MODEL);
    struct container_writer *out = container_writer_new();
    CHECK(container_write(out, path, NULL, &e));
    container_writer_free(out);
    CHECK(modelfile_open(path, &e) == NULL && e.kind == ERROR_MODEL);
    CHECK(strstr(e.text, "not a model of asyntrain") != NULL);

    /* a file that cannot be written leaves nothing and says so */
    struct space *s = conll_space();
    struct layout l;
    make_layout(&l, s);
    real *w = make_weights(&l);
    CHECK(!modelfile_save("/nowhere/at/all/model", "", s, &l, w, false, NULL, &e));
    CHECK_INT(e.kind, ERROR_IO);
    memory_free(w);
    space_free(s);
}
