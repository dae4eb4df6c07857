/* SPDX-License-Identifier: MIT */
#include "lib/base/outfile.h"

#include "lib/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct outfile {
    char *path; /* as the user said it: for messages */
    char *target; /* without links: what is replaced */
    char *part; /* NULL: written directly, no rename (a device, a pipe) */
    FILE *stream;
    size_t size; /* bytes that were written */
    int fd, fault; /* fault: the first errno, 0 while all is well */
    bool older; /* there is a file to be replaced */
    bool synced; /* all that was written is on the disk */
    bool follows; /* another file that is in place by now: what cannot be renamed stays */
    struct outfile *next; /* of all that are open */
};

/* A folder that was made, and has no file in place yet. */
struct folder {
    struct folder *next;
    size_t made; /* bytes of the path that were there before */
    char path[];
};

/* What outfile_abandon_all takes away, the youngest first. Nothing is allocated and nobody waits under the lock: it
 * may be called where memory has run out, by any thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct outfile *files;
static struct folder *folders;

static const char *remedy(int fault)
{
    switch (fault) {
    case ENOSPC:
    case EDQUOT:
        return "free some space";
    case EFBIG:
        return "raise the limit on file sizes (ulimit -f)";
    case EACCES:
    case EPERM:
    case EROFS:
        return "choose a place that you may write to";
    case ENOENT:
        return "make its folder first";
    case ENOTDIR:
        return "a file stands where a folder was expected, choose another name";
    case EISDIR:
        return "choose the name of a file";
    case ENAMETOOLONG:
        return "choose a shorter name";
    case EBUSY:
        return "another run is writing this file, wait for it or choose another name";
    case EPIPE:
        return "its reader went away";
    case ENXIO:
        return "nobody reads it: start its reader first";
    case ELOOP:
        return "its links lead in a circle: remove one of them";
    case EEXIST:
        return "something else has this name with .part: remove it";
    default:
        return "choose another place";
    }
}

static bool complain(struct error *e, const char *path, int fault, bool older)
{
    return error_set(e, ERROR_IO, "%s: %s; %s%s", path, error_reason(fault), remedy(fault),
                     older ? ", the older file was kept" : "");
}

/* The stream writes through here because stdio forgets errno and gives up when a signal interrupts it. */
static ssize_t push(void *cookie, const char *bytes, size_t n)
{
    struct outfile *o = cookie;
    size_t done = 0;
    while (done < n && !o->fault) {
        ssize_t k = write(o->fd, bytes + done, n - done);
        if (k > 0)
            done += (size_t)k;
        else if (k == 0 || errno != EINTR)
            o->fault = k ? errno : EIO;
    }
    o->size += done;
    o->synced = false;
    return (ssize_t)done;
}

static int drain(struct outfile *o)
{
    if (fflush(o->stream) != 0 && !o->fault)
        o->fault = errno ? errno : EIO;
    return o->fault;
}

/* Some file systems give up when a signal comes. */
static int sync_file(int fd)
{
    int failed;
    do
        failed = fsync(fd);
    while (failed && errno == EINTR);
    return failed;
}

/* Open the .part file, held by a lock against a second writer. What a crash left in it is lost. */
static int claim(const char *part)
{
    for (;;) {
        int fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (fd < 0) {
            errno = errno == ELOOP || errno == ENXIO ? EEXIST : errno; /* a link, a pipe */
            return -1;
        }
        int fault = 0;
        struct stat mine, named;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            fault = EBUSY;
        else if (fstat(fd, &mine) != 0)
            fault = errno;
        else if (stat(part, &named) == 0 && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev) {
            if (ftruncate(fd, 0) == 0)
                return fd;
            fault = errno;
            unlink(part);
        }
        close(fd);
        if (fault) {
            errno = fault;
            return -1;
        } /* else another writer renamed it between open and lock: it is not ours to truncate */
    }
}

/* Names of open files may lead to regular ones (`> file`), which others write as well. */
static bool is_handle(const char *path)
{
    return strncmp(path, "/dev/std", 8) == 0 || strncmp(path, "/dev/fd/", 8) == 0;
}

/* Where a link leads though nothing is there, to be freed; `path` itself if it is none. NULL: errno. */
static char *follow(const char *path)
{
    struct stat s;
    char *at = memory_copy(path, strlen(path)), to[PATH_MAX];
    for (int links = 0; lstat(at, &s) == 0 && S_ISLNK(s.st_mode); links++) {
        ssize_t n = readlink(at, to, sizeof to);
        if (n < 0 || links == 40) {
            errno = n < 0 ? errno : ELOOP;
            memory_free(at);
            return NULL;
        }
        const char *slash = *to == '/' ? NULL : strrchr(at, '/');
        size_t folder = slash ? (size_t)(slash - at) + 1 : 0;
        char *next = memory_new(folder + (size_t)n + 1, 1);
        memcpy(next, at, folder);
        memcpy(next + folder, to, (size_t)n);
        memory_free(at);
        at = next;
    }
    return at;
}

