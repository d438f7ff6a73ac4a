#include "CBuild.h"

// A function, so that another commit means compiling this file again and nothing else.
const char *cbuild_commit(void) { return BUILD_COMMIT; }
