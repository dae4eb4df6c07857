/* SPDX-License-Identifier: MIT
 *
 * Partial annotation: the loss of a sentence whose labels are open in places is that of all labellings that agree
 * with those given, and its gradient is theirs, each with its share. Every listed model, every variant; the labellings
 * are counted out one by one. And which labellings agree: those that some well-formed labelling of the file becomes,
 * in every pair of schemes.
 */
#include "tests/laws/fixture.h"

#include "lib/base/memory.h"
#include "lib/data/slice.h"
#include "tests/laws/alloc.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef REAL_DOUBLE
static const double exact = 1e-10;
#else
static const double exact = 2e-4;
#endif

enum { T = 3, LONGEST = 4, ALL = 81 };

struct gradient_probe {
    struct fixture *f;
    struct gradient grad;
    void *scratch;
    real *w;
    double *g; /* the last gradient */
};

static struct gradient_probe probe_new(struct fixture *f, uint32_t together)
{
    struct capacity capacity = f->data->longest;
    capacity.tokens *= together, capacity.characters *= together;
    struct gradient_probe p = {.f = f, .scratch = f->model->ops->scratch_new(f->model, capacity)};
    p.grad.capacity = f->model->ops->max_bundles(f->model, capacity);
    p.grad.bundle = memory_new(p.grad.capacity, sizeof *p.grad.bundle);
    p.w = fixture_weights(&f->model->layout, 1);
    p.g = memory_new(f->model->layout.size, sizeof *p.g);
    return p;
}

static void probe_free(struct gradient_probe *p)
{
    p->f->model->ops->scratch_free(p->scratch);
    memory_free(p->grad.bundle);
    memory_free(p->w);
    memory_free(p->g);
}

/* The gradient's bundles as a dense vector. */
static void spread(struct gradient_probe *p)
{
    const struct layout *l = &p->f->model->layout;
    memset(p->g, 0, l->size * sizeof *p->g);
    for (size_t k = 0; k < p->grad.count; k++) {
        const struct bundle *b = &p->grad.bundle[k];
        const struct group *group = &l->group[b->group];
        real *room = memory_lines(layout_block(group), sizeof *room);
        const real *row = b->row;
        if (!row)
            gradient_row(b, l, room), row = room;
        for (uint32_t i = 0; i < b->count; i++)
            for (size_t c = 0; c < layout_block(group); c++)
                p->g[group->offset + b->id[i] * layout_block(group) + c] += (double)row[c];
        memory_free(room);
    }
}

static double loss(struct gradient_probe *p, const struct example *z)
{
    p->grad.count = 0;
    double found = p->f->model->ops->gradient(p->f->model, &(struct weights){.w = p->w, .scale = 1}, z,
                                              &p->grad, p->scratch);
    spread(p);
    return found;
}

/* A sentence with open labels, drawn at random. */
struct sentence_of {
    struct example z;
    uint32_t y[LONGEST];
    struct choice choice[LONGEST];
    uint8_t allowed[LONGEST][T], follows[LONGEST][T * T];
};

enum opening { OPEN_LABELS, SOME_LABELS, ONE_RULE, MANY_RULES, PATTERNS };

static bool agrees(const struct sentence_of *s, const uint32_t *y)
{
    for (uint32_t i = 0; i < s->z.n; i++)
        if ((s->choice[i].allowed && !s->choice[i].allowed[y[i]]) ||
            (i && s->choice[i].follows && !s->choice[i].follows[y[i - 1] * T + y[i]]))
            return false;
    return true;
}

/* Labels of the sentence are given or open; then some of all; then with transitions that may not be, the same at all
 * tokens or not. The sentence's own labelling always agrees. */
