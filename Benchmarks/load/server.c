// The server behind the proxy: answers at once, checks what identity arrives, keeps event streams open, withholds answers on demand.
#define _GNU_SOURCE
#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum expectation expected;
uint64_t served, faults;
struct text *held;
size_t held_count, held_room;

static const char stream_start[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n"
    "45\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n\r\n";

static void fault(const char *what, char *request, size_t length) {
    if (!faults++) fprintf(stderr, "load: %s: %.*s\n", what, (int)(length < 300 ? length : 300), request);
}

static void check_envelope(char *request, size_t head) {
    static char last[32];
    size_t length;
    char *envelope = find_field(request, head, "txn-token:", &length);
    if (!envelope || length < 64) return fault("no envelope", request, head);
    // Its end is the signature's: a repeated one was not made for this request.
    if (!memcmp(envelope + length - sizeof last, last, sizeof last)) return fault("an envelope twice", request, head);
    memcpy(last, envelope + length - sizeof last, sizeof last);
}

static void check(char *request, size_t head) {
    size_t length;
    char *credential;
    bool inbound = expected != SWAPPED || memmem(request, head < 64 ? head : 64, " /mcp", 5);
    if (expected == NOTHING) return;
    credential = find_field(request, head, "authorization:", &length);
    if (inbound) {
        if (credential) fault("Authorization passed", request, head);
        if (expected != STRIPPED) check_envelope(request, head);
        return;
    }
    static const char right[] = "Bearer benchmark-credential";
    if (!credential || length != strlen(right) || memcmp(credential, right, length)) fault("wrong credential", request, head);
    if (find_field(request, head, "txn-token:", &length)) fault("envelope passed", request, head);
}

// A request for the tool `hold` is not answered; its envelope is kept for outbound calls.
static bool hold(char *request, struct message *message) {
    size_t length;
    if (held_count == held_room || !memmem(message->body, message->body_length, "\"hold\"", 6)) return false;
    char *envelope = find_field(request, message->head, "txn-token:", &length);
    if (!envelope) return false;
    held[held_count].bytes = malloc(length);
    held[held_count].length = length;
    memcpy(held[held_count++].bytes, envelope, length);
    return true;
}

static size_t answer(char *into) {
    return (size_t)sprintf(
        into, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", ANSWER_BODY, answer_body());
}

void serve(struct connection *connection) {
    static char out[BUFFER];
    size_t used = 0, filled = 0;
    struct message message;
    if (receive(connection) < 0) return drop(connection);
    while (parse_message(connection->buffer + used, connection->have - used, &message)) {
        char *request = connection->buffer + used;
        served++;
        check(request, message.head);
        if (!memcmp(request, "GET /mcp", 8)) {
            send_all(connection, stream_start, sizeof stream_start - 1);
        } else if (!hold(request, &message)) {
            if (filled + 512 > sizeof out) {
                send_all(connection, out, filled);
                filled = 0;
            }
            filled += answer(out + filled);
        }
        used += message.total;
    }
    if (filled) send_all(connection, out, filled);
    memmove(connection->buffer, connection->buffer + used, connection->have -= used);
    release(connection);
}
