/*
 * The walk goes from header to header and is told by a small state which
 * record types may come now:
 *
 *     BEGIN_REQUEST -> PARAMS ... -> empty PARAMS -> STDIN ... -> empty STDIN
 *
 * It starts at the beginning each time more has arrived: a request is mostly
 * one arrival, and a peer that drips has its deadline (http_connection.c).
 *
 * On the way the lengths of the name-value pairs in the PARAMS content are
 * added up, across records: libfcgi allocates what they say before it looks
 * whether that much follows.
 */
#include "fcgi/http_record.h"

#include <assert.h>
#include <fastcgi.h>

#include "fcgi/request.h"

struct header {
    unsigned type;
    uint16_t request_id;
    size_t content_bytes;
    size_t padding_bytes;
};

/* Where we are among name-value pairs: in lengths, or in what they count. */
struct pairs {
    unsigned char lengths[8]; /* name's and value's: 1 or 4 bytes each */
    size_t length_bytes;      /* of `lengths` that have been read */
    size_t to_skip;           /* rest of the current name and value */
    size_t total_bytes;       /* of all pairs that have begun */
};

struct walk {
    unsigned expected_type;
    struct http_record_request request;
    struct pairs pairs;
};

static bool header_read(const unsigned char *data, struct header *header_out)
{
    if (data[0] != FCGI_VERSION_1)
        return false;
    *header_out = (struct header){
        .type = data[1],
        .request_id = (uint16_t)(data[2] << 8 | data[3]),
        .content_bytes = (size_t)(data[4] << 8 | data[5]),
        .padding_bytes = data[6],
    };
    return true;
}

/* ---- name-value pairs ---- */

/* How many bytes the length that starts with `first` takes. */
static size_t length_size(unsigned char first)
{
    return (first & 0x80) != 0 ? 4 : 1;
}

static size_t length_value(const unsigned char *length)
{
    if (length_size(length[0]) == 1)
        return length[0];
    return (size_t)(length[0] & 0x7f) << 24 | (size_t)length[1] << 16 |
           (size_t)length[2] << 8 | length[3];
}

/* Whether both lengths have been read; if so they are taken over. */
static bool pairs_take_lengths(struct pairs *pairs)
{
    size_t name_size = length_size(pairs->lengths[0]);
    if (pairs->length_bytes <= name_size)
        return false;
    const unsigned char *value = pairs->lengths + name_size;
    if (pairs->length_bytes < name_size + length_size(value[0]))
        return false;
    pairs->to_skip = length_value(pairs->lengths) + length_value(value);
    pairs->total_bytes += pairs->length_bytes + pairs->to_skip;
    pairs->length_bytes = 0;
    return true;
}

/* Goes on with more content. False: the pairs say they are over the bound. */
static bool pairs_feed(struct pairs *pairs, const unsigned char *content,
                       size_t length)
{
    while (length > 0) {
        size_t taken = pairs->to_skip < length ? pairs->to_skip : length;
        pairs->to_skip -= taken;
        if (taken == 0) {
            pairs->lengths[pairs->length_bytes++] = *content;
            taken = 1;
            if (pairs_take_lengths(pairs) &&
                pairs->total_bytes > REQUEST_PARAMS_BYTES_MAX)
                return false;
        }
        content += taken;
        length -= taken;
    }
    return true;
}

static bool pairs_are_whole(const struct pairs *pairs)
{
    return pairs->to_skip == 0 && pairs->length_bytes == 0;
}

/* ---- one record; NEED_MORE means: go on with the next ---- */

static enum http_record_status take_begin(struct walk *walk,
                                          const struct header *header,
                                          const unsigned char *content)
{
    unsigned role = (unsigned)(content[0] << 8 | content[1]);
    if (header->request_id == FCGI_NULL_REQUEST_ID || role != FCGI_RESPONDER)
        return HTTP_RECORD_BAD;
    walk->request.request_id = header->request_id;
    walk->request.keep = (content[2] & FCGI_KEEP_CONN) != 0;
    walk->expected_type = FCGI_PARAMS;
    return HTTP_RECORD_NEED_MORE;
}