static void draw(struct sentence_of *s, const struct example *z, enum opening pattern, struct rng *r)
{
    *s = (struct sentence_of){.z = *z};
    s->z.y = s->y;
    s->z.choice = s->choice;
    for (uint32_t i = 0; i < z->n; i++) {
        bool open = rng_below(r, 2), some = pattern != OPEN_LABELS && rng_below(r, 2);
        s->y[i] = open ? EXAMPLE_OPEN : z->y[i];
        for (uint32_t k = 0; k < T; k++)
            s->allowed[i][k] = k == z->y[i] || (open && rng_below(r, 2));
        s->choice[i].allowed = open && !some ? NULL : s->allowed[i];
        for (uint32_t k = 0; k < T * T; k++)
            s->follows[i][k] = rng_below(r, 3) > 0;
        if (pattern == ONE_RULE)
            memcpy(s->follows[i], s->follows[0], T * T);
        if (pattern >= ONE_RULE)
            s->choice[i].follows = pattern == ONE_RULE ? s->follows[0] : s->follows[i];
    }
    for (uint32_t i = 1; i < z->n; i++)
        s->follows[pattern == ONE_RULE ? 0 : i][z->y[i - 1] * T + z->y[i]] = 1;
}

static uint32_t power(uint32_t n)
{
    uint32_t all = 1;
    while (n-- > 0)
        all *= T;
    return all;
}

/* grad -log sum p(y) = sum over y of p(y) / sum * grad -log p(y). */
TEST(all_labellings_that_agree_make_the_loss)
{
    struct rng r;
    rng_init(&r, 3, 0, 0);
    size_t bound = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            if (!v->probabilities)
                continue;
            struct fixture *f = fixture_new(model_table[m], v, T, 20, LONGEST, NULL);
            struct gradient_probe p = probe_new(f, 1);
            const size_t size = f->model->layout.size;
            double *sum = memory_new(size, sizeof *sum);
            for (size_t k = 0; k < 40; k++) {
                const struct example *z = &f->data->example[k % f->data->count];
                struct sentence_of s;
                uint32_t y[LONGEST];
                double mass = 0, off = 0;
                draw(&s, z, (enum opening)(k / 5 % PATTERNS), &r);
                memset(sum, 0, size * sizeof *sum);
                for (uint32_t code = 0; code < power(z->n); code++) {
                    for (uint32_t i = 0, rest = code; i < z->n; i++, rest /= T)
                        y[i] = rest % T;
                    if (!agrees(&s, y))
                        continue;
                    struct example other = *z;
                    other.y = y;
                    double q = exp(-loss(&p, &other));
                    mass += q;
                    for (size_t i = 0; i < size; i++)
                        sum[i] += q * p.g[i];
                }
                double found = loss(&p, &s.z);
                for (size_t i = 0; i < size; i++)
                    off = fmax(off, isnan(p.g[i]) ? INFINITY : fabs(p.g[i] - sum[i] / mass));
                CHECK_MSG(fabs(found + log(mass)) < exact * 10 && off < exact * 10,
                          "%s, sentence %zu, pattern %zu: loss %g, is %g; gradient off by %g", v->name, k,
                          k / 5 % PATTERNS, found, -log(mass), off);
                bound += mass < 0.9;
            }
            memory_free(sum);
            probe_free(&p);
            fixture_free(f);
        }
    CHECK_MSG(bound > 50, "only %zu sentences said something", bound);
}

#ifdef REAL_DOUBLE
TEST(partial_gradient_is_the_derivative)
{
    const double step = 1e-5;
    struct rng r;
    rng_init(&r, 4, 0, 0);
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, T, 20, LONGEST, NULL);
            struct gradient_probe p = probe_new(f, 1);
            const size_t size = f->model->layout.size;
            double *g = memory_new(size, sizeof *g);
            for (size_t k = 0; k < PATTERNS; k++) {
                struct sentence_of s;
                draw(&s, &f->data->example[k], (enum opening)k, &r);
                loss(&p, &s.z);
                memcpy(g, p.g, size * sizeof *g);
                double worst = 0;
                for (size_t i = 0; i < size; i++) {
                    real keep = p.w[i];
                    p.w[i] = keep + step;
                    double up = loss(&p, &s.z);
                    p.w[i] = keep - step;
                    double down = loss(&p, &s.z), gap = fabs((up - down) / (2 * step) - g[i]);
                    p.w[i] = keep;
                    if (!(gap <= worst) && !(g[i] == 0 && keep == 0))
                        worst = isnan(gap) ? INFINITY : gap;
                }
                CHECK_MSG(worst < 1e-7, "%s, pattern %zu: off by %g", v->name, k, worst);
            }
            memory_free(g);
            probe_free(&p);
            fixture_free(f);
        }
}
#endif

