/* SPDX-License-Identifier: MIT
 *
 * text: pieces of text that somebody else owns, UTF-8, numbers, the nearest right name, and what a person may be shown.
 */
#ifndef ASYNTRAIN_BASE_TEXT_H
#define ASYNTRAIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* `n` bytes at `s`, borrowed, not zero-ended. */
struct span {
    const char *s;
    size_t n;
};

/* Room for text that is made piece by piece, and for a zero behind it; the owner frees `bytes`. */
struct text_buffer {
    char *bytes;
    size_t length, capacity;
};
void text_append(struct text_buffer *b, struct span piece);

struct span span_of(const char *zero_ended);
bool span_equal(struct span a, struct span b);
bool span_is(struct span a, const char *zero_ended);

/* Offset of the first byte that is not well-formed UTF-8 (RFC 3629), or a.n when all of it is. */
size_t text_utf8_fault(struct span a);
/* Bytes of the first code point of a well-formed, non-empty span: 1 to 4. */
size_t text_utf8_first(struct span a);

/* How many bytes of well-formed text a message shows: at most `most`, and only whole characters. */
int text_shown(struct span a, int most);

/* A word as tables and pages show it: of one above TEXT_BRIEF bytes its beginning, "… (65536 bytes)" behind it. To be
 * freed; not escaped. */
#define TEXT_BRIEF 160
char *text_brief(struct span word);

/* What files, paths and command lines say is shown so that it can neither command a terminal nor turn its text around:
 * controls (C0, DEL, C1), marks, embeddings and isolates of bidirectional text and separators of lines are escaped
 * (\x1b, \u202e), and so are bytes that are not UTF-8 (\xff). All messages pass through here (error_set, text_say), and
 * the words of tables; files and the answers of `tag` do not, but for those on a terminal (lib/base/shown.h).
 *
 * text_escape writes whole characters alone, as many as fit into `room` bytes, and a zero; returns their bytes. */
size_t text_escape(char *to, size_t room, struct span text);
#define TEXT_ESCAPED(n) (4 * (n) + 1) /* the room that n bytes need at most */
void text_print(FILE *to, struct span text);
/* One line for a person, printf style; its end is added. */
void text_say(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The whole span as a number; false if it is not one or overflows. `1e-4` is a number, `0x10`, ` 1`,
 * `inf` and `nan` are not. */
bool text_real(struct span a, double *value);
bool text_integer(struct span a, long long *value);

/* What makes a noun behind the number n plural: "1 label", "2 labels". */
const char *text_s(uint64_t n);

/* A word as a shell reads it back: in quotes where that is needed. To be freed. */
char *text_shell_word(const char *word);

uint64_t text_hash(const void *bytes, size_t n, uint64_t seed);

/* How many letters are left out, added, replaced, or changed places with the next, from one name to the other (optimal
 * string alignment); capitals and small letters are alike, and - and _. SIZE_MAX where a name is too long to be one. */
#define TEXT_NAME_MOST 64
size_t text_distance(const char *a, const char *b);
/* May so many edits of `word` lead to what was meant? A third of its letters, and one. */
bool text_near(const char *word, size_t distance);
/* The one of `count` names nearest to `word` (edit distance), or the only one that holds it ("lstm": "bilstm"); NULL
 * when none is near enough to be what was meant. */
const char *text_nearest(const char *word, const char *const *names, size_t count);

#endif
