/* SPDX-License-Identifier: MIT
 *
 * JSON is written here by hand, straight into the stream: jansson would print every real with 17 digits.
 */
#include "lib/report/runlog.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runlog {
    struct outfile *file;
    FILE *out;
    int depth; /* 0: between events */
    char close[RUNLOG_DEPTH]; /* '}' or ']' of each open level */
    bool fresh; /* nothing stands in the innermost level yet */
};

static void quote(FILE *out, const char *text)
{
    putc('"', out);
    for (struct span rest = span_of(text); rest.n;) {
        size_t good = text_utf8_fault(rest);
        for (size_t i = 0; i < good; i++) {
            unsigned char c = (unsigned char)rest.s[i];
            if (c < 0x20)
                fprintf(out, "\\u%04x", c);
            else if (c == '"' || c == '\\')
                fprintf(out, "\\%c", c);
            else
                putc(c, out);
        }
        if (good < rest.n) {
            fputs("\xEF\xBF\xBD", out); /* U+FFFD for one bad byte */
            good++;
        }
        rest = (struct span){rest.s + good, rest.n - good};
    }
    putc('"', out);
}

/* What stands before a value: a comma, and its name within an object. */
static void announce(struct runlog *l, const char *name)
{
    assert(l->depth > 0 && (name != NULL) == (l->close[l->depth - 1] == '}'));
    if (!l->fresh)
        putc(',', l->out);
    l->fresh = false;
    if (name) {
        quote(l->out, name);
        putc(':', l->out);
    }
}

static void descend(struct runlog *l, char open, char close)
{
    assert(l->depth < RUNLOG_DEPTH);
    putc(open, l->out);
    l->close[l->depth++] = close;
    l->fresh = true;
}

static void ascend(struct runlog *l)
{
    putc(l->close[--l->depth], l->out);
    l->fresh = false;
}

struct runlog *runlog_open(const char *path, struct error *e)
{
    struct outfile *file = outfile_open(path, e);
    if (!file)
        return NULL;
    struct runlog *l = memory_new(1, sizeof *l);
    l->file = file;
    l->out = outfile_stream(file);
    return l;
}

void runlog_begin(struct runlog *l, const char *event)
{
    assert(l->depth == 0);
    descend(l, '{', '}');
    runlog_string(l, "event", event);
}

void runlog_integer(struct runlog *l, const char *name, long long value)
{
    announce(l, name);
    fprintf(l->out, "%lld", value);
}

void runlog_real(struct runlog *l, const char *name, double value)
{
    announce(l, name);
    if (!isfinite(value)) {
        fputs("null", l->out);
        return;
    }
    char digits[40];
    for (int n = 15; n <= 17; n++) { /* 15 digits always survive, 17 always suffice */
        snprintf(digits, sizeof digits, "%.*g", n, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    fputs(digits, l->out);
    if (!strpbrk(digits, ".e"))
        fputs(".0", l->out); /* a column of reals stays one for readers that tell 1 from 1.0 */
}

void runlog_string(struct runlog *l, const char *name, const char *value)
{
    announce(l, name);
    if (value)
        quote(l->out, value);
    else
        fputs("null", l->out);
}

void runlog_bool(struct runlog *l, const char *name, bool value)
{
    announce(l, name);
    fputs(value ? "true" : "false", l->out);
}

void runlog_open_object(struct runlog *l, const char *name)
{
    announce(l, name);
    descend(l, '{', '}');
}

void runlog_open_array(struct runlog *l, const char *name)
{
    announce(l, name);
    descend(l, '[', ']');
}

void runlog_close(struct runlog *l)
{
    assert(l->depth > 1);
    ascend(l);
}

bool runlog_end(struct runlog *l, struct error *e)
{
    assert(l->depth == 1);
    ascend(l);
    putc('\n', l->out);
    return outfile_flush(l->file, e);
}

struct outfile *runlog_file(const struct runlog *l)
{
    return l->file;
}

bool runlog_finish(struct runlog *l, struct error *e)
{
    assert(l->depth == 0);
    return outfile_finish(l->file, e);
}

void runlog_leave(struct runlog *l)
{
    if (!l)
        return;
    outfile_leave(l->file);
    memory_free(l);
}

bool runlog_commit(struct runlog *l, struct error *e)
{
    assert(l->depth == 0);
    bool done = outfile_commit(l->file, e);
    memory_free(l);
    return done;
}

void runlog_abandon(struct runlog *l)
{
    if (!l)
        return;
    outfile_abandon(l->file);
    memory_free(l);
}
