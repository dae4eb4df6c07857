/* SPDX-License-Identifier: MIT
 *
 * modelfile: everything that tagging needs, in one container (lib/report/container.h).
 *
 *     string "asyntrain"      format number            string "config"    the resolved configuration
 *     string "format", "template", "ncolumns", "label_column", "segmentation" (0 or 1), "scheme", "encode", "map"
 *     string "open", where corpus.open is not the default
 *     (config, template, map and open are tensors U8 of these names if they are longer than 32 KiB)
 *     NAME.bytes U8, NAME.ends U32     strings of NAME end to end, and where each ends, for NAME =
 *                             values (cells), labels, node and edge (keys, 32-bit numbers), words, lexicon
 *     characters.bytes, .ends likewise, and string "spelling_column", where the model wants words spelled
 *     node.frequency, edge.frequency U32, follows U8 [T][T]
 *     weight.GROUP F32 [blocks * rows][columns], for every group of the model's layout
 *
 * A model that was trained to have zeros is stored without its blocks of zeros. Of a group that has some:
 *
 *     blocks.GROUP U32 [kept]         the numbers of the other blocks, rising
 *     weight.GROUP F32 [kept * rows][columns]       those blocks alone
 *     string "rows.GROUP"             blocks * rows of the whole group
 *
 * The format number is 4 if blocks are left out, else 3. A file of these without a signature (container.h) is damaged.
 * Numbers 2 and 1 were the same without one; they are still read.
 */
#ifndef ASYNTRAIN_REPORT_MODELFILE_H
#define ASYNTRAIN_REPORT_MODELFILE_H

#include "lib/base/error.h"
#include "lib/data/space.h"
#include "lib/num/layout.h"
#include "lib/report/container.h"

#include <stdbool.h>

/* The file appears whole or an older one stays: ERROR_IO. `sparse`: without blocks of zeros. `signature` (or NULL) is
 * that of the file: the same weights and configuration have the same one. */
bool modelfile_save(const char *path, const char *config, const struct space *space,
                    const struct layout *layout, const real *w, bool sparse,
                    char signature[CONTAINER_SIGNATURE], struct error *e);

/* The same, but the file does not appear yet: it is whole, and waits for outfile_commit. NULL and the error. */
struct outfile *modelfile_begin(const char *path, const char *config, const struct space *space,
                                const struct layout *layout, const real *w, bool sparse,
                                char signature[CONTAINER_SIGNATURE], struct error *e);

struct modelfile;

/* NULL and ERROR_MODEL. `path` is a model file or a run's folder. */
struct modelfile *modelfile_open(const char *path, struct error *e);
/* The same of a file in memory, borrowed until modelfile_close; `name` stands for its path in messages. */
struct modelfile *modelfile_open_memory(const char *name, const void *bytes, size_t size, struct error *e);
void modelfile_close(struct modelfile *m);
const char *modelfile_path(const struct modelfile *m);
const char *modelfile_signature(const struct modelfile *m); /* NULL: an older program wrote it */
const char *modelfile_config(const struct modelfile *m);
/* The space, to be freed by the caller; NULL and ERROR_MODEL. */
struct space *modelfile_space(const struct modelfile *m, struct error *e);
/* How many groups of blocks it has weights of. */
size_t modelfile_groups(const struct modelfile *m);
/* Has it weights of these shapes, and no others? ERROR_MODEL. Ask before there is memory for them: a layout follows
 * from the file's configuration, and may be of any size where that is damaged. */
bool modelfile_fits(const struct modelfile *m, const struct layout *layout, struct error *e);
/* The weights into w [layout.size], which is zeroed; ERROR_MODEL when the shapes are others. */
bool modelfile_weights(const struct modelfile *m, const struct layout *layout, real *w, struct error *e);

#endif
