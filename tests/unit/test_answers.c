/* Answers: what each command gives as JSON, and that a reply has an end. */
#include "tests/unit/answers_fixture.h"

#include "common/link.h"

/* Of a new room. */
#define STANDARD_SETTINGS                                                      \
    "\"settings\":{\"access\":\"public\",\"posting\":\"everyone\","            \
    "\"slow_seconds\":0,\"hold_newcomers\":false,\"archived\":false,"          \
    "\"lasting\":true,\"indexed\":false,\"retention_days\":0,"                 \
    "\"retention_messages\":0}"

/* ---- sessions and rooms ---- */

static void a_refusal_is_its_code_and_the_newest_position(void **state)
{
    struct fixture *f = *state;

    assert_json(ASK(f, ROOMS, .sid = 9),
                "{\"result\":\"session_required\",\"seq\":1}");
    assert_json(ASK(f, HEAD, .sid = 0), "{\"result\":\"ok\",\"seq\":1}");
}

static void a_session_is_given_with_its_rooms_and_who_is_there(void **state)
{
    struct fixture *f = *state;
    const struct command get = {.type = COMMAND_SESSION_GET,
                                .token_hash = "bob"};

    login(f, "alice");
    json_t *made = ask(f, login_as("bob"));
    assert_json(made, "{\"result\":\"ok\",\"seq\":5,\"session\":{\"sid\":4,"
                      "\"pid\":4,\"nick\":\"bob\",\"role\":\"guest\","
                      "\"kind\":\"guest\",\"rooms\":[{"
                      "\"room\":\"lobby\",\"topic\":\"\",\"n\":3,\"members\":["
                      "{\"nick\":\"alice\",\"role\":\"guest\"},"
                      "{\"nick\":\"bob\",\"role\":\"guest\"}],"
                      "\"member_count\":2," STANDARD_SETTINGS
                      ",\"rid\":1,\"joined\":5}]}}");
    made = ask(f, get);
    json_t *again = ask(f, login_as("bob"));
    assert_code(again, "repeat");
    assert_true(json_equal(json_object_get(made, "session"),
                           json_object_get(again, "session")));
    json_decref(made);
    json_decref(again);
}

static void who_is_gone_is_not_listed(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_ms(f, 20000);
    ASSERT_RUN(CHAT_OK, f, GONE, .sid = alice);
    json_t *json = ask(f, login_as("bob"));
    const json_t *room = first(json_object_get(json, "session"), "rooms");
    assert_int_equal(number(room, "member_count"), 1);
    assert_int_equal(json_array_size(json_object_get(room, "members")), 1);
    json_decref(json);
}

static void a_crowd_is_counted_and_listed_in_part(void **state)
{
    struct fixture *f = *state;

    f->settings.chat.presence_events_max = 2;
    open_another(f);
    login(f, "alice");
    login(f, "bob");
    json_t *json = ask(f, login_as("carol"));
    const json_t *room = first(json_object_get(json, "session"), "rooms");
    assert_int_equal(number(room, "member_count"), 3);
    assert_int_equal(json_array_size(json_object_get(room, "members")), 2);
    json_decref(json);
}

static void a_room_is_given_to_who_made_or_joined_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    static const char expected[] =
        "{\"result\":\"%s\",\"seq\":5,\"room\":{\"room\":\"dev\","
        "\"topic\":\"a topic\",\"n\":2,\"members\":[{\"nick\":\"alice\","
        "\"role\":\"guest\",\"rank\":\"owner\"}],\"member_count\":"
        "1," STANDARD_SETTINGS ",\"rank\":\"owner\",\"rid\":4,\"joined\":5}}";
    char text[600];

    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), expected, i == 0 ? "ok" : "repeat");
        assert_json(ASK(f, ROOM_NEW, .sid = alice, .room = "dev",
                        .text = "a topic", .id = "r1"),
                    text);
    }
    snprintf(text, sizeof(text), expected, "ok");
    assert_json(ASK(f, JOIN, .sid = alice, .room = "dev"), text);
    assert_json(ASK(f, LEAVE, .sid = alice, .room = "dev"),
                "{\"result\":\"ok\",\"seq\":6}");
}

static void rooms_are_listed_with_how_many_are_there(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_OPEN, .room = "news");
    assert_json(ASK(f, ROOMS, .sid = alice),
                "{\"result\":\"ok\",\"seq\":4,\"rooms\":["
                "{\"room\":\"lobby\",\"topic\":\"\",\"member_count\":1},"
                "{\"room\":\"news\",\"topic\":\"\",\"member_count\":0}],"
                "\"more\":false}");
}

