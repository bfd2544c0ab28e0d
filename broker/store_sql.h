/*
 * All SQL that runs while the broker serves, once and by name. (What is run
 * only to open the database is in store_schema.c.) Statements are prepared
 * when the store is opened and live as long as it.
 *
 * INDEXED BY pins the plans whose cost must not grow with the log: without
 * the index such a statement does not even prepare, and no statistics can
 * talk the planner into a scan.
 */
#ifndef BROKER_STORE_SQL_H
#define BROKER_STORE_SQL_H

/*
 * The columns that store_read_event() reads, in its order. What message says
 * of a message counts for its edits (type 9) as well: if it is deleted, they
 * have no text any more. `text`, `edited_ms` and `mentions`: what is read as
 * these.
 */
#define STORE_SELECT_EVENT_AS(text, edited_ms, mentions)                       \
    "SELECT event.seq, event.n, event.at_ms, event.type, event.reason,"        \
    " event.role, event.kind, event.rid, event.pid, event.sid, room.room,"     \
    " event.nick, " text ", event.id, event.reply_to, event.target,"           \
    " event.to_pid, event.to_nick, event.until_ms, event.value,"               \
    " event.address, " edited_ms ", message.deleted, " mentions " FROM event"  \
    " LEFT JOIN room ON room.rid = event.rid" STORE_JOIN_MESSAGE
#define STORE_JOIN_MESSAGE                                                     \
    " LEFT JOIN message ON message.seq ="                                      \
    " CASE event.type WHEN 9 THEN event.target ELSE event.seq END "

/* As it is now. */
#define STORE_TEXT                                                             \
    "CASE WHEN message.deleted > 0 THEN NULL WHEN event.type = 9"              \
    " THEN event.text ELSE coalesce(message.text, event.text) END"
#define STORE_EDITED_MS                                                        \
    "CASE event.type WHEN 9 THEN 0 ELSE message.edited_ms END"
/* Those of the edit that made the text what it is. */
#define STORE_MENTIONS                                                         \
    "CASE WHEN event.type = 9 OR message.text IS NULL THEN event.mentions"     \
    " ELSE (SELECT edit.mentions FROM event AS edit"                           \
    " WHERE edit.seq = message.changed_seq) END"
#define STORE_SELECT_EVENT                                                     \
    STORE_SELECT_EVENT_AS(STORE_TEXT, STORE_EDITED_MS, STORE_MENTIONS)

/* As it was said first. */
#define STORE_SELECT_FORMER                                                    \
    STORE_SELECT_EVENT_AS(                                                     \
        "CASE WHEN message.deleted > 0 THEN NULL ELSE event.text END", "0",    \
        "event.mentions")

/* ?1 room, ?2 and ?3 exclusive bounds, ?4 limit. seq is the index's last. */
#define STORE_SELECT_SHOWN                                                     \
    "SELECT seq FROM event INDEXED BY event_shown"                             \
    " WHERE rid = ?1 AND n > 0 AND seq > ?2 AND seq < ?3 "

/* As STORE_SELECT_SHOWN, and ?5 the type; UNSHOWN: of what nobody is shown. */
#define STORE_SELECT_SHOWN_TYPE                                                \
    "SELECT seq FROM event INDEXED BY event_shown_type"                        \
    " WHERE rid = ?1 AND type = ?5 AND n > 0 AND seq > ?2 AND seq < ?3 "

#define STORE_SELECT_UNSHOWN_TYPE                                              \
    "SELECT seq FROM event INDEXED BY event_unshown"                           \
    " WHERE rid = ?1 AND type = ?5 AND n = 0 AND seq > ?2 AND seq < ?3 "

#define STORE_SELECT_BAN                                                       \
    "SELECT seq, at_ms, rid, pid, address, until_ms, nick, text, by_nick"      \
    " FROM ban "

/* Sets `column` in ?1's place in room ?2 to ?3; makes the place if need be. */
#define STORE_SET_MEMBER(column)                                               \
    "INSERT INTO member (pid, rid, " column ") VALUES (?1, ?2, ?3)"            \
    " ON CONFLICT (pid, rid) DO UPDATE SET " column " = ?3"

