/* SPDX-License-Identifier: MIT
 *
 * score: examples by hand, and random sequences against plainer ways to count.
 */
#include "lib/report/score.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What score_print prints; the caller frees it. (Inlined, gcc 12 takes what fclose put into `text` for the
 * address of `text`.) */
__attribute__((noinline)) static char *printed(const struct score *s)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    score_print(s, out);
    fclose(out);
    return text;
}

static void check_print(const struct score *s, const char *want)
{
    char *text = printed(s);
    CHECK_STR(text, want);
    free(text);
}

/* Cut at blanks; at most 64 pieces. */
static size_t pieces(struct span piece[64], const char *text)
{
    size_t count = 0;
    for (; *text && count < 64; text += piece[count++].n) {
        text += strspn(text, " ");
        piece[count] = (struct span){text, strcspn(text, " ")};
    }
    return count;
}

static void sentence(struct score *s, const char *gold, const char *guess)
{
    struct span a[64], b[64];
    size_t n = pieces(a, gold), m = pieces(b, guess);
    if (CHECK(n == m))
        score_labels(s, a, b, n);
}

static bool line(struct score *s, const char *gold, const char *guess, struct error *e)
{
    struct span a[64], b[64];
    size_t n = pieces(a, gold), m = pieces(b, guess);
    return score_segments(s, a, n, b, m, e);
}

/* A word list: the words of one text, with a blank before and after each. */
static bool find_in_text(const void *list, struct span word)
{
    char key[64];
    snprintf(key, sizeof key, " %.*s ", (int)word.n, word.s);
    return strstr(list, key) != NULL;
}

/* ---- tagging -------------------------------------------------------------------------------------------- */

TEST(tagging)
{
    struct score *s = score_new(SCORE_TAGGING, NULL);
    sentence(s, "DT NN VB", "DT NN VB");
    sentence(s, "NN NN", "NN VB");
    sentence(s, "", "");
    sentence(s, "A-0", "A"); /* no types here: not the same tag */
    struct score_result r = score_read(s);
    CHECK_INT(r.sentences, 3);
    CHECK_INT(r.tokens, 6);
    CHECK_INT(r.correct_tokens, 4);
    CHECK_NEAR(r.accuracy, 100 * 4 / 6.0, 1e-12);
    CHECK_NEAR(r.sentence_accuracy, 100 / 3.0, 1e-12);
    CHECK_NEAR(r.f1, 0, 0);
    CHECK(r.oov_rate < 0 && r.oov_recall < 0 && r.iov_recall < 0);
    check_print(s, "processed 6 tokens in 3 sentences; correct: 4 tokens, 1 sentences.\n"
                   "accuracy:  66.67%; sentences:  33.33%\n");
    score_free(s);
}

/* ---- chunking ------------------------------------------------------------------------------------------- */

/* By hand. Gold: NP 0-1, VP 2, NP 3-4; NP 0, PP 1. Guess: NP 0-1, VP 2-3, NP 4; NP 0, ADJP 1. Labels right: 0 1
 * 2, not 3 (B-NP I-VP) and 4 (I-NP B-NP); 0, not 1; 4 of 7. */
TEST(chunking_by_hand)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    sentence(s, "B-NP I-NP B-VP B-NP I-NP", "B-NP I-NP B-VP I-VP B-NP");
    sentence(s, "B-NP B-PP", "B-NP B-ADJP");
    check_print(s, "processed 7 tokens with 5 phrases; found: 5 phrases; correct: 2.\n"
                   "accuracy:  57.14%; precision:  40.00%; recall:  40.00%; FB1:  40.00\n"
                   "             ADJP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n"
                   "               NP: precision:  66.67%; recall:  66.67%; FB1:  66.67  3\n"
                   "               PP: precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n"
                   "               VP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n");
    struct score_result r = score_read(s);
    CHECK_INT(r.gold, 5);
    CHECK_INT(r.guessed, 5);
    CHECK_INT(r.correct, 2);
    CHECK_INT(r.tokens, 7);
    CHECK_INT(r.sentences, 2);
    CHECK_NEAR(r.sentence_accuracy, 0, 0);
    score_free(s);
}

TEST(chunks_end_with_the_sentence)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    sentence(s, "O B-NP", "O B-NP");
    sentence(s, "I-NP O", "I-NP O"); /* IOB1: a chunk of its own */
    struct score_result r = score_read(s);
    CHECK_INT(r.gold, 2);
    CHECK_INT(r.guessed, 2);
    CHECK_INT(r.correct, 2);
    CHECK_NEAR(r.sentence_accuracy, 100, 0);
    score_free(s);
}

