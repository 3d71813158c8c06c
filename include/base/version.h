#ifndef NORMLAB_BASE_VERSION_H
#define NORMLAB_BASE_VERSION_H
/* What this program was built from. The functions return static strings. */
const char *version_number(void);   /* the version, as "0.1.0" */
const char *version_commit(void);   /* the short hash of the commit, with "-dirty" if the tree
                                       had changes; or "unknown" */
const char *version_build(void);    /* the number by which the linker tells this executable from
                                       others, in hexadecimal; or "unknown" */
const char *version_compiler(void); /* the compiler, as "GCC 12.2.0" */
#endif
