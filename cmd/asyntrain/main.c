/* SPDX-License-Identifier: MIT
 *
 * main: the table of verbs, and from it help and the parsing of command lines.
 */
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"
#include "lib/base/threads.h"
#include "lib/num/kernel.h"
#include "lib/num/real.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"
#define OPTIONS 32 /* of one verb, at most */

const struct verb *const verb_table[] = {
    &verb_train,  &verb_sweep, &verb_cv,      &verb_eval,     &verb_tag,
    &verb_score,  &verb_check, &verb_bench,   &verb_simulate, &verb_theory,
    &verb_report, &verb_list,  &verb_version, &verb_help,     NULL,
};

int verb_fail(const struct error *e)
{
    /* error_set has escaped it; there may be no memory for more */
    fprintf(stderr, "asyntrain: %s\n", e->text);
    return (int)e->kind;
}

static const char *remedy(int fault)
{
    switch (fault) {
    case ENOSPC:
    case EDQUOT:
        return "free some space or send it elsewhere";
    case EFBIG:
        return "raise the limit on file sizes (ulimit -f)";
    case EBADF:
        return "it is closed: send it to a file, or to /dev/null";
    default:
        return "check where it goes";
    }
}

bool verb_flush(int before, struct error *e)
{
    static int fault; /* the first one: the next time there is nothing left to write */
    fault = fault ? fault : before;
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && !fault)
        fault = errno ? errno : EIO;
    if (!fault || fault == EPIPE)
        return true;
    return error_set(e, ERROR_IO, "standard output: %s; %s", error_reason(fault), remedy(fault));
}