/* An answer is of the moment after its batch, as its seq says. */
static void what_ended_later_in_the_batch_is_not_given(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct command commands[] = {
        {.type = COMMAND_JOIN, .sid = alice, .room = "lobby"},
        {.type = COMMAND_LEAVE, .sid = alice, .room = "lobby"},
        {.type = COMMAND_SESSION_GET, .token_hash = "alice"},
        {.type = COMMAND_JOIN, .sid = alice, .room = "lobby"},
        {.type = COMMAND_EVENTS, .sid = alice, .limit = 10},
        {.type = COMMAND_SESSION_END, .sid = alice},
    };
    static const char *const codes[] = {"session_required", "ok",
                                        "session_required", "session_required",
                                        "session_required", "ok"};
    struct outcome outcomes[6];

    run_batch(f, commands, 2, outcomes);
    json_t *json = answer(f, &commands[0], &outcomes[0]);
    assert_code(json, "not_member");
    json_decref(json);
    run_batch(f, commands, 6, outcomes);
    for (size_t i = 0; i < 6; i++) {
        json = answer(f, &commands[i], &outcomes[i]);
        assert_code(json, codes[i]);
        json_decref(json);
    }
}

/* ---- messages ---- */

static void a_post_is_answered_with_its_place(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    for (int i = 0; i < 2; i++) {
        json_t *json = ASK(f, POST, .sid = alice, .room = "lobby", .id = "m1",
                           .text = "hello");
        assert_json(json, i == 0
                              ? "{\"result\":\"ok\",\"seq\":4,\"posted\":4,"
                                "\"n\":3,\"at\":1795370000000,\"id\":\"m1\"}"
                              : "{\"result\":\"repeat\",\"seq\":4,\"posted\":4,"
                                "\"n\":3,\"at\":1795370000000,\"id\":\"m1\"}");
        pass_ms(f, 1000);
    }
}

static void history_is_given_as_people_see_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    post(f, alice, "m1", "one");
    post(f, alice, "m2", "two");
    assert_json(
        ASK(f, HISTORY, .sid = alice, .room = "lobby", .limit = 1),
        "{\"result\":\"ok\",\"seq\":5,\"events\":[{\"seq\":5,\"n\":4,"
        "\"room\":\"lobby\",\"at\":1795370000000,\"type\":\"message\","
        "\"from\":\"alice\",\"text\":\"two\",\"id\":\"m2\"}],\"more\":true}");
    json_t *json =
        ASK(f, HISTORY, .sid = alice, .room = "lobby", .limit = 10,
            .anchor = HISTORY_BEFORE, .seq = 5, .types = 1U << EVENT_MESSAGE);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 1);
    assert_int_equal(number(first(json, "events"), "seq"), 4);
    assert_true(json_is_false(json_object_get(json, "more")));
    json_decref(json);
}

/* The n of the first event of a visitor's page; 0: there is none. */
static int64_t page_from(struct fixture *f, enum history_anchor anchor,
                         int64_t n, size_t count)
{
    json_t *json =
        ASK(f, PAGE, .room = "lobby", .limit = 2, .anchor = anchor, .seq = n);
    size_t given = json_array_size(json_object_get(json, "events"));

    assert_code(json, "ok");
    assert_int_equal(given, count);
    assert_int_equal(number(json_object_get(json, "room"), "n"), 4);
    int64_t first_n = given > 0 ? number(first(json, "events"), "n") : 0;
    json_decref(json);
    return first_n;
}

static void a_page_is_found_by_places_in_the_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    post(f, alice, "m1", "one");
    post(f, alice, "m2", "two");
    assert_int_equal(page_from(f, HISTORY_NEWEST, 0, 2), 3);
    assert_int_equal(page_from(f, HISTORY_BEFORE, 4, 2), 2);
    assert_int_equal(page_from(f, HISTORY_BEFORE, 99, 2), 3);
    assert_int_equal(page_from(f, HISTORY_BEFORE, 1, 0), 0);
    assert_int_equal(page_from(f, HISTORY_AFTER, 0, 2), 1);
    assert_int_equal(page_from(f, HISTORY_AFTER, 3, 1), 4);
    assert_int_equal(page_from(f, HISTORY_AROUND, 4, 2), 3);
    json_t *json = ASK(f, PAGE, .room = "lobby", .limit = 2,
                       .anchor = HISTORY_AROUND, .seq = 5);
    assert_code(json, "no_message");
    json_decref(json);
}

