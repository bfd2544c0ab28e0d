/* Rooms that change, through HTTP: what is asked, what is answered. */
#include "tests/unit/front_fixture.h"

static const struct sample_call change = {
    .method = "PATCH", .uri = "rooms/r1", .body = "{}", .token = "ann"};

static void room_is_looked_at(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.uri = "rooms/r1", .token = "ann"});
    assert_asked(fixture, "room_get",
                 "{\"type\":\"room_get\",\"room\":\"r1\"}");
    assert_string_equal(reply_field(&fixture->reply, "cursor"), "\"ep.100\"");
}

static void change_has_what_is_named(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call sample = change;

    call(fixture, 200, &sample);
    assert_asked(fixture, "room_set",
                 "{\"type\":\"room_set\",\"room\":\"r1\"}");
    sample.body = "{\"topic\":\"t\",\"room\":\"ops\","
                  "\"settings\":{\"archived\":true,\"slow_seconds\":5}}";
    call(fixture, 200, &sample);
    assert_asked(fixture, "room_set",
                 "{\"type\":\"room_set\",\"room\":\"r1\",\"topic\":\"t\","
                 "\"to\":\"ops\","
                 "\"settings\":\"slow_seconds=5 archived=yes\"}");
    assert_string_equal(reply_field(&fixture->reply, "room"), "\"r1\"");
}

static void bad_changes_are_bad_requests(void **state)
{
    static const char *const bodies[] = {
        "{\"topic\":7}",
        "{\"room\":7}",
        "{\"room\":null}",
        "{\"settings\":7}",
        "{\"settings\":{\"colour\":\"red\"}}",
        "{\"settings\":{\"archived\":1}}",
        "{\"settings\":{\"slow_seconds\":-1}}",
        "{\"settings\":{\"access\":\"direct\"}}",
    };
    struct front_fixture *fixture = *state;
    struct sample_call sample = change;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        sample.body = bodies[i];
        assert_refused(fixture, 400, "bad_request", &sample);
    }
    assert_int_equal(fake_count(&fixture->broker, "room_set"), 0);
}

static void what_the_broker_refuses_is_refused(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_ROOM_SET;
    fixture->refusal = CHAT_ROOM_EXISTS;
    assert_refused(fixture, 409, "room_exists", &change);
    fixture->refused_type = COMMAND_ROOM_GET;
    fixture->refusal = CHAT_NO_ROOM;
    assert_refused(fixture, 404, "no_room",
                   &(struct sample_call){.uri = "rooms/r1", .token = "ann"});
}

static void room_is_deleted(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 204,
         &(struct sample_call){
             .method = "DELETE", .uri = "rooms/r1", .token = "ann"});
    assert_asked(fixture, "room_delete",
                 "{\"type\":\"room_delete\",\"room\":\"r1\"}");
}

static void parked_poll_is_told_that_its_room_is_gone(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100&wait=50");

    fake_log(&fixture->broker,
             (struct event){.seq = fixture->broker.head_seq + 1,
                            .at_ms = 1000,
                            .type = EVENT_ROOM_END,
                            .rid = 1,
                            .room = "r1",
                            .from = "bob"});
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(
        reply_field(&fixture->reply, "signals"),
        "[{\"type\":\"closed\",\"room\":\"r1\",\"from\":\"bob\"}]");
    assert_string_equal(reply_field(&fixture->reply, "events"), "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(room_is_looked_at),
        WITH_FRONT(change_has_what_is_named),
        WITH_FRONT(bad_changes_are_bad_requests),
        WITH_FRONT(what_the_broker_refuses_is_refused),
        WITH_FRONT(room_is_deleted),
        WITH_FRONT(parked_poll_is_told_that_its_room_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
