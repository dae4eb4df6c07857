/* SPDX-License-Identifier: MIT */
#include "lib/base/outfile.h"

#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *place(const char *name)
{
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder(), name);
    return path[turn];
}

/* Its beginning; NULL when there is no such file. */
static const char *content(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return text;
}

static bool save(const char *path, const char *text, struct error *e)
{
    struct outfile *o = outfile_open(path, e);
    if (!o)
        return false;
    fputs(text, outfile_stream(o));
    return outfile_commit(o, e);
}

static bool refused(const char *path, const char *why)
{
    struct error e = {0};
    struct outfile *o = outfile_open(path, &e);
    bool good = !o && e.kind == ERROR_IO && strncmp(e.text, path, strlen(path)) == 0 && strstr(e.text, why);
    if (!good)
        fprintf(stderr, "expected '%s', got '%s'\n", why, e.text);
    outfile_abandon(o);
    return good;
}

TEST(appears_whole)
{
    struct error e;
    const char *path = place("a"), *part = place("a.part");
    struct outfile *o = outfile_open(path, &e);
    CHECK(o != NULL);
    fputs("one", outfile_stream(o));
    CHECK(!content(path));
    CHECK(outfile_flush(o, &e));
    CHECK_STR(content(part), "one");
    CHECK(outfile_commit(o, &e));
    CHECK_STR(content(path), "one");
    CHECK(!content(part));

    o = outfile_open(path, &e);
    fputs("two", outfile_stream(o));
    CHECK(outfile_flush(o, &e));
    CHECK_STR(content(path), "one");
    outfile_abandon(o);
    CHECK_STR(content(path), "one");
    CHECK(!content(part));
    CHECK(save(path, "three", &e));
    CHECK_STR(content(path), "three");
    outfile_abandon(NULL);
}

TEST(overwrites_what_a_crash_left)
{
    struct error e;
    FILE *f = fopen(place("a.part"), "w");
    fputs("left over from long ago", f);
    fclose(f);
    CHECK(save(place("a"), "new", &e));
    CHECK_STR(content(place("a")), "new");
}

TEST(follows_links)
{
    struct error e;
    struct stat s;
    CHECK(outfile_folder(place("far"), NULL, &e));
    CHECK(save(place("far/target"), "one", &e));
    CHECK_INT(symlink("far/target", place("link")), 0);
    CHECK(save(place("link"), "two", &e));
    CHECK_STR(content(place("far/target")), "two");
    CHECK(lstat(place("link"), &s) == 0 && S_ISLNK(s.st_mode));
}

TEST(obeys_umask)
{
    struct error e;
    struct stat s;
    mode_t before = umask(027);
    CHECK(save(place("a"), "x", &e));
    umask(before);
    CHECK_INT(stat(place("a"), &s), 0);
    CHECK_INT(s.st_mode & 07777, 0640);
}

TEST(refuses_with_a_reason)
{
    struct error e;
    CHECK(refused(test_folder(), ": Is a directory; choose the name of a file"));
    CHECK(refused(place("none/a"), ": No such file or directory; make its folder first"));
    CHECK(refused(place("none/"), ": No such file or directory"));
    CHECK(refused("", ": No such file or directory"));
    CHECK(save(place("file"), "x", &e));
    CHECK(refused(place("file/a"), ": Not a directory; a file stands where a folder was expected"));
    char name[400];
    memset(name, 'n', sizeof name);
    name[252] = 0; /* a name that has no room for .part */
    CHECK(refused(place(name), ": File name too long; choose a shorter name"));

    struct outfile *o = outfile_open(place("twice"), &e);
    CHECK(o != NULL);
    fputs("first", outfile_stream(o));
    CHECK(refused(place("twice"), "; another run is writing this file"));
    CHECK(outfile_commit(o, &e));
    CHECK_STR(content(place("twice")), "first");
}

TEST(writes_devices_directly)
{
    struct error e = {0};
    CHECK(save("/dev/null", "x", &e));
    CHECK(!save("/dev/full", "x", &e));
    CHECK_INT(e.kind, ERROR_IO);
    CHECK_STR(e.text, "/dev/full: No space left on device; free some space");

    struct outfile *o = outfile_open("/dev/full", &e);
    e.text[0] = 0;
    fputs("x", outfile_stream(o));
    CHECK(!outfile_flush(o, &e));
    CHECK_STR(e.text, "/dev/full: No space left on device; free some space");
    CHECK(!outfile_commit(o, &e)); /* what went wrong stays wrong, though nothing is left to write */

    CHECK_INT(mkfifo(place("fifo"), 0600), 0);
    int fd = open(place("fifo"), O_RDONLY | O_NONBLOCK);
    char got[8] = "";
    CHECK(save(place("fifo"), "water", &e));
    CHECK_INT(read(fd, got, sizeof got - 1), 5);
    CHECK_STR(got, "water");
    close(fd);
}

