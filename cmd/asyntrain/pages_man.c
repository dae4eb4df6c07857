/* SPDX-License-Identifier: MIT
 *
 * pages_man: the manual page asyntrain(1), in roff with the macros of man(7).
 */
#include "cmd/asyntrain/pages.h"

#include "lib/base/text.h"
#include "lib/base/version.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name, *meaning;
};

static const struct row variables[] = {
    {"ASYNTRAIN_CORPORA",
     "The folder of corpora. The configurations that come with asyntrain have ${ASYNTRAIN_CORPORA} in their "
     "paths; any other variable may stand in a path likewise."},
    {"ASYNTRAIN_KERNEL",
     "plain, avx2 or avx512: compute with this kernel in place of the best one that the processor has."},
    {"NO_COLOR", "If it is set and not empty, nothing is coloured."},
    {"COLUMNS", "Width of the help, where the terminal does not tell it."},
    {NULL, NULL},
};

static const struct row files[] = {
    {"config.yaml", "The complete configuration. `asyntrain train RUN/config.yaml` repeats the run."},
    {"model.safetensors", "Weights, vocabulary and configuration."},
    {"metrics.jsonl", "One JSON object an event: the run, each epoch with its score, the summary."},
    {"log.txt", "The messages of the run."},
    {"trace.jsonl, trace.json", "When each gradient was read, computed and written (engine.trace.pass)."},
    {"checkpoint-SAMPLES.safetensors", "Where a run that was stopped goes on (--resume)."},
    {"best.safetensors", "The best model of a run that was stopped (run.keep)."},
    {"diverged/", "The logs of a run that diverged."},
    {NULL, NULL},
};

static const struct row signals[] = {
    {"INT (Ctrl-C), TERM, HUP",
     "train finishes the sample in hand, writes a checkpoint and ends with code 130, 143 or 129. The same "
     "again ends it at once."},
    {"USR1", "train writes a checkpoint and goes on."},
    {NULL, NULL},
};

/* Text of a line that may begin with anything and hold any character. */
static void print_text(const char *text)
{
    for (struct span rest = span_of(text); rest.n > 0;) {
        const size_t n = text_utf8_first(rest);
        const unsigned char *s = (const unsigned char *)rest.s;
        if (n == 3)
            printf("\\[u%04X]", (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u));
        else if (n == 2)
            printf("\\[u%04X]", (s[0] & 31u) << 6 | (s[1] & 63u));
        else if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '-')
            fputs("\\-", stdout);
        else if (*s == '\'')
            fputs("\\(aq", stdout);
        else if (*s == '"')
            fputs("\\(dq", stdout);
        else if (*s == '`')
            fputs("\\(ga", stdout);
        else if (*s == '.' && rest.s == text)
            fputs("\\&.", stdout);
        else
            putchar(*s == '\n' ? ' ' : *s);
        rest.s += n, rest.n -= n;
    }
}

static void section(const char *title)
{
    printf(".SH %s\n", title);
}

static void line(const char *text)
{
    print_text(text);
    putchar('\n');
}

/* A paragraph under a tag in bold; `value` behind it, or NULL. */
static void tagged(const char *name, const char *value, const char *text)
{
    fputs(".TP\n\\fB", stdout);
    print_text(name);
    fputs("\\fR", stdout);
    if (value) {
        fputs(" \\fI", stdout);
        print_text(value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    line(text);
}

static void rows(const char *title, const struct row *row)
{
    section(title);
    for (; row->name; row++)
        tagged(row->name, NULL, row->meaning);
}

static void example(const char *command)
{
    fputs(".PP\n.nf\n.RS 4\n", stdout);
    line(command);
    fputs(".RE\n.fi\n", stdout);
}

static void print_verb(const struct verb *v)
{
    fputs(".SS \"", stdout);
    print_text(v->name);
    if (*v->operands) {
        putchar(' ');
        print_text(v->operands);
    }
    fputs(v->options ? " [options]\"\n" : "\"\n", stdout);
    putchar(toupper((unsigned char)*v->summary));
    print_text(v->summary + 1);
    puts(".");
    for (const struct option *o = v->options; o && o->name; o++)
        tagged(o->name, o->value, o->help);
    example(v->example);
}

void pages_man(void)
{
    printf(".\\\" SPDX-License-Identifier: MIT\n"
           ".\\\" Written by `make docs`, from the tables of the program.\n"
           ".TH ASYNTRAIN 1 \"\" \"asyntrain %s\" \"User Commands\"\n",
           VERSION);
    section("NAME");
    puts("asyntrain \\- train sequence labellers in parallel, without locks");
    section("SYNOPSIS");
    puts(".B asyntrain\n.I VERB\n[\\fIoperands\\fR] [\\fIoptions\\fR]");
    section("DESCRIPTION");
    line("asyntrain trains sequence labellers (dense conditional random fields, Bi-LSTM) with several "
         "threads that share the weights and take no locks (AsynGrad, Sun 2016), and in other modes to "
         "compare with. It reads columns as of CoNLL, CoNLL-U and segmented text, and writes a folder for "
         "each run.");
    puts(".PP");
    line("A verb and a long option may be cut short where no other begins so. A value follows its option, "
         "or stands behind it and an equals sign.");
    section("CONFIGURATION");
    line("A configuration is a YAML file with the sections corpus, features, model, optimizer, engine and "
         "run. Later files override earlier ones, and section.key=value on the command line overrides "
         "files. `asyntrain list keys` has all keys with their values and defaults; `asyntrain list` has "
         "the rest of the tables.");
    for (int group = 0; group < VERB_GROUPS; group++) {
        char title[64] = "VERBS: ";
        for (size_t k = 0, n = strlen(title); verb_group_table[group][k] && n + k + 1 < sizeof title; k++)
            title[n + k] = (char)toupper((unsigned char)verb_group_table[group][k]), title[n + k + 1] = 0;
        section(title);
        for (const struct verb *const *v = verb_table; *v; v++)
            if ((int)(*v)->group == group)
                print_verb(*v);
    }
    section("EXIT STATUS");
    for (const struct error_row *row = error_table; row->name; row++) {
        char code[16];
        snprintf(code, sizeof code, "%d", row->code);
        tagged(code, row->name, row->meaning);
    }
    rows("ENVIRONMENT", variables);
    section("FILES");
    puts("A run is a folder. Its files appear together, when the run is complete.");
    for (const struct row *row = files; row->name; row++)
        tagged(row->name, NULL, row->meaning);
    rows("SIGNALS", signals);
    section("SEE ALSO");
    line("The guide, and pages on templates, metrics and results, are in share/doc/asyntrain of the place "
         "that asyntrain was installed to.");
}
