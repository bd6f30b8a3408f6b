// As much of HTTP/1.1 as both sides need: heads, Content-Length, chunks.
#define _GNU_SOURCE
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// The value of the first field with this name (lower case, with its colon), or NULL.
char *find_field(char *bytes, size_t head, const char *name, size_t *length) {
    size_t named = strlen(name);
    for (char *line = memchr(bytes, '\n', head); line && ++line < bytes + head; line = memchr(line, '\n', (size_t)(bytes + head - line))) {
        if (strncasecmp(line, name, named)) continue;
        char *value = line + named;
        while (*value == ' ') value++;
        char *end = memchr(value, '\r', (size_t)(bytes + head - value));
        *length = end ? (size_t)(end - value) : 0;
        return value;
    }
    return NULL;
}

// The body's bytes on the wire up to the last chunk's end, or 0 where it is not there yet.
static size_t chunks_end(char *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        char *line = memmem(bytes + at, length - at, "\r\n", 2);
        if (!line) return 0;
        size_t size = strtoul(bytes + at, NULL, 16);
        at = (size_t)(line - bytes) + 2 + size + 2;
        if (!size) return at <= length ? at : 0;
    }
    return 0;
}

bool parse_message(char *bytes, size_t have, struct message *message) {
    char *end = memmem(bytes, have, "\r\n\r\n", 4);
    if (!end) return false;
    size_t head = (size_t)(end - bytes) + 4, length = 0;
    *message = (struct message){.head = head, .body = bytes + head, .status = have > 12 ? atoi(bytes + 9) : 0};
    char *value = find_field(bytes, head, "content-length:", &length);
    if (value) {
        message->body_length = strtoul(value, NULL, 10);
    } else if (find_field(bytes, head, "transfer-encoding:", &length)) {
        message->chunked = true;
        message->body_length = chunks_end(bytes + head, have - head);
        if (!message->body_length) return false;
    }
    message->total = head + message->body_length;
    return message->total <= have;
}

// Puts the chunks of a complete body together; its length, at most `room`.
size_t chunked_body(char *bytes, size_t length, char *into, size_t room) {
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        char *line = memmem(bytes + at, length - at, "\r\n", 2);
        size_t size = strtoul(bytes + at, NULL, 16);
        if (!line || !size || used + size > room) break;
        memcpy(into + used, line + 2, size);
        used += size;
        at = (size_t)(line - bytes) + 2 + size + 2;
    }
    return used;
}

// The one answer that the server side gives, and that the client side compares byte by byte.
const char *answer_body(void) {
    static char body[ANSWER_BODY + 1];
    if (!*body) {
        const char *start = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"", *end = "\"}]}}";
        memset(body, 'x', ANSWER_BODY);
        memcpy(body, start, strlen(start));
        memcpy(body + ANSWER_BODY - strlen(end), end, strlen(end));
    }
    return body;
}
