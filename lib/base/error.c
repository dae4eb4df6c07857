/* SPDX-License-Identifier: MIT */
#include "lib/base/error.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct error_row error_table[] = {
    {0, "ok", "success"},
    {ERROR_USAGE, "usage", "the command line or the configuration is wrong"},
    {ERROR_CORPUS, "corpus", "a corpus, template or column file is missing or malformed"},
    {ERROR_MODEL, "model", "a model file is missing, damaged or of another kind"},
    {ERROR_IO, "io", "a file could not be written or read to its end (disk full, no permission)"},
    {ERROR_DIVERGED, "diverged", "training diverged: a weight or the loss is not finite"},
    {ERROR_MEMORY, "memory", "out of memory"},
    {ERROR_THREADS, "threads", "the system did not provide all threads"},
    {ERROR_HANGUP, "hangup", "stopped by HUP, after saving a checkpoint"},
    {ERROR_INTERRUPTED, "interrupt", "stopped by INT (Ctrl-C), after saving a checkpoint"},
    {ERROR_TERMINATED, "terminate", "stopped by TERM, after saving a checkpoint"},
    {0, NULL, NULL},
};

/* Put an escaped text of n bytes, too many for `to` [room], there: its begin, and its end, where it says what to do. */
static void leave_out(char *to, size_t room, const char *shown, size_t n)
{
    static const char gap[] = " ... ";
    size_t head = room / 4, from = n - (room - head - sizeof gap);
    while (((unsigned char)shown[head] & 0xC0) == 0x80)
        head--;
    while (((unsigned char)shown[from] & 0xC0) == 0x80)
        from++;
    memcpy(to, shown, head);
    memcpy(stpcpy(to + head, gap), shown + from, n - from + 1);
}

bool error_set(struct error *e, enum error_kind kind, const char *format, ...)
{
    char text[sizeof e->text], own[TEXT_ESCAPED(sizeof text)]; /* perhaps e->text is among what is printed */
    char *all = text, *shown = own;
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const int n = vsnprintf(text, sizeof text, format, list);
    if (n >= (int)sizeof text) { /* a path may be as long */
        all = memory_new((size_t)n + 1, 1);
        shown = memory_new(TEXT_ESCAPED((size_t)n), 1);
        vsnprintf(all, (size_t)n + 1, format, again);
    }
    va_end(again);
    va_end(list);
    const size_t bytes = text_escape(shown, TEXT_ESCAPED(strlen(all)), span_of(all));
    e->kind = kind;
    if (bytes < sizeof e->text)
        memcpy(e->text, shown, bytes + 1);
    else
        leave_out(e->text, sizeof e->text, shown, bytes);
    if (all != text) {
        memory_free(all);
        memory_free(shown);
    }
    return false;
}

bool error_within(struct error *e, const char *format, ...)
{
    char text[sizeof e->text], where[128];
    va_list list;
    va_start(list, format);
    vsnprintf(where, sizeof where, format, list);
    va_end(list);
    snprintf(text, sizeof text, "%s", e->text);
    return error_set(e, e->kind, "%s: %s", where, text);
}

void error_add(struct error *e, const char *format, ...)
{
    char text[sizeof e->text], more[sizeof e->text];
    va_list list;
    va_start(list, format);
    vsnprintf(more, sizeof more, format, list);
    va_end(list);
    memcpy(text, e->text, sizeof text);
    error_set(e, e->kind, "%s%s", text, more);
}

const char *error_reason(int fault)
{
    if (fault == ENOMEM)
        memory_failed("the system had none left");
    return strerror(fault);
}
