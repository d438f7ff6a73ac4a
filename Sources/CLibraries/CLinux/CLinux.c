#define _GNU_SOURCE
#include "CLinux.h"

#include <limits.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

// Calls that need _GNU_SOURCE, or headers that would define again what Swift's Glibc module has already.

int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

uint64_t clinux_raise_descriptor_limit(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur >= wanted) return limit.rlim_cur;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

int clinux_set_descriptor_limit(int process, uint64_t limit) {
    struct rlimit both = {.rlim_cur = limit, .rlim_max = limit};
    return prlimit(process, RLIMIT_NOFILE, &both, NULL);
}

int clinux_unacknowledged(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : 0;
}

int clinux_is_over(int fd) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 1;
    return info.tcpi_state == TCP_CLOSE;
}

int clinux_is_written(int fd, int64_t size) {
    struct statfs mounted;
    if (fstatfs(fd, &mounted) != 0) return 0;
    switch (mounted.f_type) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC: return lseek(fd, 0, SEEK_HOLE) >= size;
    default: return 0;
    }
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int clinux_is_first_thread(void) { return gettid() == getpid(); }

void clinux_prepare_listener(int listener) {
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void clinux_set_malloc_thresholds(int trim, int map) {
    mallopt(M_TRIM_THRESHOLD, trim);
    mallopt(M_MMAP_THRESHOLD, map);
}

int clinux_thread_number(void) {
    static atomic_int next;
    static _Thread_local int number = -1;
    if (number < 0) number = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) & INT_MAX;
    return number;
}

ssize_t clinux_send_both(int fd, const void *first, size_t first_count, const void *second, size_t second_count) {
    struct iovec pieces[] = {
        {.iov_base = (void *)first, .iov_len = first_count},
        {.iov_base = (void *)second, .iov_len = second_count},
    };
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent;
}
