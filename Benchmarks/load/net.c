// Sockets, with or without TLS, and the files that requests come from.
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int poll_set;
SSL_CTX *client_tls;
bool frugal;

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = loopback(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) fail("listen");
    return fd;
}

struct connection *adopt(int fd, enum kind kind) {
    struct connection *connection = calloc(1, sizeof *connection);
    int one = 1;
    *connection = (struct connection){.fd = fd, .kind = kind};
    if (kind != LISTENER) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poll_set, EPOLL_CTL_ADD, fd, &event)) fail("epoll");
    return connection;
}

struct connection *dial(int port, enum kind kind) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct connection *connection = adopt(fd, kind);
    if (client_tls) {
        connection->ssl = SSL_new(client_tls);
        SSL_set_fd(connection->ssl, fd);
        SSL_set_connect_state(connection->ssl);
    } else {
        connection->handshaken = true;
    }
    return connection;
}

void drop(struct connection *connection) {
    if (connection->ssl) {
        SSL_shutdown(connection->ssl);
        SSL_free(connection->ssl);
    }
    close(connection->fd);
    free(connection->buffer);
    free(connection);
}

void accept_all(struct connection *listener) {
    int fd;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) adopt(fd, SERVER_SIDE);
}

// Whether the handshake is done; it is taken a step further each time something arrives.
bool handshake(struct connection *connection) {
    if (connection->handshaken) return true;
    int result = SSL_do_handshake(connection->ssl);
    if (result == 1) return connection->handshaken = true;
    int reason = SSL_get_error(connection->ssl, result);
    if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
        fprintf(stderr, "load: TLS handshake failed\n");
        exit(1);
    }
    return false;
}

// Messages are far smaller than a socket's buffer: waiting for room is the rare case.
bool send_all(struct connection *connection, const char *bytes, size_t length) {
    while (length) {
        long sent = connection->ssl ? SSL_write(connection->ssl, bytes, (int)length)
                                    : send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
            continue;
        }
        bool full = connection->ssl ? SSL_get_error(connection->ssl, (int)sent) == SSL_ERROR_WANT_WRITE
                                    : errno == EAGAIN;
        if (!full) return false;
        struct pollfd wait = {.fd = connection->fd, .events = POLLOUT};
        poll(&wait, 1, 10);
    }
    return true;
}

// Bytes that arrived, 0 when there are none yet, -1 at the end.
long receive(struct connection *connection) {
    if (!connection->buffer) connection->buffer = malloc(BUFFER);
    long before = (long)connection->have;
    while (connection->have < BUFFER) {
        char *into = connection->buffer + connection->have;
        size_t room = BUFFER - connection->have;
        long count = connection->ssl ? SSL_read(connection->ssl, into, (int)room)
                                     : recv(connection->fd, into, room, 0);
        if (count > 0) {
            connection->have += (size_t)count;
            // A plain read that did not fill the buffer took all that there was.
            if (!connection->ssl) break;
            continue;
        }
        bool empty = connection->ssl ? SSL_get_error(connection->ssl, (int)count) == SSL_ERROR_WANT_READ
                                     : count < 0 && errno == EAGAIN;
        if (empty) break;
        return (long)connection->have > before ? (long)connection->have - before : -1;
    }
    return (long)connection->have - before;
}

// Thousands of idle streams would otherwise hold a buffer each.
void release(struct connection *connection) {
    if (!frugal || connection->have) return;
    free(connection->buffer);
    connection->buffer = NULL;
}

// Reads a file of requests, each after its length in four bytes, little-endian.
struct text *read_requests(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    struct text *requests = NULL;
    uint32_t length;
    for (*count = 0; fread(&length, 4, 1, file) == 1; ++*count) {
        if ((*count & (*count - 1)) == 0) requests = realloc(requests, sizeof *requests * (*count ? *count * 2 : 1));
        requests[*count] = (struct text){malloc(length), length};
        if (fread(requests[*count].bytes, 1, length, file) != length) fail(path);
    }
    fclose(file);
    if (!*count) fail("no requests");
    return requests;
}
