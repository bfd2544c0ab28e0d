/* Answers about messages that change, or are looked for. */
#include "tests/unit/answers_fixture.h"

static void a_change_is_answered_with_its_event(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t seq = post(f, alice, "m1", "frist");

    for (int i = 0; i < 2; i++)
        assert_json(ASK(f, EDIT, .sid = alice, .room = "lobby", .target = seq,
                        .text = "first"),
                    "{\"result\":\"ok\",\"seq\":5,\"event\":{\"seq\":5,"
                    "\"n\":4,\"room\":\"lobby\",\"at\":1795370000000,"
                    "\"type\":\"edit\",\"from\":\"alice\",\"text\":\"first\","
                    "\"target\":4}}");
    for (int i = 0; i < 2; i++)
        assert_json(ASK(f, DELETE, .sid = alice, .room = "lobby", .target = seq,
                        .text = "why"),
                    "{\"result\":\"ok\",\"seq\":6,\"event\":{\"seq\":6,"
                    "\"n\":5,\"room\":\"lobby\",\"at\":1795370000000,"
                    "\"type\":\"delete\",\"from\":\"alice\",\"target\":4,"
                    "\"reason\":\"why\"}}");
}

static void a_message_is_given_as_it_is_now(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t seq = post(f, alice, "m1", "frist");

    ASSERT_RUN(CHAT_OK, f, EDIT, .sid = alice, .room = "lobby", .target = seq,
               .text = "first");
    assert_json(ASK(f, MESSAGE, .sid = alice, .room = "lobby", .target = seq),
                "{\"result\":\"ok\",\"seq\":5,\"event\":{\"seq\":4,\"n\":3,"
                "\"room\":\"lobby\",\"at\":1795370000000,"
                "\"type\":\"message\",\"from\":\"alice\",\"text\":\"first\","
                "\"edited\":1795370000000,\"id\":\"m1\"}}");
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = alice, .room = "lobby",
               .target = seq);
    assert_json(ASK(f, MESSAGE, .sid = alice, .room = "lobby", .target = seq),
                "{\"result\":\"ok\",\"seq\":6,\"event\":{\"seq\":4,\"n\":3,"
                "\"room\":\"lobby\",\"at\":1795370000000,"
                "\"type\":\"message\",\"from\":\"alice\",\"deleted\":true,"
                "\"id\":\"m1\"}}");
}

static const char *text_of(const json_t *events, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(events, i), "text"));
}

static void former_texts_are_given_to_who_owns_the_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "dev", .id = "m1",
               .text = "frist");
    int64_t seq = f->outcome.seq;
    ASSERT_RUN(CHAT_OK, f, EDIT, .sid = alice, .room = "dev", .target = seq,
               .text = "first");
    json_t *json = ASK(f, EDITS, .sid = alice, .room = "dev", .target = seq);
    const json_t *events = json_object_get(json, "events");
    assert_int_equal(json_array_size(events), 2);
    assert_string_equal(text_of(events, 0), "frist");
    assert_string_equal(text_of(events, 1), "first");
    json_decref(json);
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = alice, .room = "dev", .target = seq);
    json = ASK(f, EDITS, .sid = alice, .room = "dev", .target = seq);
    events = json_object_get(json, "events");
    assert_null(text_of(events, 0));
    assert_null(text_of(events, 1));
    json_decref(json);
}

static void a_message_is_given_with_its_reactions(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");
    int64_t seq = post(f, alice, "m1", "one");
    const int64_t sids[] = {alice, bob};

    post(f, alice, "m2", "two");
    for (size_t i = 0; i < 2; i++)
        ASSERT_RUN(CHAT_OK, f, REACT, .sid = sids[i], .room = "lobby",
                   .target = seq, .text = "x", .on = true);
    ASSERT_RUN(CHAT_OK, f, REACT, .sid = bob, .room = "lobby", .target = seq,
               .text = "y", .on = true);
    static const char expected[] =
        "[{\"emoji\":\"x\",\"nicks\":[\"alice\",\"bob\"],\"count\":2},"
        "{\"emoji\":\"y\",\"nicks\":[\"bob\"],\"count\":1}]";
    json_t *json = ASK(f, HISTORY, .sid = alice, .room = "lobby", .limit = 10,
                       .types = 1U << EVENT_MESSAGE);
    const json_t *events = json_object_get(json, "events");
    assert_json(
        json_incref(json_object_get(json_array_get(events, 0), "reactions")),
        expected);
    assert_null(json_object_get(json_array_get(events, 1), "reactions"));
    json_decref(json);
    json = ASK(f, MESSAGE, .sid = alice, .room = "lobby", .target = seq);
    assert_json(json_incref(json_object_get(json_object_get(json, "event"),
                                            "reactions")),
                expected);
    json_decref(json);
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = alice, .room = "lobby",
               .target = seq);
    json = ASK(f, MESSAGE, .sid = alice, .room = "lobby", .target = seq);
    assert_null(json_object_get(json_object_get(json, "event"), "reactions"));
    json_decref(json);
}

