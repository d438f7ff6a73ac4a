#pragma once
#include <mongoc/mongoc.h>
#include "checked_stream.h"

// Swift cannot hold a bson_t, which is aligned to 128 bytes: documents cross this border as their bytes.

/// Takes the bytes out of a reply, which every call initialises, whether it succeeds or fails. The caller frees them
/// with bson_free.
static inline void cmongoc_take(bson_t *reply, uint8_t **bytes, uint32_t *length) {
    *bytes = bson_destroy_with_steal(reply, true, length);
}

/// Runs a command on the primary, in `session` if that is not null; the library retries it once where the server's
/// rules for retryable reads and writes allow that.
static inline bool cmongoc_run(
    mongoc_client_t *client, mongoc_client_session_t *session, bool writes, const char *database,
    const uint8_t *command, size_t command_length, uint8_t **reply, uint32_t *reply_length, bson_error_t *error) {
    bson_t document, opts = BSON_INITIALIZER, answer = BSON_INITIALIZER;
    bool ok = bson_init_static(&document, command, command_length);
    if (!ok) bson_set_error(error, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, "a command is no BSON document");
    if (ok && session) ok = mongoc_client_session_append(session, &opts, error);
    if (ok) {
        bson_destroy(&answer);
        ok = writes
            ? mongoc_client_write_command_with_opts(client, database, &document, &opts, &answer, error)
            : mongoc_client_read_command_with_opts(client, database, &document, NULL, &opts, &answer, error);
    }
    bson_destroy(&opts);
    cmongoc_take(&answer, reply, reply_length);
    return ok;
}

static inline bool cmongoc_commit(
    mongoc_client_session_t *session, uint8_t **reply, uint32_t *reply_length, bson_error_t *error) {
    bson_t answer;
    bool ok = mongoc_client_session_commit_transaction(session, &answer, error);
    cmongoc_take(&answer, reply, reply_length);
    return ok;
}

static inline const char *cmongoc_message(const bson_error_t *error) { return error->message; }

/// The id of a session: a document with a UUID, which lives as long as the session.
static inline const uint8_t *cmongoc_session_id(const mongoc_client_session_t *session, uint32_t *length) {
    const bson_t *id = mongoc_client_session_get_lsid(session);
    *length = id->len;
    return bson_get_data(id);
}

/// Host and port of a server, as long as its description lives.
static inline const char *cmongoc_address(const mongoc_server_description_t *server) {
    const mongoc_host_list_t *host = mongoc_server_description_host(server);
    return host ? host->host_and_port : NULL;
}
