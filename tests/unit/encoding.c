/* SPDX-License-Identifier: MIT
 *
 * The encoding against chunks that the test draws and writes itself, in every pair of schemes.
 */
#include "lib/data/encoding.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS = 24, TYPES = 4, BYTES = 40 };
static const char *const type_name[TYPES] = {"NP", "VP", "O", ""}; /* O is a type like any other here */

/* A sentence: type[i] of the chunk at token i, -1 outside; first[i]: does a chunk begin there? */
struct chunks {
    uint32_t n;
    int type[TOKENS];
    bool first[TOKENS];
};

struct labels {
    char text[TOKENS][BYTES];
    struct span span[TOKENS];
};

static void draw(struct rng *r, struct chunks *c, int types)
{
    c->n = 1 + (uint32_t)rng_below(r, TOKENS);
    for (uint32_t i = 0; i < c->n;) {
        int type = (int)rng_below(r, (uint64_t)types + 1) - 1;
        for (uint64_t k = 1 + rng_below(r, 4), first = 1; k > 0 && i < c->n; k--, first = 0, i++) {
            c->type[i] = type;
            c->first[i] = first && type >= 0;
        }
    }
}

/* How the chunks stand in a scheme. */
static void put(const struct chunks *c, enum scheme scheme, struct labels *l)
{
    for (uint32_t i = 0; i < c->n; i++) {
        bool first = c->first[i], last = i + 1 == c->n || c->type[i + 1] < 0 || c->first[i + 1];
        bool touches = i > 0 && c->type[i - 1] == c->type[i];
        char prefix = first ? 'B' : 'I';
        if (scheme == SCHEME_IOB1 && first && !touches)
            prefix = 'I';
        if (scheme == SCHEME_BILOU && last)
            prefix = first ? 'U' : 'L';
        else if ((scheme == SCHEME_IOBES || scheme == SCHEME_BMES) && last)
            prefix = first ? 'S' : 'E';
        else if (scheme == SCHEME_BMES && !first)
            prefix = 'M';
        const char *type = c->type[i] < 0 ? "" : type_name[c->type[i]];
        sprintf(l->text[i], "%c%s%s", c->type[i] < 0 ? 'O' : prefix, *type ? "-" : "", type);
        l->span[i] = span_of(l->text[i]);
    }
}

static bool equal(const struct span *a, const struct span *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!span_equal(a[i], b[i]))
            return false;
    return true;
}

static const enum scheme schemes[] = {SCHEME_IOB1, SCHEME_IOB2, SCHEME_IOBES, SCHEME_BMES, SCHEME_BILOU};
#define PAIRS(FILE, MODEL)                                                                                   \
    for (size_t f_ = 0; f_ < 5; f_++)                                                                        \
        for (size_t m_ = 0; m_ < 5; m_++)                                                                    \
            for (enum scheme FILE = schemes[f_], MODEL = schemes[m_], *once_ = &FILE; once_; once_ = NULL)

/* Chunks written in the file's scheme are encoded as they are written in the model's, and come back. */
TEST(chunks_come_back)
{
    struct rng r;
    rng_init(&r, 21, 0, 0);
    PAIRS(file, model)
    {
        struct encoding *e = encoding_new(file, model, NULL, 0);
        CHECK(encoding_same(e) == (file == model));
        CHECK(encoding_file(e) == file && encoding_model(e) == model);
        for (int round = 0; round < 200; round++) {
            struct chunks c;
            struct labels in, want;
            struct span out[TOKENS], strided[3 * TOKENS];
            draw(&r, &c, TYPES);
            put(&c, file, &in);
            put(&c, model, &want);
            uint32_t stride = 1 + (uint32_t)rng_below(&r, 3);
            for (uint32_t i = 0; i < c.n; i++)
                strided[i * stride] = in.span[i];
            encoding_encode(e, strided, stride, c.n, out);
            CHECK_MSG(equal(out, want.span, c.n), "%s to %s, round %d", scheme_names[file],
                      scheme_names[model], round);
            encoding_decode(e, out, c.n, out); /* in place */
            CHECK_MSG(equal(out, in.span, c.n), "%s from %s, round %d", scheme_names[file],
                      scheme_names[model], round);
        }
        encoding_free(e);
    }
    encoding_free(NULL);
}

/* A label's type is the text behind its first dash; no type, "B", "B-" and "B-0" are one to conlleval, and a chunk may
 * have all three. */
