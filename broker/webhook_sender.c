/*
 * Posts go from the loop to the thread by one list and come back by another;
 * the thread waits within libcurl and is woken by curl_multi_wakeup().
 */
#include "broker/webhook_sender.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "broker/webhook_address.h"
#include "common/alloc.h"
#include "common/log.h"
#include "common/version.h"

#define IDLE_MS 10000 /* the thread is woken for anything that matters */

struct webhook_sender {
    CURLM *multi; /* the thread's, but for curl_multi_wakeup() */
    bool private_addresses;
    pthread_t thread;
    bool running;
    size_t count; /* handed over and not taken back; the loop's */

    pthread_mutex_t lock; /* for the rest */
    struct webhook_post *submitted, *done;
    bool stopping;
};

/* A post under way; the thread's. */
struct transfer {
    struct webhook_sender *sender;
    struct webhook_post *post;
    struct curl_slist *headers;
    CURL *curl;
    size_t reply_bytes;
    struct transfer *prev, *next;
};

/* ---- posts ---- */

void webhook_post_free(struct webhook_post *post)
{
    if (post == NULL)
        return;
    free(post->url);
    free(post->body);
    free(post);
}

void webhook_sign(struct webhook_post *post, const char *secret, int64_t at_s)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof(mac) + 1], time[32];
    crypto_auth_hmacsha256_state hashing;
    int length = snprintf(time, sizeof(time), "%lld.", (long long)at_s);

    crypto_auth_hmacsha256_init(&hashing, (const unsigned char *)secret,
                                strlen(secret));
    crypto_auth_hmacsha256_update(&hashing, (const unsigned char *)time,
                                  (unsigned long long)length);
    crypto_auth_hmacsha256_update(&hashing, (const unsigned char *)post->body,
                                  post->body_bytes);
    crypto_auth_hmacsha256_final(&hashing, mac);
    (void)sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
    (void)snprintf(post->signature, sizeof(post->signature),
                   "Ajaxchat-Signature: t=%lld,v1=%s", (long long)at_s, hex);
}

/* ---- a transfer; in the thread ---- */

/* The address that a name resolved to, just before it is connected to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    const struct webhook_sender *sender = context;

    (void)purpose;
    if (!sender->private_addresses &&
        webhook_address_is_private(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* Counts the reply, and refuses to go on when it has no end. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's signature */
static size_t drop_reply(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    (void)data;
    transfer->reply_bytes += size * count;
    return transfer->reply_bytes <= WEBHOOK_REPLY_BYTES_MAX ? size * count : 0;
}

/* No redirects, no proxy, no other protocol: only what the owner named. */
static void set_options(struct transfer *transfer)
{
    CURL *curl = transfer->curl;
    struct webhook_post *post = transfer->post;

    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(curl, CURLOPT_URL, post->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WEBHOOK_SECONDS_MAX);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post->body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)post->body_bytes);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ajaxchat/" AJAXCHAT_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_reply);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer->sender);
}

static void give_back(struct webhook_sender *sender, struct webhook_post *post)
{
    pthread_mutex_lock(&sender->lock);
    LL_APPEND(sender->done, post);
    pthread_mutex_unlock(&sender->lock);
}

static void free_transfer(struct transfer *transfer)
{
    if (transfer->curl != NULL) {
        curl_multi_remove_handle(transfer->sender->multi, transfer->curl);
        curl_easy_cleanup(transfer->curl);
    }
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

static void begin(struct webhook_sender *sender, struct webhook_post *post,
                  struct transfer **transfers)
{
    struct transfer *transfer = alloc_or_die(sizeof(*transfer));

    transfer->sender = sender;
    transfer->post = post;
    transfer->curl = curl_easy_init();
    transfer->headers =
        curl_slist_append(NULL, "Content-Type: application/json");
    if (transfer->headers != NULL &&
        curl_slist_append(transfer->headers, post->signature) != NULL &&
        transfer->curl != NULL) {
        set_options(transfer);
        if (curl_multi_add_handle(sender->multi, transfer->curl) == CURLM_OK) {
            DL_APPEND(*transfers, transfer);
            return;
        }
    }
    free_transfer(transfer);
    (void)snprintf(post->why, sizeof(post->why), "no memory");
    give_back(sender, post);
}

static void finish(struct webhook_sender *sender, CURL *curl, CURLcode code,
                   struct transfer **transfers)
{
    struct transfer *transfer = NULL;

    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
    struct webhook_post *post = transfer->post;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &post->status);
    post->accepted =
        code == CURLE_OK && post->status >= 200 && post->status <= 299;
    if (code != CURLE_OK)
        (void)snprintf(post->why, sizeof(post->why), "%s",
                       curl_easy_strerror(code));
    DL_DELETE(*transfers, transfer);
    free_transfer(transfer);
    give_back(sender, post);
}

