#include "tests/unit/store_fixture.h"

/* Rooms 1, 2 (seqs 1, 2), and what is said in them, from 3 on. */
static int setup(void **state)
{
    static const char *const texts[] = {
        "The quick brown fox",                                      /* 3 */
        "a brown dog; a quick one",                                 /* 4 */
        "Caf\xc3\xa9 au lait",                                      /* 5 */
        "NEAR AND (OR) * the \"end\" r2 -",                         /* 6 */
        "\xd0\x91\xd1\x8b\xd1\x81\xd1\x82\xd1\x80\xd1\x8b\xd0\xb9", /* 7 */
    };

    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    make_rooms(f, 2);
    store_begin(f->store);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .sid = 9, .text = texts[i]);
    APPEND(f, .type = EVENT_ACTION, .rid = 2, .sid = 9, .text = "is quick");
    return store_commit(f->store) == CHAT_OK ? 0 : -1;
}

static const int64_t both_rooms[] = {1, 2};

/* Everything from the newest on, in both rooms, but for what `query` says. */
static enum chat_result search(struct fixture *f, struct search_query query,
                               struct seen *seen, bool *more_out)
{
    seen->count = 0;
    if (query.rids == NULL) {
        query.rids = both_rooms;
        query.rid_count = 2;
    }
    query.before_seq = query.before_seq == 0 ? INT64_MAX : query.before_seq;
    query.limit = query.limit == 0 ? 10 : query.limit;
    query.bytes_max = query.bytes_max == 0 ? 100000 : query.bytes_max;
    query.time_max_ms = query.time_max_ms == 0 ? 10000 : query.time_max_ms;
    return store_search(f->store, &query, see, seen, more_out);
}

/* Searching for `words` gives these seqs, and no more. */
#define ASSERT_FOUND(state, words, ...)                                        \
    do {                                                                       \
        struct seen seen_;                                                     \
        bool more_ = true;                                                     \
        assert_int_equal(search(*(state),                                      \
                                (struct search_query){.text = (words)},        \
                                &seen_, &more_),                               \
                         CHAT_OK);                                             \
        ASSERT_SEEN(&seen_, __VA_ARGS__);                                      \
        assert_false(more_);                                                   \
    } while (0)

static void assert_nothing(void **state, const char *words)
{
    struct seen seen;
    bool more = true;

    assert_int_equal(
        search(*state, (struct search_query){.text = words}, &seen, &more),
        CHAT_OK);
    assert_int_equal(seen.count, 0);
    assert_false(more);
}

static void all_words_are_found_in_any_order_newest_first(void **state)
{
    ASSERT_FOUND(state, "quick", 8, 4, 3);
    ASSERT_FOUND(state, "brown quick", 4, 3);
    ASSERT_FOUND(state, " fox\tbrown ", 3);
    assert_nothing(state, "fox dog");
    assert_nothing(state, "quic");
}

static void case_and_marks_make_no_difference(void **state)
{
    ASSERT_FOUND(state, "CAFE", 5);
    ASSERT_FOUND(state, "caf\xc3\x89", 5);
    ASSERT_FOUND(state,
                 "\xd0\x91\xd0\xab\xd0\xa1\xd0\xa2\xd0\xa0\xd0\xab\xd0\x99", 7);
}

static void quotes_make_a_phrase(void **state)
{
    ASSERT_FOUND(state, "\"quick brown\"", 3);
    ASSERT_FOUND(state, "\"a quick\" dog", 4);
    ASSERT_FOUND(state, "\"brown dog", 4);
    ASSERT_FOUND(state, "fox\"quick brown\"\"\"", 3);
    assert_nothing(state, "\"brown quick\"");
}

static void the_query_language_is_out_of_reach(void **state)
{
    ASSERT_FOUND(state, "NEAR AND", 6);
    ASSERT_FOUND(state, "(OR) end", 6);
    assert_nothing(state, "fox OR dog");
    assert_nothing(state, "NOT fox");
    assert_nothing(state, "qui*");
    assert_nothing(state, "room:r2");
    assert_nothing(state, "{room} : r1");
    assert_nothing(state, "*");
    assert_nothing(state, "\"^\" - +");
    assert_nothing(state, "fox ) OR (dog");
    /* What has no letters does not count among other words. */
    ASSERT_FOUND(state, "fox !!!", 3);
    ASSERT_FOUND(state, "^fox", 3);
}

static void only_the_rooms_asked_for_are_searched(void **state)
{
    static const int64_t other[] = {2, 77};
    struct seen seen;
    bool more = true;

    assert_int_equal(search(*state,
                            (struct search_query){
                                .text = "quick", .rids = other, .rid_count = 2},
                            &seen, &more),
                     CHAT_OK);
    ASSERT_SEEN(&seen, 8);
    assert_int_equal(
        search(*state, (struct search_query){.text = "quick", .rids = other},
               &seen, &more),
        CHAT_OK);
    assert_int_equal(seen.count, 0);
    assert_false(more);
}

