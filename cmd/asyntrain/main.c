/* SPDX-License-Identifier: MIT
 *
 * main: the table of verbs, and from it the parsing of command lines.
 */
#include "cmd/asyntrain/choose.h"
#include "cmd/asyntrain/terminal.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/program.h"
#include "lib/base/text.h"
#include "lib/base/threads.h"
#include "lib/report/json_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTIONS = 32, OPTIONS_HELP = -2 }; /* of one verb, at most */

const struct verb *const verb_table[] = {
    &verb_train,    &verb_sweep,  &verb_cv,      &verb_init_config, &verb_check, &verb_bench,   &verb_report,
    &verb_simulate, &verb_theory, &verb_eval,    &verb_tag,         &verb_score, &verb_compare, &verb_inspect,
    &verb_export,   &verb_list,   &verb_version, &verb_help,        NULL,
};

static struct text_buffer command_line;

const char *verb_command(void)
{
    return command_line.bytes;
}

static void keep_command(int argc, char **argv)
{
    for (int k = 0; k < argc; k++) {
        char *word = text_shell_word(argv[k]);
        text_append(&command_line, span_of(k ? " " : ""));
        text_append(&command_line, span_of(word));
        memory_free(word);
    }
    text_append(&command_line, (struct span){"", 1});
}

int verb_fail(const struct error *e)
{
    /* error_set has escaped it; there may be no memory for more */
    char line[TERMINAL_LAST];
    terminal_last(line, sizeof line, e->text);
    fputs(line, stderr);
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

size_t verb_names(const char *names[VERBS])
{
    size_t count = 0;
    for (; verb_table[count]; count++)
        names[count] = verb_table[count]->name;
    return count;
}

const struct verb *verb_find(const char *word, struct error *e)
{
    const char *names[VERBS];
    char unknown[512];
    const size_t count = verb_names(names);
    snprintf(unknown, sizeof unknown, "no verb '%.200s'", word);
    const size_t k = choose_name(word, names, count, unknown, "see asyntrain help", e);
    return k < count ? verb_table[k] : NULL;
}

/* Fewer or more operands than the verb takes. */
static int misfit(const struct verb *v, int operands, char **operand)
{
    struct error e;
    if (operands < v->least)
        error_set(&e, ERROR_USAGE, "%s needs %d operand%s, not %d", v->name, v->least,
                  text_s((uint64_t)v->least), operands);
    else if (v->most == 0)
        error_set(&e, ERROR_USAGE, "%s takes no operands, and here is '%.200s'", v->name, operand[0]);
    else
        error_set(&e, ERROR_USAGE, "%s takes %d operand%s at most, and '%.200s' is one more", v->name,
                  v->most, text_s((uint64_t)v->most), operand[v->most]);
    error_add(&e, "; usage: asyntrain %s%s%s%s", v->name, *v->operands ? " " : "", v->operands,
              v->options ? " [options]" : "");
    return verb_fail(&e);
}

/* ---- options ---- */

bool verb_chooses(const struct option *o)
{
    return o->value && strchr(o->value, '|') &&
           o->value[strspn(o->value, "abcdefghijklmnopqrstuvwxyz0123456789-|")] == 0;
}

/* One of the words between bars? */
static bool check_choice(const struct option *o, const char *value, struct error *e)
{
    const char *names[OPTIONS], *near = NULL;
    char *copy = memory_copy(o->value, strlen(o->value)), *rest = NULL;
    size_t n = 0;
    bool known = false;
    for (char *word = strtok_r(copy, "|", &rest); word && n < OPTIONS; word = strtok_r(NULL, "|", &rest)) {
        known = known || strcmp(word, value) == 0;
        names[n++] = word;
    }
    near = known ? NULL : text_nearest(value, names, n);
    if (!known)
        error_set(e, ERROR_USAGE, "option %s: '%.60s' is none of %s%s%s%s", o->name, value, o->value,
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    memory_free(copy);
    return known;
}

/* Which option is it? OPTIONS: --help; -1 and an error. */
static int find_option(const struct verb *v, const char *said, size_t length, struct error *e)
{
    const char *names[OPTIONS + 1];
    char unknown[512], word[200], see[160];
    size_t count = 0;
    for (; v->options && v->options[count].name; count++)
        names[count] = v->options[count].name;
    names[count] = "--help";
    snprintf(word, sizeof word, "%.*s", (int)length, said);
    if (strcmp(word, "-o") == 0)
        strcpy(word, "--out");
    snprintf(unknown, sizeof unknown, "%s has no option '%.200s'", v->name, said);
    const bool keys = strstr(v->operands, "section.key=value") && strncmp(word, "--", 2) == 0 &&
                      !text_nearest(word, names, count + 1);
    snprintf(see, sizeof see, "see asyntrain help %s%s", v->name,
             keys ? "; a key of the configuration has no dashes: section.key=value" : "");
    const size_t k = choose_name(word, names, count + 1, unknown, see, e);
    return k > count ? -1 : k == count ? OPTIONS : (int)k;
}

/* Take the options out of argv; operands move to the front. Returns their number; -1 and an error; OPTIONS_HELP: help
 * is asked for. */
static int take_options(const struct verb *v, int argc, char **argv, const char **values, struct error *e)
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
        const size_t length = strcspn(argv[i], "=");
        const int k = find_option(v, argv[i], length, e);
        if (k < 0 || k == OPTIONS)
            return k < 0 ? -1 : OPTIONS_HELP;
        const struct option *o = &v->options[k];
        const bool attached = argv[i][length] == '=';
        if (attached && !o->value)
            error_set(e, ERROR_USAGE, "option %s takes no value", o->name);
        else if (o->value && !attached && i + 1 == argc)
            error_set(e, ERROR_USAGE, "option %s needs a value: %s %s", o->name, o->name, o->value);
        else
            values[k] = !o->value ? "" : attached ? argv[i] + length + 1 : argv[++i];
        if (e->kind || (verb_chooses(o) && !check_choice(o, values[k], e)))
            return -1;
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
    char line[TERMINAL_LAST];
    while (atomic_flag_test_and_set(&ending))
        pause();
    outfile_abandon_all();
    if (ftrylockfile(stdout) == 0)
        fflush(stdout); /* what tag has answered */
    if (write(STDERR_FILENO, line, terminal_last(line, sizeof line, e->text)) < 0)
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

static int help_on(const struct verb *v)
{
    return verb_help.run(1, (char *[]){(char *)v->name}, NULL);
}

static int run(const char *name, int argc, char **argv)
{
    struct error e = {0};
    const struct verb *v = verb_find(name, &e);
    if (!v)
        return verb_fail(&e);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help_on(v);
    const char *values[OPTIONS] = {NULL};
    const int operands = take_options(v, argc, argv, values, &e);
    if (operands == OPTIONS_HELP)
        return help_on(v);
    if (operands < 0)
        return verb_fail(&e);
    if (operands < v->least || (v->most >= 0 && operands > v->most))
        return misfit(v, operands, argv);
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
    keep_command(argc, argv);
    program_note(argv[0]);
    json_memory();
    atexit(end_of_library);
    int code = command(argc, argv);
    ours = true;
    return code;
}
