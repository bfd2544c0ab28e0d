#include "tests/unit/unit.h"

#include <string.h>

#include <sodium.h>

#include "common/link_peers.h"

enum { PROVEN_MAX = 2 };

static const unsigned char secret[LINK_SECRET_BYTES] = {'s'};
static const unsigned char nonce[LINK_NONCE_BYTES] = {'n'};

static int set_up(void **state)
{
    *state = link_peers_new(PROVEN_MAX);
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    link_peers_free(*state);
    return 0;
}

/* Admits `connection` and takes it through the handshake. */
static enum chat_result prove(struct link_peers *peers, uint32_t connection)
{
    struct link_handshake client;
    struct link_frame sent;
    struct link_answer answer;

    link_peers_admit(peers, connection);
    link_handshake_begin_client(&client, nonce, &sent);
    assert_int_equal(link_peers_handshake(peers, connection, secret, sent.bytes,
                                          sent.length, &answer),
                     CHAT_AGAIN);
    assert_int_equal(link_handshake_take(&client, secret, answer.frame.bytes,
                                         answer.frame.length, &sent),
                     CHAT_AGAIN);
    return link_peers_handshake(peers, connection, secret, sent.bytes,
                                sent.length, &answer);
}

static void strangers_push_out_the_oldest_of_them(void **state)
{
    struct link_peers *peers = *state;

    for (uint32_t id = 1; id <= LINK_UNPROVEN_MAX; id++)
        assert_int_equal(link_peers_admit(peers, id), 0);
    for (uint32_t id = 1; id <= 500; id++)
        assert_int_equal(link_peers_admit(peers, LINK_UNPROVEN_MAX + id), id);
    assert_int_equal(link_peers_find(peers, 500), LINK_PEER_UNKNOWN);
    assert_int_equal(link_peers_find(peers, 501), LINK_PEER_UNPROVEN);
    assert_int_equal(link_peers_take_evicted(peers), 500);
    assert_int_equal(link_peers_take_evicted(peers), 0);
}

static void strangers_never_push_out_the_proven(void **state)
{
    struct link_peers *peers = *state;

    assert_int_equal(prove(peers, 1), CHAT_OK);
    assert_int_equal(prove(peers, 2), CHAT_OK);
    for (uint32_t id = 10; id < 100; id++)
        assert_true(link_peers_admit(peers, id) != 1);
    assert_int_equal(link_peers_find(peers, 1), LINK_PEER_PROVEN);
    assert_int_equal(link_peers_find(peers, 2), LINK_PEER_PROVEN);
}

static void place_is_free_once_its_end_was_told(void **state)
{
    struct link_peers *peers = *state;
    uint32_t gone = 0;

    assert_int_equal(prove(peers, 1), CHAT_OK);
    assert_int_equal(prove(peers, 2), CHAT_OK);
    assert_int_equal(prove(peers, 3), CHAT_FORBIDDEN);
    assert_true(link_peers_remove(peers, 1));
    assert_int_equal(link_peers_find(peers, 1), LINK_PEER_UNKNOWN);
    assert_int_equal(prove(peers, 4), CHAT_FORBIDDEN);
    assert_int_equal(link_peers_next_gone(peers, &gone), CHAT_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(link_peers_next_gone(peers, &gone), CHAT_AGAIN);
    assert_int_equal(prove(peers, 5), CHAT_OK);
}

static void stranger_that_goes_is_not_told(void **state)
{
    struct link_peers *peers = *state;
    uint32_t gone;

    link_peers_admit(peers, 1);
    assert_false(link_peers_remove(peers, 1));
    assert_false(link_peers_remove(peers, 1));
    assert_int_equal(link_peers_next_gone(peers, &gone), CHAT_AGAIN);
}

static void only_strangers_expire_and_each_once(void **state)
{
    struct link_peers *peers = *state;

    assert_int_equal(prove(peers, 1), CHAT_OK);
    link_peers_admit(peers, 2);
    assert_int_equal(link_peers_next_expired(peers, 1000), 0);
    link_peers_admit(peers, 3);
    assert_int_equal(link_peers_next_expired(peers, 2000), 0);
    assert_int_equal(link_peers_next_expired(peers, 1000 + LINK_PROOF_MS), 2);
    assert_int_equal(link_peers_next_expired(peers, 1000 + LINK_PROOF_MS), 0);
    assert_int_equal(link_peers_next_expired(peers, 2000 + LINK_PROOF_MS), 3);
    assert_int_equal(link_peers_next_expired(peers, INT64_MAX), 0);
    assert_int_equal(link_peers_find(peers, 1), LINK_PEER_PROVEN);
}

static void who_was_pushed_out_cannot_go_on(void **state)
{
    struct link_peers *peers = *state;
    struct link_answer answer;

    assert_int_equal(link_peers_handshake(peers, 7, secret, nonce, 1, &answer),
                     CHAT_NOT_FOUND);
}

#define WITH_PEERS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(strangers_push_out_the_oldest_of_them),
        WITH_PEERS(strangers_never_push_out_the_proven),
        WITH_PEERS(place_is_free_once_its_end_was_told),
        WITH_PEERS(stranger_that_goes_is_not_told),
        WITH_PEERS(only_strangers_expire_and_each_once),
        WITH_PEERS(who_was_pushed_out_cannot_go_on),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
