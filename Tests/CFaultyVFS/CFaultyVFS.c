#include "CFaultyVFS.h"
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int armed_kinds, passes, failures_left, armed_code, failures;

typedef struct {
    sqlite3_file base;
    int is_faulty;
    sqlite3_file *real;
} file;

#define REAL(f) (((file *)(f))->real)

/// The code that the operation fails with, or 0.
static int fault(sqlite3_file *f, int kind) {
    int code = 0;
    if (!((file *)f)->is_faulty) return 0;
    pthread_mutex_lock(&lock);
    if ((armed_kinds & kind) && failures_left != 0 && passes-- <= 0) {
        if (failures_left > 0) failures_left--;
        failures++;
        code = armed_code;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static int x_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) {
    int code = fault(f, FAULTY_READ);
    return code ? code : REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}
static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
    int code = fault(f, FAULTY_WRITE);
    return code ? code : REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}
static int x_truncate(sqlite3_file *f, sqlite3_int64 n) {
    int code = fault(f, FAULTY_TRUNCATE);
    return code ? code : REAL(f)->pMethods->xTruncate(REAL(f), n);
}
static int x_sync(sqlite3_file *f, int flags) {
    int code = fault(f, FAULTY_SYNC);
    return code ? code : REAL(f)->pMethods->xSync(REAL(f), flags);
}
static int x_size(sqlite3_file *f, sqlite3_int64 *n) { return REAL(f)->pMethods->xFileSize(REAL(f), n); }
static int x_lock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xLock(REAL(f), l); }
static int x_unlock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xUnlock(REAL(f), l); }
static int x_check(sqlite3_file *f, int *r) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), r); }
static int x_control(sqlite3_file *f, int op, void *p) { return REAL(f)->pMethods->xFileControl(REAL(f), op, p); }
static int x_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int x_device(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int x_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p) {
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, p);
}
static int x_shm_lock(sqlite3_file *f, int at, int n, int flags) {
    return REAL(f)->pMethods->xShmLock(REAL(f), at, n, flags);
}
static void x_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int x_shm_unmap(sqlite3_file *f, int delete) { return REAL(f)->pMethods->xShmUnmap(REAL(f), delete); }

static const sqlite3_io_methods methods = {
    2, x_close, x_read, x_write, x_truncate, x_sync, x_size, x_lock, x_unlock, x_check, x_control, x_sector,
    x_device, x_shm_map, x_shm_lock, x_shm_barrier, x_shm_unmap,
};

static sqlite3_vfs *usual;
static sqlite3_vfs vfs;

static int x_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
    file *wrapper = (file *)f;
    wrapper->base.pMethods = NULL;
    wrapper->is_faulty = name && strstr(name, "/faulty-") != NULL;
    wrapper->real = (sqlite3_file *)(wrapper + 1);
    wrapper->real->pMethods = NULL;
    int code = usual->xOpen(usual, name, wrapper->real, flags, out);
    if (wrapper->real->pMethods) wrapper->base.pMethods = &methods;
    return code;
}

static void do_register(void) {
    usual = sqlite3_vfs_find(NULL);
    vfs = *usual;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(file) + usual->szOsFile;
    vfs.xOpen = x_open;
    vfs.pNext = NULL;
    sqlite3_vfs_register(&vfs, 1);
}

void faulty_vfs_register(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, do_register);
}

void faulty_vfs_arm(int kinds, int count, int fail, int code) {
    pthread_mutex_lock(&lock);
    armed_kinds = kinds;
    passes = count;
    failures_left = fail;
    armed_code = code;
    failures = 0;
    pthread_mutex_unlock(&lock);
}

int faulty_vfs_failures(void) {
    pthread_mutex_lock(&lock);
    int count = failures;
    pthread_mutex_unlock(&lock);
    return count;
}