static void draw_type(struct rng *r, char *type)
{
    static const char *const pieces[] = {"0", "00", "-",  "O",  "B", "B-", "I-X",
                                         "S", "é",  "北", "NP", ".", "="};
    strcpy(type, "-");
    for (uint64_t k = rng_below(r, 4); k > 0; k--)
        strcat(type, pieces[rng_below(r, sizeof pieces / sizeof *pieces)]);
}

static bool no_type(const char *type)
{
    return strcmp(type, "") == 0 || strcmp(type, "-") == 0 || strcmp(type, "-0") == 0;
}

/* Chunks of any types, written in two schemes. */
static uint32_t draw_and_write(struct rng *r, enum scheme one, enum scheme two, struct labels *in,
                               struct labels *out)
{
    static const char *const none[] = {"", "-", "-0"}, *const outside[] = {"O", "O", "O-", "O-0"};
    char type[32], before[32] = "";
    uint32_t n = 0, most = 1 + (uint32_t)rng_below(r, TOKENS - 4);
    for (bool touches = false; n < most;) {
        if (rng_below(r, 3) == 0) {
            strcpy(in->text[n], outside[rng_below(r, 4)]);
            strcpy(out->text[n], in->text[n]);
            n++, touches = false;
            continue;
        }
        bool again = rng_below(r, 2);
        if (again && touches)
            strcpy(type, before);
        else
            draw_type(r, type);
        touches = touches && (no_type(type) ? no_type(before) : strcmp(type, before) == 0);
        uint32_t length = 1 + (uint32_t)rng_below(r, 3);
        for (uint32_t k = 0; k < length; k++, n++) {
            const char *written = no_type(type) ? none[rng_below(r, 3)] : type;
            sprintf(in->text[n], "%c%s", scheme_prefix(one, k, length, touches), written);
            sprintf(out->text[n], "%c%s", scheme_prefix(two, k, length, touches), written);
        }
        strcpy(before, type);
        touches = true;
    }
    for (uint32_t i = 0; i < n; i++)
        in->span[i] = span_of(in->text[i]), out->span[i] = span_of(out->text[i]);
    return n;
}

/* Whatever stands behind the prefix is learned and answered as it was written, renamed types beside it or not. */
TEST(types_come_back_as_written)
{
    static const char *const rules[] = {"none of them=X"};
    struct rng r;
    rng_init(&r, 23, 0, 0);
    PAIRS(file, model)
    for (size_t nrules = 0; nrules < 2; nrules++) {
        struct encoding *e = encoding_new(file, model, rules, nrules);
        for (int round = 0; round < 100; round++) {
            struct labels in, want;
            struct span out[TOKENS];
            uint32_t n = draw_and_write(&r, file, model, &in, &want);
            encoding_encode(e, in.span, 1, n, out);
            for (uint32_t i = 0; i < n; i++)
                CHECK_MSG(span_equal(out[i], want.span[i]), "%s to %s: %s", scheme_names[file],
                          scheme_names[model], in.text[i]);
            encoding_decode(e, out, n, out);
            for (uint32_t i = 0; i < n; i++)
                CHECK_MSG(span_equal(out[i], in.span[i]), "%s from %s: %s", scheme_names[file],
                          scheme_names[model], in.text[i]);
        }
        encoding_free(e);
    }
}

/* The chunks of any labels, by the rules of lib/data/scheme.h; O ends them in any case. */
static void chunks_of(enum scheme scheme, const struct span *label, uint32_t n, struct chunks *c)
{
    struct scheme_tag last = {'O', {"", 0}};
    bool open = false;
    c->n = n;
    for (uint32_t i = 0; i < n; i++) {
        struct scheme_tag tag = scheme_cut(label[i]);
        c->first[i] = scheme_begins(scheme, last, tag);
        open = c->first[i] || (open && !scheme_ends(scheme, last, tag) && !scheme_outside(tag));
        c->type[i] = -1;
        for (int t = 0; t < TYPES && open; t++)
            if (span_is(tag.type, type_name[t]))
                c->type[i] = t;
        last = tag;
    }
}

