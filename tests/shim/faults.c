/* SPDX-License-Identifier: MIT
 *
 * faults: a library to be preloaded, which lets one call of a program fail, or ends the program there. So a test goes
 * over all calls of a kind, one run each, and looks at what every fault leaves behind.
 *
 *     LD_PRELOAD=build/faults.so FAULTS=memory:17 asyntrain …        the 17th allocation fails
 *     FAULTS=memory:17:on         so do all after it
 *     FAULTS=write:3:ENOSPC       the 3rd write fails, with this errno (also EIO, EDQUOT, EACCES, EINTR, …: see below)
 *     FAULTS=write:3:short        the 3rd write takes half of its bytes; what is left of them is the program's to send
 *     FAULTS=rename:1:kill        SIGKILL before the 1st rename
 *     FAULTS=rename:1:killed      SIGKILL right after it; of a write, after half of its bytes
 *     FAULTS=fsync:2:EIO:on       several words after the number are separated by colons
 *     FAULTS_COUNT=FILE           at the end, however it comes, "KIND N" lines: how many calls of each kind there were
 *
 * Kinds, and the errno where none is said:
 *
 *     memory    malloc, calloc, realloc, aligned memory, anonymous mmap            ENOMEM
 *     open      open and openat, for writing                                       EACCES
 *     write     write, to what open gave                                           ENOSPC
 *     fsync     fsync, fdatasync                                                   EIO
 *     rename    rename, renameat                                                   EACCES
 *     close     close, of what open gave (it is closed all the same)               EIO
 *     truncate  ftruncate                                                          EIO
 *     mkdir     mkdir, mkdirat                                                     EACCES
 *     unlink    unlink, unlinkat, remove, rmdir                                    EACCES
 *     thread    pthread_create                                                     EAGAIN
 *
 * Calls count from the beginning of main, of all threads together. What the C library calls within itself is not seen
 * (the write behind fflush), but the memory it asks for is. Linux, with a dynamic linker.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { MEMORY, OPEN, WRITE, FSYNC, RENAME, CLOSE, TRUNCATE, MKDIR, UNLINK, THREAD, KINDS };

static const struct {
    const char *name;
    int fault;
} kinds[KINDS] = {
    [MEMORY] = {"memory", ENOMEM},  [OPEN] = {"open", EACCES},     [WRITE] = {"write", ENOSPC},
    [FSYNC] = {"fsync", EIO},       [RENAME] = {"rename", EACCES}, [CLOSE] = {"close", EIO},
    [TRUNCATE] = {"truncate", EIO}, [MKDIR] = {"mkdir", EACCES},   [UNLINK] = {"unlink", EACCES},
    [THREAD] = {"thread", EAGAIN},
};

static const struct {
    const char *name;
    int fault;
} names[] = {
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EBUSY", EBUSY},   {"EDQUOT", EDQUOT}, {"EEXIST", EEXIST},
    {"EINTR", EINTR},   {"EIO", EIO},       {"EMFILE", EMFILE}, {"ENOENT", ENOENT}, {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC}, {"EPERM", EPERM},   {"EROFS", EROFS},   {"EXDEV", EXDEV},
};

enum how { FAIL, SHORT, KILL, KILLED };

static bool armed; /* main has begun */
static enum kind wanted = KINDS;
static uint64_t at;
static bool on;
static enum how how;
static int fault;
static _Atomic uint64_t calls[KINDS];

#define FILES 1024
static _Atomic bool ours[FILES]; /* opened for writing */

static _Noreturn void refuse(const char *what)
{
    char line[256];
    int n = snprintf(line, sizeof line, "faults: %s; tests/shim/faults.c says what is expected\n", what);
    (void)!write(STDERR_FILENO, line, (size_t)n);
    _exit(99);
}

static void read_word(const char *word)
{
    if (strcmp(word, "on") == 0)
        on = true;
    else if (strcmp(word, "short") == 0)
        how = SHORT;
    else if (strcmp(word, "kill") == 0)
        how = KILL;
    else if (strcmp(word, "killed") == 0)
        how = KILLED;
    else {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (strcmp(word, names[k].name) == 0) {
                fault = names[k].fault;
                return;
            }
        refuse(word);
    }
}

