/* SPDX-License-Identifier: MIT */
#include "lib/base/shown.h"

#include "lib/base/text.h"

#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

enum { PIECE = 512, CHARACTER = 4 };

static struct { /* there is one terminal */
    FILE *under;
    char held[CHARACTER]; /* [nheld] the begin of a character, whose rest comes with the next bytes */
    size_t nheld;
} shown;

static void put(struct span text)
{
    char escaped[TEXT_ESCAPED(PIECE)];
    while (text.n) {
        size_t n = 0;
        while (n < text.n && text.s[n] != '\t' && text.s[n] != '\n')
            n++;
        if (n == 0) {
            putc(text.s[n++], shown.under);
        } else {
            const size_t whole = (size_t)text_shown((struct span){text.s, n}, PIECE);
            n = whole ? whole : PIECE; /* no text at all: bytes that begin no character */
            fwrite(escaped, 1, text_escape(escaped, sizeof escaped, (struct span){text.s, n}), shown.under);
        }
        text = (struct span){text.s + n, text.n - n};
    }
}

/* Bytes at the end that begin a character and are not all of it. */
static size_t unfinished(const char *bytes, size_t n)
{
    for (size_t k = 1; k < CHARACTER && k <= n; k++) {
        const unsigned char c = (unsigned char)bytes[n - k];
        if (c >= 0xC0)
            return (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) > k ? k : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

static bool take_all(const char *bytes, size_t n)
{
    while (shown.nheld && n && ((unsigned char)*bytes & 0xC0) == 0x80 && shown.nheld < CHARACTER)
        shown.held[shown.nheld++] = *bytes++, n--;
    if (shown.nheld && (n || unfinished(shown.held, shown.nheld) == 0)) {
        put((struct span){shown.held, shown.nheld});
        shown.nheld = 0;
    }
    const size_t rest = shown.nheld ? 0 : unfinished(bytes, n);
    put((struct span){bytes, n - rest});
    if (rest)
        memcpy(shown.held, bytes + n - rest, shown.nheld = rest);
    return fflush(shown.under) == 0 && !ferror(shown.under);
}

#ifdef __APPLE__
static int take(void *context, const char *bytes, int n)
{
    (void)context;
    return take_all(bytes, (size_t)n) ? n : -1;
}

static FILE *open_it(void)
{
    return fwopen(&shown, take);
}
#else
static ssize_t take(void *context, const char *bytes, size_t n)
{
    (void)context;
    return take_all(bytes, n) ? (ssize_t)n : 0;
}

static FILE *open_it(void)
{
    return fopencookie(&shown, "w", (cookie_io_functions_t){.write = take});
}
#endif

FILE *shown_open(FILE *under)
{
    shown.under = under;
    shown.nheld = 0;
    return open_it();
}
