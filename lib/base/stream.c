/* SPDX-License-Identifier: MIT */
#include "lib/base/stream.h"

#include "lib/base/ledger.h"
#include "lib/base/memory.h"
#include "lib/base/progress.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_BYTES ((size_t)1 << 18)
#define PACKED_BYTES ((size_t)1 << 16)
#define LINE_BYTES ((size_t)64 << 20)

/* A gzip file under way: one or more members, then perhaps zeros (as tapes and blocks pad), then the end. */
struct gzip {
    z_stream z; /* z.next_in, z.avail_in: what of `packed` is not decompressed yet */
    enum { MEMBER, BETWEEN, PADDING } place;
    unsigned char *packed;
    size_t capacity;
};

struct stream {
    char *name;
    struct span text; /* of stream_of: what is not read yet */
    int fd; /* -1: there is `text` */
    bool ended;
    bool looked; /* at the first bytes: are they gzip's? */
    struct gzip *gzip; /* or NULL */
    unsigned long number;
    uint64_t taken, size; /* bytes read so far; of the file, 0: not known */
    char *buffer; /* [capacity]: consumed │ begin … end: read, not given yet │ free */
    size_t capacity, begin, end;
    void (*wake)(void *);
    void *argument;
};

static struct stream *make(const char *name, int fd)
{
    struct stream *s = memory_new(1, sizeof *s);
    s->name = memory_copy(name, strlen(name));
    s->fd = fd;
    s->buffer = memory_grow(NULL, &s->capacity, BUFFER_BYTES, 1);
    return s;
}

struct stream *stream_open(const char *path, struct error *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(e, ERROR_CORPUS, "%s: cannot be read: %s; check the path", path, error_reason(errno));
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        close(fd);
        error_set(e, ERROR_CORPUS, "%s: is a folder; a text file is expected, name one inside it", path);
        return NULL;
    }
    if (!standard)
        ledger_hold_file(fd);
    struct stream *s = make(standard ? "standard input" : path, fd);
    s->size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    return s;
}

struct stream *stream_of(const char *name, struct span text)
{
    struct stream *s = make(name, -1);
    s->text = text;
    s->size = text.n;
    return s;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    if (s->fd != STDIN_FILENO && s->fd >= 0) {
        ledger_let_file(s->fd);
        close(s->fd);
    }
    if (s->gzip) {
        inflateEnd(&s->gzip->z);
        memory_free(s->gzip->packed);
        memory_free(s->gzip);
    }
    memory_free(s->buffer);
    memory_free(s->name);
    memory_free(s);
}

