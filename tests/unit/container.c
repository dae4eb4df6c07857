/* SPDX-License-Identifier: MIT */
#include "lib/report/container.h"

#include "lib/base/memory.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *place(const char *name)
{
    static char path[2][512];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder(), name);
    return path[turn];
}

static void put(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    fwrite(bytes, 1, n, f);
    fclose(f);
}

static unsigned char *get(const char *path, size_t *n)
{
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = memory_new(*n, 1);
    CHECK_INT(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

/* The checksum bit by bit, to be independent of zlib. */
static uint32_t crc(const void *bytes, size_t n)
{
    uint32_t r = 0xFFFFFFFFu;
    for (const unsigned char *p = bytes; n--; p++) {
        r ^= *p;
        for (int i = 0; i < 8; i++)
            r = r >> 1 ^ (r & 1 ? 0xEDB88320u : 0);
    }
    return ~r;
}

/* FNV-1a of 64 bits by its definition (draft-eastlake-fnv): offset basis, then xor and multiply. */
static uint64_t fnv(const char *text)
{
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

/* A file with this header and data; true if reading it gives ERROR_MODEL, the path and `why`. */
static bool refused_bytes(const void *bytes, size_t n, const char *why)
{
    struct error e = {0};
    const char *path = place("forged");
    put(path, bytes, n);
    struct container *c = container_read(path, &e);
    bool good = !c && e.kind == ERROR_MODEL && strncmp(e.text, path, strlen(path)) == 0 &&
                strstr(e.text, why) && !strpbrk(e.text, "\n\x1B");
    if (!good)
        fprintf(stderr, "expected '%s', got '%s'\n", why, c ? "a container" : e.text);
    container_free(c);
    return good;
}

static size_t forge(unsigned char *to, const char *header, const void *data, size_t n)
{
    uint64_t length = strlen(header);
    memcpy(to, &length, 8);
    memcpy(to + 8, header, length);
    memcpy(to + 8 + length, data, n);
    return 8 + length + n;
}

static bool refused(const char *header, size_t data, const char *why)
{
    static const char zeros[64];
    static unsigned char file[4096];
    return refused_bytes(file, forge(file, header, zeros, data), why);
}

static const float padded[2][4] = {{1, 2, 3, -1}, {4, 5, 6, -1}}; /* columns 0..2 are data */
static const uint8_t letters[5] = "abcd\n";
static const uint32_t ids[3] = {7, 8, 0xFFFFFFFFu};
static const double halves[1] = {0.5};

/* A small file with each type, and strings. */
static void small(const char *path)
{
    struct error e = {0};
    struct container_writer *w = container_writer_new();
    container_put_string(w, "note", "hello \"w\xC3\xB6rld\"\n");
    container_put_tensor(w, "letters", CONTAINER_U8, letters, 5, 0, 0);
    container_put_tensor(w, "rows", CONTAINER_F32, padded, 2, 3, 4);
    container_put_tensor(w, "nothing", CONTAINER_F32, NULL, 0, 3, 4);
    container_put_tensor(w, "ids", CONTAINER_U32, ids, 3, 0, 0);
    container_put_tensor(w, "halves", CONTAINER_F64, halves, 1, 0, 0);
    container_put_string(w, "later", "");
    CHECK(container_write(w, path, NULL, &e));
    container_writer_free(w);
}

static void check_small(const struct container *c)
{
    const float want[6] = {1, 2, 3, 4, 5, 6};
    struct error e = {0};
    size_t rows = 99, columns = 99;
    const float *f = container_tensor(c, "rows", CONTAINER_F32, &rows, &columns, &e);
    CHECK(f && rows == 2 && columns == 3 && (uintptr_t)f % 8 == 0 && memcmp(f, want, sizeof want) == 0);
    const uint8_t *u = container_tensor(c, "letters", CONTAINER_U8, &rows, NULL, &e);
    CHECK(u && rows == 5 && (uintptr_t)u % 8 == 0 && memcmp(u, letters, 5) == 0);
    const uint32_t *i = container_tensor(c, "ids", CONTAINER_U32, &rows, NULL, &e);
    CHECK(i && rows == 3 && (uintptr_t)i % 8 == 0 && memcmp(i, ids, sizeof ids) == 0);
    const double *d = container_tensor(c, "halves", CONTAINER_F64, &rows, NULL, &e);
    CHECK(d && rows == 1 && (uintptr_t)d % 8 == 0 && d[0] == 0.5);
    const void *n = container_tensor(c, "nothing", CONTAINER_F32, &rows, &columns, &e);
    CHECK(n && rows == 0 && columns == 3 && (uintptr_t)n % 8 == 0);
}

TEST(comes_back)
{
    struct error e = {0};
    const char *path = place("m");
    small(path);
    struct container *c = container_read(path, &e);
    CHECK(c != NULL);
    check_small(c);
    CHECK_STR(container_string(c, "note"), "hello \"w\xC3\xB6rld\"\n");
    CHECK_STR(container_string(c, "later"), "");
    CHECK(!container_string(c, "none"));

    size_t rows, columns;
    CHECK(!container_tensor(c, "none", CONTAINER_F32, &rows, NULL, &e));
    CHECK_INT(e.kind, ERROR_MODEL);
    CHECK(strstr(e.text, "/m: there is no tensor 'none'; ") != NULL);
    CHECK(!container_tensor(c, "rows", CONTAINER_F64, &rows, &columns, &e));
    CHECK(strstr(e.text, "/m: tensor 'rows' is F32 of 2 dimensions, expected F64 of 2; ") != NULL);
    CHECK(!container_tensor(c, "rows", CONTAINER_F32, &rows, NULL, &e));
    CHECK(!container_tensor(c, "ids", CONTAINER_U32, &rows, &columns, &e));
    container_free(c);
    container_free(NULL);
    container_writer_free(NULL);

    struct container_writer *w = container_writer_new();
    CHECK(container_write(w, path, NULL, &e)); /* nothing at all is a file as well */
    container_writer_free(w);
    c = container_read(path, &e);
    CHECK(c != NULL);
    container_free(c);
}

/* The layout byte by byte, as any other reader of safetensors sees it. */
TEST(is_safetensors)
{
    const float rows[6] = {1, 2, 3, 4, 5, 6};
    char rest[2000], want[2100];
    size_t n, length = strlen("{\"__metadata__\":{\"signature\":\"0123456789abcdef");
    snprintf(rest, sizeof rest,
             "\",\"note\":\"hello \\\"w\xC3\xB6rld\\\"\\n\",\"later\":\"\",\"crc32.halves\":\"%08x\","
             "\"crc32.rows\":\"%08x\",\"crc32.nothing\":\"00000000\",\"crc32.ids\":\"%08x\","
             "\"crc32.letters\":\"%08x\"},"
             "\"halves\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
             "\"rows\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
             "\"nothing\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[32,32]},"
             "\"ids\":{\"dtype\":\"U32\",\"shape\":[3],\"data_offsets\":[32,44]},"
             "\"letters\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[44,49]}}",
             crc(halves, 8), crc(rows, 24), crc(ids, 12), crc(letters, 5));
    while ((length + strlen(rest)) % 8)
        strcat(rest, " ");
    CHECK(fnv("") == 0xCBF29CE484222325u && fnv("foobar") == 0x85944171F73967E8u); /* published */
    snprintf(want, sizeof want, "{\"__metadata__\":{\"signature\":\"%016llx%s", (unsigned long long)fnv(rest),
             rest);
    length = strlen(want);
    small(place("m"));
    unsigned char *got = get(place("m"), &n);
    CHECK_INT(n, 8 + length + 49);
    uint64_t said = 0;
    for (int i = 7; i >= 0; i--)
        said = said << 8 | got[i];
    CHECK_INT(said, length);
    char *header = memory_copy((char *)got + 8, said);
    CHECK_STR(header, want);
    memory_free(header);
    const unsigned char *data = got + 8 + length;
    CHECK(memcmp(data, halves, 8) == 0 && memcmp(data + 8, rows, 24) == 0 &&
          memcmp(data + 32, ids, 12) == 0 && memcmp(data + 44, letters, 5) == 0);
    memory_free(got);
}

TEST(gathers_rows_of_any_size)
{
    const size_t shape[][3] = {{40000, 22, 24}, {3, 200000, 200001}, {5, 131072, 131080}, {1, 7, 9},
                               {1000, 8, 8},    {47663, 11, 12},     {2, 131073, 140000}};
    for (size_t k = 0; k < sizeof shape / sizeof *shape; k++) {
        struct error e = {0};
        size_t rows = shape[k][0], columns = shape[k][1], stride = shape[k][2], r, c;
        float *w = memory_new(rows * stride, sizeof *w);
        for (size_t i = 0; i < rows * stride; i++)
            w[i] = i % stride < columns ? (float)(i % 8388593) : -1;
        struct container_writer *out = container_writer_new();
        container_put_tensor(out, "w", CONTAINER_F32, w, rows, columns, stride);
        CHECK(container_write(out, place("m"), NULL, &e));
        container_writer_free(out);
        struct container *in = container_read(place("m"), &e);
        CHECK(in != NULL);
        const float *back = container_tensor(in, "w", CONTAINER_F32, &r, &c, &e);
        CHECK(back && r == rows && c == columns);
        size_t wrong = 0;
        for (size_t i = 0; i < rows; i++)
            wrong += memcmp(back + i * columns, w + i * stride, columns * sizeof *w) != 0;
        CHECK_INT(wrong, 0);
        container_free(in);
        memory_free(w);
    }
}

/* Another writer's order and no padding of the header: nothing lies aligned in the file. */
TEST(aligns_foreign_files)
{
    struct error e = {0};
    size_t rows;
    for (int blanks = 0; blanks < 8; blanks++) {
        unsigned char data[17] = "xyzvw", file[2000];
        const float f[2] = {1.5F, -2};
        const uint32_t u = 77;
        memcpy(data + 5, f, 8);
        memcpy(data + 13, &u, 4);
        char header[1000];
        snprintf(header, sizeof header,
                 "{\"u\":{\"shape\":[1],\"dtype\":\"U32\",\"data_offsets\":[13,17]},"
                 "\"scalar\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[4,5]},"
                 "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[5,13]}, "
                 "\"b\":{\"dtype\":\"U8\",\"shape\":[1,2,2],\"data_offsets\":[0,4]},"
                 "\"none\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[5,5]},"
                 "\"__metadata__\":{\"crc32.b\":\"%08x\",\"crc32.f\":\"%08x\",\"crc32.u\":\"%08x\","
                 "\"crc32.none\":\"00000000\",\"crc32.scalar\":\"%08x\"}}%.*s",
                 crc(data, 4), crc(f, 8), crc(&u, 4), crc(data + 4, 1), blanks, "        ");
        put(place("m"), file, forge(file, header, data, sizeof data));
        struct container *c = container_read(place("m"), &e);
        CHECK(c != NULL);
        if (!c)
            continue;
        const float *g = container_tensor(c, "f", CONTAINER_F32, &rows, NULL, &e);
        CHECK(g && (uintptr_t)g % 8 == 0 && rows == 2 && memcmp(g, f, 8) == 0);
        const uint32_t *v = container_tensor(c, "u", CONTAINER_U32, &rows, NULL, &e);
        CHECK(v && (uintptr_t)v % 8 == 0 && rows == 1 && *v == 77);
        const double *d = container_tensor(c, "none", CONTAINER_F64, &rows, NULL, &e);
        CHECK(d && (uintptr_t)d % 8 == 0 && rows == 0);
        CHECK(!container_tensor(c, "b", CONTAINER_U8, &rows, NULL, &e)); /* three dimensions */
        CHECK(!container_tensor(c, "scalar", CONTAINER_U8, &rows, NULL, &e));
        container_free(c);
    }
}

TEST(notices_every_truncation)
{
    size_t n;
    small(place("m"));
    unsigned char *bytes = get(place("m"), &n);
    for (size_t i = 0; i < n; i++)
        CHECK(refused_bytes(bytes, i, i == 0 ? "the file is empty; " : ""));
    unsigned char *longer = memory_new(n + 8, 1);
    memcpy(longer, bytes, n);
    CHECK(refused_bytes(longer, n + 1, "1 byte too many behind the last tensor"));
    CHECK(refused_bytes(longer, n + 8, "8 bytes too many behind the last tensor"));
    memory_free(longer);
    memory_free(bytes);
}

TEST(notices_every_flipped_bit)
{
    struct error e = {0};
    size_t n, harmless = 0;
    small(place("m"));
    unsigned char *bytes = get(place("m"), &n);
    /* the name of the signature alone may be another: who wants one asks for it */
    const size_t first = 8 + strlen("{\"__metadata__\":{\""), last = first + strlen("signature");
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        put(place("flipped"), bytes, n);
        struct container *c = container_read(place("flipped"), &e);
        if (c) {
            CHECK(bit / 8 >= first && bit / 8 < last && !container_signature(c));
            check_small(c);
            harmless++;
        } else
            CHECK_INT(e.kind, ERROR_MODEL);
        container_free(c);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    CHECK(harmless > 0 && harmless < 8 * (last - first));
    memory_free(bytes);
}

#define T(dtype, shape, offsets)                                                                             \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

TEST(refuses_forged_headers)
{
    CHECK(refused("", 0, "it is no model file; give a run that "));
    CHECK(refused("[]", 0, "it is no model file; give a run that "));
    CHECK(refused("", 9, "it is no model file; give a run that "));
    CHECK(refused("{", 9, "it is no model file; give a run that "));
    CHECK(refused("{}x", 0, "not JSON"));
    CHECK(refused("{\"a\x1B[2J\n\":}", 0, "not JSON"));
    CHECK(refused("{\"a\xFF\":1}", 0, "not JSON"));
    CHECK(refused("{\"\\u0000\":1}", 0, "not JSON"));
    CHECK(refused_bytes("\3\0\0\0\0\0\0\0{}\0", 11, "not JSON"));
    CHECK(refused("{}", 4, "4 bytes too many behind the last tensor"));
    CHECK(refused("{\"__metadata__\":3}", 0, "__metadata__ is not a JSON object"));
    CHECK(refused("{\"__metadata__\":{\"x\":3}}", 0, "'x' of __metadata__ is not a string"));
    CHECK(refused("{\"__metadata__\":{\"x\":\"a\",\"x\":\"b\"}}", 0, "duplicate"));
    CHECK(refused("{\"t\":1}", 0, "tensor 't' has no dtype"));
    CHECK(refused("{\"t\\n\\u001b\":1}", 0,
                  "tensor 't\\x0a\\x1b' has no dtype")); /* one line, no escape codes */
    CHECK(refused(T("4", "[1]", "[0,4]"), 4, "has no dtype"));
    CHECK(refused(T("\"BF16\"", "[2]", "[0,4]"), 4, "has dtype BF16, expected U8, U32, F32 or F64"));
    CHECK(refused(T("\"F32\"", "1", "[0,4]"), 4, "has no shape"));
    CHECK(refused(T("\"F32\"", "[-1]", "[0,4]"), 4, "not of whole numbers"));
    CHECK(refused(T("\"F32\"", "[1.0]", "[0,4]"), 4, "not of whole numbers"));
    CHECK(refused(T("\"F32\"", "[true]", "[0,4]"), 4, "not of whole numbers"));
    CHECK(refused(T("\"F32\"", "[2]", "[0,4]"), 4, "has 4 bytes, its shape asks for 8"));
    CHECK(refused(T("\"F32\"", "[4611686018427387905]", "[0,4]"), 4, "too large"));
    CHECK(refused(T("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "too large"));
    CHECK(refused(T("\"F32\"", "[9223372036854775808]", "[0,4]"), 4, "not JSON"));
    CHECK(refused(T("\"F32\"", "[1]", "[0]"), 4, "has no data_offsets"));
    CHECK(refused(T("\"F32\"", "[1]", "[0,4,4]"), 4, "has no data_offsets"));
    CHECK(refused(T("\"F32\"", "[1]", "{}"), 4, "has no data_offsets"));
    CHECK(refused(T("\"F32\"", "[1]", "[4,0]"), 4, "has no data_offsets"));
    CHECK(refused(T("\"F32\"", "[1]", "[-4,0]"), 4, "has no data_offsets"));
    CHECK(refused(T("\"F32\"", "[1]", "[0,4]"), 3, "of which there are 3; the file was cut short"));
    CHECK(refused(T("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]"), 4, "cut short"));
    CHECK(refused(T("\"F32\"", "[1]", "[4,8]"), 8, "begins at byte 4 of the data, expected 0"));
    CHECK(refused(T("\"F32\"", "[1]", "[0,4]"), 8, "4 bytes too many behind the last tensor"));
    CHECK(refused(T("\"F32\"", "[1]", "[0,4]"), 4, "checksum of tensor 't' is missing"));

#define U(name, begin, end, n)                                                                               \
    "\"" name "\":{\"dtype\":\"U8\",\"shape\":[" #n "],\"data_offsets\":[" #begin "," #end "]}"
    CHECK(refused("{" U("a", 0, 4, 4) "," U("a", 4, 8, 4) "}", 8, "duplicate"));
    CHECK(refused("{" U("a", 0, 4, 4) "," U("b", 3, 8, 5) "}", 8,
                  "'b' begins at byte 3 of the data, expected 4"));
    CHECK(
        refused("{" U("a", 0, 4, 4) "," U("b", 0, 4, 4) "}", 4, "begins at byte 0 of the data, expected 4"));
    CHECK(refused("{" U("a", 0, 8, 8) "," U("b", 4, 4, 0) "}", 8,
                  "'b' begins at byte 4 of the data, expected 8"));
    CHECK(refused("{" U("b", 5, 8, 3) "," U("a", 0, 4, 4) "}", 8,
                  "'b' begins at byte 5 of the data, expected 4"));

    const char *wrong[] = {"00000000", "D202EF8D",  " d202ef8d",
                           "d202ef8",  "d202ef8d0", ""}; /* of one zero byte */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char header[300];
        snprintf(header, sizeof header, "{\"__metadata__\":{\"crc32.a\":\"%s\"}," U("a", 0, 1, 1) "}",
                 wrong[i]);
        CHECK(refused(header, 1,
                      "checksum of tensor 'a' is wrong: the file is damaged; restore it or train again"));
    }

    /* one that is somewhere else, or of another length */
    CHECK(refused("{\"__metadata__\":{\"x\":\"\",\"signature\":\"0123456789abcdef\"}}", 0,
                  "the signature is not where `asyntrain` writes it; "));
    CHECK(refused("{\"__metadata__\":{\"signature\":\"\"}}", 0,
                  "the signature is wrong: the file is damaged; "));

    unsigned char bytes[16] = {0, 0, 0, 5, 0, 0, 0, 0, '{'};
    CHECK(refused_bytes(bytes, 16, "a header of 83886080 bytes, at most 1048576 are allowed"));
    memset(bytes, 0xFF, 8);
    CHECK(refused_bytes(bytes, 16, "a header of 18446744073709551615 bytes"));
    memset(bytes, 0, 8);
    bytes[0] = 9;
    CHECK(refused_bytes(bytes, 16, "the file ends within its header (8 of 9 bytes)"));
    bytes[8] = 0;
    CHECK(refused_bytes(bytes, 16, "it is no model file"));
    CHECK(
        refused_bytes("1 the DT B-NP\n", 14,
                      "it is no model file, it looks like text; give a run that ")); /* a corpus by mistake */

    CHECK(refused_bytes("corpus: {format: conll}", 23, "it is no model file, it looks like text; "));
    CHECK(refused_bytes("\x1F\x8B\b\0\0\0\0\0\0\3", 10,
                        "it is no model file, it looks like a compressed one; "));

    static char deep[4000];
    memset(deep, '[', sizeof deep - 1);
    memcpy(deep, "{\"a\":", 5);
    CHECK(refused(deep, 0, "not JSON"));
}

/* What a pipe gives is read as far as it can be a container: the writer sees how far. */
static bool refused_pipe(const void *bytes, size_t n, size_t again, const char *why)
{
    struct error e = {0};
    char path[600];
    snprintf(path, sizeof path, "%s/pipe", test_folder());
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL); /* which ends it where nobody reads on */
        static const char zeros[1 << 16];
        const int end = open(path, O_WRONLY); /* once there is a reader */
        bool good = write(end, bytes, n) == (ssize_t)n;
        for (; good && again > 0; again--)
            good = write(end, zeros, sizeof zeros) == (ssize_t)sizeof zeros;
        _exit(0);
    }
    struct container *c = container_read(path, &e);
    int status = -1;
    waitpid(child, &status, 0);
    container_free(c);
    return CHECK_MSG(!c && e.kind == ERROR_MODEL && strstr(e.text, why), "expected '%s', got '%s'", why,
                     c ? "a container" : e.text) &&
           CHECK(again == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE));
}

TEST(reads_pipes)
{
    const size_t much = (size_t)1 << 20; /* 64 GiB */
    size_t n;
    unsigned char file[4096];
    small(place("m"));
    unsigned char *bytes = get(place("m"), &n);
    CHECK(refused_pipe("", 0, 0, "the file is empty; "));
    CHECK(refused_pipe("", 0, much, "it is no model file; "));
    CHECK(refused_pipe("\7", 1, much, "it is no model file; "));
    CHECK(
        refused_pipe("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{", 9, much, "a header of 18446744073709551615 bytes"));
    CHECK(refused_pipe("\xFF\xFF\0\0\0\0\0\0{", 9, much, "the header is not JSON"));
    CHECK(refused_pipe(file, forge(file, T("\"F32\"", "[2]", "[0,4]"), "", 0), much, "its shape asks for 8"));
    CHECK(
        refused_pipe(file, forge(file, T("\"U8\"", "[9]", "[0,9]"), "", 0), much, "checksum of tensor 't'"));
    CHECK(refused_pipe(file, forge(file, T("\"U8\"", "[1099511627776]", "[0,1099511627776]"), "", 0), 0,
                       "of which there are 0; the file was cut short"));
    CHECK(refused_pipe(bytes, n, much, "bytes follow the last tensor"));
    CHECK(refused_pipe(bytes, n - 1, 0, "of which there are 48; the file was cut short"));
    memory_free(bytes);
}

/* Texts of any length come back, in a header of bounded size, even where JSON makes six bytes of one. */
TEST(long_texts_are_tensors)
{
    static const size_t length[] = {0, 1, 32767, 32768, 32769, 3000000};
    struct error e = {0};
    for (size_t k = 0; k < sizeof length / sizeof *length; k++) {
        char *text = memory_new(length[k] + 1, 1), name[4][8];
        memset(text, 1, length[k]);
        struct container_writer *w = container_writer_new();
        for (int i = 0; i < 4; i++) {
            snprintf(name[i], sizeof name[i], "text%d", i);
            container_put_text(w, name[i], text);
        }
        text[0] = 'x'; /* it was copied */
        CHECK_MSG(container_write(w, place("m"), NULL, &e), "%s", e.text);
        container_writer_free(w);
        text[0] = length[k] > 0;
        struct container *c = container_read(place("m"), &e);
        for (int i = 0; CHECK_MSG(c != NULL, "%s", e.text) && i < 4; i++) {
            CHECK(container_text(c, name[i]) && strcmp(container_text(c, name[i]), text) == 0);
            CHECK(!container_string(c, name[i]) == (length[k] > 32768));
        }
        CHECK(!c || !container_text(c, "none"));
        container_free(c);
        w = container_writer_new();
        memset(text, 0xFF, length[k]);
        container_put_text(w, "bad", text);
        CHECK(container_write(w, place("m"), NULL, &e) == (length[k] == 0));
        container_writer_free(w);
        memory_free(text);
    }
    static const uint8_t zero[] = "a\0b"; /* is no text */
    struct container_writer *w = container_writer_new();
    container_put_tensor(w, "zero", CONTAINER_U8, zero, 3, 0, 1);
    container_put_tensor(w, "matrix", CONTAINER_U8, letters, 1, 5, 5);
    CHECK(container_write(w, place("m"), NULL, &e));
    container_writer_free(w);
    struct container *c = container_read(place("m"), &e);
    CHECK(c && !container_text(c, "zero") && !container_text(c, "matrix"));
    container_free(c);
}

TEST(names_what_cannot_be_opened)
{
    struct error e = {0};
    CHECK(!container_read(place("none"), &e));
    CHECK_INT(e.kind, ERROR_MODEL);
    CHECK(strstr(e.text, "/none: No such file or directory; ") != NULL);
    CHECK(!container_read(test_folder(), &e));
    CHECK_INT(e.kind, ERROR_MODEL);
    CHECK(strstr(e.text, ": it is a folder, a file was expected; ") != NULL);
    CHECK(!container_read("/dev/zero", &e));
    CHECK_INT(e.kind, ERROR_MODEL);
    CHECK(strstr(e.text, "/dev/zero: it is a device, ") != NULL);
    if (access("/proc/self/mem", R_OK) != 0) /* a system without /proc */
        return;
    CHECK(!container_read("/proc/self/mem", &e)); /* opens, and reading fails */
    CHECK_INT(e.kind, ERROR_IO);
    CHECK(strstr(e.text, "/proc/self/mem: Input/output error; ") != NULL);
}

TEST(tells_what_cannot_be_written)
{
    struct error e = {0};
    struct container_writer *w = container_writer_new();
    container_put_tensor(w, "w", CONTAINER_F32, padded, 2, 3, 4);
    CHECK(!container_write(w, "/dev/full", NULL, &e));
    CHECK_INT(e.kind, ERROR_IO);
    CHECK_STR(e.text, "/dev/full: No space left on device; free some space");
    CHECK(!container_write(w, place("none/m"), NULL, &e));
    CHECK_INT(e.kind, ERROR_IO);
    container_put_string(w, "bad", "\xFF");
    CHECK(!container_write(w, place("m"), NULL, &e));
    CHECK(strstr(e.text, "/m: the text of 'bad' is not UTF-8; ") != NULL);
    container_writer_free(w);

    size_t n = (size_t)1 << 20;
    char *large = memory_new(n + 1, 1);
    memset(large, 'x', n);
    w = container_writer_new();
    container_put_string(w, "large", large);
    CHECK(!container_write(w, place("m"), NULL, &e)); /* what could not be read again is not written */
    CHECK(strstr(e.text, "/m: the header would have ") != NULL);
    CHECK(access(place("m"), F_OK) != 0);
    container_writer_free(w);
    memory_free(large);
}

TEST(full_disk_keeps_the_older_file)
{
    struct error e = {0};
    small(place("m"));
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
        struct container_writer *w = container_writer_new();
        container_put_tensor(w, "w", CONTAINER_F64, memory_new(1000000, 8), 1000000, 0, 0);
        bool good = !container_write(w, place("m"), NULL, &e) && e.kind == ERROR_IO &&
                    strstr(e.text, "/m: File too large; ") && strstr(e.text, ", the older file was kept");
        _exit(good ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    struct container *c = container_read(place("m"), &e);
    CHECK(c != NULL);
    check_small(c);
    container_free(c);
    CHECK(access(place("m.part"), F_OK) != 0);
}
