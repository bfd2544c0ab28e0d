/*
 * Where jansson's values live. A message is parsed into thousands of small
 * pieces that come one after the other and go together, so they are cut off
 * a block in that order, and a block is used again when the last piece in it
 * has gone. That costs a few instructions per piece, keeps what lives long
 * (sessions, rooms) out of the holes that messages leave, and, unlike memory
 * that is emptied at a set time, asks nothing of whoever holds a value: one
 * that is kept keeps its block.
 */
#ifndef COMMON_JSON_MEMORY_H
#define COMMON_JSON_MEMORY_H

/*
 * Has jansson use it, for the life of the process and from one thread alone.
 * First of all: not a value may be there yet. What jansson gives out is then
 * not for free(): text is written by protocol_dump(), never json_dumps().
 */
void json_memory_use(void);

#endif