/* Nothing is known: nothing is learned, exactly. */
TEST(all_labels_open_is_no_loss)
{
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            struct fixture *f = fixture_new(model_table[m], v, T, 20, LONGEST, NULL);
            struct gradient_probe p = probe_new(f, 1);
            for (size_t k = 0; k < 8; k++) {
                struct sentence_of s = {.z = f->data->example[k]};
                s.z.y = s.y;
                s.z.choice = s.choice;
                for (uint32_t i = 0; i < s.z.n; i++)
                    s.y[i] = EXAMPLE_OPEN;
                double found = loss(&p, &s.z), most = 0;
                for (size_t i = 0; i < f->model->layout.size; i++)
                    most = fmax(most, isnan(p.g[i]) ? INFINITY : fabs(p.g[i]));
                CHECK_MSG(found == 0 && most == 0, "%s, sentence %zu: loss %g, gradient up to %g", v->name, k,
                          found, most);
            }
            probe_free(&p);
            fixture_free(f);
        }
}

/* Where each label is for itself, what is open counts nothing, and the others as they do alone. */
TEST(open_tokens_of_energies_count_nothing)
{
    size_t tried = 0;
    struct rng r;
    rng_init(&r, 5, 0, 0);
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; v->name; v++) {
            if (v->probabilities)
                continue;
            struct fixture *f = fixture_new(model_table[m], v, T, 20, LONGEST, NULL);
            struct gradient_probe p = probe_new(f, 1);
            for (size_t k = 0; k < f->data->count; k++) {
                struct sentence_of s;
                double sum = 0, slope = 0;
                draw(&s, &f->data->example[k], OPEN_LABELS, &r);
                for (uint32_t i = 0; i < s.z.n; i++) {
                    struct example token = {.n = 1,
                                            .start = s.z.start + i,
                                            .node = s.z.node,
                                            .value = s.z.value,
                                            .edge_start = s.z.edge_start + i,
                                            .edge = s.z.edge,
                                            .y = s.y + i};
                    if (s.y[i] == EXAMPLE_OPEN)
                        continue;
                    sum += loss(&p, &token);
                    slope += p.g[0];
                    tried++;
                }
                CHECK_NEAR(loss(&p, &s.z), sum, exact * (1 + fabs(sum)));
                CHECK_NEAR(p.g[0], slope, exact * (1 + fabs(slope)));
            }
            probe_free(&p);
            fixture_free(f);
        }
    CHECK(tried > 5);
}

/* Sentences with open labels, without, and of nothing else, at once: the sum of what each gives. */
TEST(partial_gradients_are_the_sum_of_each)
{
    enum { MOST = 7 };
    struct rng r;
    rng_init(&r, 6, 0, 0);
    size_t tried = 0;
    for (size_t m = 0; model_table[m]; m++)
        for (const struct model_variant *v = model_table[m]->variants; model_table[m]->gradients && v->name;
             v++) {
            struct fixture *f = fixture_new(model_table[m], v, T, 20, LONGEST, NULL);
            struct gradient_probe one = probe_new(f, 1), all = probe_new(f, MOST);
            const size_t size = f->model->layout.size;
            double *sum = memory_new(size, sizeof *sum);
            for (uint32_t count = 1; f->model->batch_tokens && count <= MOST; count++) {
                struct sentence_of s[MOST];
                const struct example *z[MOST];
                uint64_t draws[MOST] = {0};
                double expected = 0, off = 0;
                memset(sum, 0, size * sizeof *sum);
                for (uint32_t k = 0; k < count; k++) {
                    draw(&s[k], &f->data->example[count + k], (enum opening)(k % PATTERNS), &r);
                    for (uint32_t i = 0; k == 3 && i < s[k].z.n; i++)
                        s[k].y[i] = EXAMPLE_OPEN, s[k].choice[i] = (struct choice){NULL, NULL};
                    z[k] = k == 5 ? &f->data->example[5] : &s[k].z;
                    expected += loss(&one, z[k]);
                    for (size_t i = 0; i < size; i++)
                        sum[i] += one.g[i];
                }
                all.grad.count = 0;
                double found = f->model->ops->gradients(f->model, &(struct weights){.w = all.w, .scale = 1},
                                                        z, draws, count, &all.grad, all.scratch);
                spread(&all);
                for (size_t i = 0; i < size; i++)
                    off = fmax(off, isnan(all.g[i]) ? INFINITY : fabs(all.g[i] - sum[i]));
                CHECK_MSG(fabs(found - expected) < exact * 10 && off < exact * 10,
                          "%s, %u together: loss %g, is %g; gradient off by %g", v->name, count, found,
                          expected, off);
                tried++;
            }
            memory_free(sum);
            probe_free(&one);
            probe_free(&all);
            fixture_free(f);
        }
    CHECK(tried > 20);
}

