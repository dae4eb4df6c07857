/* SPDX-License-Identifier: MIT */
#include "lib/report/container.h"

#include "lib/base/digest.h"
#include "lib/base/ledger.h"
#include "lib/base/memory.h"
#include "lib/base/outfile.h"
#include "lib/base/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "safetensors is little-endian, and so is this code");

/* This bounds what a file that is no model can make us parse: 0.3 s and 20 MB, if all of it is tensors without data. A
 * model's header has four texts (modelfile.c), which JSON makes six times as long at most, and some 15 KiB besides. */
#define HEADER_MOST ((size_t)1 << 20)
#define TEXT_MOST ((size_t)32 << 10) /* of a text within the header */
/* Larger tensors stay in the file, where it is one: weights go to their place in pieces. */
#define PIECE ((size_t)1 << 20)
#define METADATA "__metadata__"
#define SIGNATURE "signature"
#define BEFORE_SIGNATURE "{\"" METADATA "\":{\"" SIGNATURE "\":\"" /* so our headers begin */
#define SIGNATURE_DIGITS ((size_t)CONTAINER_SIGNATURE - 1)
#define DAMAGED "the file is damaged; restore it or train again"
#define GIVE "give a run that `asyntrain train` wrote: its folder, or the model.safetensors in it"

const struct container_dtype container_dtypes[CONTAINER_TYPES] = {
    [CONTAINER_U8] = {"U8", 1},
    [CONTAINER_U32] = {"U32", 4},
    [CONTAINER_F32] = {"F32", 4},
    [CONTAINER_F64] = {"F64", 8},
};

/* The digest of what follows the signature's digits in a header. */
static void sign(char signature[CONTAINER_SIGNATURE], const char *header, size_t length)
{
    const size_t signed_from = sizeof BEFORE_SIGNATURE - 1 + SIGNATURE_DIGITS;
    const size_t n = length > signed_from ? length - signed_from : 0;
    digest_text(digest_add(DIGEST_EMPTY, header + (n ? signed_from : 0), n), signature);
}

/* ---- writing */

struct source {
    char *name;
    enum container_type type;
    const void *data;
    size_t rows, columns, stride;
    char *own; /* data, where it is not borrowed, or NULL */
};

struct container_writer {
    json_t *strings; /* name -> value */
    char *not_text; /* the first name whose value is not UTF-8 */
    struct source *source;
    size_t n, capacity;
};

struct container_writer *container_writer_new(void)
{
    struct container_writer *w = memory_new(1, sizeof *w);
    w->strings = json_object();
    container_put_string(w, SIGNATURE, "0000000000000000"); /* the first string; its digits are set last */
    return w;
}

void container_writer_free(struct container_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        memory_free(w->source[i].name), memory_free(w->source[i].own);
    memory_free(w->source);
    memory_free(w->not_text);
    json_decref(w->strings);
    memory_free(w);
}

void container_put_string(struct container_writer *w, const char *name, const char *value)
{
    assert(!json_object_get(w->strings, name));
    if (json_object_set_new(w->strings, name, json_string(value)) != 0 && !w->not_text)
        w->not_text = memory_copy(name, strlen(name));
}

void container_put_text(struct container_writer *w, const char *name, const char *value)
{
    const struct span text = span_of(value);
    if (text.n <= TEXT_MOST)
        container_put_string(w, name, value);
    else if (text_utf8_fault(text) < text.n)
        w->not_text = w->not_text ? w->not_text : memory_copy(name, strlen(name));
    else {
        char *own = memory_copy(text.s, text.n);
        container_put_tensor(w, name, CONTAINER_U8, own, text.n, 0, 1);
        w->source[w->n - 1].own = own;
    }
}

void container_put_tensor(struct container_writer *w, const char *name, enum container_type type,
                          const void *data, size_t rows, size_t columns, size_t stride)
{
    assert((size_t)type < CONTAINER_TYPES && stride >= columns && strcmp(name, METADATA) != 0);
    w->source = memory_grow(w->source, &w->capacity, w->n + 1, sizeof *w->source);
    w->source[w->n++] =
        (struct source){memory_copy(name, strlen(name)), type, data, rows, columns, stride, NULL};
}

static size_t source_bytes(const struct source *t)
{
    return t->rows * (t->columns ? t->columns : 1) * container_dtypes[t->type].size;
}

