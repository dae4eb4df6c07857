/* SPDX-License-Identifier: MIT */
#include "lib/base/config.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "models/models.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/learn.h"

#include <stdio.h>
#include <string.h>

/* A text as YAML writes it between double quotes. */
static void quote(struct text_buffer *b, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '"' || text.s[i] == '\\')
            text_append(b, span_of("\\"));
        text_append(b, (struct span){text.s + i, 1});
    }
}

/* Rules OLD=NEW, one a line, up to a blank line; then a corpus in columns whose labels they rename. */
FUZZ(map, bytes, n)
{
    static const char *const kind[] = {
        "task: chunking, scheme: iob2, encode: iobes",
        "task: chunking, scheme: iob1, encode: iob1",
        "task: tagging",
    };
    const char *template = fuzz_text("template", "U0:%x[0,0]\nB\n");
    const uint8_t *at = bytes, *end = bytes + n;
    struct text_buffer b = {0};
    text_append(&b, span_of("corpus: {"));
    text_append(&b, span_of(kind[n % 3]));
    text_append(&b, span_of(", map: ["));
    while (at < end && *at != '\n') {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        text_append(&b, span_of("\""));
        quote(&b, (struct span){(const char *)at, (size_t)(stop - at)});
        text_append(&b, span_of("\","));
        at = stop + (stop < end);
    }
    at += at < end;
    const char *path = fuzz_file("corpus", at, (size_t)(end - at));
    char rest[16384];
    snprintf(rest, sizeof rest, "], train: '%s', test: '%s'}\nfeatures: {template: '%s'}\n", path, path,
             template);
    text_append(&b, span_of(rest));

    struct error e = {0};
    struct parts parts;
    struct config *c = config_new();
    if (config_parse(c, b.bytes, b.length, "fuzz", &e) && config_set(c, "optimizer.rate=0.1", &e) &&
        parts_find(c, model_table, &parts, &e))
        learn_checked(c);
    config_free(c);
    memory_free(b.bytes);
}