/* Scores that leave float's range: the slow posterior has to help, and what it says is no less true. */
TEST(far_scores_with_open_labels)
{
    struct rng r;
    rng_init(&r, 7, 0, 0);
    const struct model_ops *ops = model_table[0];
    for (const struct model_variant *v = ops->variants; v->name; v++) {
        struct fixture *f = fixture_new(ops, v, T, 20, LONGEST, NULL);
        struct gradient_probe p = probe_new(f, 1);
        for (size_t i = 0; i < f->model->layout.size; i++)
            p.w[i] *= 300;
        for (size_t k = 0; k < f->data->count; k++) {
            struct sentence_of s;
            double most = 0;
            draw(&s, &f->data->example[k], (enum opening)(k % PATTERNS), &r);
            double found = loss(&p, &s.z);
            for (size_t i = 0; i < f->model->layout.size; i++)
                most = fmax(most, isnan(p.g[i]) ? INFINITY : fabs(p.g[i]));
            CHECK_MSG(isfinite(found) && found >= 0 && most < 10 * LONGEST, "%s, sentence %zu: loss %g, %g",
                      v->name, k, found, most);
        }
        probe_free(&p);
        fixture_free(f);
    }
}

/* What a row's labels or transitions gain is the probability that moves, and so is what they lose: where some
 * transitions have no entry, the greater of the two. */
TEST(negligible_updates_of_open_labels_are_left_out)
{
    const struct model_ops *ops = model_table[0];
    size_t in = 0, out = 0, lopsided = 0;
    struct rng r;
    rng_init(&r, 9, 0, 0);
    for (int few = 0; few < 2; few++) /* few sentences do not have all transitions */
        for (const struct model_variant *v = ops->variants; v->name; v++) {
            if (!v->template)
                continue; /* a row times a value does not show p */
            const unsigned sentences = few ? 3 : 20;
            char model[160];
            snprintf(model, sizeof model, "%s\n  negligible: 0.3", v->lines);
            struct model_variant with = *v;
            with.lines = model;
            struct fixture *f = fixture_new(ops, v, T, sentences, LONGEST, NULL),
                           *g = fixture_new(ops, &with, T, sentences, LONGEST, NULL);
            struct gradient_probe all = probe_new(f, 1), some = probe_new(g, 1);
            for (size_t k = 0; k < 20; k++) {
                struct sentence_of s;
                draw(&s, &f->data->example[k % f->data->count], (enum opening)(k / 5 % PATTERNS), &r);
                CHECK(loss(&all, &s.z) == loss(&some, &s.z));
                for (size_t a = 0; a < all.grad.count; a++) {
                    const struct bundle *b = &all.grad.bundle[a];
                    const struct group *group = &f->model->layout.group[b->group];
                    const size_t width = layout_block(group);
                    double gained = 0, lost = 0;
                    bool there = false;
                    for (size_t y = 0; y < width; y++)
                        *(b->row[y] < 0 ? &gained : &lost) += fabs((double)b->row[y]);
                    for (size_t n = 0; n < some.grad.count; n++)
                        there = there || (some.grad.bundle[n].group == b->group &&
                                          some.grad.bundle[n].count == b->count &&
                                          memcmp(some.grad.bundle[n].row, b->row, width * sizeof(real)) == 0);
                    const double moved = fmax(gained, lost);
                    if (group->universal || fabs(moved - 0.3) < 1e-4)
                        continue;
                    lopsided += fmin(gained, lost) < 0.3 && moved > 0.3;
                    CHECK_MSG(there == (moved > 0.3), "%s, sentence %zu: %g moves", v->name, k, moved);
                    *(there ? &in : &out) += 1;
                }
            }
            probe_free(&all);
            probe_free(&some);
            fixture_free(f);
            fixture_free(g);
        }
    CHECK_MSG(in > 20 && out > 20 && lopsided > 5, "%zu, %zu and %zu", in, out, lopsided);
}

