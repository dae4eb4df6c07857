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
 *     FAULTS=write:9:TERM         a signal before the 9th write, which is done then (INT, TERM, HUP, USR1)
 *     FAULTS=fsync:2:EIO:on       several words after the number are separated by colons
 *     FAULTS=write:9:TERM,rename:1:kill        several faults by commas
 *     FAULTS_COUNT=FILE           at the end, however it comes, "KIND N" lines: how many calls of each kind there were,
 *                                 and "unsynced N": what a power cut could have lost (see below)
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
 *     room      statvfs: how much room there is                                    ENOSYS
 *     fork      fork                                                               EAGAIN
 *
 * Unsynced is a rename of a file with writes that no fsync came after; and a folder where something was renamed, and
 * then removed, or the program ended, without an fsync of the folder in between.
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
#include <sys/statvfs.h>
#include <unistd.h>

enum kind { MEMORY, OPEN, WRITE, FSYNC, RENAME, CLOSE, TRUNCATE, MKDIR, UNLINK, THREAD, ROOM, FORK, KINDS };

static const struct {
    const char *name;
    int fault;
} kinds[KINDS] = {
    [MEMORY] = {"memory", ENOMEM},  [OPEN] = {"open", EACCES},     [WRITE] = {"write", ENOSPC},
    [FSYNC] = {"fsync", EIO},       [RENAME] = {"rename", EACCES}, [CLOSE] = {"close", EIO},
    [TRUNCATE] = {"truncate", EIO}, [MKDIR] = {"mkdir", EACCES},   [UNLINK] = {"unlink", EACCES},
    [THREAD] = {"thread", EAGAIN},  [ROOM] = {"room", ENOSYS},     [FORK] = {"fork", EAGAIN},
};

static const struct {
    const char *name;
    int fault;
} names[] = {
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EBUSY", EBUSY},   {"EDQUOT", EDQUOT}, {"EEXIST", EEXIST},
    {"EINTR", EINTR},   {"EIO", EIO},       {"EMFILE", EMFILE}, {"ENOENT", ENOENT}, {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC}, {"EPERM", EPERM},   {"EROFS", EROFS},   {"EXDEV", EXDEV},
};

static const struct {
    const char *name;
    int number;
} signals[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"USR1", SIGUSR1}};

enum how { FAIL, SHORT, KILL, KILLED, SIGNAL };

struct wish {
    enum kind kind;
    uint64_t at;
    bool on;
    enum how how;
    int fault, signal;
};

static bool armed; /* main has begun */
static struct wish wishes[4];
static size_t nwishes;
static _Atomic uint64_t calls[KINDS], unsynced;
static struct {
    dev_t device;
    ino_t file;
    bool is, folder;
} dirty[4096]; /* files and folders, open or not */
static size_t ndirty;

#define FILES 1024
static _Atomic bool ours[FILES]; /* opened for writing */

static _Noreturn void refuse(const char *what)
{
    char line[256];
    int n = snprintf(line, sizeof line, "faults: %s; tests/shim/faults.c says what is expected\n", what);
    (void)!write(STDERR_FILENO, line, (size_t)n);
    _exit(99);
}

static void read_word(struct wish *w, const char *word)
{
    if (strcmp(word, "on") == 0) {
        w->on = true;
        return;
    }
    static const char *const ways[] = {[SHORT] = "short", [KILL] = "kill", [KILLED] = "killed"};
    for (enum how k = SHORT; k <= KILLED; k++)
        if (strcmp(word, ways[k]) == 0) {
            w->how = k;
            return;
        }
    for (size_t k = 0; k < sizeof signals / sizeof *signals; k++)
        if (strcmp(word, signals[k].name) == 0) {
            w->how = SIGNAL;
            w->signal = signals[k].number;
            return;
        }
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(word, names[k].name) == 0) {
            w->fault = names[k].fault;
            return;
        }
    refuse(word);
}

static void read_wish(struct wish *w, char *said)
{
    char *rest = said, *end;
    const char *name = strsep(&rest, ":"), *number = strsep(&rest, ":");
    while (w->kind < KINDS && strcmp(name, kinds[w->kind].name) != 0)
        w->kind++;
    if (w->kind == KINDS || !number)
        refuse(said);
    w->at = strtoull(number, &end, 10);
    if (*end || w->at == 0)
        refuse(number);
    w->fault = kinds[w->kind].fault;
    for (const char *word; (word = strsep(&rest, ":")) != NULL;)
        read_word(w, word);
    if (w->how == SHORT && w->kind != WRITE)
        refuse("short, but no write");
}

