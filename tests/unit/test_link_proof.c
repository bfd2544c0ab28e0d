#include "tests/unit/unit.h"

#include <string.h>

#include <sodium.h>

#include "common/link_proof.h"

static const unsigned char secret[LINK_SECRET_BYTES] = {1, 2, 3};
static const unsigned char other_secret[LINK_SECRET_BYTES] = {1, 2, 4};
static const unsigned char client_nonce[LINK_NONCE_BYTES] = {'c'};
static const unsigned char server_nonce[LINK_NONCE_BYTES] = {'s'};

/* Both ends of one handshake, and the last frame of each. */
struct ends {
    struct link_handshake client;
    struct link_handshake server;
    struct link_frame from_client;
    struct link_frame from_server;
};

static struct ends begin(void)
{
    struct ends ends;

    link_handshake_begin_client(&ends.client, client_nonce, &ends.from_client);
    link_handshake_begin_server(&ends.server, server_nonce);
    return ends;
}

static enum chat_result serve(struct ends *ends, const unsigned char *key)
{
    return link_handshake_take(&ends->server, key, ends->from_client.bytes,
                               ends->from_client.length, &ends->from_server);
}

static enum chat_result answer(struct ends *ends, const unsigned char *key)
{
    return link_handshake_take(&ends->client, key, ends->from_server.bytes,
                               ends->from_server.length, &ends->from_client);
}

static void both_ends_prove_themselves(void **state)
{
    struct ends ends = begin();

    (void)state;
    assert_int_equal(serve(&ends, secret), CHAT_AGAIN);
    assert_int_equal(answer(&ends, secret), CHAT_AGAIN);
    assert_int_equal(serve(&ends, secret), CHAT_OK);
    assert_int_equal(answer(&ends, secret), CHAT_OK);
    assert_int_equal(ends.from_client.length, 0);
    assert_int_equal(ends.client.state, LINK_PROVEN);
    assert_int_equal(ends.server.state, LINK_PROVEN);
}

static void frames_are_laid_out_as_documented(void **state)
{
    struct ends ends = begin();
    unsigned char proved[22 + 64] = "ajaxchat link 1 broker";
    unsigned char proof[crypto_auth_BYTES];

    (void)state;
    assert_int_equal(ends.from_client.length, 34);
    assert_memory_equal(ends.from_client.bytes, "\1\1c\0", 4);
    serve(&ends, secret);
    assert_int_equal(ends.from_server.length, 66);
    assert_memory_equal(ends.from_server.bytes, "\2\1s\0", 4);
    memcpy(proved + 22, client_nonce, 32);
    memcpy(proved + 54, server_nonce, 32);
    crypto_auth(proof, proved, sizeof(proved), secret);
    assert_memory_equal(ends.from_server.bytes + 34, proof, sizeof(proof));
    answer(&ends, secret);
    assert_int_equal(ends.from_client.length, 33);
    assert_int_equal(ends.from_client.bytes[0], 3);
    serve(&ends, secret);
    assert_int_equal(ends.from_server.length, 1);
    assert_int_equal(ends.from_server.bytes[0], 4);
}

static void client_refuses_server_with_another_secret(void **state)
{
    struct ends ends = begin();

    (void)state;
    serve(&ends, other_secret);
    assert_int_equal(answer(&ends, secret), CHAT_FORBIDDEN);
    assert_int_equal(ends.client.refusal, LINK_REFUSAL_SECRET);
    assert_int_equal(ends.from_client.length, 2);
    assert_memory_equal(ends.from_client.bytes, "\5\1", 2);
    assert_int_equal(serve(&ends, other_secret), CHAT_CLOSED);
    assert_int_equal(ends.server.refusal, LINK_REFUSAL_SECRET);
}

static void server_refuses_client_with_another_secret(void **state)
{
    struct ends ends = begin();

    (void)state;
    serve(&ends, secret);
    answer(&ends, secret);
    assert_int_equal(serve(&ends, other_secret), CHAT_FORBIDDEN);
    assert_int_equal(ends.server.refusal, LINK_REFUSAL_SECRET);
    assert_int_equal(ends.server.state, LINK_ENDED);
    assert_int_equal(answer(&ends, secret), CHAT_CLOSED);
    assert_int_equal(ends.client.refusal, LINK_REFUSAL_SECRET);
}

static void every_bit_of_a_proof_counts(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * (size_t)LINK_PROOF_BYTES; bit++) {
        struct ends ends = begin();
        serve(&ends, secret);
        answer(&ends, secret);
        ends.from_client.bytes[1 + bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(serve(&ends, secret), CHAT_FORBIDDEN);
    }
}

