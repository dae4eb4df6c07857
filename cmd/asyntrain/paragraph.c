/* SPDX-License-Identifier: MIT */
#include "cmd/asyntrain/paragraph.h"

#include "lib/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 80, LEAST = 40 };

size_t paragraph_width(void)
{
    long long said;
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");
    if (!columns || !text_integer(span_of(columns), &said) || said < 1 || said > 10000)
        said = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH;
    return said < LEAST ? LEAST : (size_t)said;
}

static size_t columns_of(const char *word, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n; i++)
        columns += ((unsigned char)word[i] & 0xC0) != 0x80;
    return columns;
}

void paragraph_print(const char *text, size_t at, size_t indent, size_t width)
{
    bool begun = false; /* is there a word in this line? */
    for (const char *word = text + strspn(text, " \n"); *word; word += strspn(word, " \n")) {
        const size_t n = strcspn(word, " \n"), columns = columns_of(word, n);
        if (begun && at + 1 + columns > width) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (begun) {
            putchar(' ');
            at++;
        }
        fwrite(word, 1, n, stdout);
        at += columns;
        begun = true;
        word += n;
    }
    putchar('\n');
}

void paragraph_pair(const char *left, const char *text, size_t indent, size_t column, size_t width)
{
    const size_t end = indent + columns_of(left, strlen(left));
    printf("%*s%s", (int)indent, "", left);
    if (end + 1 > column)
        printf("\n%*s", (int)column, "");
    else
        printf("%*s", (int)(column - end), "");
    paragraph_print(text, column, column, width);
}
