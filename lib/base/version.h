/* SPDX-License-Identifier: MIT
 *
 * version: the number of this program, and nothing else: it stands nowhere twice.
 */
#ifndef ASYNTRAIN_BASE_VERSION_H
#define ASYNTRAIN_BASE_VERSION_H

#define VERSION "0.1.0"

#endif
