/*
 * Two queues under one lock: the loop appends to `waiting`, the thread takes
 * from there, and when a job is done appends it to `done` and writes to an
 * eventfd, upon which the loop calls back. A job is the thread's from being
 * taken to being done, and the loop's before and after.
 */
#include "fcgi/passphrase.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

static_assert(PASSPHRASE_SECRET_SIZE == crypto_pwhash_STRBYTES,
              "a secret fits");

struct job {
    bool checks; /* else it hashes */
    bool nobodys;
    char passphrase[PASSPHRASE_BYTES_MAX + 1];
    char secret[PASSPHRASE_SECRET_SIZE];
    enum chat_result result;
    passphrase_fn *then;
    void *context;
    struct job *prev, *next;
};

struct passphrases {
    struct selector *selector;
    struct selector_stream news; /* eventfd: something is done */
    pthread_t thread;
    bool has_thread;
    size_t waiting_count;
    char nobodys[PASSPHRASE_SECRET_SIZE]; /* the thread's own */
    pthread_mutex_t lock;                 /* from here on: under it */
    pthread_cond_t work;
    struct job *waiting, *done;
    bool stopping;
};

/* ---- the thread ---- */

static enum chat_result hash(const char *passphrase,
                             char secret_out[PASSPHRASE_SECRET_SIZE])
{
    return crypto_pwhash_str(secret_out, passphrase, strlen(passphrase),
                             crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
               ? CHAT_OK
               : CHAT_NO_MEMORY;
}

static enum chat_result check(const struct passphrases *passphrases,
                              const struct job *job)
{
    const char *secret = job->nobodys ? passphrases->nobodys : job->secret;
    bool fits = crypto_pwhash_str_verify(secret, job->passphrase,
                                         strlen(job->passphrase)) == 0;

    return fits && !job->nobodys ? CHAT_OK : CHAT_FORBIDDEN;
}

/* The next job, which is the thread's from now on; NULL: no more. */
static struct job *take_job(struct passphrases *passphrases)
{
    struct job *job = NULL;

    pthread_mutex_lock(&passphrases->lock);
    while (passphrases->waiting == NULL && !passphrases->stopping)
        pthread_cond_wait(&passphrases->work, &passphrases->lock);
    if (!passphrases->stopping) {
        job = passphrases->waiting;
        DL_DELETE(passphrases->waiting, job);
    }
    pthread_mutex_unlock(&passphrases->lock);
    return job;
}

static void give_back(struct passphrases *passphrases, struct job *job)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&passphrases->lock);
    DL_APPEND(passphrases->done, job);
    pthread_mutex_unlock(&passphrases->lock);
    while (write(passphrases->news.fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void *work(void *context)
{
    struct passphrases *passphrases = context;
    char nobody_knows[PASSPHRASE_BYTES_MIN + 1] = {0};
    struct job *job;

    randombytes_buf(nobody_knows, PASSPHRASE_BYTES_MIN);
    (void)hash(nobody_knows, passphrases->nobodys);
    while ((job = take_job(passphrases)) != NULL) {
        job->result = job->checks ? check(passphrases, job)
                                  : hash(job->passphrase, job->secret);
        give_back(passphrases, job);
    }
    return NULL;
}

/* ---- the loop's side ---- */

static void end_job(struct passphrases *passphrases, struct job *job,
                    enum chat_result result)
{
    bool gives = result == CHAT_OK && !job->checks;

    passphrases->waiting_count--;
    job->then(job->context, result, gives ? job->secret : NULL);
    sodium_memzero(job, sizeof(*job));
    free(job);
}

/* All of `*list`, which others have no hold of any more. */
static void end_jobs(struct passphrases *passphrases, struct job *list,
                     bool done)
{
    struct job *job, *next;

    DL_FOREACH_SAFE (list, job, next)
        end_job(passphrases, job, done ? job->result : CHAT_UNAVAILABLE);
}

static void on_news(void *context, unsigned events)
{
    struct passphrases *passphrases = context;
    struct job *done;
    uint64_t count;

    (void)events;
    if (read(passphrases->news.fd, &count, sizeof(count)) < 0)
        return;
    pthread_mutex_lock(&passphrases->lock);
    done = passphrases->done;
    passphrases->done = NULL;
    pthread_mutex_unlock(&passphrases->lock);
    end_jobs(passphrases, done, true);
}

enum chat_result passphrases_open(struct selector *selector,
                                  struct passphrases **passphrases_out)
{
    struct passphrases *passphrases = calloc(1, sizeof(*passphrases));

    if (passphrases == NULL)
        return CHAT_NO_MEMORY;
    passphrases->selector = selector;
    passphrases->news =
        (struct selector_stream){.callback = on_news,
                                 .context = passphrases,
                                 .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    enum chat_result result =
        passphrases->news.fd >= 0
            ? selector_add(selector, &passphrases->news, SELECTOR_READ)
            : CHAT_SYSTEM;
    if (result != CHAT_OK) {
        if (passphrases->news.fd >= 0)
            close(passphrases->news.fd);
        free(passphrases);
        return result;
    }
    pthread_mutex_init(&passphrases->lock, NULL);
    pthread_cond_init(&passphrases->work, NULL);
    *passphrases_out = passphrases;
    return CHAT_OK;
}

static void stop_thread(struct passphrases *passphrases)
{
    if (!passphrases->has_thread)
        return;
    pthread_mutex_lock(&passphrases->lock);
    passphrases->stopping = true;
    pthread_cond_signal(&passphrases->work);
    pthread_mutex_unlock(&passphrases->lock);
    pthread_join(passphrases->thread, NULL);
}

void passphrases_close(struct passphrases *passphrases)
{
    if (passphrases == NULL)
        return;
    stop_thread(passphrases);
    end_jobs(passphrases, passphrases->done, true);
    end_jobs(passphrases, passphrases->waiting, false);
    selector_remove(passphrases->selector, &passphrases->news);
    close(passphrases->news.fd);
    pthread_cond_destroy(&passphrases->work);
    pthread_mutex_destroy(&passphrases->lock);
    free(passphrases);
}

/* Signals are the loop's: the thread has none of them. */
static bool need_thread(struct passphrases *passphrases)
{
    sigset_t all, before;

    if (passphrases->has_thread)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    passphrases->has_thread =
        pthread_create(&passphrases->thread, NULL, work, passphrases) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return passphrases->has_thread;
}

/* Takes `job`. */
static enum chat_result submit(struct passphrases *passphrases, struct job *job)
{
    if (passphrases->waiting_count == PASSPHRASE_QUEUE_MAX ||
        !need_thread(passphrases)) {
        sodium_memzero(job, sizeof(*job));
        free(job);
        return CHAT_UNAVAILABLE;
    }
    passphrases->waiting_count++;
    pthread_mutex_lock(&passphrases->lock);
    DL_APPEND(passphrases->waiting, job);
    pthread_cond_signal(&passphrases->work);
    pthread_mutex_unlock(&passphrases->lock);
    return CHAT_OK;
}

static struct job *new_job(const char *passphrase, passphrase_fn *then,
                           void *context)
{
    struct job *job = calloc(1, sizeof(*job));

    assert(strlen(passphrase) <= PASSPHRASE_BYTES_MAX);
    if (job == NULL)
        return NULL;
    strcpy(job->passphrase, passphrase);
    job->then = then;
    job->context = context;
    return job;
}

enum chat_result passphrase_hash(struct passphrases *passphrases,
                                 const char *passphrase, passphrase_fn *then,
                                 void *context)
{
    struct job *job = new_job(passphrase, then, context);

    return job != NULL ? submit(passphrases, job) : CHAT_UNAVAILABLE;
}

enum chat_result passphrase_check(struct passphrases *passphrases,
                                  const char *passphrase, const char *secret,
                                  passphrase_fn *then, void *context)
{
    struct job *job = new_job(passphrase, then, context);

    if (job == NULL)
        return CHAT_UNAVAILABLE;
    job->checks = true;
    job->nobodys = secret == NULL || strlen(secret) >= PASSPHRASE_SECRET_SIZE;
    if (!job->nobodys)
        strcpy(job->secret, secret);
    return submit(passphrases, job);
}
