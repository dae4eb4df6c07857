/* SPDX-License-Identifier: MIT
 *
 * fuzz: inputs that nobody would write, for everything that reads a file. A target is a file tests/fuzz/NAME.c:
 *
 *     FUZZ(conll, bytes, n)
 *     {
 *         const char *path = fuzz_file("corpus", bytes, n);
 *         ... read it as a verb does, and free all that was made
 *     }
 *
 * Whatever the bytes are: a target returns. It loses no memory, takes less than five seconds and 1 GB, and calls
 * abort() where a reader has broken its contract. Two programs run the same targets:
 *
 *     make fuzz                      libFuzzer looks for inputs (tests/fuzz/run, tests/fuzz/libfuzzer.c)
 *     build/VARIANT/tests-fuzz       replays those that are kept, and mutants of them (tests/fuzz/replay.c)
 *
 * A target has one thread. Standard output and error are for words that nobody reads.
 */
#ifndef ASYNTRAIN_TESTS_FUZZ_H
#define ASYNTRAIN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* ---- for targets */

/* A file of that name in this process's own folder, written anew. Its path lives as long as the process. */
#define FUZZ_FILES 8 /* of different names, at most */
const char *fuzz_file(const char *name, const void *bytes, size_t n);
const char *fuzz_text(const char *name, const char *text);

/* Change n bytes in place, once, at random: how many they are then, at most `room`. */
size_t fuzz_mutate(uint8_t *bytes, size_t n, size_t room);

/* ---- for the programs */

struct fuzz_target {
    const char *name;
    void (*run)(const uint8_t *bytes, size_t n);
    /* Change an input of this kind, as fuzz_mutate does, by fuzz_mutate and the seed alone; or NULL. */
    size_t (*mutate)(uint8_t *bytes, size_t n, size_t room, unsigned seed);
    struct fuzz_target *next;
};

/* Called before main, by what the macros below define. */
void fuzz_enlist(struct fuzz_target *t);

/* Remove this process's folder; where it runs out of memory, say so and abort. */
void fuzz_clean(void);
void fuzz_no_memory(const char *message) __attribute__((noreturn));

#define FUZZ_WITH(target, change, bytes, n)                                                                  \
    static void fuzz_##target(const uint8_t *, size_t);                                                      \
    __attribute__((constructor)) static void fuzz_enlist_##target(void)                                      \
    {                                                                                                        \
        static struct fuzz_target t = {#target, fuzz_##target, change, NULL};                                \
        fuzz_enlist(&t);                                                                                     \
    }                                                                                                        \
    static void fuzz_##target(const uint8_t *bytes, size_t n)
#define FUZZ(target, bytes, n) FUZZ_WITH(target, NULL, bytes, n)

#endif