/* ---- training */

/* Train three epochs with one worker, on pieces if `slice`; the weights are the caller's. */
static real *train(const struct model_ops *model, const struct model_variant *v,
                   const struct optimizer_ops *optimizer, const struct engine_ops *engine, bool slice,
                   size_t *size)
{
    char more[1024];
    snprintf(more, sizeof more, "%s%s", fixture_sections(optimizer->name, engine->name, 1, "shuffle"),
             slice ? "run: {slice.size: 3}\n" : "");
    struct fixture *f = fixture_partial(model, v, 6, 40, 9, more);
    struct error e = {0};
    struct session *s = session_new(f->config, engine, optimizer, f->model, f->data, 3, &e);
    CHECK_MSG(s != NULL, "%s", e.text);
    size_t partial = 0, allocated = alloc_count();
    for (size_t k = 0; k < f->data->count; k++)
        partial += f->data->example[k].choice != NULL;
    CHECK_MSG(partial > 10 && partial < f->data->count, "%zu sentences with open labels", partial);
    for (int epoch = 0; epoch < 3; epoch++)
        CHECK(isfinite(session_epoch(s)));
    CHECK_MSG(alloc_count() == allocated, "%s %s: %zu allocations", v->name, engine->name,
              alloc_count() - allocated);
    session_fold(s);
    *size = f->model->layout.size;
    real *w = memory_new(*size, sizeof *w);
    memcpy(w, s->w, *size * sizeof *w);
    session_free(s);
    fixture_free(f);
    return w;
}

/* Every optimizer, every engine: alone it is sequential, bit for bit, with open labels, too; and allocates nothing. */
TEST(engines_and_rules_take_open_labels)
{
    for (size_t m = 0; model_table[m]; m++)
        for (size_t o = 0; optimizer_table[o]; o++) {
            const struct model_variant *v = variant_of(model_table[m], o);
            size_t size, n;
            real *truth = NULL;
            for (size_t g = 0; engine_table[g]; g++) {
                real *w = train(model_table[m], v, optimizer_table[o], engine_table[g], o % 2, &n);
                if (truth)
                    CHECK_MSG(n == size && memcmp(w, truth, n * sizeof *w) == 0, "%s, %s, %s", v->name,
                              optimizer_table[o]->name, engine_table[g]->name);
                if (truth)
                    memory_free(w);
                else
                    truth = w, size = n;
            }
            memory_free(truth);
        }
}

/* Where a piece of a sentence has no open label, it is a piece as any other. */
TEST(pieces_know_whether_labels_are_open)
{
    struct fixture *f = fixture_partial(model_table[0], variant_of(model_table[0], 0), 6, 60, 12,
                                        "optimizer:\n  rate: 0.1\nrun: {slice.size: 2}\n");
    struct slice s;
    struct error e = {0};
    size_t with = 0, without = 0, bad = 0;
    CHECK(slice_init(&s, f->config, f->data, 3, &e));
    slice_draw(&s, 0);
    for (size_t k = 0; k < s.count; k++) {
        const struct example *z = &s.sample[k];
        bool open = false;
        for (uint32_t i = 0; i < z->n; i++)
            open = open || z->y[i] == EXAMPLE_OPEN;
        bad += open != (z->choice != NULL);
        bad += open && z->choice != f->data->choice + (z->y - f->data->y);
        *(open ? &with : &without) += 1;
    }
    CHECK_INT(bad, 0);
    CHECK_MSG(with > 20 && without > 20, "%zu and %zu", with, without);
    slice_free(&s);
    fixture_free(f);
}

/* ---- which labellings agree */

#define LABELS 16
static const char *const prefixes[] = {"", "BI", "BI", "BIES", "BMES"};

/* Labels of the file: O, and each prefix with type a, b or c (which the optimizers may rename or take away). */
struct world {
    enum scheme file, model;
    char label[LABELS][4];
    uint32_t labels;
    struct encoding *encoding;
};

static struct span text(const char *s)
{
    return (struct span){s, strlen(s)};
}

