/* Posts of outgoing hooks: signed, posted once, given back with their fate. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/webhook_sender.h"
#include "common/alloc.h"
#include "common/log.h"

static struct webhook_post *post_to(const char *url)
{
    struct webhook_post *post = alloc_or_die(sizeof(*post));

    post->hook_seq = 7;
    post->url = strdup_or_die(url);
    post->body = strdup_or_die("{}");
    post->body_bytes = 2;
    webhook_sign(post, "key", 1795370000);
    return post;
}

/* It comes back at the latest when its time is up. */
static struct webhook_post *wait_for(struct webhook_sender *sender)
{
    struct webhook_post *post;

    while ((post = webhook_sender_take(sender)) == NULL)
        sched_yield();
    return post;
}

/* A port that somebody listens on, and answers nothing. */
static int listen_somewhere(char url_out[64])
{
    struct sockaddr_in place = {.sin_family = AF_INET,
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const void *)&place, sizeof(place)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (void *)&place, &length), 0);
    snprintf(url_out, 64, "http://127.0.0.1:%d/", ntohs(place.sin_port));
    return fd;
}

static struct webhook_sender *open_sender(bool private_addresses)
{
    struct webhook_sender *sender;

    assert_int_equal(webhook_sender_open(private_addresses, &sender), CHAT_OK);
    return sender;
}

/* printf '%s' '1795370000.{}' | openssl dgst -sha256 -hmac key */
static void the_signature_is_of_time_and_body(void **state)
{
    struct webhook_post *post = post_to("http://example.org/");

    (void)state;
    assert_string_equal(
        post->signature,
        "Ajaxchat-Signature: t=1795370000,v1="
        "ef080b3bb6418f86b707859c1e3bad55f9977c85b3f7fa55318dc4d2b652801e");
    webhook_post_free(post);
}

static void who_does_not_listen_is_a_failure(void **state)
{
    struct webhook_sender *sender = open_sender(true);
    char url[64];

    (void)state;
    close(listen_somewhere(url));
    webhook_sender_submit(sender, post_to(url));
    struct webhook_post *post = wait_for(sender);
    assert_int_equal(post->hook_seq, 7);
    assert_false(post->accepted);
    assert_int_equal(post->status, 0);
    assert_true(strlen(post->why) > 0);
    webhook_post_free(post);
    webhook_sender_close(sender);
}

static void private_addresses_are_not_connected_to(void **state)
{
    struct webhook_sender *sender = open_sender(false);
    char url[64];
    int fd = listen_somewhere(url);

    (void)state;
    webhook_sender_submit(sender, post_to(url));
    struct webhook_post *post = wait_for(sender);
    assert_false(post->accepted);
    webhook_post_free(post);
    /* Nobody has come. */
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(accept4(fd, NULL, NULL, SOCK_CLOEXEC), -1);
    close(fd);
    webhook_sender_close(sender);
}

static void an_end_does_not_wait_for_what_is_under_way(void **state)
{
    struct webhook_sender *sender = open_sender(true);
    char url[64];
    int fd = listen_somewhere(url);

    (void)state;
    for (int i = 0; i < WEBHOOK_POSTS_MAX; i++) {
        assert_false(webhook_sender_is_full(sender));
        webhook_sender_submit(sender, post_to(url));
    }
    assert_true(webhook_sender_is_full(sender));
    webhook_sender_close(sender);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    log_setup("test", LOG_LEVEL_ERROR);
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_is_of_time_and_body),
        cmocka_unit_test(who_does_not_listen_is_a_failure),
        cmocka_unit_test(private_addresses_are_not_connected_to),
        cmocka_unit_test(an_end_does_not_wait_for_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
