/* SPDX-License-Identifier: MIT */
#include "lib/base/text.h"

#include "lib/base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void text_append(struct text_buffer *b, struct span piece)
{
    b->bytes = memory_grow(b->bytes, &b->capacity, b->length + piece.n + 1, 1);
    memcpy(b->bytes + b->length, piece.s, piece.n);
    b->length += piece.n;
}

struct span span_of(const char *zero_ended)
{
    return (struct span){zero_ended, strlen(zero_ended)};
}

bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

bool span_is(struct span a, const char *zero_ended)
{
    return span_equal(a, span_of(zero_ended));
}

/* Length of the well-formed sequence at p (n bytes left), 0 if there is none: RFC 3629, section 4. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0], low = 0x80, high = 0xBF;
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (length == 0 || length > n)
        return 0;
    if (c == 0xE0)
        low = 0xA0; /* overlong */
    if (c == 0xED)
        high = 0x9F; /* surrogates */
    if (c == 0xF0)
        low = 0x90; /* overlong */
    if (c == 0xF4)
        high = 0x8F; /* above U+10FFFF */
    for (size_t i = 1; i < length; i++) {
        if (p[i] < low || p[i] > high)
            return 0;
        low = 0x80, high = 0xBF;
    }
    return length;
}

size_t text_utf8_fault(struct span a)
{
    size_t i = 0;
    while (i < a.n) {
        uint64_t eight;
        if (a.n - i >= 8 && (memcpy(&eight, a.s + i, 8), (eight & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        size_t length = sequence((const unsigned char *)a.s + i, a.n - i);
        if (length == 0)
            return i;
        i += length;
    }
    return a.n;
}

size_t text_utf8_first(struct span a)
{
    unsigned char c = (unsigned char)a.s[0];
    size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return length < a.n ? length : a.n;
}

int text_shown(struct span a, int most)
{
    if (a.n <= (size_t)most)
        return (int)a.n;
    while (most > 0 && ((unsigned char)a.s[most] & 0xC0) == 0x80)
        most--;
    return most;
}

char *text_brief(struct span word)
{
    char *brief = memory_new(TEXT_BRIEF + 40, 1);
    const int n = text_shown(word, TEXT_BRIEF);
    memcpy(brief, word.s, (size_t)n);
    if ((size_t)n < word.n)
        snprintf(brief + n, 40, "… (%zu bytes)", word.n);
    return brief;
}

/* Unicode 16.0: general category Cc; property Bidi_Control; categories Zl and Zp. */
static bool commands(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E ||
           code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* Take the first character of `rest`, which is not empty; how it is shown, `piece`, is borrowed from it or `room`. */
static struct span take_shown(struct span *rest, char room[8])
{
    const unsigned char *p = (const unsigned char *)rest->s;
    const size_t n = sequence(p, rest->n);
    struct span piece = {rest->s, n};
    uint32_t code = n > 1 ? p[0] & (0x7Fu >> n) : p[0];
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (p[i] & 0x3Fu);
    if (n == 0 || commands(code))
        piece = (struct span){
            room, (size_t)snprintf(room, 8, n > 1 ? "\\u%04x" : "\\x%02x", (unsigned)code & 0xFFFFu)};
    rest->s += n ? n : 1;
    rest->n -= n ? n : 1;
    return piece;
}

size_t text_escape(char *to, size_t room, struct span text)
{
    char own[8];
    size_t n = 0;
    while (text.n) {
        struct span piece = take_shown(&text, own);
        if (n + piece.n >= room)
            break;
        memcpy(to + n, piece.s, piece.n);
        n += piece.n;
    }
    to[n] = 0;
    return n;
}

void text_print(FILE *to, struct span text)
{
    char *shown = memory_new(TEXT_ESCAPED(text.n), 1);
    fwrite(shown, 1, text_escape(shown, TEXT_ESCAPED(text.n), text), to);
    memory_free(shown);
}

void text_say(FILE *to, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (n < 0)
        return;
    char *words = memory_new((size_t)n + 1, 1), *shown = memory_new(TEXT_ESCAPED((size_t)n) + 1, 1);
    va_start(list, format);
    vsnprintf(words, (size_t)n + 1, format, list);
    va_end(list);
    size_t length = text_escape(shown, TEXT_ESCAPED((size_t)n), span_of(words));
    shown[length++] = '\n';
    fwrite(shown, 1, length, to); /* at once: other processes may write there as well */
    memory_free(words);
    memory_free(shown);
}

/* Digits and a power of ten that a double holds exactly: then one product or quotient is the nearest double (Clinger
 * 1990). Nearly all numbers are such; false for the others and for what is none. */
static bool short_real(struct span a, double *value)
{
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = a.s, *end = a.s + a.n, *digits;
    bool minus = p < end && *p == '-';
    uint64_t m = 0;
    long scale = 0, exponent = 0;
    p += p < end && (*p == '-' || *p == '+');
    for (digits = p; p < end && (unsigned char)(*p - '0') < 10; p++)
        m = 10 * m + (unsigned char)(*p - '0');
    ptrdiff_t count = p - digits;
    if (p < end && *p == '.') {
        for (digits = ++p; p < end && (unsigned char)(*p - '0') < 10; p++)
            m = 10 * m + (unsigned char)(*p - '0');
        scale = p - digits;
        count += scale;
    }
    if (count == 0 || count > 18 || m > (uint64_t)1 << 53)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        bool down = ++p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        if (p == end || end - p > 4)
            return false;
        for (; p < end && (unsigned char)(*p - '0') < 10; p++)
            exponent = 10 * exponent + (*p - '0');
        scale += down ? exponent : -exponent;
    }
    if (p < end || scale > 22 || scale < -22)
        return false;
    double x = scale < 0 ? (double)m * ten[-scale] : (double)m / ten[scale];
    *value = minus ? -x : x;
    return true;
}

bool text_real(struct span a, double *value)
{
    char copy[64], *end;
    if (short_real(a, value))
        return true;
    if (a.n == 0 || a.n >= sizeof copy)
        return false;
    memcpy(copy, a.s, a.n);
    copy[a.n] = 0;
    if (strspn(copy, "0123456789+-.eE") != a.n) /* no "inf", no "0x" */
        return false;
    *value = strtod(copy, &end);
    return *end == 0 && isfinite(*value);
}

bool text_integer(struct span a, long long *value)
{
    char copy[32], *end;
    if (a.n == 0 || a.n >= sizeof copy)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (!isdigit((unsigned char)a.s[i]) && !(i == 0 && a.n > 1 && (a.s[i] == '-' || a.s[i] == '+')))
            return false;
    memcpy(copy, a.s, a.n);
    copy[a.n] = 0;
    errno = 0;
    *value = strtoll(copy, &end, 10);
    return *end == 0 && errno == 0;
}

const char *text_s(uint64_t n)
{
    return n == 1 ? "" : "s";
}

char *text_shell_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
    const size_t n = strlen(word);
    if (n && strspn(word, plain) == n)
        return memory_copy(word, n);
    char *quoted = memory_new(4 * n + 3, 1), *to = quoted;
    *to++ = '\'';
    for (; *word; word++) { /* within quotes all but a quote stands for itself */
        if (*word == '\'')
            to = stpcpy(to, "'\\'");
        *to++ = *word;
    }
    *to = '\'';
    return quoted;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t m = (__uint128_t)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Multiply and fold, eight bytes at a time (after wyhash, Wang Yi, public domain). */
uint64_t text_hash(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t h = seed ^ 0xA0761D6478BD642Fu, v;
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&v, p, 8);
        h = mix(h ^ v, 0xE7037ED1A0B428DBu);
    }
    v = 0;
    memcpy(&v, p, left);
    return mix(mix(h ^ v, 0x8EBC6AF09C88C6E3u) ^ n, 0x589965CC75374CC3u);
}

static int plain(char c)
{
    return c == '_' ? '-' : tolower((unsigned char)c);
}

size_t text_distance(const char *a, const char *b)
{
    size_t rows[3][TEXT_NAME_MOST], m = strlen(b);
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    if (m >= TEXT_NAME_MOST || strlen(a) >= TEXT_NAME_MOST)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const int x = plain(a[i - 1]), y = plain(b[j - 1]);
            size_t least = (last[j] < row[j - 1] ? last[j] : row[j - 1]) + 1;
            if (last[j - 1] + (x != y) < least)
                least = last[j - 1] + (x != y);
            if (i > 1 && j > 1 && x == plain(b[j - 2]) && y == plain(a[i - 2]) && before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            row[j] = least;
        }
        size_t *spare = before;
        before = last, last = row, row = spare;
    }
    return last[m];
}

bool text_near(const char *word, size_t distance)
{
    return distance < strlen(word) / 3 + 2;
}

const char *text_nearest(const char *word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t d = text_distance(word, names[i]);
        if (d < least && text_near(word, d))
            least = d, best = names[i];
    }
    /* half of a name, such as "lstm" of "bilstm": where it is of no other */
    size_t holders = 0, n = strlen(word);
    for (size_t i = 0; i < count && !best && n > 2; i++)
        holders += strcasestr(names[i], word) != NULL;
    for (size_t i = 0; i < count && holders == 1; i++)
        if (strcasestr(names[i], word))
            best = names[i];
    return best;
}