TEST(nothing_to_score)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    check_print(s, "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0.\n");
    sentence(s, "O O", "O O");
    check_print(s, "processed 2 tokens with 0 phrases; found: 0 phrases; correct: 0.\n"
                   "accuracy: 100.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00\n");
    score_free(s);
}

/* conlleval gives chunks without a type two rows if gold and guess have such, one row if only one has. */
TEST(chunks_without_a_type)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    sentence(s, "B I O", "O O O");
    check_print(s, "processed 3 tokens with 1 phrases; found: 0 phrases; correct: 0.\n"
                   "accuracy:  33.33%; precision:   0.00%; recall:   0.00%; FB1:   0.00\n"
                   "                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n");
    sentence(s, "B I- O", "B-0 I O");
    check_print(s, "processed 6 tokens with 2 phrases; found: 1 phrases; correct: 1.\n"
                   "accuracy:  66.67%; precision: 100.00%; recall:  50.00%; FB1:  66.67\n"
                   "                 : precision: 100.00%; recall:  50.00%; FB1:  66.67  1\n"
                   "                 : precision: 100.00%; recall:  50.00%; FB1:  66.67  1\n");
    score_free(s);
}

/* Brackets begin chunks in chunks that have not ended; conlleval counts the inner one. Checked with conlleval. */
TEST(chunks_in_chunks)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    sentence(s, "B-NP [-NP O", "B-NP [-NP O");
    struct score_result r = score_read(s);
    CHECK_INT(r.gold, 2);
    CHECK_INT(r.guessed, 2);
    CHECK_INT(r.correct, 1);
    score_free(s);
}

/* After "." no chunk ends, whatever follows: the open one is lost when the types part, and stays open over the
 * end of the sentence, and of the file, when they do not. Checked with conlleval. */
TEST(chunks_that_never_end)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    sentence(s, "B . B-NP O", "B . B-VP O");
    check_print(s, "processed 4 tokens with 2 phrases; found: 2 phrases; correct: 0.\n"
                   "accuracy:  75.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00\n"
                   "                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n"
                   "                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n"
                   "               NP: precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n"
                   "               VP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n");
    sentence(s, "B .", "B .");
    CHECK_INT(score_read(s).correct, 1);
    sentence(s, "O", "O");
    check_print(s, "processed 7 tokens with 3 phrases; found: 3 phrases; correct: 1.\n"
                   "accuracy:  85.71%; precision:  33.33%; recall:  33.33%; FB1:  33.33\n"
                   "                 : precision:  50.00%; recall:  50.00%; FB1:  50.00  2\n"
                   "                 : precision:  50.00%; recall:  50.00%; FB1:  50.00  2\n"
                   "               NP: precision:   0.00%; recall:   0.00%; FB1:   0.00  0\n"
                   "               VP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n");
    score_free(s);
}

TEST(types_are_sorted_by_bytes_and_many)
{
    enum { TYPES = 3000 };
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    for (int i = 0; i < TYPES; i++) {
        char label[16];
        snprintf(label, sizeof label, "B-%d", i * 7919 % TYPES + 10000);
        sentence(s, label, label); /* the label's memory is gone with the sentence */
    }
    sentence(s, "B-Z B-a B-\xC3\xA9", "B-Z B-a B-\xC3\xA9");
    char *text = printed(s), *row = strchr(strchr(text, '\n') + 1, '\n') + 1;
    for (int i = 0; i < TYPES + 3; i++) {
        char want[128], name[16];
        snprintf(name, sizeof name, "%d", i + 10000);
        snprintf(want, sizeof want, "%17s: precision: 100.00%%; recall: 100.00%%; FB1: 100.00  1\n",
                 i < TYPES        ? name
                 : i == TYPES     ? "Z"
                 : i == TYPES + 1 ? "a"
                                  : "\xC3\xA9");
        if (!CHECK(strncmp(row, want, strlen(want)) == 0))
            break;
        row = strchr(row, '\n') + 1;
    }
    CHECK(*row == 0);
    free(text);
    score_free(s);
}

/* The chunks of a sentence in another way: for every pair first <= last, is it one? Only the prefixes B I O E S
 * with a type, where chunks never overlap. */
static bool begins_at(const char *tag[], int i)
{
    const char *t = tag[i], *p = i > 0 ? tag[i - 1] : "O";
    if (t[0] == 'O')
        return false;
    if (p[0] == 'O' || strcmp(p + 1, t + 1) != 0)
        return true;
    if (p[0] == 'E')
        return t[0] == 'E' || t[0] == 'I';
    return t[0] == 'B' && p[0] != 'S'; /* S is a prefix that conlleval does not know */
}

