/* SPDX-License-Identifier: MIT
 *
 * replay: the targets of tests/fuzz without libFuzzer: kept inputs, and mutants of them that are the same on every
 * machine. It says what tests/test.c says, so that tests/run adds it up: a target is a test.
 *
 *     tests-fuzz [-l] [-v] [-j N] [--mutants N] [--seed N] [TARGET... | TARGET FILE...]
 *
 * -l lists the targets, -v names those that pass, -j runs up to N processes at once. --mutants: so many of each target
 * (100), drawn from its inputs in turn, by --seed. With a FILE: the target gets that input alone.
 *
 *     tests/fuzz/seeds/NAME/         good and odd inputs             tests/fuzz/regressions/NAME/    each a bug once
 *     build/seeds/NAME/              what tests/fuzz/make-seeds has written
 *
 * Inputs run in processes of their own, many in one. What fails is a crash, a hang (5 s of the processor), memory
 * above 1 GB, or memory that is lost: sanitizers see that, else glibc's own count does.
 */
#include "lib/base/memory.h"
#include "lib/base/rng.h"
#include "lib/base/text.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#define LEAKS() (__lsan_do_recoverable_leak_check() != 0)
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=1024:detect_stack_use_after_return=0";
}
#else
#define LEAKS() false
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#define COUNTED
#include <malloc.h>
#endif
#endif

enum {
    SECONDS = 5, /* of the processor, for one input */
    PATIENCE = 120, /* seconds by the clock, for one that waits */
    MEGABYTES = 1024,
    TICKS = 10, /* looks a second at time and memory */
    BATCH = 32, /* inputs in one process */
    MOST_AT_ONCE = 64, /* processes */
    INPUT_MOST = 1 << 20, /* bytes */
    LOG_SHOWN = 16384, /* bytes shown of what a process printed that failed */
    SHOWN = 10, /* failures of a target; more are counted */
};

enum verdict { GOOD, CRASH, HANG, MEMORY, LEAK, VERDICTS };

struct input {
    char *path;
    uint8_t *bytes;
    size_t n;
};

struct suite { /* a target and its inputs */
    const struct fuzz_target *target;
    struct input *input; /* [count] by name */
    size_t count, room;
    size_t next, total; /* inputs, then mutants: the next to begin, how many there are */
    size_t running; /* processes */
    size_t failed;
    double seconds; /* of processors */
};

/* What a process tells its parent: a shared page, because it survives a crash. */
struct report {
    atomic_size_t at; /* the input that runs now */
    atomic_int verdict; /* what it has found by itself */
    atomic_bool ended; /* it has run all its inputs */
};

struct running {
    pid_t child; /* 0 if none */
    struct suite *suite;
    size_t from, to; /* inputs */
    bool careful; /* look for lost memory after each */
    FILE *log;
    struct report *report;
};

static struct fuzz_target *targets;
static struct running running[MOST_AT_ONCE];
static struct report *mine; /* of this process */
static struct rng changes; /* of fuzz_mutate */
static uint64_t seed = 1;
static size_t mutants = 100; /* of each target */
static size_t found[VERDICTS]; /* among mutants */
static char folder[4096];

void fuzz_enlist(struct fuzz_target *t)
{
    struct fuzz_target **at = &targets; /* by name */
    while (*at && strcmp((*at)->name, t->name) < 0)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
}

/* ---- mutants */

static const char *const odd_words[] = {
    "0",
    "-1",
    "1",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "99999999999999999999",
    "1e999",
    "nan",
    "-",
    "%x[0,0]",
    "B-",
    "O",
    "\n\n",
    "\t",
    " ",
    "\r\n",
    "\xEF\xBB\xBF",
    "\xFF",
    "\xE4\xB8",
    "[",
    "{",
    "\"",
    "'",
    ":",
};

/* Put m bytes in place of `gone` ones at `at`. */
static size_t exchange(uint8_t *bytes, size_t n, size_t room, size_t at, size_t gone, const void *with,
                       size_t m)
{
    if (n - gone + m > room)
        return n;
    memmove(bytes + at + m, bytes + at + gone, n - at - gone);
    memcpy(bytes + at, with, m);
    return n - gone + m;
}

