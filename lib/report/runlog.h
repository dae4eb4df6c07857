/* SPDX-License-Identifier: MIT
 *
 * runlog: what happened in a run, one JSON object a line (metrics.jsonl), for programs that read along.
 *
 *     runlog_begin(l, "epoch");              {"event":"epoch",
 *     runlog_integer(l, "epoch", 3);          "epoch":3,
 *     runlog_open_array(l, "threads");        "threads":[
 *     runlog_real(l, NULL, 0.1);               0.1
 *     runlog_close(l);                        ]
 *     runlog_end(l, e);                      }\n
 *
 * The lines go to PATH.part as they come; PATH itself stays as it was until runlog_commit (lib/base/outfile).
 * Within an object every value has a name, each once; within an array `name` is NULL. Calling out of turn
 * is a programmer's mistake (assert), and so is nesting deeper than RUNLOG_DEPTH. One thread at a time.
 */
#ifndef ASYNTRAIN_REPORT_RUNLOG_H
#define ASYNTRAIN_REPORT_RUNLOG_H

#include "lib/base/error.h"
#include "lib/base/text.h"

#include <stdbool.h>

#define RUNLOG_DEPTH 8 /* the event itself is the first level */

struct outfile;
struct runlog;

struct runlog *runlog_open(const char *path, struct error *e); /* NULL and ERROR_IO */
struct runlog *runlog_told(void); /* without a file: events are told alone, and abandoned in the end */
/* Each event that is ended is told as well, with its line's end; NULL: to nobody. */
typedef void runlog_listener(void *context, struct span line);
void runlog_listen(struct runlog *l, runlog_listener *told, void *context);

void runlog_begin(struct runlog *l, const char *event);
void runlog_integer(struct runlog *l, const char *name, long long value);
void runlog_real(struct runlog *l, const char *name, double value); /* inf and nan become null; else the
                                                                            * fewest digits that read back equal */
void runlog_string(struct runlog *l, const char *name, const char *value); /* NULL becomes null; what is not
                                                                            * UTF-8 becomes U+FFFD */
void runlog_bool(struct runlog *l, const char *name, bool value);
void runlog_open_object(struct runlog *l, const char *name);
void runlog_open_array(struct runlog *l, const char *name);
void runlog_close(struct runlog *l); /* the innermost object or array */
/* The line is out, for whoever follows the .part file. false and ERROR_IO when it could not be written (then
 * commit fails as well). */
bool runlog_end(struct runlog *l, struct error *e);

/* The file, for who saves what is in it (lib/base/outfile.h), and the same steps as there. */
struct outfile *runlog_file(const struct runlog *l);
bool runlog_finish(struct runlog *l, struct error *e);
/* All free `l`. Commit puts the file in place; abandon removes it, an older one stays; leave keeps what was written
 * aside; NULL is allowed for both. */
void runlog_leave(struct runlog *l);
bool runlog_commit(struct runlog *l, struct error *e);
void runlog_abandon(struct runlog *l);

#endif