static void pages_go_on_before_the_oldest_found(void **state)
{
    struct seen seen;
    bool more = false;

    search(*state, (struct search_query){.text = "quick", .limit = 2}, &seen,
           &more);
    ASSERT_SEEN(&seen, 8, 4);
    assert_true(more);
    search(*state,
           (struct search_query){.text = "quick", .limit = 2, .before_seq = 4},
           &seen, &more);
    ASSERT_SEEN(&seen, 3);
    assert_false(more);
    search(*state, (struct search_query){.text = "quick", .bytes_max = 1},
           &seen, &more);
    ASSERT_SEEN(&seen, 8);
    assert_true(more);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    char words[SEARCH_BYTES_MAX + 2],
        many[] = "a a a a a a a a a a a a a a a a a";
    const char *const bad[] = {"", " \t", "\"\"", "\"", words, many};
    struct seen seen;
    bool more;

    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
            search(*state, (struct search_query){.text = bad[i]}, &seen, &more),
            CHAT_BAD_TEXT);
    words[SEARCH_BYTES_MAX] = '\0';
    assert_nothing(state, words);
    many[strlen(many) - 2] = '\0';
    ASSERT_FOUND(state, many, 4);
}

static void the_longest_question_fits(void **state)
{
    static int64_t rids[SEARCH_ROOMS_MAX];
    char words[SEARCH_BYTES_MAX + 1];
    struct seen seen;
    bool more = true;

    for (size_t i = 0; i < SEARCH_ROOMS_MAX; i++)
        rids[i] = INT64_MAX - (int64_t)i;
    memset(words, 'x', SEARCH_BYTES_MAX);
    words[SEARCH_BYTES_MAX] = '\0';
    for (size_t i = 1; i < SEARCH_WORDS_MAX; i++)
        words[i * 10] = i % 2 == 0 ? ' ' : '"';
    assert_int_equal(
        search(*state,
               (struct search_query){
                   .text = words, .rids = rids, .rid_count = SEARCH_ROOMS_MAX},
               &seen, &more),
        CHAT_OK);
    assert_int_equal(seen.count, 0);
}

/* ---- the index ---- */

static void edits_and_deletes_are_followed(void **state)
{
    struct fixture *f = *state;

    ASSERT_FOUND(state, "fox", 3); /* so these are indexed */
    store_begin(f->store);
    APPEND(f, .type = EVENT_EDIT, .rid = 1, .target = 3, .text = "the hare");
    APPEND(f, .type = EVENT_DELETE, .rid = 1, .target = 4);
    int64_t seq = APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .text = "a fox");
    APPEND(f, .type = EVENT_EDIT, .rid = 1, .target = seq, .text = "a mole");
    assert_int_equal(store_commit(f->store), CHAT_OK);
    ASSERT_FOUND(state, "hare", 3);
    ASSERT_FOUND(state, "mole", seq);
    ASSERT_FOUND(state, "quick", 8);
    assert_nothing(state, "fox");
    assert_nothing(state, "dog");
}

static void what_a_rollback_undoes_is_not_found(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    append_messages(f, 1, 1);
    while (store_index_some(f->store, 3) > 0)
        ;
    ASSERT_FOUND(state, "hello", 9);
    store_rollback(f->store);
    assert_nothing(state, "hello");
    ASSERT_FOUND(state, "fox", 3);
}

static void the_index_is_filled_in_portions_and_kept(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    assert_int_equal(store_index_some(f->store, 5), 5);
    assert_int_equal(store_index_some(f->store, 5), 3);
    assert_int_equal(store_index_some(f->store, 5), 0);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    fixture_reopen(f);
    store_begin(f->store);
    assert_int_equal(store_index_some(f->store, 5), 0);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    ASSERT_FOUND(state, "quick", 8, 4, 3);
}

static void a_search_ends_when_its_time_is_up(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    bool more = false;

    store_begin(f->store);
    for (int i = 0; i < 20000; i++)
        APPEND(f, .type = EVENT_MESSAGE, .rid = 1,
               .text = i % 2 == 0 ? "left left left" : "right right right");
    while (store_index_some(f->store, 1000) > 0)
        ;
    assert_int_equal(store_commit(f->store), CHAT_OK);
    fixture_reopen(f);
    assert_int_equal(
        search(f,
               (struct search_query){.text = "left right", .time_max_ms = -1},
               &seen, &more),
        CHAT_OK);
    assert_true(more);
    assert_int_equal(seen.count, 0);
    assert_nothing(state, "left right");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_words_are_found_in_any_order_newest_first),
        TEST(case_and_marks_make_no_difference),
        TEST(quotes_make_a_phrase),
        TEST(the_query_language_is_out_of_reach),
        TEST(only_the_rooms_asked_for_are_searched),
        TEST(pages_go_on_before_the_oldest_found),
        TEST(what_cannot_be_asked_is_refused),
        TEST(the_longest_question_fits),
        TEST(edits_and_deletes_are_followed),
        TEST(what_a_rollback_undoes_is_not_found),
        TEST(the_index_is_filled_in_portions_and_kept),
        TEST(a_search_ends_when_its_time_is_up),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