static const struct verb *find_verb(const char *name)
{
    for (const struct verb *const *v = verb_table; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[32];
    size_t count = 0;
    for (const struct verb *const *v = verb_table; *v; v++)
        names[count++] = (*v)->name;
    const char *near = text_nearest(name, names, count);
    text_say(stderr, "asyntrain: no verb '%s'%s%s%s; see asyntrain help", name,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return ERROR_USAGE;
}

static void usage(const struct verb *v, FILE *out)
{
    fprintf(out, "usage: asyntrain %s%s%s%s\n", v->name, *v->operands ? " " : "", v->operands,
            v->options ? " [options]" : "");
}

static int help(int argc, char **argv, const char *const *values)
{
    (void)values;
    if (argc) {
        const struct verb *v = find_verb(argv[0]);
        if (!v)
            return unknown_verb(argv[0]);
        usage(v, stdout);
        printf("%s\n", v->summary);
        for (const struct option *o = v->options; o && o->name; o++)
            printf("  %s %-*s %s\n", o->name, (int)(17 - strlen(o->name)), o->value ? o->value : "", o->help);
        printf("example: %s\n", v->example);
        return 0;
    }
    puts("asyntrain trains sequence labellers in parallel without locks (AsynGrad, Sun 2016).\n");
    for (const struct verb *const *v = verb_table; *v; v++)
        printf("  asyntrain %-8s %-40s %s\n", (*v)->name, (*v)->operands, (*v)->summary);
    puts("\nexit codes");
    for (const struct error_row *row = error_table; row->name; row++)
        printf("  %-3d %-9s %s\n", row->code, row->name, row->meaning);
    return 0;
}

static int version(int argc, char **argv, const char *const *values)
{
    (void)argc;
    (void)argv;
    (void)values;
    printf("asyntrain %s (real: %s, kernel: %s)\n", VERSION,
           sizeof(real) == sizeof(float) ? "float" : "double", kernel_get()->name);
    return 0;
}

const struct verb verb_help = {
    .name = "help",
    .summary = "print this help, or that of one verb",
    .operands = "[VERB]",
    .example = "asyntrain help train",
    .most = 1,
    .run = help,
};

const struct verb verb_version = {
    .name = "version",
    .summary = "print the version, and what it runs on",
    .operands = "",
    .example = "asyntrain version",
    .run = version,
};

/* Take the options out of argv; operands move to the front. Returns their number, -1 on a fault. */
static int take_options(const struct verb *v, int argc, char **argv, const char **values)
{
    int operands = 0;
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        if (ended || argv[i][0] != '-' || argv[i][1] == 0) {
            argv[operands++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            ended = true;
            continue;
        }
        size_t k = 0, length = strcspn(argv[i], "=");
        const char *names[OPTIONS];
        for (; v->options && v->options[k].name; k++) {
            names[k] = v->options[k].name;
            if (strlen(names[k]) == length && strncmp(names[k], argv[i], length) == 0)
                break;
        }
        const struct option *o = v->options && v->options[k].name ? &v->options[k] : NULL;
        if (!o) {
            const char *near = text_nearest(argv[i], names, k);
            text_say(stderr, "asyntrain: %s has no option '%s'%s%s%s; see asyntrain help %s", v->name,
                     argv[i], near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", v->name);
            return -1;
        }
        bool attached = argv[i][length] == '=';
        if (attached && !o->value) {
            text_say(stderr, "asyntrain: option %s takes no value", o->name);
            return -1;
        }
        if (o->value && !attached && i + 1 == argc) {
            text_say(stderr, "asyntrain: option %s needs a value: %s %s", o->name, o->name, o->value);
            return -1;
        }
        values[k] = !o->value ? "" : attached ? argv[i] + length + 1 : argv[++i];
    }
    return operands;
}

/* No file opened later may get the number of a closed standard stream, or messages would end in it. Opened the
 * wrong way round, so that reading and writing still fail. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* The end from within, by whatever thread: nothing is left half written. The first that comes ends all. */
static _Noreturn void end_at_once(const struct error *e)
{
    static atomic_flag ending = ATOMIC_FLAG_INIT;
    char line[sizeof e->text + 32];
    while (atomic_flag_test_and_set(&ending))
        pause();
    outfile_abandon_all();
    if (ftrylockfile(stdout) == 0)
        fflush(stdout); /* what tag has answered */
    int n = snprintf(line, sizeof line, "asyntrain: %s\n", e->text);
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        _Exit(e->kind); /* which says it as well */
    _Exit(e->kind);
}

static void end_without_memory(const char *message)
{
    struct error e;
    error_set(&e, ERROR_MEMORY,
              "%s; use a smaller corpus or model, a higher features.cutoff, a machine with more memory or a "
              "higher limit (ulimit -v)",
              message);
    end_at_once(&e);
}

/* Libraries that cannot have memory or threads call exit(), too: OpenMP's, and OpenBLAS. */
static bool ours; /* the end is main's own */

static void end_of_library(void)
{
    struct error e;
    if (ours)
        return;
    if (threads_refused(&e))
        end_at_once(&e);
    memory_failed("a library had none left, and ended the program");
}

static int run(const char *name, int argc, char **argv)
{
    const struct verb *v = find_verb(name);
    if (!v)
        return unknown_verb(name);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help(1, (char *[]){(char *)v->name}, NULL);
    const char *values[OPTIONS] = {NULL};
    int operands = take_options(v, argc, argv, values);
    if (operands < 0)
        return ERROR_USAGE;
    if (operands < v->least || (v->most >= 0 && operands > v->most)) {
        usage(v, stderr);
        return ERROR_USAGE;
    }
    if (v->saves)
        signal(SIGPIPE, SIG_IGN); /* who reads the words may go away; the run goes on */
    return v->run(operands, argv, values);
}

static int command(int argc, char **argv)
{
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer); /* tag flushes when its input may make us wait */
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of writing, not the end */
    const char *name = argc > 1 ? argv[1] : "help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    struct error e;
    int code = run(name, argc > 2 ? argc - 2 : 0, argv + 2);
    if (code == 0 && !verb_flush(0, &e))
        return verb_fail(&e);
    return code;
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    memory_on_failure(end_without_memory);
    atexit(end_of_library);
    int code = command(argc, argv);
    ours = true;
    return code;
}