size_t fuzz_mutate(uint8_t *bytes, size_t n, size_t room)
{
    struct rng *r = &changes;
    uint8_t piece[64];
    size_t at = rng_below(r, n + 1), length = rng_below(r, n - at < 64 ? n - at + 1 : 64);
    const char *word = odd_words[rng_below(r, sizeof odd_words / sizeof *odd_words)];
    memcpy(piece, bytes + at, length);
    switch (n ? rng_below(r, 8) : 7) {
    case 0:
        if (at < n)
            bytes[at] ^= (uint8_t)(1 << rng_below(r, 8));
        return n;
    case 1:
        if (at < n)
            bytes[at] = (uint8_t)rng_bits(r);
        return n;
    case 2: /* cut */
        return rng_below(r, 4) ? n : at;
    case 3: /* leave out */
        return exchange(bytes, n, room, at, length, "", 0);
    case 4: /* twice, or many times */
        for (uint64_t k = 0, times = 1 + rng_below(r, 2) * rng_below(r, 64); k < times; k++)
            n = exchange(bytes, n, room, at, 0, piece, length);
        return n;
    case 5: /* again elsewhere */
        return exchange(bytes, n, room, rng_below(r, n + 1), 0, piece, length);
    case 6: { /* another byte wherever this one is */
        uint8_t old = bytes[at < n ? at : 0], new = (uint8_t)rng_bits(r);
        for (size_t i = 0; i < n; i++)
            bytes[i] = bytes[i] == old ? new : bytes[i];
        return n;
    }
    default:
        return exchange(bytes, n, room, at, rng_below(r, 2) ? length : 0, word, strlen(word));
    }
}

/* The k-th mutant of a target into bytes [INPUT_MOST]; how many bytes it has. */
static size_t mutant(const struct suite *s, size_t k, uint8_t *bytes)
{
    const struct input *base = &s->input[k % s->count];
    rng_init(&changes, seed, text_hash(s->target->name, strlen(s->target->name), 0), k);
    size_t n = base->n;
    memcpy(bytes, base->bytes, n);
    if (s->target->mutate && rng_below(&changes, 8))
        return s->target->mutate(bytes, n, INPUT_MOST, (unsigned)rng_bits(&changes));
    if (rng_below(&changes, 8) == 0) { /* the end of another */
        const struct input *other = &s->input[rng_below(&changes, s->count)];
        size_t at = rng_below(&changes, n + 1), from = rng_below(&changes, other->n + 1);
        n = exchange(bytes, n, INPUT_MOST, at, n - at, other->bytes + from, other->n - from);
    }
    for (uint64_t left = 1 + rng_below(&changes, 4); left > 0; left--)
        n = fuzz_mutate(bytes, n, INPUT_MOST);
    return n;
}

/* ---- one process */

static size_t peak_megabytes(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
#ifdef __APPLE__
    return (size_t)use.ru_maxrss >> 20;
#else
    return (size_t)use.ru_maxrss >> 10;
#endif
}

static _Noreturn void give_up(enum verdict verdict)
{
    atomic_store(&mine->verdict, (int)verdict);
    _exit(1);
}

static volatile sig_atomic_t ticks;

static void tick(int signal_number)
{
    (void)signal_number;
    if (peak_megabytes() > MEGABYTES)
        give_up(MEMORY);
    if (++ticks > SECONDS * TICKS)
        give_up(HANG);
}

static void waits(int signal_number)
{
    (void)signal_number;
    give_up(HANG);
}

static void watch(void)
{
    const struct itimerval often = {{0, 1000000 / TICKS}, {0, 1000000 / TICKS}};
    signal(SIGPROF, tick);
    signal(SIGALRM, waits);
    setitimer(ITIMER_PROF, &often, NULL);
}

/* Bytes that are allocated now. */
static size_t allocated(void)
{
#ifdef COUNTED
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
#else
    return 0;
#endif
}

static void run_once(const struct suite *s, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = memory_new(n, 1); /* so that a sanitizer sees what reads behind them */
    memcpy(exact, bytes, n);
    ticks = 0;
    alarm(PATIENCE);
    s->target->run(exact, n);
    memory_free(exact);
    if (peak_megabytes() > MEGABYTES)
        give_up(MEMORY);
}

