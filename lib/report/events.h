/* SPDX-License-Identifier: MIT
 *
 * events: what a run has logged (metrics.jsonl, lib/report/runlog.h), read back. A line is an event; events of one kind
 * are numbered from 0.
 *
 *     {"event":"epoch","epoch":3,"audit":{"tau_mean":0.01}}      events_number(e, "epoch", 2, "audit.tau_mean", &x)
 *
 * Constant once it is read: any number of threads may ask.
 */
#ifndef ASYNTRAIN_REPORT_EVENTS_H
#define ASYNTRAIN_REPORT_EVENTS_H

#include "lib/base/error.h"
#include "lib/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct events;

/* NULL, and ERROR_MODEL where the file is not there or no such log, ERROR_IO where reading fails. */
struct events *events_read(const char *path, struct error *e);
/* The same of text that is in memory; `name` stands in messages for the file's. */
struct events *events_parse(const char *name, struct span text, struct error *e);
void events_free(struct events *v); /* NULL is allowed */

size_t events_count(const struct events *v, const char *kind);
/* The field of an event; a dot leads into an object, or to an element of an array: "threads.0.errors". false and NULL:
 * there is no such event or field, or it is null or of another type. Text lives as long as `v`. */
bool events_number(const struct events *v, const char *kind, size_t k, const char *field, double *value);
const char *events_text(const struct events *v, const char *kind, size_t k, const char *field);
bool events_true(const struct events *v, const char *kind, size_t k, const char *field);
/* How many elements an array has; 0 where there is none. */
size_t events_length(const struct events *v, const char *kind, size_t k, const char *field);

/* Give all fields of an event in their order, as text, to `each`; those of its objects too, arrays and nulls not. */
typedef void events_field(void *to, const char *field, const char *text);
void events_fields(const struct events *v, const char *kind, size_t k, events_field *each, void *to);

#endif
