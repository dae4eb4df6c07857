/* SPDX-License-Identifier: MIT */
#include "lib/engines/simulated.h"

#include "lib/engines/delay.h"

#include <string.h>

extern const struct engine_ops simulated_ops, delayed_ops, interleaved_ops, replay_ops;

const struct key simulated_keys[] = {
    {"workers", KEY_INTEGER, 1, DELAY_WORKERS, "1", NULL,
     "number of virtual workers: the most samples in flight at once"},
    {"delay.law", KEY_CHOICE, 0, 0, "turns", DELAY_LAWS,
     "how many updates others make between a sample's read and its write\n"
     "turns: workers - 1, as workers take turns\n"
     "constant: always delay.mean\n"
     "uniform: 0 to twice delay.mean, all equally likely\n"
     "geometric: 0 or more, geometric with mean delay.mean\n"
     "histogram: drawn from the counts of delay.histogram\n"
     "interleaved: follows from a random order in which workers copy and store single blocks\n"
     "replay: as recorded in delay.replay"},
    {"delay.mean", KEY_REAL, -1, DELAY_WORKERS - 1, "-1", NULL,
     "for constant, uniform and geometric, which need it; -1: not given"},
    {"delay.histogram", KEY_PATH, 0, 0, "", NULL,
     "for histogram: a file with lines DELAY COUNT, in increasing order of delay"},
    {"delay.replay", KEY_PATH, 0, 0, "", NULL, "for replay: a file that engine.record has written"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static const struct engine_ops *choose(const struct config *c)
{
    const char *law = config_string(c, "engine.delay.law");
    return strcmp(law, "interleaved") == 0 ? &interleaved_ops
           : strcmp(law, "replay") == 0    ? &replay_ops
                                           : &delayed_ops;
}

void simulated_epoch(struct session *s, void (*events)(struct session *s))
{
    worker_begin(s->worker[0], s);
    events(s);
    worker_end(s->worker[0], s);
    s->team = s->nworkers;
}

const struct engine_ops simulated_ops = {
    .name = SIMULATED_NAME,
    .summary = "virtual workers with delays by a law, in one thread: any number of them, the same bits again",
    .keys = simulated_keys,
    .choose = choose,
};
