#include "fcgi/html.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void html_begin(struct html *html)
{
    *html = (struct html){.out = NULL};
    html->out = open_memstream(&html->text, &html->length);
}

char *html_end(struct html *html, size_t *length_out)
{
    bool failed = html->out == NULL || ferror(html->out) != 0;

    if (html->out != NULL && fclose(html->out) != 0)
        failed = true;
    html->out = NULL;
    if (failed) {
        free(html->text);
        return NULL;
    }
    *length_out = html->length;
    return html->text;
}

static void add(struct html *html, const char *bytes, size_t length)
{
    if (html->out != NULL)
        (void)fwrite(bytes, 1, length, html->out);
}

void html_add_literal(struct html *html, const char *literal, size_t length)
{
    add(html, literal, length);
}

/* ---- text ---- */

/* What stands for the ASCII character; NULL: itself. */
static const char *stands_for(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\r': /* else a parser makes a line feed of it */
        return "&#13;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return c < 0x20 || c == 0x7f ? REPLACEMENT : NULL;
    }
}

/* Whether U+FFFE or U+FFFF is there. The text's NUL ends the comparison. */
static bool is_noncharacter(const char *text)
{
    return strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
           strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

void html_text(struct html *html, const char *text)
{
    const char *plain = text; /* since where nothing has to be replaced */

    if (text == NULL)
        return;
    while (*text != '\0') {
        bool is_none = is_noncharacter(text);
        const char *other =
            is_none ? REPLACEMENT : stands_for((unsigned char)*text);
        size_t taken = is_none ? 3 : 1;
        if (other != NULL) {
            add(html, plain, (size_t)(text - plain));
            add(html, other, strlen(other));
            plain = text + taken;
        }
        text += taken;
    }
    add(html, plain, (size_t)(text - plain));
}

/* ---- the rest ---- */

/* RFC 3986, 2.3. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
}

void html_segment(struct html *html, const char *text)
{
    char encoded[4];

    for (; *text != '\0'; text++) {
        if (is_unreserved(*text)) {
            add(html, text, 1);
            continue;
        }
        (void)snprintf(encoded, sizeof(encoded), "%%%02X",
                       (unsigned)(unsigned char)*text);
        add(html, encoded, 3);
    }
}

void html_number(struct html *html, int64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRId64, number);

    add(html, digits, (size_t)length);
}
