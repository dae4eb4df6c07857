/* SPDX-License-Identifier: MIT */
#include "lib/base/stream.h"

#include "lib/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 18)
#define LINE_BYTES ((size_t)64 << 20)

struct stream {
    char *name;
    int fd;
    bool ended;
    unsigned long number;
    char *buffer; /* [capacity]: consumed │ begin … end: read, not given yet │ free */
    size_t capacity, begin, end;
    void (*wake)(void *);
    void *argument;
};

struct stream *stream_open(const char *path, struct error *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(e, ERROR_CORPUS, "%s: cannot be read: %s; check the path", path, strerror(errno));
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        close(fd);
        error_set(e, ERROR_CORPUS, "%s: is a folder; a text file is expected, name one inside it", path);
        return NULL;
    }
    struct stream *s = memory_new(1, sizeof *s);
    s->name = standard ? memory_copy("standard input", 14) : memory_copy(path, strlen(path));
    s->fd = fd;
    s->buffer = memory_grow(NULL, &s->capacity, BUFFER_BYTES, 1);
    return s;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    if (s->fd != STDIN_FILENO)
        close(s->fd);
    memory_free(s->buffer);
    memory_free(s->name);
    memory_free(s);
}

/* Read more behind `end`; false on a fault. */
static bool fill(struct stream *s, struct error *e)
{
    if (s->begin > 0) {
        memmove(s->buffer, s->buffer + s->begin, s->end - s->begin);
        s->end -= s->begin;
        s->begin = 0;
    }
    if (s->end >= LINE_BYTES)
        return error_set(e, ERROR_CORPUS, "%s:%lu: the line is longer than 64 MiB; is this a text file?",
                         s->name, s->number + 1);
    s->buffer = memory_grow(s->buffer, &s->capacity, s->end + BUFFER_BYTES / 2, 1);
    if (s->wake)
        s->wake(s->argument);
    ssize_t got;
    do
        got = read(s->fd, s->buffer + s->end, s->capacity - s->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set(e, ERROR_IO, "%s:%lu: reading failed: %s; check the file and its disk", s->name,
                         s->number + 1, strerror(errno));
    s->ended = got == 0;
    s->end += (size_t)got;
    return true;
}

static bool check(const struct stream *s, struct span line, struct error *e)
{
    const char *nul = memchr(line.s, 0, line.n);
    if (nul)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: byte %zu is NUL; UTF-8 text is expected (a binary or UTF-16 file? convert "
                         "it, e.g. iconv -t UTF-8)",
                         s->name, s->number, (size_t)(nul - line.s) + 1);
    size_t fault = text_utf8_fault(line);
    if (fault < line.n)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: byte %zu (0x%02X) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t "
                         "UTF-8",
                         s->name, s->number, fault + 1, (unsigned char)line.s[fault]);
    return true;
}

bool stream_line(struct stream *s, struct span *line, struct error *e)
{
    size_t searched = 0;
    char *end;
    e->kind = ERROR_NONE;
    while (!(end = memchr(s->buffer + s->begin + searched, '\n', s->end - s->begin - searched))) {
        searched = s->end - s->begin;
        if (!s->ended && !fill(s, e))
            return false;
        if (!s->ended)
            continue;
        if (s->begin == s->end)
            return false;
        end = s->buffer + s->end; /* no final newline */
        break;
    }
    *line = (struct span){s->buffer + s->begin, (size_t)(end - (s->buffer + s->begin))};
    s->begin = (size_t)(end - s->buffer) + (end < s->buffer + s->end);
    if (s->number++ == 0 && line->n >= 3 && memcmp(line->s, "\xEF\xBB\xBF", 3) == 0)
        line->s += 3, line->n -= 3;
    if (line->n && line->s[line->n - 1] == '\r')
        line->n--;
    return check(s, *line, e);
}

const char *stream_name(const struct stream *s)
{
    return s->name;
}

unsigned long stream_number(const struct stream *s)
{
    return s->number;
}

void stream_before_read(struct stream *s, void (*wake)(void *argument), void *argument)
{
    s->wake = wake;
    s->argument = argument;
}
