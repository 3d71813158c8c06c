#ifndef NORMLAB_BASE_VERSION_H
#define NORMLAB_BASE_VERSION_H
/* What this program was built from. Static strings. */
const char *version_number(void);   /* "0.1.0" */
const char *version_commit(void);   /* short hash, "-dirty" if the tree had changes; "unknown" */
const char *version_compiler(void); /* "GCC 12.2.0" */
#endif
