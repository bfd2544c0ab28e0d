/*
 * Events as JSON. Two tables say it all: which fields a type of event has
 * beside those that every event has, and how each is written and read. The
 * HTTP interface's form is the wire's without the numbers by which front ends
 * know rooms, people and sessions, and what only they need to know.
 */
#include "common/protocol_internal.h"

#include <assert.h>
#include <string.h>

#include "common/room_settings.h"

/* ---- which event has which fields ---- */

/* The places in the table `fields` below; in the order of writing. */
enum {
    FIELD_TEXT, /* with what became of it */
    FIELD_TOPIC,
    FIELD_EMOJI,
    FIELD_SETTINGS,
    FIELD_MENTIONS,
    FIELD_ID,
    FIELD_REPLY_TO,
    FIELD_TARGET,
    FIELD_HOOK, /* the target of what a hook said */
    FIELD_BY,   /* and who the hook says it is from */
    FIELD_TO,
    FIELD_ROLE,
    FIELD_RANK,
    FIELD_KIND,
    FIELD_ON,
    FIELD_ACTION,
    FIELD_STAYS,
    FIELD_UNTIL,
    FIELD_REASON, /* why somebody came or left */
    FIELD_WHY,    /* what somebody gave as the reason */
    FIELD_COUNT
};

/* The set with one field in it. */
#define ONE(field) (1U << FIELD_##field)

#define SAID (ONE(TEXT) | ONE(MENTIONS) | ONE(ID) | ONE(REPLY_TO))
#define BANNED (ONE(TO) | ONE(UNTIL) | ONE(WHY))

static const unsigned event_fields[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = SAID | ONE(HOOK) | ONE(BY),
    [EVENT_ACTION] = SAID,
    [EVENT_JOIN] = ONE(ROLE) | ONE(RANK) | ONE(REASON),
    [EVENT_LEAVE] = ONE(REASON) | ONE(STAYS),
    [EVENT_ROOM] = ONE(TOPIC),
    [EVENT_SESSION_NEW] = ONE(ROLE) | ONE(KIND),
    [EVENT_SESSION_END] = ONE(REASON),
    [EVENT_PERSON_GONE] = 0,
    [EVENT_PERSON_BACK] = 0,
    [EVENT_EDIT] = ONE(TARGET) | ONE(TEXT) | ONE(MENTIONS),
    [EVENT_DELETE] = ONE(TARGET) | ONE(WHY),
    [EVENT_REACTION] = ONE(TARGET) | ONE(EMOJI) | ONE(ON),
    [EVENT_NICK] = ONE(TO),
    [EVENT_TOPIC] = ONE(TOPIC),
    [EVENT_SETTINGS] = ONE(SETTINGS),
    [EVENT_RENAME] = ONE(TO),
    [EVENT_ROOM_END] = 0,
    [EVENT_INVITE] = ONE(TO) | ONE(ON),
    [EVENT_RANK] = ONE(TO) | ONE(RANK),
    [EVENT_KICK] = ONE(TO) | ONE(WHY),
    [EVENT_MUTE] = BANNED,
    [EVENT_UNMUTE] = ONE(TO),
    [EVENT_BAN] = BANNED,
    [EVENT_UNBAN] = ONE(TARGET) | ONE(TO),
    [EVENT_READ] = ONE(TARGET),
    [EVENT_REPORT] = ONE(TARGET) | ONE(WHY),
    [EVENT_REPORT_END] = ONE(TARGET),
    [EVENT_HELD] = SAID | ONE(ACTION),
    [EVENT_HELD_END] = ONE(TARGET) | ONE(TO) | ONE(ON),
    [EVENT_PERSON_NEW] = ONE(ROLE) | ONE(KIND),
    [EVENT_PERSON_SET] = ONE(ROLE),
    [EVENT_PERSON_END] = 0,
    [EVENT_PERSON_NICK] = ONE(TO),
    [EVENT_BLOCK] = ONE(TO) | ONE(ON),
    [EVENT_SERVER_BAN] = BANNED,
    [EVENT_SERVER_UNBAN] = ONE(TARGET) | ONE(TO),
    [EVENT_HOOK_NEW] = ONE(TO),
    [EVENT_HOOK_END] = ONE(TARGET) | ONE(TO),
    [EVENT_PURGE] = ONE(TARGET),
    [EVENT_ROLE] = ONE(TO) | ONE(ROLE),
};

