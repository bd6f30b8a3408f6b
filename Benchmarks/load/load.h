// What the parts of the load generator share. One process, one thread, one epoll loop: it drives the proxy under test and, in the
// same loop, plays the server behind it, so that nothing but the proxy runs on the other core.
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

enum kind { LISTENER, SERVER_SIDE, CLIENT_SIDE, HOLDER };

// One socket. `buffer` holds what has arrived and was not used yet.
struct connection {
    int fd;
    enum kind kind;
    SSL *ssl;
    char *buffer;
    size_t have;
    size_t next;        // CLIENT_SIDE: the request that it sends next
    uint64_t sent_at;   // CLIENT_SIDE: nanoseconds; in a fixed rate the moment at which it was due
    bool waiting;       // CLIENT_SIDE: an answer is outstanding
    bool handshaken;
};

// What the server side demands of each request.
enum expectation {
    NOTHING,
    STRIPPED,           // no Authorization
    ENVELOPE,           // no Authorization, and a Txn-Token that differs from the one before
    SWAPPED,            // under /mcp like ENVELOPE; elsewhere `Authorization: Bearer benchmark-credential` and no Txn-Token
};

enum { BUFFER = 65536, ANSWER_BODY = 300 };

// A message's parts, where it is complete.
struct message {
    size_t head, total;
    int status;
    char *body;         // of `body_length` bytes; where it is chunked, only the length on the wire is known
    size_t body_length;
    bool chunked;
};

struct text { char *bytes; size_t length; };

// message.c
bool parse_message(char *bytes, size_t have, struct message *message);
char *find_field(char *bytes, size_t head, const char *name, size_t *length);
const char *answer_body(void);
size_t chunked_body(char *bytes, size_t length, char *into, size_t room);

// server.c
extern enum expectation expected;
extern uint64_t served, faults;
extern struct text *held;
extern size_t held_count, held_room;
void serve(struct connection *connection);

// net.c
extern int poll_set;
extern SSL_CTX *client_tls;
extern bool frugal;
uint64_t now(void);
int listen_on(int port);
struct connection *adopt(int fd, enum kind kind);
struct connection *dial(int port, enum kind kind);
void drop(struct connection *connection);
void accept_all(struct connection *listener);
bool handshake(struct connection *connection);
bool send_all(struct connection *connection, const char *bytes, size_t length);
long receive(struct connection *connection);
void release(struct connection *connection);
struct text *read_requests(const char *path, size_t *count);
_Noreturn void fail(const char *what);

#endif