TEST(full_disk_keeps_the_older_file)
{
    struct error e = {0};
    CHECK(save(place("a"), "older", &e));
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
        struct outfile *o = outfile_open(place("a"), &e);
        for (int i = 0; i < 100000; i++)
            fputs("newer ", outfile_stream(o));
        char want[600];
        snprintf(want, sizeof want,
                 "%s: File too large; raise the limit on file sizes (ulimit -f), the older file was kept",
                 place("a"));
        bool good = !outfile_commit(o, &e) && e.kind == ERROR_IO && strcmp(e.text, want) == 0;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    CHECK_STR(content(place("a")), "older");
    CHECK(!content(place("a.part")));
}

static void nothing(int number)
{
    (void)number;
}

/* A signal that interrupts write(2) must not lose bytes. */
TEST(survives_signals)
{
    struct error e = {0};
    CHECK_INT(mkfifo(place("fifo"), 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(place("fifo"), O_RDONLY);
        static char bytes[4096];
        long total = 0;
        for (ssize_t k; (k = read(fd, bytes, sizeof bytes)) > 0; total += k) {
            kill(getppid(), SIGUSR1);
            usleep(100);
        }
        _exit(total == 1000000 ? 0 : 1);
    }
    struct sigaction old, new = {.sa_handler = nothing}; /* no SA_RESTART */
    sigaction(SIGUSR1, &new, &old);
    struct outfile *o = NULL;
    while (!o)
        o = outfile_open(place("fifo"), &e);
    for (int i = 0; i < 100000; i++)
        fputs("0123456789", outfile_stream(o));
    CHECK(outfile_commit(o, &e));
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        ;
    sigaction(SIGUSR1, &old, NULL);
    CHECK_INT(status, 0);
}

TEST(folder_makes_parents)
{
    struct error e = {0};
    struct stat s;
    CHECK(outfile_folder(place("a/b//c/"), NULL, &e));
    CHECK(stat(place("a/b/c"), &s) == 0 && S_ISDIR(s.st_mode));
    CHECK(outfile_folder(place("a/b/c"), NULL, &e));
    CHECK(outfile_folder(".", NULL, &e));
    CHECK(outfile_folder("/", NULL, &e));
    CHECK(save(place("file"), "x", &e));
    CHECK(!outfile_folder(place("file"), NULL, &e));
    CHECK_INT(e.kind, ERROR_IO);
    CHECK(strstr(e.text, "/file: Not a directory; a file stands where a folder was expected") != NULL);
    CHECK(!outfile_folder(place("file/b/c"), NULL, &e));
    CHECK(strstr(e.text, "Not a directory") != NULL);
    CHECK(!outfile_folder("", NULL, &e));
}

/* What a child leaves that ends in the middle: with two files open, one of them new, and a file in place. */
static void abandon_in_child(void)
{
    struct error e;
    outfile_folder(place("made/deep"), NULL, &e);
    outfile_folder(place("kept"), NULL, &e);
    outfile_folder(place("empty/deep"), NULL, &e);
    save(place("kept/a"), "one", &e);
    fputs("two", outfile_stream(outfile_open(place("kept/a"), &e)));
    struct outfile *o = outfile_open(place("made/deep/b"), &e);
    fputs("three", outfile_stream(o));
    outfile_flush(o, &e);
    outfile_abandon_all();
    outfile_abandon_all();
    _exit(0);
}

TEST(at_the_end_of_all_nothing_half_written_is_left)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        abandon_in_child();
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK_STR(content(place("kept/a")), "one");
    CHECK(!content(place("kept/a.part")));
    CHECK(access(place("made"), F_OK) != 0);
    CHECK(access(place("empty"), F_OK) != 0);
}

TEST(a_folder_that_was_there_is_not_taken_away)
{
    struct error e;
    int status = -1;
    CHECK_INT(mkdir(place("mine"), 0777), 0);
    pid_t child = fork();
    if (child == 0) {
        outfile_folder(place("mine/new"), NULL, &e);
        outfile_abandon_all();
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK(access(place("mine"), F_OK) == 0);
    CHECK(access(place("mine/new"), F_OK) != 0);
}