static json_t *events_after(struct fixture *f, int64_t sid, int64_t seq,
                            int64_t limit)
{
    return ASK(f, EVENTS, .sid = sid, .seq = seq, .limit = limit);
}

static void assert_events(json_t *json, size_t count, int64_t first_seq,
                          int64_t next)
{
    assert_int_equal(json_array_size(json_object_get(json, "events")), count);
    if (count > 0)
        assert_int_equal(number(first(json, "events"), "seq"), first_seq);
    assert_int_equal(number(json, "next"), next);
    json_decref(json);
}

static void events_are_those_of_ones_rooms_from_joining_them(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    post(f, alice, "m1", "before bob");
    int64_t bob = login(f, "bob"); /* 5, joins at 6 */
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    post(f, alice, "m2", "to both"); /* 9 */
    assert_events(events_after(f, bob, 0, 100), 2, 6, 9);
    assert_events(events_after(f, bob, 6, 100), 1, 9, 9);
    assert_events(events_after(f, bob, 9, 100), 0, 0, 9);
    assert_events(events_after(f, bob, 0, 1), 1, 6, 6);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "lobby");
    assert_events(events_after(f, bob, 0, 100), 0, 0, 10);
}

static void a_page_of_events_is_cut_by_its_bytes(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    char text[4001] = "", id[16];

    memset(text, '\1', 3999); /* six bytes each as JSON */
    text[3999] = 'x';
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        post(f, alice, id, text);
    }
    json_t *json = events_after(f, alice, 3, 100);
    size_t count = json_array_size(json_object_get(json, "events"));
    assert_int_equal(count, HISTORY_BYTES_MAX / 24300);
    assert_true(json_is_true(json_object_get(json, "more")));
    assert_events(json, count, 4, 3 + (int64_t)count);
}

/* ---- bounds ---- */

static void an_empty_budget_is_answered_with_again(void **state)
{
    struct fixture *f = *state;
    struct answer_budget budget = {.bytes_left = 1};
    struct command get = {.type = COMMAND_SESSION_GET, .token_hash = "alice"};
    const struct command head = {.type = COMMAND_HEAD};

    login(f, "alice");
    run(f, get);
    json_t *json = answer_encode(f->replica, &get, &f->outcome, &budget);
    assert_non_null(json_object_get(json, "session"));
    json_decref(json);
    assert_int_equal(budget.bytes_left, 0);
    json = answer_encode(f->replica, &get, &f->outcome, &budget);
    assert_json(json, "{\"result\":\"again\",\"seq\":3}");
    json = answer_encode(f->replica, &head, &f->outcome, &budget);
    assert_json(json, "{\"result\":\"ok\",\"seq\":3}");
    f->outcome.result = CHAT_SESSION_REQUIRED;
    json = answer_encode(f->replica, &get, &f->outcome, &budget);
    assert_json(json, "{\"result\":\"session_required\",\"seq\":3}");
}

/* As the settings allow at most, and each byte of it escaped. */
static void choose_largest_settings(struct fixture *f)
{
    f->settings.limits.nick_bytes = NICK_SIZE - 1;
    f->settings.limits.room_bytes = ROOM_SIZE - 1;
    f->settings.limits.topic_bytes = 4000;
    f->settings.limits.text_bytes = 16000;
    f->settings.limits.rooms_per_session = 200;
    f->settings.limits.rooms_owned = 200;
    f->settings.limits.rate_limits = false;
    f->settings.chat.presence_events_max = 10000;
    open_another(f);
}

static void fill_lobby_with_people(struct fixture *f, int count)
{
    char nick[NICK_SIZE];

    for (int i = 0; i < count; i++) {
        memset(nick, '"', sizeof(nick) - 1);
        nick[sizeof(nick) - 1] = '\0';
        int length = snprintf(nick, sizeof(nick), "%d", i);
        nick[length] = '"';
        login(f, nick);
    }
}

static void fill_rooms(struct fixture *f, int64_t sid, int count)
{
    char topic[4001] = "", name[ROOM_SIZE] = "", id[16];

    memset(topic, '"', 4000);
    memset(name, 'r', sizeof(name) - 1);
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "%04d", i);
        memcpy(name, id, 4);
        ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = sid, .room = name,
                   .text = topic, .id = id);
    }
}

