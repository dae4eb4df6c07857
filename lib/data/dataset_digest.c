/* SPDX-License-Identifier: MIT
 *
 * dataset_digest: is a corpus the one that was read before? What training sees of it is compared, the integers and the
 * texts that they stand for; not the bytes of its files, which may be packed or moved.
 */
#include "lib/base/digest.h"
#include "lib/data/dataset.h"

#include <stdio.h>

static uint64_t add_numbers(uint64_t digest, const uint32_t *x, size_t n)
{
    return digest_add(digest, x, n * sizeof *x);
}

void dataset_describe(const struct dataset *d, char *text)
{
    uint64_t digest = DIGEST_EMPTY;
    char digits[DIGEST_TEXT];
    digest = add_numbers(digest, d->first, d->count + 1);
    digest = add_numbers(digest, d->start, d->tokens + 1);
    digest = add_numbers(digest, d->node, d->start[d->tokens]);
    digest = add_numbers(digest, d->edge_start, d->tokens + 1);
    digest = add_numbers(digest, d->edge, d->edge_start[d->tokens]);
    digest = add_numbers(digest, d->y, d->tokens);
    if (d->spelling)
        digest = add_numbers(digest, d->spelling, d->spelling_start[d->tokens]);
    if (d->valued)
        digest = digest_add(digest, d->value, d->start[d->tokens] * sizeof *d->value);
    if (d->weight)
        digest = digest_add(digest, d->weight, d->count * sizeof *d->weight);
    digest_text(digest, digits);
    snprintf(text, DATASET_DESCRIPTION, "%zu sentences, %zu tokens (%s)", d->count, d->tokens, digits);
}

static uint64_t add_vocab(uint64_t digest, const struct vocab *v)
{
    const struct span bytes = vocab_bytes(v);
    return add_numbers(digest_add(digest, bytes.s, bytes.n), vocab_ends(v), vocab_count(v));
}

void space_describe(const struct space *s, char *text)
{
    uint64_t digest = DIGEST_EMPTY;
    char digits[DIGEST_TEXT];
    const struct vocab *const all[] = {s->values, s->labels, s->node, s->edge};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        digest = add_vocab(digest, all[k]);
    digest_text(digest, digits);
    snprintf(text, DATASET_DESCRIPTION, "%u labels, %u features (%s)", vocab_count(s->labels),
             vocab_count(s->node), digits);
}
