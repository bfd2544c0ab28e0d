/* Rooms as documents: HTML, text and Atom. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/room_page.h"

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    return json;
}

#define MESSAGE(n, more)                                                       \
    "{\"type\":\"message\",\"seq\":1" #n ",\"n\":" #n                          \
    ",\"room\":\"dev\",\"at\":1795370000000,\"from\":\"al<ice\"" more "}"

static struct room_page page_of(const json_t *events)
{
    return (struct room_page){
        .room = "dev",
        .topic = "<script>",
        .n = 9,
        .events = events,
        .epoch = "ep",
        .origin = "http://h\"",
    };
}

typedef char *render_fn(const struct room_page *page, size_t *length_out);

/* The document, whose length is right; to be freed. */
static char *render(render_fn *how, const struct room_page *page)
{
    size_t length;
    char *text = how(page, &length);

    assert_non_null(text);
    assert_int_equal(strlen(text), length);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        print_error("no %s in\n%s\n", part, text);
    assert_non_null(strstr(text, part));
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        print_error("%s in\n%s\n", part, text);
    assert_null(strstr(text, part));
}

static void a_broker_page_is_read(void **state)
{
    struct room_page page;
    json_t *result = parse(
        "{\"room\":{\"room\":\"dev\",\"topic\":\"t\",\"n\":7,\"settings\":"
        "{\"indexed\":true,\"archived\":false}},\"events\":[],\"more\":true}");

    (void)state;
    assert_int_equal(room_page_read(result, &page), CHAT_OK);
    assert_string_equal(page.room, "dev");
    assert_int_equal(page.n, 7);
    assert_true(page.indexed && page.more && !page.archived);
    json_object_del(result, "more");
    assert_int_equal(room_page_read(result, &page), CHAT_UNAVAILABLE);
    json_decref(result);
    assert_int_equal(room_page_read(NULL, &page), CHAT_UNAVAILABLE);
}

static void html_has_everything_as_text(void **state)
{
    json_t *events = parse("[" MESSAGE(
        4,
        ",\"text\":\"<img src=x "
        "onerror=alert(1)>\"") "," MESSAGE(5,
                                           ",\"deleted\":true") "," MESSAGE(6,
                                                                            ","
                                                                            "\""
                                                                            "te"
                                                                            "xt"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "x"
                                                                            "\""
                                                                            ","
                                                                            "\""
                                                                            "ed"
                                                                            "it"
                                                                            "ed"
                                                                            "\""
                                                                            ":1"
                                                                            "79"
                                                                            "53"
                                                                            "70"
                                                                            "00"
                                                                            "00"
                                                                            "01"
                                                                            ","
                                                                            "\""
                                                                            "by"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "<i"
                                                                            ">"
                                                                            "\"") "]");
    struct room_page page = page_of(events);
    char *text = render(room_page_html, &page);

    (void)state;
    assert_has_not(text, "<script");
    assert_has_not(text, "<img");
    assert_has_not(text, "<i>");
    assert_has(text, "&lt;img src=x onerror=alert(1)&gt;");
    assert_has(text, "<li id=\"n5\"><a class=\"quiet\" href=\"/chat/r/dev/5\">"
                     "<time datetime=\"2026-11-22T17:53:20Z\">"
                     "2026-11-22 17:53</time></a> <b><bdi>al&lt;ice</bdi></b> "
                     "<em class=\"quiet\">deleted</em></li>");
    assert_has(text, "(edited)");
    assert_has(text, "content=\"noindex\"");
    assert_has(text, "name=\"nick\"");
    free(text);
    json_decref(events);
}

static void html_leads_on_where_there_is_more(void **state)
{
    json_t *events = parse("[" MESSAGE(4, "") "," MESSAGE(5, "") "]");
    struct room_page page = page_of(events);

    (void)state;
    char *text = render(room_page_html, &page);
    assert_has_not(text, "?before=");
    assert_has_not(text, "?after=");
    free(text);
    page.more = true;
    text = render(room_page_html, &page);
    assert_has(text, "?before=4\"");
    assert_has_not(text, "?after=");
    free(text);
    page.anchor = HISTORY_BEFORE;
    text = render(room_page_html, &page);
    assert_has(text, "?before=4\"");
    assert_has(text, "?after=5\"");
    free(text);
    page.anchor = HISTORY_AFTER;
    page.more = false;
    text = render(room_page_html, &page);
    assert_has(text, "?before=4\"");
    assert_has_not(text, "?after=");
    free(text);
    json_decref(events);
}

static void the_form_is_as_the_reader_needs_it(void **state)
{
    json_t *events = json_array();
    struct room_page page = page_of(events);

    (void)state;
    page.has_session = true;
    page.form_id = "f1";
    page.indexed = true;
    char *text = render(room_page_html, &page);
    assert_has_not(text, "name=\"nick\"");
    assert_has(text, "name=\"id\" value=\"f1\"");
    assert_has_not(text, "noindex");
    free(text);
    page.archived = true;
    text = render(room_page_html, &page);
    assert_has_not(text, "<form");
    free(text);
    json_decref(events);
}

static void text_has_one_line_for_each(void **state)
{
    json_t *events =
        parse("[" MESSAGE(4, ",\"text\":\"a\\r\\n<b>\\u001b[2J\"") "," MESSAGE(
            5, ",\"deleted\":true") ",{\"type\":\"action\",\"seq\":3,\"n\":6,"
                                    "\"at\":1795370000000,\"from\":\"bob\","
                                    "\"text\":\"waves\",\"edited\":1}]");
    struct room_page page = page_of(events);
    char *text = render(room_page_text, &page);

    (void)state;
    assert_string_equal(text, "2026-11-22T17:53:20Z <al<ice> a\n\t<b>[2J\n"
                              "2026-11-22T17:53:20Z <al<ice> (deleted)\n"
                              "2026-11-22T17:53:20Z * bob waves (edited)\n");
    free(text);
    json_decref(events);
}

static void the_feed_is_newest_first_without_what_is_deleted(void **state)
{
    json_t *events = parse("[" MESSAGE(4, ",\"text\":\"one\"") "," MESSAGE(
        5, ",\"deleted\":true") "," MESSAGE(6, ",\"text\":\"]]><t&o\"") "]");
    struct room_page page = page_of(events);
    char *text = render(room_page_atom, &page);

    (void)state;
    assert_has(text, "<id>urn:ajaxchat:ep:dev</id>");
    assert_has(text, "<id>urn:ajaxchat:ep:14</id>");
    assert_has_not(text, ":15</id>");
    assert_has(text, "href=\"http://h&quot;/chat/r/dev/6\"");
    assert_has(text, "]]&gt;&lt;t&amp;o");
    assert_true(strstr(text, "ep:16") < strstr(text, "ep:14"));
    free(text);
    json_decref(events);
}

static void a_refusal_is_a_page(void **state)
{
    size_t length;
    char *text = room_page_refusal("No <room>.", NULL, &length);

    (void)state;
    assert_has(text, "<h1>No &lt;room&gt;.</h1>");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broker_page_is_read),
        cmocka_unit_test(html_has_everything_as_text),
        cmocka_unit_test(html_leads_on_where_there_is_more),
        cmocka_unit_test(the_form_is_as_the_reader_needs_it),
        cmocka_unit_test(text_has_one_line_for_each),
        cmocka_unit_test(the_feed_is_newest_first_without_what_is_deleted),
        cmocka_unit_test(a_refusal_is_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