/* Hand the bytes of a tensor, without its padding, to `eat` in few large pieces. */
static void feed(const struct source *t, void (*eat)(void *to, const void *bytes, size_t n), void *to)
{
    const size_t room = (size_t)1 << 20;
    const char *data = t->data;
    size_t row = t->columns * container_dtypes[t->type].size,
           step = t->stride * container_dtypes[t->type].size;
    if (t->columns == 0 || row == step || t->rows <= 1) {
        if (source_bytes(t))
            eat(to, data, source_bytes(t));
        return;
    }
    if (row > room / 2) {
        for (size_t i = 0; i < t->rows; i++)
            eat(to, data + i * step, row);
        return;
    }
    char *piece = memory_new(room, 1);
    size_t used = 0;
    for (size_t i = 0; i < t->rows; i++) {
        memcpy(piece + used, data + i * step, row);
        used += row;
        if (used + row > room || i + 1 == t->rows) {
            eat(to, piece, used);
            used = 0;
        }
    }
    memory_free(piece);
}

static void eat_crc(void *crc, const void *bytes, size_t n)
{
    *(uLong *)crc = crc32_z(*(uLong *)crc, bytes, n);
}

static void eat_file(void *file, const void *bytes, size_t n)
{
    fwrite(bytes, 1, n, file); /* outfile_commit sees errors */
}

static void crc_text(char text[9], uLong crc)
{
    snprintf(text, 9, "%08lx", crc & 0xFFFFFFFFu);
}

/* Large elements first, as the public library does: then every tensor lies aligned to its elements. */
static const struct source **file_order(const struct container_writer *w)
{
    const struct source **order = memory_new(w->n, sizeof *order);
    size_t k = 0;
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < w->n; i++)
            if (container_dtypes[w->source[i].type].size == size)
                order[k++] = &w->source[i];
    assert(k == w->n);
    return order;
}

/* The header as text, padded with blanks, to be freed with memory_free. */
static char *describe(const struct container_writer *w, const struct source *const *order)
{
    json_t *strings = json_copy(w->strings), *header = json_object();
    bool good = json_object_set(header, METADATA, strings) == 0;
    json_int_t begin = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct source *t = order[i];
        json_int_t end = begin + (json_int_t)source_bytes(t);
        json_t *shape = t->columns ? json_pack("[I,I]", (json_int_t)t->rows, (json_int_t)t->columns)
                                   : json_pack("[I]", (json_int_t)t->rows);
        assert(!json_object_get(header, t->name));
        good &= json_object_set_new(header, t->name,
                                    json_pack("{s:s,s:o,s:[I,I]}", "dtype", container_dtypes[t->type].name,
                                              "shape", shape, "data_offsets", begin, end)) == 0;
        begin = end;

        uLong crc = 0;
        char digits[9], *key = memory_new(strlen(t->name) + sizeof "crc32.", 1);
        feed(t, eat_crc, &crc);
        crc_text(digits, crc);
        strcpy(stpcpy(key, "crc32."), t->name);
        good &= json_object_set_new(strings, key, json_string(digits)) == 0;
        memory_free(key);
    }
    char *text = json_dumps(header, JSON_COMPACT | JSON_PRESERVE_ORDER);
    assert(good && text); /* names are ours, and UTF-8 */
    (void)good;
    size_t length = strlen(text), padding = -length & 7;
    char *padded = memory_new(length + padding + 1, 1);
    memcpy(padded, text, length);
    memset(padded + length, ' ', padding);
    memory_free(text);
    json_decref(strings);
    json_decref(header);
    return padded;
}

static struct outfile *write_file(const char *path, const char *header, const struct source *const *order,
                                  size_t n, struct error *e)
{
    const uint64_t length = strlen(header);
    if (length > HEADER_MOST) {
        error_set(e, ERROR_IO,
                  "%s: the header would have %zu bytes, at most %zu can be read again; "
                  "store large strings as tensors",
                  path, (size_t)length, HEADER_MOST);
        return NULL;
    }
    struct outfile *file = outfile_open(path, e);
    if (!file)
        return NULL;
    FILE *out = outfile_stream(file);
    fwrite(&length, sizeof length, 1, out);
    fwrite(header, 1, length, out);
    for (size_t i = 0; i < n; i++)
        feed(order[i], eat_file, out);
    if (outfile_sync(file, e))
        return file;
    outfile_abandon(file);
    return NULL;
}