/* Ill-formed labels, of the file or of a model that erred: the chunks that the scheme finds in them, well written. */
TEST(ill_formed_labels)
{
    struct rng r;
    rng_init(&r, 22, 0, 0);
    PAIRS(file, model)
    {
        if (file == model)
            continue; /* then they epoch as they are */
        struct encoding *e = encoding_new(file, model, NULL, 0);
        for (int round = 0; round < 400; round++) {
            struct labels in, want;
            struct span out[TOKENS];
            struct chunks c;
            uint32_t n = 1 + (uint32_t)rng_below(&r, TOKENS);
            for (uint32_t i = 0; i < n; i++) {
                const char *type = type_name[rng_below(&r, TYPES)];
                sprintf(in.text[i], "%c%s%s", "OBIESMLU"[rng_below(&r, 8)], *type ? "-" : "", type);
                in.span[i] = span_of(in.text[i]);
            }
            chunks_of(file, in.span, n, &c);
            put(&c, model, &want);
            encoding_encode(e, in.span, 1, n, out);
            CHECK_MSG(equal(out, want.span, n), "%s to %s, round %d", scheme_names[file], scheme_names[model],
                      round);
            chunks_of(model, in.span, n, &c);
            put(&c, file, &want);
            encoding_decode(e, in.span, n, out);
            CHECK_MSG(equal(out, want.span, n), "%s from %s, round %d", scheme_names[file],
                      scheme_names[model], round);
        }
        encoding_free(e);
    }
}

/* encode, in one line; blanks between the labels */
static const char *encoded(struct encoding *e, const char *labels, bool decode)
{
    static char text[256];
    struct span in[TOKENS], out[TOKENS];
    uint32_t n = 0;
    for (struct span rest = span_of(labels); rest.n; n++) {
        const char *blank = memchr(rest.s, ' ', rest.n);
        in[n] = (struct span){rest.s, blank ? (size_t)(blank - rest.s) : rest.n};
        rest.n -= in[n].n + (blank != NULL);
        rest.s += in[n].n + (blank != NULL);
    }
    if (decode)
        encoding_decode(e, in, n, out);
    else
        encoding_encode(e, in, 1, n, out);
    char *end = text;
    for (uint32_t i = 0; i < n; i++)
        end += sprintf(end, "%s%.*s", i ? " " : "", (int)out[i].n, out[i].s);
    return text;
}

/* By hand: what the answers of a model mean that knows IOBES or BMES and erred. */
TEST(ill_formed_answers)
{
    static const struct {
        const char *answer, *meaning; /* in IOBES; in IOB2 */
    } want[] = {
        {"B-A E-A S-A B-A I-A E-A", "B-A I-A B-A B-A I-A I-A"}, /* well-formed */
        {"B-A B-A", "B-A B-A"},
        {"I-A I-A O I-A", "B-A I-A O B-A"},
        {"E-A E-A", "B-A B-A"},
        {"E-A I-A", "B-A B-A"},
        {"B-A I-B E-B", "B-A B-B I-B"},
        {"B-A E-B", "B-A B-B"},
        {"S-A I-A E-A", "B-A B-A I-A"},
        {"S-A E-A", "B-A B-A"},
        {"B-A O E-A", "B-A O B-A"},
        {"B-A S-A", "B-A B-A"},
        {"B I E-A", "B I B-A"},
        {"O O", "O O"},
        {"B-A X-A E-A", "B-A I-A I-A"}, /* a prefix that is in no scheme is inside */
    };
    struct encoding *iobes = encoding_new(SCHEME_IOB2, SCHEME_IOBES, NULL, 0),
                    *bmes = encoding_new(SCHEME_IOB2, SCHEME_BMES, NULL, 0);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        char answer[64];
        CHECK_STR(encoded(iobes, want[k].answer, true), want[k].meaning);
        strcpy(answer, want[k].answer);
        for (char *c = answer; *c; c++)
            if (*c == 'I')
                *c = 'M';
        CHECK_STR(encoded(bmes, answer, true), want[k].meaning);
    }
    encoding_free(iobes);
    encoding_free(bmes);
}

