/* Where outgoing hooks may post to. */
#include "tests/unit/unit.h"

#include <string.h>

#include "broker/hook_url.h"

static void web_addresses_are_fine(void **state)
{
    static const char *const urls[] = {
        "https://example.org",
        "http://example.org/hook",
        "HTTPS://example.org:8443/a/b?c=d@e#f",
        "https://[2001:db8::1]/hook",
        "https://192.0.2.1?x",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        assert_int_equal(hook_url_check(urls[i]), CHAT_OK);
}

static void others_are_not(void **state)
{
    static const char *const urls[] = {
        "",
        "example.org",
        "//example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://:80/",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        "https://example.org/\r\nHost: x",
        "https://ex\xc3\xa4mple.org/",
        "https://example.org/<x>",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        assert_int_equal(hook_url_check(urls[i]), CHAT_BAD_TEXT);
}

static void a_long_address_is_refused(void **state)
{
    char url[HOOK_URL_BYTES_MAX + 2] = "https://example.org/";

    (void)state;
    memset(url + strlen(url), 'x', HOOK_URL_BYTES_MAX - strlen(url));
    assert_int_equal(hook_url_check(url), CHAT_OK);
    strcat(url, "x");
    assert_int_equal(hook_url_check(url), CHAT_BAD_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(web_addresses_are_fine),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(a_long_address_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
