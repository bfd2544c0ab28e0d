/*
 * Each piece has its block's address before it. Blocks are the kernel's, not
 * malloc()'s: there they would leave holes between what lives long. What is
 * too large to be cut off has a block of its own, of which it is the only
 * piece; that one is malloc()'s.
 */
#include "common/json_memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    BLOCK_BYTES = 64 * 1024,
    PIECE_BYTES_MAX = 4 * 1024, /* so a block's end is a sixteenth at most */
    PIECE_ALIGNMENT = 8,        /* pointers, 64-bit numbers, doubles */
    SPARE_BLOCKS_MAX = 128,     /* a large batch and its reply */
};

struct block {
    size_t used_bytes; /* of what follows the header */
    size_t piece_count;
    bool for_one; /* of any size: for one piece, then to be freed */
    struct block *next_spare;
    char pieces[];
};

enum { PIECES_BYTES = BLOCK_BYTES - sizeof(struct block) };

struct piece {
    struct block *block;
    char bytes[];
};

/* jansson knows one allocator per process, which has no context. */
static struct {
    struct block *open; /* pieces are cut off it */
    struct block *spare;
    size_t spare_count;
} memory;

/* An empty block; NULL: no memory. */
static struct block *map_block(void)
{
    struct block *block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return block != MAP_FAILED ? block : NULL; /* it is all zeros */
}

/* The same for one piece of any size. */
static struct block *new_block_for_one(size_t bytes)
{
    struct block *block = malloc(sizeof(*block) + bytes);

    if (block != NULL)
        *block = (struct block){.for_one = true};
    return block;
}

/* Opens an empty block; NULL: no memory. */
static struct block *open_block(void)
{
    struct block *block = memory.spare;

    if (block == NULL) {
        block = map_block();
    } else {
        memory.spare = block->next_spare;
        memory.spare_count--;
    }
    memory.open = block;
    return block;
}

static void keep_spare(struct block *block)
{
    if (memory.spare_count == SPARE_BLOCKS_MAX) {
        munmap(block, BLOCK_BYTES);
        return;
    }
    block->next_spare = memory.spare;
    memory.spare = block;
    memory.spare_count++;
}

static void drop_spare(void)
{
    struct block *block = memory.spare;

    if (block == NULL)
        return;
    memory.spare = block->next_spare;
    memory.spare_count--;
    munmap(block, BLOCK_BYTES);
}

/*
 * The last piece of `block` has gone. If it is the open one, a message is
 * done with: then one spare goes back, so that under load nearly all are kept
 * and in a calm none.
 */
static void release_block(struct block *block)
{
    block->used_bytes = 0;
    if (block->for_one)
        free(block);
    else if (block == memory.open)
        drop_spare();
    else
        keep_spare(block);
}

static struct piece *cut_piece(struct block *block, size_t bytes)
{
    struct piece *piece = (struct piece *)(block->pieces + block->used_bytes);

    block->used_bytes += bytes;
    block->piece_count++;
    piece->block = block;
    return piece;
}

static void *allocate(size_t bytes)
{
    struct block *block = memory.open;

    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes += sizeof(struct piece) + PIECE_ALIGNMENT - 1;
    bytes -= bytes % PIECE_ALIGNMENT;
    if (bytes > PIECE_BYTES_MAX)
        block = new_block_for_one(bytes);
    else if (block == NULL || block->used_bytes + bytes > PIECES_BYTES)
        block = open_block();
    return block != NULL ? cut_piece(block, bytes)->bytes : NULL;
}

static void release(void *bytes)
{
    if (bytes == NULL)
        return;
    struct piece *piece =
        (struct piece *)((char *)bytes - offsetof(struct piece, bytes));
    if (--piece->block->piece_count == 0)
        release_block(piece->block);
}

void json_memory_use(void)
{
    json_set_alloc_funcs(allocate, release);
}
