/* SPDX-License-Identifier: MIT
 *
 * mistakes: what a trained model answers to labelled files, and where it is wrong: the score, a table of labels, which
 * label is taken for which, and the sentences with most wrong labels. Of as many, the ones whose gold labels have the
 * lower probability come first.
 *
 * One thread at a time.
 */
#ifndef ASYNTRAIN_PAGE_MISTAKES_H
#define ASYNTRAIN_PAGE_MISTAKES_H

#include "lib/page/page.h"
#include "lib/report/score.h"
#include "lib/tag/review.h"

#define MISTAKES_SENTENCES 20 /* that are shown, at most */

struct mistakes;

/* `score`: an empty one of the model's task, which is filled; both are borrowed. */
struct mistakes *mistakes_new(const struct trained *trained, struct score *score);
void mistakes_free(struct mistakes *m); /* NULL is allowed */

/* Tag a labelled file, as review_file does: `constraint` and `whole` as of lib/tag/trained.h. false and
 * ERROR_CORPUS. */
bool mistakes_read(struct mistakes *m, const struct constraint *constraint, enum whole whole,
                   const char *path, struct error *e);

/* What was found in all files so far. */
void mistakes_write(const struct mistakes *m, struct page *p);

#endif
