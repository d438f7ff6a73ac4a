#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Whether a reply is well formed (MongoDB wire protocol, bsonspec.org): every length in it fits, every text ends with
// NUL, and it is not nested deeper than servers nest. libmongoc takes that for granted.

enum { cmongoc_deepest = 180, cmongoc_header = 16, cmongoc_longest = 48000000 + cmongoc_header };

static inline int64_t cmongoc_int32(const uint8_t *at) {
    return (int32_t)((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
}

/// The number of bytes up to and with the NUL; 0 if there is none.
static inline size_t cmongoc_text(const uint8_t *at, size_t rest) {
    const uint8_t *end = memchr(at, 0, rest);
    return end ? (size_t)(end - at) + 1 : 0;
}

/// The number of bytes of a value that starts with its count, 0 if it does not fit.
/// - extra: the bytes that do not count themselves; least: the lowest count.
static inline size_t cmongoc_counted(const uint8_t *at, size_t rest, int64_t extra, int64_t least) {
    if (rest < 4) return 0;
    int64_t count = cmongoc_int32(at);
    return count >= least && count + extra <= (int64_t)rest ? (size_t)(count + extra) : 0;
}

/// A text with its count, whose last byte is NUL; its number of bytes or 0.
static inline size_t cmongoc_string(const uint8_t *at, size_t rest) {
    size_t length = cmongoc_counted(at, rest, 4, 1);
    return length && at[length - 1] == 0 ? length : 0;
}

/// A document at the start of `rest` bytes: its number of bytes, or 0 if it is malformed.
static inline size_t cmongoc_document(const uint8_t *at, size_t rest) {
    // Where the documents end that are open, from the outermost on.
    const uint8_t *ends[cmongoc_deepest];
    int depth = 0;
    size_t whole = cmongoc_counted(at, rest, 0, 5);
    if (!whole || at[whole - 1] != 0) return 0;
    const uint8_t *next = at + 4;
    ends[0] = at + whole - 1;
    while (depth >= 0) {
        if (next == ends[depth]) {
            next++;
            depth--;
            continue;
        }
        uint8_t type = *next++;
        size_t left = (size_t)(ends[depth] - next);
        size_t length = cmongoc_text(next, left);
        if (!length) return 0;
        next += length;
        left -= length;
        switch (type) {
        case 0x06: case 0x0a: case 0x7f: case 0xff: continue;
        case 0x08:
            if (left < 1 || *next > 1) return 0;
            length = 1;
            break;
        case 0x10: length = 4; break;
        case 0x01: case 0x09: case 0x11: case 0x12: length = 8; break;
        case 0x07: length = 12; break;
        case 0x13: length = 16; break;
        case 0x02: case 0x0d: case 0x0e: length = cmongoc_string(next, left); break;
        case 0x05: length = cmongoc_counted(next, left, 5, 0); break;
        case 0x0b: {
            size_t pattern = cmongoc_text(next, left);
            size_t options = pattern ? cmongoc_text(next + pattern, left - pattern) : 0;
            length = options ? pattern + options : 0;
            break;
        }
        case 0x03: case 0x04:
            length = cmongoc_counted(next, left, 0, 5);
            if (!length || next[length - 1] != 0 || ++depth == cmongoc_deepest) return 0;
            ends[depth] = next + length - 1;
            next += 4;
            continue;
        // Code with scope and references are in no reply.
        default: return 0;
        }
        if (!length || length > left) return 0;
        next += length;
    }
    return whole;
}

/// Whether the documents from `at` on fill `rest` bytes.
static inline bool cmongoc_documents(const uint8_t *at, size_t rest) {
    while (rest) {
        size_t length = cmongoc_document(at, rest);
        if (!length) return false;
        at += length;
        rest -= length;
    }
    return true;
}

/// Whether the length of a message is one that a server may send; `header` has 16 bytes.
static inline bool cmongoc_has_length(const uint8_t *header) {
    int64_t length = cmongoc_int32(header);
    return length > cmongoc_header && length <= cmongoc_longest;
}

/// Whether a whole message is a reply: OP_MSG with one document, or the older OP_REPLY. Compressed ones are never asked
/// for.
static inline bool cmongoc_is_reply(const uint8_t *message) {
    size_t rest = (size_t)cmongoc_int32(message) - cmongoc_header;
    const uint8_t *at = message + cmongoc_header;
    switch (cmongoc_int32(message + 12)) {
    case 2013: {
        if (rest < 5) return false;
        bool has_checksum = at[0] & 1;
        at += 4;
        rest -= 4;
        if (has_checksum) {
            if (rest < 5) return false;
            rest -= 4;
        }
        return at[0] == 0 && cmongoc_document(at + 1, rest - 1) == rest - 1;
    }
    case 1:
        return rest > 20 && cmongoc_int32(at + 16) >= 1 && cmongoc_documents(at + 20, rest - 20);
    default:
        return false;
    }
}
