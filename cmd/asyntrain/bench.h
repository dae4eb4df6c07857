/* SPDX-License-Identifier: MIT
 *
 * bench: the modes that `asyntrain bench` knows by name.
 */
#ifndef ASYNTRAIN_CMD_BENCH_H
#define ASYNTRAIN_CMD_BENCH_H

struct bench_mode {
    const char *name;
    const char *settings; /* key=value,key=value */
    const char *combines; /* the same, said where the configuration combines no writes; or NULL */
};
extern const struct bench_mode bench_modes[]; /* ended by a row whose name is NULL */

#endif