TEST(types_are_renamed)
{
    static const char *const rules[] = {"NP=N", "V*=V", "ADVP=NP", "X=O", "=E", "*=Z"};
    struct encoding *e = encoding_new(SCHEME_IOB2, SCHEME_IOBES, rules, 6);
    CHECK(!encoding_same(e));
    CHECK_STR(encoded(e, "B-NP I-NP O B-VP B-V", false), "B-N E-N O S-V S-V");
    CHECK_STR(encoded(e, "B-ADVP B-NPX B I", false), "S-NP S-Z B-E E-E"); /* ADVP is not renamed twice */
    CHECK_STR(encoded(e, "B-NP B-X I-X B-NP", false), "S-N O O S-N");
    CHECK_STR(encoded(e, "S-N B-V E-V O", true), "B-N B-V I-V O"); /* rules are not undone */
    encoding_free(e);

    /* the first that fits counts; a lone star fits all, an empty type too */
    static const char *const all[] = {"*=O", "NP=N"};
    e = encoding_new(SCHEME_IOB2, SCHEME_IOB2, all, 2);
    CHECK(!encoding_same(e));
    CHECK_STR(encoded(e, "B-NP I-NP B O", false), "O O O O");
    encoding_free(e);

    /* chunks that touch only once they have one name, and those that no longer do */
    static const char *const merge[] = {"A=X", "B=X", "C=O"};
    e = encoding_new(SCHEME_IOB1, SCHEME_IOB1, merge, 3);
    CHECK_STR(encoded(e, "I-A I-B I-C I-A", false), "I-X B-X O I-X");
    CHECK_STR(encoded(e, "I-A B-A I-D", false), "I-X B-X I-D");
    encoding_free(e);

    /* without a rule for it, O is a type like any other; with one, its chunks stay or go */
    e = encoding_new(SCHEME_IOB2, SCHEME_IOBES, NULL, 0);
    CHECK_STR(encoded(e, "B-O I-O O", false), "B-O E-O O");
    encoding_free(e);
    static const char *const plain[] = {"NN*=N", "VB=V", "*=O"};
    e = encoding_new(SCHEME_PLAIN, SCHEME_PLAIN, plain, 3);
    CHECK_STR(encoded(e, "NN NNS VB VBD B-NN O", false), "N N V O O O");
    CHECK_STR(encoded(e, "N V NN", true), "N V NN");
    encoding_free(e);
}

TEST(types_of_any_length)
{
    char label[2][710], want[2][710];
    for (int k = 0; k < 2; k++) { /* they differ at their ends alone */
        sprintf(label[k], "B-%0700d", k);
        sprintf(want[k], "S-%0700d", k);
    }
    struct encoding *e = encoding_new(SCHEME_IOB2, SCHEME_IOBES, NULL, 0);
    struct span in[] = {span_of(label[0]), span_of(label[1])}, out[2];
    encoding_encode(e, in, 1, 2, out);
    CHECK(span_is(out[0], want[0]) && span_is(out[1], want[1]));
    encoding_decode(e, out, 2, out);
    CHECK(span_is(out[0], label[0]) && span_is(out[1], label[1]));
    encoding_free(e);
}

/* What was given stays where it is, however many labels are made later. */
TEST(labels_stay)
{
    struct encoding *e = encoding_new(SCHEME_IOB2, SCHEME_IOBES, NULL, 0);
    struct span first, later, in = span_of("B-first");
    encoding_encode(e, &in, 1, 1, &first);
    for (int k = 0; k < 5000; k++) {
        char label[32];
        sprintf(label, "B-type%d", k);
        in = span_of(label);
        encoding_encode(e, &in, 1, 1, &later);
        sprintf(label, "S-type%d", k);
        CHECK(span_is(later, label));
    }
    CHECK(span_is(first, "S-first"));
    encoding_free(e);
}

TEST(rules_are_kept_as_text)
{
    static const char *const rules[] = {"A=B", "C*=O", "=X", "D=E=F"};
    struct encoding *e = encoding_new(SCHEME_IOB1, SCHEME_BMES, rules, 4);
    char *text = encoding_rules(e);
    CHECK_STR(text, "A=B\nC*=O\n=X\nD=E=F\n");
    struct encoding *f = encoding_restore(SCHEME_IOB1, SCHEME_BMES, text);
    char *again = encoding_rules(f);
    CHECK_STR(again, text);
    static const char labels[] = "I-A I-CC B-A I I-D";
    char want[64];
    strcpy(want, encoded(e, labels, false));
    CHECK_STR(want, "S-B O S-B S-X S-E=F");
    CHECK_STR(encoded(f, labels, false), want);
    memory_free(again);
    memory_free(text);
    encoding_free(f);
    encoding_free(e);
    e = encoding_restore(SCHEME_IOB2, SCHEME_IOB2, "");
    CHECK(encoding_same(e));
    text = encoding_rules(e);
    CHECK_STR(text, "");
    memory_free(text);
    encoding_free(e);
}
