/* The link between honest ends, and what it refuses to do for us. */
#include "tests/unit/link_fixture.h"

/* ---- requests and replies ---- */

static void client_comes_up_and_is_answered(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    assert_false(link_client_is_ready(world->fronts[0].link));
    assert_int_equal(link_client_send(world->fronts[0].link, "x", 1),
                     CHAT_AGAIN);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "hello");
    assert_false(link_client_is_ready(world->fronts[0].link));
    assert_int_equal(link_client_send(world->fronts[0].link, "x", 1),
                     CHAT_AGAIN);
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "hello");
    assert_int_equal(world->fronts[0].ups, 1);
    assert_int_equal(world->fronts[0].downs, 0);
    assert_int_equal(world->request_count, 1);
}

static bool first_has_thousand_replies(struct world *world)
{
    if (link_client_is_ready(world->fronts[0].link) &&
        world->fronts[0].replies < 1000)
        send_text(&world->fronts[0], "again");
    return world->fronts[0].replies == 1000;
}

static void requests_follow_each_other_at_once(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "again");
    run_until(world, first_has_thousand_replies);
    assert_int_equal(world->fronts[0].downs, 0);
}

static bool both_have_replies(struct world *world)
{
    return world->fronts[0].replies > 0 && world->fronts[1].replies > 0;
}

static void replies_find_their_client_in_any_order(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    send_text(&world->fronts[0], "zero");
    run_until(world, has_one_request);
    send_text(&world->fronts[1], "one");
    run_until(world, has_two_requests);
    for (int i = 1; i >= 0; i--)
        link_server_reply(world->server, world->tickets[i], world->texts[i],
                          strlen(world->texts[i]));
    run_until(world, both_have_replies);
    assert_string_equal(world->fronts[0].reply, "zero");
    assert_string_equal(world->fronts[1].reply, "one");
}

static bool second_has_hundred_replies(struct world *world)
{
    if (link_client_is_ready(world->fronts[1].link) &&
        world->fronts[1].replies < 100)
        send_text(&world->fronts[1], "busy");
    return world->fronts[1].replies == 100;
}

static void late_reply_arrives_all_the_same(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    send_text(&world->fronts[0], "sync");
    run_until(world, has_one_request);
    world->echoes = true;
    send_text(&world->fronts[1], "busy");
    run_until(world, second_has_hundred_replies);
    assert_int_equal(world->fronts[0].replies, 0);
    link_server_reply(world->server, world->tickets[0], "late", 4);
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "late");
}

static void empty_message_is_a_message(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "");
    run_until(world, first_has_reply);
    assert_int_equal(world->fronts[0].reply_bytes, 0);
}

static void largest_message_goes_both_ways_and_no_larger_one(void **state)
{
    struct world *world = *state;
    char *large = calloc(1, LINK_MESSAGE_BYTES_MAX + 1);

    assert_non_null(large);
    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    assert_int_equal(link_client_send(world->fronts[0].link, large,
                                      LINK_MESSAGE_BYTES_MAX + 1),
                     CHAT_TOO_LARGE);
    assert_int_equal(
        link_client_send(world->fronts[0].link, large, LINK_MESSAGE_BYTES_MAX),
        CHAT_OK);
    run_until(world, first_has_reply);
    assert_int_equal(world->fronts[0].reply_bytes, LINK_MESSAGE_BYTES_MAX);
    assert_int_equal(link_server_reply(world->server, world->tickets[0], large,
                                       LINK_MESSAGE_BYTES_MAX + 1),
                     CHAT_TOO_LARGE);
    assert_int_equal(world->fronts[0].downs, 0);
    free(large);
}

static void client_may_close_itself_within_an_event(void **state)
{
    struct world *world = *state;

    world->fronts[0].closes_when_up = true;
    open_client(world, 0);
    run_until(world, one_is_gone);
    assert_int_equal(world->fronts[0].ups, 1);
    assert_int_equal(world->fronts[0].downs, 0);
    assert_null(world->fronts[0].link);
}

/* ---- losses ---- */

static bool first_is_up_again(struct world *world)
{
    return world->fronts[0].ups == 2;
}

static void client_finds_the_restarted_server(void **state)
{
    struct world *world = *state;
    char url[64];

    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "lost");
    run_until(world, has_one_request);
    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    close_server(world);
    run_until(world, first_was_down);
    struct link_options options = listen_on(url);
    open_server(world, &options); /* at once, on the same port */
    run_until(world, first_is_up_again);
    assert_int_equal(world->fronts[0].downs, 1);
    assert_int_equal(world->fronts[0].replies, 0);
    assert_first_is_served(world);
}

/* A port that nobody listens on. */
static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool hundred_milliseconds_went_by(struct world *world)
{
    return clock_mono_ms() >= world->expire_ms;
}

static void wake_up(void *context)
{
    (void)context;
}

static void client_waits_for_a_server_that_is_not_there_yet(void **state)
{
    struct world *world = *state;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", free_port());
    open_client_at(world, 0, url, secret, "");
    world->expire_ms = clock_mono_ms() + 100;
    world->tick.callback = wake_up;
    selector_arm(world->selector, &world->tick, world->expire_ms);
    run_until(world, hundred_milliseconds_went_by);
    assert_int_equal(world->fronts[0].downs, 0);
    struct link_options options = listen_on(url);
    open_server(world, &options);
    run_until(world, first_is_up);
    assert_int_equal(world->fronts[0].downs, 0);
}

