#include "broker/webhooks.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <utlist.h>

#include "broker/answers.h"
#include "broker/webhook_sender.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"

/* What is known of a hook that has, or had, a URL. */
struct webhook {
    int64_t seq;           /* the hook's */
    int64_t delivered_seq; /* told up to here */
    int64_t seen_n;        /* of the room, when there was nothing new */
    bool unsaved;          /* delivered_seq is not in the store yet */
    bool under_way;
    unsigned failures;   /* one after the other */
    int64_t retry_at_ms; /* monotonic clock */
    bool is_there;       /* in this tick */
    UT_hash_handle hh;
};

struct webhooks {
    struct replica *replica;
    struct webhook_sender *sender;
    struct webhook *by_seq;
};

static struct webhook *add_webhook(struct webhooks *webhooks, int64_t seq,
                                   int64_t delivered_seq)
{
    struct webhook *webhook = alloc_or_die(sizeof(*webhook));

    webhook->seq = seq;
    webhook->delivered_seq = delivered_seq;
    HASH_ADD(hh, webhooks->by_seq, seq, sizeof(webhook->seq), webhook);
    return webhook;
}

static struct webhook *find_webhook(const struct webhooks *webhooks,
                                    int64_t seq)
{
    struct webhook *webhook;

    HASH_FIND(hh, webhooks->by_seq, &seq, sizeof(seq), webhook);
    return webhook;
}

static void remove_webhook(struct webhooks *webhooks, struct webhook *webhook)
{
    HASH_DELETE(hh, webhooks->by_seq, webhook);
    free(webhook);
}

/* ---- what came back ---- */

static int64_t retry_after_ms(unsigned failures)
{
    int64_t ms = WEBHOOK_RETRY_MS_MIN;

    for (unsigned i = 1; i < failures && ms < WEBHOOK_RETRY_MS_MAX; i++)
        ms *= 2;
    if (ms > WEBHOOK_RETRY_MS_MAX)
        ms = WEBHOOK_RETRY_MS_MAX;
    return ms + randombytes_uniform((uint32_t)(ms / 4));
}

static void note_failure(struct webhook *webhook,
                         const struct webhook_post *post, int64_t mono_ms)
{
    if (webhook->failures == 0)
        log_warn("event=webhook_failed hook=%lld status=%ld why=%s",
                 (long long)webhook->seq, post->status, LOG_QUOTED(post->why));
    webhook->failures++;
    webhook->retry_at_ms = mono_ms + retry_after_ms(webhook->failures);
}

static void note_success(struct webhook *webhook,
                         const struct webhook_post *post)
{
    if (webhook->failures > 0)
        log_info("event=webhook_accepted hook=%lld failures=%u",
                 (long long)webhook->seq, webhook->failures);
    webhook->failures = 0;
    webhook->delivered_seq = post->up_to_seq;
    webhook->unsaved = true;
}

static void take_back(struct webhooks *webhooks, int64_t mono_ms)
{
    struct webhook_post *post;

    while ((post = webhook_sender_take(webhooks->sender)) != NULL) {
        struct webhook *webhook = find_webhook(webhooks, post->hook_seq);
        if (webhook != NULL) {
            webhook->under_way = false;
            if (post->accepted)
                note_success(webhook, post);
            else
                note_failure(webhook, post, mono_ms);
        }
        webhook_post_free(post);
    }
}

/* All positions in one transaction; if that fails, with the next ones. */
static void save(struct webhooks *webhooks)
{
    struct store *store = replica_store(webhooks->replica);
    struct webhook *webhook, *next;
    size_t count = 0;

    HASH_ITER (hh, webhooks->by_seq, webhook, next)
        count += webhook->unsaved;
    if (count == 0)
        return;
    store_begin(store);
    HASH_ITER (hh, webhooks->by_seq, webhook, next) {
        if (webhook->unsaved)
            store_set_delivered(store, webhook->seq, webhook->delivered_seq);
    }
    if (store_commit(store) != CHAT_OK)
        return;
    HASH_ITER (hh, webhooks->by_seq, webhook, next)
        webhook->unsaved = false;
}

/* ---- what goes out ---- */

/* Events being collected for a post. */
struct collection {
    json_t *events;
    size_t bytes; /* as JSON, at most */
    int64_t last_seq;
};

static bool collect(void *context, const struct event *event)
{
    struct collection *collection = context;
    size_t bytes = event_json_bytes_max(event);

    if (collection->last_seq != 0 &&
        collection->bytes + bytes > HISTORY_BYTES_MAX)
        return false;
    if (json_array_append_new(collection->events, event_encode(event, false)) !=
        0)
        return false;
    collection->bytes += bytes;
    collection->last_seq = event->seq;
    return true;
}