static bool chunk(const char *tag[], int n, int first, int last)
{
    if (!begins_at(tag, first))
        return false;
    for (int i = first + 1; i <= last; i++)
        if (begins_at(tag, i) || tag[i][0] == 'O')
            return false;
    return last + 1 == n || tag[last + 1][0] == 'O' || begins_at(tag, last + 1);
}

/* Count the chunks of gold, of guess and of both that have no open token in them or beside them; returns how many
 * were left out. `open` [n+2]: from the token before the first on. */
static unsigned count_closed(const char *gold[], const char *guess[], const bool *open, int n,
                             unsigned *count)
{
    unsigned left_out = 0;
    for (int first = 0; first < n; first++)
        for (int last = first; last < n; last++) {
            bool a = chunk(gold, n, first, last), b = chunk(guess, n, first, last), in = false;
            for (int i = first; i < last + 3; i++)
                in = in || open[i];
            left_out += in && (a || b);
            count[0] += !in && a;
            count[1] += !in && b;
            count[2] += !in && a && b && strcmp(gold[first] + 1, guess[first] + 1) == 0;
        }
    return left_out;
}

TEST(chunks_counted_one_by_one)
{
    static const bool none[14] = {false};
    static const char *const schemes[] = {"IOB", "BIO", "OIE", "OBIES", "BIOES", "OS"};
    static const char *const types[] = {"-NP", "-VP", "-N"};
    struct rng r;
    rng_init(&r, 1, 2, 3);
    for (int round = 0; round < 3000; round++) {
        const char *scheme = schemes[rng_below(&r, 6)];
        size_t ntypes = 1 + rng_below(&r, 3);
        struct score *s = score_new(SCORE_CHUNKING, NULL);
        unsigned count[3] = {0}, right = 0, tokens = 0;
        for (int k = 0; k < 3; k++) {
            char text[2][12][8];
            const char *tag[2][12];
            struct span label[2][12];
            int n = 1 + (int)rng_below(&r, 12);
            for (int i = 0; i < n; i++) {
                for (int side = 0; side < 2; side++) {
                    char prefix = scheme[rng_below(&r, strlen(scheme))];
                    snprintf(text[side][i], 8, "%c%s", prefix,
                             prefix == 'O' ? "" : types[rng_below(&r, ntypes)]);
                    if (side == 1 && rng_below(&r, 3) > 0)
                        memcpy(text[1][i], text[0][i], 8);
                    tag[side][i] = text[side][i];
                    label[side][i] = span_of(text[side][i]);
                }
                right += strcmp(text[0][i], text[1][i]) == 0;
                tokens++;
            }
            count_closed(tag[0], tag[1], none, n, count);
            score_labels(s, label[0], label[1], (size_t)n);
        }
        struct score_result got = score_read(s);
        CHECK_INT(got.gold, count[0]);
        CHECK_INT(got.guessed, count[1]);
        CHECK_INT(got.correct, count[2]);
        CHECK_INT(got.correct_tokens, right);
        CHECK_INT(got.tokens, tokens);
        score_free(s);
    }
}

/* Gold labels that are open: of the tokens those are counted that have one, of the chunks on either side those with no
 * open token in them or beside them. */
TEST(open_labels_are_not_counted)
{
    static const char *const tags[] = {"O", "B-NP", "I-NP", "S-NP", "E-NP", "B-VP", "I-VP", "E-VP", "S-VP"};
    struct rng r;
    rng_init(&r, 1, 2, 4);
    unsigned open_tokens = 0, left_out = 0, counted = 0;
    for (int round = 0; round < 2000; round++) {
        struct score *s = score_new(SCORE_CHUNKING, NULL), *t = score_new(SCORE_TAGGING, NULL);
        unsigned count[3] = {0}, right = 0, tokens = 0, sentences = 0, whole = 0;
        for (int k = 0; k < 3; k++) {
            const char *tag[2][10], *shown[10];
            struct span label[2][10];
            int n = 1 + (int)rng_below(&r, 10), wrong = 0, known = 0;
            bool open[12] = {false};
            for (int i = 0; i < n; i++) {
                tag[0][i] = tags[rng_below(&r, 9)];
                tag[1][i] = rng_below(&r, 3) ? tag[0][i] : tags[rng_below(&r, 9)];
                open[i + 1] = rng_below(&r, 4) == 0;
                shown[i] = open[i + 1] ? "O" : tag[0][i]; /* a chunk ends there, as far as is known */
                label[0][i] = open[i + 1] ? (struct span){NULL, 0} : span_of(tag[0][i]);
                label[1][i] = span_of(tag[1][i]);
                open_tokens += open[i + 1];
                known += !open[i + 1];
                wrong += !open[i + 1] && strcmp(tag[0][i], tag[1][i]) != 0;
            }
            left_out += count_closed(shown, tag[1], open, n, count);
            tokens += (unsigned)known;
            right += (unsigned)(known - wrong);
            sentences += known > 0;
            whole += known > 0 && wrong == 0;
            score_labels(s, label[0], label[1], (size_t)n);
            score_labels(t, label[0], label[1], (size_t)n);
        }
        struct score_result got = score_read(s), tagging = score_read(t);
        counted += count[2];
        CHECK_INT(got.gold, count[0]);
        CHECK_INT(got.guessed, count[1]);
        CHECK_INT(got.correct, count[2]);
        CHECK_INT(got.tokens, tokens);
        CHECK_INT(got.correct_tokens, right);
        CHECK_INT(got.sentences, sentences);
        CHECK_INT(tagging.tokens, tokens);
        CHECK_INT(tagging.correct_tokens, right);
        CHECK_NEAR(tagging.sentence_accuracy, sentences ? 100.0 * whole / sentences : 0, 1e-9);
        score_free(s);
        score_free(t);
    }
    CHECK(open_tokens > 1000 && left_out > 1000 && counted > 1000);
}

