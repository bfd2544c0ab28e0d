/* A room as plain text and as an Atom feed (RFC 4287). */
#include <stdlib.h>
#include <string.h>

#include "fcgi/html.h"
#include "fcgi/room_page.h"

/* ---- text ---- */

/*
 * Further lines are indented, so that none looks like another message. A
 * terminal must not take anything for a command.
 */
static void print_said(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("\n\t", out);
        else if ((unsigned char)*text >= ' ' || *text == '\t')
            fputc(*text, out);
    }
}

static void print_line(FILE *out, const struct page_line *line)
{
    char at[PAGE_TIME_SIZE];

    page_time(line->at_ms, at);
    fprintf(out, line->action ? "%s * %s " : "%s <%s> ", at, line->from);
    if (line->by != NULL)
        fprintf(out, "(%s) ", line->by);
    if (line->text == NULL)
        fputs("(deleted)", out);
    else
        print_said(out, line->text);
    fputs(line->edited_ms != 0 ? " (edited)\n" : "\n", out);
}

char *room_page_text(const struct room_page *page, size_t *length_out)
{
    struct page_line line;
    const json_t *event;
    char *text = NULL;
    size_t index;
    FILE *out = open_memstream(&text, length_out);

    if (out == NULL)
        return NULL;
    json_array_foreach (page->events, index, event) {
        if (page_line_read(event, &line))
            print_line(out, &line);
    }
    bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

/* ---- Atom ---- */

/* The address of the room, or of one of its messages. */
static void put_address(struct html *html, const struct room_page *page,
                        const char *suffix, int64_t n)
{
    html_text(html, page->origin);
    html_markup(html, "/chat/r/");
    html_segment(html, page->room);
    html_text(html, suffix);
    if (n == 0)
        return;
    html_markup(html, "/");
    html_number(html, n);
}

/* An id for ever: of an event, or (seq 0) of the room's feed. */
static void put_id(struct html *html, const struct room_page *page, int64_t seq)
{
    html_markup(html, "<id>urn:ajaxchat:");
    html_segment(html, page->epoch);
    html_markup(html, ":");
    if (seq != 0)
        html_number(html, seq);
    else
        html_segment(html, page->room);
    html_markup(html, "</id>\n");
}

static void put_updated(struct html *html, int64_t at_ms)
{
    char at[PAGE_TIME_SIZE];

    page_time(at_ms, at);
    html_markup(html, "<updated>");
    html_text(html, at);
    html_markup(html, "</updated>\n");
}

static int64_t changed_ms(const struct page_line *line)
{
    return line->edited_ms > line->at_ms ? line->edited_ms : line->at_ms;
}

static void put_entry(struct html *html, const struct room_page *page,
                      const struct page_line *line)
{
    html_markup(html, "<entry>\n");
    put_id(html, page, line->seq);
    put_updated(html, changed_ms(line));
    html_markup(html, "<title>");
    html_text(html, line->from);
    html_markup(html, "</title>\n<author><name>");
    html_text(html, line->by != NULL ? line->by : line->from);
    html_markup(html, "</name></author>\n<link href=\"");
    put_address(html, page, "", line->n);
    html_markup(html, "\"/>\n<content type=\"text\">");
    html_text(html, line->text);
    html_markup(html, "</content>\n</entry>\n");
}

/* When the newest of the page changed; 0: there is nothing. */
static int64_t newest_ms(const struct room_page *page)
{
    struct page_line line;
    const json_t *event;
    int64_t newest = 0;
    size_t index;

    json_array_foreach (page->events, index, event) {
        if (page_line_read(event, &line) && changed_ms(&line) > newest)
            newest = changed_ms(&line);
    }
    return newest;
}

static void put_feed_head(struct html *html, const struct room_page *page)
{
    html_markup(html, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    put_id(html, page, 0);
    html_markup(html, "<title>");
    html_text(html, page->room);
    html_markup(html, "</title>\n<subtitle>");
    html_text(html, page->topic);
    html_markup(html, "</subtitle>\n");
    put_updated(html, newest_ms(page));
    html_markup(html, "<link rel=\"self\" href=\"");
    put_address(html, page, ".atom", 0);
    html_markup(html, "\"/>\n<link href=\"");
    put_address(html, page, "", 0);
    html_markup(html, "\"/>\n");
}

/* Newest first, as feeds are; without what is deleted. */
char *room_page_atom(const struct room_page *page, size_t *length_out)
{
    struct page_line line;
    struct html html;

    html_begin(&html);
    put_feed_head(&html, page);
    for (size_t i = json_array_size(page->events); i > 0; i--) {
        if (page_line_read(json_array_get(page->events, i - 1), &line) &&
            line.text != NULL)
            put_entry(&html, page, &line);
    }
    html_markup(&html, "</feed>\n");
    return html_end(&html, length_out);
}
