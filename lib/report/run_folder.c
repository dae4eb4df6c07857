/* SPDX-License-Identifier: MIT */
#include "lib/report/run_folder.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/report/container.h"
#include "lib/report/events.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEAR ((size_t)4096) /* bytes from a file's begin or end in which it says its model */
#define PART ".part" /* behind the name of what is written aside (lib/base/outfile.h) */
#define CHECKPOINT "checkpoint-"
#define CHECKPOINT_DIGITS 12
#define CHECKPOINT_END ".safetensors"

/* Those of probes, which not every run has, come last. */
static const char *const files[] = {"config.yaml", "metrics.jsonl", "log.txt",
                                    "trace.jsonl", "trace.json",    NULL};
enum { OF_PROBES = 3 };

/* ---- what a file says */

static bool reads(int fd, off_t at, const char *text)
{
    char bytes[NEAR];
    ssize_t n = at >= 0 ? pread(fd, bytes, sizeof bytes, at) : -1;
    return n > 0 && memmem(bytes, (size_t)n, text, strlen(text)) != NULL;
}

/* Does a file say this text near its begin or its end? */
static bool says(int fd, const char *text)
{
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
           (reads(fd, 0, text) || reads(fd, s.st_size > (off_t)NEAR ? s.st_size - (off_t)NEAR : -1, text));
}