/* What is new to the hook; `last_seq` 0: nothing, or it cannot be read. */
static struct collection collect_new(struct webhooks *webhooks,
                                     const struct webhook *webhook,
                                     const struct room *room)
{
    const struct room_position place = {.rid = room->rid,
                                        .after_seq = webhook->delivered_seq};
    struct collection collection = {.events = json_array()};
    bool more;

    if (store_rooms_after(replica_store(webhooks->replica), &place, 1,
                          WEBHOOK_EVENTS_MAX, collect, &collection,
                          &more) != CHAT_OK)
        collection.last_seq = 0;
    return collection;
}

/* NULL: no memory. */
static struct webhook_post *make_post(const struct hook *hook,
                                      const struct collection *collection)
{
    struct webhook_post *post = alloc_or_die(sizeof(*post));
    json_t *body =
        json_pack("{s:I, s:s, s:O}", "hook", (json_int_t)hook->seq, "room",
                  hook->room->name, "events", collection->events);

    if (body != NULL)
        post->body = protocol_dump(body, &post->body_bytes);
    json_decref(body);
    if (post->body == NULL) {
        webhook_post_free(post);
        return NULL;
    }
    post->hook_seq = hook->seq;
    post->up_to_seq = collection->last_seq;
    post->url = strdup_or_die(hook->url);
    webhook_sign(post, hook->secret, clock_wall_ms() / 1000);
    return post;
}

static void send_new(struct webhooks *webhooks, struct webhook *webhook,
                     const struct hook *hook)
{
    struct collection collection = collect_new(webhooks, webhook, hook->room);
    struct webhook_post *post = NULL;

    if (collection.last_seq != 0)
        post = make_post(hook, &collection);
    else
        webhook->seen_n = hook->room->n;
    if (post != NULL) {
        webhook_sender_submit(webhooks->sender, post);
        webhook->under_way = true;
    }
    json_decref(collection.events);
}

static void look_at(struct webhooks *webhooks, const struct hook *hook,
                    int64_t mono_ms)
{
    struct webhook *webhook = find_webhook(webhooks, hook->seq);

    if (webhook == NULL) /* new: from its making on */
        webhook = add_webhook(webhooks, hook->seq, hook->seq);
    webhook->is_there = true;
    if (!webhook->under_way && webhook->seen_n < hook->room->n &&
        webhook->retry_at_ms <= mono_ms &&
        !webhook_sender_is_full(webhooks->sender))
        send_new(webhooks, webhook, hook);
}

/* Those that ended, or whose room did, are forgotten. */
static void forget_gone(struct webhooks *webhooks)
{
    struct webhook *webhook, *next;

    HASH_ITER (hh, webhooks->by_seq, webhook, next) {
        if (!webhook->is_there)
            remove_webhook(webhooks, webhook);
        else
            webhook->is_there = false;
    }
}

void webhooks_tick(struct webhooks *webhooks, int64_t mono_ms)
{
    const struct state *state = replica_state(webhooks->replica);
    const struct hook *hook;

    if (state == NULL)
        return;
    take_back(webhooks, mono_ms);
    for (const struct room *room = state_rooms(state); room != NULL;
         room = room->by_rid.next) {
        DL_FOREACH (room->hooks, hook) {
            if (hook->url != NULL)
                look_at(webhooks, hook, mono_ms);
        }
    }
    forget_gone(webhooks);
    save(webhooks);
}

/* ---- life ---- */

static void load_hook(void *context, const struct stored_hook *stored)
{
    if (stored->url != NULL)
        add_webhook(context, stored->seq, stored->delivered_seq);
}

enum chat_result webhooks_open(const struct settings *settings,
                               struct replica *replica,
                               struct webhooks **webhooks_out)
{
    struct webhooks *webhooks = alloc_or_die(sizeof(*webhooks));
    const struct store_loader loader = {.context = webhooks, .hook = load_hook};

    webhooks->replica = replica;
    enum chat_result result = store_load(replica_store(replica), &loader);
    if (result == CHAT_OK)
        result = webhook_sender_open(settings->hooks.private_addresses,
                                     &webhooks->sender);
    if (result != CHAT_OK) {
        webhooks_close(webhooks);
        return result;
    }
    *webhooks_out = webhooks;
    return CHAT_OK;
}

void webhooks_close(struct webhooks *webhooks)
{
    struct webhook *webhook, *next;

    if (webhooks == NULL)
        return;
    webhook_sender_close(webhooks->sender);
    HASH_ITER (hh, webhooks->by_seq, webhook, next)
        remove_webhook(webhooks, webhook);
    free(webhooks);
}