/* ---- how each field is written and read ---- */

/*
 * `encode` adds the field if there is one; `internal`: for front ends.
 * `decode` says whether it is right, or rightly missing.
 */
struct field {
    const char *name;
    void (*encode)(const char *name, const struct event *event, bool internal,
                   struct json_build *build);
    bool (*decode)(const char *name, const json_t *json, struct event *event);
};

/* Adds a number for which 0 means that there is none. */
static void build_unless_zero(struct json_build *build, const char *name,
                              int64_t number)
{
    if (number != 0)
        json_build_int(build, name, number);
}

/* The text of an event: what was said, or a topic, an emoji, a reason. */
static void encode_words(const char *name, const struct event *event,
                         bool internal, struct json_build *build)
{
    (void)internal;
    json_build_text(build, name, event->text);
}

static bool decode_words(const char *name, const json_t *json,
                         struct event *event)
{
    return json_may_text(json, name, &event->text);
}

static void encode_text(const char *name, const struct event *event,
                        bool internal, struct json_build *build)
{
    (void)internal;
    if (event->deleted) {
        json_build_value(build, "deleted", json_true());
        return;
    }
    json_build_text(build, name, event->text);
    build_unless_zero(build, "edited", event->edited_ms);
}

static bool decode_text(const char *name, const json_t *json,
                        struct event *event)
{
    if (json_get_bool(json, "deleted", &event->deleted) == CHAT_BAD_REQUEST)
        return false;
    return event->deleted ||
           (json_need_text(json, name, &event->text) &&
            json_may_int(json, "edited", 1, &event->edited_ms));
}

/* As an object for people; front ends, who read it again, get the text. */
static void encode_settings(const char *name, const struct event *event,
                            bool internal, struct json_build *build)
{
    if (event->text == NULL || internal)
        json_build_text(build, name, event->text);
    else
        json_build_value(build, name, room_settings_encode_text(event->text));
}

static json_t *mention_list(const char *mentions)
{
    json_t *nicks = json_array();

    for (;;) {
        size_t length = strcspn(mentions, "\n");
        (void)json_array_append_new(nicks, json_stringn(mentions, length));
        if (mentions[length] == '\0')
            return nicks;
        mentions += length + 1;
    }
}

/* As a list for people; front ends, who read it again, get the text. */
static void encode_mentions(const char *name, const struct event *event,
                            bool internal, struct json_build *build)
{
    if (event->mentions == NULL || event->deleted)
        return;
    if (internal)
        json_build_text(build, name, event->mentions);
    else
        json_build_value(build, name, mention_list(event->mentions));
}

static bool decode_mentions(const char *name, const json_t *json,
                            struct event *event)
{
    return event->deleted || json_may_text(json, name, &event->mentions);
}

static void encode_id(const char *name, const struct event *event,
                      bool internal, struct json_build *build)
{
    (void)internal;
    json_build_text(build, name, event->id);
}

static bool decode_id(const char *name, const json_t *json, struct event *event)
{
    return json_may_text(json, name, &event->id);
}

static void encode_reply_to(const char *name, const struct event *event,
                            bool internal, struct json_build *build)
{
    (void)internal;
    build_unless_zero(build, name, event->reply_to);
}

static bool decode_reply_to(const char *name, const json_t *json,
                            struct event *event)
{
    return json_may_int(json, name, 1, &event->reply_to);
}

static void encode_target(const char *name, const struct event *event,
                          bool internal, struct json_build *build)
{
    (void)internal;
    build_unless_zero(build, name, event->target);
}

