// The Linux calls that Swift's Glibc module does not offer, or offers only as macros and unions.
// This header must not define _GNU_SOURCE: it changes glibc's own types (fd_set), and Swift then finds them defined
// differently here and in its Glibc module. What needs it stands in CLinux.c.
#pragma once
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/// Registers `fd` edge- or level-triggered with `events`; `data` comes back with each event. See epoll_ctl(2).
static inline int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}
static inline int clinux_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }
static inline uint64_t clinux_event_data(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t clinux_event_flags(const struct epoll_event *event) { return event->events; }

static const uint32_t CLINUX_IN = EPOLLIN;
static const uint32_t CLINUX_OUT = EPOLLOUT;
static const uint32_t CLINUX_READ_HANGUP = EPOLLRDHUP;
static const uint32_t CLINUX_HANGUP = EPOLLHUP;
static const uint32_t CLINUX_ERROR = EPOLLERR;
/// One event of a descriptor watched by several epolls wakes one of them, not all.
static const uint32_t CLINUX_EXCLUSIVE = (uint32_t)EPOLLEXCLUSIVE;
static const uint32_t CLINUX_EDGE_TRIGGERED = (uint32_t)EPOLLET;

/// accept4(2) with a non-blocking, close-on-exec result.
int clinux_accept(int listener);
/// send(2) that neither blocks nor raises SIGPIPE.
static inline ssize_t clinux_send(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}
/// The same for two pieces, one behind the other (sendmsg(2)).
ssize_t clinux_send_both(int fd, const void *first, size_t first_count, const void *second, size_t second_count);
/// Whether each of the file's first `size` bytes has been written, be it with a zero (SEEK_HOLE, lseek(2)). 0 as well on
/// file systems other than ext4, XFS, Btrfs, tmpfs and overlays of them: those may call holes written.
int clinux_is_written(int fd, int64_t size);
/// Bytes in the socket's send queue that the peer has not acknowledged (SIOCOUTQ, tcp(7)).
int clinux_unacknowledged(int fd);
/// Whether nothing is under way on a connection any more, in either direction (TCP_INFO, tcp(7)); always so of one that
/// is not TCP.
int clinux_is_over(int fd);
/// Milliseconds on a clock that never jumps and costs a few nanoseconds to read (resolution about 4 ms).
static inline int64_t clinux_coarse_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
/// Nanoseconds on a clock that never jumps.
static inline int64_t clinux_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
/// A descriptor that becomes readable when its time has come, of the same clock (timerfd_create(2)).
static inline int clinux_timer(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }
/// Sets the time in milliseconds, and forgets the one that was set before.
static inline void clinux_set_timer(int timer, int64_t milliseconds) {
    struct itimerspec time = {
        .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL);
}
/// Raises the soft limit of open descriptors towards `wanted`, as far as the hard limit allows, and returns it.
uint64_t clinux_raise_descriptor_limit(uint64_t wanted);
/// Sets the limit of open descriptors of a running process (prlimit(2)); 0 if that worked.
int clinux_set_descriptor_limit(int process, uint64_t limit);
/// Names the calling thread for `top -H`, `perf` and core dumps (15 bytes).
void clinux_name_thread(const char *name);
/// Whether the calling thread is the one that the process began with.
int clinux_is_first_thread(void);
/// Lets a listener be bound again while connections of its predecessor linger (SO_REUSEADDR), and has the sockets
/// that it accepts send small responses at once (TCP_NODELAY, which Linux lets them inherit).
void clinux_prepare_listener(int listener);
/// Sets from which size on freed memory at the top of a heap goes back to the kernel, and from which size on a block is
/// mapped by itself (mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD), in bytes.
void clinux_set_malloc_thresholds(int trim, int map);
/// A small number of the calling thread's own, from 0 on.
int clinux_thread_number(void);