/* X(NAME, "sql") */
#define STORE_STATEMENTS(X)                                                    \
    /* Transactions */                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                \
    X(COMMIT, "COMMIT")                                                        \
    X(ROLLBACK, "ROLLBACK")                                                    \
    X(PROBE, "INSERT INTO meta (key, value) VALUES ('probes', '1')"            \
             " ON CONFLICT (key) DO UPDATE SET value = value + 1")             \
    /* The log */                                                              \
    X(EVENT_ADD, "INSERT INTO event (seq, n, at_ms, type, reason, role, kind," \
                 " rid, pid, sid, nick, text, id, reply_to, target, to_pid,"   \
                 " to_nick, until_ms, value, address, mentions)"               \
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"    \
                 " ?, ?, ?, ?, ?)")                                            \
    /* Rooms */                                                                \
    X(ROOM_ADD, "INSERT INTO room (rid, n, room, topic, id)"                   \
                " VALUES (?, ?, ?, ?, ?)")                                     \
    X(ROOM_SET_N, "UPDATE room SET n = ?2 WHERE rid = ?1")                     \
    X(ROOM_SET_TOPIC, "UPDATE room SET topic = ? WHERE rid = ?")               \
    X(ROOM_SET_NAME, "UPDATE room SET room = ? WHERE rid = ?")                 \
    X(ROOM_SET_SECRET, "UPDATE room SET secret = nullif(?, '')"                \
                       " WHERE rid = ?")                                       \
    X(ROOM_SET_SETTINGS, "UPDATE room SET settings = ? WHERE rid = ?")         \
    X(ROOM_SETTINGS, "SELECT settings FROM room WHERE rid = ?")                \
    X(ROOM_END, "UPDATE room SET ended_seq = ?2, purged_seq = ?2"              \
                " WHERE rid = ?1")                                             \
    X(ROOM_SET_PURGED, "UPDATE room SET purged_seq = ?2 WHERE rid = ?1")       \
    X(ROOM_N, "SELECT n FROM room WHERE rid = ?")                              \
    X(ROOM_PURGED, "SELECT purged_seq FROM room WHERE rid = ?")                \
    /* People and sessions */                                                  \
    X(PERSON_ADD, "INSERT INTO person (pid, created_at_ms, gone_at_ms, kind,"  \
                  " role, nick, name, secret, maker_pid)"                      \
                  " VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?)")           \
    X(PERSON_REMOVE, "DELETE FROM person WHERE pid = ?")                       \
    X(PERSON_REMOVE_GUEST, "DELETE FROM person WHERE pid = ? AND kind = 0")    \
    X(PERSON_SET_GONE, "UPDATE person SET gone_at_ms = ?2 WHERE pid = ?1")     \
    X(PERSON_SET_ROLE, "UPDATE person SET role = ?2 WHERE pid = ?1")           \
    X(PERSON_SET_NICK, "UPDATE person SET nick = ? WHERE pid = ?")             \
    X(PERSON_SET_SECRET, "UPDATE person SET secret = nullif(?, '')"            \
                         " WHERE pid = ?")                                     \
    X(SESSION_ADD, "INSERT INTO session (sid, pid, created_at_ms, idle_at_ms," \
                   " token_hash) VALUES (?, ?, ?, 0, ?)")                      \
    X(SESSION_PERSON, "SELECT person.pid, person.gone_at_ms FROM session"      \
                      " JOIN person ON person.pid = session.pid"               \
                      " WHERE session.sid = ?")                                \
    X(SESSION_SET_PERSON, "UPDATE session SET pid = ?2 WHERE sid = ?1")        \
    X(SESSION_SET_IDLE, "UPDATE session SET idle_at_ms = ?2 WHERE sid = ?1")   \
    X(SESSION_REMOVE, "DELETE FROM session WHERE sid = ?1")                    \
    X(BLOCK_ADD, "INSERT OR IGNORE INTO block (pid, to_pid, seq)"              \
                 " VALUES (?, ?, ?)")                                          \
    X(BLOCK_REMOVE, "DELETE FROM block WHERE pid = ? AND to_pid = ?")          \
    X(BLOCK_MOVE, "UPDATE block SET pid = ?2 WHERE pid = ?1")                  \
    X(BLOCK_REMOVE_ALL, "DELETE FROM block WHERE pid = ?")                     \
    /* Places in rooms: pid, rid; forgotten when there is nothing to say */    \
    X(MEMBER_JOIN, STORE_SET_MEMBER("joined_seq") ", invited = 0")             \
    X(MEMBER_LEAVE, "UPDATE member SET joined_seq = 0, read_seq = 0"           \
                    " WHERE pid = ? AND rid = ?")                              \
    X(MEMBER_SET_RANK, STORE_SET_MEMBER("rank"))                               \
    X(MEMBER_SET_INVITED, STORE_SET_MEMBER("invited"))                         \
    X(MEMBER_SET_MUTED, STORE_SET_MEMBER("muted_until_ms"))                    \
    X(MEMBER_APPROVE, "UPDATE member SET approved = 1"                         \
                      " WHERE pid = ? AND rid = ?")                            \
    X(MEMBER_SET_READ, "UPDATE member SET read_seq = ?3"                       \
                       " WHERE pid = ?1 AND rid = ?2 AND joined_seq > 0")      \
    X(MEMBER_FORGET, "DELETE FROM member WHERE pid = ? AND rid = ?"            \
                     " AND joined_seq = 0 AND rank = 0 AND invited = 0"        \
                     " AND approved = 0 AND muted_until_ms = 0")               \
    X(MEMBER_MOVE, "UPDATE member SET pid = ?2 WHERE pid = ?1")                \
    X(MEMBER_REMOVE_ALL, "DELETE FROM member WHERE pid = ?")                   \
    X(MEMBER_REMOVE_ROOM, "DELETE FROM member INDEXED BY member_room"          \
                          " WHERE rid = ?")                                    \
    X(BAN_ADD, "INSERT INTO ban (seq, at_ms, rid, pid, address, until_ms,"     \
               " nick, text, by_nick) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")     \
    X(BAN_REMOVE, "DELETE FROM ban WHERE seq = ?")                             \
    X(BAN_REMOVE_ROOM, "DELETE FROM ban INDEXED BY ban_room WHERE rid = ?")    \
    X(HOOK_ADD, "INSERT INTO hook (seq, rid, delivered_seq, name, token_hash," \
                " url, secret) VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6)")           \
    X(HOOK_REMOVE, "DELETE FROM hook WHERE seq = ?")                           \
    X(HOOK_REMOVE_ROOM, "DELETE FROM hook INDEXED BY hook_room WHERE rid = ?") \
    X(HOOK_SET_DELIVERED, "UPDATE hook SET delivered_seq = ?2 WHERE seq = ?1") \
    /* What becomes of messages */                                             \
    X(MESSAGE_EDIT, "INSERT INTO message (seq, changed_seq, text, edited_ms)"  \
                    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (seq) DO UPDATE"     \
                    " SET changed_seq = ?2, text = ?3, edited_ms = ?4")        \
    X(MESSAGE_DELETE, "INSERT INTO message (seq, changed_seq, deleted)"        \
                      " VALUES (?1, ?2, 1) ON CONFLICT (seq) DO UPDATE"        \
                      " SET changed_seq = ?2, text = NULL, deleted = 1")       \
    X(REACTION_ADD, "INSERT OR REPLACE INTO reaction (rid, target, emoji,"     \
                    " pid, nick) VALUES (?, ?, ?, ?, ?)")                      \
    X(REACTION_REMOVE, "DELETE FROM reaction WHERE rid = ? AND target = ?"     \
                       " AND emoji = ? AND pid = ?")                           \
    X(REACTION_REMOVE_ALL, "DELETE FROM reaction WHERE rid = ?"                \
                           " AND target = ?")                                  \
    X(MENTION_ADD, "INSERT OR IGNORE INTO mention (pid, rid, seq)"             \
                   " VALUES (?, ?, ?)")                                        \
    X(MENTION_READ, "DELETE FROM mention WHERE pid = ? AND rid = ?"            \
                    " AND seq <= ?")                                           \
    X(MENTION_MOVE, "UPDATE mention SET pid = ?2 WHERE pid = ?1")              \
    X(MENTION_REMOVE_ALL, "DELETE FROM mention WHERE pid = ?")                 \
    X(MENTION_REMOVE_MESSAGE, "DELETE FROM mention"                            \
                              " INDEXED BY mention_message"                    \
                              " WHERE rid = ? AND seq = ?")                    \
    X(PENDING_ADD, "INSERT INTO pending (rid, seq, type) VALUES (?, ?, ?)")    \
    X(PENDING_REMOVE, "DELETE FROM pending WHERE rid = ? AND seq = ?")         \
    /* Message ids; seq and at_ms rise together, so the oldest come first. */  \
    /* A held message that is let in takes the place of the held one. */       \
    X(POSTED_ADD, "INSERT OR REPLACE INTO posted (seq, n, at_ms, rid, sid,"    \
                  " id, request_hash) VALUES (?, ?, ?, ?, ?, ?, ?)")           \
    X(POSTED_FIND, "SELECT seq, n, at_ms, rid, request_hash FROM posted"       \
                   " INDEXED BY posted_id WHERE sid = ?1 AND id = ?2")         \
    X(POSTED_FORGET, "DELETE FROM posted WHERE seq IN (SELECT seq FROM"        \
                     " (SELECT seq, at_ms FROM posted ORDER BY seq LIMIT ?2)"  \
                     " WHERE at_ms < ?1)")                                     \
    /* Loading */                                                              \
    X(HEAD, "SELECT seq, at_ms FROM event ORDER BY seq DESC LIMIT 1")          \
    X(ROOMS, "SELECT rid, n, room, topic, id, secret, settings, purged_seq"    \
             " FROM room WHERE ended_seq = 0 ORDER BY rid")                    \
    X(PEOPLE, "SELECT pid, created_at_ms, gone_at_ms, kind, role, nick, name," \
              " secret, maker_pid FROM person ORDER BY pid")                   \
    X(SESSIONS, "SELECT sid, pid, created_at_ms, idle_at_ms, token_hash"       \
                " FROM session ORDER BY sid")                                  \
    X(MEMBERS, "SELECT rid, pid, joined_seq, rank, invited, muted_until_ms,"   \
               " read_seq, approved FROM member ORDER BY joined_seq")          \
    X(BANS, STORE_SELECT_BAN "ORDER BY seq")                                   \
    X(BANS_OF, STORE_SELECT_BAN "INDEXED BY ban_room WHERE rid = ?1"           \
                                " AND seq >= ?2 AND until_ms > ?3"             \
                                " ORDER BY seq LIMIT ?4")                      \
    X(BLOCKS, "SELECT pid, to_pid FROM block ORDER BY seq")                    \
    X(HOOKS, "SELECT seq, rid, name, token_hash, url, secret, delivered_seq"   \
             " FROM hook ORDER BY seq")                                        \
    /* Reading the log */                                                      \
    X(EVENT_BY_SEQ, STORE_SELECT_EVENT "WHERE event.seq = ?1")                 \
    X(EVENTS_AFTER,                                                            \
      STORE_SELECT_EVENT "WHERE event.seq > ?1 ORDER BY event.seq LIMIT ?2")   \
    X(EVENT_IN_ROOM,                                                           \
      STORE_SELECT_EVENT "WHERE event.seq = ?1 AND event.rid = ?2"             \
                         " AND event.seq > coalesce(room.purged_seq, 0)")      \
    X(TEXT_BY_SEQ, "SELECT " STORE_TEXT " FROM event" STORE_JOIN_MESSAGE       \
                   "WHERE event.seq = ?1")                                     \
    X(AT_OR_AFTER, "SELECT seq, at_ms FROM event WHERE seq >= ?1"              \
                   " ORDER BY seq LIMIT 1")                                    \
    X(N_AT_OR_AFTER, "SELECT seq, n FROM event INDEXED BY event_shown"         \
                     " WHERE rid = ?1 AND n > 0 AND seq >= ?2"                 \
                     " ORDER BY seq LIMIT 1")                                  \
    X(MESSAGE_FIND, "SELECT event.type, event.n, event.at_ms, event.pid,"      \
                    " event.sid, message.deleted, message.changed_seq,"        \
                    " (SELECT count(*) FROM event AS edit INDEXED BY"          \
                    " event_edit WHERE edit.type = 9"                          \
                    " AND edit.target = event.seq), (SELECT count(*)"          \
                    " FROM reaction WHERE reaction.rid = event.rid"            \
                    " AND reaction.target = event.seq), (SELECT"               \
                    " count(DISTINCT emoji) FROM reaction"                     \
                    " WHERE reaction.rid = event.rid"                          \
                    " AND reaction.target = event.seq) FROM event"             \
                    " LEFT JOIN room ON room.rid = event.rid"                  \
                    " LEFT JOIN message ON message.seq = event.seq"            \
                    " WHERE event.seq = ?1 AND event.rid = ?2"                 \
                    " AND event.type IN (?3, ?4)"                              \
                    " AND event.seq > coalesce(room.purged_seq, 0)")           \
    X(REACTION_FIND, "SELECT coalesce(sum(pid = ?4), 0),"                      \
                     " coalesce(sum(pid <> ?4), 0) FROM reaction"              \
                     " WHERE rid = ?1 AND target = ?2 AND emoji = ?3")         \
    X(HAS_TEXT, "SELECT 1 FROM event WHERE seq = ? AND text = ?")              \
    X(MESSAGE_FORMER, STORE_SELECT_FORMER                                      \
      "WHERE event.seq = ?1 AND event.rid = ?2 AND event.type IN (?3, ?4)"     \
      " AND event.seq > coalesce(room.purged_seq, 0)")                         \
    X(MESSAGE_EDITS,                                                           \
      STORE_SELECT_FORMER "WHERE event.type = 9 AND event.target = ?1 ORDER "  \
                          "BY event.seq LIMIT ?2")                             \
    X(PENDING_FIND, "SELECT 1 FROM pending WHERE rid = ? AND seq = ?"          \
                    " AND type = ?")                                           \
    X(PENDING_COUNT, "SELECT count(*) FROM pending WHERE rid = ?")             \
    X(REPORT_FIND, "SELECT pending.seq FROM pending JOIN event"                \
                   " ON event.seq = pending.seq WHERE pending.rid = ?1"        \
                   " AND event.target = ?2 AND event.pid = ?3"                 \
                   " AND pending.type = ?4")                                   \
    X(PENDING, STORE_SELECT_EVENT                                              \
      "WHERE event.seq IN (SELECT seq FROM pending WHERE rid = ?1"             \
      " ORDER BY seq LIMIT ?2) ORDER BY event.seq")                            \
    X(REACTIONS, "SELECT target, pid, nick, emoji FROM reaction"               \
                 " WHERE rid = ? AND target >= ? AND target <= ?"              \
                 " ORDER BY target, emoji, pid LIMIT ?")                       \
    X(MENTIONS, "SELECT seq FROM mention WHERE pid = ? AND rid = ?"            \
                " AND seq > ? LIMIT ?")                                        \
    X(SHOWN_OLDER, STORE_SELECT_SHOWN "ORDER BY seq DESC LIMIT ?4")            \
    X(SHOWN_NEWER, STORE_SELECT_SHOWN "ORDER BY seq ASC LIMIT ?4")             \
    X(SHOWN_TYPE_OLDER, STORE_SELECT_SHOWN_TYPE "ORDER BY seq DESC LIMIT ?4")  \
    X(SHOWN_TYPE_NEWER, STORE_SELECT_SHOWN_TYPE "ORDER BY seq ASC LIMIT ?4")   \
    X(UNSHOWN_TYPE_OLDER,                                                      \
      STORE_SELECT_UNSHOWN_TYPE "ORDER BY seq DESC LIMIT ?4")                  \
    X(UNSHOWN_TYPE_NEWER,                                                      \
      STORE_SELECT_UNSHOWN_TYPE "ORDER BY seq ASC LIMIT ?4")                   \
    /* Full text */                                                            \
    X(INDEXED, "SELECT value FROM meta WHERE key = 'indexed_seq'")             \
    X(INDEXED_SET, "UPDATE meta SET value = ? WHERE key = 'indexed_seq'")      \
    X(SEARCH_ADD, "INSERT INTO search (rowid, text, room) VALUES (?, ?, ?)")   \
    X(SEARCH_REMOVE, "INSERT INTO search (search, rowid, text, room)"          \
                     " VALUES ('delete', ?, ?, ?)")                            \
    X(SEARCH_MERGE, "INSERT INTO search (search, rank) VALUES ('merge', ?)")   \
    X(SEARCH, "SELECT rowid FROM search WHERE search MATCH ?1"                 \
              " AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3")                  \
    /* Retention */                                                            \
    X(UNSWEPT_ROOM, "SELECT rid, purged_seq, ended_seq FROM room"              \
                    " INDEXED BY room_unswept WHERE swept_seq < purged_seq"    \
                    " AND swept_seq < ?1 ORDER BY swept_seq LIMIT 1")          \
    X(ROOM_SET_SWEPT, "UPDATE room SET swept_seq = ?2 WHERE rid = ?1")         \
    X(ROOM_REMOVE, "DELETE FROM room WHERE rid = ?")                           \
    X(EVENT_REMOVE, "DELETE FROM event WHERE seq = ?")                         \
    X(MESSAGE_REMOVE, "DELETE FROM message WHERE seq = ?")                     \
    X(UNEMPTIED, "SELECT seq FROM message INDEXED BY message_deleted"          \
                 " WHERE deleted = 1 ORDER BY seq LIMIT 1")                    \
    X(EVENT_EMPTY, "UPDATE event SET text = NULL WHERE seq = ?")               \
    X(EDITS_EMPTY, "UPDATE event INDEXED BY event_edit SET text = NULL"        \
                   " WHERE type = 9 AND target = ?")                           \
    X(MESSAGE_SET_EMPTIED, "UPDATE message SET deleted = 2 WHERE seq = ?")     \
    X(BYTES, "SELECT (page_count - freelist_count) * page_size"                \
             " FROM pragma_page_count, pragma_freelist_count,"                 \
             " pragma_page_size")

enum store_sql {
#define STORE_SQL_ENUM(name, sql) SQL_##name,
    STORE_STATEMENTS(STORE_SQL_ENUM)
#undef STORE_SQL_ENUM
        STORE_SQL_COUNT
};

#endif
