/* Which addresses outgoing hooks may not reach. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "broker/webhook_address.h"

static bool is_private(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return webhook_address_is_private((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return webhook_address_is_private((const struct sockaddr *)&v6);
}

static void private_places_are_private(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "::127.0.0.1",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (!is_private(addresses[i]))
            print_error("%s\n", addresses[i]);
        assert_true(is_private(addresses[i]));
    }
}

static void others_are_not(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",         "9.255.255.255",    "11.0.0.1",
        "100.63.255.255",  "100.128.0.1",      "126.255.255.255",
        "128.0.0.1",       "169.253.0.1",      "172.15.0.1",
        "172.32.0.1",      "192.0.1.1",        "192.167.0.1",
        "198.17.0.1",      "198.20.0.1",       "223.255.0.1",
        "2606:4700::1111", "fbff::1",          "fe7f::1",
        "::ffff:8.8.8.8",  "64:ff9b::808:808", "2002:808:808::1",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (is_private(addresses[i]))
            print_error("%s\n", addresses[i]);
        assert_false(is_private(addresses[i]));
    }
}

static void what_is_no_internet_address_is_private(void **state)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};

    (void)state;
    assert_true(webhook_address_is_private((const struct sockaddr *)&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_places_are_private),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(what_is_no_internet_address_is_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
