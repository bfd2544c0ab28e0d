#!/bin/sh
# A bot, in sh and curl: answers "!ping" in one room, for as long as it runs.
#   CHAT=http://localhost:8080/chat/v1 TOKEN=... ROOM=lobby sh bot.sh
set -eu

ask() {
    curl -sS --fail-with-body --retry 10 -H "Authorization: Bearer $TOKEN" \
        -H 'Content-Type: application/json' "$@"
}

cursor_in() { sed -n 's/.*"'"$1"'":"\([a-z0-9.]*\)".*/\1/p'; }

# First the cursor: what is said once the bot is in the room comes after it.
cursor=$(ask "$CHAT/session" | cursor_in cursor)
ask -X POST "$CHAT/rooms/$ROOM/join" >/dev/null
while events=$(ask "$CHAT/events?since=$cursor"); do
    cursor=$(printf '%s' "$events" | cursor_in next)
    # The id makes it one answer, also if it has to be asked for again.
    printf '%s' "$events" |
        grep -o '"seq":[0-9]*,"n":[0-9]*,"room":"'"$ROOM"'",[^{}]*"text":"!ping"' |
        sed 's/"seq":\([0-9]*\).*/\1/' | while read -r seq; do
        ask "$CHAT/rooms/$ROOM/messages" -o /dev/null \
            -d '{"id":"re-'"$seq"'","text":"pong","reply_to":'"$seq"'}'
    done
done
