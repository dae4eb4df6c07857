/* SPDX-License-Identifier: MIT */
#include "lib/report/tensorboard.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/report/events.h"

#include <string.h>
#include <time.h>

/* ---- records ---- */

/* The reversed polynomial, a byte at a time. */
uint32_t tensorboard_crc(const void *bytes, size_t n)
{
    const unsigned char *from = bytes;
    uint32_t table[256], crc = 0xFFFFFFFF;
    for (uint32_t k = 0; k < 256; k++) {
        table[k] = k;
        for (int bit = 0; bit < 8; bit++)
            table[k] = table[k] >> 1 ^ (table[k] & 1 ? 0x82F63B78 : 0);
    }
    for (size_t i = 0; i < n; i++)
        crc = crc >> 8 ^ table[(crc ^ from[i]) & 0xFF];
    return ~crc;
}

static void put_fixed(struct text_buffer *b, uint64_t value, int bytes)
{
    for (int k = 0; k < bytes; k++) {
        const char one = (char)(value >> 8 * k & 0xFF);
        text_append(b, (struct span){&one, 1});
    }
}

/* A CRC of data that holds CRCs is weak, so that of a record is turned and shifted. */
static void put_crc(struct text_buffer *b, const void *bytes, size_t n)
{
    const uint32_t crc = tensorboard_crc(bytes, n);
    put_fixed(b, (uint32_t)((crc >> 15 | crc << 17) + 0xA282EAD8), 4);
}

static void write_record(struct span data, FILE *out)
{
    struct text_buffer b = {0};
    put_fixed(&b, data.n, 8);
    put_crc(&b, b.bytes, 8);
    text_append(&b, data);
    put_crc(&b, data.s, data.n);
    fwrite(b.bytes, 1, b.length, out);
    memory_free(b.bytes);
}

/* ---- messages ---- */

enum wire { VARINT = 0, EIGHT = 1, BYTES = 2, FOUR = 5 };

static void put_varint(struct text_buffer *b, uint64_t value)
{
    for (; value > 0x7F; value >>= 7)
        put_fixed(b, (value & 0x7F) | 0x80, 1);
    put_fixed(b, value, 1);
}

static void put_field(struct text_buffer *b, unsigned number, enum wire wire)
{
    put_varint(b, number << 3 | wire);
}

static void put_bytes(struct text_buffer *b, unsigned number, struct span bytes)
{
    put_field(b, number, BYTES);
    put_varint(b, bytes.n);
    text_append(b, bytes);
}

/* A message within one; `part` is emptied. */
static void put_message(struct text_buffer *b, unsigned number, struct text_buffer *part)
{
    put_bytes(b, number, (struct span){part->bytes ? part->bytes : "", part->length});
    part->length = 0;
}

static void put_time(struct text_buffer *b, double seconds)
{
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    put_field(b, 1, EIGHT);
    put_fixed(b, bits, 8);
}

static void put_scalar(struct text_buffer *summary, const char *tag, double value)
{
    const float simple = (float)value;
    uint32_t bits;
    struct text_buffer one = {0};
    memcpy(&bits, &simple, sizeof bits);
    put_bytes(&one, 1, span_of(tag));
    put_field(&one, 2, FOUR);
    put_fixed(&one, bits, 4);
    put_message(summary, 1, &one);
    memory_free(one.bytes);
}

/* ---- events ---- */

/* "2026-07-31T12:00:59Z" in seconds since 1970; 0: it is none. */
static double seconds_of(const char *date)
{
    struct tm t = {0};
    char z;
    if (!date || sscanf(date, "%4d-%2d-%2dT%2d:%2d:%2d%c", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
                        &t.tm_min, &t.tm_sec, &z) != 7)
        return 0;
    t.tm_year -= 1900;
    t.tm_mon--;
    return (double)timegm(&t);
}

/* Writes it, and empties the summary. */
static void write_event(struct text_buffer *summary, const char *date, double step, FILE *out)
{
    struct text_buffer b = {0};
    put_time(&b, seconds_of(date));
    put_field(&b, 2, VARINT);
    put_varint(&b, (uint64_t)step);
    put_message(&b, 5, summary);
    write_record((struct span){b.bytes, b.length}, out);
    memory_free(b.bytes);
}

static void write_first(const char *date, const char *model, FILE *out)
{
    struct text_buffer b = {0}, source = {0};
    char writer[64];
    snprintf(writer, sizeof writer, "asyntrain, model %s", model);
    put_time(&b, seconds_of(date));
    put_bytes(&b, 3, span_of("brain.Event:2"));
    put_bytes(&source, 1, span_of(writer));
    put_message(&b, 10, &source);
    write_record((struct span){b.bytes, b.length}, out);
    memory_free(b.bytes);
    memory_free(source.bytes);
}

/* The headline of a score: F1, or where there is none accuracy. */
static bool score_of(const struct events *log, const char *kind, size_t k, const char *where, double *value)
{
    char field[32];
    snprintf(field, sizeof field, "%s.f1", where);
    if (events_number(log, kind, k, field, value))
        return true;
    snprintf(field, sizeof field, "%s.accuracy", where);
    return events_number(log, kind, k, field, value);
}

void tensorboard_write(const struct events *log, const char *model, FILE *out)
{
    static const char *const scalars[] = {"loss", "rate", "error_rate", "delay", "tokens_per_second"};
    struct text_buffer summary = {0};
    double step, value;
    char tag[32];
    const char *part = NULL;
    write_first(events_text(log, "run", 0, "date"), model, out);
    for (size_t k = 0; events_number(log, "epoch", k, "epoch", &step); k++) {
        for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
            if (events_number(log, "epoch", k, scalars[i], &value))
                put_scalar(&summary, scalars[i], value);
        if (score_of(log, "epoch", k, "score", &value)) {
            part = events_text(log, "epoch", k, "part");
            snprintf(tag, sizeof tag, "score/%.20s", part ? part : "");
            put_scalar(&summary, tag, value);
        }
        write_event(&summary, events_text(log, "epoch", k, "time"), step, out);
    }
    if ((!part || strcmp(part, "test") != 0) && score_of(log, "summary", 0, "test", &value) &&
        events_number(log, "summary", 0, "epochs", &step)) {
        put_scalar(&summary, "score/test", value);
        write_event(&summary, events_text(log, "summary", 0, "time"), step, out);
    }
    memory_free(summary.bytes);
}
