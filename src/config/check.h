#ifndef NORMLAB_CONFIG_CHECK_H
#define NORMLAB_CONFIG_CHECK_H
#include "config/config.h"
#include "config/tree.h"

/* What may stand in a configuration. */
typedef struct Grammar {
  const Kinds *kinds;
  int is_stored; /* see config_parse_stored */
} Grammar;

/* Checks every key and value of the tree against the rows, and adds what is missing, so that
 * afterwards each key that applies has a valid value. bits: what config_bits() says of it. */
Status check_tree(Tree *tree, const Grammar *grammar, unsigned *bits, Report *report) MUST_CHECK;

/* Checks what involves more than one value. */
Status check_config(const Config *config, const Tree *tree, Report *report) MUST_CHECK;

#endif
