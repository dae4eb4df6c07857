/* SPDX-License-Identifier: MIT
 *
 * libfuzzer: what clang's libFuzzer calls, for the one target that is in the program.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t room); /* libFuzzer's own */

static struct fuzz_target *target;

void fuzz_enlist(struct fuzz_target *t)
{
    target = t;
}

size_t fuzz_mutate(uint8_t *bytes, size_t n, size_t room)
{
    return LLVMFuzzerMutate(bytes, n, room);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    memory_on_failure(fuzz_no_memory);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    target->run(bytes, n);
    return 0;
}

/* One change in four is made without regard to what the bytes are. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed)
{
    return target->mutate && seed % 4 ? target->mutate(bytes, n, room, seed / 4)
                                      : LLVMFuzzerMutate(bytes, n, room);
}