struct outfile *container_begin(const struct container_writer *w, const char *path,
                                char signature[CONTAINER_SIGNATURE], struct error *e)
{
    struct outfile *file = NULL;
    char digits[CONTAINER_SIGNATURE] = "";
    if (w->not_text) {
        error_set(e, ERROR_IO, "%s: the text of '%s' is not UTF-8; mend it and save again", path,
                  w->not_text);
        return NULL;
    }
    const struct source **order = file_order(w);
    char *header = describe(w, order);
    sign(digits, header, strlen(header));
    memcpy(header + sizeof BEFORE_SIGNATURE - 1, digits, SIGNATURE_DIGITS);
    file = write_file(path, header, order, w->n, e);
    memory_free(header);
    memory_free(order);
    if (signature)
        memcpy(signature, digits, sizeof digits);
    return file;
}

bool container_write(const struct container_writer *w, const char *path, char signature[CONTAINER_SIGNATURE],
                     struct error *e)
{
    struct outfile *file = container_begin(w, path, signature, e);
    return file && outfile_commit(file, e);
}

/* ---- reading */

struct tensor {
    const char *name; /* of the header */
    enum container_type type;
    size_t begin, end, dimensions, shape[2]; /* begin, end: bytes from the end of the header */
    /* NULL: in the file. Else memory of its own; malloc aligns to 16, and a zero follows. */
    unsigned char *data;
    size_t next; /* of what is read again: the bytes so far, … */
    uLong crc, again; /* … and what they give; it should be crc */
};

struct container {
    char *path;
    const unsigned char *bytes; /* NULL; or the file is in memory, [size], … */
    size_t size;
    int fd; /* of a pipe only while it is read, else -1 */
    size_t start; /* where the data begins */
    size_t left; /* bytes that a regular file has and that are not read yet; of a pipe SIZE_MAX */
    char *text; /* [length] the header as it stands in the file */
    size_t length;
    char signature[CONTAINER_SIGNATURE]; /* "": it has none */
    json_t *header;
    struct tensor *tensor; /* [n], by begin */
    size_t n, capacity;
};

/* Always false. */
static bool __attribute__((format(printf, 3, 4)))
fault(const struct container *c, struct error *e, const char *format, ...)
{
    char what[800];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return error_set(e, ERROR_MODEL, "%s: %s", c->path, what);
}

static void close_container(struct container *c)
{
    if (c->fd < 0)
        return;
    ledger_let_file(c->fd);
    close(c->fd);
    c->fd = -1;
}

static bool open_file(struct container *c, struct error *e)
{
    struct stat s;
    c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
    if (c->fd >= 0)
        ledger_hold_file(c->fd);
    if (c->fd < 0 || fstat(c->fd, &s) != 0)
        return fault(c, e, "%s; " GIVE, error_reason(errno));
    if (!S_ISREG(s.st_mode) && !S_ISFIFO(s.st_mode))
        return fault(c, e, "it is a %s, a file was expected; give the path of a model file",
                     S_ISDIR(s.st_mode) ? "folder" : "device");
    c->left = S_ISREG(s.st_mode) ? (size_t)s.st_size : SIZE_MAX;
    return true;
}

/* Always false: reading failed, and errno says why. */
static bool unread(const struct container *c, struct error *e)
{
    return error_set(e, ERROR_IO, "%s: %s; it could not be read to its end, restore it", c->path,
                     error_reason(errno));
}

/* The next n bytes, and fewer only at the end of the file; false and ERROR_IO. */
static bool take(struct container *c, void *to, size_t n, size_t *got, struct error *e)
{
    *got = 0;
    if (c->bytes) {
        *got = n < c->left ? n : c->left;
        memcpy(to, c->bytes + (c->size - c->left), *got);
    }
    while (!c->bytes && *got < n) {
        ssize_t k = read(c->fd, (char *)to + *got, n - *got);
        if (k == 0)
            break;
        if (k < 0 && errno != EINTR)
            return unread(c, e);
        *got += k > 0 ? (size_t)k : 0;
    }
    if (c->left != SIZE_MAX)
        c->left -= *got < c->left ? *got : c->left;
    return true;
}