/* ---- strict chunks and the table of labels --------------------------------------------------------------- */

/* Is [i, j) one chunk of IOB2, well-formed: B, then I of the same type, and no more of them behind? */
static bool well_formed(const char *tag[], int n, int i, int j)
{
    if (tag[i][0] != 'B')
        return false;
    for (int k = i + 1; k < j; k++)
        if (tag[k][0] != 'I' || strcmp(tag[k] + 1, tag[i] + 1) != 0)
            return false;
    return j == n || tag[j][0] != 'I' || strcmp(tag[j] + 1, tag[i] + 1) != 0;
}

TEST(strict_chunks_counted_one_by_one)
{
    struct rng r;
    rng_init(&r, 3, 1, 4);
    for (int round = 0; round < 2000; round++) {
        struct score *s = score_new(SCORE_CHUNKING, NULL);
        unsigned count[3] = {0}, right = 0;
        score_scheme(s, round % 2 ? SCHEME_IOB2 : SCHEME_PLAIN);
        score_strict(s);
        for (int k = 0; k < 3; k++) {
            char text[2][12][8];
            const char *tag[2][12];
            struct span label[2][12];
            int n = 1 + (int)rng_below(&r, 12);
            for (int i = 0; i < n; i++)
                for (int side = 0; side < 2; side++) {
                    char prefix = "OBIIES"[rng_below(&r, 6)];
                    snprintf(text[side][i], 8, "%c%s", prefix,
                             prefix == 'O'      ? ""
                             : rng_below(&r, 2) ? "-X"
                                                : "-Y");
                    if (side == 1 && rng_below(&r, 3) > 0)
                        memcpy(text[1][i], text[0][i], 8);
                    tag[side][i] = text[side][i];
                    label[side][i] = span_of(text[side][i]);
                }
            for (int i = 0; i < n; i++) {
                right += span_equal(label[0][i], label[1][i]);
                for (int j = i + 1; j <= n; j++) {
                    bool gold = well_formed(tag[0], n, i, j), guess = well_formed(tag[1], n, i, j);
                    count[0] += gold;
                    count[1] += guess;
                    count[2] += gold && guess && strcmp(tag[0][i], tag[1][i]) == 0;
                }
            }
            score_labels(s, label[0], label[1], (size_t)n);
        }
        struct score_result got = score_read(s);
        CHECK_INT(got.gold, count[0]);
        CHECK_INT(got.guessed, count[1]);
        CHECK_INT(got.correct, count[2]);
        CHECK_INT(got.correct_tokens, right);
        score_free(s);
    }
}

TEST(strict_chunks_without_a_type_have_one_row)
{
    struct score *s = score_new(SCORE_CHUNKING, NULL);
    score_strict(s);
    sentence(s, "B I O I", "B I I B");
    check_print(s, "processed 4 tokens with 1 phrases; found: 2 phrases; correct: 0.\n"
                   "accuracy:  50.00%; precision:   0.00%; recall:   0.00%; FB1:   0.00\n"
                   "                 : precision:   0.00%; recall:   0.00%; FB1:   0.00  2\n");
    score_free(s);
}

