// What Package.swift knows of this build.
#pragma once

/// The commit, or an empty text if it is not known.
const char *cbuild_commit(void);
