/* A room as an HTML page. */
#include "fcgi/room_page.h"

#include <string.h>
#include <time.h>

#include "common/protocol.h"
#include "fcgi/html.h"

/* ---- reading ---- */

enum chat_result room_page_read(const json_t *result,
                                struct room_page *page_out)
{
    const json_t *room = json_object_get(result, "room");
    const json_t *settings = json_object_get(room, "settings");
    struct room_page page = {.events = json_object_get(result, "events")};

    if (!json_is_array(page.events) ||
        json_get_bool(result, "more", &page.more) != CHAT_OK ||
        json_get_text(room, "room", &page.room) != CHAT_OK ||
        json_get_text(room, "topic", &page.topic) != CHAT_OK ||
        json_get_int(room, "n", &page.n) != CHAT_OK ||
        json_get_bool(settings, "indexed", &page.indexed) != CHAT_OK ||
        json_get_bool(settings, "archived", &page.archived) != CHAT_OK)
        return CHAT_UNAVAILABLE;
    *page_out = page;
    return CHAT_OK;
}

bool page_line_read(const json_t *event, struct page_line *line_out)
{
    struct page_line line = {.seq = 0};
    const char *type;

    if (json_get_text(event, "type", &type) != CHAT_OK ||
        json_get_int(event, "seq", &line.seq) != CHAT_OK ||
        json_get_int(event, "n", &line.n) != CHAT_OK ||
        json_get_int(event, "at", &line.at_ms) != CHAT_OK ||
        json_get_text(event, "from", &line.from) != CHAT_OK)
        return false;
    line.action = strcmp(type, "action") == 0;
    if (!line.action && strcmp(type, "message") != 0)
        return false;
    (void)json_get_text(event, "text", &line.text);
    (void)json_get_text(event, "by", &line.by);
    (void)json_get_int(event, "edited", &line.edited_ms);
    *line_out = line;
    return true;
}