/* Against counts of every pair of labels. */
TEST(labels_counted_one_by_one)
{
    enum { LABELS = 40 };
    static unsigned pair[LABELS][LABELS];
    struct rng r;
    rng_init(&r, 6, 2, 8);
    struct score *s = score_new(SCORE_TAGGING, NULL);
    score_confusions(s);
    for (int round = 0; round < 500; round++) {
        char text[2][20][8]; /* their memory is gone with the sentence */
        struct span label[2][20];
        size_t n = 1 + (size_t)rng_below(&r, 20);
        for (size_t i = 0; i < n; i++) {
            uint64_t y[2] = {rng_below(&r, 1 + rng_below(&r, LABELS)),
                             rng_below(&r, 1 + rng_below(&r, LABELS))};
            y[1] = rng_below(&r, 2) ? y[0] : y[1];
            for (int side = 0; side < 2; side++) {
                snprintf(text[side][i], 8, "L%02d", (int)y[side]);
                label[side][i] = span_of(text[side][i]);
            }
            pair[y[0]][y[1]]++;
        }
        score_labels(s, label[0], label[1], n);
    }
    size_t count;
    struct score_label *all = score_by_label(s, &count);
    CHECK_INT(count, LABELS);
    for (size_t k = 0; k < count; k++) {
        unsigned y = (unsigned)(all[k].label.s[1] - '0') * 10 + (unsigned)(all[k].label.s[2] - '0');
        unsigned gold = 0, guessed = 0;
        for (unsigned z = 0; z < LABELS; z++)
            gold += pair[y][z], guessed += pair[z][y];
        double precision = 100.0 * pair[y][y] / guessed, recall = 100.0 * pair[y][y] / gold;
        CHECK_INT(all[k].gold, gold);
        CHECK_INT(all[k].guessed, guessed);
        CHECK_INT(all[k].correct, pair[y][y]);
        CHECK_NEAR(all[k].precision, precision, 1e-9);
        CHECK_NEAR(all[k].recall, recall, 1e-9);
        CHECK_NEAR(all[k].f1, 2 * precision * recall / (precision + recall), 1e-9);
        CHECK(k == 0 || all[k].gold <= all[k - 1].gold);
    }
    memory_free(all);
    /* the first confusion is the most frequent one */
    unsigned most = 0;
    for (unsigned y = 0; y < LABELS; y++)
        for (unsigned z = 0; z < LABELS; z++)
            most = y != z && pair[y][z] > most ? pair[y][z] : most;
    char *text = printed(s), *at = strstr(text, "\nconfusions, gold -> guess (the 20 most frequent)\n");
    if (CHECK(at != NULL))
        CHECK_INT(strtol(strchr(at + 1, '\n'), NULL, 10), most);
    free(text);
    score_free(s);
}

/* ---- segmentation --------------------------------------------------------------------------------------- */

/* By hand. Gold has 6 words, the guess 5. Matched are 北京 and 天安门, and in the second line 的 or 的的: of
 * two that are as long 的, which is further left. Unknown gold words are 北京 天安门 的的, two of them matched. */
TEST(segmentation_by_hand)
{
    struct score_words words = {find_in_text, " 我 爱 的 "};
    struct score *s = score_new(SCORE_SEGMENTATION, &words);
    struct error e;
    CHECK(line(s, "我 爱 北京 天安门", "我爱 北京 天安门", &e));
    CHECK(line(s, "的 的的", "的的 的", &e));
    CHECK(line(s, "", "", &e));
    struct score_result r = score_read(s);
    CHECK_INT(r.sentences, 2);
    CHECK_INT(r.gold, 6);
    CHECK_INT(r.guessed, 5);
    CHECK_INT(r.correct, 3);
    CHECK_INT(r.tokens, 10);
    CHECK_INT(r.correct_tokens, 5); /* 北京天安门; the others are S S, B E and S B E, B E S */
    CHECK_NEAR(r.precision, 60, 1e-12);
    CHECK_NEAR(r.recall, 50, 1e-12);
    CHECK_NEAR(r.oov_rate, 50, 1e-12);
    CHECK_NEAR(r.oov_recall, 100 * 2 / 3.0, 1e-12);
    CHECK_NEAR(r.iov_recall, 100 / 3.0, 1e-12);
    CHECK_NEAR(r.sentence_accuracy, 0, 0);
    check_print(s, "=== TOTAL TRUE WORD COUNT:\t6\n"
                   "=== TOTAL TEST WORD COUNT:\t5\n"
                   "=== TOTAL TRUE WORDS RECALL:\t0.500\n"
                   "=== TOTAL TEST WORDS PRECISION:\t0.600\n"
                   "=== F MEASURE:\t0.545\n"
                   "=== OOV Rate:\t0.500\n"
                   "=== OOV Recall Rate:\t0.667\n"
                   "=== IV Recall Rate:\t0.333\n");
    score_free(s);
}