/* Does this input lose memory? It has run, and `before` was allocated then; what is left of one run may be somebody's
 * for good, what each of two more leaves is lost. */
static bool leaks(const struct suite *s, const uint8_t *bytes, size_t n, size_t before)
{
    for (int again = 0; again < 2; again++) {
        if (allocated() <= before)
            return false;
        before = allocated();
        run_once(s, bytes, n);
    }
    return allocated() > before;
}

static _Noreturn void run_inputs(const struct suite *s, size_t from, size_t to, bool careful)
{
    uint8_t *bytes = memory_new(INPUT_MOST, 1);
    watch();
    for (size_t k = from; k < to; k++) {
        atomic_store(&mine->at, k);
        ticks = 0;
        size_t n = k < s->count ? s->input[k].n : mutant(s, k - s->count, bytes), before = allocated();
        const uint8_t *input = k < s->count ? s->input[k].bytes : bytes;
        run_once(s, input, n);
        /* (a sanitizer looks at all memory, which takes long: once in a batch of mutants) */
        bool look = careful || k < s->count || k + 1 == to;
        if ((look && LEAKS()) || leaks(s, input, n, before))
            give_up(LEAK);
    }
    atomic_store(&mine->ended, true);
    memory_free(bytes);
    fuzz_clean();
    exit(0);
}

/* ---- all of them */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static void clean(void)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void stop(int signal_number)
{
    for (int k = 0; k < MOST_AT_ONCE; k++)
        if (running[k].child > 0)
            kill(running[k].child, SIGKILL);
    clean();
    _exit(128 + signal_number);
}

static void start(struct running *r, struct suite *s, size_t from, size_t to, bool careful)
{
    r->suite = s;
    r->from = from;
    r->to = to;
    r->careful = careful;
    atomic_store(&r->report->at, from);
    atomic_store(&r->report->verdict, GOOD);
    atomic_store(&r->report->ended, false);
    if (!(r->log = tmpfile())) {
        perror("a log (tmpfile)");
        exit(1);
    }
    fflush(NULL);
    s->running++;
    r->child = fork();
    if (r->child < 0) {
        perror("fork");
        exit(1);
    }
    if (r->child > 0)
        return;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(fileno(r->log), STDERR_FILENO);
    mine = r->report;
    run_inputs(s, from, to, careful);
}

static void show_log(FILE *log)
{
    long size = fseek(log, 0, SEEK_END) == 0 ? ftell(log) : 0;
    fseek(log, size > LOG_SHOWN ? size - LOG_SHOWN : 0, SEEK_SET);
    int c, last = '\n';
    while ((c = getc(log)) != EOF) {
        if (last == '\n')
            fputs("    ", stdout);
        putchar(last = c);
    }
    if (last != '\n')
        putchar('\n');
}

/* Where a mutant is kept that has failed; "": it could not be written. */
static const char *keep(const struct suite *s, size_t k)
{
    static char path[512];
    uint8_t *bytes = memory_new(INPUT_MOST, 1);
    size_t n = mutant(s, k, bytes);
    snprintf(path, sizeof path, "build/fuzz/crashes/%s", s->target->name);
    mkdir("build/fuzz", 0777), mkdir("build/fuzz/crashes", 0777), mkdir(path, 0777);
    snprintf(path, sizeof path, "build/fuzz/crashes/%s/mutant-%llu-%zu", s->target->name,
             (unsigned long long)seed, k);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        *path = 0;
    memory_free(bytes);
    fuzz_clean(); /* or processes that are begun later would share the folder */
    return path;
}

