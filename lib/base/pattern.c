/* SPDX-License-Identifier: MIT */
#include "lib/base/pattern.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define WORKSPACE 1500 /* ints: enough for most expressions */

/* pcre2_dfa_match says how far a match from a given place reaches at most. Where the leftmost match begins is how far
 * one reaches backward from the end of the text, after anything. So a text is read twice, and from no other place; once
 * if one end of the match is known. */
struct pattern {
    pcre2_general_context *general;
    pcre2_code *forward; /* NULL: matches end where the text does */
    pcre2_code *backward; /* NULL: matches begin where the text does */
};

/* ---- PCRE2's memory is ours: where there is none the handler of lib/base/memory.h is called */

static void *allocate(size_t bytes, void *unused)
{
    (void)unused;
    return memory_new(bytes, 1);
}

static void release(void *p, void *unused)
{
    (void)unused;
    memory_free(p);
}

static pcre2_code *compile(struct span text, pcre2_general_context *general, struct error *e)
{
    int why;
    size_t where;
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.s, text.n,
                                     PCRE2_UTF | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_POSSESS |
                                         PCRE2_NO_START_OPTIMIZE,
                                     &why, &where, context);
    pcre2_compile_context_free(context);
    if (code)
        return code;
    char reason[128];
    pcre2_get_error_message(why, (PCRE2_UCHAR *)reason, sizeof reason);
    error_set(e, ERROR_CORPUS, "the regular expression cannot be had from the PCRE2 library here (%s)",
              reason);
    return NULL;
}

struct pattern *pattern_new(struct span expression, enum expression_dialect dialect, struct error *e)
{
    struct expression x;
    if (!expression_read(&x, expression, dialect, e))
        return NULL;
    struct pattern *p = memory_new(1, sizeof *p);
    bool both = !x.from_start && !x.to_end, good = true;
    p->general = pcre2_general_context_create(allocate, release, NULL);
    if (both || x.from_start)
        good =
            (p->forward = compile((struct span){x.forward.bytes, x.forward.length}, p->general, e)) != NULL;
    if (good && !x.from_start)
        good = (p->backward = compile((struct span){x.backward.bytes, x.backward.length}, p->general, e)) !=
               NULL;
    memory_free(x.forward.bytes);
    memory_free(x.backward.bytes);
    if (good)
        return p;
    pattern_free(p);
    return NULL;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->forward);
    pcre2_code_free(p->backward);
    pcre2_general_context_free(p->general);
    memory_free(p);
}

size_t pattern_bytes(const struct pattern *p)
{
    size_t forward = 0, backward = 0;
    if (p->forward)
        pcre2_pattern_info(p->forward, PCRE2_INFO_SIZE, &forward);
    if (p->backward)
        pcre2_pattern_info(p->backward, PCRE2_INFO_SIZE, &backward);
    return forward + backward;
}

/* ---- matching */

/* How far the longest match from `start` reaches; SIZE_MAX if there is none. `m` is for one pair. */
static size_t reach(const pcre2_code *code, struct span text, size_t start, uint32_t options,
                    pcre2_match_data *m)
{
    int small[WORKSPACE], *large = NULL, answer;
    size_t room = WORKSPACE;
    options |= PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK;
    answer = pcre2_dfa_match(code, (PCRE2_SPTR)text.s, text.n, start, options, m, NULL, small, room);
    while (answer == PCRE2_ERROR_DFA_WSSIZE) { /* for its lists of states, whose length is bounded */
        memory_free(large);
        large = memory_new(room *= 4, sizeof *large);
        answer = pcre2_dfa_match(code, (PCRE2_SPTR)text.s, text.n, start, options, m, NULL, large, room);
    }
    memory_free(large);
    assert(answer >= 0 ||
           answer == PCRE2_ERROR_NOMATCH); /* (0: there are shorter ones, and no room for them) */
    return answer < 0 ? SIZE_MAX : pcre2_get_ovector_pointer(m)[1];
}

/* The first characters, at most PATTERN_TEXT. */
static struct span cut(struct span text)
{
    size_t n = 0;
    if (text.n <= PATTERN_TEXT)
        return text;
    for (int k = 0; k < PATTERN_TEXT && n < text.n; k++)
        n += text_utf8_first((struct span){text.s + n, text.n - n});
    return (struct span){text.s, n};
}

static struct span reverse(struct span text, char out[4 * PATTERN_TEXT])
{
    for (size_t i = 0, length; i < text.n; i += length) {
        length = text_utf8_first((struct span){text.s + i, text.n - i});
        memcpy(out + text.n - i - length, text.s + i, length);
    }
    return (struct span){out, text.n};
}

bool pattern_find(const struct pattern *p, struct span text, struct span *found)
{
    char reversed[4 * PATTERN_TEXT];
    struct span head = cut(text);
    bool whole = head.n == text.n;
    size_t begin = 0, end = head.n, back = 0;
    pcre2_match_data *m = pcre2_match_data_create(1, p->general);
    if (p->backward)
        back = reach(p->backward, reverse(head, reversed), 0, whole ? 0 : PCRE2_NOTBOL, m);
    if (p->backward && back != SIZE_MAX)
        begin = head.n - back;
    if (p->forward && back != SIZE_MAX && (found || !p->backward))
        end = reach(p->forward, head, begin, whole ? 0 : PCRE2_NOTEOL, m);
    pcre2_match_data_free(m);
    assert(!p->backward || end != SIZE_MAX);
    if (back == SIZE_MAX || end == SIZE_MAX)
        return false;
    if (found)
        *found = (struct span){text.s + begin, end - begin};
    return true;
}

void pattern_library(char *words, size_t size)
{
    char version[64] = ""; /* it asks for 24, and tells so beforehand */
    const int n = pcre2_config(PCRE2_CONFIG_VERSION, NULL);
    if (n > 0 && (size_t)n <= sizeof version)
        pcre2_config(PCRE2_CONFIG_VERSION, version);
    snprintf(words, size, "PCRE2 %s", version);
}
