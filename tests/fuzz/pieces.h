/* SPDX-License-Identifier: MIT
 *
 * pieces: the tensors and strings of a container (lib/report/container.h), to be changed and written again by the
 * project's own writer. So a mutant has right checksums, and what is behind them is reached. For every file that is a
 * container.
 */
#ifndef ASYNTRAIN_TESTS_FUZZ_PIECES_H
#define ASYNTRAIN_TESTS_FUZZ_PIECES_H

#include <stddef.h>
#include <stdint.h>

/* The container that these bytes are but for their checksums, signed, as a file of that name (fuzz_file). NULL: they
 * are none. */
const char *pieces_sign(const uint8_t *bytes, size_t n, const char *name);

/* Change one piece of a container, or leave it out (struct fuzz_target); what is none is changed as any bytes are. */
size_t pieces_mutate(uint8_t *bytes, size_t n, size_t room, unsigned seed);

#endif
