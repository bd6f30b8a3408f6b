// load: requests to a proxy, and the server behind it, in one thread.
//
//   load run --target PORT [--server PORT] --requests FILE [options]     requests, each answer compared byte by byte
//   load streams --target PORT --server PORT --requests FILE --connections N     event streams, held until standard input ends
//   load server --server PORT [--expect WHAT]                            the server alone, until standard input ends
//
//   --connections N     kept-alive connections, one outstanding request each (64)
//   --warm-up SECONDS, --warm-up-requests N     before `measuring` is printed and the figures begin
//   --seconds S, --count N     how long, or how many requests in all
//   --rate R            requests per second; latency then counts from the moment at which a request was due
//   --expect WHAT       what the server side demands: nothing, stripped, envelope, swapped
//   --hold FILE --hold-target PORT     first these requests, left unanswered; `{envelope}` in FILE's requests is then what came with them
//   --tls               toward the target, TLS 1.3 without checking its certificate; --fresh: a connection for each request
#define _GNU_SOURCE
#include "load.h"
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BUCKETS = 2000000 }; // of one microsecond
static const uint64_t patience = 30000000000u; // nanoseconds without any answer
static uint32_t histogram[BUCKETS];
static struct { int target, server, hold_target; size_t connections, warm_up_requests, count; double warm_up, seconds, rate;
                const char *requests, *hold; bool tls, fresh; } options = {.connections = 64, .seconds = 3};
static struct text *requests;
static size_t request_count, next_request, fired, done, wrong, broken, late, open_streams;
static bool firing = true, streams;

static void fire(struct connection *connection, uint64_t at) {
    struct text *request = &requests[connection->next];
    connection->next = next_request++ % request_count;
    connection->sent_at = at;
    connection->waiting = true;
    fired++;
    if (!send_all(connection, request->bytes, request->length)) broken++;
}

static void complain(size_t *counter, const char *what, struct connection *connection) {
    if (!(*counter)++) fprintf(stderr, "load: %s: %.*s\n", what, (int)(connection->have < 600 ? connection->have : 600),
                               connection->buffer ? connection->buffer : "");
}

static bool right_answer(struct message *message) {
    char body[ANSWER_BODY];
    char *bytes = message->body;
    size_t length = message->body_length;
    if (message->chunked) length = chunked_body(bytes, length, body, sizeof body), bytes = body;
    return message->status == 200 && length == ANSWER_BODY && !memcmp(bytes, answer_body(), length);
}

static bool may_fire(void) { return firing && options.rate == 0 && (!options.count || fired < options.count); }

static void answered(struct connection *connection) {
    struct message message;
    if (!parse_message(connection->buffer, connection->have, &message)) return;
    if (!connection->waiting || !right_answer(&message)) complain(&wrong, "wrong answer", connection);
    uint64_t at = now(), took = (at - connection->sent_at) / 1000;
    histogram[took < BUCKETS ? took : BUCKETS - 1]++;
    done++;
    connection->have = 0;
    connection->waiting = false;
    if (options.fresh) {
        drop(connection);
        if (!may_fire()) return;
        uint64_t start = now();
        connection = dial(options.target, CLIENT_SIDE);
        connection->next = next_request++ % request_count;
        connection->sent_at = start;
        if (handshake(connection)) fire(connection, start);
    } else if (may_fire()) {
        fire(connection, at);
    }
}

static void client(struct connection *connection) {
    if (!connection->handshaken) {
        if (!handshake(connection)) return;
        if (options.fresh) fire(connection, connection->sent_at);
        else if (may_fire()) fire(connection, now());
    }
    if (receive(connection) < 0) {
        complain(&broken, "connection closed", connection);
        drop(connection);
        return;
    }
    if (!streams) return answered(connection);
    if (!connection->have) return;
    struct message head;
    parse_message(connection->buffer, connection->have, &head);
    if (!memmem(connection->buffer, connection->have, "list_changed", 12)) return;
    if (head.status != 200) complain(&wrong, "no stream", connection);
    open_streams++;
    connection->have = 0;
    release(connection);
}

