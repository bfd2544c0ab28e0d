/* The table of routes: which request is whose. */
#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static enum chat_result find(enum http_method method, const char *path,
                             struct route_match *match_out)
{
    const struct request request = {.method = method, .path = path};

    return route_find(&request, match_out);
}

static void assert_route(enum http_method method, const char *path,
                         call_fn *run)
{
    struct route_match match;

    assert_int_equal(find(method, path, &match), CHAT_OK);
    assert_true(match.route->run == run);
}

static void each_route_is_found(void **state)
{
    (void)state;
    assert_route(HTTP_POST, "/chat/v1/session", session_new);
    assert_route(HTTP_GET, "/chat/v1/session", session_get);
    assert_route(HTTP_DELETE, "/chat/v1/session", session_end);
    assert_route(HTTP_GET, "/chat/v1/events", events_poll);
    assert_route(HTTP_GET, "/chat/v1/rooms", rooms_list);
    assert_route(HTTP_POST, "/chat/v1/rooms", room_new);
    assert_route(HTTP_POST, "/chat/v1/rooms/dev/join", room_join);
    assert_route(HTTP_POST, "/chat/v1/rooms/dev/leave", room_leave);
    assert_route(HTTP_GET, "/chat/v1/rooms/dev/messages", message_history);
    assert_route(HTTP_POST, "/chat/v1/rooms/dev/messages", message_post);
    assert_route(HTTP_PATCH, "/chat/v1/rooms/dev/messages/7", message_edit);
    assert_route(HTTP_DELETE, "/chat/v1/rooms/dev/messages/7", message_delete);
    assert_route(HTTP_GET, "/chat/v1/livez", health_live);
    assert_route(HTTP_GET, "/chat/v1/readyz", health_ready);
}

static void other_paths_are_nobodys(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "/chat/v1/",
        "/chat/v1",
        "/chat/v2/session",
        "/CHAT/v1/session",
        "/chat/v1/session/",
        "/chat/v1//session",
        "/chat/v1/sessionss",
        "/chat/v1/sessio",
        "/chat/v1/Session",
        "/chat/v1/rooms/",
        "/chat/v1/rooms/",
        "/chat/v1/rooms/dev/",
        "/chat/v1/rooms//messages",
        "/chat/v1/rooms//join",
        "/chat/v1/rooms/dev/messages/",
        "/chat/v1/rooms/dev/messages//",
        "/chat/v1/rooms/dev/messages/7/",
        "/chat/v1/rooms//messages/7",
        "/chat/v1/rooms/messages/7",
        "/chat/v1/rooms/dev/x/messages",
        "/chat/v1/{room}/messages",
        "/chat/v1/rooms/dev/join/join",
        "/chat/v1/livez?x", /* the query is no part of a path */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (int method = HTTP_GET; method <= HTTP_OTHER; method++) {
            struct route_match match;
            assert_int_equal(find((enum http_method)method, paths[i], &match),
                             CHAT_NOT_FOUND);
            assert_string_equal(match.allow, "");
        }
    }
}

static void other_methods_are_told_those_there_are(void **state)
{
    static const struct {
        const char *path, *allow;
        enum http_method method;
    } cases[] = {
        {"/chat/v1/blocks", "Allow: GET, POST\r\n", HTTP_PATCH},
        {"/chat/v1/session", "Allow: POST, GET, PATCH, DELETE\r\n", HTTP_OTHER},
        {"/chat/v1/events", "Allow: GET\r\n", HTTP_POST},
        {"/chat/v1/rooms", "Allow: GET, POST\r\n", HTTP_DELETE},
        {"/chat/v1/rooms/r", "Allow: GET, PATCH, DELETE\r\n", HTTP_POST},
        {"/chat/v1/rooms/a%20b/join", "Allow: POST\r\n", HTTP_GET},
        {"/chat/v1/rooms/%ff/messages", "Allow: GET, POST\r\n", HTTP_PATCH},
        {"/chat/v1/rooms/r/messages/7", "Allow: GET, PATCH, DELETE\r\n",
         HTTP_OTHER},
        {"/chat/v1/rooms/r/messages/x", "Allow: GET, PATCH, DELETE\r\n",
         HTTP_POST},
        {"/chat/v1/livez", "Allow: GET\r\n", HTTP_POST},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match;
        assert_int_equal(find(cases[i].method, cases[i].path, &match),
                         CHAT_METHOD_NOT_ALLOWED);
        assert_string_equal(match.allow, cases[i].allow);
        assert_null(match.route);
    }
}

static void found_route_allows_nothing_else(void **state)
{
    struct route_match match;

    (void)state;
    assert_int_equal(find(HTTP_DELETE, "/chat/v1/session", &match), CHAT_OK);
    assert_string_equal(match.allow, "");
    assert_string_equal(match.room, "");
}

