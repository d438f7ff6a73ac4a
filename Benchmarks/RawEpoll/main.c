// The baseline: what answering costs when nothing is parsed, checked or timed. Every read is answered with one fixed
// response as large as the server's own for GET /health/alive (192 bytes).
//
//     RawEpoll PORT [THREADS]
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char response[] =
    "HTTP/1.1 200 OK\r\n"
    "Date: Tue, 24 Nov 2026 07:13:52 GMT\r\n"
    "X-Request-ID: job-service-00000000-0000-4000-8000-000000000000\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 10\r\n\r\n"
    "I'm alive!";

static int listen_on(int port) {
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4096) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static int epolls[64], threads = 2, listener;

/// Answers what arrives. The first thread also accepts, and deals connections out to all in turn: as evenly as the
/// server spreads its own, because a thread with more of them sleeps less often, and sleeping is what costs.
static void *serve(void *argument) {
    int epoll = *(int *)argument, next = 0;
    struct epoll_event events[256];
    static __thread char buffer[65536];
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    struct epoll_event added = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
                    epoll_ctl(epolls[next++ % threads], EPOLL_CTL_ADD, fd, &added);
                }
            } else if (recv(fd, buffer, sizeof buffer, 0) <= 0) {
                close(fd);
            } else {
                send(fd, response, sizeof response - 1, MSG_NOSIGNAL);
            }
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    if (argc > 2) threads = atoi(argv[2]);
    if (threads < 1 || threads > 64) return 64;
    listener = listen_on(argc > 1 ? atoi(argv[1]) : 8081);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    for (int i = 0; i < threads; i++) epolls[i] = epoll_create1(0);
    epoll_ctl(epolls[0], EPOLL_CTL_ADD, listener, &event);
    for (int i = 1; i < threads; i++) pthread_create(&thread, NULL, serve, &epolls[i]);
    serve(&epolls[0]);
}