static bool decode_target(const char *name, const json_t *json,
                          struct event *event)
{
    return json_may_int(json, name, 1, &event->target);
}

static void encode_to(const char *name, const struct event *event,
                      bool internal, struct json_build *build)
{
    json_build_text(build, name, event->to);
    if (internal)
        build_unless_zero(build, "to_pid", event->to_pid);
}

static bool decode_to(const char *name, const json_t *json, struct event *event)
{
    return json_may_text(json, name, &event->to) &&
           json_may_int(json, "to_pid", 1, &event->to_pid);
}

static void encode_by(const char *name, const struct event *event,
                      bool internal, struct json_build *build)
{
    (void)internal;
    json_build_text(build, name, event->to);
}

static bool decode_by(const char *name, const json_t *json, struct event *event)
{
    return json_may_text(json, name, &event->to);
}

static void encode_role(const char *name, const struct event *event,
                        bool internal, struct json_build *build)
{
    (void)internal;
    json_build_word(build, name, role_word(event->role));
}

static bool decode_role(const char *name, const json_t *json,
                        struct event *event)
{
    const char *word;

    return json_need_text(json, name, &word) &&
           role_parse(word, &event->role) == CHAT_OK;
}

/* Who has none joins without; one that is taken away shows as "". */
static void encode_rank(const char *name, const struct event *event,
                        bool internal, struct json_build *build)
{
    (void)internal;
    if (event->type == EVENT_RANK || event->value != RANK_NONE)
        json_build_word(build, name, rank_word((enum rank)event->value));
}

static bool decode_rank(const char *name, const json_t *json,
                        struct event *event)
{
    const char *word = rank_word(RANK_NONE);
    enum rank rank;

    if (!json_may_text(json, name, &word) || rank_parse(word, &rank) != CHAT_OK)
        return false;
    event->value = rank;
    return true;
}

static void encode_kind(const char *name, const struct event *event,
                        bool internal, struct json_build *build)
{
    (void)internal;
    json_build_word(build, name, person_kind_word(event->kind));
}

static bool decode_kind(const char *name, const json_t *json,
                        struct event *event)
{
    const char *word;

    return json_need_text(json, name, &word) &&
           person_kind_parse(word, &event->kind) == CHAT_OK;
}

/* A value that is yes or no. */
static void encode_flag(const char *name, const struct event *event,
                        bool internal, struct json_build *build)
{
    (void)internal;
    json_build_value(build, name, json_boolean(event->value != 0));
}

static bool decode_flag(const char *name, const json_t *json,
                        struct event *event)
{
    bool flag = false;

    if (json_get_bool(json, name, &flag) == CHAT_BAD_REQUEST)
        return false;
    event->value = flag;
    return true;
}

/* The same, told only if it is so, and to front ends alone. */
static void encode_hidden_flag(const char *name, const struct event *event,
                               bool internal, struct json_build *build)
{
    if (internal && event->value != 0)
        json_build_value(build, name, json_true());
}

/* For ever is what has no end. */
static void encode_until(const char *name, const struct event *event,
                         bool internal, struct json_build *build)
{
    (void)internal;
    if (event->until_ms != INT64_MAX)
        json_build_int(build, name, event->until_ms);
}

static bool decode_until(const char *name, const json_t *json,
                         struct event *event)
{
    event->until_ms = INT64_MAX;
    return json_may_int(json, name, 0, &event->until_ms);
}

static void encode_reason(const char *name, const struct event *event,
                          bool internal, struct json_build *build)
{
    (void)internal;
    if (event->reason != REASON_NONE)
        json_build_word(build, name, event_reason_word(event->reason));
}

static bool decode_reason(const char *name, const json_t *json,
                          struct event *event)
{
    const char *word = event_reason_word(REASON_NONE);

    return json_may_text(json, name, &word) &&
           event_reason_parse(word, &event->reason) == CHAT_OK;
}

