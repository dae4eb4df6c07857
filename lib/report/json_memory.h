/* SPDX-License-Identifier: MIT
 *
 * json_memory: jansson has its memory from lib/base/memory. By itself it gives up quietly where it has none, so that a
 * damaged file and want of memory look alike, and what it writes lacks pieces.
 */
#ifndef ASYNTRAIN_REPORT_JSON_MEMORY_H
#define ASYNTRAIN_REPORT_JSON_MEMORY_H

#include <stddef.h>

/* For a program to call before jansson makes anything. All of the process has it so: a library must not call it, and
 * only reads. What jansson's functions give to be freed goes to memory_free. */
void json_memory(void);

/* The library that does it, and its version, in words. */
void json_memory_library(char *words, size_t size);

#endif
