/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/choose.h"

#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

size_t choose_name(const char *word, const char *const *names, size_t count, const char *unknown,
                   const char *see, struct error *e)
{
    const size_t n = strlen(word);
    size_t found = 0, one = count, last = count;
    char all[512] = "";
    for (size_t k = 0; k < count; k++)
        if (strcmp(names[k], word) == 0)
            return k;
    for (size_t k = 0; k < count; k++)
        if (n > 0 && strspn(word, "-") < n && strncmp(names[k], word, n) == 0)
            found++, one = found == 1 ? k : one, last = k;
    if (found == 1)
        return one;
    if (found > 1) {
        for (size_t k = one; k <= last; k++)
            if (strncmp(names[k], word, n) == 0)
                snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                         k == one    ? ""
                         : k == last ? " or "
                                     : ", ",
                         names[k]);
        error_set(e, ERROR_USAGE, "'%s' may be %s; write more of it", word, all);
        return count;
    }
    const char *near = text_nearest(word, names, count);
    if (near)
        error_set(e, ERROR_USAGE, "%s; did you mean '%s'? %s", unknown, near, see);
    else
        error_set(e, ERROR_USAGE, "%s; %s", unknown, see);
    return count;
}