/* Would reading wait? */
static bool empty(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

/* Read what the kernel has, at most `room` bytes; 0 at the end. */
static bool read_some(struct stream *s, void *into, size_t room, size_t *got, struct error *e)
{
    if (s->fd < 0) {
        *got = s->text.n < room ? s->text.n : room;
        memcpy(into, s->text.s, *got);
        s->text.s += *got, s->text.n -= *got;
        return true;
    }
    if (s->wake && empty(s->fd))
        s->wake(s->argument);
    ssize_t n;
    do
        n = read(s->fd, into, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(e, ERROR_IO, "%s:%lu: reading failed: %s; check the file and its disk", s->name,
                         s->number + 1, error_reason(errno));
    *got = (size_t)n;
    s->taken += (uint64_t)n;
    progress_tell(PROGRESS_READING, s->name, s->taken, s->size);
    return true;
}

static void *gzip_allocate(void *nothing, unsigned count, unsigned size)
{
    (void)nothing;
    return memory_new(count, size);
}

static void gzip_release(void *nothing, void *pointer)
{
    (void)nothing;
    memory_free(pointer);
}

/* The bytes read so far are gzip's: move them to where compressed bytes wait. */
static void gzip_begin(struct stream *s)
{
    struct gzip *g = s->gzip = memory_new(1, sizeof *g);
    g->packed = memory_grow(NULL, &g->capacity, s->end > PACKED_BYTES ? s->end : PACKED_BYTES, 1);
    memcpy(g->packed, s->buffer, s->end);
    g->z.next_in = g->packed;
    g->z.avail_in = (unsigned)s->end;
    g->z.zalloc = gzip_allocate;
    g->z.zfree = gzip_release;
    int code = inflateInit2(&g->z, 16 + MAX_WBITS); /* 16: gzip's header and checksum, nothing else */
    assert(code == Z_OK);
    (void)code;
    s->end = 0;
}

/* Compressed bytes to work on, or `ended`. */
static bool gzip_need(struct stream *s, struct error *e)
{
    struct gzip *g = s->gzip;
    size_t got = 0;
    if (g->z.avail_in)
        return true;
    if (!read_some(s, g->packed, g->capacity, &got, e))
        return false;
    if (got == 0 && g->place == MEMBER)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: the gzip file is cut short here, its end is missing; copy or download it "
                         "again (gzip -t tests it)",
                         s->name, s->number + 1);
    s->ended = got == 0;
    g->z.next_in = g->packed;
    g->z.avail_in = (unsigned)got;
    return true;
}

/* After a member: at another one, or at the end. */
static bool gzip_between(struct stream *s, struct error *e)
{
    struct gzip *g = s->gzip;
    while (gzip_need(s, e)) {
        if (s->ended)
            return true;
        for (; g->z.avail_in && *g->z.next_in == 0; g->z.next_in++, g->z.avail_in--)
            g->place = PADDING;
        if (g->z.avail_in == 0)
            continue;
        if (g->place == PADDING || *g->z.next_in != 0x1f)
            return error_set(e, ERROR_CORPUS,
                             "%s:%lu: the gzip data ends before this line, and what follows is neither gzip "
                             "nor zeros; copy or download the file again (gzip -t tests it)",
                             s->name, s->number + 1);
        inflateReset(&g->z);
        g->place = MEMBER;
        return true;
    }
    return false;
}

/* Decompress what is there behind `end`; reads only when that gives nothing. What a damaged piece still gave
 * is dropped: `end` moves only when the piece was sound. */
static bool gzip_fill(struct stream *s, struct error *e)
{
    struct gzip *g = s->gzip;
    unsigned room = (unsigned)(s->capacity - s->end), left = room;
    while (left == room && !s->ended) {
        if (g->place != MEMBER) {
            if (!gzip_between(s, e))
                return false;
            continue;
        }
        g->z.next_out = (unsigned char *)s->buffer + s->end;
        g->z.avail_out = room;
        int code = inflate(&g->z, Z_SYNC_FLUSH);
        left = g->z.avail_out;
        if (code == Z_STREAM_END)
            g->place = BETWEEN;
        else if (code != Z_OK && code != Z_BUF_ERROR)
            return error_set(e, ERROR_CORPUS,
                             "%s:%lu: the gzip data is damaged from about here on (%s); copy or download the "
                             "file again (gzip -t tests it)",
                             s->name, s->number + 1, g->z.msg ? g->z.msg : "no gzip");
        else if (left == room && !gzip_need(s, e))
            return false;
    }
    s->end += room - left;
    return true;
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
    if (s->gzip)
        return gzip_fill(s, e);
    size_t got = 0;
    if (!read_some(s, s->buffer + s->end, s->capacity - s->end, &got, e))
        return false;
    s->ended = got == 0;
    s->end += got;
    return true;
}

/* Does the file begin with gzip's magic, 1f 8b? A file that is the first of these bytes alone is a gzip cut
 * short, as text does not look so. Waits for no byte that the first line would not need as well. */
static bool look(struct stream *s, struct error *e)
{
    do
        if (!fill(s, e))
            return false;
    while (!s->ended && s->end == 1 && s->buffer[0] == 0x1f);
    s->looked = true;
    if (s->end && s->buffer[0] == 0x1f && (s->end == 1 || (unsigned char)s->buffer[1] == 0x8b)) {
        gzip_begin(s);
        s->ended = false;
    }
    return true;
}

/* Do the first bytes of a file that is no text say what it is instead? Then `e` says so. */
static bool is_known(const struct stream *s, struct span line, struct error *e)
{
#define CONVERT(what) what, "UTF-8 is expected: convert the file, e.g. iconv -f " what " -t UTF-8"
#define UNPACK(what, command) what, "text or gzip is expected: unpack it, e.g. " command
    static const struct {
        const char *bytes;
        size_t n;
        const char *what, *remedy;
    } kind[] = {
        {"\xFF\xFE\0\0", 4, CONVERT("UTF-32")},
        {"\xFF\xFE", 2, CONVERT("UTF-16")},
        {"\xFE\xFF", 2, CONVERT("UTF-16")},
        {"\x1F\x8B", 2, "compressed twice", "text is expected within gzip: unpack it once, e.g. gzip -d"},
        {"\xFD\x37zXZ", 5, UNPACK("an xz file", "xz -d")},
        {"BZh", 3, UNPACK("a bzip2 file", "bzip2 -d")},
        {"\x28\xB5\x2F\xFD", 4, UNPACK("a zstd file", "zstd -d")},
        {"PK\3\4", 4, UNPACK("a zip archive", "unzip")},
    };
    for (size_t k = 0; s->number == 1 && k < sizeof kind / sizeof *kind; k++)
        if (line.n >= kind[k].n && memcmp(line.s, kind[k].bytes, kind[k].n) == 0)
            return !error_set(e, ERROR_CORPUS, "%s:1: is %s (so its first bytes say); %s", s->name,
                              kind[k].what, kind[k].remedy);
    return false;
}

static bool check(const struct stream *s, struct span line, struct error *e)
{
    const char *nul = memchr(line.s, 0, line.n), *cr = memchr(line.s, '\r', line.n);
    const size_t fault = text_utf8_fault(line);
    if (!nul && !cr && fault == line.n)
        return true;
    if (is_known(s, line, e))
        return false;
    if (nul)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: byte %zu is NUL; UTF-8 text is expected (a binary or UTF-16 file? convert "
                         "it, e.g. iconv -t UTF-8)",
                         s->name, s->number, (size_t)(nul - line.s) + 1);
    if (cr)
        return error_set(e, ERROR_CORPUS,
                         "%s:%lu: byte %zu is a carriage return within the line (alone they end lines on old "
                         "Macs); lines end in a line feed, with or without one before it: convert the file, "
                         "e.g. tr '\\r' '\\n'",
                         s->name, s->number, (size_t)(cr - line.s) + 1);
    return error_set(e, ERROR_CORPUS,
                     "%s:%lu: byte %zu (0x%02X) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t "
                     "UTF-8",
                     s->name, s->number, fault + 1, (unsigned char)line.s[fault]);
}

bool stream_line(struct stream *s, struct span *line, struct error *e)
{
    size_t searched = 0;
    char *end;
    e->kind = ERROR_NONE;
    if (!s->looked && !look(s, e))
        return false;
    while (!(end = memchr(s->buffer + s->begin + searched, '\n', s->end - s->begin - searched))) {
        const char *more = s->buffer + s->begin + searched;
        searched = s->end - s->begin;
        end = s->buffer + s->end;
        if (memchr(more, 0, (size_t)(end - more))) /* is no text, however long the line may be */
            break;
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
    while (line->n && line->s[line->n - 1] == '\r')
        line->n--;
    return check(s, *line, e);
}

bool stream_peek(struct stream *s, size_t need, struct span *ahead, struct error *e)
{
    assert(need < LINE_BYTES);
    e->kind = ERROR_NONE;
    if (!s->looked && !look(s, e))
        return false;
    while (s->end - s->begin < need && !s->ended)
        if (!fill(s, e))
            return false;
    *ahead = (struct span){s->buffer + s->begin, s->end - s->begin};
    return true;
}

void stream_skip(struct stream *s, size_t n)
{
    assert(n <= s->end - s->begin);
    s->begin += n;
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

void stream_library(char *words, size_t size)
{
    snprintf(words, size, "zlib %s", zlibVersion());
}
