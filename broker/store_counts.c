/* What belongs to messages: reactions, and how many are unread. */
#include "broker/store_internal.h"

enum chat_result store_reactions(struct store *store,
                                 const struct reaction_query *query,
                                 store_reaction_fn *visit, void *context)
{
    sqlite3_stmt *row = store->statements[SQL_REACTIONS];
    enum chat_result result;

    STORE_BIND_NUMBERS(store, SQL_REACTIONS, query->rid, query->first_seq,
                       query->last_seq, query->limit);
    while (store_next(store, SQL_REACTIONS, &result)) {
        const struct stored_reaction reaction = {
            .target = sqlite3_column_int64(row, 0),
            .pid = sqlite3_column_int64(row, 1),
            .nick = column_text(row, 2),
            .emoji = column_text(row, 3),
        };
        visit(context, &reaction);
    }
    return result;
}

/* Adds the rows of `sql`, whose parameters are bound, to `count`. */
static enum chat_result count_rows(struct store *store, enum store_sql sql,
                                   int *count)
{
    enum chat_result result;

    while (store_next(store, sql, &result))
        ++*count;
    return result;
}

static enum chat_result count_messages(struct store *store, int64_t rid,
                                       int64_t after_seq, int *count)
{
    static const enum event_type types[] = {EVENT_MESSAGE, EVENT_ACTION};
    enum chat_result result = CHAT_OK;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (result != CHAT_OK || *count == UNREAD_MAX)
            break;
        STORE_BIND_NUMBERS(store, SQL_SHOWN_TYPE_NEWER, rid, after_seq,
                           INT64_MAX, UNREAD_MAX - *count, types[i]);
        result = count_rows(store, SQL_SHOWN_TYPE_NEWER, count);
    }
    return result;
}

enum chat_result store_unread(struct store *store, int64_t pid, int64_t rid,
                              int64_t after_seq, struct unread *unread_out)
{
    struct unread unread = {.messages = 0};
    int64_t purged_seq;

    enum chat_result result = store_purged_seq(store, rid, &purged_seq);
    if (result != CHAT_OK)
        return result;
    if (after_seq < purged_seq)
        after_seq = purged_seq;
    result = count_messages(store, rid, after_seq, &unread.messages);
    if (result == CHAT_OK) {
        STORE_BIND_NUMBERS(store, SQL_MENTIONS, pid, rid, after_seq,
                           UNREAD_MAX);
        result = count_rows(store, SQL_MENTIONS, &unread.mentions);
    }
    if (result == CHAT_OK)
        *unread_out = unread;
    return result;
}