static void room_is_decoded(void **state)
{
    static const struct {
        const char *path, *room;
    } cases[] = {
        {"/chat/v1/rooms/dev/join", "dev"},
        {"/chat/v1/rooms/caf%C3%A9/join", "caf\xc3\xa9"},
        {"/chat/v1/rooms/a%20b/join", "a b"},
        {"/chat/v1/rooms/%7Broom%7D/join", "{room}"},
        {"/chat/v1/rooms/{room}/join", "{room}"},
        /* What cannot be a room is none. */
        {"/chat/v1/rooms/%2f/join", ""},
        {"/chat/v1/rooms/%00/join", ""},
        {"/chat/v1/rooms/%zz/join", ""},
        {"/chat/v1/rooms/%ff/join", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match;
        assert_int_equal(find(HTTP_POST, cases[i].path, &match), CHAT_OK);
        assert_string_equal(match.room, cases[i].room);
    }
}

static void room_and_position_are_both_taken(void **state)
{
    static const struct {
        const char *path, *room;
        int64_t seq;
    } cases[] = {
        {"/chat/v1/rooms/dev/messages/1043", "dev", 1043},
        {"/chat/v1/rooms/7/messages/8", "7", 8},
        {"/chat/v1/rooms/dev/messages/%31", "dev", 1},
        {"/chat/v1/rooms/dev/messages/9223372036854775807", "dev", INT64_MAX},
        /* What is no position is none. */
        {"/chat/v1/rooms/dev/messages/9223372036854775808", "dev", 0},
        {"/chat/v1/rooms/dev/messages/-1", "dev", 0},
        {"/chat/v1/rooms/dev/messages/7x", "dev", 0},
        {"/chat/v1/rooms/dev/messages/%00", "dev", 0},
        {"/chat/v1/rooms/%ff/messages/7", "", 7},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match;
        assert_int_equal(find(HTTP_PATCH, cases[i].path, &match), CHAT_OK);
        assert_string_equal(match.room, cases[i].room);
        assert_string_equal(match.name, "");
        assert_int_equal(match.seq, cases[i].seq);
    }
}

static void room_that_is_too_long_is_none(void **state)
{
    char path[ROOM_SIZE + 64];
    struct route_match match;

    (void)state;
    for (int bytes = ROOM_SIZE - 1; bytes <= ROOM_SIZE; bytes++) {
        (void)snprintf(path, sizeof(path), "/chat/v1/rooms/%0*d/join", bytes,
                       7);
        assert_int_equal(find(HTTP_POST, path, &match), CHAT_OK);
        assert_int_equal(strlen(match.room), bytes < ROOM_SIZE ? bytes : 0);
    }
}

/* What may be asked without a session, and what a foreign page may not do. */
static void flags_are_as_the_interface_says(void **state)
{
    static const struct {
        enum http_method method;
        const char *path;
        unsigned flags;
    } cases[] = {
        {HTTP_POST, "session", ROUTE_WRITES | ROUTE_LOGIN | ROUTE_BODY},
        {HTTP_GET, "session", 0},
        {HTTP_DELETE, "session", ROUTE_SESSION | ROUTE_WRITES},
        {HTTP_GET, "events", ROUTE_SESSION},
        {HTTP_POST, "rooms", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY},
        {HTTP_POST, "rooms/r/join",
         ROUTE_SESSION | ROUTE_WRITES | ROUTE_MAY_BODY},
        {HTTP_POST, "rooms/r/leave", ROUTE_SESSION | ROUTE_WRITES},
        {HTTP_GET, "rooms/r/messages", ROUTE_SESSION | ROUTE_READS},
        {HTTP_POST, "rooms/r/messages",
         ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY},
        {HTTP_PATCH, "rooms/r/messages/7",
         ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY},
        {HTTP_DELETE, "rooms/r/messages/7", ROUTE_SESSION | ROUTE_WRITES},
        {HTTP_GET, "livez", 0},
        {HTTP_GET, "readyz", 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match;
        char path[64];
        (void)snprintf(path, sizeof(path), "/chat/v1/%s", cases[i].path);
        assert_int_equal(find(cases[i].method, path, &match), CHAT_OK);
        assert_int_equal(match.route->flags, cases[i].flags);
    }
}

static void pages_are_beside_the_interface(void **state)
{
    struct route_match match;

    (void)state;
    assert_route(HTTP_GET, "/chat/r/dev", page_show);
    assert_route(HTTP_GET, "/chat/r/dev.txt", page_show);
    assert_route(HTTP_HEAD, "/chat/r/dev.txt", page_show);
    assert_route(HTTP_HEAD, "/chat/r/dev/7", page_show_message);
    assert_route(HTTP_POST, "/chat/r/dev", page_write);
    assert_route(HTTP_GET, "/chat/r/dev/7", page_show_message);
    assert_int_equal(find(HTTP_GET, "/chat/r/", &match), CHAT_NOT_FOUND);
    assert_true(match.is_page);
    assert_int_equal(find(HTTP_DELETE, "/chat/r/dev", &match),
                     CHAT_METHOD_NOT_ALLOWED);
    assert_string_equal(match.allow, "Allow: GET, HEAD, POST\r\n");
    assert_true(match.is_page);
    assert_int_equal(find(HTTP_GET, "/chat/v1/nothing", &match),
                     CHAT_NOT_FOUND);
    assert_false(match.is_page);
    assert_int_equal(find(HTTP_POST, "/chat/r/dev", &match), CHAT_OK);
    assert_int_equal(match.route->flags, ROUTE_VISITS | ROUTE_WRITES |
                                             ROUTE_LOGIN | ROUTE_FORM |
                                             ROUTE_PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_is_found),
        cmocka_unit_test(other_paths_are_nobodys),
        cmocka_unit_test(other_methods_are_told_those_there_are),
        cmocka_unit_test(found_route_allows_nothing_else),
        cmocka_unit_test(room_is_decoded),
        cmocka_unit_test(room_and_position_are_both_taken),
        cmocka_unit_test(room_that_is_too_long_is_none),
        cmocka_unit_test(pages_are_beside_the_interface),
        cmocka_unit_test(flags_are_as_the_interface_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
