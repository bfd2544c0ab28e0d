/* Addresses become numbers that tell nothing but whether they are the same. */
#include "tests/unit/unit.h"

#include <string.h>

#include "common/address.h"

static const unsigned char key[ADDRESS_KEY_BYTES] = {1, 2, 3};

static void an_address_has_one_number(void **state)
{
    int64_t number = address_hash(key, "192.0.2.1");

    (void)state;
    assert_true(number > 0);
    assert_int_equal(address_hash(key, "192.0.2.1"), number);
    assert_int_not_equal(address_hash(key, "192.0.2.2"), number);
}

static void an_ipv4_address_is_itself_also_as_ipv6(void **state)
{
    (void)state;
    assert_int_equal(address_hash(key, "::ffff:192.0.2.1"),
                     address_hash(key, "192.0.2.1"));
    assert_int_equal(address_hash(key, "::ffff:c000:201"),
                     address_hash(key, "192.0.2.1"));
}

static void ipv6_addresses_count_by_their_network(void **state)
{
    int64_t number = address_hash(key, "2001:db8:1:2::1");

    (void)state;
    assert_true(number > 0);
    assert_int_equal(address_hash(key, "2001:DB8:1:2:ffff::9"), number);
    assert_int_not_equal(address_hash(key, "2001:db8:1:3::1"), number);
    assert_true(address_hash(key, "::1") > 0);
}

static void what_is_no_address_has_no_number(void **state)
{
    static const char *const texts[] = {
        "",
        "unix:",
        "localhost",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1 ",
        " 192.0.2.1",
        "192.0.2.1:80",
        "192.0.2.1, 192.0.2.2",
        "2001:db8:::1",
        "[2001:db8::1]",
        "fe80::1%eth0",
        "2001:db8::g",
        "1:2:3:4:5:6:7:8:9",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (address_hash(key, texts[i]) != 0)
            fail_msg("%s", texts[i]);
    }
}

static void another_secret_gives_other_numbers(void **state)
{
    static const unsigned char secret[32] = "one", other_secret[32] = "other";
    unsigned char one[ADDRESS_KEY_BYTES], again[ADDRESS_KEY_BYTES];
    unsigned char other[ADDRESS_KEY_BYTES];

    (void)state;
    address_key_derive(secret, sizeof(secret), one);
    address_key_derive(secret, sizeof(secret), again);
    address_key_derive(other_secret, sizeof(other_secret), other);
    assert_memory_equal(one, again, sizeof(one));
    assert_memory_not_equal(one, secret, sizeof(one));
    assert_int_not_equal(address_hash(one, "192.0.2.1"),
                         address_hash(other, "192.0.2.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_one_number),
        cmocka_unit_test(an_ipv4_address_is_itself_also_as_ipv6),
        cmocka_unit_test(ipv6_addresses_count_by_their_network),
        cmocka_unit_test(what_is_no_address_has_no_number),
        cmocka_unit_test(another_secret_gives_other_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
