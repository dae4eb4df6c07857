/* SPDX-License-Identifier: MIT
 *
 * The event file is read by a decoder of the test's own: CRCs bit by bit from their polynomial, messages by their wire
 * types (protobuf.dev, "Encoding").
 */
#include "lib/report/tensorboard.h"

#include "lib/report/events.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* x^32 + x^28 + … + 1, the Castagnoli polynomial; bits come lowest first, and the result is turned round. */
static uint32_t crc_by_bits(const unsigned char *bytes, size_t n)
{
    uint32_t rest = 0xFFFFFFFF, turned = 0;
    for (size_t i = 0; i < 8 * n; i++) {
        const uint32_t bit = (uint32_t)(bytes[i / 8] >> i % 8 & 1), out = rest >> 31;
        rest = rest << 1 ^ (out ^ bit ? 0x1EDC6F41 : 0);
    }
    for (int k = 0; k < 32; k++)
        turned |= (rest >> k & 1) << (31 - k);
    return ~turned;
}

TEST(crc_of_rfc_3720)
{
    unsigned char zeros[32] = {0}, ones[32], rising[32], falling[32];
    memset(ones, 0xFF, sizeof ones);
    for (int k = 0; k < 32; k++) {
        rising[k] = (unsigned char)k;
        falling[k] = (unsigned char)(31 - k);
    }
    static const unsigned char read_command[48] = {
        0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, 0x28, [40] = 0x02};
    const struct {
        const void *bytes;
        size_t n;
        uint32_t crc;
    } known[] = {{zeros, 32, 0x8A9136AA},   {ones, 32, 0x62A8AB43},         {rising, 32, 0x46DD794E},
                 {falling, 32, 0x113FDB5C}, {read_command, 48, 0xD9963A56}, {"123456789", 9, 0xE3069283}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        CHECK_INT(tensorboard_crc(known[k].bytes, known[k].n), known[k].crc);
        CHECK_INT(crc_by_bits(known[k].bytes, known[k].n), known[k].crc);
    }
}

static uint64_t fixed(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int k = 0; k < bytes; k++)
        value |= (uint64_t)at[k] << 8 * k;
    return value;
}

static bool crc_holds(const unsigned char *at, const unsigned char *bytes, size_t n)
{
    const uint32_t crc = crc_by_bits(bytes, n), masked = (crc >> 15 | crc << 17) + 0xA282EAD8;
    return fixed(at, 4) == masked;
}

static uint64_t varint(const unsigned char **at)
{
    uint64_t value = 0;
    int shift = 0;
    do
        value |= (uint64_t)(**at & 0x7F) << shift, shift += 7;
    while (*(*at)++ & 0x80);
    return value;
}

/* A message in words: "NUMBER=value NUMBER={…}"; of `deep` many levels, bytes are messages. */
static void tell(const unsigned char *at, size_t n, int deep, char *words)
{
    const unsigned char *const end = at + n;
    while (at < end) {
        const uint64_t key = varint(&at);
        words += sprintf(words, "%d=", (int)(key >> 3));
        double eight;
        float four;
        uint64_t bits = key & 7 ? fixed(at, (key & 7) == 1 ? 8 : 4) : 0;
        uint32_t low = (uint32_t)bits;
        switch (key & 7) {
        case 0:
            words += sprintf(words, "%d ", (int)varint(&at));
            break;
        case 1:
            memcpy(&eight, &bits, 8);
            words += sprintf(words, "%.0f ", eight);
            at += 8;
            break;
        case 5:
            memcpy(&four, &low, 4);
            words += sprintf(words, "%g ", (double)four);
            at += 4;
            break;
        default: {
            const size_t length = (size_t)varint(&at);
            const bool text =
                (key >> 3) == 3 || !deep || (deep == 1 && (key >> 3) == 1 && length && at[0] != 10);
            if (text) {
                words += sprintf(words, "%.*s ", (int)length, (const char *)at);
            } else {
                *words++ = '{';
                tell(at, length, (key >> 3) == 10 ? 0 : deep - 1, words);
                words += strlen(words);
                *words++ = '}', *words++ = ' ', *words = 0;
            }
            at += length;
        }
        }
    }
    CHECK(at == end);
}

TEST(an_event_for_each_epoch)
{
    static const char *const log =
        "{\"event\":\"run\",\"date\":\"1970-01-02T00:00:01Z\"}\n"
        "{\"event\":\"epoch\",\"epoch\":1,\"time\":\"2001-09-09T01:46:40Z\",\"loss\":2.5,\"rate\":0.25,"
        "\"error_rate\":12,"
        "\"delay\":0.5,\"tokens_per_second\":2000000,\"part\":\"dev\",\"score\":{\"accuracy\":97,\"f1\":93.5}"
        "}\n"
        "{\"event\":\"epoch\",\"epoch\":200,\"time\":\"2001-09-09T01:46:41Z\",\"loss\":null,\"rate\":0.125}\n"
        "{\"event\":\"summary\",\"epochs\":200,\"time\":\"2001-09-09T01:46:42Z\",\"test\":{\"accuracy\":88}}"
        "\n";
    static const char *const want[] = {
        "1=86401 3=brain.Event:2 10={1=asyntrain, model 0123456789abcdef } ",
        "1=1000000000 2=1 5={1={1=loss 2=2.5 } 1={1=rate 2=0.25 } 1={1=error_rate 2=12 } 1={1=delay 2=0.5 } "
        "1={1=tokens_per_second 2=2e+06 } 1={1=score/dev 2=93.5 } } ",
        "1=1000000001 2=200 5={1={1=rate 2=0.125 } } ", "1=1000000002 2=200 5={1={1=score/test 2=88 } } "};
    struct error e = {0};
    static unsigned char file[4096];
    struct events *v = events_parse("log", span_of(log), &e);
    FILE *out = fmemopen(file, sizeof file, "w");
    tensorboard_write(v, "0123456789abcdef", out);
    const long size = ftell(out);
    fclose(out);
    events_free(v);
    size_t k = 0;
    for (const unsigned char *at = file; at < file + size; k++) {
        const size_t n = (size_t)fixed(at, 8);
        char words[1024] = "";
        CHECK(crc_holds(at + 8, at, 8));
        if (!CHECK(at + 16 + n <= file + size) || !CHECK(k < sizeof want / sizeof *want))
            return;
        CHECK(crc_holds(at + 12 + n, at + 12, n));
        tell(at + 12, n, 2, words);
        CHECK_STR(words, want[k]);
        at += 16 + n;
    }
    CHECK_INT(k, sizeof want / sizeof *want);
}
