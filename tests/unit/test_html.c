/* The escaping writer: nothing that somebody writes becomes markup. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/html.h"

static void assert_written(struct html *html, const char *expected)
{
    size_t length;
    char *text = html_end(html, &length);

    assert_non_null(text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    free(text);
}

static void assert_text(const char *text, const char *expected)
{
    struct html html;

    html_begin(&html);
    html_text(&html, text);
    assert_written(&html, expected);
}

static void markup_stays_as_it_is(void **state)
{
    struct html html;

    (void)state;
    html_begin(&html);
    html_markup(&html, "<b class=\"x\">");
    html_text(&html, "1 < 2");
    html_markup(&html, "</b>");
    html_number(&html, INT64_MIN);
    assert_written(&html, "<b class=\"x\">1 &lt; 2</b>-9223372036854775808");
}

static void an_empty_document_is_empty(void **state)
{
    (void)state;
    assert_text("", "");
    assert_text(NULL, "");
}

static void what_means_something_is_escaped(void **state)
{
    (void)state;
    assert_text("&<>\"'", "&amp;&lt;&gt;&quot;&#39;");
    assert_text("&amp;", "&amp;amp;");
    assert_text("a\r\nb\tc", "a&#13;\nb\tc");
}

static void other_text_passes(void **state)
{
    (void)state;
    assert_text("gr\xc3\xbc\xc3\x9f Gott \xf0\x9f\x91\x8b",
                "gr\xc3\xbc\xc3\x9f Gott \xf0\x9f\x91\x8b");
}

static void what_xml_cannot_have_is_replaced(void **state)
{
    (void)state;
    assert_text("a\x01\x1b\x7f"
                "b",
                "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                "b");
    assert_text("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd",
                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

/* In content and in an attribute's value: neither has a way out. */
static void attacks_are_text(void **state)
{
    static const char *const attacks[] = {
        "<script>window.hacked=1</script>",
        "<img src=x onerror=\"window.hacked = 1\">",
        "\"><svg/onload=window.hacked=1>",
        "' onmouseover='window.hacked=1",
        "</textarea><script>window.hacked=1</script>",
        "]]><script>window.hacked=1</script>",
        "<!--><script>window.hacked=1</script>-->",
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&lt;script&gt;",
        "&#60;script&#62;",
        "<\x01script>",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct html html;
        size_t length;
        html_begin(&html);
        html_text(&html, attacks[i]);
        char *text = html_end(&html, &length);
        assert_null(strpbrk(text, "<>\"'"));
        for (const char *at = strchr(text, '&'); at != NULL;
             at = strchr(at + 1, '&'))
            assert_true(
                strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
                strncmp(at, "&gt;", 4) == 0 || strncmp(at, "&quot;", 6) == 0 ||
                strncmp(at, "&#39;", 5) == 0);
        free(text);
    }
}

static void a_segment_is_percent_encoded(void **state)
{
    struct html html;

    (void)state;
    html_begin(&html);
    html_segment(&html, "aZ09-._~/?#%&\"<\xc3\xa9 ");
    assert_written(&html, "aZ09-._~%2F%3F%23%25%26%22%3C%C3%A9%20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_stays_as_it_is),
        cmocka_unit_test(an_empty_document_is_empty),
        cmocka_unit_test(what_means_something_is_escaped),
        cmocka_unit_test(other_text_passes),
        cmocka_unit_test(what_xml_cannot_have_is_replaced),
        cmocka_unit_test(attacks_are_text),
        cmocka_unit_test(a_segment_is_percent_encoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
