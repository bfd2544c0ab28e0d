/*
 * Deciding: one function per command, in this table. Each checks everything
 * first, in the HTTP interface's order (session, body, room, right), and only
 * then emits events.
 */
#include "broker/state_internal.h"

static enum chat_result decide_nothing(struct decision *decision)
{
    (void)decision;
    return CHAT_OK;
}

/* Who a command comes from, and so what it needs before it is decided. */
enum whose {
    NOBODYS,    /* finds its session itself, or has none */
    SESSIONS,   /* a session's: it must exist, and is here now */
    VISITORS,   /* the same, or without a sid a visitor's, who reads */
    ABOUT_SOME, /* about a session, which may have ended */
};

static const struct {
    enum whose whose;
    state_decide_fn *decide;
} commands[COMMAND_TYPE_COUNT] = {
    [COMMAND_SESSION_NEW] = {NOBODYS, state_decide_session_new},
    [COMMAND_SESSION_GET] = {NOBODYS, state_decide_session_get},
    [COMMAND_SESSION_END] = {ABOUT_SOME, state_decide_session_end},
    [COMMAND_SESSIONS] = {SESSIONS, state_decide_own},
    [COMMAND_SESSION_REVOKE] = {ABOUT_SOME, state_decide_session_revoke},
    [COMMAND_NICK] = {SESSIONS, state_decide_nick},
    [COMMAND_ACCOUNT_GET] = {NOBODYS, state_decide_account_get},
    [COMMAND_REGISTER] = {SESSIONS, state_decide_register},
    [COMMAND_PASSPHRASE] = {ABOUT_SOME, state_decide_passphrase},
    [COMMAND_PERSON_GET] = {SESSIONS, state_decide_person_get},
    [COMMAND_ROLE] = {SESSIONS, state_decide_role},
    [COMMAND_BLOCK] = {SESSIONS, state_decide_block},
    [COMMAND_BLOCKS] = {SESSIONS, state_decide_own},
    [COMMAND_IDLE] = {SESSIONS, state_decide_idle},
    [COMMAND_BYE] = {SESSIONS, state_decide_bye},
    [COMMAND_TOUCH] = {NOBODYS, state_decide_touch},
    [COMMAND_ROOMS] = {VISITORS, decide_nothing},
    [COMMAND_ROOM_NEW] = {SESSIONS, state_decide_room_new},
    [COMMAND_ROOM_GET] = {SESSIONS, state_decide_room_get},
    [COMMAND_ROOM_SET] = {SESSIONS, state_decide_room_set},
    [COMMAND_ROOM_DELETE] = {SESSIONS, state_decide_room_delete},
    [COMMAND_ROOM_SECRET] = {SESSIONS, state_decide_room_secret},
    [COMMAND_JOIN] = {SESSIONS, state_decide_join},
    [COMMAND_LEAVE] = {SESSIONS, state_decide_leave},
    [COMMAND_MEMBERS] = {SESSIONS, state_decide_history},
    [COMMAND_INVITE] = {SESSIONS, state_decide_invite},
    [COMMAND_RANK] = {SESSIONS, state_decide_rank},
    [COMMAND_DIRECT] = {SESSIONS, state_decide_direct},
    [COMMAND_POST] = {SESSIONS, state_decide_post},
    [COMMAND_EDIT] = {SESSIONS, state_decide_edit},
    [COMMAND_DELETE] = {SESSIONS, state_decide_delete},
    [COMMAND_REACT] = {SESSIONS, state_decide_react},
    [COMMAND_TYPING] = {SESSIONS, state_decide_typing},
    [COMMAND_READ] = {SESSIONS, state_decide_read},
    [COMMAND_EXPORT] = {SESSIONS, state_decide_export},
    [COMMAND_HISTORY] = {VISITORS, state_decide_history},
    [COMMAND_MESSAGE] = {VISITORS, state_decide_message},
    [COMMAND_EDITS] = {SESSIONS, state_decide_edits},
    [COMMAND_SEARCH] = {SESSIONS, state_decide_search},
    [COMMAND_EVENTS] = {SESSIONS, decide_nothing},
    [COMMAND_KICK] = {SESSIONS, state_decide_kick},
    [COMMAND_MUTE] = {SESSIONS, state_decide_mute},
    [COMMAND_UNMUTE] = {SESSIONS, state_decide_unmute},
    [COMMAND_BAN] = {SESSIONS, state_decide_ban},
    [COMMAND_UNBAN] = {SESSIONS, state_decide_unban},
    [COMMAND_BANS] = {SESSIONS, state_decide_bans},
    [COMMAND_HOOK_NEW] = {SESSIONS, state_decide_hook_new},
    [COMMAND_HOOKS] = {SESSIONS, state_decide_hooks},
    [COMMAND_HOOK_END] = {SESSIONS, state_decide_hook_end},
    [COMMAND_HOOK_POST] = {NOBODYS, state_decide_hook_post},
    [COMMAND_UNDO] = {SESSIONS, state_decide_undo},
    [COMMAND_REPORT] = {SESSIONS, state_decide_report},
    [COMMAND_REPORT_END] = {SESSIONS, state_decide_report_end},
    [COMMAND_HELD_END] = {SESSIONS, state_decide_held_end},
    [COMMAND_PENDING] = {SESSIONS, state_decide_pending},
    [COMMAND_AUDIT] = {SESSIONS, state_decide_audit},
    [COMMAND_BOT_NEW] = {SESSIONS, state_decide_bot_new},
    [COMMAND_BOT_END] = {SESSIONS, state_decide_bot_end},
    [COMMAND_PAGE] = {NOBODYS, state_decide_page},
    [COMMAND_HEAD] = {NOBODYS, decide_nothing},
    [COMMAND_HEALTH] = {NOBODYS, decide_nothing},
    [COMMAND_GONE] = {ABOUT_SOME, state_decide_gone},
    [COMMAND_EXPIRE] = {ABOUT_SOME, state_decide_expire},
    [COMMAND_ROOM_OPEN] = {NOBODYS, state_decide_room_open},
    [COMMAND_APPOINT] = {NOBODYS, state_decide_appoint},
    [COMMAND_PURGE] = {NOBODYS, state_decide_purge},
};

static bool is_visitor(const struct decision *decision)
{
    return decision->command->sid == 0 && decision->state->rules.visitors_read;
}

void state_execute(struct state *state, const struct command *command,
                   struct moment now, struct outcome *outcome_out)
{
    struct decision decision = {
        .state = state,
        .command = command,
        .now = now,
        .outcome = outcome_out,
    };
    enum whose whose = commands[command->type].whose;

    *outcome_out = (struct outcome){.result = CHAT_SESSION_REQUIRED};
    if (whose != NOBODYS)
        decision.session = state_find_session(state, command->sid);
    if (whose == SESSIONS || (whose == VISITORS && !is_visitor(&decision))) {
        if (decision.session == NULL)
            return;
        state_see(&decision, decision.session, now.mono_ms);
        state_act(decision.session, command->type, now.mono_ms);
    }
    outcome_out->result = commands[command->type].decide(&decision);
    if (decision.session == NULL)
        return;
    outcome_out->sid = decision.session->sid;
    if (command->address != 0)
        decision.session->address = command->address;
}