static struct world world_of(enum scheme file, enum scheme model, const char *const *optimizer,
                             size_t optimizers)
{
    struct world w = {file, model, {"O"}, 1, encoding_new(file, model, optimizer, optimizers)};
    for (const char *prefix = prefixes[file]; *prefix; prefix++)
        for (char type = 'a'; type <= 'c'; type++)
            snprintf(w.label[w.labels++], 4, "%c-%c", *prefix, type);
    return w;
}

/* Is a labelling well-formed where a label is open? `given` [n]: numbers, LABELS where open. */
static bool formed(const struct world *w, const uint32_t *given, const uint32_t *a, uint32_t n)
{
    const struct scheme_tag outside = {'O', {"", 0}};
    struct scheme_tag before = outside;
    bool open = false, good = true;
    for (uint32_t i = 0; i < n; i++) {
        struct scheme_tag tag = scheme_cut(text(w->label[a[i]]));
        if (open || given[i] == LABELS)
            good = good && scheme_allows(w->file, before, tag);
        open = given[i] == LABELS;
        before = tag;
    }
    return good && (!open || scheme_stops(w->file, before));
}

/* Mark the labellings of the model, by their number in base `count`, that a labelling of the file becomes; all, where
 * nothing is given. */
static uint32_t become(const struct world *w, const struct space *space, const uint32_t *given, uint32_t n,
                       uint8_t *mark)
{
    const uint32_t count = vocab_count(space->labels);
    uint32_t a[LONGEST], marked = 0, all = 1;
    uint32_t open = 0, labellings = 1;
    for (uint32_t i = 0; i < n; i++) {
        all *= w->labels;
        labellings *= count;
        open += given[i] == LABELS;
    }
    if (open == n) {
        memset(mark, 1, labellings);
        return labellings;
    }
    for (uint32_t code = 0; code < all; code++) {
        struct span label[LONGEST], out[LONGEST];
        uint32_t number = 0;
        bool good = true;
        for (uint32_t i = 0, rest = code; i < n; i++, rest /= w->labels) {
            a[i] = rest % w->labels;
            label[i] = text(w->label[a[i]]);
            good = good && (given[i] == LABELS || given[i] == a[i]);
        }
        if (!good || !formed(w, given, a, n))
            continue;
        encoding_encode(w->encoding, label, 1, n, out);
        for (uint32_t i = n; i-- > 0;) {
            uint32_t y = vocab_find(space->labels, out[i]);
            good = good && y != VOCAB_NONE;
            number = number * count + (y == VOCAB_NONE ? 0 : y);
        }
        if (good && !mark[number])
            marked++, mark[number] = 1;
    }
    return marked;
}

static bool in_choice(const struct example *z, const uint32_t *y, uint32_t count)
{
    bool good = true;
    for (uint32_t i = 0; i < z->n; i++)
        if (!z->choice)
            good = good && y[i] == z->y[i];
        else
            good = good && (z->y[i] == EXAMPLE_OPEN || z->y[i] == y[i]) &&
                   (!z->choice[i].allowed || z->choice[i].allowed[y[i]]) &&
                   (!i || !z->choice[i].follows || z->choice[i].follows[y[i - 1] * count + y[i]]);
    return good;
}

static struct example window(const struct example *z, uint32_t begin, uint32_t n)
{
    struct example piece = *z;
    piece.n = n;
    piece.y += begin;
    if (z->choice)
        piece.choice += begin;
    return piece;
}

static struct dataset *read(const char *corpus, const struct world *w, const char *map, struct space **space,
                            struct config **config, struct error *e)
{
    char path[4096], yaml[16384];
    struct corpus c;
    snprintf(path, sizeof path, "%s/template", test_folder());
    FILE *f = fopen(path, "w");
    fputs("U0:%x[0,0]\n", f);
    fclose(f);
    snprintf(yaml, sizeof yaml,
             "corpus:\n  train: %s\n  task: chunking\n  scheme: %s\n  encode: %s\n  map: %s\nfeatures:\n  "
             "template: "
             "%s\n",
             corpus, scheme_names[w->file], scheme_names[w->model], map, path);
    const struct section sections[] = {
        {"corpus", {corpus_keys}}, {"features", {features_keys}}, {NULL, {NULL}}};
    *config = config_new();
    return config_parse(*config, yaml, strlen(yaml), "law", e) && config_check(*config, sections, e) &&
                   corpus_configure(&c, *config, e)
               ? dataset_learn(&c, space, e)
               : NULL;
}

