/* SPDX-License-Identifier: MIT */
#include "lib/page/html.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* What `write` has written: to be freed. */
static char *written(void (*write)(struct html *h, struct span s), struct span s)
{
    char *text = calloc(1, 1 << 16);
    FILE *f = fmemopen(text, (1 << 16) - 1, "w");
    struct html h;
    html_init(&h, f);
    write(&h, s);
    fclose(f);
    return text;
}

static void as_text(struct html *h, struct span s)
{
    html_text(h, s);
}

static void as_words(struct html *h, struct span s)
{
    html_say(h, "%.*s", (int)s.n, s.s);
}

static void as_leaf(struct html *h, struct span s)
{
    html_leaf(h, "p", "%.*s", (int)s.n, s.s);
}

static void as_value(struct html *h, struct span s)
{
    char value[64];
    snprintf(value, sizeof value, "%.*s", (int)s.n, s.s);
    html_begin(h, "p", "class", value, "id", NULL, NULL);
    html_end(h);
}

/* HTML (WHATWG, 13.1.2.4 and 13.2.5.1): in text and in a value between double quotes, <, & and the quote alone begin
 * something else; so no byte may leave one behind, but for references. */
TEST(no_byte_is_markup)
{
    for (int byte = 1; byte < 256; byte++) {
        const char s[] = {'a', (char)byte, 'z', 0};
        char *text = written(as_text, span_of(s));
        CHECK_MSG(!strpbrk(text, "<>\"'"), "byte %d: %s", byte, text);
        const char *reference = strchr(text, '&');
        CHECK_MSG(!reference || strchr(reference, ';'), "byte %d: %s", byte, text);
        CHECK_MSG(text[0] == 'a' && text[strlen(text) - 1] == 'z', "byte %d: %s", byte, text);
        for (const char *c = text; *c; c++)
            CHECK_MSG((unsigned char)*c >= 32 && (unsigned char)*c < 127, "byte %d leaves %d", byte,
                      (unsigned char)*c);
        free(text);
    }
}

TEST(every_door_escapes)
{
    static const struct {
        void (*write)(struct html *h, struct span s);
        const char *text;
    } door[] = {
        {as_text, "&lt;b&gt;&amp;amp; &quot;&#39;\\x1b\\u202e\u00e4"},
        {as_words, "&lt;b&gt;&amp;amp; &quot;&#39;\\x1b\\u202e\u00e4"},
        {as_leaf, "<p>&lt;b&gt;&amp;amp; &quot;&#39;\\x1b\\u202e\u00e4</p>\n"},
        {as_value, "<p class=\"&lt;b&gt;&amp;amp; &quot;&#39;\\x1b\\u202e\u00e4\"></p>\n"},
    };
    for (size_t k = 0; k < sizeof door / sizeof *door; k++) {
        char *text = written(door[k].write, span_of("<b>&amp; \"'\x1b\u202e\u00e4"));
        CHECK_STR(text, door[k].text);
        free(text);
    }
}