TEST(segmentation_without_a_list)
{
    struct score *s = score_new(SCORE_SEGMENTATION, NULL);
    struct error e;
    CHECK(line(s, "ab c", "ab c", &e));
    struct score_result r = score_read(s);
    CHECK(r.oov_rate < 0 && r.oov_recall < 0 && r.iov_recall < 0);
    CHECK_NEAR(r.sentence_accuracy, 100, 0);
    check_print(s, "=== TOTAL TRUE WORD COUNT:\t2\n"
                   "=== TOTAL TEST WORD COUNT:\t2\n"
                   "=== TOTAL TRUE WORDS RECALL:\t1.000\n"
                   "=== TOTAL TEST WORDS PRECISION:\t1.000\n"
                   "=== F MEASURE:\t1.000\n");
    score_free(s);
}

TEST(segmentation_without_unknown_words)
{
    struct score_words words = {find_in_text, " ab c "};
    struct score *s = score_new(SCORE_SEGMENTATION, &words);
    struct error e;
    CHECK(line(s, "ab c", "abc", &e));
    struct score_result r = score_read(s);
    CHECK_NEAR(r.oov_rate, 0, 0);
    CHECK(r.oov_recall < 0);
    CHECK_NEAR(r.iov_recall, 0, 0);
    check_print(s, "=== TOTAL TRUE WORD COUNT:\t2\n"
                   "=== TOTAL TEST WORD COUNT:\t1\n"
                   "=== TOTAL TRUE WORDS RECALL:\t0.000\n"
                   "=== TOTAL TEST WORDS PRECISION:\t0.000\n"
                   "=== F MEASURE:\t0.000\n"
                   "=== OOV Rate:\t0.000\n"
                   "=== OOV Recall Rate:\t--\n"
                   "=== IV Recall Rate:\t0.000\n");
    score_free(s);
}

TEST(other_characters_are_an_error)
{
    static const char *const bad[][2] = {
        {"ab c", "ab d"}, {"ab c", "ab"}, {"ab", "a bc"}, {"ab", ""}, {"", "a"}};
    struct score *s = score_new(SCORE_SEGMENTATION, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error e = {0};
        CHECK(!line(s, bad[i][0], bad[i][1], &e));
        CHECK_INT(e.kind, ERROR_CORPUS);
    }
    struct score_result r = score_read(s);
    CHECK_INT(r.sentences, 0);
    CHECK_INT(r.tokens, 0);
    CHECK_INT(r.gold, 0);
    score_free(s);
}

/* Common boundaries are no place to cut: whole lines have "a b" in common, their parts nothing. */
TEST(matches_cross_common_boundaries)
{
    struct score *s = score_new(SCORE_SEGMENTATION, NULL);
    struct error e;
    CHECK(line(s, "ab x a b", "a b x ab", &e));
    CHECK_INT(score_read(s).correct, 2);
    score_free(s);
}

TEST(characters_with_labels)
{
    struct score_words words = {find_in_text, " ab "};
    struct score *s = score_new(SCORE_SEGMENTATION, &words);
    struct span c[] = {span_of("a"), span_of("b"), span_of("中"), span_of("文"), span_of("d")};
    score_characters(s, c, "BEBES", "BESSS", 5);
    struct score_result r = score_read(s);
    CHECK_INT(r.sentences, 1);
    CHECK_INT(r.tokens, 5);
    CHECK_INT(r.correct_tokens, 3);
    CHECK_INT(r.gold, 3); /* ab 中文 d */
    CHECK_INT(r.guessed, 4); /* ab 中 文 d */
    CHECK_INT(r.correct, 2);
    CHECK_NEAR(r.oov_recall, 50, 0);
    /* ill-formed: words a b 中文 d for BBME then S, and ab中文d for MMMMM */
    score_characters(s, c, "BBMES", "MMMMM", 5);
    r = score_read(s);
    CHECK_INT(r.gold, 3 + 3);
    CHECK_INT(r.guessed, 4 + 1);
    CHECK_INT(r.correct, 2);
    CHECK_INT(r.correct_tokens, 3 + 1);
    score_characters(s, c, "", "", 0);
    CHECK_INT(score_read(s).sentences, 2);
    score_free(s);
}

/* n characters of the first `kinds` letters, cut into words at random. */
static size_t random_words(struct rng *r, struct span *word, const char *text, size_t n, unsigned percent)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || rng_below(r, 100) < percent)
            word[count++] = (struct span){text + i, 0};
        word[count - 1].n++;
    }
    return count;
}

