// A load generator: keep-alive connections on one epoll, one request in flight on each.
//
//     LoadGenerator [-h HOST] [-p PORT] [-c CONNECTIONS] [-d SECONDS | -n REQUESTS] [-w WARMUP_SECONDS] [-P SERVER_PID]
//                   [-1] [-m METHOD] [-u TARGET] [-H 'Name: value']... [-b BODY | -f REQUEST_FILE]
//
// -1 opens a new connection for each request. A request file holds a whole request as it goes over the wire. In target
// and body (and file), {n} becomes a running number and {uuid} a new random UUID, each filled up to one fixed width so
// that the length stays; with -P the server's user and system time a request is printed, from /proc/PID/stat.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { number_width = 12, uuid_width = 36, largest_response_head = 16384 };

struct connection {
    int fd;
    char *request;
    size_t sent;
    int64_t started;
    char head[largest_response_head];
    size_t head_length;
    int64_t body_left;  // -1: the head is not complete; -2: chunked, until the final chunk
    char tail[5];       // the last bytes of a chunked body
    int status, closes;
};

static struct sockaddr_in address;
static char *template_bytes;
static size_t template_length;
static int epoll, connections = 32, one_request_each;
static uint64_t counter, completed, failed_status, failed_connections;
static uint64_t seed[2];
static uint32_t *latencies;
static size_t latency_count, latency_capacity;

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static uint64_t next_random(void) {
    uint64_t a = seed[0], b = seed[1];
    seed[0] = b;
    a ^= a << 23;
    return (seed[1] = a ^ b ^ a >> 17 ^ b >> 26) + b;
}

// Replaces {n} and {uuid} by text of fixed width, where the template already has room for them.
static void fill(char *request) {
    for (char *at = request; (at = strchr(at, '\1'));) {
        char text[40];
        snprintf(text, sizeof text, "%0*llu", number_width, (unsigned long long)counter++);
        memcpy(at, text, number_width);
    }
    for (char *at = request; (at = strchr(at, '\2'));) {
        uint64_t a = next_random(), b = next_random();
        char text[40];
        snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                 (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & 0xffffffffffffULL));
        memcpy(at, text, uuid_width);
    }
}

