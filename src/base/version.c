#include "base/version.h"

#include "commit.h" /* generated: NORMLAB_COMMIT */

const char *version_number(void) {
  return NORMLAB_VERSION;
}

const char *version_commit(void) {
  return NORMLAB_COMMIT;
}

const char *version_compiler(void) {
  return NORMLAB_COMPILER;
}
