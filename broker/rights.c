#include "broker/rights.h"

#include <assert.h>

#include "common/event.h"

/*
 * One row per right. `who` has a letter for each standing that has it, from
 * least to most: Visitor, Outsider, Invited, Member, moderator (d), Owner,
 * Admin. In the server there is no room to be invited to or to own.
 */
struct rule {
    const char *who;
    bool inside; /* only while in the room, whoever it is */
    bool speech; /* not while muted, nor in an archived room */
};

static const struct rule rules[RIGHT_COUNT] = {
    [RIGHT_KNOW] = {"VOIMdoa", false, false},
    /* Sessions read the rooms they have joined; visitors cannot join. */
    [RIGHT_READ] = {"V--Mdoa", false, false},
    [RIGHT_JOIN] = {"-OIMdoa", false, false},
    [RIGHT_POST] = {"---Mdoa", true, true},
    [RIGHT_REACT] = {"---Mdoa", true, true},
    [RIGHT_EDIT_OWN] = {"---Mdoa", true, true},
    [RIGHT_DELETE_OWN] = {"---Mdoa", true, false},
    [RIGHT_DELETE_ANY] = {"----doa", false, false},
    [RIGHT_TOPIC] = {"----doa", false, false},
    [RIGHT_INVITE] = {"----doa", false, false},
    [RIGHT_KICK] = {"----doa", false, false},
    [RIGHT_MUTE] = {"----doa", false, false},
    [RIGHT_BAN] = {"----doa", false, false},
    [RIGHT_UNDO] = {"----doa", false, false},
    [RIGHT_REPORT] = {"---Mdoa", true, false},
    [RIGHT_APPROVE] = {"----doa", false, false},
    [RIGHT_AUDIT] = {"----doa", false, false},
    [RIGHT_EXPORT] = {"---Mdoa", false, false},
    [RIGHT_SETTINGS] = {"-----oa", false, false},
    [RIGHT_RANK] = {"-----oa", false, false},
    [RIGHT_HOOKS] = {"-----oa", false, false},
    [RIGHT_RENAME] = {"-----oa", false, false},
    [RIGHT_DELETE_ROOM] = {"-----oa", false, false},
    [RIGHT_MAKE_ROOM] = {"-O-Md-a", false, false},
    [RIGHT_DIRECT] = {"-O-Md-a", false, false},
    [RIGHT_SERVER_BAN] = {"----d-a", false, false},
    [RIGHT_SERVER_AUDIT] = {"----d-a", false, false},
    [RIGHT_ROLES] = {"------a", false, false},
    [RIGHT_BOTS] = {"------a", false, false},
};

static const char *const right_words[RIGHT_COUNT] = {
#define RIGHT_WORD(name, word) [RIGHT_##name] = (word),
    RIGHTS(RIGHT_WORD)
#undef RIGHT_WORD
};

static const char *const standing_words[STANDING_COUNT] = {
#define STANDING_WORD(name, word) [STANDING_##name] = (word),
    STANDINGS(STANDING_WORD)
#undef STANDING_WORD
};

const char *right_word(enum right right)
{
    assert((unsigned)right < RIGHT_COUNT);
    return right_words[right];
}

const char *standing_word(enum standing standing)
{
    assert((unsigned)standing < STANDING_COUNT);
    return standing_words[standing];
}

bool rights_table(enum standing standing, enum right right)
{
    assert((unsigned)standing < STANDING_COUNT);
    assert((unsigned)right < RIGHT_COUNT);
    return rules[right].who[standing] != '-';
}

/* ---- standing ---- */

static enum standing higher_of(enum standing a, enum standing b)
{
    return a > b ? a : b;
}

/* By their role alone, in the server or in a room that they are not in. */
static enum standing server_standing(const struct person *person,
                                     enum standing ordinary)
{
    switch (person->role) {
    case ROLE_ADMIN:
        return STANDING_ADMIN;
    case ROLE_MODERATOR:
        return STANDING_MODERATOR;
    default:
        return ordinary;
    }
}

