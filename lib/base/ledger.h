/* SPDX-License-Identifier: MIT
 *
 * ledger: all that one owner has, so that a call which runs out of memory can be taken back as a whole. Within the core
 * an allocation cannot fail (lib/base/memory.h). A library must not end its caller's program, so it runs its work under
 * a ledger:
 *
 *     ledger_run ──> work ──> memory_new … ──> there is none
 *         ^              every allocation is noted              │
 *         └─────── false, and all that was noted is freed <─────┘  longjmp
 *
 * A ledger lives as long as its owner, over many runs: what an owner has is then freed with it, in whatever state a
 * failed run has left it. Memory of one ledger must not be freed, nor grown, in a run of another.
 *
 * A ledger is one thread's at a time; each thread may run one of its own. Without a ledger nothing is noted.
 */
#ifndef ASYNTRAIN_BASE_LEDGER_H
#define ASYNTRAIN_BASE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#define LEDGER_WORDS 128

struct ledger;

struct ledger *ledger_new(void); /* NULL: out of memory */
void ledger_free(struct ledger *l); /* with all that is noted in it */

/* Run `work(argument)`. false: memory ran out, all that the ledger held is freed, from this run and those before, and
 * `words` say why. The thread has no other ledger meanwhile; what `work` calls must neither leave it by a jump nor open
 * parallel regions. */
bool ledger_run(struct ledger *l, void (*work)(void *argument), void *argument, char words[LEDGER_WORDS]);

/* What other libraries gave: `release(what)` takes it back if memory runs out, before memory of ours is freed. Whoever
 * releases it himself calls ledger_let first. Neither does anything where the thread has no ledger. */
void ledger_hold(void *what, void (*release)(void *what));
void ledger_let(void *what);
/* The same of an open file, which is closed then. */
void ledger_hold_file(int fd);
void ledger_let_file(int fd);

/* ---- for lib/base/memory.c, of the calling thread's ledger; if there is none, nothing is done */

bool ledger_reserve(void); /* room for one more; false: out of memory */
void ledger_note(void *memory);
void ledger_forget(void *memory);
void ledger_fail(const char *words); /* the jump; returns only where the thread has no ledger */

#endif