/* What a file that is no container looks like by its first n bytes, "" where nothing is known. */
static const char *look_of(const struct container *c, const unsigned char *first, size_t n)
{
    const char *dot = strrchr(c->path, '.');
    if (n > 1 && ((first[0] == 0x1F && first[1] == 0x8B) || memcmp(first, "PK", 2) == 0))
        return ", it looks like a compressed one";
    for (size_t i = 0; i < n; i++)
        if (first[i] < ' ' && !memchr("\t\n\r\f", first[i], 4))
            return "";
    if (text_utf8_fault((struct span){(const char *)first, n}) + 4 <= n) /* (the last character may be cut) */
        return "";
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0) ? ", it looks like a configuration"
                                                                          : ", it looks like text";
}

/* Nothing more is read before the first bytes are those of a header. */
static bool read_text(struct container *c, struct error *e)
{
    unsigned char first[sizeof(uint64_t) + 1];
    uint64_t length;
    size_t got;
    if (!take(c, first, sizeof first, &got, e))
        return false;
    memcpy(&length, first, sizeof length);
    if (got == 0)
        return fault(c, e, "the file is empty; restore it or train again");
    if (got < sizeof length)
        return fault(c, e,
                     "the file ends after %zu byte%s, within its first number; restore it or train again",
                     got, text_s(got));
    if (got < sizeof first && length > 1)
        return fault(c, e, "the file ends before its header; restore it or train again");
    const char *look = look_of(c, first, got);
    if (got < sizeof first || length < 2 || first[sizeof length] != '{' || (length > HEADER_MOST && *look))
        return fault(c, e, "it is no model file%s; " GIVE, look);
    if (length > HEADER_MOST)
        return fault(c, e, "a header of %llu bytes, at most %zu are allowed; it is no model file or damaged",
                     (unsigned long long)length, HEADER_MOST);
    c->length = length;
    c->start = sizeof length + length;
    c->text = memory_new(length, 1);
    c->text[0] = '{';
    if (!take(c, c->text + 1, length - 1, &got, e))
        return false;
    if (++got < length)
        return fault(c, e, "the file ends within its header (%zu of %llu bytes); restore it or train again",
                     got, (unsigned long long)length);
    return true;
}

static void release_json(void *header)
{
    json_decref(header);
}

/* The header, byte by byte. Where jansson lacks memory for a letter of a string, it goes on without it, and the next
 * number hides errno; so it is asked for at each byte. */
struct header {
    const char *text;
    size_t left;
    bool lacked;
};

static size_t next_byte(void *to, size_t room, void *from)
{
    struct header *h = from;
    h->lacked |= errno == ENOMEM;
    if (h->lacked || h->left == 0 || room == 0)
        return 0;
    *(char *)to = *h->text++;
    h->left--;
    return 1;
}

static bool parse(struct container *c, struct error *e)
{
    struct header h = {c->text, c->length, false};
    json_error_t why;
    errno = 0;
    c->header = json_load_callback(next_byte, &h, JSON_REJECT_DUPLICATES, &why);
    ledger_hold(c->header, release_json);
    if (h.lacked || errno == ENOMEM)
        memory_failed("jansson had none left");
    if (!c->header)
        return fault(c, e, "the header is not JSON: %s; it is no model file or damaged", why.text);
    return true;
}

/* A file of ours has its signature at its place; one that is somewhere else signs nothing. */
static bool check_signature(struct container *c, struct error *e)
{
    const size_t before = sizeof BEFORE_SIGNATURE - 1;
    const char *said = container_string(c, SIGNATURE);
    if (!said)
        return true;
    sign(c->signature, c->text, c->length);
    if (c->length < before || memcmp(c->text, BEFORE_SIGNATURE, before) != 0)
        return fault(c, e,
                     "the signature is not where `asyntrain` writes it; another program wrote the file "
                     "anew, give the file that `asyntrain train` wrote");
    return strcmp(said, c->signature) == 0 || fault(c, e, "the signature is wrong: " DAMAGED);
}

static bool natural(const json_t *value, size_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (size_t)json_integer_value(value);
    return true;
}

static bool read_type(const struct container *c, struct tensor *t, const json_t *value, struct error *e)
{
    const char *word = json_string_value(value);
    if (!word)
        return fault(c, e, "tensor '%s' has no dtype: " DAMAGED, t->name);
    for (size_t i = 0; i < CONTAINER_TYPES; i++)
        if (strcmp(word, container_dtypes[i].name) == 0) {
            t->type = (enum container_type)i;
            return true;
        }
    return fault(c, e,
                 "tensor '%s' has dtype %s, expected U8, U32, F32 or F64; it is no model file or damaged",
                 t->name, word);
}