static enum http_record_status take_params(struct walk *walk,
                                           const struct header *header,
                                           const unsigned char *content)
{
    if (header->content_bytes > 0) {
        if (!pairs_feed(&walk->pairs, content, header->content_bytes))
            return HTTP_RECORD_TOO_LARGE;
        return HTTP_RECORD_NEED_MORE;
    }
    if (!pairs_are_whole(&walk->pairs))
        return HTTP_RECORD_BAD;
    walk->expected_type = FCGI_STDIN;
    return HTTP_RECORD_NEED_MORE;
}

static enum http_record_status take_stdin(struct walk *walk,
                                          const struct header *header)
{
    walk->request.body_bytes += header->content_bytes;
    return header->content_bytes > 0 ? HTTP_RECORD_NEED_MORE
                                     : HTTP_RECORD_WHOLE;
}

static enum http_record_status take_record(struct walk *walk,
                                           const struct header *header,
                                           const unsigned char *content)
{
    switch (walk->expected_type) {
    case FCGI_BEGIN_REQUEST:
        return take_begin(walk, header, content);
    case FCGI_PARAMS:
        return take_params(walk, header, content);
    default:
        return take_stdin(walk, header);
    }
}

/*
 * Whether this record may come now. libfcgi forgets the padding of the records
 * after which it turns to another type and would take it for a header; no
 * server pads them, as their lengths are multiples of 8.
 */
static bool header_fits(const struct walk *walk, const struct header *header)
{
    if (header->type != walk->expected_type)
        return false;
    if (header->type == FCGI_BEGIN_REQUEST)
        return header->content_bytes == sizeof(FCGI_BeginRequestBody) &&
               header->padding_bytes == 0;
    return header->request_id == walk->request.request_id &&
           (header->content_bytes > 0 || header->padding_bytes == 0);
}

enum http_record_status
http_record_walk(const unsigned char *data, size_t length,
                 struct http_record_request *request_out)
{
    struct walk walk = {.expected_type = FCGI_BEGIN_REQUEST};
    enum http_record_status status = HTTP_RECORD_NEED_MORE;
    size_t at = 0;
    while (status == HTTP_RECORD_NEED_MORE) {
        struct header header;
        if (length - at < FCGI_HEADER_LEN)
            return HTTP_RECORD_NEED_MORE;
        if (!header_read(data + at, &header) || !header_fits(&walk, &header))
            return HTTP_RECORD_BAD;
        size_t end =
            at + FCGI_HEADER_LEN + header.content_bytes + header.padding_bytes;
        if (end > HTTP_RECORD_REQUEST_BYTES_MAX)
            return HTTP_RECORD_TOO_LARGE;
        if (end > length)
            return HTTP_RECORD_NEED_MORE;
        status = take_record(&walk, &header, data + at + FCGI_HEADER_LEN);
        at = end;
    }
    if (status == HTTP_RECORD_WHOLE && at < length)
        return HTTP_RECORD_BAD;
    walk.request.length = at;
    if (status == HTTP_RECORD_WHOLE)
        *request_out = walk.request;
    return status;
}

void http_record_set_request_id(unsigned char *data, size_t length,
                                uint16_t request_id)
{
    while (length > 0) {
        struct header header;
        bool is_record =
            length >= FCGI_HEADER_LEN && header_read(data, &header);
        assert(is_record);
        size_t bytes =
            FCGI_HEADER_LEN + header.content_bytes + header.padding_bytes;
        assert(bytes <= length);
        data[2] = (unsigned char)(request_id >> 8);
        data[3] = (unsigned char)(request_id & 0xff);
        data += bytes;
        length -= bytes;
    }
}
