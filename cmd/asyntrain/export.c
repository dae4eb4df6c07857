/* SPDX-License-Identifier: MIT
 *
 * export: a model's weights as text that other programs read (lib/tag/export.h), to standard output or a file.
 */
#include "cmd/asyntrain/setup.h"
#include "cmd/asyntrain/verb.h"

#include "lib/base/outfile.h"
#include "lib/learn/decode.h"
#include "lib/tag/export.h"

#include <stdio.h>

enum { FORMAT, OUT, DECODE, WHOLE };
static const struct option options[] = {
    [FORMAT] = {"--format", "NAME", "tsv (default), crf++ or crfsuite"},
    [OUT] = {"--out", "FILE", "write this file instead of standard output"},
    [DECODE] = {"--decode", DECODE_CHOICES,
                "instead of the model's run.decode; free leaves out which label may follow which"},
    [WHOLE] = {"--whole", "none|letters|digits|both",
               "instead of the model's run.whole; none leaves out which runs are kept whole"},
    {NULL, NULL, NULL},
};

static bool write_file(const struct trained *t, const struct export_format *format, const char *path,
                       struct error *e)
{
    struct outfile *o = outfile_open(path, e);
    if (!o)
        return false;
    format->write(t, outfile_stream(o));
    return outfile_commit(o, e);
}

static bool write_model(const struct trained *t, const struct export_format *format,
                        const char *const *values, struct error *e)
{
    struct constraint *constraint = NULL;
    enum whole whole = WHOLE_NONE;
    if (!setup_decode(t, values[DECODE], &constraint, e))
        return false;
    const bool constrained = constraint != NULL;
    constraint_free(constraint);
    if (!setup_whole(t, values[WHOLE], &whole, e) || !format->fits(t, constrained, whole != WHOLE_NONE, e))
        return false;
    if (values[OUT])
        return write_file(t, format, values[OUT], e);
    format->write(t, setup_output());
    setup_output_end();
    return true; /* main says what did not arrive */
}

static int export_model(int argc, char **argv, const char *const *values)
{
    struct error e = {0};
    (void)argc;
    const struct export_format *format = export_find(values[FORMAT] ? values[FORMAT] : "tsv", &e);
    if (!format) {
        error_within(&e, "option --format");
        return verb_fail(&e);
    }
    struct trained *t = setup_trained(argv[0], &e);
    if (t)
        write_model(t, format, values, &e);
    trained_free(t);
    return e.kind ? verb_fail(&e) : 0;
}

const struct verb verb_export = {
    .name = "export",
    .summary = "write a model's weights for other programs: TSV, CRF++, CRFsuite",
    .operands = "RUN",
    .example = "asyntrain export RUN --format crf++ --out model.txt",
    .least = 1,
    .most = 1,
    .group = VERB_MODEL,
    .options = options,
    .run = export_model,
    .saves = true,
};
