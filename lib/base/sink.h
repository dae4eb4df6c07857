/* SPDX-License-Identifier: MIT
 *
 * sink: a FILE whose bytes collect in memory, for who writes files and is called by a library. Unlike open_memstream it
 * says when memory is missing: writing fails, and ferror is true of the FILE.
 */
#ifndef ASYNTRAIN_BASE_SINK_H
#define ASYNTRAIN_BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sink {
    char *bytes; /* [length], and a zero behind them; freed with memory_free, and no part of a ledger */
    size_t length, capacity;
    FILE *file;
    char buffer[1 << 14];
};

/* Begin anew; `s` is zeroed before its first use. NULL: out of memory. In a run of a ledger (lib/base/ledger.h) that is
 * taken back before sink_close, the file is closed and `bytes` are freed. */
FILE *sink_open(struct sink *s);
bool sink_close(struct sink *s); /* false: not all could be written, for want of memory */
/* After it: the bytes, from now on memory like that of memory_new. */
char *sink_text(struct sink *s);

#endif
