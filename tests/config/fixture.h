#ifndef NORMLAB_TESTS_CONFIG_FIXTURE_H
#define NORMLAB_TESTS_CONFIG_FIXTURE_H
#include "config/config.h"
#include "nn/kinds.h"

#include "support/cmocka_all.h"
#include "support/layers.h"

/* These fail the test if they cannot. The caller frees what they return. */
Config *parse(const char *text);
char *text_of(const Config *config);

/* Fails the test unless a value of the configuration is this text; NULL: there is no such key. */
void assert_value(const Config *config, const char *path, const char *text);

#endif
