// What `make build` knows of this build.
#pragma once

/// The commit, or an empty text if it is not known, as after a plain `swift build`.
const char *cbuild_commit(void);
