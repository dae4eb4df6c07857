/* SPDX-License-Identifier: MIT
 *
 * study: how long what is left of it will last.
 */
#include "lib/train/study.h"

#include "tests/test.h"

/* Six trials, of which the first `trained` lasted 10 and 20 seconds in turn, and the next `running` began at 100. */
static void fill(struct study *s, int trained, int running)
{
    study_init(s, "sweep", "none");
    for (int k = 0; k < 6; k++) {
        struct study_trial *t = study_add(s, NULL, NULL, 0);
        if (k < trained) {
            t->state = STUDY_TRAINED;
            t->took = k % 2 ? 20 : 10;
        } else if (k < trained + running) {
            t->state = STUDY_AT_WORK;
            t->begun = 100;
        }
    }
}

TEST(what_is_left_takes_as_long_as_what_is_trained)
{
    static const struct {
        int trained, running, jobs;
        double now, seconds;
    } cases[] = {
        {0, 2, 2, 105, -1}, /* nobody knows */
        {2, 0, 1, 100, 60}, /* four of 15 seconds, one after another, … */
        {2, 0, 2, 100, 30}, /* … and two at once */
        {2, 2, 2, 105, 25}, /* two have 10 left, two have 15 */
        {4, 1, 1, 112, 18}, /* 3 and 15 */
        {4, 1, 1, 200, 15}, /* longer than thought: it may end any moment */
        {5, 1, 4, 103, 14 - 3}, /* the mean is 14; one alone lasts as long as it lasts */
        {6, 0, 2, 100, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct study s;
        fill(&s, cases[k].trained, cases[k].running);
        CHECK_NEAR(study_seconds_left(&s, cases[k].jobs, cases[k].now), cases[k].seconds, 1e-9);
        CHECK_INT(study_left(&s), 6 - cases[k].trained);
        CHECK_INT(study_running(&s), cases[k].running);
        study_free(&s);
    }
}

/* Those that diverged end early, and say nothing of the others. */
TEST(what_diverged_is_no_measure)
{
    struct study s;
    fill(&s, 2, 0);
    s.trial[0].state = STUDY_DIVERGED;
    CHECK_NEAR(study_seconds_left(&s, 1, 0), 4 * 20, 1e-9);
    study_free(&s);
}