TEST(what_agrees_is_what_files_become)
{
    static const struct {
        const char *map;
        const char *optimizer[2];
        size_t optimizers;
    } maps[] = {{"[]", {NULL}, 0},
                {"[a=x]", {"a=x"}, 1},
                {"[b=O]", {"b=O"}, 1},
                {"[b=O, c=O]", {"b=O", "c=O"}, 2},
                {"[a=c, \"c=a\"]", {"a=c", "c=a"}, 2}};
    enum { SENTENCES = 60 };
    struct rng r;
    rng_init(&r, 8, 0, 0);
    size_t compared = 0, cut = 0;
    for (int file = SCHEME_IOB1; file <= SCHEME_BMES; file++)
        for (int model = SCHEME_IOB1; model <= SCHEME_BMES; model++)
            for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
                if (file == model && maps[m].optimizers == 0)
                    continue;
                struct world w =
                    world_of((enum scheme)file, (enum scheme)model, maps[m].optimizer, maps[m].optimizers);
                uint32_t given[SENTENCES][LONGEST], n[SENTENCES];
                char path[4096];
                snprintf(path, sizeof path, "%s/corpus", test_folder());
                FILE *f = fopen(path, "w");
                for (uint32_t i = 1; i < w.labels; i++) /* every type stands beside an open label */
                    fprintf(f, "w %s\nw ?\n\n", w.label[i]);
                for (size_t k = 0; k < SENTENCES; k++) {
                    n[k] = 1 + (uint32_t)rng_below(&r, LONGEST - 1);
                    for (uint32_t i = 0; i < n[k]; i++) {
                        given[k][i] = rng_below(&r, 5) < 3 ? LABELS : (uint32_t)rng_below(&r, w.labels);
                        fprintf(f, "w %s\n", given[k][i] == LABELS ? "?" : w.label[given[k][i]]);
                    }
                    fputc('\n', f);
                }
                fclose(f);
                struct space *space = NULL;
                struct config *config = NULL;
                struct error e = {0};
                struct dataset *d = read(path, &w, maps[m].map, &space, &config, &e);
                CHECK_MSG(d != NULL, "%s", e.text);
                const uint32_t count = d ? vocab_count(space->labels) : 0;
                for (size_t k = 0; d && k < SENTENCES; k++) {
                    const struct example *z = &d->example[w.labels - 1 + k];
                    uint32_t all = 1, y[LONGEST], gap = 0, some = 0;
                    for (uint32_t i = 0; i < n[k]; i++)
                        all *= count;
                    uint8_t *mark = memory_new(all, 1);
                    CHECK_INT(z->n, n[k]);
                    uint32_t expected = become(&w, space, given[k], n[k], mark);
                    for (uint32_t code = 0; code < all; code++) {
                        for (uint32_t i = 0, rest = code; i < n[k]; i++, rest /= count)
                            y[i] = rest % count;
                        bool found = in_choice(z, y, count);
                        some += found;
                        gap += found != (mark[code] != 0);
                    }
                    CHECK_MSG(some > 0, "%s to %s, %s: nothing agrees", scheme_names[file],
                              scheme_names[model], maps[m].map);
                    if (expected) {
                        char shown[64] = "";
                        for (uint32_t i = 0; i < n[k]; i++)
                            snprintf(shown + strlen(shown), sizeof shown - strlen(shown), " %s",
                                     given[k][i] == LABELS ? "?" : w.label[given[k][i]]);
                        CHECK_MSG(gap == 0, "%s to %s, %s,%s: %u labellings agree, %u expected, %u differ",
                                  scheme_names[file], scheme_names[model], maps[m].map, shown, some, expected,
                                  gap);
                        compared++;
                    }
                    /* a piece: what wholes have there */
                    for (uint32_t begin = 0; expected && begin < n[k]; begin++)
                        for (uint32_t length = 1; begin + length <= n[k]; length++) {
                            struct example piece = window(z, begin, length);
                            uint32_t below = 1, pieces = 1;
                            for (uint32_t i = 0; i < begin; i++)
                                below *= count;
                            for (uint32_t i = 0; i < length; i++)
                                pieces *= count;
                            uint8_t *has = memory_new(pieces, 1);
                            for (uint32_t code = 0; code < all; code++)
                                has[code / below % pieces] |= mark[code];
                            for (uint32_t code = 0; code < pieces; code++) {
                                for (uint32_t i = 0, rest = code; i < length; i++, rest /= count)
                                    y[i] = rest % count;
                                CHECK(in_choice(&piece, y, count) == (has[code] != 0));
                            }
                            memory_free(has);
                            cut++;
                        }
                    memory_free(mark);
                }
                dataset_free(d);
                space_free(space);
                config_free(config);
                encoding_free(w.encoding);
            }
    CHECK_MSG(compared > 1000 && cut > 1000, "%zu compared, %zu pieces", compared, cut);
}

