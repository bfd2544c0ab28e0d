/*
 * Any bytes as a nick, a room's name, a text, a topic and an id. What is
 * accepted must be within its bounds, well-formed, and already normal:
 * normalizing it once more must change nothing.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/names.h"

static void check_key(const char *nick)
{
    char key[NICK_KEY_SIZE];
    char again[NICK_KEY_SIZE];

    if (nick_key(nick, key) != CHAT_OK)
        return;
    require(key[0] != '\0' && text_is_utf8(key, strlen(key)));
    require(nick_key(key, again) == CHAT_OK && strcmp(key, again) == 0);
}

static void check_skeleton(const char *nick)
{
    char skeleton[NICK_KEY_SIZE];
    char again[NICK_KEY_SIZE];

    if (nick_skeleton(nick, skeleton) != CHAT_OK)
        return;
    require(skeleton[0] != '\0' && text_is_utf8(skeleton, strlen(skeleton)));
    require(nick_skeleton(skeleton, again) == CHAT_OK);
    require(strcmp(skeleton, again) == 0);
}

static void check_nick(const char *text, size_t bytes_max)
{
    char nick[NICK_SIZE];
    char again[NICK_SIZE];

    if (nick_normalize(text, bytes_max, nick) != CHAT_OK)
        return;
    require(strlen(nick) <= bytes_max && text_is_utf8(nick, strlen(nick)));
    require(message_text_check(nick, bytes_max) == CHAT_OK);
    require(topic_check(nick, bytes_max) == CHAT_OK);
    require(nick_normalize(nick, bytes_max, again) == CHAT_OK);
    require(strcmp(nick, again) == 0);
    check_key(nick);
    check_skeleton(nick);
}

static void check_room(const char *text, size_t bytes_max)
{
    char room[ROOM_SIZE];
    char again[ROOM_SIZE];

    if (room_normalize(text, bytes_max, room) != CHAT_OK)
        return;
    require(strlen(room) <= bytes_max && text_is_utf8(room, strlen(room)));
    require(room_normalize(room, bytes_max, again) == CHAT_OK);
    require(strcmp(room, again) == 0);
}

/* An id is a topic, and with a visible character as all of its own are. */
static void check_plain(const char *text, size_t bytes_max)
{
    bool is_text = message_text_check(text, bytes_max) == CHAT_OK;
    bool is_topic = topic_check(text, bytes_max) == CHAT_OK;

    require(!is_text || text_is_utf8(text, strlen(text)));
    if (id_check(text, bytes_max) == CHAT_OK)
        require(is_text && is_topic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_nick(text, NICK_SIZE - 1);
    check_nick(text, 16);
    check_key(text);
    check_skeleton(text);
    check_room(text, ROOM_SIZE - 1);
    check_room(text, 16);
    check_plain(text, size);
    free(text);
    return 0;
}