static bool read_shape(const struct container *c, struct tensor *t, const json_t *value, size_t *bytes,
                       struct error *e)
{
    if (!json_is_array(value))
        return fault(c, e, "tensor '%s' has no shape: " DAMAGED, t->name);
    t->dimensions = json_array_size(value);
    *bytes = container_dtypes[t->type].size;
    for (size_t i = 0; i < t->dimensions; i++) {
        size_t length;
        if (!natural(json_array_get(value, i), &length))
            return fault(c, e, "the shape of tensor '%s' is not of whole numbers: " DAMAGED, t->name);
        if (__builtin_mul_overflow(*bytes, length, bytes))
            return fault(c, e, "the shape of tensor '%s' is too large: " DAMAGED, t->name);
        if (i < 2)
            t->shape[i] = length;
    }
    return true;
}

static bool read_offsets(const struct container *c, struct tensor *t, const json_t *value, size_t bytes,
                         struct error *e)
{
    if (json_array_size(value) != 2 || !natural(json_array_get(value, 0), &t->begin) ||
        !natural(json_array_get(value, 1), &t->end) || t->begin > t->end)
        return fault(c, e, "tensor '%s' has no data_offsets [begin, end]: " DAMAGED, t->name);
    if (t->end - t->begin != bytes)
        return fault(c, e, "tensor '%s' has %zu byte%s, its shape asks for %zu: " DAMAGED, t->name,
                     t->end - t->begin, text_s(t->end - t->begin), bytes);
    return true;
}

static bool read_strings(const struct container *c, json_t *strings, struct error *e)
{
    if (!json_is_object(strings))
        return fault(c, e, METADATA " is not a JSON object: " DAMAGED);
    const char *name;
    json_t *value;
    json_object_foreach(strings, name, value) if (!json_is_string(value)) return fault(
        c, e, "'%s' of " METADATA " is not a string: " DAMAGED, name);
    return true;
}

static int earlier(const void *a, const void *b)
{
    const struct tensor *s = a, *t = b;
    return s->begin != t->begin ? (s->begin > t->begin) - (s->begin < t->begin)
                                : (s->end > t->end) - (s->end < t->end);
}

static bool read_header(struct container *c, struct error *e)
{
    const char *name;
    json_t *value;
    json_object_foreach(c->header, name, value)
    {
        if (strcmp(name, METADATA) == 0) {
            if (!read_strings(c, value, e))
                return false;
            continue;
        }
        struct tensor t = {.name = name};
        size_t bytes = 0;
        if (!read_type(c, &t, json_object_get(value, "dtype"), e) ||
            !read_shape(c, &t, json_object_get(value, "shape"), &bytes, e) ||
            !read_offsets(c, &t, json_object_get(value, "data_offsets"), bytes, e))
            return false;
        c->tensor = memory_grow(c->tensor, &c->capacity, c->n + 1, sizeof *c->tensor);
        c->tensor[c->n++] = t;
    }
    if (c->n)
        qsort(c->tensor, c->n, sizeof *c->tensor, earlier);
    return true;
}

/* Back to back, nothing twice. */
static bool check_cover(const struct container *c, struct error *e)
{
    size_t at = 0;
    for (size_t i = 0; i < c->n; at = c->tensor[i++].end)
        if (c->tensor[i].begin != at)
            return fault(c, e, "tensor '%s' begins at byte %zu of the data, expected %zu: " DAMAGED,
                         c->tensor[i].name, c->tensor[i].begin, at);
    return true;
}

static bool wrong(const struct container *c, const struct tensor *t, struct error *e)
{
    return fault(c, e, "checksum of tensor '%s' is wrong: " DAMAGED, t->name);
}

static bool check_crc(const struct container *c, const struct tensor *t, struct error *e)
{
    char found[9], *key = memory_new(strlen(t->name) + sizeof "crc32.", 1);
    strcpy(stpcpy(key, "crc32."), t->name);
    const char *said = container_string(c, key);
    memory_free(key);
    if (!said)
        return fault(c, e,
                     "checksum of tensor '%s' is missing: it is no model file or damaged; restore it or "
                     "train again",
                     t->name);
    crc_text(found, t->crc);
    return strcmp(said, found) == 0 || wrong(c, t, e);
}