static void history_is_given_from_a_time_on(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t first_seq = post(f, alice, "m1", "one");
    const struct {
        int64_t at_ms;
        size_t count;
    } cases[] = {{0, 4},           {WALL_MS, 4},     {WALL_MS + 1, 1},
                 {WALL_MS + 5, 1}, {WALL_MS + 6, 0}, {INT64_MAX, 0}};

    pass_ms(f, 5);
    assert_int_equal(post(f, alice, "m2", "two"), first_seq + 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *json =
            ASK(f, HISTORY, .sid = alice, .room = "lobby", .limit = 10,
                .anchor = HISTORY_AT, .seq = cases[i].at_ms);
        assert_int_equal(json_array_size(json_object_get(json, "events")),
                         cases[i].count);
        assert_true(json_is_false(json_object_get(json, "more")));
        json_decref(json);
    }
}

static json_t *find(struct fixture *f, int64_t sid, const char *text,
                    const char *room)
{
    return ASK(f, SEARCH, .sid = sid, .text = text, .room = room, .limit = 10);
}

static void assert_found(json_t *json, const char *code, size_t count)
{
    assert_code(json, code);
    assert_int_equal(json_array_size(json_object_get(json, "events")), count);
    json_decref(json);
}

static void a_search_finds_what_is_said_in_ones_rooms(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    post(f, alice, "m1", "red fox");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "dev", .id = "m2",
               .text = "red herring");
    int64_t secret = f->outcome.seq;
    assert_found(find(f, alice, "red", NULL), "ok", 2);
    assert_found(find(f, alice, "red", "dev"), "ok", 1);
    assert_found(find(f, bob, "red", NULL), "ok", 1);
    assert_found(find(f, bob, "red", "dev"), "not_member", 0);
    assert_found(find(f, bob, "red", "nowhere"), "no_room", 0);
    assert_found(find(f, alice, "\"\"", NULL), "bad_text", 0);
    ASSERT_RUN(CHAT_OK, f, EDIT, .sid = alice, .room = "dev", .target = secret,
               .text = "blue herring");
    assert_found(find(f, alice, "red herring", NULL), "ok", 0);
    assert_found(find(f, alice, "blue herring", NULL), "ok", 1);
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = alice, .room = "dev",
               .target = secret);
    assert_found(find(f, alice, "herring", NULL), "ok", 0);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    assert_found(find(f, alice, "fox", NULL), "ok", 0);
}

static void who_comes_when_the_time_is_up_asks_again(void **state)
{
    struct fixture *f = *state;
    struct answer_budget budget = {.bytes_left = ANSWER_BUDGET_BYTES,
                                   .searched_ms = SEARCH_TIME_MS};
    const struct command search = {.type = COMMAND_SEARCH,
                                   .sid = login(f, "alice"),
                                   .text = "fox",
                                   .limit = 10};

    run(f, search);
    json_t *json = answer_encode(f->replica, &search, &f->outcome, &budget);
    assert_code(json, "again");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_answered_with_its_event),
        TEST(a_message_is_given_as_it_is_now),
        TEST(former_texts_are_given_to_who_owns_the_room),
        TEST(a_message_is_given_with_its_reactions),
        TEST(history_is_given_from_a_time_on),
        TEST(a_search_finds_what_is_said_in_ones_rooms),
        TEST(who_comes_when_the_time_is_up_asks_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
