/* SPDX-License-Identifier: MIT
 *
 * stream: the lines of a text file, one at a time, as they arrive. Every line that comes out is UTF-8
 * without NUL; a byte order mark at the start and carriage returns at a line's end are dropped, a missing
 * last newline is no fault. A carriage return anywhere else is one: a whole file of an old Mac is one line, and what a
 * single one stands for nobody knows. Nothing is read ahead of what the kernel has, so a pipe is answered as it goes.
 *
 * A file that begins with gzip's magic (1f 8b) is decompressed on the way, whatever its name: all its members
 * (RFC 1952), and zeros after the last are let be. When it is cut short or damaged, lines from before are
 * given and then a fault; half a line never is. (Wrong bytes that only the checksum at the end shows have been
 * given by then: who must not act on them acts after the last line.)
 */
#ifndef ASYNTRAIN_BASE_STREAM_H
#define ASYNTRAIN_BASE_STREAM_H

#include "lib/base/error.h"
#include "lib/base/text.h"

#include <stdbool.h>

struct stream;

/* `path` "-" is standard input. NULL and ERROR_CORPUS if it cannot be opened or is a folder. */
struct stream *stream_open(const char *path, struct error *e);
/* Text in memory, borrowed until stream_close; `name` stands for its path in messages. */
struct stream *stream_of(const char *name, struct span text);
void stream_close(struct stream *s);

/* The next line without its end, valid until the next call. false at the end of the file (e->kind is
 * ERROR_NONE) and on a fault ("file:line: …"; ERROR_IO if reading failed, else ERROR_CORPUS; a line may have
 * 64 MiB). */
bool stream_line(struct stream *s, struct span *line, struct error *e);

/* For files that are text only in part: at least `need` bytes that come next (at most 32 MiB), whatever they are, and
 * fewer at the end of the file alone. They are not taken, and valid until the next call; stream_skip takes the first n
 * of them. false on a fault, as above. */
bool stream_peek(struct stream *s, size_t need, struct span *ahead, struct error *e);
void stream_skip(struct stream *s, size_t n);

const char *stream_name(const struct stream *s);
unsigned long stream_number(const struct stream *s); /* of the last line given, from 1 */

/* Call `wake(argument)` before every read that has to wait, as far as the system says: a filter flushes its output
 * there. */
void stream_before_read(struct stream *s, void (*wake)(void *argument), void *argument);

/* The library that does it, and its version, in words. */
void stream_library(char *words, size_t size);

#endif
