/* What the broker is told of who is here, and when. */
#include "fcgi/presence.h"

#include "tests/unit/directory_fixture.h"
#include "tests/unit/fake_broker.h"

enum {
    START_MS = 1000000,
    GRACE_MS = 20000,
    LOOK_MS = 1000,   /* of that grace time */
    REPORT_MS = 3500, /* of that grace time */
    FORGET_MS = 5 * 60 * 1000,
};

struct fixture {
    struct fake_loop loop;
    struct fake_broker broker;
    struct settings settings;
    struct backend *backend;
    struct window window;
    struct directory *directory;
    struct presence *presence;
};

static void on_feed(void *context, const struct sync_reply *reply)
{
    struct fixture *fixture = context;

    directory_advance(fixture->directory, reply->next_seq);
}

static void flush(void *context)
{
    backend_flush(((struct fixture *)context)->backend);
}

static bool is_up(void *context)
{
    struct fixture *fixture = context;

    return backend_is_up(fixture->backend) && fixture->broker.holds_sync;
}

static bool is_down(void *context)
{
    return !backend_is_up(((struct fixture *)context)->backend);
}

static void open_backend(struct fixture *fixture)
{
    settings_defaults(&fixture->settings);
    strcpy(fixture->settings.broker.listen, fixture->broker.url);
    assert_int_equal(backend_open(&fixture->settings, fake_secret,
                                  fixture->loop.selector, on_feed, fixture,
                                  &fixture->backend),
                     CHAT_OK);
    selector_on_turn(fixture->loop.selector, flush, fixture);
    fake_wait(&fixture->loop, is_up, fixture);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct selector *selector;

    fake_loop_set(&fixture->loop, START_MS);
    assert_int_equal(selector_new(SELECTOR_EPOLL, &selector), CHAT_OK);
    fake_loop_open(&fixture->loop, selector);
    fixture->loop.tick_ms = 0;
    fake_broker_init(&fixture->broker);
    fake_broker_watch(&fixture->broker, selector);
    window_init(&fixture->window, 1024 * 1024, 100);
    fixture->directory = directory_new(&fixture->window, NULL, NULL);
    assert_non_null(fixture->directory);
    open_backend(fixture);
    fixture->presence =
        presence_new(selector, fixture->backend, fixture->directory, GRACE_MS);
    assert_non_null(fixture->presence);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct selector *selector = fixture->loop.selector;

    backend_close(fixture->backend);
    presence_free(fixture->presence);
    directory_free(fixture->directory);
    fake_broker_fini(&fixture->broker);
    fake_loop_close(&fixture->loop);
    selector_free(selector);
    free(fixture);
    return 0;
}

/* A session that has just logged in. */
static struct known_session *know(struct fixture *fixture, int64_t sid)
{
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){sid, 100, {{1, 50}}});

    presence_reported(session);
    return session;
}

/* Parked polls are only looked for here, never at. */
static void set_parked(struct known_session *session, bool parked)
{
    session->polls = parked ? (struct poll *)session : NULL;
}

/* ---- what was told ---- */

static size_t touch_count(const struct fixture *fixture)
{
    return fake_count(&fixture->broker, "touch");
}

static size_t wanted_touches; /* of has_touches() */

static bool has_touches(void *context)
{
    return touch_count(context) >= wanted_touches;
}

/* Waits for the `count`th report; its sessions and ages, as "[[7,0]]". */
static const char *touches(struct fixture *fixture, size_t count)
{
    static char text[64];
    size_t length;

    wanted_touches = count;
    fake_wait(&fixture->loop, has_touches, fixture);
    assert_int_equal(touch_count(fixture), count);
    length = json_dumpb(
        json_object_get(fake_last(&fixture->broker, "touch"), "touches"), text,
        sizeof(text) - 1, JSON_COMPACT);
    assert_true(length < sizeof(text));
    text[length] = '\0';
    return text;
}

/* Looks are made, one a second. */
static void pass(struct fixture *fixture, int64_t ms)
{
    for (int64_t passed = 0; passed < ms; passed += LOOK_MS)
        fake_pass(&fixture->loop, LOOK_MS);
}

static void who_was_reported_just_now_is_not_told_again(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(fixture, 7);

    presence_seen(fixture->presence, session);
    pass(fixture, 30000);
    assert_int_equal(touch_count(fixture), 0);
}

static void who_is_back_after_a_while_is_told_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(fixture, 7);

    pass(fixture, REPORT_MS);
    presence_seen(fixture->presence, session);
    assert_string_equal(touches(fixture, 1), "[[7,0]]");
    presence_seen(fixture->presence, session);
    pass(fixture, 2 * LOOK_MS);
    assert_int_equal(touch_count(fixture), 1);
}

