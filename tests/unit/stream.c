/* SPDX-License-Identifier: MIT */
#include "lib/base/stream.h"

#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    CHECK_STR(lines("a\rb\n"), "a\rb|"); /* only at a line's end */
    CHECK_STR(lines(" a \t\n"), " a \t|");
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
    char path[600], want[700];
    snprintf(path, sizeof path, "%s", put("giant", "first\n", 6));
    CHECK_INT(truncate(path, ((off_t)65 << 20) + 6), 0); /* a hole: zeros without a newline */
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

/* A pipe that gets its next piece only when the stream is about to wait for it. If the stream read ahead of
 * a line that it already has, pieces would come too early; if it waited for more, the test would hang. */
struct feed {
    const char *const *piece; /* NULL: close */
    int fd;
    size_t calls;
};

static void feed_on(void *argument)
{
    struct feed *f = argument;
    const char *piece = f->piece[f->calls++];
    if (piece)
        CHECK_INT(write(f->fd, piece, strlen(piece)), strlen(piece));
    else
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
    struct feed f = {piece, ends[1], 0};
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
