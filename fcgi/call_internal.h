/* What the life of a call and its first checks share. */
#ifndef FCGI_CALL_INTERNAL_H
#define FCGI_CALL_INTERNAL_H

#include "fcgi/call.h"
#include "fcgi/reply.h"

/* A call of `route`, which owns `exchange` from here on. NULL: no memory. */
struct call *call_new(struct front *front, struct exchange *exchange,
                      const struct route *route);

/* Whom a refusal is for: JSON, or a page of HTML. */
enum reader { PROGRAM, PERSON };

/* Ends `exchange`, which no call owns any more, with `problem`. */
void call_answer_problem(struct exchange *exchange, enum reader reader,
                         const struct problem *problem);

#endif