static void blame(const struct running *r, enum verdict verdict, int status)
{
    struct suite *s = r->suite;
    size_t at = atomic_load(&r->report->at);
    char why[128];
    if (verdict == HANG)
        snprintf(why, sizeof why, "takes more than %d seconds", SECONDS);
    else if (verdict == MEMORY)
        snprintf(why, sizeof why, "needs more than %d MB", MEGABYTES);
    else if (verdict == LEAK)
        snprintf(why, sizeof why, "memory is lost");
    else if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof why, "left with exit code %d", WEXITSTATUS(status));
    if (at >= s->count)
        found[verdict]++;
    if (++s->failed > SHOWN) {
        if (s->failed == SHOWN + 1)
            printf("FAIL %s: further failures are counted, not shown\n", s->target->name);
        return;
    }
    if (at < s->count)
        printf("FAIL %s: %s: %s\n", s->target->name, s->input[at].path, why);
    else
        printf("FAIL %s: mutant %zu of seed %llu, of %s: %s; %s\n", s->target->name, at - s->count,
               (unsigned long long)seed, s->input[(at - s->count) % s->count].path, why,
               keep(s, at - s->count));
    show_log(r->log);
}

/* Wait until a process ends. What it has not come to is for another. */
static void finish(void)
{
    int status = 0;
    struct rusage use;
    pid_t child;
    while ((child = wait4(-1, &status, 0, &use)) < 0 && errno == EINTR)
        ;
    struct running *r = running;
    while (r < running + MOST_AT_ONCE && (child <= 0 || r->child != child))
        r++;
    if (r == running + MOST_AT_ONCE) {
        perror("wait");
        exit(1);
    }
    struct suite *s = r->suite;
    r->child = 0;
    s->running--;
    s->seconds += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                  1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    enum verdict verdict = (enum verdict)atomic_load(&r->report->verdict);
    size_t at = atomic_load(&r->report->at);
    bool failed =
        verdict != GOOD || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || !atomic_load(&r->report->ended);
    bool again = verdict == LEAK && at >= s->count && !r->careful; /* which of the batch is it? */
    if (failed && !again)
        blame(r, verdict != GOOD ? verdict : CRASH, status);
    fclose(r->log);
    if (again)
        start(r, s, r->from, r->to, true);
    else if (failed && at + 1 < r->to)
        start(r, s, at + 1, r->to, r->careful);
}

static struct running *free_one(size_t at_once)
{
    for (;;) {
        for (size_t k = 0; k < at_once; k++)
            if (running[k].child == 0)
                return &running[k];
        finish();
    }
}

static void run_suite(struct suite *s, size_t at_once)
{
    for (; s->next < s->total; s->next += BATCH) {
        size_t to = s->total - s->next < BATCH ? s->total : s->next + BATCH;
        start(free_one(at_once), s, s->next, to, false);
    }
}

/* ---- the inputs */

static void add(struct suite *s, const char *path)
{
    struct stat status;
    FILE *f = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    if (!f)
        return;
    struct input x = {.path = memory_copy(path, strlen(path)), .bytes = memory_new(INPUT_MOST, 1)};
    x.n = fread(x.bytes, 1, INPUT_MOST, f);
    fclose(f);
    x.bytes = memory_fit(x.bytes, x.n, 1);
    s->input = memory_grow(s->input, &s->room, s->count + 1, sizeof *s->input);
    s->input[s->count++] = x;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->path, ((const struct input *)b)->path);
}

static void collect(struct suite *s)
{
    static const char *const where[] = {"tests/fuzz/seeds", "tests/fuzz/regressions", "build/seeds"};
    char path[1024];
    for (size_t k = 0; k < sizeof where / sizeof *where; k++) {
        snprintf(path, sizeof path, "%s/%s", where[k], s->target->name);
        DIR *d = opendir(path);
        for (const struct dirent *entry; d && (entry = readdir(d));) {
            snprintf(path, sizeof path, "%s/%s/%s", where[k], s->target->name, entry->d_name);
            add(s, path);
        }
        if (d)
            closedir(d);
    }
    if (s->count)
        qsort(s->input, s->count, sizeof *s->input, by_path);
}

static const struct fuzz_target *find(const char *name)
{
    const struct fuzz_target *t = targets;
    while (t && strcmp(t->name, name) != 0)
        t = t->next;
    return t;
}

/* Is a target chosen, by words of which some may be files? */
static bool chosen(const struct fuzz_target *t, int argc, char **argv)
{
    bool any = argc > 0;
    for (int k = 0; k < argc; k++)
        if (strstr(t->name, argv[k]))
            return true;
    return !any;
}

