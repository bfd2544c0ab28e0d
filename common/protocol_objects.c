/*
 * Events, rooms and sessions as JSON. Each object is written here and nowhere
 * else: the HTTP interface's form is the wire's without the numbers by which
 * front ends know rooms and sessions.
 */
#include "common/protocol_internal.h"

#include <assert.h>

/* ---- events ---- */

/* What a type has beside the fields that every event has. */
enum {
    WITH_TEXT = 1,
    WITH_TOPIC = 2, /* the event's text, called so on the wire */
    WITH_ID = 4,
    WITH_REPLY_TO = 8,
    WITH_REASON = 16,
    WITH_ROLE = 32,
};

static const unsigned event_fields[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = WITH_TEXT | WITH_ID | WITH_REPLY_TO,
    [EVENT_ACTION] = WITH_TEXT | WITH_ID | WITH_REPLY_TO,
    [EVENT_JOIN] = WITH_ROLE | WITH_REASON,
    [EVENT_LEAVE] = WITH_REASON,
    [EVENT_ROOM] = WITH_TOPIC,
    [EVENT_SESSION_NEW] = WITH_ROLE,
    [EVENT_SESSION_END] = WITH_REASON,
    [EVENT_SESSION_GONE] = 0,
    [EVENT_SESSION_BACK] = 0,
};

/* Adds a number for which 0 means that there is none. */
static void build_unless_zero(struct json_build *build, const char *name,
                              int64_t number)
{
    if (number != 0)
        json_build_int(build, name, number);
}

static void build_type_fields(struct json_build *build,
                              const struct event *event)
{
    unsigned fields = event_fields[event->type];

    if (fields & WITH_TEXT)
        json_build_text(build, "text", event->text);
    if (fields & WITH_TOPIC)
        json_build_text(build, "topic", event->text);
    if (fields & WITH_ID)
        json_build_text(build, "id", event->id);
    if (fields & WITH_REPLY_TO)
        build_unless_zero(build, "reply_to", event->reply_to);
    if (fields & WITH_ROLE)
        json_build_word(build, "role", role_word(event->role));
    if ((fields & WITH_REASON) && event->reason != REASON_NONE)
        json_build_word(build, "reason", event_reason_word(event->reason));
}

json_t *event_encode(const struct event *event, bool internal)
{
    struct json_build build;

    assert((unsigned)event->type < EVENT_TYPE_COUNT);
    json_build_begin(&build);
    json_build_int(&build, "seq", event->seq);
    json_build_int(&build, "n", event->n);
    json_build_text(&build, "room", event->room);
    json_build_int(&build, "at", event->at_ms);
    json_build_word(&build, "type", event_type_word(event->type));
    json_build_text(&build, "from", event->from);
    build_type_fields(&build, event);
    if (internal) {
        build_unless_zero(&build, "rid", event->rid);
        build_unless_zero(&build, "sid", event->sid);
    }
    return json_build_end(&build);
}

static bool read_role(const json_t *json, enum role *role_out)
{
    const char *word;

    return json_need_text(json, "role", &word) &&
           role_parse(word, role_out) == CHAT_OK;
}

static bool read_reason(const json_t *json, enum event_reason *reason_out)
{
    const char *word = event_reason_word(REASON_NONE);

    return json_may_text(json, "reason", &word) &&
           event_reason_parse(word, reason_out) == CHAT_OK;
}

static bool read_type_fields(const json_t *json, struct event *event)
{
    unsigned fields = event_fields[event->type];

    if ((fields & WITH_TEXT) && !json_need_text(json, "text", &event->text))
        return false;
    if ((fields & WITH_TOPIC) && !json_may_text(json, "topic", &event->text))
        return false;
    if ((fields & WITH_ID) && !json_may_text(json, "id", &event->id))
        return false;
    if ((fields & WITH_REPLY_TO) &&
        !json_may_int(json, "reply_to", 1, &event->reply_to))
        return false;
    if ((fields & WITH_ROLE) && !read_role(json, &event->role))
        return false;
    return !(fields & WITH_REASON) || read_reason(json, &event->reason);
}

/* An event is of a room, and may be shown; or of none, and never is. */
static bool room_fits_type(const struct event *event)
{
    if (event_type_in_room(event->type))
        return event->room != NULL && event->rid > 0;
    return event->n == 0;
}

enum chat_result event_decode(const json_t *json, struct event *event_out)
{
    struct event event = {0};
    const char *type;

    if (!json_need_int(json, "seq", 1, &event.seq) ||
        !json_need_int(json, "n", 0, &event.n) ||
        !json_may_text(json, "room", &event.room) ||
        !json_need_int(json, "at", 0, &event.at_ms) ||
        !json_need_text(json, "type", &type) ||
        event_type_parse(type, &event.type) != CHAT_OK ||
        !json_may_text(json, "from", &event.from) ||
        !json_may_int(json, "rid", 1, &event.rid) ||
        !json_may_int(json, "sid", 1, &event.sid) ||
        !read_type_fields(json, &event) || !room_fits_type(&event))
        return CHAT_BAD_REQUEST;
    *event_out = event;
    return CHAT_OK;
}

/* ---- rooms ---- */

json_t *member_encode(const char *nick, enum role role)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "nick", nick);
    json_build_word(&build, "role", role_word(role));
    return json_build_end(&build);
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

json_t *session_encode(int64_t sid, const char *nick, enum role role,
                       json_t *rooms)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_int(&build, "sid", sid);
    json_build_text(&build, "nick", nick);
    json_build_word(&build, "role", role_word(role));
    json_build_value(&build, "rooms", rooms);
    return json_build_end(&build);
}

enum chat_result session_take_sid(json_t *session, int64_t *sid_out)
{
    if (!json_need_int(session, "sid", 1, sid_out))
        return CHAT_BAD_REQUEST;
    json_object_del(session, "sid");
    return CHAT_OK;
}
