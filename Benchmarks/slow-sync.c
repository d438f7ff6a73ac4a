// Loaded before a program (LD_PRELOAD), makes each of its fsyncs take SLOW_SYNC_MICROSECONDS longer: a slower disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slowly(const char *name, int fd) {
    const char *wait = getenv("SLOW_SYNC_MICROSECONDS");
    struct timespec time = {.tv_nsec = (wait ? atol(wait) : 0) * 1000};
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = sync(fd);
    nanosleep(&time, NULL);
    return result;
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
