/* SPDX-License-Identifier: MIT */
#include "lib/base/ledger.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Open addressing, at most half full. */
struct held {
    void *what; /* NULL: free */
    void (*release)(void *what); /* NULL: memory of ours */
};

struct ledger {
    struct held *place; /* [room], a power of two; NULL: none yet */
    size_t room, count;
    jmp_buf back; /* while it runs */
    char *words;
};

static _Thread_local struct ledger *current;

struct ledger *ledger_new(void)
{
    return calloc(1, sizeof(struct ledger));
}

static size_t home(const struct ledger *l, const void *what)
{
    return (size_t)((uint64_t)(uintptr_t)what * 0x9E3779B97F4A7C15u >> 32) & (l->room - 1);
}

/* Where it stands, or would stand. Memory of ours may hold something of another library, and is noted twice. */
static size_t find(const struct ledger *l, const void *what, bool ours)
{
    size_t at = home(l, what);
    while (l->place[at].what && (l->place[at].what != what || (l->place[at].release == NULL) != ours))
        at = (at + 1) & (l->room - 1);
    return at;
}

bool ledger_reserve(void)
{
    struct ledger *l = current;
    if (!l || 2 * (l->count + 1) <= l->room)
        return true;
    struct ledger larger = {.room = l->room ? 2 * l->room : 64};
    larger.place = calloc(larger.room, sizeof *larger.place);
    if (!larger.place)
        return false;
    for (size_t k = 0; k < l->room; k++)
        if (l->place[k].what)
            larger.place[find(&larger, l->place[k].what, !l->place[k].release)] = l->place[k];
    free(l->place);
    l->place = larger.place;
    l->room = larger.room;
    return true;
}

static void add(void *what, void (*release)(void *))
{
    struct ledger *l = current;
    if (!l || !what)
        return;
    l->place[find(l, what, !release)] = (struct held){what, release};
    l->count++;
}

/* What stands behind it moves up, where its home allows, so that searches find no gap. */
static void take_out(void *what, bool ours)
{
    struct ledger *l = current;
    if (!l || !l->room || !what)
        return;
    const size_t mask = l->room - 1;
    size_t gap = find(l, what, ours);
    if (!l->place[gap].what)
        return;
    for (size_t at = (gap + 1) & mask; l->place[at].what; at = (at + 1) & mask)
        if (((at - home(l, l->place[at].what)) & mask) >= ((at - gap) & mask)) {
            l->place[gap] = l->place[at];
            gap = at;
        }
    l->place[gap].what = NULL;
    l->count--;
}

void ledger_note(void *memory)
{
    add(memory, NULL);
}

void ledger_forget(void *memory)
{
    take_out(memory, true);
}

void ledger_hold(void *what, void (*release)(void *))
{
    if (!ledger_reserve()) {
        release(what);
        ledger_fail("out of memory: there is no room for notes");
    }
    add(what, release);
}

void ledger_let(void *what)
{
    take_out(what, false);
}

/* No object is at such an address. */
static void *key_of(int fd)
{
    return (void *)((uintptr_t)fd + 1);
}

static void close_file(void *key)
{
    close((int)((uintptr_t)key - 1));
}

void ledger_hold_file(int fd)
{
    ledger_hold(key_of(fd), close_file);
}

void ledger_let_file(int fd)
{
    ledger_let(key_of(fd));
}

/* What others gave first, as they may still use memory of ours. */
static void release_all(struct ledger *l)
{
    for (size_t k = 0; k < l->room; k++)
        if (l->place[k].what && l->place[k].release)
            l->place[k].release(l->place[k].what);
    for (size_t k = 0; k < l->room; k++)
        if (l->place[k].what && !l->place[k].release)
            free(l->place[k].what);
    free(l->place);
    l->place = NULL;
    l->room = l->count = 0;
}

bool ledger_run(struct ledger *l, void (*work)(void *), void *argument, char words[LEDGER_WORDS])
{
    l->words = words;
    if (setjmp(l->back) != 0) { /* (no variable of this function changes between the two) */
        current = NULL;
        release_all(l);
        return false;
    }
    current = l;
    work(argument);
    current = NULL;
    return true;
}

void ledger_fail(const char *words)
{
    if (!current)
        return;
    snprintf(current->words, LEDGER_WORDS, "%s", words);
    longjmp(current->back, 1);
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    release_all(l);
    free(l);
}