/* Where two types become one, they are renamed first: what agrees is what agrees with the renamed labels. */
TEST(types_that_become_one_are_renamed_first)
{
    enum { SENTENCES = 60 };
    static const char *const optimizer[] = {"b=a"};
    struct rng r;
    rng_init(&r, 10, 0, 0);
    size_t compared = 0;
    for (int file = SCHEME_IOB2; file <= SCHEME_BMES; file++)
        for (int model = SCHEME_IOB1; model <= SCHEME_BMES; model++) {
            struct world w = world_of((enum scheme)file, (enum scheme)model, optimizer, 1),
                         renamed = world_of((enum scheme)file, (enum scheme)model, NULL, 0);
            uint32_t given[SENTENCES][LONGEST], n[SENTENCES];
            char path[4096];
            snprintf(path, sizeof path, "%s/corpus", test_folder());
            FILE *f = fopen(path, "w");
            for (uint32_t i = 1; i < w.labels; i++)
                fprintf(f, "w %s\nw ?\n\n", w.label[i]);
            for (size_t k = 0; k < SENTENCES; k++) {
                struct scheme_tag before = scheme_cut(text("O"));
                n[k] = 3;
                for (uint32_t i = 0; i < n[k]; i++) {
                    uint32_t y = given[k][i] = rng_below(&r, 2) ? LABELS : (uint32_t)rng_below(&r, w.labels);
                    bool formed_here = y == LABELS || (i && given[k][i - 1] == LABELS) ||
                                       scheme_allows(w.file, before, scheme_cut(text(w.label[y])));
                    if (y != LABELS && i + 1 == n[k])
                        formed_here = formed_here && scheme_stops(w.file, scheme_cut(text(w.label[y])));
                    if (!formed_here)
                        y = given[k][i] = LABELS; /* labels given are well-formed here */
                    if (y != LABELS)
                        before = scheme_cut(text(w.label[y]));
                    fprintf(f, "w %s\n", y == LABELS ? "?" : w.label[y]);
                    if (y != LABELS && w.label[y][2] == 'b')
                        given[k][i] = y - 1; /* as a; types stand side by side */
                }
                fputc('\n', f);
            }
            fclose(f);
            struct space *space = NULL;
            struct config *config = NULL;
            struct error e = {0};
            struct dataset *d = read(path, &w, "[b=a]", &space, &config, &e);
            CHECK_MSG(d != NULL, "%s", e.text);
            const uint32_t count = d ? vocab_count(space->labels) : 0;
            for (size_t k = 0; d && k < SENTENCES; k++) {
                const struct example *z = &d->example[w.labels - 1 + k];
                uint32_t y[LONGEST], gap = 0, all = count * count * count;
                uint8_t *mark = memory_new(all, 1);
                uint32_t expected = become(&renamed, space, given[k], n[k], mark);
                for (uint32_t code = 0; code < all; code++) {
                    for (uint32_t i = 0, rest = code; i < n[k]; i++, rest /= count)
                        y[i] = rest % count;
                    gap += in_choice(z, y, count) != (mark[code] != 0);
                }
                CHECK_MSG(!expected || gap == 0, "%s to %s, sentence %zu: %u of %u differ",
                          scheme_names[file], scheme_names[model], k, gap, expected);
                compared += expected > 0;
                memory_free(mark);
            }
            dataset_free(d);
            space_free(space);
            config_free(config);
            encoding_free(w.encoding);
            encoding_free(renamed.encoding);
        }
    CHECK(compared > 300);
}