static bool cut_short(const struct container *c, const struct tensor *t, size_t data, struct error *e)
{
    return fault(c, e,
                 "tensor '%s' ends at byte %zu of the data, of which there are %zu; the file was cut short: "
                 "restore it or train again",
                 t->name, t->end, data);
}

/* Of a regular file it is known that the bytes are there; for those of a pipe memory grows as they come. */
static bool read_tensor(struct container *c, struct tensor *t, struct error *e)
{
    const size_t n = t->end - t->begin;
    const bool regular = c->left != SIZE_MAX, keep = !regular || n <= PIECE;
    size_t capacity = 0, done = 0, got;
    unsigned char *data = NULL;
    do {
        size_t piece = n - done < PIECE ? n - done : PIECE, at = keep ? done : 0;
        data = memory_grow(data, &capacity, at + piece + 1, 1);
        t->data = data; /* freed with the container */
        if (!take(c, data + at, piece, &got, e))
            return false;
        t->crc = crc32_z(t->crc, data + at, got);
        done += got;
        if (got < piece)
            return cut_short(c, t, t->begin + done, e);
    } while (done < n);
    data[keep ? n : 0] = 0;
    if (!keep) {
        memory_free(data);
        t->data = NULL;
    }
    return check_crc(c, t, e);
}

/* All data and nothing else: of a regular file before it is read, of a pipe after. */
static bool read_data(struct container *c, struct error *e)
{
    const size_t data = c->left, last = c->n ? c->tensor[c->n - 1].end : 0;
    const bool regular = data != SIZE_MAX;
    unsigned char more;
    size_t got = 0;
    for (size_t i = 0; regular && i < c->n; i++)
        if (c->tensor[i].end > data)
            return cut_short(c, &c->tensor[i], data, e);
    if (regular && data > last)
        return fault(c, e, "%zu byte%s too many behind the last tensor: " DAMAGED, data - last,
                     text_s(data - last));
    for (size_t i = 0; i < c->n; i++)
        if (!read_tensor(c, &c->tensor[i], e))
            return false;
    if (!regular && !take(c, &more, 1, &got, e))
        return false;
    return got == 0 || fault(c, e, "bytes follow the last tensor: " DAMAGED);
}

static struct container *read_container(const char *name, const void *bytes, size_t size, struct error *e)
{
    struct container *c = memory_new(1, sizeof *c);
    *c = (struct container){
        .path = memory_copy(name, strlen(name)), .bytes = bytes, .size = size, .fd = -1, .left = size};
    bool good = (bytes || open_file(c, e)) && read_text(c, e) && parse(c, e) && check_signature(c, e) &&
                read_header(c, e) && check_cover(c, e) && read_data(c, e);
    if (c->left == SIZE_MAX)
        close_container(c);
    if (good)
        return c;
    container_free(c);
    return NULL;
}

struct container *container_read(const char *path, struct error *e)
{
    return read_container(path, NULL, 0, e);
}

struct container *container_read_memory(const char *name, const void *bytes, size_t size, struct error *e)
{
    return read_container(name, size ? bytes : "", size, e);
}

void container_free(struct container *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        memory_free(c->tensor[i].data);
    memory_free(c->tensor);
    close_container(c);
    ledger_let(c->header);
    json_decref(c->header);
    memory_free(c->text);
    memory_free(c->path);
    memory_free(c);
}

bool container_peek(const char *path, char signature[CONTAINER_SIGNATURE])
{
    char head[sizeof(uint64_t) + sizeof BEFORE_SIGNATURE - 1 + CONTAINER_SIGNATURE] = "";
    const char *before = head + sizeof(uint64_t), *digits = before + sizeof BEFORE_SIGNATURE - 1;
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
                read(fd, head, sizeof head) == (ssize_t)sizeof head &&
                memcmp(before, BEFORE_SIGNATURE, sizeof BEFORE_SIGNATURE - 1) == 0 &&
                strspn(digits, "0123456789abcdef") == SIGNATURE_DIGITS;
    if (fd >= 0)
        close(fd);
    memcpy(signature, digits, SIGNATURE_DIGITS);
    signature[good ? SIGNATURE_DIGITS : 0] = 0;
    return good;
}

