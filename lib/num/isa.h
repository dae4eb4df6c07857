/* SPDX-License-Identifier: MIT
 *
 * isa: names in files that are compiled once for each instruction set, KERNEL_ISA: plain, avx2 or avx512. In that for
 * avx2, ISA_NAME(kernel) is kernel_avx2, and ISA_TEXT is "avx2". For these files alone.
 */
#ifndef ASYNTRAIN_NUM_ISA_H
#define ASYNTRAIN_NUM_ISA_H

#define ISA_NAME(name) ISA_JOIN(name, KERNEL_ISA)
#define ISA_JOIN(name, isa) ISA_JOIN_(name, isa)
#define ISA_JOIN_(name, isa) name##_##isa
#define ISA_TEXT ISA_QUOTE(KERNEL_ISA)
#define ISA_QUOTE(isa) ISA_QUOTE_(isa)
#define ISA_QUOTE_(isa) #isa

#endif
