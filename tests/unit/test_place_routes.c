/* Places in rooms, and what people do there, through HTTP. */
#include "tests/unit/front_fixture.h"

static void change(struct front_fixture *fixture, int status, const char *uri,
                   const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "PATCH", .uri = uri, .body = body, .token = "ann"});
}

static void remove_at(struct front_fixture *fixture, int status,
                      const char *uri)
{
    call(fixture, status,
         &(struct sample_call){.method = "DELETE", .uri = uri, .token = "ann"});
}

/* All the same, whatever the command. */
static void assert_bad_bodies(struct front_fixture *fixture, const char *uri,
                              const char *const *bodies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_refused(fixture, 400, "bad_request",
                       &(struct sample_call){.method = "POST",
                                             .uri = uri,
                                             .body = bodies[i],
                                             .token = "ann"});
}

static void members_are_listed(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.uri = "rooms/r1/members", .token = "ann"});
    assert_asked(fixture, "members", "{\"type\":\"members\",\"room\":\"r1\"}");
    assert_string_equal(fixture->reply.body, "{\"members\":[],\"more\":false}");
}

static void rank_is_given(void **state)
{
    static const char *const bad[] = {"{}", "{\"rank\":7}",
                                      "{\"rank\":\"king\"}"};
    struct front_fixture *fixture = *state;

    change(fixture, 200, "rooms/r1/members/b%C3%B6b",
           "{\"rank\":\"moderator\"}");
    assert_string_equal(fixture->reply.body, "{\"nick\":\"b\xc3\xb6"
                                             "b\",\"rank\":\"moderator\"}");
    assert_asked(fixture, "rank",
                 "{\"type\":\"rank\",\"room\":\"r1\",\"to\":\"b\xc3\xb6"
                 "b\",\"word\":\"moderator\"}");
    change(fixture, 200, "rooms/r1/members/bob", "{\"rank\":\"\"}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        change(fixture, 400, "rooms/r1/members/bob", bad[i]);
    fixture->refused_type = COMMAND_RANK;
    fixture->refusal = CHAT_FORBIDDEN;
    change(fixture, 403, "rooms/r1/members/bob", "{\"rank\":\"\"}");
}

static void somebody_is_invited_and_is_not_any_more(void **state)
{
    static const char *const bad[] = {"{}", "{\"nick\":7}"};
    struct front_fixture *fixture = *state;

    write_to(fixture, 201, "rooms/r1/invites", "{\"nick\":\"bob\"}");
    assert_string_equal(fixture->reply.body, "{\"nick\":\"bob\"}");
    assert_asked(fixture, "invite",
                 "{\"type\":\"invite\",\"room\":\"r1\",\"to\":\"bob\","
                 "\"on\":true}");
    remove_at(fixture, 204, "rooms/r1/invites/bob");
    assert_asked(fixture, "invite",
                 "{\"type\":\"invite\",\"room\":\"r1\",\"to\":\"bob\"}");
    assert_bad_bodies(fixture, "rooms/r1/invites", bad, 2);
    fixture->refused_type = COMMAND_INVITE;
    fixture->refusal = CHAT_NOT_FOUND;
    write_to(fixture, 404, "rooms/r1/invites", "{\"nick\":\"bob\"}");
    remove_at(fixture, 404, "rooms/r1/invites/bob");
}

static void room_of_two_is_asked_for(void **state)
{
    static const char *const bad[] = {"{}", "{\"nick\":7}"};
    struct front_fixture *fixture = *state;

    write_to(fixture, 200, "direct", "{\"nick\":\"bob\"}");
    assert_asked(fixture, "direct", "{\"type\":\"direct\",\"to\":\"bob\"}");
    assert_string_equal(reply_field(&fixture->reply, "room"), "\"~9\"");
    assert_string_equal(reply_field(&fixture->reply, "cursor"), "\"ep.100\"");
    assert_bad_bodies(fixture, "direct", bad, 2);
    fixture->refused_type = COMMAND_DIRECT;
    fixture->refusal = CHAT_FORBIDDEN;
    write_to(fixture, 403, "direct", "{\"nick\":\"bob\"}");
}

static void path_of_a_room_of_two_is_its_name(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.uri = "rooms/~9", .token = "ann"});
    assert_asked(fixture, "room_get",
                 "{\"type\":\"room_get\",\"room\":\"~9\"}");
}

static void writing_is_told(void **state)
{
    struct front_fixture *fixture = *state;

    write_to(fixture, 204, "rooms/r1/typing", NULL);
    assert_asked(fixture, "typing", "{\"type\":\"typing\",\"room\":\"r1\"}");
}

static void reading_is_told(void **state)
{
    static const char *const bad[] = {"{}", "{\"seq\":0}", "{\"seq\":-1}",
                                      "{\"seq\":\"7\"}", "{\"seq\":1.5}"};
    struct front_fixture *fixture = *state;

    write_to(fixture, 204, "rooms/r1/read", "{\"seq\":7}");
    assert_asked(fixture, "read",
                 "{\"type\":\"read\",\"room\":\"r1\",\"target\":7}");
    assert_bad_bodies(fixture, "rooms/r1/read", bad, 5);
}

static void idling_is_told(void **state)
{
    static const char *const bad[] = {"{}", "{\"idle\":1}",
                                      "{\"idle\":\"yes\"}"};
    struct front_fixture *fixture = *state;

    write_to(fixture, 204, "presence", "{\"idle\":true}");
    assert_asked(fixture, "idle", "{\"type\":\"idle\",\"on\":true}");
    write_to(fixture, 204, "presence", "{\"idle\":false}");
    assert_asked(fixture, "idle", "{\"type\":\"idle\"}");
    assert_bad_bodies(fixture, "presence", bad, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(members_are_listed),
        WITH_FRONT(rank_is_given),
        WITH_FRONT(somebody_is_invited_and_is_not_any_more),
        WITH_FRONT(room_of_two_is_asked_for),
        WITH_FRONT(path_of_a_room_of_two_is_its_name),
        WITH_FRONT(writing_is_told),
        WITH_FRONT(reading_is_told),
        WITH_FRONT(idling_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
