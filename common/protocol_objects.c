/*
 * Rooms and sessions as JSON. Each object is written here and nowhere else:
 * the HTTP interface's form is the wire's without the numbers by which front
 * ends know rooms, people and sessions.
 */
#include "common/protocol_internal.h"

/* ---- rooms ---- */

/* What an ordinary member of a room has none of. */
static void build_rank(struct json_build *build, enum rank rank)
{
    if (rank != RANK_NONE)
        json_build_word(build, "rank", rank_word(rank));
}

static void build_if(struct json_build *build, const char *name, bool is_so)
{
    if (is_so)
        json_build_value(build, name, json_true());
}

json_t *member_encode(const struct member_view *view)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "nick", view->nick);
    json_build_word(&build, "role", role_word(view->role));
    build_rank(&build, view->rank);
    build_if(&build, "idle", view->idle);
    if (view->is_listed) {
        json_build_value(&build, "here", json_boolean(view->here));
        build_if(&build, "muted", view->muted);
    }
    return json_build_end(&build);
}

/* What a room is to the person who sees it. */
static void build_own_place(struct json_build *build,
                            const struct room_view *view)
{
    build_rank(build, view->rank);
    if (view->read_seq != 0)
        json_build_int(build, "read", view->read_seq);
    if (view->counts_unread) {
        json_build_int(build, "unread", view->unread_count);
        json_build_int(build, "mentions", view->mention_count);
    }
    if (view->waiting_count != 0)
        json_build_int(build, "waiting", view->waiting_count);
}

json_t *room_encode(const struct room_view *view)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "room", view->room);
    json_build_text(&build, "topic", view->topic);
    json_build_int(&build, "n", view->n);
    json_build_value(&build, "members", view->members);
    json_build_int(&build, "member_count", view->member_count);
    if (view->settings != NULL)
        json_build_value(&build, "settings",
                         room_settings_encode(view->settings));
    build_if(&build, "direct", view->is_direct);
    if (view->with != NULL) {
        json_build_text(&build, "with", view->with);
    }
    build_own_place(&build, view);
    json_build_int(&build, "rid", view->rid);
    json_build_int(&build, "joined", view->joined_seq);
    return json_build_end(&build);
}

json_t *room_line_encode(const char *room, const char *topic,
                         int64_t member_count)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "room", room);
    json_build_text(&build, "topic", topic);
    json_build_int(&build, "member_count", member_count);
    return json_build_end(&build);
}

enum chat_result room_take_membership(json_t *room,
                                      struct membership *membership_out)
{
    struct membership membership;

    if (!json_need_text(room, "room", &membership.room) ||
        !json_need_int(room, "rid", 1, &membership.rid) ||
        !json_need_int(room, "joined", 0, &membership.joined_seq))
        return CHAT_BAD_REQUEST;
    json_object_del(room, "rid");
    json_object_del(room, "joined");
    *membership_out = membership;
    return CHAT_OK;
}

/* ---- sessions ---- */

json_t *session_encode(const struct session_view *view)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_int(&build, "sid", view->sid);
    json_build_int(&build, "pid", view->pid);
    json_build_text(&build, "nick", view->nick);
    json_build_word(&build, "role", role_word(view->role));
    json_build_word(&build, "kind", person_kind_word(view->kind));
    json_build_value(&build, "rooms", view->rooms);
    if (view->invites != NULL)
        json_build_value(&build, "invites", view->invites);
    return json_build_end(&build);
}

enum chat_result session_take_ids(json_t *session, struct session_ids *ids_out)
{
    struct session_ids ids;

    if (!json_need_int(session, "sid", 1, &ids.sid) ||
        !json_need_int(session, "pid", 1, &ids.pid))
        return CHAT_BAD_REQUEST;
    json_object_del(session, "sid");
    json_object_del(session, "pid");
    *ids_out = ids;
    return CHAT_OK;
}