static void read_wish(void)
{
    static char wish[128];
    const char *said = getenv("FAULTS");
    char *rest = wish, *end;
    if (!said || !*said)
        return;
    snprintf(wish, sizeof wish, "%s", said);
    const char *name = strsep(&rest, ":"), *number = strsep(&rest, ":");
    enum kind kind = MEMORY;
    while (kind < KINDS && strcmp(name, kinds[kind].name) != 0)
        kind++;
    if (kind == KINDS || !number)
        refuse(said);
    at = strtoull(number, &end, 10);
    if (*end || at == 0)
        refuse(said);
    fault = kinds[kind].fault;
    for (const char *word; (word = strsep(&rest, ":")) != NULL;)
        read_word(word);
    if (how == SHORT && kind != WRITE)
        refuse(said);
    wanted = kind;
}

/* ---- what the names stand for without us; the dynamic linker may want memory before they are found */

static char early[1 << 14];
static size_t early_used;

static void *early_memory(size_t n)
{
    size_t begin = (early_used + 15) / 16 * 16;
    if (n > sizeof early - begin)
        refuse("too little early memory");
    early_used = begin + n;
    return early + begin;
}

static bool is_early(const void *p)
{
    return (uintptr_t)p - (uintptr_t)early < sizeof early;
}

#define REAL(result, name, ...)                                                                              \
    static result (*real_##name)(__VA_ARGS__);                                                               \
    static void find_##name(void)                                                                            \
    {                                                                                                        \
        *(void **)&real_##name = dlsym(RTLD_NEXT, #name);                                                    \
    }
#define NEED(name)                                                                                           \
    do                                                                                                       \
        if (!real_##name)                                                                                    \
            find_##name();                                                                                   \
    while (0)

REAL(void *, malloc, size_t)
REAL(void *, calloc, size_t, size_t)
REAL(void *, realloc, void *, size_t)
REAL(void, free, void *)
REAL(int, posix_memalign, void **, size_t, size_t)
REAL(void *, aligned_alloc, size_t, size_t)
REAL(void *, memalign, size_t, size_t)
REAL(void *, mmap, void *, size_t, int, int, int, off_t)
REAL(int, open, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
#ifdef __GLIBC__ /* elsewhere these are other names of the same functions */
REAL(void *, mmap64, void *, size_t, int, int, int, off64_t)
REAL(int, open64, const char *, int, ...)
REAL(int, openat64, int, const char *, int, ...)
REAL(int, ftruncate64, int, off64_t)
#endif
REAL(ssize_t, write, int, const void *, size_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, rename, const char *, const char *)
REAL(int, renameat, int, const char *, int, const char *)
REAL(int, close, int)
REAL(int, ftruncate, int, off_t)
REAL(int, mkdir, const char *, mode_t)
REAL(int, mkdirat, int, const char *, mode_t)
REAL(int, unlink, const char *)
REAL(int, unlinkat, int, const char *, int)
REAL(int, remove, const char *)
REAL(int, rmdir, const char *)
REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
REAL(void, _exit, int)

static bool finding; /* the address of an allocation function */

static void find_memory(void)
{
    finding = true;
    find_malloc();
    find_calloc();
    find_realloc();
    find_free();
    find_posix_memalign();
    find_aligned_alloc();
    find_memalign();
    finding = false;
}

/* ---- deciding */

static void write_counts(void)
{
    const char *path = getenv("FAULTS_COUNT");
    char text[KINDS * 40];
    int n = 0;
    if (!path || !armed)
        return;
    armed = false;
    for (int k = 0; k < KINDS; k++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s %ju\n", kinds[k].name, (uintmax_t)calls[k]);
    NEED(open);
    NEED(write);
    NEED(close);
    int fd = real_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || real_write(fd, text, (size_t)n) != n)
        refuse("FAULTS_COUNT cannot be written");
    real_close(fd);
}

static _Noreturn void die(void)
{
    write_counts();
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Count a call; true if it is the one, or one of them. It may not come back. */
static bool due(enum kind kind)
{
    if (!armed)
        return false;
    uint64_t n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (kind != wanted || !(on ? n >= at : n == at))
        return false;
    if (how == KILL)
        die();
    return true;
}

/* What a call gives that is due: -1 and errno, or the end. `done` is called first where it is to be the end. */
#define FAULTY(kind, call)                                                                                   \
    do                                                                                                       \
        if (due(kind)) {                                                                                     \
            if (how == KILLED) {                                                                             \
                (void)!(call);                                                                               \
                die();                                                                                       \
            }                                                                                                \
            errno = fault;                                                                                   \
            return -1;                                                                                       \
        }                                                                                                    \
    while (0)

static void *no_memory(void)
{
    if (how == KILLED)
        die();
    errno = fault;
    return NULL;
}

/* ---- memory */

void *malloc(size_t n)
{
    if (!real_malloc) {
        if (finding)
            return early_memory(n);
        find_memory();
    }
    return due(MEMORY) ? no_memory() : real_malloc(n);
}

void *calloc(size_t count, size_t size)
{
    if (!real_calloc) {
        if (finding)
            return early_memory(count * size); /* zeros: it is used once */
        find_memory();
    }
    return due(MEMORY) ? no_memory() : real_calloc(count, size);
}

void *realloc(void *p, size_t n)
{
    if (!real_realloc)
        find_memory();
    if (is_early(p)) {
        void *copy = malloc(n);
        size_t room = (size_t)(early + sizeof early - (char *)p);
        return copy ? memcpy(copy, p, n < room ? n : room) : NULL;
    }
    return due(MEMORY) ? no_memory() : real_realloc(p, n);
}

void free(void *p)
{
    if (p && !is_early(p)) {
        if (!real_free)
            find_memory();
        real_free(p);
    }
}

int posix_memalign(void **p, size_t line, size_t n)
{
    if (!real_posix_memalign)
        find_memory();
    if (!due(MEMORY))
        return real_posix_memalign(p, line, n);
    no_memory();
    return fault;
}

void *aligned_alloc(size_t line, size_t n)
{
    if (!real_aligned_alloc)
        find_memory();
    return due(MEMORY) ? no_memory() : real_aligned_alloc(line, n);
}

void *memalign(size_t line, size_t n);
void *memalign(size_t line, size_t n)
{
    if (!real_memalign)
        find_memory();
    return due(MEMORY) ? no_memory() : real_memalign(line, n);
}

void *mmap(void *place, size_t n, int rights, int flags, int fd, off_t offset)
{
    NEED(mmap);
    if ((flags & MAP_ANONYMOUS) && due(MEMORY)) {
        no_memory();
        return MAP_FAILED;
    }
    return real_mmap(place, n, rights, flags, fd, offset);
}

#ifdef __GLIBC__
void *mmap64(void *place, size_t n, int rights, int flags, int fd, off64_t offset)
{
    NEED(mmap64);
    if ((flags & MAP_ANONYMOUS) && due(MEMORY)) {
        no_memory();
        return MAP_FAILED;
    }
    return real_mmap64(place, n, rights, flags, fd, offset);
}
#endif

/* ---- files */

static int opened(int fd)
{
    if (fd >= 0 && fd < FILES)
        ours[fd] = true;
    return fd;
}

static bool is_ours(int fd)
{
    return fd >= 0 && fd < FILES && ours[fd];
}

#define OPENING(name, declared, passed, flags)                                                               \
    int name declared                                                                                        \
    {                                                                                                        \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        bool makes = ((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE;                                  \
        mode_t mode = makes ? (mode_t)va_arg(list, unsigned) : 0;                                            \
        va_end(list);                                                                                        \
        NEED(name);                                                                                          \
        if (((flags)&O_ACCMODE) == O_RDONLY)                                                                 \
            return real_##name passed;                                                                       \
        FAULTY(OPEN, real_##name passed);                                                                    \
        int fd = real_##name passed;                                                                         \
        return armed ? opened(fd) : fd;                                                                      \
    }
OPENING(open, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENING(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), flags)
#ifdef __GLIBC__
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENING(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), flags)
#endif

ssize_t write(int fd, const void *bytes, size_t n)
{
    NEED(write);
    if (!is_ours(fd) || !due(WRITE))
        return real_write(fd, bytes, n);
    if (how == FAIL) {
        errno = fault;
        return -1;
    }
    ssize_t done = real_write(fd, bytes, how == SHORT && n == 1 ? 1 : n / 2);
    if (how == KILLED)
        die();
    return done;
}

int fsync(int fd)
{
    NEED(fsync);
    FAULTY(FSYNC, real_fsync(fd));
    return real_fsync(fd);
}

int fdatasync(int fd)
{
    NEED(fdatasync);
    FAULTY(FSYNC, real_fdatasync(fd));
    return real_fdatasync(fd);
}

int rename(const char *from, const char *to)
{
    NEED(rename);
    FAULTY(RENAME, real_rename(from, to));
    return real_rename(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    NEED(renameat);
    FAULTY(RENAME, real_renameat(from_folder, from, to_folder, to));
    return real_renameat(from_folder, from, to_folder, to);
}

int close(int fd)
{
    NEED(close);
    if (!is_ours(fd))
        return real_close(fd);
    bool faulty = due(CLOSE);
    ours[fd] = false;
    int result = real_close(fd);
    if (!faulty)
        return result;
    if (how == KILLED)
        die();
    errno = fault;
    return -1;
}

int ftruncate(int fd, off_t length)
{
    NEED(ftruncate);
    FAULTY(TRUNCATE, real_ftruncate(fd, length));
    return real_ftruncate(fd, length);
}

#ifdef __GLIBC__
int ftruncate64(int fd, off64_t length)
{
    NEED(ftruncate64);
    FAULTY(TRUNCATE, real_ftruncate64(fd, length));
    return real_ftruncate64(fd, length);
}
#endif

int mkdir(const char *path, mode_t mode)
{
    NEED(mkdir);
    FAULTY(MKDIR, real_mkdir(path, mode));
    return real_mkdir(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    NEED(mkdirat);
    FAULTY(MKDIR, real_mkdirat(folder, path, mode));
    return real_mkdirat(folder, path, mode);
}

int unlink(const char *path)
{
    NEED(unlink);
    FAULTY(UNLINK, real_unlink(path));
    return real_unlink(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    NEED(unlinkat);
    FAULTY(UNLINK, real_unlinkat(folder, path, flags));
    return real_unlinkat(folder, path, flags);
}

int remove(const char *path)
{
    NEED(remove);
    FAULTY(UNLINK, real_remove(path));
    return real_remove(path);
}

int rmdir(const char *path)
{
    NEED(rmdir);
    FAULTY(UNLINK, real_rmdir(path));
    return real_rmdir(path);
}

/* ---- threads */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    NEED(pthread_create);
    if (!due(THREAD))
        return real_pthread_create(thread, attributes, run, argument);
    if (how == KILLED) {
        real_pthread_create(thread, attributes, run, argument);
        die();
    }
    return fault;
}

/* ---- from the beginning to the end */

static int (*real_main)(int, char **, char **);

static int begin(int argc, char **argv, char **environment)
{
    read_wish();
    armed = true;
    int code = real_main(argc, argv, environment);
    return code;
}

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end);
int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                 void *);
    *(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = entry;
    return start(begin, argc, argv, init, fini, loader_fini, stack_end);
}

__attribute__((destructor)) static void end(void)
{
    write_counts();
}

void _exit(int code)
{
    write_counts();
    NEED(_exit);
    real__exit(code);
    for (;;)
        pause();
}

void _Exit(int code)
{
    _exit(code);
}