static void turn(int wait) {
    static struct epoll_event events[256];
    int count = epoll_wait(poll_set, events, 256, wait);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        switch (connection->kind) {
        case LISTENER: accept_all(connection); break;
        case SERVER_SIDE: serve(connection); break;
        case CLIENT_SIDE: client(connection); break;
        case HOLDER: // an answer here is a refusal: the server side keeps silent
            if (receive(connection)) complain(&broken, "a held request ended", connection), drop(connection);
        }
    }
}

// Opens the requests whose answers the server withholds, and writes their envelopes into the requests to come.
static void prepare_held(void) {
    struct text *holding = read_requests(options.hold, &held_room);
    SSL_CTX *tls = client_tls;
    client_tls = NULL;
    held = calloc(held_room, sizeof *held);
    for (size_t i = 0; i < held_room; i++) {
        struct connection *connection = dial(options.hold_target, HOLDER);
        send_all(connection, holding[i].bytes, holding[i].length);
    }
    client_tls = tls;
    for (uint64_t end = now() + 10000000000u; held_count < held_room && !broken && now() < end;) turn(10);
    if (held_count < held_room) exit((fprintf(stderr, "load: only %zu requests are held\n", held_count), 1));
    char *place = memmem(requests->bytes, requests->length, "{envelope}", 10);
    if (!place) fail("no {envelope}");
    size_t before = (size_t)(place - requests->bytes), after = requests->length - before - 10;
    struct text *made = calloc(held_count, sizeof *made);
    for (size_t i = 0; i < held_count; i++) {
        made[i].length = before + held[i].length + after;
        made[i].bytes = malloc(made[i].length);
        memcpy(made[i].bytes, requests->bytes, before);
        memcpy(made[i].bytes + before, held[i].bytes, held[i].length);
        memcpy(made[i].bytes + before + held[i].length, place + 10, after);
    }
    requests = made;
    request_count = held_count;
}

