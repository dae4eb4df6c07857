/* SPDX-License-Identifier: MIT
 *
 * outfile: a file that appears whole or not at all. It is written aside ("NAME.part" in the same folder),
 * flushed, fsynced and renamed; until then an older NAME stays as it was. After a crash the .part file
 * holds what was written. One thread at a time per file; a second writer of NAME, in whatever process, is
 * refused. A link is followed: its target is replaced. What is no regular file (/dev/stdout, a pipe) is
 * written directly.
 */
#ifndef ASYNTRAIN_BASE_OUTFILE_H
#define ASYNTRAIN_BASE_OUTFILE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdio.h>

struct outfile;

/* NULL and ERROR_IO ("PATH: what; what to do") when it cannot be made. */
struct outfile *outfile_open(const char *path, struct error *e);
FILE *outfile_stream(struct outfile *o); /* write here with stdio; errors are seen at commit */
/* Push what was written so far to the .part file, for readers that follow it. */
bool outfile_flush(struct outfile *o, struct error *e);
/* fsync, rename, fsync of the folder, free. On failure the .part file is removed, the older file stays,
 * ERROR_IO. */
bool outfile_commit(struct outfile *o, struct error *e);
/* Give up: remove the .part file, free. NULL is allowed. */
void outfile_abandon(struct outfile *o);

/* Make a folder and its parents; fine if it is there. `*made` (or NULL): how many bytes of the path were there before,
 * so that what was made can be unmade, unless somebody put something there. */
bool outfile_folder(const char *path, size_t *made, struct error *e);
void outfile_unmake(const char *path, size_t made);

char *outfile_path(const char *folder, const char *name); /* "folder/name", to be freed */

#endif
