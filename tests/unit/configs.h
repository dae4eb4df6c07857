/* SPDX-License-Identifier: MIT
 *
 * configs: three sections with keys of every type, and what is said of texts and assignments that go by them.
 */
#ifndef ASYNTRAIN_TESTS_CONFIGS_H
#define ASYNTRAIN_TESTS_CONFIGS_H

#include "lib/base/config.h"

extern const struct key configs_corpus_keys[]; /* of its first section */
extern const struct section configs_sections[];

bool configs_parse(struct config *c, const char *text, struct error *e); /* as the file t.yaml */
/* What is said when a text is read and checked, or an assignment; "" for nothing. Until the next call. */
const char *configs_complaint(const char *text);
const char *configs_set_complaint(const char *assignment);
struct config *configs_checked(const char *text); /* or NULL with a failed check */
const char *configs_file(const char *name, const char *text,
                         size_t length); /* in the test's folder; its whole name */
/* A text of its own, until three calls later. */
__attribute__((format(printf, 1, 2))) const char *configs_text(const char *format, ...);
const char *configs_here(void); /* the working directory */

#endif
