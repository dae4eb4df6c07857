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
    struct text_buffer line; /* of the event that is open */
    runlog_listener *told;
    void *context;
    int depth; /* 0: between events */
    char close[RUNLOG_DEPTH]; /* '}' or ']' of each open level */
    bool fresh; /* nothing stands in the innermost level yet */
};

static void add(struct runlog *l, const char *text)
{
    text_append(&l->line, span_of(text));
}

static void add_one(struct runlog *l, char c)
{
    text_append(&l->line, (struct span){&c, 1});
}

static void quote(struct runlog *l, const char *text)
{
    char code[8];
    add_one(l, '"');
    for (struct span rest = span_of(text); rest.n;) {
        size_t good = text_utf8_fault(rest);
        for (size_t i = 0; i < good; i++) {
            unsigned char c = (unsigned char)rest.s[i];
            if (c < 0x20)
                snprintf(code, sizeof code, "\\u%04x", c);
            else
                snprintf(code, sizeof code, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
            add(l, code);
        }
        if (good < rest.n) {
            add(l, "\xEF\xBF\xBD"); /* U+FFFD for one bad byte */
            good++;
        }
        rest = (struct span){rest.s + good, rest.n - good};
    }
    add_one(l, '"');
}

/* What stands before a value: a comma, and its name within an object. */
static void announce(struct runlog *l, const char *name)
{
    assert(l->depth > 0 && (name != NULL) == (l->close[l->depth - 1] == '}'));
    if (!l->fresh)
        add_one(l, ',');
    l->fresh = false;
    if (name) {
        quote(l, name);
        add_one(l, ':');
    }
}

static void descend(struct runlog *l, char open, char close)
{
    assert(l->depth < RUNLOG_DEPTH);
    add_one(l, open);
    l->close[l->depth++] = close;
    l->fresh = true;
}

static void ascend(struct runlog *l)
{
    add_one(l, l->close[--l->depth]);
    l->fresh = false;
}

static void release(struct runlog *l)
{
    memory_free(l->line.bytes);
    memory_free(l);
}

struct runlog *runlog_open(const char *path, struct error *e)
{
    struct outfile *file = outfile_open(path, e);
    if (!file)
        return NULL;
    struct runlog *l = memory_new(1, sizeof *l);
    l->file = file;
    return l;
}

struct runlog *runlog_told(void)
{
    return memory_new(1, sizeof(struct runlog));
}

void runlog_listen(struct runlog *l, runlog_listener *told, void *context)
{
    l->told = told;
    l->context = context;
}

void runlog_begin(struct runlog *l, const char *event)
{
    assert(l->depth == 0);
    descend(l, '{', '}');
    runlog_string(l, "event", event);
}

void runlog_integer(struct runlog *l, const char *name, long long value)
{
    char digits[24];
    announce(l, name);
    snprintf(digits, sizeof digits, "%lld", value);
    add(l, digits);
}

void runlog_real(struct runlog *l, const char *name, double value)
{
    announce(l, name);
    if (!isfinite(value)) {
        add(l, "null");
        return;
    }
    char digits[40];
    for (int n = 15; n <= 17; n++) { /* 15 digits always survive, 17 always suffice */
        snprintf(digits, sizeof digits, "%.*g", n, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    add(l, digits);
    if (!strpbrk(digits, ".e"))
        add(l, ".0"); /* a column of reals stays one for readers that tell 1 from 1.0 */
}

void runlog_string(struct runlog *l, const char *name, const char *value)
{
    announce(l, name);
    if (value)
        quote(l, value);
    else
        add(l, "null");
}

void runlog_bool(struct runlog *l, const char *name, bool value)
{
    announce(l, name);
    add(l, value ? "true" : "false");
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
    add_one(l, '\n');
    if (l->file)
        fwrite(l->line.bytes, 1, l->line.length, outfile_stream(l->file));
    if (l->told)
        l->told(l->context, (struct span){l->line.bytes, l->line.length});
    l->line.length = 0;
    return !l->file || outfile_flush(l->file, e);
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
    release(l);
}

bool runlog_commit(struct runlog *l, struct error *e)
{
    assert(l->depth == 0);
    bool done = outfile_commit(l->file, e);
    release(l);
    return done;
}

void runlog_abandon(struct runlog *l)
{
    if (!l)
        return;
    if (l->file)
        outfile_abandon(l->file);
    release(l);
}
