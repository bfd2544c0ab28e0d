/* The link over TLS, with certificates made for the test. */
#include "tests/unit/link_fixture.h"

#include <sys/wait.h>

static char tls_folder[] = "/tmp/test_link.XXXXXX";
static char good_certificate[64], good_key[64];
static char other_certificate[64], other_key[64];

static void make_certificate(const char *name, char certificate[64],
                             char key[64])
{
    char command[512];

    snprintf(certificate, 64, "%s/%s.pem", tls_folder, name);
    snprintf(key, 64, "%s/%s.key", tls_folder, name);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt "
             "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s "
             "2>%s/openssl.log",
             key, certificate, tls_folder);
    int status = system(command); /* NOLINT(cert-env33-c): our own words */
    if (status != 0)
        fail_msg("the openssl program is needed to make a certificate "
                 "(exit status %d)",
                 WEXITSTATUS(status));
}

static void make_certificates(void)
{
    assert_non_null(mkdtemp(tls_folder));
    make_certificate("good", good_certificate, good_key);
    make_certificate("other", other_certificate, other_key);
}

static int remove_certificates(void **state)
{
    char log[64];

    snprintf(log, sizeof(log), "%s/openssl.log", tls_folder);
    unlink(log);
    unlink(good_certificate);
    unlink(good_key);
    unlink(other_certificate);
    unlink(other_key);
    rmdir(tls_folder);
    return tear_down(state);
}

static void tls_link_trusts_only_its_authority(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tls+tcp://localhost:0");
    char url[64];

    make_certificates();
    options.tls_certificate = good_certificate;
    options.tls_key = good_key;
    open_server(world, &options);
    snprintf(url, sizeof(url), "tls+tcp://localhost:%d",
             link_server_port(world->server));
    open_client_at(world, 1, url, secret, other_certificate);
    open_client_at(world, 0, url, secret, good_certificate);
    run_until(world, first_is_up);
    assert_first_is_served(world);
    assert_int_equal(world->fronts[1].ups, 0);

    /* Without certificate or authority it does not even open. */
    struct link_server *server = NULL;
    options.tls_certificate = "";
    assert_int_equal(link_server_open(&options, &server), CHAT_BAD_REQUEST);
    struct link_client *client = NULL;
    struct link_options blind = {.url = url, .secret = secret, .tls_ca = ""};
    assert_int_equal(
        link_client_open(&blind, world->selector, &events, NULL, &client),
        CHAT_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tls_link_trusts_only_its_authority,
                                        set_up_alone, remove_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
