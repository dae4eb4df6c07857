/* SPDX-License-Identifier: MIT */
#include "lib/learn/probes.h"

#include "lib/base/outfile.h"

#include <assert.h>

/* Windows end in the opposite order of their beginning. */
static bool is_end(enum moment_kind at)
{
    return at == READ_END || at == GRADIENT_END || at == WRITE_END || at == EPOCH_END;
}

static void add_hooks(struct probes *p, struct probe *probe)
{
    for (int at = 0; at < MOMENTS; at++) {
        struct probe_hook *hook = p->hook[at];
        uint32_t n = 0;
        if (!probe->ops->at[at])
            continue;
        while (hook[n].call)
            n++;
        for (; is_end((enum moment_kind)at) && n > 0; n--)
            hook[n] = hook[n - 1];
        hook[n] = (struct probe_hook){probe->ops->at[at], probe};
    }
}

bool probes_init(struct probes *p, const struct session *s, const struct config *c, struct error *e)
{
    *p = (struct probes){.count = 0};
    e->kind = ERROR_NONE;
    for (const struct probe_ops *const *ops = probe_table; *ops && e->kind == ERROR_NONE; ops++) {
        struct probe *probe = (*ops)->create(s, c, e);
        if (!probe)
            continue;
        assert(p->count < PROBES_MOST);
        p->probe[p->count++] = probe;
        if (!probe->idle)
            add_hooks(p, probe);
    }
    return e->kind == ERROR_NONE;
}

void probes_free(struct probes *p)
{
    while (p->count > 0) {
        struct probe *probe = p->probe[--p->count];
        probe->ops->destroy(probe);
    }
}

struct probe *probes_find(const struct probes *p, const struct probe_ops *ops)
{
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops == ops)
            return p->probe[k];
    return NULL;
}

unsigned probes_want(const struct probes *p, size_t ticket)
{
    unsigned wants = 0;
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->wants)
            wants |= p->probe[k]->ops->wants(p->probe[k], ticket);
    return wants;
}

const struct gradient_counts *probes_counts(const struct probes *p, uint32_t worker)
{
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->counts)
            return p->probe[k]->ops->counts(p->probe[k], worker);
    return NULL;
}

bool probes_suffice(const struct probes *p, uint32_t epochs, struct error *e)
{
    bool good = true;
    for (uint32_t k = 0; k < p->count && good; k++)
        good = !p->probe[k]->ops->suffices || p->probe[k]->ops->suffices(p->probe[k], epochs, e);
    return good;
}

void probes_report(const struct probes *p, enum report_scope scope, uint32_t worker, struct runlog *log)
{
    for (uint32_t k = p->count; k-- > 0;) /* those that count errors, the innermost, come first */
        if (p->probe[k]->ops->report)
            p->probe[k]->ops->report(p->probe[k], scope, worker, log);
}

bool probes_open(struct probes *p, const char *folder, struct error *e)
{
    bool good = true;
    for (uint32_t k = 0; k < p->count && good; k++)
        good = !p->probe[k]->ops->open || p->probe[k]->ops->open(p->probe[k], folder, e);
    return good;
}

struct outfile *probes_file(const struct probes *p, uint32_t k)
{
    return p->probe[k]->ops->file ? p->probe[k]->ops->file(p->probe[k]) : NULL;
}

bool probes_flush(struct probes *p, struct error *e)
{
    bool good = true;
    for (uint32_t k = 0; k < p->count && good; k++)
        good = !probes_file(p, k) || outfile_flush(probes_file(p, k), e);
    return good;
}

bool probes_finish(struct probes *p, const char *model, struct error *e)
{
    bool good = true;
    for (uint32_t k = 0; k < p->count && good; k++) {
        const struct probe_ops *ops = p->probe[k]->ops;
        good = (!ops->finish || ops->finish(p->probe[k], model, e)) &&
               (!probes_file(p, k) || outfile_finish(probes_file(p, k), e));
    }
    return good;
}

bool probes_commit(struct probes *p, struct error *e)
{
    bool good = true;
    struct error later; /* the first fault is the one to tell; the others are let go as well */
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->commit)
            good = p->probe[k]->ops->commit(p->probe[k], good ? e : &later) && good;
    return good;
}

void probes_abandon(struct probes *p)
{
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->abandon)
            p->probe[k]->ops->abandon(p->probe[k]);
}

void probes_epoch_words(const struct probes *p, void (*say)(void *to, const char *words), void *to)
{
    char words[PROBE_WORDS];
    for (uint32_t k = 0; k < p->count; k++) {
        words[0] = '\0';
        if (p->probe[k]->ops->epoch_words)
            p->probe[k]->ops->epoch_words(p->probe[k], words);
        if (*words)
            say(to, words);
    }
}

void probes_run_words(const struct probes *p, uint32_t epochs, void (*say)(void *to, const char *words),
                      void *to)
{
    char words[PROBE_WORDS];
    for (uint32_t k = 0; k < p->count; k++) {
        words[0] = '\0';
        if (p->probe[k]->ops->run_words)
            p->probe[k]->ops->run_words(p->probe[k], epochs, words);
        if (*words)
            say(to, words);
    }
}

void probes_pause(struct probes *p)
{
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->pause)
            p->probe[k]->ops->pause(p->probe[k]);
}

bool probes_pause_anywhere(const struct probes *p)
{
    bool good = true;
    for (uint32_t k = 0; k < p->count; k++)
        good &= !p->probe[k]->ops->whole_epochs;
    return good;
}

void probes_state(struct probes *p, struct state_list *list)
{
    for (uint32_t k = 0; k < p->count; k++) {
        list->owner = p->probe[k]->ops->name;
        if (p->probe[k]->ops->state)
            p->probe[k]->ops->state(p->probe[k], list);
    }
}

size_t probes_memory_bytes(const struct probes *p)
{
    size_t bytes = 0;
    for (uint32_t k = 0; k < p->count; k++)
        if (p->probe[k]->ops->memory_bytes)
            bytes += p->probe[k]->ops->memory_bytes(p->probe[k]);
    return bytes;
}
