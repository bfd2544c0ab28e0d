/*
 * Reactions, as messages that are read again have them: each emoji with how
 * many people that is, and the first of their nicks. They come from the store
 * in the order of the messages, so both are walked once.
 */
#include "broker/answers_internal.h"

#include <string.h>

enum {
    NICKS_MAX = 10, /* of one emoji; its count tells of the others */
    ROWS_MAX = 10000,
    /* JSON of one answer's reactions; what is beyond is left out. */
    REACTIONS_BYTES_MAX = 256 * 1024,
    EMOJI_JSON_BYTES = 64,
};

struct addition {
    json_t *events;
    size_t index;  /* of the event that is being looked at */
    json_t *emoji; /* {"emoji","nicks","count"} being filled; NULL: none */
    size_t bytes;
};

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* The event `seq`, which is behind those that were looked for; or NULL. */
static json_t *find_event(struct addition *addition, int64_t seq)
{
    json_t *event = json_array_get(addition->events, addition->index);

    while (event != NULL && number_of(event, "seq") < seq) {
        event = json_array_get(addition->events, ++addition->index);
        addition->emoji = NULL;
    }
    return event != NULL && number_of(event, "seq") == seq ? event : NULL;
}

static bool has_room_for(struct addition *addition, size_t bytes)
{
    if (addition->bytes + bytes > REACTIONS_BYTES_MAX)
        return false;
    addition->bytes += bytes;
    return true;
}

static void begin_emoji(struct addition *addition, json_t *event,
                        const char *emoji)
{
    json_t *reactions = json_object_get(event, "reactions");

    addition->emoji = NULL;
    if (!has_room_for(addition, EMOJI_JSON_BYTES + 6 * strlen(emoji)))
        return;
    if (reactions == NULL) {
        reactions = json_array();
        (void)json_object_set_new(event, "reactions", reactions);
    }
    addition->emoji =
        json_pack("{s:s, s:[], s:i}", "emoji", emoji, "nicks", "count", 0);
    (void)json_array_append_new(reactions, addition->emoji);
}

static bool is_emoji(const json_t *object, const char *emoji)
{
    const char *text = json_string_value(json_object_get(object, "emoji"));

    return text != NULL && strcmp(text, emoji) == 0;
}

static void add_reaction(void *context, const struct stored_reaction *reaction)
{
    struct addition *addition = context;
    json_t *event = find_event(addition, reaction->target);

    if (event == NULL)
        return;
    if (!is_emoji(addition->emoji, reaction->emoji))
        begin_emoji(addition, event, reaction->emoji);
    if (addition->emoji == NULL)
        return;
    json_int_t count = number_of(addition->emoji, "count") + 1;
    (void)json_object_set_new(addition->emoji, "count", json_integer(count));
    if (count <= NICKS_MAX &&
        has_room_for(addition, 3 + answer_line_bytes(reaction->nick)))
        (void)json_array_append_new(json_object_get(addition->emoji, "nicks"),
                                    json_string(reaction->nick));
}

enum chat_result answer_add_reactions(struct answer *answer, int64_t rid,
                                      json_t *events)
{
    size_t count = json_array_size(events);
    struct addition addition = {.events = events};

    if (count == 0)
        return CHAT_OK;
    const struct reaction_query query = {
        .rid = rid,
        .first_seq = number_of(json_array_get(events, 0), "seq"),
        .last_seq = number_of(json_array_get(events, count - 1), "seq"),
        .limit = ROWS_MAX,
    };
    enum chat_result result = store_reactions(replica_store(answer->replica),
                                              &query, add_reaction, &addition);
    answer_spend(answer->budget, addition.bytes);
    return result;
}