static void read_wishes(void)
{
    static char text[256];
    const char *said = getenv("FAULTS");
    char *rest = text;
    if (!said || !*said)
        return;
    snprintf(text, sizeof text, "%s", said);
    for (char *one; (one = strsep(&rest, ",")) != NULL;) {
        if (nwishes == sizeof wishes / sizeof *wishes)
            refuse("too many faults");
        read_wish(&wishes[nwishes], one);
        nwishes++;
    }
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
REAL(int, statvfs64, const char *, struct statvfs64 *)
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
REAL(int, statvfs, const char *, struct statvfs *)
REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
REAL(pid_t, fork, void)
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
    char text[(KINDS + 1) * 40];
    int n = 0;
    if (!path || !armed)
        return;
    armed = false;
    for (size_t k = 0; k < ndirty; k++) /* a file that was not renamed has nothing to lose */
        unsynced += dirty[k].is && dirty[k].folder;
    for (int k = 0; k < KINDS; k++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s %ju\n", kinds[k].name, (uintmax_t)calls[k]);
    n += snprintf(text + n, sizeof text - (size_t)n, "unsynced %ju\n", (uintmax_t)unsynced);
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

/* Count a call. What is to come of it; NULL: it is to be done. It may not come back. */
static const struct wish *due(enum kind kind)
{
    const struct wish *found = NULL;
    if (!armed)
        return NULL;
    uint64_t n = atomic_fetch_add(&calls[kind], 1) + 1;
    for (const struct wish *w = wishes; w < wishes + nwishes; w++) {
        if (w->kind != kind || !(w->on ? n >= w->at : n == w->at))
            continue;
        if (w->how == KILL)
            die();
        if (w->how == SIGNAL)
            raise(w->signal);
        else
            found = w;
    }
    return found;
}

/* What a call gives that is due: -1 and errno, or the end. `call` is done first where it is to be the end. */
#define FAULTY(kind, call)                                                                                   \
    do {                                                                                                     \
        const struct wish *w = due(kind);                                                                    \
        if (w && w->how == KILLED) {                                                                         \
            (void)!(call);                                                                                   \
            die();                                                                                           \
        }                                                                                                    \
        if (w) {                                                                                             \
            errno = w->fault;                                                                                \
            return -1;                                                                                       \
        }                                                                                                    \
    } while (0)

static void *no_memory(const struct wish *w)
{
    if (w->how == KILLED)
        die();
    errno = w->fault;
    return NULL;
}

/* ---- what a power cut could lose */

static pthread_mutex_t dirty_lock = PTHREAD_MUTEX_INITIALIZER;

/* What was it? It becomes `now`. */
static bool mark(const struct stat *s, bool now)
{
    pthread_mutex_lock(&dirty_lock);
    size_t k = 0;
    while (k < ndirty && (dirty[k].device != s->st_dev || dirty[k].file != s->st_ino))
        k++;
    bool was = k < ndirty && dirty[k].is;
    if (k == ndirty && now) {
        if (ndirty == sizeof dirty / sizeof *dirty)
            refuse("too many files");
        dirty[k].device = s->st_dev;
        dirty[k].file = s->st_ino;
        dirty[k].folder = S_ISDIR(s->st_mode);
        dirty[k].is = true;
        ndirty++;
    } else if (k < ndirty) {
        dirty[k].is = now;
    }
    pthread_mutex_unlock(&dirty_lock);
    return was;
}

static void mark_file(int fd, bool now)
{
    struct stat s;
    int kept = errno;
    if (armed && fstat(fd, &s) == 0)
        mark(&s, now);
    errno = kept;
}

/* The folder in which a path stands: something was renamed there, or is removed. */
static void mark_folder(int folder, const char *path, bool renamed)
{
    char name[4096];
    struct stat s;
    int kept = errno;
    snprintf(name, sizeof name, "%s", path);
    char *slash = strrchr(name, '/');
    strcpy(slash ? slash + 1 : name, ".");
    if (armed && fstatat(folder, name, &s, 0) == 0) {
        bool was = mark(&s, renamed);
        unsynced += was && !renamed;
    }
    errno = kept;
}

static void mark_rename(int folder, const char *from)
{
    struct stat s;
    int kept = errno;
    if (armed && fstatat(folder, from, &s, 0) == 0 && S_ISREG(s.st_mode))
        unsynced += mark(&s, false);
    errno = kept;
}

/* ---- memory */

void *malloc(size_t n)
{
    if (!real_malloc) {
        if (finding)
            return early_memory(n);
        find_memory();
    }
    const struct wish *w = due(MEMORY);
    return w ? no_memory(w) : real_malloc(n);
}

void *calloc(size_t count, size_t size)
{
    if (!real_calloc) {
        if (finding)
            return early_memory(count * size); /* zeros: it is used once */
        find_memory();
    }
    const struct wish *w = due(MEMORY);
    return w ? no_memory(w) : real_calloc(count, size);
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
    const struct wish *w = due(MEMORY);
    return w ? no_memory(w) : real_realloc(p, n);
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
    const struct wish *w = due(MEMORY);
    if (!w)
        return real_posix_memalign(p, line, n);
    no_memory(w);
    return w->fault;
}

void *aligned_alloc(size_t line, size_t n)
{
    if (!real_aligned_alloc)
        find_memory();
    const struct wish *w = due(MEMORY);
    return w ? no_memory(w) : real_aligned_alloc(line, n);
}

void *memalign(size_t line, size_t n);
void *memalign(size_t line, size_t n)
{
    if (!real_memalign)
        find_memory();
    const struct wish *w = due(MEMORY);
    return w ? no_memory(w) : real_memalign(line, n);
}

void *mmap(void *place, size_t n, int rights, int flags, int fd, off_t offset)
{
    NEED(mmap);
    const struct wish *w = flags & MAP_ANONYMOUS ? due(MEMORY) : NULL;
    if (w) {
        no_memory(w);
        return MAP_FAILED;
    }
    return real_mmap(place, n, rights, flags, fd, offset);
}

#ifdef __GLIBC__
void *mmap64(void *place, size_t n, int rights, int flags, int fd, off64_t offset)
{
    NEED(mmap64);
    const struct wish *w = flags & MAP_ANONYMOUS ? due(MEMORY) : NULL;
    if (w) {
        no_memory(w);
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
    const struct wish *w = is_ours(fd) ? due(WRITE) : NULL;
    if (is_ours(fd))
        mark_file(fd, true);
    if (!w)
        return real_write(fd, bytes, n);
    if (w->how == FAIL) {
        errno = w->fault;
        return -1;
    }
    ssize_t done = real_write(fd, bytes, w->how == SHORT && n == 1 ? 1 : n / 2);
    if (w->how == KILLED)
        die();
    return done;
}

int fsync(int fd)
{
    NEED(fsync);
    FAULTY(FSYNC, real_fsync(fd));
    mark_file(fd, false);
    return real_fsync(fd);
}

int fdatasync(int fd)
{
    NEED(fdatasync);
    FAULTY(FSYNC, real_fdatasync(fd));
    mark_file(fd, false);
    return real_fdatasync(fd);
}

int rename(const char *from, const char *to)
{
    NEED(rename);
    FAULTY(RENAME, real_rename(from, to));
    mark_rename(AT_FDCWD, from);
    mark_folder(AT_FDCWD, to, true);
    return real_rename(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    NEED(renameat);
    FAULTY(RENAME, real_renameat(from_folder, from, to_folder, to));
    mark_rename(from_folder, from);
    mark_folder(to_folder, to, true);
    return real_renameat(from_folder, from, to_folder, to);
}

int close(int fd)
{
    NEED(close);
    if (!is_ours(fd))
        return real_close(fd);
    const struct wish *w = due(CLOSE);
    ours[fd] = false;
    int result = real_close(fd);
    if (!w)
        return result;
    if (w->how == KILLED)
        die();
    errno = w->fault;
    return -1;
}

int ftruncate(int fd, off_t length)
{
    NEED(ftruncate);
    FAULTY(TRUNCATE, real_ftruncate(fd, length));
    mark_file(fd, true);
    return real_ftruncate(fd, length);
}

#ifdef __GLIBC__
int ftruncate64(int fd, off64_t length)
{
    NEED(ftruncate64);
    FAULTY(TRUNCATE, real_ftruncate64(fd, length));
    mark_file(fd, true);
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
    mark_folder(AT_FDCWD, path, false);
    return real_unlink(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    NEED(unlinkat);
    FAULTY(UNLINK, real_unlinkat(folder, path, flags));
    mark_folder(folder, path, false);
    return real_unlinkat(folder, path, flags);
}

int remove(const char *path)
{
    NEED(remove);
    FAULTY(UNLINK, real_remove(path));
    mark_folder(AT_FDCWD, path, false);
    return real_remove(path);
}

int rmdir(const char *path)
{
    NEED(rmdir);
    FAULTY(UNLINK, real_rmdir(path));
    return real_rmdir(path);
}

int statvfs(const char *path, struct statvfs *s)
{
    NEED(statvfs);
    FAULTY(ROOM, real_statvfs(path, s));
    return real_statvfs(path, s);
}

#ifdef __GLIBC__
int statvfs64(const char *path, struct statvfs64 *s)
{
    NEED(statvfs64);
    FAULTY(ROOM, real_statvfs64(path, s));
    return real_statvfs64(path, s);
}
#endif

/* ---- threads */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    NEED(pthread_create);
    const struct wish *w = due(THREAD);
    if (!w)
        return real_pthread_create(thread, attributes, run, argument);
    if (w->how == KILLED) {
        real_pthread_create(thread, attributes, run, argument);
        die();
    }
    return w->fault;
}

/* ---- processes */

pid_t fork(void)
{
    NEED(fork);
    FAULTY(FORK, real_fork());
    return real_fork();
}

/* ---- from the beginning to the end */

static int (*real_main)(int, char **, char **);

static int begin(int argc, char **argv, char **environment)
{
    read_wishes();
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
