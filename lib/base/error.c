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

bool error_set(struct error *e, enum error_kind kind, const char *format, ...)
{
    char text[sizeof e->text]; /* perhaps e->text is among what is printed */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    e->kind = kind;
    text_escape(e->text, sizeof e->text, span_of(text)); /* a character that was cut would not fit, escaped */
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
    error_set(e, e->kind, "%.600s%.400s", text, more);
}

const char *error_reason(int fault)
{
    if (fault == ENOMEM)
        memory_failed("the system had none left");
    return strerror(fault);
}
