/* SPDX-License-Identifier: MIT */
#include "lib/base/stream.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The contract of lib/base/stream.h. */
static void judge(struct span line)
{
    if (text_utf8_fault(line) != line.n || memchr(line.s, 0, line.n) || memchr(line.s, '\n', line.n))
        abort();
}

/* Lines, and bytes that are looked at and passed over between them; plain or gzip. */
FUZZ(stream, bytes, n)
{
    struct error e = {0};
    struct span piece;
    struct stream *s = stream_open(fuzz_file("stream", bytes, n), &e);
    if (!s)
        return;
    unsigned long before = 0;
    while (stream_line(s, &piece, &e)) {
        judge(piece);
        if (stream_number(s) != ++before)
            abort();
        if (n % 3 == 0 && before % 4 == 0) {
            if (!stream_peek(s, n % 100, &piece, &e))
                break;
            stream_skip(s, piece.n < 5 ? piece.n : 5);
        }
    }
    stream_close(s);
}
