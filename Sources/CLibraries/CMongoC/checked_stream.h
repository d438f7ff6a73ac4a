#pragma once
#include <errno.h>
#include <mongoc/mongoc.h>

// Left out from 1.24 on: since then the library itself looks whether the lengths in a message fit before it reads it
// (mcd_rpc_message_from_data_in_place), and what follows leans on functions that 1.23 exports for its own tests.
#if MONGOC_CHECK_VERSION(1, 24, 0)

static inline void cmongoc_check_replies(mongoc_client_t *client) { (void)client; }
static inline void cmongoc_check_monitoring(mongoc_client_pool_t *pool, mongoc_client_t *like) {
    (void)pool;
    (void)like;
}

#else

#include "reply_check.h"

// A stream of libmongoc around another one, which hands on whole replies that are well formed and breaks at the first
// that is not.

typedef struct {
    mongoc_stream_t stream;
    /// The stream that this one owns, and the one that it reads from: itself, or what it is based on.
    mongoc_stream_t *base, *source;
    uint8_t *message;
    size_t capacity;
    /// How long the message is, and how much of it was handed on.
    size_t length, given;
    bool is_broken;
} cmongoc_checked_stream;

static inline cmongoc_checked_stream *cmongoc_checked(mongoc_stream_t *stream) {
    return (cmongoc_checked_stream *)stream;
}

static inline bool cmongoc_read_all(cmongoc_checked_stream *checked, size_t from, size_t to, int32_t timeout) {
    if (to > checked->capacity) {
        // Replies of long lists have about the same length.
        checked->message = bson_realloc(checked->message, to);
        checked->capacity = to;
    }
    return mongoc_stream_read(checked->source, checked->message + from, to - from, to - from, timeout)
        == (ssize_t)(to - from);
}

/// Reads the next message whole.
static inline bool cmongoc_next_message(cmongoc_checked_stream *checked, int32_t timeout) {
    checked->length = checked->given = 0;
    if (checked->is_broken) {
        errno = EBADMSG;
        return false;
    }
    if (!cmongoc_read_all(checked, 0, cmongoc_header, timeout)) return false;
    bool is_good = cmongoc_has_length(checked->message);
    if (is_good) {
        size_t length = (size_t)cmongoc_int32(checked->message);
        if (!cmongoc_read_all(checked, cmongoc_header, length, timeout)) return false;
        is_good = cmongoc_is_reply(checked->message);
        if (is_good) checked->length = length;
    }
    if (!is_good) {
        checked->is_broken = true;
        mongoc_log(MONGOC_LOG_LEVEL_ERROR, "reply", "the server sent a malformed reply; the connection is closed");
        errno = EBADMSG;
    }
    return is_good;
}

static ssize_t cmongoc_checked_readv(
    mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, size_t least, int32_t timeout) {
    cmongoc_checked_stream *checked = cmongoc_checked(stream);
    size_t total = 0;
    for (size_t index = 0; index < count; index++) {
        for (size_t filled = 0; filled < iov[index].iov_len;) {
            if (checked->given == checked->length) {
                if (total > 0 && total >= least) return (ssize_t)total;
                if (!cmongoc_next_message(checked, timeout)) return -1;
            }
            size_t part = checked->length - checked->given;
            if (part > iov[index].iov_len - filled) part = iov[index].iov_len - filled;
            memcpy((uint8_t *)iov[index].iov_base + filled, checked->message + checked->given, part);
            checked->given += part;
            filled += part;
            total += part;
        }
    }
    return (ssize_t)total;
}

static ssize_t cmongoc_checked_writev(mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, int32_t timeout) {
    return mongoc_stream_writev(cmongoc_checked(stream)->base, iov, count, timeout);
}

static void cmongoc_checked_destroy(mongoc_stream_t *stream) {
    mongoc_stream_destroy(cmongoc_checked(stream)->base);
    bson_free(cmongoc_checked(stream)->message);
    bson_free(stream);
}

static void cmongoc_checked_failed(mongoc_stream_t *stream) {
    mongoc_stream_failed(cmongoc_checked(stream)->base);
    bson_free(cmongoc_checked(stream)->message);
    bson_free(stream);
}

