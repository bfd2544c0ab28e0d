#include "fcgi/accounts.h"

#include <stdlib.h>

struct known_account *accounts_find(struct known_account *accounts, int64_t pid)
{
    struct known_account *account;

    HASH_FIND(hh, accounts, &pid, sizeof(pid), account);
    return account;
}

static struct known_account *need_account(struct known_account **accounts,
                                          int64_t pid)
{
    struct known_account *account = accounts_find(*accounts, pid);

    if (account != NULL)
        return account;
    account = calloc(1, sizeof(*account));
    if (account == NULL)
        return NULL;
    account->pid = pid;
    HASH_ADD(hh, *accounts, pid, sizeof(account->pid), account);
    return account;
}

static void drop_if_empty(struct known_account **accounts,
                          struct known_account *account)
{
    if (account->session_count > 0)
        return;
    HASH_DEL(*accounts, account);
    free(account->sessions);
    free(account);
}

enum chat_result accounts_add(struct known_account **accounts, int64_t pid,
                              struct known_session *session)
{
    struct known_account *account = need_account(accounts, pid);

    if (account == NULL)
        return CHAT_NO_MEMORY;
    struct known_session **sessions =
        realloc(account->sessions,
                (account->session_count + 1) * sizeof(struct known_session *));
    if (sessions == NULL) {
        drop_if_empty(accounts, account);
        return CHAT_NO_MEMORY;
    }
    sessions[account->session_count++] = session;
    account->sessions = sessions;
    return CHAT_OK;
}

void accounts_remove(struct known_account **accounts, int64_t pid,
                     const struct known_session *session)
{
    struct known_account *account = accounts_find(*accounts, pid);

    if (account == NULL)
        return;
    for (size_t i = 0; i < account->session_count; i++) {
        if (account->sessions[i] != session)
            continue;
        account->sessions[i] = account->sessions[--account->session_count];
        break;
    }
    drop_if_empty(accounts, account);
}
