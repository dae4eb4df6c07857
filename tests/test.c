/* SPDX-License-Identifier: MIT */
#include "tests/test.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SECONDS = 300, /* of one test, for one that hangs; TEST_TIMEOUT overrides it where all is slow */
    SHOWN = 20, /* failures shown of one test: a check in a loop must not bury the others */
    LOG_SHOWN = 65536, /* bytes shown of what a failed test printed */
    MOST_AT_ONCE = 64, /* tests */
};

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP};

/* What the test's process tells its parent: a shared page, because it survives a crash. */
struct outcome {
    atomic_int checks, failures, last_line;
    _Atomic(const char *) last_file; /* a string literal: the same address in parent and child */
    atomic_bool returned;
    char folder[4096]; /* empty until test_folder is called */
};

static struct test *tests;
static struct outcome *outcome; /* of the test that this process runs */

void test_enlist(struct test *t)
{
    t->next = tests;
    tests = t;
}

/* One write a message, so that threads do not mix their lines. */
__attribute__((format(printf, 3, 4))) static void complain(const char *file, int line, const char *format,
                                                           ...)
{
    char text[2048];
    int n = snprintf(text, sizeof text, "%s:%d: ", file, line);
    va_list list;
    va_start(list, format);
    if (n >= 0 && (size_t)n < sizeof text)
        vsnprintf(text + n, sizeof text - (size_t)n, format, list);
    va_end(list);
    fprintf(stderr, "%s\n", text);
}

/* Count a check; true if it failed and is to be shown. */
static bool count(bool held, const char *file, int line)
{
    atomic_fetch_add(&outcome->checks, 1);
    atomic_store(&outcome->last_file, file);
    atomic_store(&outcome->last_line, line);
    if (held)
        return false;
    int before = atomic_fetch_add(&outcome->failures, 1);
    if (before == SHOWN)
        fprintf(stderr, "(further failures are counted, not shown)\n");
    return before < SHOWN;
}

bool test_check(bool held, const char *file, int line, const char *expression)
{
    if (count(held, file, line))
        complain(file, line, "%s", expression);
    return held;
}

bool test_check_msg(bool held, const char *file, int line, const char *expression, const char *format, ...)
{
    if (count(held, file, line)) {
        char text[1024];
        va_list list;
        va_start(list, format);
        vsnprintf(text, sizeof text, format, list);
        va_end(list);
        complain(file, line, "%s: %s", expression, text);
    }
    return held;
}

bool test_check_str(const char *got, const char *want, const char *file, int line, const char *expression)
{
    bool held = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);
    if (count(held, file, line))
        complain(file, line, "%s\n    is     %s%s%s\n    wanted %s%s%s", expression, got ? "\"" : "",
                 got ? got : "NULL", got ? "\"" : "", want ? "\"" : "", want ? want : "NULL",
                 want ? "\"" : "");
    return held;
}

bool test_check_int(intmax_t got, intmax_t want, const char *file, int line, const char *expression)
{
    bool held = got == want;
    if (count(held, file, line))
        complain(file, line, "%s is %jd, wanted %jd", expression, got, want);
    return held;
}

bool test_check_near(double got, double want, double tolerance, const char *file, int line,
                     const char *expression)
{
    /* the equality is for infinities, whose difference is a NaN */
    bool held = got == want || fabs(got - want) <= tolerance;
    if (count(held, file, line))
        complain(file, line, "%s is %.17g, wanted %.17g +- %.3g (off by %.3g)", expression, got, want,
                 tolerance, fabs(got - want));
    return held;
}