static void fill_history(struct fixture *f, int64_t sid, int count)
{
    static char text[16001];
    char id[16];

    memset(text, '\1', sizeof(text) - 2);
    text[sizeof(text) - 2] = 'x';
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        post(f, sid, id, text);
    }
}

/* The length of a reply of as many answers as are given. */
static size_t reply_bytes(struct fixture *f, const struct command *commands,
                          size_t count)
{
    struct answer_budget budget = {.bytes_left = ANSWER_BUDGET_BYTES};
    json_t *results = json_array();
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        run(f, commands[i]);
        json_array_append_new(results, answer_encode(f->replica, &commands[i],
                                                     &f->outcome, &budget));
    }
    json_t *reply = batch_reply_encode("k3v9", results);
    free(protocol_dump(reply, &length));
    json_decref(reply);
    return length;
}

/* With what results without a bound of their own take beside it. */
static void the_largest_answers_fit_into_a_message(void **state)
{
    enum { OTHERS_BYTES = COMMAND_BATCH_MAX * 200 };
    struct fixture *f = *state;
    struct command get = {.type = COMMAND_SESSION_GET, .token_hash = "0"};

    choose_largest_settings(f);
    memset(get.token_hash + 1, '"', TOKEN_HASH_BYTES - 1);
    fill_lobby_with_people(f, 2000);
    int64_t sid = 2;
    fill_rooms(f, sid, 199);
    fill_history(f, sid, 20);
    const struct command history = {.type = COMMAND_HISTORY,
                                    .sid = sid,
                                    .room = "lobby",
                                    .limit = HISTORY_LIMIT_MAX};
    const struct command events = {
        .type = COMMAND_EVENTS, .sid = sid, .limit = HISTORY_LIMIT_MAX};
    const struct command rooms = {.type = COMMAND_ROOMS, .sid = sid};
    const struct command batches[][4] = {
        {events, history, get, get},          {get, get, get, get},
        {history, history, history, history}, {rooms, get, rooms, get},
        {events, get, history, rooms},
    };
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
        assert_in_range(reply_bytes(f, batches[i], 4), 1024 * 1024,
                        LINK_MESSAGE_BYTES_MAX - OTHERS_BYTES);
}

/* ---- failures ---- */

static void without_a_state_there_are_refusals(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    break_store(f, true);
    assert_json(ASK(f, ROOMS, .sid = alice),
                "{\"result\":\"unavailable\",\"seq\":0}");
    break_store(f, false);
}

static void what_cannot_be_read_is_unavailable(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct command reads[] = {
        {.type = COMMAND_HISTORY, .sid = alice, .room = "lobby", .limit = 1},
        {.type = COMMAND_EVENTS, .sid = alice, .limit = 1},
    };

    for (size_t i = 0; i < 2; i++) {
        assert_result(run(f, reads[i]), CHAT_OK);
        break_store(f, true);
        json_t *json = answer(f, &reads[i], &f->outcome);
        assert_code(json, "unavailable");
        json_decref(json);
        break_store(f, false);
    }
}

static void health_tells_whether_the_store_takes_writes(void **state)
{
    struct fixture *f = *state;
    const struct command health = {.type = COMMAND_HEALTH};

    assert_json(ask(f, health), "{\"result\":\"ok\",\"seq\":1}");
    pass_ms(f, 1000);
    assert_result(run(f, health), CHAT_OK);
    break_store(f, true);
    json_t *json = answer(f, &health, &f->outcome);
    assert_code(json, "unavailable");
    assert_true(json_is_string(json_object_get(json, "detail")));
    json_decref(json);
    break_store(f, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_is_its_code_and_the_newest_position),
        TEST(a_session_is_given_with_its_rooms_and_who_is_there),
        TEST(who_is_gone_is_not_listed),
        TEST(a_crowd_is_counted_and_listed_in_part),
        TEST(a_room_is_given_to_who_made_or_joined_it),
        TEST(rooms_are_listed_with_how_many_are_there),
        TEST(what_ended_later_in_the_batch_is_not_given),
        TEST(a_post_is_answered_with_its_place),
        TEST(history_is_given_as_people_see_it),
        TEST(a_page_is_found_by_places_in_the_room),
        TEST(events_are_those_of_ones_rooms_from_joining_them),
        TEST(a_page_of_events_is_cut_by_its_bytes),
        TEST(an_empty_budget_is_answered_with_again),
        TEST(the_largest_answers_fit_into_a_message),
        TEST(without_a_state_there_are_refusals),
        TEST(what_cannot_be_read_is_unavailable),
        TEST(health_tells_whether_the_store_takes_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