/* Open what is no regular file. Of a pipe the reader may be on its way, but for a second at most. */
static bool open_directly(struct outfile *o)
{
    for (int wait = 0; wait < 20 && o->fd < 0; wait++) {
        if (wait)
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        o->fd = open(o->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
        if (o->fd < 0 && errno != ENXIO)
            return false;
    }
    int flags = o->fd >= 0 ? fcntl(o->fd, F_GETFL) : -1;
    return flags >= 0 && fcntl(o->fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

static bool resolve(struct outfile *o)
{
    struct stat s;
    o->older = stat(o->path, &s) == 0;
    if (!o->older && (errno != ENOENT || !*o->path))
        return false;
    if (o->older && S_ISDIR(s.st_mode)) {
        o->older = false;
        errno = EISDIR;
        return false;
    }
    if (o->older && (!S_ISREG(s.st_mode) || is_handle(o->path))) {
        o->older = false;
        return open_directly(o);
    }
    if (o->older && access(o->path, W_OK) != 0)
        return false; /* rename would not mind that the older file is write-protected; its owner does */
    o->target = o->older ? realpath(o->path, NULL) : follow(o->path); /* memory_free is free */
    if (!o->target)
        return false;
    size_t n = strlen(o->target);
    o->part = memory_new(n + sizeof ".part", 1);
    memcpy(o->part, o->target, n);
    memcpy(o->part + n, ".part", sizeof ".part");
    o->fd = claim(o->part);
    return o->fd >= 0;
}

static void enlist(struct outfile *o)
{
    pthread_mutex_lock(&lock);
    o->next = files;
    files = o;
    pthread_mutex_unlock(&lock);
}

static void strike(const struct outfile *o)
{
    pthread_mutex_lock(&lock);
    for (struct outfile **at = &files; *at; at = &(*at)->next)
        if (*at == o) {
            *at = o->next;
            break;
        }
    pthread_mutex_unlock(&lock);
}

/* The part file goes before the lock does, so that nobody else's is removed. */
static void release(struct outfile *o, bool remove_part)
{
    strike(o);
    if (o->stream)
        fclose(o->stream);
    if (o->fd >= 0) {
        if (remove_part && o->part)
            unlink(o->part);
        close(o->fd);
    }
    memory_free(o->part);
    memory_free(o->target);
    memory_free(o->path);
    memory_free(o);
}

struct outfile *outfile_open(const char *path, struct error *e)
{
    struct outfile *o = memory_new(1, sizeof *o);
    o->path = memory_copy(path, strlen(path));
    o->fd = -1;
    enlist(o);
    if (resolve(o))
        o->stream = fopencookie(o, "w", (cookie_io_functions_t){.write = push});
    if (o->stream)
        return o;
    complain(e, path, errno, o->older);
    release(o, true);
    return NULL;
}

FILE *outfile_stream(struct outfile *o)
{
    return o->stream;
}

bool outfile_flush(struct outfile *o, struct error *e)
{
    int fault = drain(o);
    return fault == 0 || complain(e, o->path, fault, o->older);
}

/* Not every file system can; the file is in place already. There may be no memory for a copy of the path. */
void outfile_sync_folder(char *target)
{
    char *slash = strrchr(target, '/');
    if (slash)
        slash[1] = 0;
    int fd = open(slash ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* The folder of a file that is in place stays. */
static void keep_folder(const char *path)
{
    struct folder *kept = NULL;
    pthread_mutex_lock(&lock);
    for (struct folder **at = &folders; *at && !kept; at = kept ? at : &(*at)->next) {
        size_t n = strlen((*at)->path);
        if (strncmp(path, (*at)->path, n) == 0 && path[n] == '/') {
            kept = *at;
            *at = kept->next;
        }
    }
    pthread_mutex_unlock(&lock);
    memory_free(kept);
}

bool outfile_sync(struct outfile *o, struct error *e)
{
    int fault = drain(o);
    if (!fault && o->part && !o->synced && sync_file(o->fd) != 0)
        fault = o->fault = errno;
    o->synced = fault == 0;
    return fault == 0 || complain(e, o->path, fault, o->older);
}

bool outfile_finish(struct outfile *o, struct error *e)
{
    o->follows = true;
    return outfile_sync(o, e);
}

bool outfile_commit(struct outfile *o, struct error *e)
{
    bool whole = outfile_sync(o, e), good = whole;
    if (whole && o->part) {
        good = rename(o->part, o->target) == 0 || complain(e, o->path, errno, o->older);
        if (good) {
            strike(o);
            keep_folder(o->path);
            outfile_sync_folder(o->target);
        }
    }
    release(o, !good && !(whole && o->follows));
    return good;
}

size_t outfile_size(const struct outfile *o)
{
    return o->part ? o->size : 0;
}

bool outfile_contents(struct outfile *o, size_t n, char **bytes, struct error *e)
{
    *bytes = memory_new(n + 1, 1);
    if (!outfile_flush(o, e))
        return false;
    if (n == 0)
        return true;
    int fd = open(o->part, O_RDONLY | O_CLOEXEC), fault = fd < 0 ? errno : 0;
    for (size_t done = 0; done < n && !fault;) {
        ssize_t k = read(fd, *bytes + done, n - done);
        if (k > 0)
            done += (size_t)k;
        else if (k == 0 || errno != EINTR)
            fault = k ? errno : EIO;
    }
    if (fd >= 0)
        close(fd);
    return fault == 0 || complain(e, o->path, fault, o->older);
}

bool outfile_restore(struct outfile *o, const char *bytes, size_t n, struct error *e)
{
    if (!outfile_flush(o, e))
        return false;
    if (!o->part)
        return true;
    if (ftruncate(o->fd, 0) != 0 || lseek(o->fd, 0, SEEK_SET) != 0)
        o->fault = errno;
    o->size = 0;
    fwrite(bytes, 1, n, o->stream);
    return outfile_flush(o, e);
}

void outfile_move(struct outfile *o, const char *folder, const char *name)
{
    memory_free(o->path);
    o->path = outfile_path(folder, name);
    o->older = access(o->path, F_OK) == 0;
    if (!o->part)
        return;
    memory_free(o->target);
    o->target = memory_copy(o->path, strlen(o->path));
}

void outfile_leave(struct outfile *o)
{
    if (!o)
        return;
    drain(o);
    release(o, false);
}

void outfile_abandon(struct outfile *o)
{
    if (!o)
        return;
    o->fault = ECANCELED; /* what is still in the buffer need not be written */
    release(o, true);
}

/* What is not empty, rmdir leaves alone. `path` is as before afterwards. */
static void unmake(char *path, size_t made)
{
    for (size_t i = strlen(path); i > made; i--) {
        char c = path[i];
        if (c != '/' && c != 0)
            continue;
        path[i] = 0;
        rmdir(path);
        path[i] = c;
    }
}

void outfile_abandon_all(void)
{
    pthread_mutex_lock(&lock);
    for (const struct outfile *o = files; o; o = o->next)
        if (o->part && o->fd >= 0)
            unlink(o->part);
    for (struct folder *f = folders; f; f = f->next)
        unmake(f->path, f->made);
    files = NULL;
    folders = NULL;
    pthread_mutex_unlock(&lock);
}

/* Take a folder off the list: the one whose path this is, or NULL. */
static struct folder *take_folder(const char *path)
{
    struct folder *found = NULL;
    pthread_mutex_lock(&lock);
    for (struct folder **at = &folders; *at; at = &(*at)->next)
        if (strcmp((*at)->path, path) == 0) {
            found = *at;
            *at = found->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

bool outfile_folder(const char *path, size_t *made, struct error *e)
{
    size_t n = strlen(path);
    struct folder *f = memory_new(1, sizeof *f + n + 1);
    int fault = n ? 0 : ENOENT;
    strcpy(f->path, path);
    f->made = n;
    for (size_t i = 1, begin = 0; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        f->path[i] = 0;
        fault = mkdir(f->path, 0777) == 0 ? 0 : errno;
        f->path[i] = path[i];
        if (fault == 0 && f->made == n)
            f->made = begin;
        begin = i;
    }
    size_t old = f->made;
    if (made)
        *made = old;
    struct stat s;
    bool there = stat(path, &s) == 0; /* whatever mkdir said: a folder that is there need not be made */
    fault = fault && fault != EEXIST ? fault : errno;
    if (there && S_ISDIR(s.st_mode) && old < n) {
        pthread_mutex_lock(&lock);
        f->next = folders;
        folders = f;
        pthread_mutex_unlock(&lock);
        return true;
    }
    if (!there)
        unmake(f->path, old);
    memory_free(f);
    if (there)
        return S_ISDIR(s.st_mode) || complain(e, path, ENOTDIR, false);
    if (fault == ENOENT && lstat(path, &s) == 0)
        return error_set(e, ERROR_IO, "%s: a link to a folder that is not there; make that folder first",
                         path);
    return complain(e, path, fault, false);
}

void outfile_unmake(const char *path, size_t made)
{
    struct folder *f = take_folder(path);
    if (f)
        unmake(f->path, made);
    memory_free(f);
}

char *outfile_path(const char *folder, const char *name)
{
    char *path = memory_new(strlen(folder) + strlen(name) + 2, 1);
    strcat(strcat(strcpy(path, folder), "/"), name);
    return path;
}

bool outfile_exists(const char *folder, const char *name)
{
    char *path = outfile_path(folder, name);
    bool there = access(path, F_OK) == 0;
    memory_free(path);
    return there;
}

void outfile_remove(const char *folder, const char *name)
{
    char *path = outfile_path(folder, name);
    remove(path);
    memory_free(path);
}
