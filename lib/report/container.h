/* SPDX-License-Identifier: MIT
 *
 * container: named tensors and named strings in one file, in the public safetensors layout:
 *
 *     u64 little-endian: bytes of the header │ header: JSON, padded with blanks to 8 │ data of all tensors
 *
 * Header: {"__metadata__": {string: string}, NAME: {"dtype", "shape", "data_offsets": [begin, end]}, …},
 * offsets from the end of the header, tensors back to back in file order. Our additions, inside
 * __metadata__ where every reader ignores them, checked on load:
 *
 *     "crc32.NAME"    of each tensor's bytes, eight hexadecimal digits
 *     "signature"     the first string: a digest (lib/base/digest.h), sixteen hexadecimal digits, of the header's bytes
 *                     that follow these digits, padding too. As they hold the checksums of all tensors, it signs the
 *                     whole file.
 *
 * A signature tells damage, and files with other contents; it is no defence against forgery. It has no time and nothing
 * random in it: the same contents give the same one. Knows nothing of models. One thread at a time per container.
 */
#ifndef ASYNTRAIN_REPORT_CONTAINER_H
#define ASYNTRAIN_REPORT_CONTAINER_H

#include "lib/base/digest.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum container_type { CONTAINER_U8, CONTAINER_U32, CONTAINER_F32, CONTAINER_F64, CONTAINER_TYPES };
extern const struct container_dtype {
    const char *name; /* in the header */
    size_t size; /* bytes of an element */
} container_dtypes[CONTAINER_TYPES];

#define CONTAINER_SIGNATURE DIGEST_TEXT /* bytes for a signature, with the zero at its end */

/* ---- writing: describe everything, then write; the file appears whole or not at all (lib/base/outfile) */
struct outfile;
struct container_writer;
struct container_writer *container_writer_new(void);
void container_writer_free(struct container_writer *w);
/* UTF-8, or container_write fails: what is stored comes back as it was. Each name once; not "signature", "crc32.…". */
void container_put_string(struct container_writer *w, const char *name, const char *value);
/* The same for what may be long: above 32 KiB it is a tensor U8 of that name, as the header is small. */
void container_put_text(struct container_writer *w, const char *name, const char *value);
/* A tensor of rows×columns elements whose rows stand `stride` elements apart in memory (stride >=
 * columns; padding is not written). columns == 0: a vector of `rows` elements, shape [rows], without
 * gaps (`stride` is not looked at). `data` is borrowed until container_write returns. */
void container_put_tensor(struct container_writer *w, const char *name, enum container_type type,
                          const void *data, size_t rows, size_t columns, size_t stride);
/* Tensors with large elements come first in the file. ERROR_IO; an older file stays. `signature` (or NULL) is that of
 * the file. */
bool container_write(const struct container_writer *w, const char *path, char signature[CONTAINER_SIGNATURE],
                     struct error *e);

/* The same, but the file does not appear yet: it is whole, and waits for outfile_commit. NULL and the error. */
struct outfile *container_begin(const struct container_writer *w, const char *path,
                                char signature[CONTAINER_SIGNATURE], struct error *e);

/* ---- reading: everything is bounds-checked and every checksum compared before this returns */
struct container;
/* NULL and ERROR_MODEL: "PATH: what is damaged, what to do". At most 1 MiB of header; no overlapping, overhanging or
 * missing bytes; shapes agree with offsets; no duplicate names. What is no such file is not read further than its
 * first bytes, or its header. ERROR_IO if the disk fails while it is read. */
struct container *container_read(const char *path, struct error *e);
/* The same of a file in memory, borrowed until container_free; `name` stands for its path in messages. */
struct container *container_read_memory(const char *name, const void *bytes, size_t size, struct error *e);
void container_free(struct container *c);
/* What a file says its signature is, from its first bytes, without reading it: true. */
bool container_peek(const char *path, char signature[CONTAINER_SIGNATURE]);
/* NULL: another program wrote it, or an older one. */
const char *container_signature(const struct container *c);
const char *container_string(const struct container *c, const char *name); /* NULL when it is not there */
const char *container_text(const struct container *c, const char *name); /* likewise, of container_put_text */
size_t container_tensors(const struct container *c, const char *prefix); /* whose names begin so */
/* NULL and ERROR_MODEL when it is not there, or not of this type and number of dimensions (1 or 2;
 * `columns` NULL asks for a vector). The data is aligned to 8 bytes and lives as long as `c`. */
const void *container_tensor(const struct container *c, const char *name, enum container_type type,
                             size_t *rows, size_t *columns, struct error *e);

/* For what is large, and stays in the file until it is asked for: the shape of a matrix, as above; and n of its rows,
 * end to end. false and ERROR_MODEL: the file was changed meanwhile (seen with the last row, if all are read in their
 * order); ERROR_IO: the disk fails. */
bool container_shape(const struct container *c, const char *name, enum container_type type, size_t *rows,
                     size_t *columns, struct error *e);
bool container_rows(const struct container *c, const char *name, size_t first, size_t n, void *to,
                    struct error *e);

#endif