const char *container_signature(const struct container *c)
{
    return *c->signature ? c->signature : NULL;
}

const char *container_string(const struct container *c, const char *name)
{
    return json_string_value(json_object_get(json_object_get(c->header, METADATA), name));
}

size_t container_tensors(const struct container *c, const char *prefix)
{
    size_t count = 0;
    for (size_t k = 0; k < c->n; k++)
        count += strncmp(c->tensor[k].name, prefix, strlen(prefix)) == 0;
    return count;
}

static struct tensor *find(const struct container *c, const char *name)
{
    for (size_t k = 0; k < c->n; k++)
        if (strcmp(c->tensor[k].name, name) == 0)
            return &c->tensor[k];
    return NULL;
}

/* The bytes [begin, begin + n) of a tensor; from the file they are held against its checksum once more, as it may have
 * changed. */
static bool copy(const struct container *c, struct tensor *t, size_t begin, size_t n, unsigned char *to,
                 struct error *e)
{
    if (t->data) {
        memcpy(to, t->data + begin, n);
        return true;
    }
    if (c->bytes)
        memcpy(to, c->bytes + c->start + t->begin + begin, n);
    for (size_t done = 0; !c->bytes && done < n;) {
        ssize_t k = pread(c->fd, to + done, n - done, (off_t)(c->start + t->begin + begin + done));
        if (k == 0)
            return wrong(c, t, e);
        if (k < 0 && errno != EINTR)
            return unread(c, e);
        done += k > 0 ? (size_t)k : 0;
    }
    if (begin == 0)
        t->next = 0, t->again = 0;
    if (begin == t->next) {
        t->again = crc32_z(t->again, to, n);
        t->next += n;
    }
    return t->next < t->end - t->begin || t->again == t->crc || wrong(c, t, e);
}

static bool load(const struct container *c, struct tensor *t, struct error *e)
{
    const size_t n = t->end - t->begin;
    if (t->data)
        return true;
    unsigned char *data = memory_new(n + 1, 1);
    if (copy(c, t, 0, n, data, e)) {
        t->data = data;
        return true;
    }
    memory_free(data);
    return false;
}

const char *container_text(const struct container *c, const char *name)
{
    const char *string = container_string(c, name);
    struct tensor *t = string ? NULL : find(c, name);
    struct error e;
    if (!t || t->type != CONTAINER_U8 || t->dimensions != 1 || !load(c, t, &e) ||
        strlen((const char *)t->data) != t->shape[0])
        return string;
    return (const char *)t->data;
}

/* The tensor if it is of this type and number of dimensions, else NULL and an error. */
static struct tensor *expect(const struct container *c, const char *name, enum container_type type,
                             size_t dimensions, struct error *e)
{
    struct tensor *t = find(c, name);
    if (!t) {
        fault(c, e,
              "there is no tensor '%s'; the file holds another kind of model: give another or train again",
              name);
        return NULL;
    }
    if (t->type != type || t->dimensions != dimensions) {
        fault(c, e,
              "tensor '%s' is %s of %zu dimensions, expected %s of %zu; the file holds another kind of "
              "model: give another or train again",
              name, container_dtypes[t->type].name, t->dimensions, container_dtypes[type].name, dimensions);
        return NULL;
    }
    return t;
}

const void *container_tensor(const struct container *c, const char *name, enum container_type type,
                             size_t *rows, size_t *columns, struct error *e)
{
    struct tensor *t = expect(c, name, type, columns ? 2 : 1, e);
    if (!t || !load(c, t, e))
        return NULL;
    *rows = t->shape[0];
    if (columns)
        *columns = t->shape[1];
    return t->data;
}

bool container_shape(const struct container *c, const char *name, enum container_type type, size_t *rows,
                     size_t *columns, struct error *e)
{
    const struct tensor *t = expect(c, name, type, 2, e);
    if (!t)
        return false;
    *rows = t->shape[0];
    *columns = t->shape[1];
    return true;
}

bool container_rows(const struct container *c, const char *name, size_t first, size_t n, void *to,
                    struct error *e)
{
    struct tensor *t = find(c, name);
    const size_t row = t->shape[1] * container_dtypes[t->type].size;
    assert(t->dimensions == 2 && first <= t->shape[0] && n <= t->shape[0] - first);
    return copy(c, t, first * row, n * row, to, e);
}
