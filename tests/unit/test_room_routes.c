/* Rooms through HTTP: what is asked, what is answered. */
#include "tests/unit/front_fixture.h"

static void rooms_are_listed(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &(struct sample_call){.uri = "rooms", .token = "ann"});
    assert_string_equal(fixture->reply.body, "{\"rooms\":[],\"more\":false}");
    assert_asked(fixture, "rooms", "{\"type\":\"rooms\"}");
}

static void joined_room_comes_with_its_cursor(void **state)
{
    struct front_fixture *fixture = *state;

    write_to(fixture, 200, "rooms/caf%C3%A9/join", NULL);
    assert_string_equal(
        fixture->reply.body,
        "{\"room\":\"caf\xc3\xa9\",\"topic\":\"\",\"n\":0,\"members\":[],"
        "\"member_count\":0,\"cursor\":\"ep.100\"}");
    assert_asked(fixture, "join",
                 "{\"type\":\"join\",\"room\":\"caf\xc3\xa9\"}");
}

static void left_room_is_nothing_more_to_say(void **state)
{
    struct front_fixture *fixture = *state;

    write_to(fixture, 204, "rooms/r1/leave", NULL);
    assert_string_equal(fixture->reply.body, "");
    assert_asked(fixture, "leave", "{\"type\":\"leave\",\"room\":\"r1\"}");
}

static void new_room_is_made_once_for_a_repeated_request(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call sample = {
        .method = "POST",
        .uri = "rooms",
        .body = "{\"room\":\"dev\",\"topic\":\"t\"}",
        .token = "ann",
        .headers = {"AJAXCHAT_REQUEST_ID", "abc"},
    };

    call(fixture, 201, &sample);
    assert_string_equal(reply_field(&fixture->reply, "cursor"), "\"ep.100\"");
    assert_asked(fixture, "room_new",
                 "{\"type\":\"room_new\",\"room\":\"dev\",\"topic\":\"t\","
                 "\"id\":\"abc\"}");
    write_to(fixture, 201, "rooms",
             "{\"room\":\"dev\",\"settings\":{\"lasting\":false}}");
    assert_string_equal(
        json_string_value(json_object_get(
            fake_last(&fixture->broker, "room_new"), "settings")),
        "lasting=no");
    /* Without an id of the web server's it gets a random one. */
    write_to(fixture, 201, "rooms", "{\"room\":\"dev\"}");
    const json_t *id =
        json_object_get(fake_last(&fixture->broker, "room_new"), "id");
    assert_int_equal(strlen(json_string_value(id)), 32);
}

static void bad_rooms_are_bad_requests(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"room\":7}",
        "{\"topic\":\"t\"}",
        "{\"room\":\"dev\",\"topic\":7}",
        "{\"room\":\"dev\",\"settings\":{\"access\":\"direct\"}}",
        "{\"room\":\"dev\",\"topic\":null}"};
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        write_to(fixture, 400, "rooms", bodies[i]);
    assert_int_equal(fake_count(&fixture->broker, "room_new"), 0);
}

/* ---- passphrases ---- */

static bool was_asked_to_make(void *context)
{
    struct front_fixture *fixture = context;

    return fake_count(&fixture->broker, "room_new") > 0;
}

static void passphrase_of_a_new_room_is_hashed(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser =
        browse(fixture,
               &(struct sample_call){.method = "POST",
                                     .uri = "rooms",
                                     .body = "{\"room\":\"den\",\"passphrase\":"
                                             "\"open sesame\"}",
                                     .token = "ann"});

    fake_wait(&fixture->loop, was_asked_to_make, fixture);
    const char *secret = json_string_value(
        json_object_get(fake_last(&fixture->broker, "room_new"), "secret"));
    assert_non_null(secret);
    assert_int_equal(strncmp(secret, "$argon2id$", 10), 0);
    take_reply(browser, 201);
    write_to(fixture, 201, "rooms", "{\"room\":\"den\",\"passphrase\":\"\"}");
    write_to(fixture, 422, "rooms",
             "{\"room\":\"den\",\"passphrase\":\"short\"}");
    write_to(fixture, 400, "rooms", "{\"room\":\"den\",\"passphrase\":7}");
}

static void room_without_passphrase_is_joined_with_any(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_ROOM_SECRET;
    fixture->refusal = CHAT_NOT_FOUND;
    write_to(fixture, 200, "rooms/r1/join", "{\"passphrase\":\"whatever\"}");
    assert_asked(fixture, "room_secret",
                 "{\"type\":\"room_secret\",\"room\":\"r1\"}");
    assert_asked(fixture, "join", "{\"type\":\"join\",\"room\":\"r1\"}");
    write_to(fixture, 200, "rooms/r1/join", "{}");
    write_to(fixture, 400, "rooms/r1/join", "{\"passphrase\":7}");
    write_to(fixture, 400, "rooms/r1/join", "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(rooms_are_listed),
        WITH_FRONT(joined_room_comes_with_its_cursor),
        WITH_FRONT(left_room_is_nothing_more_to_say),
        WITH_FRONT(new_room_is_made_once_for_a_repeated_request),
        WITH_FRONT(passphrase_of_a_new_room_is_hashed),
        WITH_FRONT(room_without_passphrase_is_joined_with_any),
        WITH_FRONT(bad_rooms_are_bad_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
