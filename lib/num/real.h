/* SPDX-License-Identifier: MIT
 *
 * real: the number that weights are made of: float, or double in the build for gradient checks.
 */
#ifndef ASYNTRAIN_NUM_REAL_H
#define ASYNTRAIN_NUM_REAL_H

#ifdef REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/* Rows of weights are padded to whole vectors of this many reals (32 bytes of float: AVX2, half of
 * AVX-512), wide ones to whole cache lines of float; pad lanes of weights stay 0. */
#define REAL_LANES 8
#define REAL_WIDE (4 * REAL_LANES) /* a row of more is wide */
#define REAL_PAD(n)                                                                                          \
    ((n) <= REAL_WIDE ? ((n) + REAL_LANES - 1) / REAL_LANES * REAL_LANES                                     \
                      : ((n) + 2 * REAL_LANES - 1) / (2 * REAL_LANES) * (2 * REAL_LANES))

/* A function that reads or writes weights which other threads write at the same time, without locks:
 * Algorithm 1 of Sun (2016) wants it so. Exactly the functions with this mark may race. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACY __attribute__((no_sanitize("thread")))
#endif
#endif
#ifndef RACY
#define RACY
#endif

#endif
