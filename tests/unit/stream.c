/* SPDX-License-Identifier: MIT */
#include "lib/base/stream.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const char *put(const char *name, const void *bytes, size_t n)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    FILE *f = fopen(path, "wb");
    if (CHECK(f != NULL)) {
        CHECK_INT(fwrite(bytes, 1, n, f), n);
        fclose(f);
    }
    return path;
}

/* All lines of a file, "|" after each, then "!" and the message of a fault without the path. */
static const char *lines_of(const void *bytes, size_t n)
{
    static char all[4096];
    const char *path = put("lines", bytes, n);
    struct error e = {0};
    struct stream *s = stream_open(path, &e);
    struct span line;
    size_t length = 0;
    unsigned long number = 0;
    if (!CHECK(s != NULL))
        return "";
    while (stream_line(s, &line, &e)) {
        memcpy(all + length, line.s, line.n);
        length += line.n;
        all[length++] = '|';
        CHECK_INT(stream_number(s), ++number);
    }
    all[length] = 0;
    if (e.kind != ERROR_NONE) {
        CHECK_INT(e.kind, ERROR_CORPUS);
        CHECK(strncmp(e.text, path, strlen(path)) == 0);
        snprintf(all + length, sizeof all - length, "!%s", e.text + strlen(path));
    } else {
        CHECK(!stream_line(s, &line, &e) && e.kind == ERROR_NONE); /* and the end stays the end */
    }
    CHECK_STR(stream_name(s), path);
    stream_close(s);
    return all;
}

static const char *lines(const char *text)
{
    return lines_of(text, strlen(text));
}

TEST(line_ends)
{
    CHECK_STR(lines(""), "");
    CHECK_STR(lines("\n"), "|");
    CHECK_STR(lines("\r\n"), "|");
    CHECK_STR(lines("a"), "a|");
    CHECK_STR(lines("a\n"), "a|");
    CHECK_STR(lines("a\r\n"), "a|");
    CHECK_STR(lines("a\r"), "a|");
    CHECK_STR(lines("a\n\n"), "a||");
    CHECK_STR(lines("a\nb\r\n\nc"), "a|b||c|");
    CHECK_STR(lines("a\r\r\n"), "a|");
    CHECK_STR(lines(" a \t\n"), " a \t|");
}

TEST(carriage_returns_within)
{
#define WITHIN                                                                                               \
    " is a carriage return within the line (alone they end lines on old Macs); lines end in a line feed, "   \
    "with or without one before it: convert the file, e.g. tr '\\r' '\\n'"
    CHECK_STR(lines("a\rb\n"), "!:1: byte 2" WITHIN);
    CHECK_STR(lines("a\n\rb"), "a|!:2: byte 1" WITHIN);
    CHECK_STR(lines("a\rb\r\rc\r"), "!:1: byte 2" WITHIN);
}

TEST(byte_order_mark_only_at_the_start)
{
    CHECK_STR(lines("\xEF\xBB\xBF"), "|");
    CHECK_STR(lines("\xEF\xBB\xBF"
                    "a\n"),
              "a|");
    CHECK_STR(lines("\xEF\xBB\xBF\r\nb"), "|b|");
    CHECK_STR(lines("a\n\xEF\xBB\xBF"
                    "b\n"),
              "a|\xEF\xBB\xBF"
              "b|");
    CHECK_STR(lines("\xEF\xBB\xBF\xEF\xBB\xBF\n"), "\xEF\xBB\xBF|");
}

