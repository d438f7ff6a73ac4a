#pragma once

/// Registers a default VFS for SQLite that passes everything on to the usual one, and can make an operation fail on
/// files whose path contains "/faulty-".
void faulty_vfs_register(void);

enum { FAULTY_WRITE = 1, FAULTY_SYNC = 2, FAULTY_TRUNCATE = 4, FAULTY_READ = 8 };

/// Lets `count` operations of the kinds in `kinds` pass, then makes `failures` of them (-1: all) fail with `code`
/// (SQLITE_IOERR_FSYNC, SQLITE_FULL); resets the count of failures.
void faulty_vfs_arm(int kinds, int count, int failures, int code);
/// Operations that failed since.
int faulty_vfs_failures(void);
