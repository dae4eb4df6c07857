/* SPDX-License-Identifier: MIT */
#include "lib/base/sink.h"

#include "lib/base/ledger.h"
#include "lib/base/memory.h"

#include <stdint.h>
#include <string.h>
#ifdef __GLIBC__
#include <stdio_ext.h>
#endif

/* (within stdio nothing may jump: memory that is missing is a failed write) */
static bool append(struct sink *s, const char *bytes, size_t n)
{
    if (n >= SIZE_MAX / 4 - s->length)
        return false;
    if (s->length + n + 1 > s->capacity) {
        size_t room = 2 * (s->length + n + 1);
        char *larger = memory_try_resize(s->bytes, room);
        if (!larger)
            return false;
        s->bytes = larger;
        s->capacity = room;
    }
    memcpy(s->bytes + s->length, bytes, n);
    s->length += n;
    s->bytes[s->length] = 0;
    return true;
}

#ifdef __APPLE__
static int take(void *to, const char *bytes, int n)
{
    return append(to, bytes, (size_t)n) ? n : -1;
}

static FILE *open_on(struct sink *s)
{
    return fwopen(s, take);
}
#else
static ssize_t take(void *to, const char *bytes, size_t n)
{
    return append(to, bytes, n) ? (ssize_t)n : 0;
}

static FILE *open_on(struct sink *s)
{
    return fopencookie(s, "w", (cookie_io_functions_t){.write = take});
}
#endif

static void release(void *what)
{
    struct sink *s = what;
    fclose(s->file);
    memory_free(s->bytes);
    s->bytes = NULL;
    s->capacity = 0;
}

FILE *sink_open(struct sink *s)
{
    s->length = 0;
    s->file = append(s, "", 0) ? open_on(s) : NULL;
    if (!s->file)
        return NULL;
    setvbuf(s->file, s->buffer, _IOFBF, sizeof s->buffer);
#ifdef __GLIBC__
    __fsetlocking(s->file,
                  FSETLOCKING_BYCALLER); /* one thread writes: a lock for each character would take as long */
#endif
    ledger_hold(s, release);
    return s->file;
}

bool sink_close(struct sink *s)
{
    ledger_let(s);
    const bool good = fflush(s->file) == 0 && !ferror(s->file);
    return fclose(s->file) == 0 && good;
}

char *sink_text(struct sink *s)
{
    char *bytes = s->bytes;
    s->bytes = NULL;
    s->capacity = 0;
    if (bytes && ledger_reserve()) {
        ledger_note(bytes);
        return bytes;
    }
    memory_free(bytes);
    memory_failed("there is none for a text");
}