static struct connection **dial_all(void) {
    struct connection **all = calloc(options.connections, sizeof *all);
    for (size_t i = 0; i < options.connections; i++) {
        all[i] = dial(options.target, CLIENT_SIDE);
        all[i]->next = next_request++ % request_count;
        if (handshake(all[i]) && (streams || may_fire())) fire(all[i], now());
        // The proxy's queue of connections to accept has an end.
        if (i % 64 == 63) turn(0);
    }
    return all;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(double seconds, size_t measured, double cpu) {
    double shares[] = {.5, .9, .99, .999};
    size_t total = 0, values[4] = {0}, sum = 0, next = 0;
    for (size_t i = 0; i < BUCKETS; i++) total += histogram[i];
    for (size_t i = 0; i < BUCKETS && next < 4; i++)
        for (sum += histogram[i]; next < 4 && (double)sum >= shares[next] * (double)total; next++) values[next] = i;
    printf("{\"requests\":%zu,\"seconds\":%.4f,\"wrong\":%zu,\"broken\":%zu,\"late\":%zu,\"served\":%lu,\"faults\":%lu,"
           "\"p50\":%zu,\"p90\":%zu,\"p99\":%zu,\"p999\":%zu,\"cpu\":%.4f}\n",
           measured, seconds, wrong, broken, late, served, faults, values[0], values[1], values[2], values[3], cpu);
}

static void run(void) {
    requests = read_requests(options.requests, &request_count);
    if (options.hold) prepare_held();
    bool measuring = options.warm_up == 0 && options.warm_up_requests == 0;
    uint64_t start = now(), end = start + (uint64_t)(options.seconds * 1e9), due = start;
    struct connection **all = dial_all();
    size_t before = 0, turn_of = 0, progress = 0;
    uint64_t progressed = start;
    double cpu = 0;
    if (measuring) puts("measuring"), fflush(stdout);
    for (;;) {
        turn(0);
        uint64_t at = now();
        if (!measuring && done >= options.warm_up_requests && (double)(at - start) >= options.warm_up * 1e9) {
            measuring = true;
            puts("measuring"), fflush(stdout);
            memset(histogram, 0, sizeof histogram);
            start = now(), end = start + (uint64_t)(options.seconds * 1e9), before = done, cpu = cpu_seconds();
        }
        while (options.rate > 0 && firing && due <= at) {
            size_t tried = 0;
            for (; tried < options.connections && (all[turn_of]->waiting || !all[turn_of]->handshaken); tried++) turn_of = (turn_of + 1) % options.connections;
            if (tried == options.connections) { late++; break; }
            fire(all[turn_of], due);
            due += (uint64_t)(1e9 / options.rate);
        }
        if (done != progress) progress = done, progressed = at;
        if (at > progressed + patience) fputs("load: no answer for 30 s\n", stderr), broken++;
        if (broken || wrong) break;
        if (options.count) {
            if (done >= options.count) break;
        } else if (measuring && at >= end) {
            break;
        }
    }
    // What is still under way is not counted: the figures are those of the span.
    report((double)(now() - start) / 1e9, done - before, cpu_seconds() - cpu);
}

static void hold_streams(void) {
    frugal = streams = true;
    requests = read_requests(options.requests, &request_count);
    dial_all();
    for (uint64_t end = now() + 60000000000u; open_streams < options.connections && !broken && !wrong && now() < end;) turn(10);
    printf("{\"streams\":%zu,\"broken\":%zu,\"wrong\":%zu,\"faults\":%lu}\n", open_streams, broken, wrong, faults);
    fflush(stdout);
}

// Serves what comes until whoever started this process ends its standard input.
static void serve_until_told(void) {
    struct epoll_event event = {.events = EPOLLIN}, input;
    int outer = epoll_create1(0);
    event.data.fd = poll_set;
    epoll_ctl(outer, EPOLL_CTL_ADD, poll_set, &event);
    event.data.fd = 0;
    epoll_ctl(outer, EPOLL_CTL_ADD, 0, &event);
    while (epoll_wait(outer, &input, 1, -1) >= 0 && input.data.fd != 0) turn(0);
}

static enum expectation expectation(const char *name) {
    const char *names[] = {"nothing", "stripped", "envelope", "swapped"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(name, names[i])) return (enum expectation)i;
    fail(name);
}

int main(int count, char **arguments) {
    static struct option known[] = {
        {"target", 1, 0, 't'}, {"server", 1, 0, 's'}, {"requests", 1, 0, 'r'}, {"connections", 1, 0, 'c'}, {"warm-up", 1, 0, 'w'},
        {"warm-up-requests", 1, 0, 'W'}, {"seconds", 1, 0, 'd'}, {"count", 1, 0, 'n'}, {"rate", 1, 0, 'R'}, {"expect", 1, 0, 'e'},
        {"hold", 1, 0, 'h'}, {"hold-target", 1, 0, 'H'}, {"tls", 0, 0, 'T'}, {"fresh", 0, 0, 'f'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) >= 0;) switch (option) {
        case 't': options.target = atoi(optarg); break;
        case 's': options.server = atoi(optarg); break;
        case 'r': options.requests = optarg; break;
        case 'c': options.connections = strtoul(optarg, NULL, 10); break;
        case 'w': options.warm_up = atof(optarg); break;
        case 'W': options.warm_up_requests = strtoul(optarg, NULL, 10); break;
        case 'd': options.seconds = atof(optarg); break;
        case 'n': options.count = strtoul(optarg, NULL, 10); break;
        case 'R': options.rate = atof(optarg); break;
        case 'e': expected = expectation(optarg); break;
        case 'h': options.hold = optarg; break;
        case 'H': options.hold_target = atoi(optarg); break;
        case 'T': options.tls = true; break;
        case 'f': options.fresh = true; break;
        default: return 2;
        }
    const char *mode = optind < count ? arguments[optind] : "";
    signal(SIGPIPE, SIG_IGN);
    poll_set = epoll_create1(0);
    if (options.tls) {
        client_tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_min_proto_version(client_tls, TLS1_3_VERSION);
        SSL_CTX_set_session_cache_mode(client_tls, SSL_SESS_CACHE_OFF);
    }
    if (options.server) adopt(listen_on(options.server), LISTENER);
    if (!strcmp(mode, "run")) run();
    else if (!strcmp(mode, "streams")) hold_streams(), serve_until_told();
    else if (!strcmp(mode, "server")) puts("listening"), fflush(stdout), serve_until_told();
    else return fputs("load: run, streams or server\n", stderr), 2;
    return 0;
}
