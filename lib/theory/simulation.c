/* SPDX-License-Identifier: MIT */
#include "lib/theory/simulation.h"

#include "lib/base/memory.h"

#include <math.h>
#include <string.h>

static const char *const names[PROCESSES] = {"sgd", "asgd", "sde", "sdde"};

const char *simulation_name(enum process p)
{
    return names[p];
}

bool simulation_delayed(enum process p)
{
    return p == PROCESS_ASGD || p == PROCESS_SDDE;
}

bool simulation_continuous(enum process p)
{
    return p == PROCESS_SDE || p == PROCESS_SDDE;
}

uint32_t simulation_substeps(const struct simulation *s, enum process p)
{
    return simulation_continuous(p) ? s->substeps : 1;
}

double simulation_share(const struct simulation *s, uint64_t k)
{
    double number = (double)k + 1;
    return s->share == SHARE_CONSTANT ? 1 : s->share == SHARE_INVERSE ? 1 / number : 1 / sqrt(number);
}

void simulation_free(struct simulation *s)
{
    objective_free(&s->objective);
    memory_free(s->start);
    memory_free(s->lag);
}

/* A delay of the law. */
static uint64_t draw(const struct simulation *s, struct rng *r)
{
    if (s->constant)
        return s->lags - 1;
    double u = rng_uniform(r);
    size_t l = 0;
    while (l + 1 < s->lags && (u -= s->lag[l]) >= 0)
        l++;
    return l;
}

void simulation_path(const struct simulation *s, enum process p, uint64_t path, double *x)
{
    const struct objective *o = &s->objective;
    size_t d = o->d, m = simulation_substeps(s, p);
    double *g = memory_new(3 * d, sizeof *g), *noise = g + d, *room = noise + d;
    struct rng r;
    rng_init(&r, s->seed, RNG_SIMULATE, path * PROCESSES + p);
    memcpy(x, s->start, d * sizeof *x);
    for (uint64_t k = 0; k < s->updates; k++) {
        uint64_t lag = simulation_delayed(p) ? draw(s, &r) : 0;
        double eta = s->rate * simulation_share(s, k);
        for (size_t step = k * m; step < (k + 1) * m; step++) {
            const double *now = x + step * d, *read = lag <= k ? now - lag * m * d : s->plain ? now : x;
            double *next = x + (step + 1) * d;
            if (simulation_continuous(p)) {
                objective_gradient(o, read, g);
                objective_noise(o, read, noise, room, &r);
                for (size_t i = 0; i < d; i++)
                    next[i] = now[i] - eta / (double)m * g[i] + eta / sqrt((double)m) * noise[i];
            } else {
                objective_sample(o, read, g, room, &r);
                for (size_t i = 0; i < d; i++)
                    next[i] = now[i] - eta * g[i];
            }
        }
    }
    memory_free(g);
}
