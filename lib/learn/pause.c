/* SPDX-License-Identifier: MIT */
#include "lib/learn/pause.h"

#include "lib/base/cpu.h"
#include "lib/base/interrupt.h"

#include <math.h>
#include <stdint.h>

void pause_init(struct pause *p, bool possible)
{
    *p = (struct pause){.possible = possible, .ticket = SIZE_MAX, .when = INFINITY};
}

void pause_plan(struct pause *p, size_t ticket, double when)
{
    p->ticket = ticket;
    p->when = when;
}

bool pause_due(const struct pause *p, size_t ticket)
{
    if (!p->possible)
        return interrupt_stop() != 0;
    return ticket >= p->ticket || interrupt_save() || (isfinite(p->when) && cpu_wall() >= p->when);
}
