/* SPDX-License-Identifier: MIT */
#include "lib/learn/schedule.h"

#include "lib/base/memory.h"

#include <math.h>
#include <string.h>

#define RATE_LEAST 1e-12
#define RATE_MOST 1e38
#define STEP_MOST 0.5 /* of a weight that the penalty may take in one step … */
#define PASS_MOST 40 /* … and the logarithm of what it may leave after a pass */

const struct key schedule_keys[] = {
    {"rate", KEY_REAL, RATE_LEAST, RATE_MOST, NULL, NULL, "learning rate of the first step"},
    {"decay", KEY_REAL, 1e-6, 1, "0.94", NULL,
     "factor on the rate a pass, applied evenly at every step; 1 keeps it"},
    {"l2.form", KEY_CHOICE, 0, 0, "lambda", "lambda|sigma",
     "penalty over the whole training set: lambda/2 ||w||^2, or ||w||^2 / (2 sigma^2)"},
    {"l2.value", KEY_REAL, 0, 1e9, "0", NULL, "lambda or sigma; 0 is no penalty"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static void make_room(struct schedule *s)
{
    s->read = memory_new(s->steps, sizeof *s->read);
    s->write = memory_new(s->steps, sizeof *s->write);
}

bool schedule_init(struct schedule *s, const struct config *c, size_t steps, struct error *e)
{
    double value = config_real(c, "optimizer.l2.value");
    bool sigma = strcmp(config_string(c, "optimizer.l2.form"), "sigma") == 0;
    *s = (struct schedule){.rate = config_real(c, "optimizer.rate"),
                           .decay = config_real(c, "optimizer.decay"),
                           .lambda = !sigma      ? value
                                     : value > 0 ? 1 / (value * value)
                                                 : 0,
                           .steps = steps,
                           .scale = 1};
    double a_pass = s->rate * s->lambda;
    if (a_pass / (double)steps >= STEP_MOST)
        return config_fault(
            c, "optimizer.l2.value", e,
            "with rate %g and %zu samples one step would take %.3g of every weight; use a lower rate or "
            "a weaker penalty",
            s->rate, steps, a_pass / (double)steps);
    if (a_pass > PASS_MOST)
        return config_fault(
            c, "optimizer.l2.value", e,
            "with rate %g the weights would shrink by a factor of e^-%.0f in one pass; use a lower "
            "rate or a weaker penalty",
            s->rate, a_pass);
    make_room(s);
    return true;
}

void schedule_trial(struct schedule *s, const struct schedule *of, double rate, size_t steps)
{
    double part = (double)steps / (double)of->steps;
    *s = (struct schedule){
        .rate = rate, .decay = of->decay, .lambda = of->lambda * part, .steps = steps, .scale = 1};
    make_room(s);
}

bool schedule_takes(const struct schedule *s, double rate)
{
    double a_pass = rate * s->lambda;
    return rate >= RATE_LEAST && rate <= RATE_MOST && a_pass / (double)s->steps < STEP_MOST &&
           a_pass <= PASS_MOST;
}

void schedule_free(struct schedule *s)
{
    memory_free(s->read);
    memory_free(s->write);
}

double schedule_rate(const struct schedule *s)
{
    return s->rate * pow(s->decay, (double)s->done / (double)s->steps);
}

void schedule_plan(struct schedule *s)
{
    double gamma = schedule_rate(s), factor = pow(s->decay, 1 / (double)s->steps), scale = s->scale;
    double share = s->lambda / (double)s->steps;
    for (size_t k = 0; k < s->steps; k++) {
        s->read[k] = (real)scale;
        scale *= 1 - gamma * share;
        s->write[k] = (real)(gamma / scale);
        gamma *= factor;
    }
    s->scale_after = scale;
}

void schedule_advance(struct schedule *s)
{
    s->done += s->steps;
    s->scale = s->scale_after;
}
