/* Listening, accepting, stopping; requests and replies: test_http.c. */
#include "tests/unit/http_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static void write_file(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* A socket file at fixture.path; returns the socket, not yet listening. */
static int bind_other(void)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    strcpy(place.sun_path, fixture.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const void *)&place, sizeof(place)), 0);
    return fd;
}

static void socket_file_is_for_owner_and_group(void **state)
{
    struct stat file;
    (void)state;
    mode_t before = umask(0);
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    umask(before);
    assert_int_equal(stat(fixture.path, &file), 0);
    assert_true(S_ISSOCK(file.st_mode));
    assert_int_equal(file.st_mode & 07777, 0660);
}

static void signals_stay_as_they_are(void **state)
{
    static const int signals[] = {SIGPIPE, SIGUSR1, SIGTERM};
    struct sigaction action;
    (void)state;
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        assert_int_equal(sigaction(signals[i], NULL, &action), 0);
        assert_true(action.sa_handler == SIG_DFL);
    }
}

static void stale_socket_file_is_replaced(void **state)
{
    (void)state;
    close(bind_other());
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    int fd = client_with_request(&(struct sample_request){0});
    close(fd);
}

static void live_socket_file_is_refused(void **state)
{
    struct stat file;
    (void)state;
    int other = bind_other();
    assert_int_equal(listen(other, 1), 0);
    assert_int_equal(open_server(10, &fixture.server), CHAT_IN_USE);
    assert_int_equal(stat(fixture.path, &file), 0);
    close(other);
}

static void file_of_another_kind_is_left_alone(void **state)
{
    struct stat file;
    (void)state;
    write_file(fixture.path);
    assert_int_equal(open_server(10, &fixture.server), CHAT_SYSTEM);
    assert_int_equal(stat(fixture.path, &file), 0);
    assert_true(S_ISREG(file.st_mode));
}

static void path_must_fit_an_address(void **state)
{
    char path[200];
    struct http_server_options options = {.selector = fixture.selector,
                                          .socket_path = path,
                                          .socket_group = "",
                                          .connections_max = 1,
                                          .serve = collect};
    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(http_server_open(&options, &fixture.server), CHAT_SYSTEM);
}

static enum chat_result open_for_group(const char *group)
{
    struct http_server_options options = {.selector = fixture.selector,
                                          .socket_path = fixture.path,
                                          .socket_group = group,
                                          .connections_max = 1,
                                          .serve = collect};
    return http_server_open(&options, &fixture.server);
}

static void group_may_be_a_number(void **state)
{
    char group[16];
    struct stat file;
    (void)state;
    snprintf(group, sizeof(group), "%u", (unsigned)getgid());
    assert_int_equal(open_for_group(group), CHAT_OK);
    assert_int_equal(stat(fixture.path, &file), 0);
    assert_int_equal(file.st_gid, getgid());
}

static void unknown_group_leaves_no_file(void **state)
{
    struct stat file;
    (void)state;
    assert_int_equal(open_for_group("no such group"), CHAT_SYSTEM);
    assert_int_equal(stat(fixture.path, &file), -1);
}

static void connections_beyond_the_bound_wait_their_turn(void **state)
{
    (void)state;
    assert_int_equal(open_server(2, &fixture.server), CHAT_OK);
    int first = client_connect();
    int second = client_connect();
    int third = client_connect();
    client_request(third, &(struct sample_request){0});
    assert_int_equal(http_server_connection_count(fixture.server), 2);
    assert_int_equal(fixture.exchange_count, 0);
    close(first);
    turn();
    assert_int_equal(http_server_connection_count(fixture.server), 2);
    assert_int_equal(fixture.exchange_count, 1);
    close(second);
    close(third);
}

static void want_of_descriptors_passes(void **state)
{
    struct rlimit limit, none;
    (void)state;
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    int fd = client_connect();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = (rlim_t)fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    turn();
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    turn(); /* it does not try again in every turn */
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    pass_time(100);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    close(fd);
}

static void stop_closes_what_is_idle_and_finishes_the_rest(void **state)
{
    struct stat file;
    struct bytes *reply = make_reply("{}", 2);
    (void)state;
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    int parked = client_with_request(&(struct sample_request){0});
    int idle = client_connect();
    int half = client_connect();
    client_send(half, records.data, 20);
    http_server_stop(fixture.server);
    assert_int_equal(stat(fixture.path, &file), -1);
    assert_closed(idle);
    assert_closed(half);
    assert_open(parked);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    exchange_answer(fixture.exchanges[0], reply);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    assert_receives(parked, reply);
    assert_closed(parked);
    bytes_drop(reply);
    close(parked);
    close(idle);
    close(half);
}

static void stop_waits_for_replies_under_way(void **state)
{
    static char body[1024 * 1024];
    (void)state;
    struct bytes *reply = make_reply(body, sizeof(body));
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    int fd = client_with_request(&(struct sample_request){0});
    exchange_answer(fixture.exchanges[0], reply);
    http_server_stop(fixture.server);
    http_server_stop(fixture.server);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    assert_receives(fd, reply);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    bytes_drop(reply);
    close(fd);
}

static void stop_leaves_the_file_of_a_successor(void **state)
{
    struct stat file;
    (void)state;
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    assert_int_equal(unlink(fixture.path), 0);
    int successor = bind_other();
    http_server_stop(fixture.server);
    assert_int_equal(stat(fixture.path, &file), 0);
    close(successor);
}

static void server_can_open_where_another_has_stopped(void **state)
{
    struct http_server *first;
    (void)state;
    assert_int_equal(open_server(10, &first), CHAT_OK);
    int parked = client_with_request(&(struct sample_request){0});
    http_server_stop(first);
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    http_server_close(first);
    int fd = client_with_request(&(struct sample_request){0});
    close(fd);
    close(parked);
}

static void close_ends_exchanges_without_a_call(void **state)
{
    (void)state;
    assert_int_equal(open_server(10, &fixture.server), CHAT_OK);
    int fd = client_with_request(&(struct sample_request){0});
    exchange_set_owner(fixture.exchanges[0], count_gone, &fixture.gone);
    http_server_close(fixture.server);
    fixture.server = NULL;
    assert_closed(fd);
    assert_int_equal(fixture.gone_count, 0);
    close(fd);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_nothing, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(socket_file_is_for_owner_and_group),
        TEST(signals_stay_as_they_are),
        TEST(stale_socket_file_is_replaced),
        TEST(live_socket_file_is_refused),
        TEST(file_of_another_kind_is_left_alone),
        TEST(path_must_fit_an_address),
        TEST(group_may_be_a_number),
        TEST(unknown_group_leaves_no_file),
        TEST(connections_beyond_the_bound_wait_their_turn),
        TEST(want_of_descriptors_passes),
        TEST(stop_closes_what_is_idle_and_finishes_the_rest),
        TEST(stop_waits_for_replies_under_way),
        TEST(stop_leaves_the_file_of_a_successor),
        TEST(server_can_open_where_another_has_stopped),
        TEST(close_ends_exchanges_without_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
