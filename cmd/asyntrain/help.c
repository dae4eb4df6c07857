/* SPDX-License-Identifier: MIT
 *
 * help: what the tables of verbs say, laid out for a terminal of any width.
 */
#include "cmd/asyntrain/paragraph.h"
#include "cmd/asyntrain/verb.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 26 }; /* where the help of options begins at the latest */

const char *const verb_group_table[VERB_GROUPS] = {"experiments", "models", "about"};

static void left_of(const struct option *o, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void one_verb(const struct verb *v, size_t width)
{
    char text[256];
    size_t column = 0;
    snprintf(text, sizeof text, "%s %s%s%s", v->name, v->operands, *v->operands ? " " : "",
             v->options ? "[options]" : "");
    paragraph_pair("usage: asyntrain", text, 0, strlen("usage: asyntrain") + 1, width);
    paragraph_print(v->summary, 0, 0, width);
    for (const struct option *o = v->options; o && o->name; o++) {
        left_of(o, text, sizeof text);
        const size_t needed = strlen(text) + 4;
        column = needed > column && needed <= COLUMN ? needed : column;
    }
    column = column ? column : COLUMN;
    for (const struct option *o = v->options; o && o->name; o++) {
        left_of(o, text, sizeof text);
        paragraph_pair(text, o->help, 2, column, width);
    }
    paragraph_pair("example:", v->example, 0, strlen("example:") + 1, width);
}

static void all_verbs(size_t width)
{
    const size_t names = 14;
    puts("asyntrain trains sequence labellers in parallel without locks (AsynGrad).");
    puts("usage: asyntrain VERB [operands] [options]");
    for (int group = 0; group < VERB_GROUPS; group++) {
        printf("\n%s\n", verb_group_table[group]);
        for (const struct verb *const *v = verb_table; *v; v++)
            if ((int)(*v)->group == group)
                paragraph_pair((*v)->name, (*v)->summary, 2, names, width);
    }
    puts("\nexit codes");
    for (const struct error_row *row = error_table; row->name; row++) {
        char code[32];
        snprintf(code, sizeof code, "%-3d %s", row->code, row->name);
        paragraph_pair(code, row->meaning, 2, 16, width);
    }
    putchar('\n');
    paragraph_print(
        "`asyntrain VERB --help` has the operands and options of a verb. A verb or a long option may be "
        "cut short where no other begins so: `asyntrain tr` is `asyntrain train`. `-o` is `--out`.",
        0, 0, width);
}

static int help(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    (void)values;
    const size_t width = paragraph_width();
    const struct verb *v = argc ? verb_find(argv[0], &e) : NULL;
    if (argc && !v)
        return verb_fail(&e);
    if (v)
        one_verb(v, width);
    else
        all_verbs(width);
    return 0;
}

const struct verb verb_help = {
    .name = "help",
    .summary = "print this help, or that of one verb",
    .operands = "[VERB]",
    .example = "asyntrain help train",
    .most = 1,
    .group = VERB_ABOUT,
    .run = help,
};
