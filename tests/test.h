/* SPDX-License-Identifier: MIT
 *
 * test: the harness of the unit tests and the laws. A file of tests is a list of
 *
 *     TEST(labels_keep_their_order)
 *     {
 *         CHECK(vocab != NULL);
 *         CHECK_INT(vocab_size(vocab), 3);
 *     }
 *
 * and nothing registers them by hand. Every test runs in a process of its own: a crash, a hang of five minutes,
 * a sanitizer's report or a test that checks nothing fails that test and stops no other. What a test prints is
 * shown only when it fails. Tests run with the checkout's root as working directory.
 *
 *     tests-unit [-l] [-v] [-j N] [PART OF file/name]...
 *
 * -l lists, -v names each test with the seconds of processors that it took, -j runs up to N of them at once.
 */
#ifndef ASYNTRAIN_TESTS_TEST_H
#define ASYNTRAIN_TESTS_TEST_H

#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *file, *name;
    int line;
    void (*run)(void);
    struct test *next;
};

/* Called by TEST before main; `t` must live as long as the program. */
void test_enlist(struct test *t);

/* An existing, empty folder of the running test's own (one a test: later calls return the same); removed, with
 * what is in it, after the test. Call it from the test's first thread. */
const char *test_folder(void);

/* Write a file of that name there. Its path, valid for seven more calls. */
const char *test_file(const char *name, const char *text);

/* What the macros below call. Each returns whether the check held, so that a test which cannot go on may say
 * `if (!CHECK(p != NULL)) return;`. Any thread may call them. */
bool test_check(bool held, const char *file, int line, const char *expression);
bool test_check_msg(bool held, const char *file, int line, const char *expression, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
bool test_check_str(const char *got, const char *want, const char *file, int line, const char *expression);
bool test_check_int(intmax_t got, intmax_t want, const char *file, int line, const char *expression);
bool test_check_near(double got, double want, double tolerance, const char *file, int line,
                     const char *expression);

#define TEST(NAME)                                                                                           \
    static void test_run_##NAME(void);                                                                       \
    __attribute__((constructor)) static void test_enlist_##NAME(void)                                        \
    {                                                                                                        \
        static struct test t = {__FILE__, #NAME, __LINE__, test_run_##NAME, 0};                              \
        test_enlist(&t);                                                                                     \
    }                                                                                                        \
    static void test_run_##NAME(void)

#define CHECK(...) test_check((__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__)
/* The message says what the expression cannot: which model, which seed. */
#define CHECK_MSG(COND, ...) test_check_msg((COND), __FILE__, __LINE__, #COND, __VA_ARGS__)
/* NULL equals only NULL. */
#define CHECK_STR(GOT, WANT) test_check_str((GOT), (WANT), __FILE__, __LINE__, #GOT)
#define CHECK_INT(GOT, WANT) test_check_int((intmax_t)(GOT), (intmax_t)(WANT), __FILE__, __LINE__, #GOT)
/* |got - want| <= tolerance; a NaN is near nothing. */
#define CHECK_NEAR(GOT, WANT, TOLERANCE) test_check_near((GOT), (WANT), (TOLERANCE), __FILE__, __LINE__, #GOT)

#endif
