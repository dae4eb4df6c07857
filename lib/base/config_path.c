/* SPDX-License-Identifier: MIT */
#include "lib/base/config_store.h"

#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the path of n bytes a folder whose name can go with a ".." behind it? */
static bool is_folder(const char *path, size_t n)
{
    struct stat status;
    return !(n >= 3 && memcmp(path + n - 3, "/..", 3) == 0) && lstat(path, &status) == 0 &&
           S_ISDIR(status.st_mode);
}

char *config_join_path(const char *folder, const char *path)
{
    const char *part[2] = {*path == '/' ? "" : folder, path};
    char *out = memory_new(strlen(part[0]) + strlen(path) + 3, 1);
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        for (const char *p = part[i]; *p; p += *p == '/') {
            size_t length = strcspn(p, "/");
            bool up = length == 2 && p[0] == '.' && p[1] == '.';
            out[n] = 0;
            if (up && is_folder(out, n)) {
                while (out[--n] != '/')
                    ;
            } else if (length > 0 && !(length == 1 && *p == '.') && !(up && n == 0)) {
                out[n++] = '/';
                memcpy(out + n, p, length);
                n += length;
            }
            p += length;
        }
    }
    if (n == 0)
        out[n++] = '/';
    out[n] = 0;
    return out;
}

/* The `${NAME}` or `${NAME:-default}` at *p: what stands for it, and whether the environment said so; *p
 * moves past it. */
static bool replace(const struct entry *x, const char **p, struct span *piece, bool *told, struct error *e)
{
    const char *name = *p + 2, *end = strchr(name, '}');
    if (!end)
        return config_fault_at(x->at, e, "'%.60s': '${' without '}'; close it, or write '$$' for a plain '$'",
                               *p);
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    size_t fallback = strncmp(name + n, ":-", 2) == 0 ? 2 : 0;
    *piece = (struct span){name + n + fallback, (size_t)(end - name) - n - fallback};
    if (n == 0 || n > NAME_MOST || isdigit((unsigned char)*name) || (piece->n > 0 && !fallback) ||
        memmem(piece->s, piece->n, "${", 2))
        return config_fault_at(
            x->at, e, "'%.60s': expected ${NAME} or ${NAME:-default}; write '$$' for a plain '$'", *p);
    char variable[NAME_MOST + 1] = "";
    memcpy(variable, name, n);
    const char *value = getenv(variable);
    *told = value && *value;
    if (*told)
        *piece = span_of(value);
    else if (!fallback)
        return config_fault_at(x->at, e,
                               "the environment variable %s is not set; set it, e.g. export %s=/path",
                               variable, variable);
    *p = end + 1;
    return true;
}

/* A path that the environment begins was said in a shell, so it is relative to the working directory. */
bool config_path_resolve(struct config *c, const struct entry *x, const char *said, const char **path,
                         struct error *e)
{
    char out[PATH_MOST + 1], here[PATH_MOST + 1];
    const char *folder = x->folder;
    size_t n = 0;
    if (strcmp(said, "-") == 0)
        return config_fault_at(
            x->at, e,
            "'-' (standard input) is no file to be read more than once; write it to a file, and "
            "name that (one that is called so is ./-)");
    if (*said == '~' && (said[1] == '/' || !said[1]))
        return config_fault_at(x->at, e, "'%.60s': '~' is not replaced; write ${HOME}", said);
    for (const char *p = said; *p;) {
        struct span piece = {p, 1};
        bool told = false;
        if (p[0] != '$' || p[1] != '{')
            p += p[0] == '$' && p[1] == '$' ? 2 : 1;
        else if (!replace(x, &p, &piece, &told, e))
            return false;
        if (n == 0 && told && getcwd(here, sizeof here))
            folder = here;
        if (n + piece.n > PATH_MOST)
            return config_fault_at(x->at, e, "'%.60s': a path longer than %d bytes; shorten it", said,
                                   PATH_MOST);
        memcpy(out + n, piece.s, piece.n);
        n += piece.n;
    }
    out[n] = 0;
    *path = config_keep(c, n > 0 ? config_join_path(folder, out) : memory_copy("", 0));
    struct span all = span_of(*path);
    return (all.n <= PATH_MOST && text_utf8_fault(all) == all.n) ||
           config_fault_at(x->at, e, "'%.60s': the path is not UTF-8, or longer than %d bytes; use another",
                           *path, PATH_MOST);
}