static void reset_gives_up_on_the_request_under_way(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "never answered");
    run_until(world, has_one_request);
    link_client_reset(world->fronts[0].link);
    assert_int_equal(world->fronts[0].downs, 0); /* not from inside the call */
    assert_false(link_client_is_ready(world->fronts[0].link));
    run_until(world, first_was_down);
    run_until(world, first_is_up_again);
    assert_int_equal(world->fronts[0].downs, 1);
    run_until(world, one_is_gone);
    /* The answer comes too late, to a connection that is gone. */
    assert_int_equal(
        link_server_reply(world->server, world->tickets[0], "x", 1), CHAT_OK);
    assert_first_is_served(world);
    assert_int_equal(world->fronts[0].downs, 1);
}

static bool first_was_up_five_times(struct world *world)
{
    return world->fronts[0].ups == 5;
}

static void each_reset_is_one_down(void **state)
{
    struct world *world = *state;

    world->fronts[0].resets_when_up = true;
    open_client(world, 0);
    run_until(world, first_was_up_five_times);
    assert_in_range(world->fronts[0].downs, 4, 5);
}

static void closed_client_is_told_once_as_gone(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    link_client_close(world->fronts[1].link);
    world->fronts[1].link = NULL;
    run_until(world, one_is_gone);
    assert_first_is_served(world);
    assert_int_equal(world->gone_count, 1);
}

/* ---- secrets and numbers ---- */

static bool first_was_down_twice(struct world *world)
{
    return world->fronts[0].downs == 2;
}

static void client_with_another_secret_stays_outside(void **state)
{
    struct world *world = *state;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    open_client_at(world, 0, url, wrong_secret, "");
    run_until(world, first_was_down_twice);
    assert_int_equal(world->fronts[0].ups, 0);
    assert_int_equal(world->request_count, 0);
    assert_int_equal(world->gone_count, 0);
}

static bool second_was_down(struct world *world)
{
    return world->fronts[1].downs > 0;
}

static void one_client_too_many_waits_for_a_place(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tcp://127.0.0.1:0");

    options.connections_max = 1;
    open_server(world, &options);
    open_client(world, 0);
    run_until(world, first_is_up);
    open_client(world, 1);
    run_until(world, second_was_down);
    assert_int_equal(world->fronts[1].ups, 0);
    assert_first_is_served(world);
    link_client_close(world->fronts[0].link);
    world->fronts[0].link = NULL;
    run_until(world, second_is_up);
}

/* ---- addresses ---- */

static void only_loopback_or_tls_is_an_address(void **state)
{
    static const struct {
        const char *url;
        enum chat_result result;
    } cases[] = {
        {"tcp://127.0.0.1:7410", CHAT_OK},
        {"tcp://127.255.0.9:1", CHAT_OK},
        {"tcp://localhost:7410", CHAT_OK},
        {"tcp://[::1]:7410", CHAT_OK},
        {"tls+tcp://broker.example:7410", CHAT_OK},
        {"tls+tcp://*:7410", CHAT_OK},
        {"tcp://10.0.0.1:7410", CHAT_FORBIDDEN},
        {"tcp://128.0.0.1:7410", CHAT_FORBIDDEN},
        {"tcp://[::2]:7410", CHAT_FORBIDDEN},
        {"tcp://*:7410", CHAT_FORBIDDEN},
        {"tcp://127.0.0.1.example:7410", CHAT_FORBIDDEN},
        {"ipc:///run/ajaxchat/broker", CHAT_UNSUPPORTED},
        {"inproc://broker", CHAT_UNSUPPORTED},
        {"ws://127.0.0.1:7410/", CHAT_UNSUPPORTED},
        {"tcp://127.0.0.1", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:65536", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:100000", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:74x", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:7410/path", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:7410?query", CHAT_BAD_REQUEST},
        {"127.0.0.1:7410", CHAT_BAD_REQUEST},
        {"", CHAT_BAD_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (link_url_check(cases[i].url) != cases[i].result)
            fail_msg("%s: %s", cases[i].url,
                     chat_result_code(link_url_check(cases[i].url)));
}

static void address_in_use_is_refused(void **state)
{
    struct world *world = *state;
    struct link_server *second = NULL;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    struct link_options options = listen_on(url);
    assert_int_equal(link_server_open(&options, &second), CHAT_IN_USE);
    assert_null(second);
}

static void forbidden_address_is_neither_listened_on_nor_dialled(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tcp://10.0.0.1:7410");
    struct link_server *server = NULL;
    struct link_client *client = NULL;

    assert_int_equal(link_server_open(&options, &server), CHAT_FORBIDDEN);
    assert_int_equal(
        link_client_open(&options, world->selector, &events, NULL, &client),
        CHAT_FORBIDDEN);
    assert_null(server);
    assert_null(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(client_comes_up_and_is_answered),
        WITH_SERVER(requests_follow_each_other_at_once),
        WITH_SERVER(replies_find_their_client_in_any_order),
        WITH_SERVER(late_reply_arrives_all_the_same),
        WITH_SERVER(empty_message_is_a_message),
        WITH_SERVER(largest_message_goes_both_ways_and_no_larger_one),
        WITH_SERVER(client_may_close_itself_within_an_event),
        WITH_SERVER(client_finds_the_restarted_server),
        ALONE(client_waits_for_a_server_that_is_not_there_yet),
        WITH_SERVER(reset_gives_up_on_the_request_under_way),
        WITH_SERVER(each_reset_is_one_down),
        WITH_SERVER(closed_client_is_told_once_as_gone),
        WITH_SERVER(client_with_another_secret_stays_outside),
        ALONE(one_client_too_many_waits_for_a_place),
        ALONE(only_loopback_or_tls_is_an_address),
        WITH_SERVER(address_in_use_is_refused),
        ALONE(forbidden_address_is_neither_listened_on_nor_dialled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