void page_time(int64_t at_ms, char out[PAGE_TIME_SIZE])
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;

    out[0] = '\0';
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(out, PAGE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* ---- head ---- */

static void put_head(struct html *html, const char *title)
{
    html_markup(html,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                "<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n"
                "<title>");
    html_text(html, title);
    html_markup(html, "</title>\n"
                      "<link rel=\"stylesheet\" href=\"/chat/css/base.css\">\n"
                      "<link rel=\"stylesheet\" href=\"/chat/css/page.css\">\n"
                      "<link rel=\"icon\" href=\"/chat/icon.svg\">\n");
}

static void put_address(struct html *html, const struct room_page *page)
{
    html_markup(html, "/chat/r/");
    html_segment(html, page->room);
}

static void put_top(struct html *html, const struct room_page *page)
{
    put_head(html, page->room);
    if (!page->indexed)
        html_markup(html, "<meta name=\"robots\" content=\"noindex\">\n");
    html_markup(html, "<link rel=\"alternate\" type=\"application/atom+xml\""
                      " href=\"");
    put_address(html, page);
    html_markup(html, ".atom\">\n</head>\n<body>\n<header>\n<h1><a href=\"");
    put_address(html, page);
    html_markup(html, "\"><bdi>");
    html_text(html, page->room);
    html_markup(html, "</bdi></a></h1>\n<p dir=\"auto\">");
    html_text(html, page->topic);
    html_markup(html, "</p>\n</header>\n<main>\n");
}

/* ---- messages ---- */

static void put_from(struct html *html, const struct page_line *line)
{
    html_markup(html, "<b><bdi>");
    html_text(html, line->from);
    html_markup(html, "</bdi></b>");
    if (line->by == NULL)
        return;
    html_markup(html, " <small>(<bdi>");
    html_text(html, line->by);
    html_markup(html, "</bdi>)</small>");
}

static void put_said(struct html *html, const struct page_line *line)
{
    if (line->text == NULL) {
        html_markup(html, " <em class=\"quiet\">deleted</em>");
        return;
    }
    html_markup(html, " <span class=\"said\" dir=\"auto\">");
    html_text(html, line->text);
    html_markup(html, "</span>");
    if (line->edited_ms != 0)
        html_markup(html, " <small class=\"quiet\">(edited)</small>");
}

/* The time is the message's permanent address. */
static void put_line(struct html *html, const struct room_page *page,
                     const struct page_line *line)
{
    char at[PAGE_TIME_SIZE];

    page_time(line->at_ms, at);
    html_markup(html, "<li id=\"n");
    html_number(html, line->n);
    html_markup(html, "\"");
    if (line->n == page->target_n)
        html_markup(html, " class=\"target\"");
    html_markup(html, "><a class=\"quiet\" href=\"");
    put_address(html, page);
    html_markup(html, "/");
    html_number(html, line->n);
    html_markup(html, "\"><time datetime=\"");
    html_text(html, at);
    html_markup(html, "\">");
    at[strlen("2026-11-22T23:30")] = '\0';
    at[strlen("2026-11-22")] = ' ';
    html_text(html, at);
    html_markup(html, "</time></a> ");
    if (line->action)
        html_markup(html, "* ");
    put_from(html, line);
    put_said(html, line);
    html_markup(html, "</li>\n");
}

static void put_lines(struct html *html, const struct room_page *page)
{
    struct page_line line;
    const json_t *event;
    size_t index;

    if (json_array_size(page->events) == 0) {
        html_markup(html, "<p class=\"quiet\">Nothing here.</p>\n");
        return;
    }
    html_markup(html, "<ol>\n");
    json_array_foreach (page->events, index, event) {
        if (page_line_read(event, &line))
            put_line(html, page, &line);
    }
    html_markup(html, "</ol>\n");
}

/* ---- the way on ---- */

/* The n of the first event of the page, or its last; 0: there is none. */
static int64_t edge_n(const struct room_page *page, bool last)
{
    size_t count = json_array_size(page->events);
    int64_t n = 0;

    if (count > 0)
        (void)json_get_int(json_array_get(page->events, last ? count - 1 : 0),
                           "n", &n);
    return n;
}

static bool has_older(const struct room_page *page)
{
    if (page->anchor == HISTORY_NEWEST || page->anchor == HISTORY_BEFORE)
        return page->more;
    return edge_n(page, false) > 1;
}

static bool has_newer(const struct room_page *page)
{
    if (page->anchor == HISTORY_AFTER)
        return page->more;
    return page->anchor != HISTORY_NEWEST && edge_n(page, true) < page->n;
}

static void put_ways(struct html *html, const struct room_page *page)
{
    html_markup(html, "<nav>\n");
    if (has_older(page)) {
        html_markup(html, "<a rel=\"prev\" href=\"");
        put_address(html, page);
        html_markup(html, "?before=");
        html_number(html, edge_n(page, false));
        html_markup(html, "\">Older</a>\n");
    }
    if (has_newer(page)) {
        html_markup(html, "<a rel=\"next\" href=\"");
        put_address(html, page);
        html_markup(html, "?after=");
        html_number(html, edge_n(page, true));
        html_markup(html, "\">Newer</a>\n");
    }
    html_markup(html, "<a href=\"");
    put_address(html, page);
    html_markup(html, "\">Newest</a>\n<a href=\"");
    put_address(html, page);
    html_markup(html, ".txt\">Text</a>\n<a href=\"");
    put_address(html, page);
    html_markup(html, ".atom\">Feed</a>\n<a href=\"/chat/\">Live</a>\n"
                      "</nav>\n");
}

/* ---- writing ---- */

static void put_form(struct html *html, const struct room_page *page)
{
    if (page->archived)
        return;
    html_markup(html, "<form method=\"post\" action=\"");
    put_address(html, page);
    html_markup(html, "\">\n");
    if (!page->has_session)
        html_markup(html, "<p><label>Nick <input name=\"nick\" required "
                          "autocomplete=\"nickname\"></label></p>\n");
    if (page->form_id != NULL) {
        html_markup(html, "<input type=\"hidden\" name=\"id\" value=\"");
        html_text(html, page->form_id);
        html_markup(html, "\">\n");
    }
    html_markup(html, "<p><label>Message <textarea name=\"text\" rows=\"3\" "
                      "required></textarea></label></p>\n"
                      "<p><button class=\"primary\">Send</button></p>\n"
                      "</form>\n");
}

/* ---- whole pages ---- */

char *room_page_html(const struct room_page *page, size_t *length_out)
{
    struct html html;

    html_begin(&html);
    put_top(&html, page);
    put_lines(&html, page);
    html_markup(&html, "</main>\n");
    put_ways(&html, page);
    put_form(&html, page);
    html_markup(&html, "</body>\n</html>\n");
    return html_end(&html, length_out);
}

char *room_page_refusal(const char *title, const char *detail,
                        size_t *length_out)
{
    struct html html;

    html_begin(&html);
    put_head(&html, title);
    html_markup(&html, "<meta name=\"robots\" content=\"noindex\">\n"
                       "</head>\n<body>\n<main>\n<h1>");
    html_text(&html, title);
    html_markup(&html, "</h1>\n<p>");
    html_text(&html, detail);
    html_markup(&html, "</p>\n</main>\n<nav><a href=\"/chat/\">Chat</a></nav>"
                       "\n</body>\n</html>\n");
    return html_end(&html, length_out);
}
