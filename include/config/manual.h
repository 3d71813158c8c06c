#ifndef NORMLAB_CONFIG_MANUAL_H
#define NORMLAB_CONFIG_MANUAL_H
/* The manual of the configuration, made from the rows of its keys. Not collective. */
#include "config/config.h"

#include <stdio.h>

/* Prints a configuration file to start from: every key that means something at the default types is
 * there with its default, those of other types as comments, each with what it does, what it takes
 * and what its default is. It reads back as the defaults, with a small network. */
void manual_print_file(FILE *out, const Kinds *kinds);

/* Prints what there is to say of a path: a key ("seed", "optimizer.lr", "network.layers.kernel"), a
 * section ("optimizer"), or a kind with its keys ("optimizer.sgd", "network.layers.block"). A
 * number in a path stands for any layer ("network.layers.0.kernel"). Returns STATUS_USAGE, with
 * what is accepted and perhaps what is meant, if there is no such path. */
Status manual_print(FILE *out, const Kinds *kinds, const char *path) MUST_CHECK;

#endif
