/* Token buckets: so much at once, then no faster than they refill. */
#include "tests/unit/unit.h"

#include "broker/buckets.h"

enum { NOW_MS = 5000 };

/* How many are taken at once before one is refused. */
static int take_all(struct bucket *bucket, const struct bucket_rate *rate,
                    int64_t mono_ms)
{
    int count = 0;

    while (bucket_wait_ms(bucket, rate, mono_ms) == 0 && count < 1000) {
        bucket_take(bucket, rate, mono_ms);
        count++;
    }
    return count;
}

static void a_full_bucket_gives_its_burst_and_no_more(void **state)
{
    const struct bucket_rate rate = bucket_rate(2, 1000, 5);
    struct bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, &rate, NOW_MS), 5);
    assert_int_equal(bucket_wait_ms(&bucket, &rate, NOW_MS), 500);
}

static void one_comes_back_each_interval(void **state)
{
    const struct bucket_rate rate = bucket_rate(2, 1000, 5);
    struct bucket bucket = {0};

    (void)state;
    take_all(&bucket, &rate, NOW_MS);
    assert_int_equal(bucket_wait_ms(&bucket, &rate, NOW_MS + 499), 1);
    assert_int_equal(take_all(&bucket, &rate, NOW_MS + 500), 1);
    assert_int_equal(take_all(&bucket, &rate, NOW_MS + 1500), 2);
    assert_int_equal(take_all(&bucket, &rate, NOW_MS + 1000000), 5);
}

static void a_rate_may_be_less_than_one_a_second(void **state)
{
    const struct bucket_rate rate = bucket_rate(6, 60000, 1);
    struct bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, &rate, NOW_MS), 1);
    assert_int_equal(bucket_wait_ms(&bucket, &rate, NOW_MS), 10000);
}

static void what_never_comes_back_does_not_overflow(void **state)
{
    const struct bucket_rate rate = bucket_rate(0, 1000, 100000);
    struct bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, &rate, NOW_MS), 1000);
    assert_int_equal(bucket_wait_ms(&bucket, &rate, NOW_MS), 0);
}

static void without_a_burst_there_is_no_bound(void **state)
{
    const struct bucket_rate rate = {.burst = 0};
    const struct bucket bucket = {.full_at_us = INT64_MAX};

    (void)state;
    assert_int_equal(bucket_wait_ms(&bucket, &rate, NOW_MS), 0);
}

static void each_address_has_buckets_of_its_own(void **state)
{
    const struct bucket_rate rate = bucket_rate(1, 1000, 3);
    struct address_buckets *table = NULL;

    (void)state;
    struct bucket *one = address_buckets_find(&table, 1);
    assert_int_equal(take_all(&one[LIMITED_JOIN], &rate, NOW_MS), 3);
    assert_int_equal(take_all(&one[LIMITED_POST], &rate, NOW_MS), 3);
    struct bucket *two = address_buckets_find(&table, 2);
    assert_int_equal(take_all(&two[LIMITED_JOIN], &rate, NOW_MS), 3);
    assert_ptr_equal(address_buckets_find(&table, 1), one);
    address_buckets_free(&table);
    assert_null(table);
}

static void the_oldest_address_makes_way(void **state)
{
    const struct bucket_rate rate = bucket_rate(1, 1000, 3);
    struct address_buckets *table = NULL;

    (void)state;
    struct bucket *first = address_buckets_find(&table, 1);
    take_all(&first[LIMITED_JOIN], &rate, NOW_MS);
    for (int64_t address = 2; address <= BUCKET_ADDRESSES_MAX + 1; address++)
        address_buckets_find(&table, address);
    assert_int_equal(HASH_COUNT(table), BUCKET_ADDRESSES_MAX);
    first = address_buckets_find(&table, 1);
    assert_int_equal(bucket_wait_ms(&first[LIMITED_JOIN], &rate, NOW_MS), 0);
    address_buckets_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_its_burst_and_no_more),
        cmocka_unit_test(one_comes_back_each_interval),
        cmocka_unit_test(a_rate_may_be_less_than_one_a_second),
        cmocka_unit_test(what_never_comes_back_does_not_overflow),
        cmocka_unit_test(without_a_burst_there_is_no_bound),
        cmocka_unit_test(each_address_has_buckets_of_its_own),
        cmocka_unit_test(the_oldest_address_makes_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
