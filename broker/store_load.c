/*
 * Loading: the tables that the log adds up to, row by row. Rows go to the
 * caller straight out of the statement: nothing is copied, so what a callback
 * is given is valid only while it runs.
 */
#include "broker/store_internal.h"

static enum chat_result load_head(struct store *store,
                                  const struct store_loader *loader)
{
    sqlite3_stmt *row = store->statements[SQL_HEAD];
    enum chat_result result = CHAT_OK;

    if (loader->head == NULL)
        return CHAT_OK;
    if (store_next(store, SQL_HEAD, &result)) {
        int64_t seq = sqlite3_column_int64(row, 0);
        int64_t at_ms = sqlite3_column_int64(row, 1);
        store_reset(store, SQL_HEAD);
        loader->head(loader->context, seq, at_ms);
    } else if (result == CHAT_OK) {
        loader->head(loader->context, 0, 0);
    }
    return result;
}

/* ---- one row of each kind ---- */

static void load_room(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_room room = {
        .rid = sqlite3_column_int64(row, 0),
        .n = sqlite3_column_int64(row, 1),
        .room = column_text(row, 2),
        .topic = column_text(row, 3),
        .id = column_text(row, 4),
        .secret = column_optional_text(row, 5),
        .settings = column_text(row, 6),
        .purged_seq = sqlite3_column_int64(row, 7),
    };

    if (loader->room != NULL)
        loader->room(loader->context, &room);
}

static void load_person(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_person person = {
        .pid = sqlite3_column_int64(row, 0),
        .created_at_ms = sqlite3_column_int64(row, 1),
        .gone_at_ms = sqlite3_column_int64(row, 2),
        .kind = (enum person_kind)sqlite3_column_int(row, 3),
        .role = (enum role)sqlite3_column_int(row, 4),
        .nick = column_text(row, 5),
        .name = column_optional_text(row, 6),
        .secret = column_optional_text(row, 7),
        .maker_pid = sqlite3_column_int64(row, 8),
    };

    if (loader->person != NULL)
        loader->person(loader->context, &person);
}

static void load_session(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_session session = {
        .sid = sqlite3_column_int64(row, 0),
        .pid = sqlite3_column_int64(row, 1),
        .created_at_ms = sqlite3_column_int64(row, 2),
        .idle_at_ms = sqlite3_column_int64(row, 3),
        .token_hash = sqlite3_column_blob(row, 4),
    };

    if (loader->session != NULL)
        loader->session(loader->context, &session);
}

static void load_member(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_member member = {
        .rid = sqlite3_column_int64(row, 0),
        .pid = sqlite3_column_int64(row, 1),
        .joined_seq = sqlite3_column_int64(row, 2),
        .rank = (enum rank)sqlite3_column_int(row, 3),
        .invited = sqlite3_column_int(row, 4) != 0,
        .muted_until_ms = sqlite3_column_int64(row, 5),
        .read_seq = sqlite3_column_int64(row, 6),
        .approved = sqlite3_column_int(row, 7) != 0,
    };

    if (loader->member != NULL)
        loader->member(loader->context, &member);
}

static struct stored_ban read_ban(sqlite3_stmt *row)
{
    return (struct stored_ban){
        .seq = sqlite3_column_int64(row, 0),
        .at_ms = sqlite3_column_int64(row, 1),
        .rid = sqlite3_column_int64(row, 2),
        .pid = sqlite3_column_int64(row, 3),
        .address = sqlite3_column_int64(row, 4),
        .until_ms = sqlite3_column_int64(row, 5),
        .nick = column_optional_text(row, 6),
        .text = column_optional_text(row, 7),
        .by = column_optional_text(row, 8),
    };
}

static void load_ban(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_ban ban = read_ban(row);

    if (loader->ban != NULL)
        loader->ban(loader->context, &ban);
}

static void load_block(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_block block = {
        .pid = sqlite3_column_int64(row, 0),
        .to_pid = sqlite3_column_int64(row, 1),
    };

    if (loader->block != NULL)
        loader->block(loader->context, &block);
}

static void load_hook(sqlite3_stmt *row, const struct store_loader *loader)
{
    const struct stored_hook hook = {
        .seq = sqlite3_column_int64(row, 0),
        .rid = sqlite3_column_int64(row, 1),
        .name = column_text(row, 2),
        .token_hash = sqlite3_column_blob(row, 3),
        .url = column_optional_text(row, 4),
        .secret = column_optional_text(row, 5),
        .delivered_seq = sqlite3_column_int64(row, 6),
    };

    if (loader->hook != NULL)
        loader->hook(loader->context, &hook);
}

/* ---- all of them ---- */

static const struct {
    enum store_sql sql;
    void (*load)(sqlite3_stmt *row, const struct store_loader *loader);
} kinds[] = {
    {SQL_ROOMS, load_room},       {SQL_PEOPLE, load_person},
    {SQL_SESSIONS, load_session}, {SQL_MEMBERS, load_member},
    {SQL_BANS, load_ban},         {SQL_BLOCKS, load_block},
    {SQL_HOOKS, load_hook},
};

enum chat_result store_load(struct store *store,
                            const struct store_loader *loader)
{
    enum chat_result result = load_head(store, loader);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (result != CHAT_OK)
            break;
        while (store_next(store, kinds[i].sql, &result))
            kinds[i].load(store->statements[kinds[i].sql], loader);
    }
    return result;
}

enum chat_result store_bans(struct store *store, const struct ban_query *query,
                            store_ban_fn *visit, void *context)
{
    sqlite3_stmt *row = store->statements[SQL_BANS_OF];
    enum chat_result result;

    STORE_BIND_NUMBERS(store, SQL_BANS_OF, query->rid, query->first_seq,
                       query->wall_ms, query->limit);
    while (store_next(store, SQL_BANS_OF, &result)) {
        const struct stored_ban ban = read_ban(row);
        visit(context, &ban);
    }
    return result;
}