static void proof_of_another_connection_is_refused(void **state)
{
    struct ends old = begin();
    struct ends ends = begin();
    unsigned char fresh[LINK_NONCE_BYTES] = {'t'};

    (void)state;
    serve(&old, secret);
    answer(&old, secret);
    link_handshake_begin_server(&ends.server, fresh);
    serve(&ends, secret);
    ends.from_client = old.from_client; /* a PROVE that was good once */
    assert_int_equal(serve(&ends, secret), CHAT_FORBIDDEN);
}

static void servers_proof_is_not_a_clients(void **state)
{
    struct ends ends = begin();

    (void)state;
    serve(&ends, secret);
    ends.from_client.length = 1 + LINK_PROOF_BYTES;
    ends.from_client.bytes[0] = LINK_PROVE;
    memcpy(ends.from_client.bytes + 1, ends.from_server.bytes + 34,
           LINK_PROOF_BYTES);
    assert_int_equal(serve(&ends, secret), CHAT_FORBIDDEN);
}

static void other_version_is_refused_by_either_end(void **state)
{
    struct ends ends = begin();

    (void)state;
    ends.from_client.bytes[1] = 2;
    assert_int_equal(serve(&ends, secret), CHAT_FORBIDDEN);
    assert_memory_equal(ends.from_server.bytes, "\5\2", 2);
    assert_int_equal(answer(&ends, secret), CHAT_CLOSED);
    assert_int_equal(ends.client.refusal, LINK_REFUSAL_VERSION);

    ends = begin();
    serve(&ends, secret);
    ends.from_server.bytes[1] = 2;
    assert_int_equal(answer(&ends, secret), CHAT_FORBIDDEN);
    assert_int_equal(ends.client.refusal, LINK_REFUSAL_VERSION);
}

static void no_frame_is_taken_out_of_turn(void **state)
{
    (void)state;
    for (int type = 0; type < 256; type++) {
        struct ends ends = begin();
        ends.from_client.bytes[0] = (unsigned char)type;
        enum chat_result expected =
            type == LINK_HELLO ? CHAT_AGAIN : CHAT_BAD_REQUEST;
        assert_int_equal(serve(&ends, secret), expected);
        if (expected == CHAT_BAD_REQUEST) {
            assert_int_equal(ends.server.state, LINK_ENDED);
            assert_int_equal(ends.from_server.length, 0);
        }
    }
}

static void frame_of_wrong_length_is_malformed(void **state)
{
    (void)state;
    for (size_t length = 0; length <= LINK_FRAME_BYTES_MAX; length++) {
        struct ends ends = begin();
        if (length == ends.from_client.length)
            continue;
        ends.from_client.length = length;
        assert_int_equal(serve(&ends, secret), CHAT_BAD_REQUEST);
    }
}

static void nothing_is_taken_after_the_end(void **state)
{
    struct ends ends = begin();
    struct link_frame hello = ends.from_client;

    (void)state;
    ends.from_client.bytes[0] = LINK_DATA;
    assert_int_equal(serve(&ends, secret), CHAT_BAD_REQUEST);
    ends.from_client = hello;
    assert_int_equal(serve(&ends, secret), CHAT_BAD_REQUEST);
}

static void unknown_refusal_has_a_word_too(void **state)
{
    struct ends ends = begin();

    (void)state;
    ends.from_server.length = 2;
    ends.from_server.bytes[0] = LINK_REFUSED;
    ends.from_server.bytes[1] = 200;
    assert_int_equal(answer(&ends, secret), CHAT_CLOSED);
    assert_string_equal(link_refusal_word(ends.client.refusal),
                        "not_the_protocol");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_prove_themselves),
        cmocka_unit_test(frames_are_laid_out_as_documented),
        cmocka_unit_test(client_refuses_server_with_another_secret),
        cmocka_unit_test(server_refuses_client_with_another_secret),
        cmocka_unit_test(every_bit_of_a_proof_counts),
        cmocka_unit_test(proof_of_another_connection_is_refused),
        cmocka_unit_test(servers_proof_is_not_a_clients),
        cmocka_unit_test(other_version_is_refused_by_either_end),
        cmocka_unit_test(no_frame_is_taken_out_of_turn),
        cmocka_unit_test(frame_of_wrong_length_is_malformed),
        cmocka_unit_test(nothing_is_taken_after_the_end),
        cmocka_unit_test(unknown_refusal_has_a_word_too),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