static const struct field fields[FIELD_COUNT] = {
    [FIELD_TEXT] = {"text", encode_text, decode_text},
    [FIELD_TOPIC] = {"topic", encode_words, decode_words},
    [FIELD_EMOJI] = {"emoji", encode_words, decode_words},
    [FIELD_SETTINGS] = {"settings", encode_settings, decode_words},
    [FIELD_MENTIONS] = {"mentions", encode_mentions, decode_mentions},
    [FIELD_ID] = {"id", encode_id, decode_id},
    [FIELD_REPLY_TO] = {"reply_to", encode_reply_to, decode_reply_to},
    [FIELD_TARGET] = {"target", encode_target, decode_target},
    [FIELD_HOOK] = {"hook", encode_target, decode_target},
    [FIELD_BY] = {"by", encode_by, decode_by},
    [FIELD_TO] = {"to", encode_to, decode_to},
    [FIELD_ROLE] = {"role", encode_role, decode_role},
    [FIELD_RANK] = {"rank", encode_rank, decode_rank},
    [FIELD_KIND] = {"kind", encode_kind, decode_kind},
    [FIELD_ON] = {"on", encode_flag, decode_flag},
    [FIELD_ACTION] = {"action", encode_flag, decode_flag},
    [FIELD_STAYS] = {"stays", encode_hidden_flag, decode_flag},
    [FIELD_UNTIL] = {"until", encode_until, decode_until},
    [FIELD_REASON] = {"reason", encode_reason, decode_reason},
    [FIELD_WHY] = {"reason", encode_words, decode_words},
};

/* ---- whole events ---- */

static void build_type_fields(struct json_build *build,
                              const struct event *event, bool internal)
{
    unsigned has = event_fields[event->type];

    for (int i = 0; has != 0; i++, has >>= 1) {
        if (has & 1)
            fields[i].encode(fields[i].name, event, internal, build);
    }
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
    build_type_fields(&build, event, internal);
    if (internal) {
        build_unless_zero(&build, "rid", event->rid);
        build_unless_zero(&build, "pid", event->pid);
        build_unless_zero(&build, "sid", event->sid);
    }
    return json_build_end(&build);
}

json_t *gap_encode(const char *room, int64_t seq, int64_t n)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_int(&build, "seq", seq);
    json_build_int(&build, "n", n);
    json_build_text(&build, "room", room);
    json_build_word(&build, "type", "gap");
    return json_build_end(&build);
}

enum chat_result event_replace_text(json_t *event, const struct event *edit)
{
    if (json_object_get(event, "text") == NULL)
        return CHAT_OK;
    json_object_del(event, "mentions");
    if (json_object_set_new_nocheck(event, "text", json_string(edit->text)) !=
            0 ||
        json_object_set_new_nocheck(event, "edited",
                                    json_integer(edit->at_ms)) != 0 ||
        (edit->mentions != NULL &&
         json_object_set_new_nocheck(event, "mentions",
                                     mention_list(edit->mentions)) != 0))
        return CHAT_NO_MEMORY;
    return CHAT_OK;
}

void event_forget_text(json_t *event)
{
    if (event == NULL || json_object_del(event, "text") != 0)
        return;
    json_object_del(event, "edited");
    json_object_del(event, "mentions");
    (void)json_object_set_new_nocheck(event, "deleted", json_true());
}

static bool read_type_fields(const json_t *json, struct event *event)
{
    unsigned has = event_fields[event->type];

    for (int i = 0; has != 0; i++, has >>= 1) {
        if ((has & 1) && !fields[i].decode(fields[i].name, json, event))
            return false;
    }
    return true;
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
        !json_may_int(json, "pid", 1, &event.pid) ||
        !json_may_int(json, "sid", 1, &event.sid) ||
        !read_type_fields(json, &event) || !room_fits_type(&event))
        return CHAT_BAD_REQUEST;
    *event_out = event;
    return CHAT_OK;
}