const char *test_folder(void)
{
    if (outcome->folder[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(outcome->folder, sizeof outcome->folder, "%s/asyntrain-test-XXXXXX",
                 parent != NULL && parent[0] != '\0' ? parent : "/tmp");
        if (mkdtemp(outcome->folder) == NULL) {
            perror(outcome->folder);
            outcome->folder[0] = '\0';
            exit(1);
        }
    }
    return outcome->folder;
}

const char *test_file(const char *name, const char *text)
{
    static char path[8][4352];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder(), name);
    FILE *f = fopen(path[turn], "wb");
    if (CHECK(f != NULL)) {
        fputs(text, f);
        fclose(f);
    }
    return path[turn];
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

/* "tests/unit/text.c" and "trim" become "text/trim". */
static void full_name(const struct test *t, char *into, size_t size)
{
    const char *slash = strrchr(t->file, '/');
    const char *base = slash != NULL ? slash + 1 : t->file;
    snprintf(into, size, "%.*s/%s", (int)strcspn(base, "."), base, t->name);
}

static int by_place(const void *a, const void *b)
{
    const struct test *s = *(struct test *const *)a, *t = *(struct test *const *)b;
    int order = strcmp(s->file, t->file);
    return order != 0 ? order : (s->line > t->line) - (s->line < t->line);
}

/* Print, indented, what the failed test has printed. */
static void show_log(FILE *log)
{
    rewind(log);
    int c, last = '\n';
    for (int n = 0; n < LOG_SHOWN && (c = getc(log)) != EOF; n++, last = c) {
        if (last == '\n')
            fputs("    ", stdout);
        putchar(c);
    }
    if (last != '\n')
        putchar('\n');
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A test that runs now, in a process and a process group of its own. */
struct running {
    pid_t child; /* 0 if none */
    const struct test *test;
    char name[512];
    FILE *log;
    double start;
    struct outcome *outcome;
};

static struct running running[MOST_AT_ONCE];

/* A signal that ends this process ends what it runs; what is left to do, `finish` does. */
static volatile sig_atomic_t stopped_by;

static void interrupted(int signal_number)
{
    stopped_by = signal_number;
    for (int k = 0; k < MOST_AT_ONCE; k++)
        if (running[k].child > 0)
            kill(-running[k].child, SIGKILL);
}

static void stop(void)
{
    for (int k = 0; k < MOST_AT_ONCE; k++)
        if (running[k].child > 0) {
            kill(-running[k].child, SIGKILL);
            waitpid(running[k].child, NULL, 0);
            if (running[k].outcome->folder[0] != '\0')
                nftw(running[k].outcome->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        }
    exit(128 + stopped_by);
}

static void start(struct running *r, const struct test *t, const char *name, unsigned seconds)
{
    memset(r->outcome, 0, sizeof *r->outcome);
    r->test = t;
    snprintf(r->name, sizeof r->name, "%s", name);
    r->log = tmpfile();
    if (r->log == NULL) {
        perror("the test's log (tmpfile)");
        exit(1);
    }
    fflush(NULL);
    r->start = now();
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* until `interrupted` knows of the child */
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(1);
    }
    if (child == 0) {
        setpgid(0, 0);
        for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++)
            signal(deadly[k], SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        outcome = r->outcome;
        dup2(fileno(r->log), STDOUT_FILENO);
        dup2(fileno(r->log), STDERR_FILENO);
        alarm(seconds);
        t->run();
        atomic_store(&outcome->returned, true);
        exit(0); /* not _exit: sanitizers report at exit, through the exit code */
    }
    setpgid(child, child);
    r->child = child;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Wait until a test ends. Its seconds are those of processors: by the clock all that runs beside it would count. */
static bool finish(unsigned seconds, bool verbose)
{
    int status = 0;
    struct rusage use;
    pid_t child = -1;
    while (!stopped_by && (child = wait4(-1, &status, 0, &use)) < 0 && errno == EINTR)
        ;
    if (stopped_by)
        stop();
    struct running *r = NULL;
    for (int k = 0; k < MOST_AT_ONCE; k++)
        if (child > 0 && running[k].child == child)
            r = &running[k];
    if (r == NULL) {
        perror("wait");
        exit(1);
    }
    kill(-child, SIGKILL); /* what it has started and not waited for */
    r->child = 0;

    char fault[512] = "";
    struct outcome *o = r->outcome;
    int line = atomic_load(&o->last_line);
    const char *file = atomic_load(&o->last_file);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(fault, sizeof fault, "took more than %u seconds", seconds);
    else if (WIFSIGNALED(status))
        snprintf(fault, sizeof fault, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (!atomic_load(&o->returned))
        snprintf(fault, sizeof fault, "left with exit code %d before its end", WEXITSTATUS(status));
    else if (WEXITSTATUS(status) != 0)
        snprintf(fault, sizeof fault, "exit code %d after its end", WEXITSTATUS(status));
    else if (atomic_load(&o->checks) == 0)
        snprintf(fault, sizeof fault, "checked nothing");

    bool passed = fault[0] == '\0' && atomic_load(&o->failures) == 0;
    double spent = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                   1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    if (verbose && passed)
        printf("ok   %s (%.2f s)\n", r->name, spent);
    if (!passed) {
        printf("FAIL %s (%s:%d, %.2f s, %.2f s by the clock)\n", r->name, r->test->file, r->test->line, spent,
               now() - r->start);
        show_log(r->log);
        if (fault[0] != '\0' && file != NULL)
            printf("    %s; its last check was %s:%d\n", fault, file, line);
        else if (fault[0] != '\0')
            printf("    %s\n", fault);
    }
    fclose(r->log);
    if (o->folder[0] != '\0')
        nftw(o->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return passed;
}

int main(int argc, char **argv)
{
    bool list = false, verbose = false;
    int first = 1, at_once = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (strcmp(argv[first], "-l") == 0) {
            list = true;
        } else if (strcmp(argv[first], "-v") == 0) {
            verbose = true;
        } else if (strcmp(argv[first], "-j") == 0 && first + 1 < argc && atoi(argv[first + 1]) > 0) {
            at_once = atoi(argv[++first]);
        } else {
            fprintf(stderr, "usage: %s [-l] [-v] [-j N] [PART OF file/name]...\n", argv[0]);
            return 2;
        }
    }
    const char *text = getenv("TEST_TIMEOUT");
    unsigned seconds = text != NULL && atoi(text) > 0 ? (unsigned)atoi(text) : SECONDS;
    at_once = at_once > MOST_AT_ONCE ? MOST_AT_ONCE : at_once;

    size_t n = 0;
    for (const struct test *t = tests; t != NULL; t = t->next)
        n++;
    struct test **order = malloc((n + 1) * sizeof *order);
    struct outcome *outcomes = mmap(NULL, MOST_AT_ONCE * sizeof *outcomes, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (order == NULL || outcomes == MAP_FAILED) {
        perror("out of memory");
        return 1;
    }
    for (int k = 0; k < MOST_AT_ONCE; k++)
        running[k].outcome = &outcomes[k];
    for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++)
        signal(deadly[k], interrupted);
    n = 0;
    for (struct test *t = tests; t != NULL; t = t->next)
        order[n++] = t;
    qsort(order, n, sizeof *order, by_place);

    int passed = 0, failed = 0, chosen = 0, now_running = 0;
    for (size_t i = 0; i < n; i++) {
        char name[512];
        full_name(order[i], name, sizeof name);
        bool wanted = first == argc;
        for (int a = first; a < argc && !wanted; a++)
            wanted = strstr(name, argv[a]) != NULL;
        if (!wanted)
            continue;
        chosen++;
        if (list) {
            puts(name);
            continue;
        }
        int free_one = 0;
        if (now_running == at_once) {
            if (finish(seconds, verbose))
                passed++;
            else
                failed++;
            now_running--;
        }
        while (running[free_one].child != 0)
            free_one++;
        start(&running[free_one], order[i], name, seconds);
        now_running++;
    }
    for (; now_running > 0; now_running--) {
        if (finish(seconds, verbose))
            passed++;
        else
            failed++;
    }
    free(order);
    if (chosen == 0)
        fprintf(stderr, "%s: no test %s\n", argv[0],
                n == 0 ? "is in this binary" : "has such a name; -l lists them");
    if (!list)
        printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || chosen == 0;
}
