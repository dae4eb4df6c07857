/* SPDX-License-Identifier: MIT */
#include "lib/page/html.h"

#include "lib/base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

void html_init(struct html *h, FILE *out)
{
    *h = (struct html){.out = out};
}

/* What HTML reads as markup, of text that text_escape has made. */
static void put(FILE *out, struct span text)
{
    static const struct {
        const char *bytes, *instead;
    } entity[] = {
        {"<", "&lt;"}, {">", "&gt;"}, {"&", "&amp;"}, {"\"", "&quot;"}, {"'", "&#39;"},
    };
    for (size_t i = 0; i < text.n; i++) {
        size_t k = 0;
        while (k < sizeof entity / sizeof *entity && text.s[i] != *entity[k].bytes)
            k++;
        if (k < sizeof entity / sizeof *entity)
            fputs(entity[k].instead, out);
        else
            putc(text.s[i], out);
    }
}

void html_text(struct html *h, struct span text)
{
    char *shown = memory_new(TEXT_ESCAPED(text.n), 1);
    size_t n = text_escape(shown, TEXT_ESCAPED(text.n), text);
    put(h->out, (struct span){shown, n});
    memory_free(shown);
}

static void say(struct html *h, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    const int n = vsnprintf(NULL, 0, format, list);
    char *words = memory_new((size_t)(n > 0 ? n : 0) + 1, 1);
    vsnprintf(words, (size_t)(n > 0 ? n : 0) + 1, format, again);
    html_text(h, span_of(words));
    memory_free(words);
    va_end(again);
}

void html_say(struct html *h, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(h, format, list);
    va_end(list);
}

void html_begin(struct html *h, const char *element, ...)
{
    va_list list;
    va_start(list, element);
    assert(h->depth < HTML_DEPTH);
    h->element[h->depth++] = element;
    fprintf(h->out, "<%s", element);
    for (const char *name; (name = va_arg(list, const char *)) != NULL;) {
        const char *value = va_arg(list, const char *);
        if (!value)
            continue;
        fprintf(h->out, " %s=\"", name);
        html_text(h, span_of(value));
        putc('"', h->out);
    }
    putc('>', h->out);
    va_end(list);
}

void html_end(struct html *h)
{
    static const char *const lines =
        " p h1 h2 h3 table tr section nav div details figure ol ul li pre main header ";
    assert(h->depth > 0);
    const char *element = h->element[--h->depth];
    fprintf(h->out, "</%s>", element);
    char word[16];
    snprintf(word, sizeof word, " %s ", element);
    if (strstr(lines, word))
        putc('\n', h->out);
}

void html_leaf(struct html *h, const char *element, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    html_begin(h, element, NULL);
    say(h, format, list);
    html_end(h);
    va_end(list);
}

void html_markup(struct html *h, struct span markup)
{
    fwrite(markup.s, 1, markup.n, h->out);
}
