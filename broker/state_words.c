/*
 * What the operator's list of words makes of what is said: it is refused, waits
 * for a moderator, or loses them.
 */
#include "broker/state_internal.h"

#include <stdlib.h>
#include <string.h>

#include "broker/words.h"

void state_use_words(struct state *state, const struct words *words)
{
    state->rules.words = words;
}

/* Whether the command's text has a word on the list. */
static bool has_listed_word(const struct decision *decision)
{
    const struct state_rules *rules = &decision->state->rules;
    const char *text = decision->command->text;

    return rules->words != NULL && text != NULL &&
           text_is_utf8(text, strlen(text)) && words_are_in(rules->words, text);
}

/* Goes on with the text that has a '*' for each letter of such words. */
static enum chat_result decide_masked(struct decision *decision,
                                      state_decide_fn *decide)
{
    const struct command *asked = decision->command;
    struct command masked = *asked;
    char *text = words_mask(decision->state->rules.words, asked->text);

    masked.text = text;
    decision->command = &masked;
    enum chat_result result = decide(decision);
    decision->command = asked;
    free(text);
    return result;
}

enum chat_result state_decide_screened(struct decision *decision,
                                       state_decide_fn *decide)
{
    if (!has_listed_word(decision))
        return decide(decision);
    switch (decision->state->rules.words_action) {
    case WORDS_MASK:
        return decide_masked(decision, decide);
    case WORDS_HOLD:
        decision->has_listed_word = true;
        return decide(decision);
    default:
        return CHAT_BAD_TEXT;
    }
}
