/* SPDX-License-Identifier: MIT
 *
 * tensorboard: the scalars of a run's log as an event file, which TensorBoard shows. The file is a list of records
 * (TFRecord), and a record is a message of protocol buffers; both are written by hand:
 *
 *     record     length (8 bytes)   masked CRC of these   Event   masked CRC of that       all little-endian
 *     Event      wall_time = 1 (double)   step = 2   file_version = 3   summary = 5   source_metadata = 10
 *     Summary    value = 1 (many)         Value: tag = 1   simple_value = 2 (float)
 *
 * Sources: tensorflow/core/util/event.proto, framework/summary.proto, lib/io/record_writer.h; CRC-32C: RFC 3720, B.4.
 */
#ifndef ASYNTRAIN_REPORT_TENSORBOARD_H
#define ASYNTRAIN_REPORT_TENSORBOARD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct events;

/* All epochs of the log, an event each, its step the epoch's number; and the test score of the summary, where epochs
 * have dev scores. `model`: a signature, which the file's first record says. */
void tensorboard_write(const struct events *log, const char *model, FILE *out);

/* CRC-32C (Castagnoli) of n bytes. */
uint32_t tensorboard_crc(const void *bytes, size_t n);

#endif
