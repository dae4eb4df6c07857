/* SPDX-License-Identifier: MIT
 *
 * guess: what a configuration leaves open (corpus.task: auto), the labels of its training files answer. Labels such as
 * B-NP, I-NP and O mark chunks. Who trains on them without a task means chunks, and accuracy, where every O counts,
 * would look far better than F1 does.
 *
 *     format segmented                                  segmentation
 *     corpus.scheme or corpus.encode says how chunks are marked    chunking
 *     the labels look like those of a scheme            chunking, in this scheme (unless corpus.scheme is said)
 *     anything else                                     tagging
 */
#ifndef ASYNTRAIN_DATA_GUESS_H
#define ASYNTRAIN_DATA_GUESS_H

#include "lib/base/config.h"
#include "lib/data/corpus.h"
#include "lib/data/labels.h"

#define GUESS_SENTENCES 10000 /* of the training files, that are looked at */

/* The scheme whose chunks the labels mark; PLAIN: they mark none. Labels do where one has a prefix and a type (B-X), or
 * where B and I stand alone, and where fewer than a twentieth of those that are not O are none of the scheme: slips
 * (labels_warn names them). IOB1 only where the files contradict IOB2 and not IOB1; for this the labels must have been
 * counted by labels_sentence in IOB2 or IOB1. */
enum scheme guess_scheme(const struct labels *l);

/* "IOB2": a scheme as papers write it. */
const char *guess_scheme_name(enum scheme scheme);

/* After config_check: where corpus.task is auto, settle it (config_settle), and corpus.scheme with it. At most
 * GUESS_SENTENCES are read, of regular files alone, as others cannot be read twice; those of a fold that is held out
 * too, so that all folds have one task. What cannot be read settles
 * nothing else than tagging: whoever reads the corpus says what is wrong. */
void guess_settle(struct config *c);

#endif
