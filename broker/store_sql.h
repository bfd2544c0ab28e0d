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

/* The columns that store_read_event() reads, in its order. */
#define STORE_SELECT_EVENT                                                     \
    "SELECT event.seq, event.n, event.at_ms, event.type, event.reason,"        \
    " event.role, event.rid, event.sid, room.room, event.nick, event.text,"    \
    " event.id, event.reply_to"                                                \
    " FROM event LEFT JOIN room ON room.rid = event.rid "

/* ?1 room, ?2 and ?3 exclusive bounds, ?4 limit. seq is the index's last. */
#define STORE_SELECT_SHOWN                                                     \
    "SELECT seq FROM event INDEXED BY event_shown"                             \
    " WHERE rid = ?1 AND n > 0 AND seq > ?2 AND seq < ?3 "

/* As STORE_SELECT_SHOWN, and ?5 the type. */
#define STORE_SELECT_SHOWN_TYPE                                                \
    "SELECT seq FROM event INDEXED BY event_shown_type"                        \
    " WHERE rid = ?1 AND type = ?5 AND n > 0 AND seq > ?2 AND seq < ?3 "

/* X(NAME, "sql") */
#define STORE_STATEMENTS(X)                                                    \
    /* Transactions */                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                \
    X(COMMIT, "COMMIT")                                                        \
    X(ROLLBACK, "ROLLBACK")                                                    \
    X(PROBE, "INSERT INTO meta (key, value) VALUES ('probes', '1')"            \
             " ON CONFLICT (key) DO UPDATE SET value = value + 1")             \
    /* The log and what it adds up to */                                       \
    X(EVENT_ADD, "INSERT INTO event (seq, n, at_ms, type, reason, role, rid,"  \
                 " sid, nick, text, id, reply_to)"                             \
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")               \
    X(ROOM_ADD, "INSERT INTO room (rid, n, room, topic, id)"                   \
                " VALUES (?, ?, ?, ?, ?)")                                     \
    X(ROOM_SET_N, "UPDATE room SET n = ?2 WHERE rid = ?1")                     \
    X(SESSION_ADD, "INSERT INTO session (sid, created_at_ms, gone_at_ms,"      \
                   " role, nick, token_hash) VALUES (?, ?, 0, ?, ?, ?)")       \
    X(SESSION_SET_GONE, "UPDATE session SET gone_at_ms = ?2 WHERE sid = ?1")   \
    X(SESSION_REMOVE, "DELETE FROM session WHERE sid = ?1")                    \
    X(MEMBER_ADD, "INSERT INTO member (sid, rid, joined_seq)"                  \
                  " VALUES (?, ?, ?)")                                         \
    X(MEMBER_REMOVE, "DELETE FROM member WHERE sid = ?1 AND rid = ?2")         \
    X(MEMBER_REMOVE_ALL, "DELETE FROM member WHERE sid = ?1")                  \
    /* Message ids; seq and at_ms rise together, so the oldest come first. */  \
    X(POSTED_ADD, "INSERT INTO posted (seq, n, at_ms, rid, sid, id,"           \
                  " request_hash) VALUES (?, ?, ?, ?, ?, ?, ?)")               \
    X(POSTED_FIND, "SELECT seq, n, at_ms, rid, request_hash FROM posted"       \
                   " INDEXED BY posted_id WHERE sid = ?1 AND id = ?2")         \
    X(POSTED_FORGET, "DELETE FROM posted WHERE seq IN (SELECT seq FROM"        \
                     " (SELECT seq, at_ms FROM posted ORDER BY seq LIMIT ?2)"  \
                     " WHERE at_ms < ?1)")                                     \
    /* Loading */                                                              \
    X(HEAD, "SELECT seq, at_ms FROM event ORDER BY seq DESC LIMIT 1")          \
    X(ROOMS, "SELECT rid, n, room, topic, id FROM room ORDER BY rid")          \
    X(SESSIONS, "SELECT sid, created_at_ms, gone_at_ms, role, nick,"           \
                " token_hash FROM session ORDER BY sid")                       \
    X(MEMBERS, "SELECT rid, sid, joined_seq FROM member ORDER BY joined_seq")  \
    /* Reading the log */                                                      \
    X(EVENT_BY_SEQ, STORE_SELECT_EVENT "WHERE event.seq = ?1")                 \
    X(EVENTS_AFTER,                                                            \
      STORE_SELECT_EVENT "WHERE event.seq > ?1 ORDER BY event.seq LIMIT ?2")   \
    X(TEXT_BY_SEQ, "SELECT text FROM event WHERE seq = ?1")                    \
    X(MESSAGE_FIND, "SELECT 1 FROM event"                                      \
                    " WHERE seq = ?1 AND rid = ?2 AND type IN (?3, ?4)")       \
    X(SHOWN_OLDER, STORE_SELECT_SHOWN "ORDER BY seq DESC LIMIT ?4")            \
    X(SHOWN_NEWER, STORE_SELECT_SHOWN "ORDER BY seq ASC LIMIT ?4")             \
    X(SHOWN_TYPE_OLDER, STORE_SELECT_SHOWN_TYPE "ORDER BY seq DESC LIMIT ?4")  \
    X(SHOWN_TYPE_NEWER, STORE_SELECT_SHOWN_TYPE "ORDER BY seq ASC LIMIT ?4")

enum store_sql {
#define STORE_SQL_ENUM(name, sql) SQL_##name,
    STORE_STATEMENTS(STORE_SQL_ENUM)
#undef STORE_SQL_ENUM
        STORE_SQL_COUNT
};

#endif