static int open_regular(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool file_says(const char *folder, const char *name, const char *text)
{
    char *path = outfile_path(folder, name);
    int fd = open_regular(path);
    bool good = fd >= 0 && says(fd, text);
    if (fd >= 0)
        close(fd);
    memory_free(path);
    return good;
}

/* Did the run with this name write the folder's metrics.jsonl? An event `run` says so. */
static bool is_of(const char *folder, const char *run)
{
    char text[64];
    snprintf(text, sizeof text, "\"id\":\"%s\"", run);
    return file_says(folder, "metrics.jsonl", text);
}

/* ---- the end of a run that was cut off */

/* Where a file stands, links followed, and where it is written aside, both to be freed. */
static void places(const char *folder, const char *name, char **target, char **part)
{
    char *path = outfile_path(folder, name), *real = realpath(path, NULL);
    const char *found = real ? real : path;
    *target = memory_copy(found, strlen(found));
    *part = memory_new(strlen(found) + sizeof PART, 1);
    strcpy(stpcpy(*part, found), PART);
    free(real);
    memory_free(path);
}

enum found { NOTHING, DONE, BUSY, FAILED };

/* Put in place what is whole and waits for it. A writer holds the lock of its .part file. */
static enum found complete(const char *folder, const char *name, const char *signature)
{
    char *target, *part;
    enum found found = NOTHING;
    places(folder, name, &target, &part);
    int fd = open_regular(part);
    if (fd >= 0 && says(fd, signature))
        found = flock(fd, LOCK_EX | LOCK_NB) != 0 ? BUSY
                : access(part, F_OK) != 0         ? NOTHING /* its writer was faster */
                : rename(part, target) == 0       ? DONE
                                                  : FAILED;
    if (found == DONE)
        outfile_sync_folder(target);
    if (fd >= 0)
        close(fd);
    memory_free(target);
    memory_free(part);
    return found;
}

/* The first of the files that is another run's; NULL: none. */
static const char *stranger(const char *folder, const char *signature)
{
    for (size_t k = 0; files[k]; k++)
        if (outfile_exists(folder, files[k]) && !file_says(folder, files[k], signature))
            return files[k];
    return NULL;
}

static enum found complete_all(const char *folder, const char *signature)
{
    enum found all = NOTHING;
    for (size_t k = 0; files[k]; k++) {
        enum found one = complete(folder, files[k], signature);
        all = one > all ? one : all;
    }
    char name[96];
    snprintf(name, sizeof name, RUN_FOLDER_TENSORBOARD "/" RUN_FOLDER_TFEVENTS "%s", signature);
    const enum found board = complete(folder, name, signature);
    all = board > all ? board : all;
    if (all == DONE) {
        run_folder_remove_older(folder, signature);
        outfile_remove(folder, RUN_FOLDER_BEST);
    }
    return all;
}

/* ---- the models of epochs, and what TensorBoard reads */

/* Call `f` for each name in a folder of the run's folder, and remove the folder where nothing is left. */
static void each(const char *folder, const char *name,
                 void (*f)(const char *path, const char *name, const void *), const void *with)
{
    char *path = outfile_path(folder, name);
    DIR *d = opendir(path);
    for (struct dirent *x; d && (x = readdir(d)) != NULL;)
        f(path, x->d_name, with);
    if (d) {
        closedir(d);
        rmdir(path);
    }
    memory_free(path);
}

/* The length of "epoch-NUMBER.safetensors" at the begin of a name; 0: it does not begin so. */
static size_t epoch_name(const char *name)
{
    static const char before[] = "epoch-", after[] = ".safetensors";
    const size_t digits =
        strncmp(name, before, sizeof before - 1) == 0 ? strspn(name + sizeof before - 1, "0123456789") : 0;
    const size_t n = sizeof before - 1 + digits;
    return digits && strncmp(name + n, after, sizeof after - 1) == 0 ? n + sizeof after - 1 : 0;
}

char *run_folder_epoch_path(const char *folder, uint32_t epoch, const char *run)
{
    char name[128];
    snprintf(name, sizeof name, RUN_FOLDER_EPOCHS "/epoch-%03u.safetensors.%.40s", epoch, run);
    return outfile_path(folder, name);
}

static void drop_epoch(const char *folder, const char *name, const void *run)
{
    const size_t n = epoch_name(name);
    if (n && name[n] == '.' && strncmp(name + n + 1, run, strlen(run)) == 0)
        outfile_remove(folder, name);
}

void run_folder_drop_epochs(const char *folder, const char *run)
{
    each(folder, RUN_FOLDER_EPOCHS, drop_epoch, run);
}

/* Does the log say that it wrote this one? Its epochs are numbered from 1. */
static bool is_in_log(const struct events *log, const char *name, const char *signature)
{
    const unsigned long long epoch = strtoull(name + sizeof "epoch-" - 1, NULL, 10);
    const char *saved = epoch ? events_text(log, "epoch", (size_t)epoch - 1, "saved") : NULL;
    return saved && strcmp(saved, signature) == 0;
}

static void settle_epoch(const char *folder, const char *name, const void *log)
{
    char signature[CONTAINER_SIGNATURE];
    const size_t n = epoch_name(name);
    if (!n)
        return;
    char *path = outfile_path(folder, name), *final = outfile_path(folder, name);
    final[strlen(folder) + 1 + n] = 0;
    if (!container_peek(path, signature) || !is_in_log(log, name, signature))
        outfile_remove(folder, name);
    else if (name[n])
        rename(path, final);
    memory_free(path);
    memory_free(final);
}

static void remove_older_events(const char *folder, const char *name, const void *signature)
{
    const size_t n = sizeof RUN_FOLDER_TFEVENTS - 1;
    if (strncmp(name, RUN_FOLDER_TFEVENTS, n) == 0 && strcmp(name + n, signature) != 0)
        outfile_remove(folder, name);
}

static struct events *read_log(const char *folder);

void run_folder_remove_older(const char *folder, const char *signature)
{
    for (size_t k = OF_PROBES; files[k]; k++)
        if (outfile_exists(folder, files[k]) && !file_says(folder, files[k], signature))
            outfile_remove(folder, files[k]);
    each(folder, RUN_FOLDER_TENSORBOARD, remove_older_events, signature);
    struct events *log = outfile_exists(folder, RUN_FOLDER_EPOCHS) ? read_log(folder) : NULL;
    if (log)
        each(folder, RUN_FOLDER_EPOCHS, settle_epoch, log);
    events_free(log);
}

/* A string in the head of a checkpoint, cut to `room`; false: it is not there. */
static bool head_string(const char *checkpoint, const char *name, char *value, size_t room)
{
    char head[1 << 16], before[32];
    const size_t length = (size_t)snprintf(before, sizeof before, "\"%s\":\"", name);
    int fd = open_regular(checkpoint);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : 0;
    const char *at = n > 0 ? memmem(head, (size_t)n, before, length) : NULL;
    if (fd >= 0)
        close(fd);
    const char *end = at ? memchr(at + length, '"', (size_t)(head + n - at) - length) : NULL;
    if (!end)
        return false;
    snprintf(value, room, "%.*s", (int)(end - at - (ptrdiff_t)length), at + length);
    return true;
}

/* Is the newest checkpoint one of the run that the folder has? */
static bool is_own(const char *folder, const char *checkpoint)
{
    char name[DIGEST_TEXT];
    return head_string(checkpoint, "run", name, sizeof name) && strlen(name) == DIGEST_TEXT - 1 &&
           is_of(folder, name);
}

void run_folder_settle(const char *folder, char *words)
{
    char signature[CONTAINER_SIGNATURE];
    uint64_t number;
    struct stat s;
    *words = 0;
    if (stat(folder, &s) != 0 || !S_ISDIR(s.st_mode))
        return;
    char *checkpoint = run_folder_checkpoint(folder, UINT64_MAX, &number);
    char *model = outfile_path(folder, RUN_FOLDER_MODEL);
    bool run = access(model, F_OK) == 0;
    enum found found = container_peek(model, signature) ? complete_all(folder, signature) : BUSY;
    const char *other = found >= BUSY ? NULL : stranger(folder, signature);
    if (other)
        snprintf(words, RUN_FOLDER_WORDS,
                 "warning: %s: %s is not of the run that the model is of (written by another run, or changed "
                 "by hand)",
                 folder, other);
    else if (found == FAILED)
        snprintf(words, RUN_FOLDER_WORDS,
                 "warning: %s: the run was cut off while its files were renamed, and they cannot be renamed "
                 "now; see that you may write there, and try again",
                 folder);
    else if (found == DONE)
        snprintf(words, RUN_FOLDER_WORDS,
                 "%s: the run was cut off while its files were renamed; they are in place now", folder);
    else if (run && checkpoint && found < BUSY && is_own(folder, checkpoint)) {
        if (!file_says(folder, "config.yaml", "\n  checkpoint.final: true\n"))
            run_folder_prune(folder, NULL, 0); /* it was cut off before it did so itself */
    } else if (run && checkpoint)
        snprintf(words, RUN_FOLDER_WORDS,
                 "warning: %s: a later run was stopped before its end, and this is the one before it; "
                 "`asyntrain train --resume` goes on with the later one",
                 folder);
    memory_free(model);
    memory_free(checkpoint);
}

/* ---- which run is it? */

/* The log of a folder's finished run, or NULL. */
static struct events *read_log(const char *folder)
{
    struct error e = {0};
    if (!outfile_exists(folder, RUN_FOLDER_MODEL) || !outfile_exists(folder, "metrics.jsonl"))
        return NULL;
    char *path = outfile_path(folder, "metrics.jsonl");
    struct events *log = events_read(path, &e);
    memory_free(path);
    return log;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths of the folders in `folder` that have a model, by name; `*count` of them, to be freed each, and the list. */
static char **runs_in(const char *folder, size_t *count)
{
    DIR *d = opendir(folder);
    char **path = NULL;
    size_t capacity = 0;
    *count = 0;
    for (struct dirent *f; d && (f = readdir(d));) {
        if (f->d_name[0] == '.')
            continue;
        char *run = outfile_path(folder, f->d_name);
        if (outfile_exists(run, RUN_FOLDER_MODEL)) {
            path = memory_grow(path, &capacity, *count + 1, sizeof *path);
            path[(*count)++] = run;
        } else {
            memory_free(run);
        }
    }
    if (d)
        closedir(d);
    if (*count)
        qsort(path, *count, sizeof *path, by_name);
    return path;
}

void run_folder_within(const char *folder, char *words)
{
    enum { NAMED = 3 };
    size_t count, n = 0;
    *words = 0;
    if (outfile_exists(folder, RUN_FOLDER_MODEL))
        return;
    char **run = runs_in(folder, &count);
    for (size_t k = 0; k < count; k++) {
        if (k < NAMED)
            n += (size_t)snprintf(words + n, RUN_FOLDER_WORDS - n, "%s%.*s",
                                  k ? ", " : " (runs in it: ", text_shown(span_of(run[k]), 120), run[k]);
        memory_free(run[k]);
    }
    if (count)
        snprintf(words + n, RUN_FOLDER_WORDS - n, "%s)", count > NAMED ? " ..." : "");
    memory_free(run);
}

bool run_folder_describe(const char *folder, char *words)
{
    static const char *const field[] = {"test.f1", "test.accuracy", "dev.f1", "dev.accuracy"},
                             *const name[] = {"test F1", "test accuracy", "dev F1", "dev accuracy"};
    struct events *log = read_log(folder);
    if (!log)
        return outfile_exists(folder, RUN_FOLDER_MODEL) && snprintf(words, RUN_FOLDER_WORDS, "a run") > 0;
    const char *date = events_text(log, "run", 0, "date");
    int n = snprintf(words, RUN_FOLDER_WORDS, "a run%s%.40s", date ? " of " : "", date ? date : "");
    double score;
    for (uint32_t k = 0; k < 4; k++)
        if (events_number(log, "summary", 0, field[k], &score)) {
            snprintf(words + n, RUN_FOLDER_WORDS - (size_t)n, " (%s %.2f)", name[k], score);
            break;
        }
    events_free(log);
    return true;
}

void run_folder_unfinished(const char *folder, char *words)
{
    char epoch[24], paused[8];
    uint64_t number;
    double epochs;
    *words = 0;
    char *checkpoint = run_folder_checkpoint(folder, UINT64_MAX, &number);
    struct events *log = checkpoint && is_own(folder, checkpoint) ? read_log(folder) : NULL;
    if (log && head_string(checkpoint, "epoch", epoch, sizeof epoch) &&
        head_string(checkpoint, "paused", paused, sizeof paused) &&
        events_number(log, "summary", 0, "epochs", &epochs) &&
        strtod(epoch, NULL) + (strcmp(paused, "1") == 0 ? 0.5 : 0) > epochs)
        snprintf(words, RUN_FOLDER_WORDS,
                 "warning: %s: the run was made longer and stopped, and this is the model after %.0f epochs; "
                 "`asyntrain train --resume` goes on from the checkpoint",
                 folder, epochs);
    events_free(log);
    memory_free(checkpoint);
}

/* ---- checkpoints */

/* The number in a checkpoint's name; false: it is none. */
static bool numbered(const char *name, uint64_t *number)
{
    const size_t before = sizeof CHECKPOINT - 1;
    if (strncmp(name, CHECKPOINT, before) != 0 || strspn(name + before, "0123456789") != CHECKPOINT_DIGITS ||
        strcmp(name + before + CHECKPOINT_DIGITS, CHECKPOINT_END) != 0)
        return false;
    *number = strtoull(name + before, NULL, 10);
    return true;
}

char *run_folder_checkpoint_path(const char *folder, uint64_t number)
{
    char name[64];
    snprintf(name, sizeof name, CHECKPOINT "%0*llu" CHECKPOINT_END, CHECKPOINT_DIGITS,
             (unsigned long long)number);
    return outfile_path(folder, name);
}

char *run_folder_checkpoint(const char *folder, uint64_t most, uint64_t *number)
{
    DIR *d = opendir(folder);
    bool any = false;
    uint64_t one;
    for (struct dirent *x; d && (x = readdir(d)) != NULL;)
        if (numbered(x->d_name, &one) && one <= most && (!any || one > *number)) {
            *number = one;
            any = true;
        }
    if (d)
        closedir(d);
    return any ? run_folder_checkpoint_path(folder, *number) : NULL;
}

uint64_t run_folder_checkpoint_bytes(const char *folder)
{
    DIR *d = opendir(folder);
    uint64_t number, bytes = 0;
    struct stat s;
    for (struct dirent *x; d && (x = readdir(d)) != NULL;)
        if (numbered(x->d_name, &number) && fstatat(dirfd(d), x->d_name, &s, 0) == 0)
            bytes += (uint64_t)s.st_size;
    if (d)
        closedir(d);
    return bytes;
}

static bool is_kept(uint64_t number, const uint64_t *keep, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        if (keep[k] == number)
            return true;
    return false;
}

void run_folder_prune(const char *folder, const uint64_t *keep, uint32_t count)
{
    DIR *d = opendir(folder);
    uint64_t number;
    for (struct dirent *x; d && (x = readdir(d)) != NULL;)
        if (numbered(x->d_name, &number) && !is_kept(number, keep, count))
            unlinkat(dirfd(d), x->d_name, 0);
    if (d)
        closedir(d);
}

/* The lock of a .part file that no process writes; -1: one does, or it is no file (a link, a pipe), and no run's. */
static int claim_left(DIR *d, const char *name)
{
    struct stat s;
    int fd = openat(dirfd(d), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The bytes of a name before its .part; 0: it has none. */
static size_t before_part(const char *name)
{
    const size_t n = strlen(name), end = sizeof PART - 1;
    return n > end && strcmp(name + n - end, PART) == 0 ? n - end : 0;
}

/* The name of what a run writes aside? */
static bool is_aside(const char *name)
{
    uint64_t number;
    char whole[256];
    const size_t n = before_part(name);
    if (n == 0 || n >= sizeof whole)
        return false;
    snprintf(whole, sizeof whole, "%.*s", (int)n, name);
    for (size_t k = OF_PROBES; files[k]; k++)
        if (strcmp(whole, files[k]) == 0)
            return true;
    return strcmp(whole, RUN_FOLDER_MODEL) == 0 || strcmp(whole, RUN_FOLDER_BEST) == 0 ||
           numbered(whole, &number);
}

void run_folder_clear(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *x; d && (x = readdir(d)) != NULL;) {
        int fd = is_aside(x->d_name) ? claim_left(d, x->d_name) : -1;
        if (fd >= 0) {
            unlinkat(dirfd(d), x->d_name, 0);
            close(fd);
        }
    }
    if (d)
        closedir(d);
}

/* ---- whose is it? */

bool run_folder_ends_with(const char *folder, const char *run, uint64_t epochs)
{
    char text[64];
    snprintf(text, sizeof text, "{\"event\":\"summary\",\"epochs\":%llu,", (unsigned long long)epochs);
    return is_of(folder, run) && file_says(folder, "metrics.jsonl", text);
}

/* Does no process hold the lock of a .part file? */
static bool is_left(DIR *d, const char *name)
{
    int fd = claim_left(d, name);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool run_folder_is_dead(const char *folder)
{
    DIR *d = opendir(folder);
    bool dead = d != NULL;
    for (struct dirent *x; dead && (x = readdir(d)) != NULL;)
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
            dead = before_part(x->d_name) && is_left(d, x->d_name);
    if (d)
        closedir(d);
    return dead;
}
