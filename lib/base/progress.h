/* SPDX-License-Identifier: MIT
 *
 * progress: how far a long piece of work is, told by who does it to who looks on. Where nobody does, telling costs a
 * comparison.
 *
 *     progress_watch(look, context);                            the one who shows it, before the work begins
 *     progress_tell(PROGRESS_READING, "train.conll", 5, 20);    the one who works, now and then
 */
#ifndef ASYNTRAIN_BASE_PROGRESS_H
#define ASYNTRAIN_BASE_PROGRESS_H

#include <stdint.h>

enum progress_kind { PROGRESS_READING /* bytes of a file */, PROGRESS_SCORING /* sentences */ };

typedef void progress_look(void *context, enum progress_kind kind, const char *what, uint64_t done,
                           uint64_t all);

/* One looks on, in the whole process; NULL: nobody. To be called while nobody tells. */
void progress_watch(progress_look *look, void *context);
/* `what`: a file, a part of the corpus; `all` 0: nobody knows. One thread at a time; `look` is called by it. */
void progress_tell(enum progress_kind kind, const char *what, uint64_t done, uint64_t all);

#endif
