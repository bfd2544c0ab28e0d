#include "fcgi/routes.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "/chat/v1/"
#define ROOM_SEGMENT "{room}"

static const struct route routes[] = {
    {HTTP_POST, "session", ROUTE_WRITES | ROUTE_LOGIN | ROUTE_BODY,
     session_new},
    {HTTP_GET, "session", 0, session_get},
    {HTTP_DELETE, "session", ROUTE_SESSION | ROUTE_WRITES, session_end},
    {HTTP_GET, "events", ROUTE_SESSION, events_poll},
    {HTTP_GET, "stream", ROUTE_SESSION, events_stream},
    {HTTP_GET, "rooms", ROUTE_SESSION, rooms_list},
    {HTTP_POST, "rooms", ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, room_new},
    {HTTP_POST, "rooms/{room}/join", ROUTE_SESSION | ROUTE_WRITES, room_join},
    {HTTP_POST, "rooms/{room}/leave", ROUTE_SESSION | ROUTE_WRITES, room_leave},
    {HTTP_GET, "rooms/{room}/messages", ROUTE_SESSION, message_history},
    {HTTP_POST, "rooms/{room}/messages",
     ROUTE_SESSION | ROUTE_WRITES | ROUTE_BODY, message_post},
    {HTTP_GET, "livez", 0, health_live},
    {HTTP_GET, "readyz", 0, health_ready},
};
#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

static const char *const method_names[] = {
    [HTTP_GET] = "GET",
    [HTTP_POST] = "POST",
    [HTTP_PATCH] = "PATCH",
    [HTTP_DELETE] = "DELETE",
};

/* A segment of a path: up to the next '/' or the end. */
static size_t segment_length(const char *path)
{
    return strcspn(path, "/");
}

/* Whether `path` is `pattern`; the segment that is a room in `*room_out`. */
static bool path_matches(const char *pattern, const char *path,
                         const char **room_out)
{
    for (;;) {
        size_t wanted = segment_length(pattern);
        size_t given = segment_length(path);
        bool is_room = strncmp(pattern, ROOM_SEGMENT, wanted) == 0 &&
                       wanted == strlen(ROOM_SEGMENT);
        if (is_room && given > 0)
            *room_out = path;
        else if (wanted != given || strncmp(pattern, path, wanted) != 0)
            return false;
        if (pattern[wanted] != path[given])
            return false;
        if (pattern[wanted] == '\0')
            return true;
        pattern += wanted + 1;
        path += given + 1;
    }
}

static void add_allowed(char *allow, size_t allow_bytes,
                        enum http_method method)
{
    size_t used = strlen(allow);

    (void)snprintf(allow + used, allow_bytes - used, "%s%s",
                   used == 0 ? "Allow: " : ", ", method_names[method]);
}

enum chat_result route_find(const struct request *request,
                            struct route_match *match_out)
{
    const char *room = NULL;

    *match_out = (struct route_match){0};
    if (strncmp(request->path, PREFIX, strlen(PREFIX)) != 0)
        return CHAT_NOT_FOUND;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!path_matches(routes[i].path, request->path + strlen(PREFIX),
                          &room))
            continue;
        if (routes[i].method == request->method) {
            match_out->route = &routes[i];
            break;
        }
        add_allowed(match_out->allow, sizeof(match_out->allow) - 2,
                    routes[i].method);
    }
    if (match_out->route == NULL) {
        if (match_out->allow[0] == '\0')
            return CHAT_NOT_FOUND;
        strcat(match_out->allow, "\r\n");
        return CHAT_METHOD_NOT_ALLOWED;
    }
    match_out->allow[0] = '\0';
    if (room != NULL &&
        segment_decode(room, segment_length(room), match_out->room,
                       sizeof(match_out->room)) != CHAT_OK)
        match_out->room[0] = '\0';
    return CHAT_OK;
}
