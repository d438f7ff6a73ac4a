#define _GNU_SOURCE
#include "CLinux.h"

// Out of line: _GNU_SOURCE in the header would give Swift other definitions of libc's types than its own module has.
int clinux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