static void random_text(struct rng *r, char *text, size_t n, unsigned kinds)
{
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + rng_below(r, kinds));
    text[n] = 0;
}

/* Are the gold words that `set` has a subsequence of the guess? */
static bool common(const struct span *gold, size_t n, unsigned set, const struct span *guess, size_t m)
{
    size_t j = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(set >> i & 1))
            continue;
        while (j < m && !span_equal(gold[i], guess[j]))
            j++;
        if (j++ >= m)
            return false;
    }
    return true;
}

/* All sets of gold words, one after another: the greatest common one, and among those the one that has the
 * first gold word on which two differ. */
static unsigned best_set(const struct span *gold, size_t n, const struct span *guess, size_t m)
{
    unsigned best = 0;
    for (unsigned set = 1; set < 1u << n; set++) {
        int more = __builtin_popcount(set) - __builtin_popcount(best);
        unsigned differ = set ^ best;
        bool left = (set & differ & -differ) != 0;
        if ((more > 0 || (more == 0 && left)) && common(gold, n, set, guess, m))
            best = set;
    }
    return best;
}

TEST(matches_are_the_leftmost_of_the_longest)
{
    struct rng r;
    rng_init(&r, 4, 5, 6);
    struct score_words words = {find_in_text, " a b ab ba aaa "};
    struct error e;
    int several = 0;
    for (int round = 0; round < 4000; round++) {
        char text[16];
        struct span gold[16], guess[16];
        size_t length = 1 + rng_below(&r, 13);
        random_text(&r, text, length, 1 + (unsigned)rng_below(&r, 3));
        unsigned percent = 30 + (unsigned)rng_below(&r, 60);
        size_t n = random_words(&r, gold, text, length, percent);
        size_t m = random_words(&r, guess, text, length, percent);
        unsigned set = best_set(gold, n, guess, m), oov = 0, found = 0, labels = 0;
        for (size_t i = 0; i < n; i++) {
            bool unknown = !find_in_text(words.list, gold[i]);
            oov += unknown;
            found += unknown && (set >> i & 1);
        }
        several += found != oov && found > 0;
        for (size_t c = 0; c < length; c++) {
            const char *at = text + c;
            int edges[2] = {0, 0};
            for (size_t i = 0; i < n; i++)
                edges[0] |= (gold[i].s == at) | (gold[i].s + gold[i].n == at + 1) << 1;
            for (size_t i = 0; i < m; i++)
                edges[1] |= (guess[i].s == at) | (guess[i].s + guess[i].n == at + 1) << 1;
            labels += edges[0] == edges[1];
        }
        struct score *s = score_new(SCORE_SEGMENTATION, &words);
        CHECK(score_segments(s, gold, n, guess, m, &e));
        struct score_result got = score_read(s);
        CHECK_INT(got.gold, n);
        CHECK_INT(got.guessed, m);
        CHECK_INT(got.correct, __builtin_popcount(set));
        CHECK_INT(got.correct_tokens, labels);
        CHECK_NEAR(got.oov_recall, oov ? 100.0 * found / oov : -1, 1e-12);
        score_free(s);
    }
    CHECK(several > 100); /* the choice was put to the test */
}

/* The same by a table, for lines of several hundred words: longest[i][j] of gold[i..] and guess[j..]. */
static void count_by_table(const struct span *gold, size_t n, const struct span *guess, size_t m,
                           const char *list, unsigned *all, unsigned *known)
{
    unsigned *longest = memory_new((n + 1) * (m + 1), sizeof *longest);
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            unsigned down = longest[(i + 1) * (m + 1) + j], right = longest[i * (m + 1) + j + 1];
            longest[i * (m + 1) + j] = span_equal(gold[i], guess[j]) ? longest[(i + 1) * (m + 1) + j + 1] + 1
                                       : down > right                ? down
                                                                     : right;
        }
    *all = longest[0];
    *known = 0;
    for (size_t i = 0, j = 0; i < n; i++) {
        size_t at = j;
        while (at < m && !span_equal(gold[i], guess[at]))
            at++;
        if (at == m || longest[(i + 1) * (m + 1) + at + 1] + 1 != longest[i * (m + 1) + j])
            continue;
        j = at + 1;
        *known += find_in_text(list, gold[i]);
    }
    memory_free(longest);
}

