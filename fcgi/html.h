/*
 * Writing HTML and XML: the one place that escapes. Markup can only be a
 * literal of ours; everything else goes in as text, and stays text in content
 * as well as in attribute values, which are always in double quotes.
 */
#ifndef FCGI_HTML_H
#define FCGI_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A document being written. A lack of memory shows at its end. */
struct html {
    FILE *out;
    char *text;
    size_t length;
};

void html_begin(struct html *html);

/*
 * The document, to be freed with free(), its length without the NUL in
 * `length_out`. NULL: no memory. Ends the document either way.
 */
char *html_end(struct html *html, size_t *length_out);

/* Adds markup, which the compiler refuses unless it is a literal. */
#define html_markup(html, literal)                                             \
    html_add_literal((html), "" literal "", sizeof(literal) - 1)
void html_add_literal(struct html *html, const char *literal, size_t length);

/*
 * Adds UTF-8 text (NULL: nothing), escaped. Characters that XML cannot have
 * (controls but tab and line ends, U+FFFE and U+FFFF) become U+FFFD.
 */
void html_text(struct html *html, const char *text);

/* Adds text as one segment of a URL's path, percent-encoded. */
void html_segment(struct html *html, const char *text);

void html_number(struct html *html, int64_t number);

#endif