static int cmongoc_checked_close(mongoc_stream_t *stream) { return mongoc_stream_close(cmongoc_checked(stream)->base); }
static int cmongoc_checked_flush(mongoc_stream_t *stream) { return mongoc_stream_flush(cmongoc_checked(stream)->base); }

static int cmongoc_checked_setsockopt(
    mongoc_stream_t *stream, int level, int name, void *value, mongoc_socklen_t length) {
    return mongoc_stream_setsockopt(cmongoc_checked(stream)->base, level, name, value, length);
}

static mongoc_stream_t *cmongoc_checked_base(mongoc_stream_t *stream) { return cmongoc_checked(stream)->base; }

static bool cmongoc_checked_check_closed(mongoc_stream_t *stream) {
    return cmongoc_checked(stream)->is_broken || mongoc_stream_check_closed(cmongoc_checked(stream)->base);
}

static bool cmongoc_checked_timed_out(mongoc_stream_t *stream) {
    return mongoc_stream_timed_out(cmongoc_checked(stream)->base);
}

static bool cmongoc_checked_should_retry(mongoc_stream_t *stream) {
    return mongoc_stream_should_retry(cmongoc_checked(stream)->base);
}

/// Takes over `base`, and reads from `source`.
static inline mongoc_stream_t *cmongoc_checked_new(mongoc_stream_t *base, mongoc_stream_t *source) {
    cmongoc_checked_stream *checked = bson_malloc0(sizeof *checked);
    checked->base = base;
    checked->source = source;
    // The library's own kinds have small numbers.
    checked->stream.type = 0x6a73;
    checked->stream.destroy = cmongoc_checked_destroy;
    checked->stream.failed = cmongoc_checked_failed;
    checked->stream.close = cmongoc_checked_close;
    checked->stream.flush = cmongoc_checked_flush;
    checked->stream.writev = cmongoc_checked_writev;
    checked->stream.readv = cmongoc_checked_readv;
    checked->stream.setsockopt = cmongoc_checked_setsockopt;
    checked->stream.get_base_stream = cmongoc_checked_base;
    checked->stream.check_closed = cmongoc_checked_check_closed;
    checked->stream.timed_out = cmongoc_checked_timed_out;
    checked->stream.should_retry = cmongoc_checked_should_retry;
    return &checked->stream;
}

/// What the library does unless it is told otherwise (in its 1.23 exported, but in no public header).
mongoc_stream_t *mongoc_client_default_stream_initiator(
    const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client, bson_error_t *error);

static mongoc_stream_t *cmongoc_checked_initiator(
    const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client, bson_error_t *error) {
    mongoc_stream_t *stream = mongoc_client_default_stream_initiator(uri, host, client, error);
    return stream ? cmongoc_checked_new(stream, stream) : NULL;
}

/// Lets a client use checked streams for all connections that it makes from now on.
static inline void cmongoc_check_replies(mongoc_client_t *client) {
    mongoc_client_set_stream_initiator(client, cmongoc_checked_initiator, client);
}

/// The monitoring waits for its socket to have something to read, so that nothing may lie in a buffer above that.
static mongoc_stream_t *cmongoc_checked_unbuffered_initiator(
    const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client, bson_error_t *error) {
    mongoc_stream_t *stream = mongoc_client_default_stream_initiator(uri, host, client, error);
    if (!stream) return NULL;
    mongoc_stream_t *source = mongoc_stream_get_base_stream(stream);
    return cmongoc_checked_new(stream, source ? source : stream);
}

/// Exported by the library's 1.23 for its own tests.
void _mongoc_client_pool_set_stream_initiator(
    mongoc_client_pool_t *pool, mongoc_stream_initiator_t initiator, void *user_data);

/// Lets the monitoring of a pool use checked streams; before the first client is taken.
/// - like: a client of the same URI, which outlives the pool and is used for nothing else.
static inline void cmongoc_check_monitoring(mongoc_client_pool_t *pool, mongoc_client_t *like) {
    _mongoc_client_pool_set_stream_initiator(pool, cmongoc_checked_unbuffered_initiator, like);
}

#endif
