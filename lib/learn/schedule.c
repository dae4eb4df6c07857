/* SPDX-License-Identifier: MIT */
#include "lib/learn/schedule.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

#define RATE_LEAST 1e-12
#define RATE_MOST 1e38
#define STEP_MOST 0.5 /* of a weight that the penalty may take in one step … */
#define EPOCH_MOST 40 /* … and the logarithm of what it may leave after an epoch */

#define SHAPES "exponential|constant|inverse|inverse-sqrt|step" /* in the order of enum schedule_shape */

const struct key schedule_keys[] = {
    {"rate", KEY_REAL, RATE_LEAST, RATE_MOST, NULL, NULL, "learning rate of the first step"},
    {"schedule", KEY_CHOICE, 0, 0, "exponential", SHAPES,
     "factor on the rate after t epochs\n"
     "exponential: decay^t\n"
     "constant: 1\n"
     "inverse: 1/(1 + t/horizon)\n"
     "inverse-sqrt: 1/sqrt(1 + t/horizon)\n"
     "step: decay^floor(t/horizon)"},
    {"decay", KEY_REAL, 1e-6, 1, "0.94", NULL,
     "exponential: factor on the rate over an epoch, spread evenly over its steps\n"
     "step: factor on the rate every horizon epochs\n"
     "1: the rate stays"},
    {"horizon", KEY_REAL, 1e-3, 1e6, "1", NULL,
     "inverse: epochs after which the rate is 1/2\n"
     "inverse-sqrt: epochs after which it is 1/sqrt(2)\n"
     "step: epochs between two factors"},
    {"warmup", KEY_REAL, 0, 1e6, "0", NULL,
     "epochs in which the rate rises from 0 to what the schedule says; 0.1 is a tenth of the first epoch"},
    {"l2.form", KEY_CHOICE, 0, 0, "lambda", "lambda|sigma",
     "penalty over the whole training set\n"
     "lambda: lambda/2 ||w||^2\n"
     "sigma: ||w||^2 / (2 sigma^2)"},
    {"l2.value", KEY_REAL, 0, 1e9, "0", NULL, "lambda or sigma; 0: no penalty"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* The number of a name in a list of choices, which has it: config_check saw to that. */
static unsigned choice(const char *name, const char *choices)
{
    size_t length = strlen(name);
    for (unsigned k = 0;; k++) {
        if (strncmp(choices, name, length) == 0 && (choices[length] == '|' || choices[length] == '\0'))
            return k;
        choices = strchr(choices, '|') + 1;
    }
}

static void allocate(struct schedule *s)
{
    s->read = memory_new(s->steps, sizeof *s->read);
    s->write = memory_new(s->steps, sizeof *s->write);
}

/* Of a weight, what the penalty takes at a step of rate 1, at most. */
static double decay_of_step(const struct schedule *s)
{
    return s->lambda * (double)(s->batch.mean ? 1 : schedule_batch(s, 0)) / (double)s->steps;
}

/* … and in an epoch, were the steps small. */
static double decay_of_epoch(const struct schedule *s)
{
    return s->lambda / (double)(s->batch.mean ? schedule_batch(s, 0) : 1);
}

bool schedule_init(struct schedule *s, const struct config *c, size_t steps, struct batch batch,
                   struct error *e)
{
    double value = config_real(c, "optimizer.l2.value");
    bool sigma = strcmp(config_string(c, "optimizer.l2.form"), "sigma") == 0;
    *s = (struct schedule){.shape = choice(config_string(c, "optimizer.schedule"), SHAPES),
                           .batch = batch,
                           .rate = config_real(c, "optimizer.rate"),
                           .decay = config_real(c, "optimizer.decay"),
                           .horizon = config_real(c, "optimizer.horizon"),
                           .warmup = config_real(c, "optimizer.warmup"),
                           .lambda = !sigma      ? value
                                     : value > 0 ? 1 / (value * value)
                                                 : 0,
                           .steps = steps,
                           .scale = 1};
    const double a_step = s->rate * decay_of_step(s), an_epoch = s->rate * decay_of_epoch(s);
    if (a_step >= STEP_MOST)
        return config_fault(
            c, "optimizer.l2.value", e,
            "with rate %g and %zu sample%s one step would take %.3g of every weight; use a lower rate or "
            "a weaker penalty",
            s->rate, steps, text_s(steps), a_step);
    if (an_epoch > EPOCH_MOST)
        return config_fault(
            c, "optimizer.l2.value", e,
            "with rate %g the weights would shrink by a factor of e^-%.0f in one epoch; use a lower "
            "rate or a weaker penalty",
            s->rate, an_epoch);
    allocate(s);
    return true;
}

void schedule_trial(struct schedule *s, const struct schedule *of, double rate, size_t steps)
{
    double part = (double)steps / (double)of->steps;
    *s = (struct schedule){.shape = of->shape,
                           .batch = of->batch,
                           .rate = rate,
                           .decay = of->decay,
                           .horizon = of->horizon,
                           .lambda = of->lambda * part,
                           .steps = steps,
                           .scale = 1};
    allocate(s);
}

bool schedule_takes(const struct schedule *s, double rate)
{
    return rate >= RATE_LEAST && rate <= RATE_MOST && rate * decay_of_step(s) < STEP_MOST &&
           rate * decay_of_epoch(s) <= EPOCH_MOST;
}

void schedule_free(struct schedule *s)
{
    memory_free(s->read);
    memory_free(s->write);
}

static double warm(const struct schedule *s, uint64_t k)
{
    double risen = ((double)k + 1) / (s->warmup * (double)s->steps);
    return risen < 1 ? risen : 1;
}

/* At most 1, so what schedule_init lets through by the rate alone holds for every shape. */
static double shape(const struct schedule *s, uint64_t k)
{
    double t = (double)k / (double)s->steps;
    switch (s->shape) {
    case SCHEDULE_EXPONENTIAL:
        return pow(s->decay, t);
    case SCHEDULE_CONSTANT:
        return 1;
    case SCHEDULE_INVERSE:
        return 1 / (1 + t / s->horizon);
    case SCHEDULE_INVERSE_SQRT:
        return 1 / sqrt(1 + t / s->horizon);
    case SCHEDULE_STEP:
        return pow(s->decay, floor(t / s->horizon));
    }
    return 1;
}

double schedule_rate(const struct schedule *s)
{
    return s->rate * warm(s, s->done) * shape(s, s->done);
}

void schedule_plan(struct schedule *s)
{
    double now = shape(s, s->done), factor = pow(s->decay, 1 / (double)s->steps), scale = s->scale;
    double share = s->lambda / (double)s->steps;
    bool exponential = s->shape == SCHEDULE_EXPONENTIAL;
    for (size_t first = 0, samples; first < s->steps; first += samples) {
        samples = schedule_batch(s, first);
        if (!exponential)
            now = shape(s, s->done + first);
        const double gamma = s->rate * warm(s, s->done + first) * now, before = scale;
        scale *= 1 - (s->batch.mean ? 1 : (double)samples) * gamma * share;
        for (size_t k = first; k < first + samples; k++) {
            s->read[k] = (real)before;
            s->write[k] = (real)(gamma / scale);
            if (exponential)
                now *= factor; /* a power for every step of an epoch would be felt between epochs */
        }
    }
    s->scale_after = scale;
}

size_t schedule_batch(const struct schedule *s, size_t first)
{
    return s->steps - first < s->batch.size ? s->steps - first : s->batch.size;
}

/* S when the step is over that the sample is part of. */
static real scale_after(const struct schedule *s, size_t k)
{
    const size_t next = (k / s->batch.size + 1) * s->batch.size;
    return next < s->steps ? s->read[next] : (real)s->scale_after;
}

real schedule_length(const struct schedule *s, size_t first, size_t last)
{
    if (first / s->batch.size == last / s->batch.size)
        return s->write[last];
    return s->write[first] * scale_after(s, first) / scale_after(s, last);
}

void schedule_advance(struct schedule *s)
{
    s->done += s->steps;
    s->scale = s->scale_after;
}

void schedule_state(struct schedule *s, struct state_list *list)
{
    state_add(list, "rate", &s->rate, 1, sizeof s->rate);
    state_add(list, "done", &s->done, 1, sizeof s->done);
    state_add(list, "scale", &s->scale, 1, sizeof s->scale);
}
