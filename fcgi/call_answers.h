/* Answers that many routes have in common. */
#ifndef FCGI_CALL_ANSWERS_H
#define FCGI_CALL_ANSWERS_H

#include "fcgi/call.h"

/*
 * Ends the call with `status` and what the result has as `field`, an object,
 * once what was done can be read here; or refuses.
 */
void call_answer_field(struct call *call, const struct backend_result *result,
                       int status, const char *field);

/* The same with a body that has what there is of `names` (NULL at the end). */
void call_answer_fields(struct call *call, const struct backend_result *result,
                        int status, const char *const *names);

#endif
