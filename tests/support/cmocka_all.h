#ifndef NORMLAB_TESTS_BASE_CMOCKA_ALL_H
#define NORMLAB_TESTS_BASE_CMOCKA_ALL_H
/* cmocka.h with what it needs before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