static void last_request_is_told_when_no_more_come(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(fixture, 7);

    fake_pass(&fixture->loop, 300);
    presence_seen(fixture->presence, session);
    fake_pass(&fixture->loop, LOOK_MS - 300); /* a look: too soon */
    fake_pass(&fixture->loop, LOOK_MS);
    assert_string_equal(touches(fixture, 1), "[[7,1700]]");
    pass(fixture, REPORT_MS);
    assert_int_equal(touch_count(fixture), 1);
}

static void parked_poll_is_told_every_few_seconds(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(fixture, 7);

    set_parked(session, true);
    pass(fixture, REPORT_MS - LOOK_MS);
    assert_int_equal(touch_count(fixture), 0);
    pass(fixture, LOOK_MS);
    assert_string_equal(touches(fixture, 1), "[[7,0]]");
    pass(fixture, REPORT_MS);
    assert_string_equal(touches(fixture, 2), "[[7,0]]");
    /* Gone: told once more, as of when it was seen last. */
    pass(fixture, 2 * LOOK_MS);
    set_parked(session, false);
    pass(fixture, LOOK_MS);
    assert_string_equal(touches(fixture, 3), "[[7,1000]]");
    pass(fixture, 2 * REPORT_MS);
    assert_int_equal(touch_count(fixture), 3);
}

static void sessions_are_told_together(void **state)
{
    struct fixture *fixture = *state;

    set_parked(know(fixture, 7), true);
    set_parked(know(fixture, 8), true);
    know(fixture, 9);
    pass(fixture, REPORT_MS);
    assert_string_equal(touches(fixture, 1), "[[7,0],[8,0]]");
    set_parked(directory_find_sid(fixture->directory, 7), false);
    set_parked(directory_find_sid(fixture->directory, 8), false);
}

static void many_sessions_are_told_a_thousand_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;
    unsigned char hash[TOKEN_HASH_BYTES] = {0};

    for (int i = 0; i < COMMAND_TOUCHES_MAX + 1; i++) {
        json_t *json = sample_session(1000 + i, (struct sample_place[]){{0}});
        memcpy(hash, &i, sizeof(i));
        assert_int_equal(
            directory_learn(fixture->directory, json, 100, hash, &session),
            CHAT_OK);
        json_decref(json);
        presence_reported(session);
        set_parked(session, true);
    }
    pass(fixture, REPORT_MS);
    assert_string_equal(touches(fixture, 2), "[[2000,0]]");
    assert_int_equal(
        json_array_size(json_object_get(
            json_array_get(fixture->broker.commands, 0), "touches")),
        COMMAND_TOUCHES_MAX);
    for (session = directory_sessions(fixture->directory); session != NULL;
         session = session->by_sid.next)
        set_parked(session, false);
}

static void nobody_is_told_while_the_broker_is_away(void **state)
{
    struct fixture *fixture = *state;

    set_parked(know(fixture, 7), true);
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    pass(fixture, REPORT_MS);
    fake_broker_start(&fixture->broker);
    fixture->loop.tick_ms = 10;
    fake_wait(&fixture->loop, is_up, fixture);
    /* At the first look then, once, and as of that moment. */
    assert_string_equal(touches(fixture, 1), "[[7,0]]");
    set_parked(directory_find_sid(fixture->directory, 7), false);
}

static void unused_session_is_forgotten_in_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *parked = know(fixture, 8);

    know(fixture, 7);
    set_parked(parked, true);
    fake_pass(&fixture->loop, FORGET_MS);
    assert_non_null(directory_find_sid(fixture->directory, 7));
    pass(fixture, LOOK_MS);
    assert_null(directory_find_sid(fixture->directory, 7));
    assert_ptr_equal(directory_find_sid(fixture->directory, 8), parked);
    set_parked(parked, false);
}

/* What nobody has been told is told first. */
static void session_is_told_before_it_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(fixture, 7);

    fake_pass(&fixture->loop, 300);
    presence_seen(fixture->presence, session);
    fake_pass(&fixture->loop, FORGET_MS + LOOK_MS);
    assert_string_equal(touches(fixture, 1), "[[7,301000]]");
    assert_non_null(directory_find_sid(fixture->directory, 7));
    pass(fixture, LOOK_MS);
    assert_null(directory_find_sid(fixture->directory, 7));
}

#define WITH_PRESENCE(test)                                                    \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PRESENCE(who_was_reported_just_now_is_not_told_again),
        WITH_PRESENCE(who_is_back_after_a_while_is_told_at_once),
        WITH_PRESENCE(last_request_is_told_when_no_more_come),
        WITH_PRESENCE(parked_poll_is_told_every_few_seconds),
        WITH_PRESENCE(sessions_are_told_together),
        WITH_PRESENCE(many_sessions_are_told_a_thousand_at_a_time),
        WITH_PRESENCE(nobody_is_told_while_the_broker_is_away),
        WITH_PRESENCE(unused_session_is_forgotten_in_the_end),
        WITH_PRESENCE(session_is_told_before_it_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