TEST(long_lines_match_as_the_table_says)
{
    enum { LENGTH = 600 };
    struct rng r;
    rng_init(&r, 7, 8, 9);
    struct score_words words = {find_in_text, " a b ab aab c bca "};
    struct score *s = score_new(SCORE_SEGMENTATION, &words); /* one for all: its buffers are reused */
    uint64_t correct = 0;
    unsigned in_list = 0, found = 0;
    for (int round = 0; round < 120; round++) {
        char text[LENGTH + 1];
        struct span gold[LENGTH], guess[LENGTH];
        size_t length = 1 + rng_below(&r, LENGTH);
        random_text(&r, text, length, 1 + (unsigned)rng_below(&r, 5));
        unsigned percent = 20 + (unsigned)rng_below(&r, 75);
        size_t n = random_words(&r, gold, text, length, percent);
        size_t m = random_words(&r, guess, text, length, percent);
        if (round % 3 == 0) { /* mostly the same: errors here and there, as a trained model makes them */
            memcpy(guess, gold, n * sizeof *gold);
            m = n;
            for (int k = 0; k < 6 && m > 1; k++) {
                size_t i = rng_below(&r, m - 1);
                guess[i].n += guess[i + 1].n;
                memmove(&guess[i + 1], &guess[i + 2], (m - i - 2) * sizeof *guess);
                m--;
            }
        }
        unsigned all, known;
        struct error e;
        count_by_table(gold, n, guess, m, words.list, &all, &known);
        for (size_t i = 0; i < n; i++)
            in_list += find_in_text(words.list, gold[i]);
        found += known;
        CHECK(score_segments(s, gold, n, guess, m, &e));
        struct score_result got = score_read(s);
        CHECK_INT(got.correct - correct, all);
        CHECK_NEAR(got.iov_recall, in_list ? 100.0 * found / in_list : -1, 1e-9);
        correct = got.correct;
    }
    score_free(s);
}

/* (a aa)(a aa)... against (aa a)(aa a)...: all but the first word matches. The line is far beyond what a quadratic
 * table or recursion could do. */
TEST(a_line_of_60000_characters)
{
    enum { PAIRS = 20000 };
    char *text = memory_new(3 * PAIRS + 1, 1);
    struct span *gold = memory_new(2 * PAIRS, sizeof *gold), *guess = memory_new(2 * PAIRS, sizeof *guess);
    memset(text, 'a', 3 * PAIRS);
    for (size_t k = 0; k < PAIRS; k++) {
        gold[2 * k] = (struct span){text + 3 * k, 1};
        gold[2 * k + 1] = (struct span){text + 3 * k + 1, 2};
        guess[2 * k] = (struct span){text + 3 * k, 2};
        guess[2 * k + 1] = (struct span){text + 3 * k + 2, 1};
    }
    struct score *s = score_new(SCORE_SEGMENTATION, NULL);
    struct error e;
    CHECK(score_segments(s, gold, 2 * PAIRS, guess, 2 * PAIRS, &e));
    CHECK_INT(score_read(s).correct, 2 * PAIRS - 1);
    CHECK_INT(score_read(s).correct_tokens, 0);
    score_free(s);
    memory_free(text);
    memory_free(gold);
    memory_free(guess);
}

TEST(characters_and_segments_agree)
{
    struct rng r;
    rng_init(&r, 10, 11, 12);
    struct score_words words = {find_in_text, " a b ab ba "};
    struct score *by_label = score_new(SCORE_SEGMENTATION, &words);
    struct score *by_word = score_new(SCORE_SEGMENTATION, &words);
    for (int round = 0; round < 500; round++) {
        char text[41], label[2][41];
        struct span word[2][40], c[40];
        size_t n = 1 + rng_below(&r, 40), count[2];
        random_text(&r, text, n, 3);
        for (size_t i = 0; i < n; i++)
            c[i] = (struct span){text + i, 1};
        for (int side = 0; side < 2; side++) {
            count[side] = random_words(&r, word[side], text, n, 60);
            for (size_t i = 0, at = 0; i < count[side]; i++) {
                size_t length = word[side][i].n;
                for (size_t k = 0; k < length; k++)
                    label[side][at++] = length == 1 ? 'S' : k == 0 ? 'B' : k + 1 == length ? 'E' : 'M';
            }
        }
        struct error e;
        score_characters(by_label, c, label[0], label[1], n);
        CHECK(score_segments(by_word, word[0], count[0], word[1], count[1], &e));
    }
    char *a = printed(by_label), *b = printed(by_word);
    CHECK_STR(a, b);
    CHECK_INT(score_read(by_label).correct_tokens, score_read(by_word).correct_tokens);
    CHECK_INT(score_read(by_label).tokens, score_read(by_word).tokens);
    CHECK_NEAR(score_read(by_label).sentence_accuracy, score_read(by_word).sentence_accuracy, 0);
    free(a);
    free(b);
    score_free(by_label);
    score_free(by_word);
}
