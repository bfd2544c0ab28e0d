/*
 * TLS for links that leave the machine. nng takes certificate and key as
 * text, so the files are read here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/link_internal.h"
#include "common/log.h"

/* A chain of a dozen large certificates; beyond it, it is another file. */
enum { PEM_BYTES_MAX = 64 * 1024 };

/* Fills `out` with the NUL-terminated file; the length, or -1 (errno). */
static ssize_t read_pem(int fd, char out[PEM_BYTES_MAX + 1])
{
    size_t used = 0;
    ssize_t got;

    while ((got = read(fd, out + used, PEM_BYTES_MAX + 1 - used)) > 0) {
        used += (size_t)got;
        if (used > PEM_BYTES_MAX) {
            errno = EFBIG;
            return -1;
        }
    }
    out[used] = '\0';
    return got < 0 ? -1 : (ssize_t)used;
}

/* The text of `path`, wiped and freed by free_pem(). Logs the reason. */
static enum chat_result load_pem(const char *path, char **text_out)
{
    char *text = malloc(PEM_BYTES_MAX + 1);

    if (text == NULL)
        return CHAT_NO_MEMORY;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read_pem(fd, text) < 0) {
        log_error("event=tls_file_unreadable file=%s error=%s",
                  LOG_QUOTED(path), LOG_QUOTED(strerror(errno)));
        free(text);
        text = NULL;
    }
    if (fd >= 0)
        close(fd);
    if (text == NULL)
        return CHAT_BAD_REQUEST;
    *text_out = text;
    return CHAT_OK;
}

static void free_pem(char *text)
{
    if (text != NULL)
        sodium_memzero(text, PEM_BYTES_MAX + 1);
    free(text);
}

static enum chat_result refuse(const char *what, const char *path, int error)
{
    log_error("event=tls_refused what=%s file=%s error=%s", what,
              LOG_QUOTED(path), LOG_QUOTED(nng_strerror(error)));
    return error == NNG_ENOMEM ? CHAT_NO_MEMORY : CHAT_BAD_REQUEST;
}

enum chat_result link_tls_server(const char *certificate_path,
                                 const char *key_path,
                                 nng_tls_config **config_out)
{
    nng_tls_config *config = NULL;
    char *certificate = NULL;
    char *key = NULL;
    int error;

    enum chat_result result = load_pem(certificate_path, &certificate);
    if (result == CHAT_OK)
        result = load_pem(key_path, &key);
    if (result == CHAT_OK) {
        error = nng_tls_config_alloc(&config, NNG_TLS_MODE_SERVER);
        if (error == 0)
            error = nng_tls_config_own_cert(config, certificate, key, NULL);
        if (error != 0)
            result = refuse("certificate_and_key", certificate_path, error);
    }
    free_pem(certificate);
    free_pem(key);
    if (result != CHAT_OK) {
        if (config != NULL)
            nng_tls_config_free(config);
        return result;
    }
    *config_out = config;
    return CHAT_OK;
}

static int set_server_name(nng_tls_config *config, const char *text)
{
    nng_url *url = NULL;
    int error = nng_url_parse(&url, text);

    if (error != 0)
        return error;
    error = nng_tls_config_server_name(config, url->u_hostname);
    nng_url_free(url);
    return error;
}

enum chat_result link_tls_client(const char *url, const char *ca_path,
                                 nng_tls_config **config_out)
{
    nng_tls_config *config = NULL;
    int error = nng_tls_config_alloc(&config, NNG_TLS_MODE_CLIENT);

    if (error != 0)
        return refuse("config", ca_path, error);
    error = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
    if (error == 0)
        error = nng_tls_config_ca_file(config, ca_path);
    if (error == 0)
        error = set_server_name(config, url);
    if (error != 0) {
        nng_tls_config_free(config);
        return refuse("authorities", ca_path, error);
    }
    *config_out = config;
    return CHAT_OK;
}
