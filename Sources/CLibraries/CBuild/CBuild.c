#include "CBuild.h"

// There only while `make build` runs. What it says must not be a setting of the package: SwiftPM would compile
// everything anew for each commit; nor may it stay, or later builds would claim to be of that commit.
#if __has_include("../../../.build/commit.h")
#include "../../../.build/commit.h"
#else
#define BUILD_COMMIT ""
#endif

const char *cbuild_commit(void) { return BUILD_COMMIT; }