/* ---- the thread ---- */

/* What has been submitted; `stopping_out`: whether to end. */
static struct webhook_post *take_submitted(struct webhook_sender *sender,
                                           bool *stopping_out)
{
    pthread_mutex_lock(&sender->lock);
    struct webhook_post *posts = sender->submitted;
    sender->submitted = NULL;
    *stopping_out = sender->stopping;
    pthread_mutex_unlock(&sender->lock);
    return posts;
}

static void work(struct webhook_sender *sender, struct webhook_post *posts,
                 struct transfer **transfers)
{
    struct webhook_post *post, *next;
    const CURLMsg *message;
    int count;

    LL_FOREACH_SAFE (posts, post, next) {
        post->next = NULL;
        begin(sender, post, transfers);
    }
    curl_multi_perform(sender->multi, &count);
    while ((message = curl_multi_info_read(sender->multi, &count)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            finish(sender, message->easy_handle, message->data.result,
                   transfers);
    }
}

static void *run(void *context)
{
    struct webhook_sender *sender = context;
    struct transfer *transfers = NULL, *transfer, *next;
    bool stopping = false;

    for (;;) {
        struct webhook_post *posts = take_submitted(sender, &stopping);
        work(sender, posts, &transfers);
        if (stopping)
            break;
        curl_multi_poll(sender->multi, NULL, 0, IDLE_MS, NULL);
    }
    DL_FOREACH_SAFE (transfers, transfer, next) {
        webhook_post_free(transfer->post);
        free_transfer(transfer);
    }
    return NULL;
}

/* Signals are the loop's, and a broken connection is no reason to die. */
static bool start_thread(struct webhook_sender *sender)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sender->running = pthread_create(&sender->thread, NULL, run, sender) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sender->running;
}

/* ---- the loop's side ---- */

enum chat_result webhook_sender_open(bool private_addresses,
                                     struct webhook_sender **sender_out)
{
    struct webhook_sender *sender = alloc_or_die(sizeof(*sender));

    pthread_mutex_init(&sender->lock, NULL);
    sender->private_addresses = private_addresses;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        sender->multi = curl_multi_init();
    if (sender->multi == NULL || !start_thread(sender)) {
        log_error("event=webhooks_failed what=start");
        webhook_sender_close(sender);
        return CHAT_SYSTEM;
    }
    *sender_out = sender;
    return CHAT_OK;
}

bool webhook_sender_is_full(const struct webhook_sender *sender)
{
    return sender->count >= WEBHOOK_POSTS_MAX;
}

void webhook_sender_submit(struct webhook_sender *sender,
                           struct webhook_post *post)
{
    assert(!webhook_sender_is_full(sender));
    sender->count++;
    pthread_mutex_lock(&sender->lock);
    LL_APPEND(sender->submitted, post);
    pthread_mutex_unlock(&sender->lock);
    curl_multi_wakeup(sender->multi);
}

struct webhook_post *webhook_sender_take(struct webhook_sender *sender)
{
    pthread_mutex_lock(&sender->lock);
    struct webhook_post *post = sender->done;
    if (post != NULL)
        LL_DELETE(sender->done, post);
    pthread_mutex_unlock(&sender->lock);
    if (post != NULL)
        sender->count--;
    return post;
}

static void stop_thread(struct webhook_sender *sender)
{
    pthread_mutex_lock(&sender->lock);
    sender->stopping = true;
    pthread_mutex_unlock(&sender->lock);
    curl_multi_wakeup(sender->multi);
    pthread_join(sender->thread, NULL);
}

void webhook_sender_close(struct webhook_sender *sender)
{
    struct webhook_post *post;

    if (sender == NULL)
        return;
    if (sender->running)
        stop_thread(sender);
    while ((post = webhook_sender_take(sender)) != NULL)
        webhook_post_free(post);
    if (sender->multi != NULL)
        curl_multi_cleanup(sender->multi);
    curl_global_cleanup();
    pthread_mutex_destroy(&sender->lock);
    free(sender);
}
