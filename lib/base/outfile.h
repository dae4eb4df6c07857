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
/* All that was written is on the disk, under the .part name. */
bool outfile_sync(struct outfile *o, struct error *e);
/* The same, where several files are to appear as one: each is finished before the first is committed, and the first is
 * only synchronized. On failure they are to be abandoned. When the first is in place, all others are committed, and the
 * .part file of one that cannot be renamed stays, for who comes next. */
bool outfile_finish(struct outfile *o, struct error *e);
/* Synchronize, rename, fsync of the folder, free. On failure the .part file is removed (but see outfile_finish), the
 * older file stays, ERROR_IO. */
bool outfile_commit(struct outfile *o, struct error *e);
/* What was renamed to this path is not lost in a power cut. Writes into `path`, which had its use. */
void outfile_sync_folder(char *path);
/* Give up: remove the .part file, free. NULL is allowed. */
void outfile_abandon(struct outfile *o);
/* The same, but the .part file stays, for a person to read. */
void outfile_leave(struct outfile *o);

/* It will appear as another file, on the same file system. */
void outfile_move(struct outfile *o, const char *folder, const char *name);

/* What stands in the .part file so far, for who wants to write it again in another process: its size, which is 0 where
 * there is none; its first n bytes, no more than that, to be freed in any case. */
size_t outfile_size(const struct outfile *o);
bool outfile_contents(struct outfile *o, size_t n, char **bytes, struct error *e);
/* Unwrite what was written to the .part file, and begin it with these bytes. */
bool outfile_restore(struct outfile *o, const char *bytes, size_t n, struct error *e);

/* The end of a program that can do no more: the .part files of all that is open go, and so do folders that were made
 * and have no file in place. Any thread may call it, whatever others do, and it asks for no memory. What is open must
 * not be written, committed or abandoned afterwards. */
void outfile_abandon_all(void);

/* Make a folder and its parents; fine if it is there. `*made` (or NULL): how many bytes of the path were there before,
 * so that what was made can be unmade, unless somebody put something there. */
bool outfile_folder(const char *path, size_t *made, struct error *e);
void outfile_unmake(const char *path, size_t made);

char *outfile_path(const char *folder, const char *name); /* "folder/name", to be freed */
bool outfile_exists(const char *folder, const char *name);
void outfile_remove(const char *folder, const char *name); /* where there is none, all is well */

#endif