static char *with_room_for_placeholders(const char *text) {
    char *result = calloc(1, strlen(text) * number_width + 1), *out = result;
    while (*text) {
        if (!strncmp(text, "{n}", 3)) {
            memset(out, '\3', number_width), *out = '\1';
            out += number_width, text += 3;
        } else if (!strncmp(text, "{uuid}", 6)) {
            memset(out, '\3', uuid_width), *out = '\2';
            out += uuid_width, text += 6;
        } else {
            *out++ = *text++;
        }
    }
    return result;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void open_connection(struct connection *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_rest(struct connection *c) {
    while (c->sent < template_length) {
        ssize_t sent = send(c->fd, c->request + c->sent, template_length - c->sent, MSG_NOSIGNAL);
        if (sent < 0) return;
        c->sent += sent;
    }
}

static void begin(struct connection *c) {
    memcpy(c->request, template_bytes, template_length + 1);
    fill(c->request);
    c->sent = c->head_length = 0;
    c->body_left = -1;
    memset(c->tail, 0, sizeof c->tail);
    c->started = nanoseconds();
    send_rest(c);
}

static void reopen(struct connection *c) {
    close(c->fd);
    open_connection(c);
}

static void finish(struct connection *c) {
    int64_t microseconds = (nanoseconds() - c->started) / 1000;
    if (latency_count == latency_capacity) {
        latency_capacity = latency_capacity ? latency_capacity * 2 : 1 << 20;
        latencies = realloc(latencies, latency_capacity * sizeof *latencies);
        if (!latencies) die("realloc");
    }
    latencies[latency_count++] = microseconds;
    completed++;
    if (c->status != 200) failed_status++;
    if (c->closes || one_request_each) reopen(c);
    begin(c);
}

// Returns 1 when the response is complete.
static int take(struct connection *c, const char *bytes, size_t count) {
    if (c->body_left == -1) {
        size_t before = c->head_length;
        size_t taken = count < largest_response_head - 1 - before ? count : largest_response_head - 1 - before;
        memcpy(c->head + before, bytes, taken);
        c->head[c->head_length = before + taken] = 0;
        char *end = strstr(c->head, "\r\n\r\n");
        if (!end) return 0;
        size_t head = end + 4 - c->head;
        end[2] = 0;
        c->status = atoi(c->head + 9);
        c->closes = strcasestr(c->head, "\nConnection: close") != NULL;
        char *length = strcasestr(c->head, "\nContent-Length:");
        c->body_left = length ? atoll(length + 16) : strcasestr(c->head, "\nTransfer-Encoding: chunked") ? -2 : 0;
        bytes += head - before;
        count -= head - before;
    }
    if (c->body_left == -2) {
        for (size_t i = count > 5 ? count - 5 : 0; i < count; i++) {
            memmove(c->tail, c->tail + 1, 4);
            c->tail[4] = bytes[i];
        }
        return memcmp(c->tail, "0\r\n\r\n", 5) == 0;
    }
    c->body_left -= count;
    return c->body_left <= 0;
}

static void read_some(struct connection *c) {
    static char buffer[1 << 18];
    for (;;) {
        ssize_t count = recv(c->fd, buffer, sizeof buffer, 0);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) {
            failed_connections++;
            reopen(c);
            begin(c);
            return;
        }
        if (take(c, buffer, count)) {
            finish(c);
            return;
        }
    }
}

static void processor_time(int pid, uint64_t *user, uint64_t *system) {
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file)) die(path);
    fclose(file);
    unsigned long long u, s;
    sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &u, &s);
    *user = u * (1000000 / sysconf(_SC_CLK_TCK));
    *system = s * (1000000 / sysconf(_SC_CLK_TCK));
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void run(double seconds, uint64_t requests) {
    struct epoll_event events[256];
    int64_t end = nanoseconds() + (int64_t)(seconds * 1e9);
    uint64_t limit = requests ? completed + requests : UINT64_MAX;
    while (completed < limit && (requests || nanoseconds() < end)) {
        int count = epoll_wait(epoll, events, 256, 100);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) send_rest(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(c);
        }
    }
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *method = NULL, *target = "/health/alive", *body = NULL, *file = NULL;
    char headers[8192] = "";
    int port = 8080, option, pid = 0;
    double seconds = 5, warmup = 0.5;
    uint64_t requests = 0;
    while ((option = getopt(argc, argv, "h:p:c:d:n:w:P:m:u:H:b:f:1")) != -1) {
        switch (option) {
            case 'h': host = optarg; break;
            case 'p': port = atoi(optarg); break;
            case 'c': connections = atoi(optarg); break;
            case 'd': seconds = atof(optarg); break;
            case 'n': requests = strtoull(optarg, NULL, 10); break;
            case 'w': warmup = atof(optarg); break;
            case 'P': pid = atoi(optarg); break;
            case 'm': method = optarg; break;
            case 'u': target = optarg; break;
            case 'H': strncat(headers, optarg, sizeof headers - strlen(headers) - 3), strcat(headers, "\r\n"); break;
            case 'b': body = optarg; break;
            case 'f': file = optarg; break;
            case '1': one_request_each = 1; break;
            default: return 64;
        }
    }
    if (getrandom(seed, sizeof seed, 0) != sizeof seed) die("getrandom");
    char *request = NULL;
    if (file) {
        size_t capacity = 0;
        FILE *input = fopen(file, "r");
        if (!input || getdelim(&request, &capacity, 0, input) < 0) die(file);
        request = with_room_for_placeholders(request);
    } else {
        char *filled = with_room_for_placeholders(body ? body : "");
        char length[64] = "";
        if (body) snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(filled));
        if (asprintf(&request, "%s %s HTTP/1.1\r\nHost: %s:%d\r\n%s%s\r\n%s", method ? method : body ? "POST" : "GET",
                     with_room_for_placeholders(target), host, port, headers, length, filled) < 0)
            die("asprintf");
    }
    template_bytes = request;
    template_length = strlen(request);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return fprintf(stderr, "%s: not an IPv4 address\n", host), 64;
    epoll = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all);
    for (int i = 0; i < connections; i++) {
        all[i].request = malloc(template_length + 1);
        open_connection(&all[i]);
        begin(&all[i]);
    }
    if (!requests) run(warmup, 0);
    completed = failed_status = failed_connections = latency_count = 0;
    uint64_t user0 = 0, system0 = 0, user1 = 0, system1 = 0;
    if (pid) processor_time(pid, &user0, &system0);
    int64_t started = nanoseconds();
    run(seconds, requests);
    double elapsed = (nanoseconds() - started) / 1e9;
    if (pid) processor_time(pid, &user1, &system1);
    qsort(latencies, latency_count, sizeof *latencies, ascending);
    printf("%.0f requests/s  p50 %u us  p99 %u us  requests %llu  non-200 %llu  broken connections %llu", completed / elapsed,
           latency_count ? latencies[latency_count / 2] : 0, latency_count ? latencies[latency_count * 99 / 100] : 0,
           (unsigned long long)completed, (unsigned long long)failed_status, (unsigned long long)failed_connections);
    if (pid && completed) {
        double user = (double)(user1 - user0) / completed, system = (double)(system1 - system0) / completed;
        printf("  server CPU/request %.2f us (user %.2f, system %.2f)", user + system, user, system);
    }
    printf("\n");
    return failed_status || failed_connections ? 1 : 0;
}
