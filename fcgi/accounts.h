/*
 * Which sessions here are of which account. Guests are not in it: their one
 * session has their number.
 */
#ifndef FCGI_ACCOUNTS_H
#define FCGI_ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/result.h"

struct known_session;

/* An account with at least one session here. */
struct known_account {
    int64_t pid;
    struct known_session **sessions;
    size_t session_count;
    UT_hash_handle hh;
};

/*
 * Adds `session` to the account `pid`, in the hash `*accounts` (NULL: empty).
 * CHAT_OK or CHAT_NO_MEMORY.
 */
enum chat_result accounts_add(struct known_account **accounts, int64_t pid,
                              struct known_session *session);

/* Removes it; an account goes with its last session. */
void accounts_remove(struct known_account **accounts, int64_t pid,
                     const struct known_session *session);

/* NULL: no session of it is here. */
struct known_account *accounts_find(struct known_account *accounts,
                                    int64_t pid);

#endif
