/*
 * Message ids: what makes it safe to send a post again. An id is remembered
 * in the transaction that holds its message, with a hash of what was asked
 * for, and forgotten when it is old.
 */
#include "broker/store_internal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { REQUEST_HASH_BYTES = sizeof(((struct posted *)NULL)->request_hash) };

/* Little endian wherever we are: the hash is kept on disk. */
static void hash_number(crypto_generichash_state *hash, int64_t number)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
    crypto_generichash_update(hash, bytes, sizeof(bytes));
}

/* A held message asks for what it will be when it is let in. */
static enum event_type type_asked(const struct event *event)
{
    if (event->type != EVENT_HELD)
        return event->type;
    return event->value != 0 ? EVENT_ACTION : EVENT_MESSAGE;
}

void posted_hash(const struct event *event, unsigned char hash_out[16])
{
    const char *text = event->text == NULL ? "" : event->text;
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, REQUEST_HASH_BYTES);
    hash_number(&hash, event->rid);
    hash_number(&hash, type_asked(event));
    hash_number(&hash, event->reply_to);
    crypto_generichash_update(&hash, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&hash, hash_out, REQUEST_HASH_BYTES);
}

void store_remember_posted(struct store *store, const struct event *event)
{
    unsigned char request_hash[REQUEST_HASH_BYTES];
    struct binding row = store_bind(store, SQL_POSTED_ADD);

    posted_hash(event, request_hash);
    bind_number(&row, event->seq);
    bind_number(&row, event->n);
    bind_number(&row, event->at_ms);
    bind_number(&row, event->rid);
    bind_number(&row, event->sid);
    bind_text(&row, event->id);
    bind_blob(&row, request_hash, sizeof(request_hash));
    store_write(store, SQL_POSTED_ADD);
}

/* Reads a row of SQL_POSTED_FIND; false if it is damaged. */
static bool read_posted(sqlite3_stmt *row, struct posted *posted_out)
{
    const void *request_hash = sqlite3_column_blob(row, 4);

    if (request_hash == NULL ||
        sqlite3_column_bytes(row, 4) != REQUEST_HASH_BYTES)
        return false;
    posted_out->seq = sqlite3_column_int64(row, 0);
    posted_out->n = sqlite3_column_int64(row, 1);
    posted_out->at_ms = sqlite3_column_int64(row, 2);
    posted_out->rid = sqlite3_column_int64(row, 3);
    memcpy(posted_out->request_hash, request_hash, REQUEST_HASH_BYTES);
    return true;
}

bool store_find_posted(struct store *store, int64_t sid, const char *id,
                       struct posted *posted_out)
{
    struct binding query = store_bind(store, SQL_POSTED_FIND);
    enum chat_result result = CHAT_OK;

    bind_number(&query, sid);
    bind_text(&query, id);
    bool is_found = store_next(store, SQL_POSTED_FIND, &result);
    if (is_found) {
        if (!read_posted(query.statement, posted_out))
            result = CHAT_UNAVAILABLE;
        store_reset(store, SQL_POSTED_FIND);
    }
    if (result != CHAT_OK)
        store->failed = true;
    return is_found && result == CHAT_OK;
}

int store_forget_posted(struct store *store, int64_t before_ms, int limit)
{
    assert(store->in_transaction);
    if (store->failed)
        return 0;
    STORE_BIND_NUMBERS(store, SQL_POSTED_FORGET, before_ms, limit);
    store_write(store, SQL_POSTED_FORGET);
    return store->failed ? 0 : sqlite3_changes(store->database);
}
