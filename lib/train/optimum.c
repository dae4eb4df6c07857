/* SPDX-License-Identifier: MIT */
#include "lib/train/optimum.h"

#include "lib/base/memory.h"
#include "lib/data/vocab.h"
#include "lib/report/modelfile.h"

#include <string.h>

static bool same(const struct vocab *a, const struct vocab *b)
{
    struct span x = vocab_bytes(a), y = vocab_bytes(b);
    return vocab_count(a) == vocab_count(b) && x.n == y.n && memcmp(x.s, y.s, x.n) == 0 &&
           memcmp(vocab_ends(a), vocab_ends(b), vocab_count(a) * sizeof(uint32_t)) == 0;
}

static bool foreign(const struct modelfile *file, const char *what, struct error *e)
{
    return error_set(
        e, ERROR_MODEL,
        "%s: is no optimum for this run: %s are others; set engine.audit.optimum to a run of the "
        "same corpora, features and model",
        modelfile_path(file), what);
}

static bool fits(const struct modelfile *file, const struct space *space, struct error *e)
{
    struct space *its = modelfile_space(file, e);
    if (!its)
        return false;
    bool labels = same(its->labels, space->labels);
    bool features =
        same(its->values, space->values) && same(its->node, space->node) && same(its->edge, space->edge);
    space_free(its);
    return (labels && features) || foreign(file, labels ? "features" : "labels", e);
}

bool optimum_load(const char *path, const struct space *space, const struct layout *layout, real **w,
                  struct error *e)
{
    *w = NULL;
    struct modelfile *file = modelfile_open(path, e);
    if (!file)
        return false;
    bool good = fits(file, space, e);
    if (good) {
        *w = memory_lines(layout->size, sizeof **w);
        good = modelfile_groups(file) == layout->ngroups && modelfile_weights(file, layout, *w, e);
        if (!good)
            foreign(file, "weights", e);
    }
    modelfile_close(file);
    if (!good) {
        memory_free(*w);
        *w = NULL;
    }
    return good;
}

bool optimum_read(const struct config *c, const struct space *space, const struct layout *layout, real **w,
                  struct error *e)
{
    const char *path = config_string(c, "engine.audit.optimum");
    *w = NULL;
    if (!*path)
        return true;
    if (config_integer(c, "engine.audit.every") == 0)
        return config_fault(c, "engine.audit.optimum", e,
                            "no gradient is held against it; set engine.audit.every to 1 or more");
    return optimum_load(path, space, layout, w, e);
}
