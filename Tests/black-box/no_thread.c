// LD_PRELOAD: refuses one pthread_create(3), the one whose number NO_THREAD tells, as a system at its limit does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static atomic_int count;
    const char *number = getenv("NO_THREAD");
    if (number && atomic_fetch_add(&count, 1) + 1 == atoi(number)) return EAGAIN;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, body, argument);
}