TEST(faults_name_line_and_byte)
{
    CHECK_STR(lines_of("a\nb\0c\n", 6), "a|!:2: byte 2 is NUL; UTF-8 text is expected (a binary or UTF-16 "
                                        "file? convert it, e.g. iconv -t UTF-8)");
    CHECK_STR(lines_of("\0", 1), "!:1: byte 1 is NUL; UTF-8 text is expected (a binary or UTF-16 "
                                 "file? convert it, e.g. iconv -t UTF-8)");
    /* UTF-16 without a mark, CR LF at the end of its line: the NULs are the fault */
    CHECK_STR(lines_of("a\0\r\0\n", 5), "!:1: byte 2 is NUL; UTF-8 text is expected (a binary or UTF-16 "
                                        "file? convert it, e.g. iconv -t UTF-8)");
    CHECK_STR(lines("\n\ncaf\xE9\n"),
              "||!:3: byte 4 (0xE9) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
    CHECK_STR(lines("\xC3\xA9\x80"),
              "!:1: byte 3 (0x80) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
    CHECK_STR(lines("ab\xC3\n\xA9"), /* a sequence does not go on in the next line */
              "!:1: byte 3 (0xC3) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

TEST(what_cannot_be_opened)
{
    struct error e = {0};
    char path[600], want[700];
    snprintf(path, sizeof path, "%s/none", test_folder());
    snprintf(want, sizeof want, "%s: cannot be read: No such file or directory; check the path", path);
    CHECK(stream_open(path, &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK_STR(e.text, want);
    snprintf(want, sizeof want, "%s: is a folder; a text file is expected, name one inside it",
             test_folder());
    CHECK(stream_open(test_folder(), &e) == NULL);
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK_STR(e.text, want);
    stream_close(NULL);
}

/* Write lines of the given lengths, read them back. */
static void round_trip(const size_t *length, size_t count, bool crlf, bool bom, bool final, struct rng *r)
{
    size_t most = 3, at = 0;
    for (size_t k = 0; k < count; k++)
        most += length[k] + 2;
    char *text = memory_new(most, 1);
    size_t *begin = memory_new(count, sizeof *begin);
    if (bom)
        memcpy(text, "\xEF\xBB\xBF", at = 3);
    for (size_t k = 0; k < count; k++) {
        begin[k] = at;
        char c = (char)('a' + rng_below(r, 26));
        memset(text + at, c, length[k]);
        at += length[k];
        if (k + 1 == count && !final)
            break;
        if (crlf ? rng_below(r, 4) > 0 : rng_below(r, 4) == 0)
            text[at++] = '\r';
        text[at++] = '\n';
    }
    struct error e = {0};
    struct stream *s = stream_open(put("trip", text, at), &e);
    struct span line;
    size_t seen = 0;
    while (s && stream_line(s, &line, &e)) {
        if (seen >= count || line.n != length[seen] || memcmp(line.s, text + begin[seen], line.n) != 0) {
            CHECK_MSG(false, "line %zu of %zu is wrong", seen + 1, count);
            break;
        }
        seen++;
    }
    size_t want = count - (count && !final && length[count - 1] == 0); /* nothing after the last newline */
    CHECK_INT(seen, want);
    CHECK_INT(e.kind, ERROR_NONE);
    stream_close(s);
    memory_free(begin);
    memory_free(text);
}

TEST(every_kind_of_file)
{
    struct rng r;
    rng_init(&r, 21, 0, 0);
    for (int turn = 0; turn < 400; turn++) {
        size_t length[30], count = 1 + rng_below(&r, 29);
        for (size_t k = 0; k < count; k++)
            length[k] = rng_below(&r, 3) ? rng_below(&r, 4) : rng_below(&r, 200);
        round_trip(length, count, turn & 1, turn & 2 && length[0], turn & 4, &r);
    }
}

/* Line ends on both sides of every place where the buffer may have to be filled again. */
TEST(lines_across_the_buffer)
{
    struct rng r;
    rng_init(&r, 22, 0, 0);
    const size_t buffer = (size_t)1 << 18;
    for (size_t around = buffer / 2; around <= 4 * buffer; around *= 2)
        for (int off = -4; off <= 4; off++) {
            size_t length[] = {3, around - 4 + (size_t)(4 + off) - 4, 5, 0, around / 2, 7};
            round_trip(length, 6, off & 1, off & 2, off & 4, &r);
        }
    size_t many[2000];
    for (size_t k = 0; k < 2000; k++)
        many[k] = rng_below(&r, 1000);
    round_trip(many, 2000, true, true, false, &r);
}

TEST(a_multibyte_character_across_the_buffer)
{
    const size_t buffer = (size_t)1 << 18;
    char *text = memory_new(buffer + 16, 1);
    for (size_t before = buffer - 4; before <= buffer + 1; before++) {
        memset(text, 'x', before);
        memcpy(text + before, "\xF0\x9F\x98\x80\n", 5);
        struct error e = {0};
        struct span line;
        struct stream *s = stream_open(put("wide", text, before + 5), &e);
        CHECK(stream_line(s, &line, &e) && line.n == before + 4);
        CHECK(!stream_line(s, &line, &e) && e.kind == ERROR_NONE);
        stream_close(s);
    }
    memory_free(text);
}

TEST(a_line_without_end_is_refused)
{
    const size_t much = (size_t)65 << 20;
    char path[600], want[700], *text = memory_new(6 + much, 1);
    memset(text, 'x', 6 + much);
    memcpy(text, "first\n", 6);
    snprintf(path, sizeof path, "%s", put("giant", text, 6 + much));
    memory_free(text);
    struct error e = {0};
    struct span line;
    struct stream *s = stream_open(path, &e);
    CHECK(stream_line(s, &line, &e) && span_is(line, "first"));
    CHECK(!stream_line(s, &line, &e));
    CHECK_INT(e.kind, ERROR_CORPUS);
    snprintf(want, sizeof want, "%s:2: the line is longer than 64 MiB; is this a text file?", path);
    CHECK_STR(e.text, want);
    stream_close(s);
}

/* What is no text is not read for the end of its line. */
TEST(zeros_without_end_are_refused)
{
    struct error e = {0};
    struct span line;
    struct stream *s = stream_open("/dev/zero", &e);
    CHECK(s && !stream_line(s, &line, &e));
    CHECK_INT(e.kind, ERROR_CORPUS);
    CHECK(strstr(e.text, "/dev/zero:1: byte 1 is NUL; ") != NULL);
    stream_close(s);
}

/* A pipe that gets its next piece only when the stream is about to wait for it. If the stream read ahead of
 * a line that it already has, pieces would come too early; if it waited for more, the test would hang. */
struct feed {
    const char *const *piece; /* NULL: close */
    int fd;
    size_t calls;
    const size_t *length; /* of the pieces; NULL: they end with a zero */
};

static void feed_on(void *argument)
{
    struct feed *f = argument;
    const char *piece = f->piece[f->calls++];
    if (piece) {
        size_t n = f->length ? f->length[f->calls - 1] : strlen(piece);
        CHECK_INT(write(f->fd, piece, n), n);
    } else
        close(f->fd);
}

TEST(a_pipe_is_answered_as_it_goes)
{
    static const char *const piece[] = {"a\n", "b\nc\npa", "rt", "\r", "\n\n", "\xC3", "\xA9\nlast", NULL};
    static const struct {
        const char *line;
        size_t calls; /* pieces given when it comes out */
    } want[] = {{"a", 1}, {"b", 2}, {"c", 2}, {"part", 5}, {"", 5}, {"\xC3\xA9", 7}, {"last", 8}};
    int ends[2];
    if (!CHECK(pipe(ends) == 0) || !CHECK(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO))
        return;
    close(ends[0]);
    struct feed f = {piece, ends[1], 0, NULL};
    struct error e = {0};
    struct span line;
    struct stream *s = stream_open("-", &e);
    if (!CHECK(s != NULL))
        return;
    CHECK_STR(stream_name(s), "standard input");
    stream_before_read(s, feed_on, &f);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        CHECK(stream_line(s, &line, &e));
        CHECK_MSG(span_is(line, want[k].line), "line %zu is '%.*s'", k, (int)line.n, line.s);
        CHECK_INT(f.calls, want[k].calls);
        CHECK_INT(stream_number(s), k + 1);
    }
    CHECK(!stream_line(s, &line, &e) && e.kind == ERROR_NONE);
    CHECK_INT(f.calls, 8); /* the end is not asked for twice */
    stream_close(s);
}

/* One gzip member of `n` bytes; returns its length. `level` 0 stores them as they are. */
static size_t pack(const void *bytes, size_t n, int level, unsigned char *into, size_t room)
{
    z_stream z = {.next_in = (unsigned char *)bytes,
                  .avail_in = (unsigned)n,
                  .next_out = into,
                  .avail_out = (unsigned)room};
    CHECK_INT(deflateInit2(&z, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

#define GZIP_REMEDY "; copy or download it again (gzip -t tests it)"
#define GZIP_DAMAGE "; copy or download the file again (gzip -t tests it)"
#define GZIP_CUT "the gzip file is cut short here, its end is missing" GZIP_REMEDY
#define GZIP_TAIL                                                                                            \
    "the gzip data ends before this line, and what follows is neither gzip nor zeros" GZIP_DAMAGE

TEST(gzip_is_text)
{
    unsigned char z[1024];
    for (int level = 0; level <= 9; level += 3) {
        size_t n = pack("\xEF\xBB\xBF"
                        "a\r\n\nb c",
                        10, level, z, sizeof z);
        CHECK_STR(lines_of(z, n), "a||b c|");
    }
    CHECK_STR(lines_of(z, pack("", 0, 6, z, sizeof z)), "");
    CHECK_STR(lines_of(z, pack("\n", 1, 6, z, sizeof z)), "|");
    CHECK_STR(lines_of(z, pack("a\ncaf\xE9\n", 7, 6, z, sizeof z)),
              "a|!:2: byte 4 (0xE9) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
    /* gzip in gzip is no text, and other packers are known */
    size_t inner = pack("a\n", 2, 6, z, sizeof z), outer = pack(z, inner, 6, z + 512, 512);
    CHECK(strncmp(lines_of(z + 512, outer), "!:1: is compressed twice", 24) == 0);
    CHECK(strstr(lines("BZh9\x80\n"), "!:1: is a bzip2 file") != NULL);
    CHECK(strstr(lines("\xFD\x37zXZ\n"), "!:1: is an xz file") != NULL);
    CHECK(strstr(lines("\x28\xB5\x2F\xFD\n"), "!:1: is a zstd file") != NULL);
    CHECK(strstr(lines("PK\3\4\x80\n"), "!:1: is a zip archive") != NULL);
    CHECK_STR(lines("BZh9\n"), "BZh9|"); /* a word like any other */
    CHECK(strstr(lines("a\nBZh9\x80\n"), "!:2: byte 5") != NULL);
    /* the magic's first byte alone makes no gzip */
    CHECK_STR(lines("\x1f\n"), "\x1f|");
    CHECK_STR(lines("\x1f\x1f"), "\x1f\x1f|");
    CHECK_STR(lines("a\n\x1f\x8b\n"),
              "a|!:2: byte 2 (0x8B) is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

TEST(gzip_members_are_one_text)
{
    unsigned char z[1024];
    size_t n = pack("a\nb", 3, 6, z, sizeof z);
    n += pack("", 0, 6, z + n, sizeof z - n);
    n += pack("c\n", 2, 0, z + n, sizeof z - n);
    n += pack("d", 1, 9, z + n, sizeof z - n);
    CHECK_STR(lines_of(z, n), "a|bc|d|");
    memset(z + n, 0, 600 < sizeof z - n ? 600 : sizeof z - n); /* as on a tape */
    for (size_t zeros = 0; zeros <= 600; zeros += 100)
        CHECK_STR(lines_of(z, n + zeros), "a|bc|d|");
    z[n] = 'x';
    CHECK_STR(lines_of(z, n + 1), "a|bc|!:3: " GZIP_TAIL);
    z[n] = 0, z[n + 9] = 'x';
    CHECK_STR(lines_of(z, n + 10), "a|bc|!:3: " GZIP_TAIL);
    size_t m = n + 2 + pack("e\n", 2, 6, z + n + 2, sizeof z - n - 2); /* a member after zeros */
    CHECK_STR(lines_of(z, m), "a|bc|!:3: " GZIP_TAIL);
}

/* Cut anywhere, it is a fault; lines come out from the front only, and never half a line. */
TEST(gzip_cut_short)
{
    static const char text[] = "one two\nthree\n\nfour five six\nseven";
    static unsigned char z[512];
    for (int level = 0; level <= 9; level += 9)
        for (int members = 1; members <= 2; members++) {
            size_t half = members == 1 ? sizeof text - 1 : 10, first = pack(text, half, level, z, sizeof z);
            size_t n = first;
            if (members == 2)
                n += pack(text + half, sizeof text - 1 - half, level, z + n, sizeof z - n);
            CHECK_STR(lines_of(z, n), "one two|three||four five six|seven|");
            CHECK_STR(lines_of(z, 0), "");
            for (size_t cut = 1; cut < n; cut++) {
                if (members == 2 && cut == first)
                    continue; /* a whole file */
                const char *got = lines_of(z, cut), *fault = strchr(got, '!'), *seen = got;
                if (!CHECK_MSG(fault != NULL, "cut at %zu gives '%s'", cut, got))
                    return;
                unsigned long number = 1;
                for (const char *t = text; seen < fault; t++, seen++) {
                    number += *t == '\n';
                    if (!CHECK_MSG(*seen == (*t == '\n' ? '|' : *t), "cut at %zu gives '%s'", cut, got))
                        return;
                }
                CHECK_MSG(fault == got || fault[-1] == '|', "cut at %zu gives half a line: '%s'", cut, got);
                char want[200];
                snprintf(want, sizeof want, "!:%lu: %s", number, GZIP_CUT);
                CHECK_STR(fault, want);
            }
        }
}

/* Any one bit: a fault, or (time and system in the header, bits that fill a byte) the same text. */
TEST(gzip_with_a_flipped_bit)
{
    static const char text[] = "one two\nthree\n\nfour five six\nseven\n";
    unsigned char z[512];
    for (int level = 0; level <= 9; level += 9) {
        size_t n = pack(text, sizeof text - 1, level, z, sizeof z), faults = 0;
        for (size_t bit = 16; bit < 8 * n; bit++) { /* without the magic it is no gzip */
            z[bit / 8] ^= (unsigned char)(1 << bit % 8);
            const char *got = lines_of(z, n), *fault = strchr(got, '!');
            if (fault) {
                faults++;
                CHECK_MSG(strstr(fault, "gzip"), "bit %zu: %s", bit, got);
                CHECK_MSG(fault == got || fault[-1] == '|', "bit %zu gives half a line: '%s'", bit, got);
            } else {
                CHECK_STR(got, "one two|three||four five six|seven|");
            }
            z[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        CHECK(faults >= 8 * (n - 10) - 7);
    }
    size_t n = pack("a\n", 2, 6, z, sizeof z);
    z[n - 5] ^= 1;
    CHECK_STR(lines_of(z, n),
              "!:1: the gzip data is damaged from about here on (incorrect data check)" GZIP_DAMAGE);
    z[n - 5] ^= 1, z[n - 1] ^= 1;
    CHECK_STR(lines_of(z, n),
              "!:1: the gzip data is damaged from about here on (incorrect length check)" GZIP_DAMAGE);
}

/* Many times the buffers, in one member and in many, lines across all their ends. */
TEST(gzip_of_a_large_file)
{
    const size_t most = (size_t)5 << 20, room = most + 100000;
    char *text = memory_new(most, 1);
    unsigned char *z = memory_new(room, 1);
    struct rng r;
    rng_init(&r, 23, 0, 0);
    for (int turn = 0; turn < 4; turn++) {
        bool repeats = turn & 1,
             members = turn & 2; /* repeats: 1,000 times smaller, so output outruns input */
        size_t n = 0, packed = 0, begin = 0;
        for (size_t line = 0; n + 70000 < most; line++) {
            size_t length = rng_below(&r, 50) ? rng_below(&r, 100) : rng_below(&r, 60000);
            for (size_t k = 0; k < length; k++)
                text[n++] = repeats ? 'x' : (char)('!' + rng_below(&r, 90));
            text[n++] = '\n';
            if (members && line % 40 == 0) {
                packed += pack(text + begin, n - begin, 1, z + packed, room - packed);
                begin = n;
            }
        }
        packed += pack(text + begin, n - begin, 6, z + packed, room - packed);
        struct error e = {0};
        struct span line;
        struct stream *s = stream_open(put("large", z, packed), &e);
        size_t at = 0;
        while (s && stream_line(s, &line, &e)) {
            if (!CHECK(at + line.n < n && memcmp(text + at, line.s, line.n) == 0 &&
                       text[at + line.n] == '\n'))
                break;
            at += line.n + 1;
        }
        CHECK_INT(e.kind, ERROR_NONE);
        CHECK_INT(at, n);
        stream_close(s);
    }
    memory_free(text);
    memory_free(z);
}

/* What the sender has flushed is answered before more is read, whatever the pieces it comes in. */
TEST(a_compressed_pipe_is_answered_as_it_goes)
{
    static const char *const text[] = {"a\n", "b\nc\npa", "rt\n", "last"};
    static const struct {
        const char *line;
        size_t calls;
    } want[] = {{"a", 3}, {"b", 4}, {"c", 4}, {"part", 5}, {"last", 7}};
    static unsigned char z[1024];
    const char *piece[8] = {NULL};
    size_t length[8] = {0}, at = 0, pieces = 0;
    z_stream d = {.next_out = z, .avail_out = sizeof z};
    CHECK_INT(deflateInit2(&d, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (size_t k = 0; k < 4; k++) {
        d.next_in = (unsigned char *)text[k];
        d.avail_in = (unsigned)strlen(text[k]);
        CHECK_INT(deflate(&d, k == 3 ? Z_FINISH : Z_SYNC_FLUSH), k == 3 ? Z_STREAM_END : Z_OK);
        for (size_t end = sizeof z - d.avail_out, step; at < end; at += step) {
            /* the first in three: the magic cut in two */
            step = k == 0 && pieces < 2 ? 1 : k == 3 && pieces == 5 ? end - at - 4 : end - at;
            piece[pieces] = (const char *)z + at;
            length[pieces++] = step;
        }
    }
    deflateEnd(&d);
    CHECK_INT(pieces, 7);
    int ends[2];
    if (!CHECK(pipe(ends) == 0) || !CHECK(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO))
        return;
    close(ends[0]);
    struct feed f = {piece, ends[1], 0, length};
    struct error e = {0};
    struct span line;
    struct stream *s = stream_open("-", &e);
    if (!CHECK(s != NULL))
        return;
    stream_before_read(s, feed_on, &f);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        CHECK(stream_line(s, &line, &e));
        CHECK_MSG(span_is(line, want[k].line), "line %zu is '%.*s'", k, (int)line.n, line.s);
        CHECK_INT(f.calls, want[k].calls + (k == 4)); /* the last line has no end but the file's */
    }
    CHECK(!stream_line(s, &line, &e) && e.kind == ERROR_NONE);
    CHECK_INT(f.calls, 8);
    stream_close(s);
}

/* A line, then bytes of any kind, then a line again …: what is skipped is what was peeked at, near a buffer's end,
 * too. */
TEST(bytes_between_lines)
{
    struct rng r;
    size_t n = 0, room = (size_t)4 << 20, blocks = 0, at[64], length[64];
    char *bytes = memory_new(room, 1);
    rng_init(&r, 8, 0, 0);
    while (blocks < 64) {
        n += (size_t)sprintf(bytes + n, "%zu\n", blocks);
        at[blocks] = n;
        length[blocks] = rng_below(&r, 2) ? rng_below(&r, 200) : rng_below(&r, 120000);
        for (size_t k = 0; k < length[blocks]; k++)
            bytes[n++] = (char)rng_bits(&r);
        blocks++;
    }
    unsigned char *z = memory_new(room + 65536, 1);
    size_t packed = pack(bytes, n, 1, z, room + 65536);
    for (int gzip = 0; gzip < 2; gzip++) {
        struct error e = {0};
        struct stream *s = stream_open(gzip ? put("blocks", z, packed) : put("blocks", bytes, n), &e);
        struct span line, ahead;
        char want[24];
        if (!CHECK(s != NULL))
            break;
        for (size_t k = 0; k < blocks; k++) {
            sprintf(want, "%zu", k);
            if (!CHECK(stream_line(s, &line, &e) && span_is(line, want)))
                break;
            CHECK(stream_peek(s, length[k], &ahead, &e) && ahead.n >= length[k] &&
                  memcmp(ahead.s, bytes + at[k], length[k]) == 0);
            stream_skip(s, length[k] / 3);
            CHECK(stream_peek(s, length[k] - length[k] / 3, &ahead, &e));
            stream_skip(s, length[k] - length[k] / 3);
        }
        CHECK(stream_peek(s, 1000, &ahead, &e) && ahead.n == 0);
        CHECK(!stream_line(s, &line, &e) && e.kind == ERROR_NONE);
        stream_close(s);
        s = stream_open(gzip ? put("blocks", z, packed / 2) : put("blocks", bytes, n), &e);
        CHECK(s && stream_peek(s, room, &ahead, &e) == !gzip); /* cut short is told; else fewer at the end */
        CHECK(gzip ? e.kind == ERROR_CORPUS : ahead.n == n);
        stream_close(s);
    }
    memory_free(bytes);
    memory_free(z);
}