static bool is_in_room(const struct rights_question *question)
{
    return question->member != NULL && question->member->joined_seq != 0;
}

/* By their place in the room. A rank counts only there; it is a way back. */
static enum standing room_standing(const struct rights_question *question)
{
    const struct member *member = question->member;

    if (is_in_room(question)) {
        if (question->room->settings.access == ROOM_DIRECT)
            return STANDING_MEMBER;
        return member->rank == RANK_OWNER       ? STANDING_OWNER
               : member->rank == RANK_MODERATOR ? STANDING_MODERATOR
                                                : STANDING_MEMBER;
    }
    if (question->verified ||
        (member != NULL && (member->invited || member->rank != RANK_NONE)))
        return STANDING_INVITED;
    return STANDING_OUTSIDER;
}

enum standing rights_standing(const struct rights_question *question)
{
    const struct person *person = question->person;

    if (person == NULL)
        return STANDING_VISITOR;
    if (question->room == NULL)
        return server_standing(person, role_level(person->role) >=
                                               role_level(ROLE_MEMBER)
                                           ? STANDING_MEMBER
                                           : STANDING_OUTSIDER);
    enum standing in_room = room_standing(question);
    if (question->room->settings.access == ROOM_DIRECT)
        return in_room;
    return higher_of(in_room, server_standing(person, STANDING_OUTSIDER));
}

/* ---- asking ---- */

static bool may_know(const struct rights_question *question,
                     enum standing standing)
{
    switch (question->room->settings.access) {
    case ROOM_PRIVATE:
        return standing >= STANDING_INVITED;
    case ROOM_DIRECT:
        return standing >= STANDING_MEMBER;
    default:
        return true;
    }
}

static bool is_muted(const struct rights_question *question)
{
    return question->member != NULL &&
           question->member->muted_until_ms > question->wall_ms;
}

/* Whether the room's settings let them post. */
static bool may_post(const struct rights_question *question,
                     enum standing standing)
{
    if (standing >= STANDING_MODERATOR)
        return true;
    switch (question->room->settings.posting) {
    case POSTING_MODERATORS:
        return false;
    case POSTING_MEMBERS:
        return role_level(question->person->role) >= role_level(ROLE_MEMBER);
    default:
        return true;
    }
}

static bool settings_forbid(const struct rights_question *question,
                            enum standing standing, enum right right)
{
    return (rules[right].speech && question->room->settings.archived) ||
           (right == RIGHT_POST && !may_post(question, standing));
}

static enum chat_result check_room(const struct rights_question *question,
                                   enum standing standing, enum right right)
{
    const struct rule *rule = &rules[right];
    bool has = rights_table(standing, right);
    bool would_have = rights_table(STANDING_MEMBER, right);

    if (!may_know(question, standing))
        return CHAT_NO_ROOM;
    if (right == RIGHT_KNOW)
        return CHAT_OK;
    if (question->banned && standing != STANDING_ADMIN)
        return CHAT_BANNED;
    if (!is_in_room(question) && (has ? rule->inside : would_have))
        return CHAT_NOT_MEMBER;
    if (!has)
        return CHAT_FORBIDDEN;
    if (rule->speech && is_muted(question))
        return CHAT_MUTED;
    return settings_forbid(question, standing, right) ? CHAT_FORBIDDEN
                                                      : CHAT_OK;
}

enum chat_result rights_check(const struct rights_question *question,
                              enum right right)
{
    enum standing standing = rights_standing(question);

    assert((question->room == NULL) == (right >= RIGHT_MAKE_ROOM));
    if (question->room != NULL)
        return check_room(question, standing, right);
    if (question->banned && standing != STANDING_ADMIN)
        return CHAT_BANNED;
    return rights_table(standing, right) ? CHAT_OK : CHAT_FORBIDDEN;
}

bool rights_outranks(const struct rights_question *person,
                     const struct rights_question *other)
{
    return rights_standing(person) > rights_standing(other);
}
