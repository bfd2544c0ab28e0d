/* Searching what was said. */
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* What the query asks for; the texts that `command` has are kept here. */
struct search {
    char text[SEARCH_BYTES_MAX + 1];
    char room[ROOM_SIZE];
};

static const char bad_query[] =
    "q: 1 to 16 words or \"phrases\", at most 500 bytes; room: a room; "
    "before: a seq; limit: a number";

static void answer_search(struct call *call,
                          const struct backend_result *result)
{
    if (result->result == CHAT_BAD_TEXT) {
        call_refuse(call, CHAT_BAD_REQUEST, bad_query);
        return;
    }
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body = json_pack("{s:O, s:O}", "messages",
                             json_object_get(result->json, "events"), "more",
                             json_object_get(result->json, "more"));
    call_answer(call, reply_json(200, body, NULL), 0);
}

/* What there is to look for: more than blanks and quotes. */
static enum chat_result take_text(const char *query, struct search *search,
                                  struct command *command)
{
    if (query_get(query, "q", search->text, sizeof(search->text)) != CHAT_OK ||
        search->text[strspn(search->text, " \t\r\n\"")] == '\0')
        return CHAT_BAD_REQUEST;
    command->text = search->text;
    return CHAT_OK;
}

/* A name that is too long or no text is that of no room. */
static void take_room(const char *query, struct search *search,
                      struct command *command)
{
    enum chat_result result =
        query_get(query, "room", search->room, sizeof(search->room));

    if (result != CHAT_NOT_FOUND)
        command->room = result == CHAT_OK ? search->room : "";
}

/* Nothing is before the log's first position, and 0 is none. */
static enum chat_result take_before(const char *query, struct command *command)
{
    char value[32];
    enum chat_result result = query_get(query, "before", value, sizeof(value));

    if (result == CHAT_NOT_FOUND)
        return CHAT_OK;
    if (result != CHAT_OK || number_parse(value, &command->seq) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    if (command->seq == 0)
        command->seq = 1;
    return CHAT_OK;
}

void messages_search(struct call *call)
{
    const char *query = exchange_request(call->exchange)->query;
    struct command command = {.type = COMMAND_SEARCH, .sid = call->sid};
    struct search search;

    if (take_text(query, &search, &command) != CHAT_OK ||
        take_before(query, &command) != CHAT_OK ||
        query_limit(query, &command.limit) != CHAT_OK) {
        call_refuse(call, CHAT_BAD_REQUEST, bad_query);
        return;
    }
    take_room(query, &search, &command);
    call_ask(call, &command, answer_search);
}