static int usage(const char *name)
{
    fprintf(stderr, "usage: %s [-l] [-v] [-j N] [--mutants N] [--seed N] [TARGET... | TARGET FILE...]\n",
            name);
    return 2;
}

/* Begin anew without the allocator's caches for threads: what they hold counts as allocated. */
static void count_exactly(char **argv)
{
#ifdef COUNTED
    if (!getenv("GLIBC_TUNABLES") && setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1) == 0)
        execv(argv[0], argv); /* where that fails, a loss may be seen that is none */
#else
    (void)argv;
#endif
}

static void prepare(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/asyntrain-fuzz-XXXXXX", parent && *parent ? parent : "/tmp");
    struct report *reports =
        mmap(NULL, MOST_AT_ONCE * sizeof *reports, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!mkdtemp(folder) || setenv("TMPDIR", folder, 1) != 0 || reports == MAP_FAILED) {
        perror(folder);
        exit(1);
    }
    for (int k = 0; k < MOST_AT_ONCE; k++)
        running[k].report = &reports[k];
    memory_on_failure(fuzz_no_memory);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
}

/* Run a target's inputs; false: one has failed, or there are none. */
static bool run_target(struct suite *s, size_t at_once, bool verbose)
{
    s->total = s->count + (s->count ? mutants : 0);
    run_suite(s, at_once);
    while (s->running > 0)
        finish();
    if (s->count == 0)
        printf("FAIL %s: no input in tests/fuzz/seeds/%s or build/seeds/%s\n", s->target->name,
               s->target->name, s->target->name);
    else if (s->failed == 0 && verbose)
        printf("ok   %s (%.2f s)\n", s->target->name, s->seconds);
    for (size_t k = 0; k < s->count; k++) {
        memory_free(s->input[k].path);
        memory_free(s->input[k].bytes);
    }
    memory_free(s->input);
    return s->count && s->failed == 0;
}

int main(int argc, char **argv)
{
    bool list = false, verbose = false, told = false;
    size_t at_once = 1, passed = 0, failed = 0, inputs = 0, made = 0;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        const char *value = first + 1 < argc ? argv[first + 1] : "";
        long long number = 0;
        bool numeric = text_integer(span_of(value), &number) && number >= 0;
        if (strcmp(argv[first], "-l") == 0)
            list = true;
        else if (strcmp(argv[first], "-v") == 0)
            verbose = true;
        else if (strcmp(argv[first], "-j") == 0 && numeric && number > 0 && ++first)
            at_once = number > MOST_AT_ONCE ? MOST_AT_ONCE : (size_t)number;
        else if (strcmp(argv[first], "--mutants") == 0 && numeric && ++first)
            mutants = (size_t)number, told = true;
        else if (strcmp(argv[first], "--seed") == 0 && numeric && ++first)
            seed = (uint64_t)number;
        else
            return usage(argv[0]);
    }
    count_exactly(argv);
    prepare();
    const struct fuzz_target *alone =
        first + 1 < argc && access(argv[first + 1], R_OK) == 0 ? find(argv[first]) : NULL;
    mutants = alone && !told ? 0 : mutants;
    for (const struct fuzz_target *t = targets; t; t = t->next) {
        struct suite s = {.target = t};
        if (alone ? t != alone : !chosen(t, argc - first, argv + first))
            continue;
        if (list) {
            puts(t->name);
            continue;
        }
        if (!alone)
            collect(&s);
        for (int k = first + 1; alone && k < argc; k++)
            add(&s, argv[k]);
        inputs += s.count;
        made += s.count ? mutants : 0;
        if (run_target(&s, at_once, verbose))
            passed++;
        else
            failed++;
    }
    clean();
    if (told)
        printf("%zu inputs and %zu mutants: %zu crashes, %zu hangs over %d s, %zu above %d MB, %zu losses of "
               "memory "
               "among the mutants\n",
               inputs, made, found[CRASH], found[HANG], SECONDS, found[MEMORY], MEGABYTES, found[LEAK]);
    if (!list)
        printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || (passed == 0 && !list);
}
