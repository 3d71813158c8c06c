#ifndef NORMLAB_CONFIG_CHECK_H
#define NORMLAB_CONFIG_CHECK_H
#include "config/tree.h"
#include "schema.h"

/* Checks every key and value of the tree against the table, and adds what is missing, so that
 * afterwards each field that applies has a valid value. */
Status check_tree(Tree *tree, Report *report) MUST_CHECK;

/* Checks what involves more than one value. */
Status check_config(const Config *config, int n_deviation, const Tree *tree,
                    Report *report) MUST_CHECK;

/* What a field takes, in words: "a number from 0 to below 1". */
void describe_field(char *text, size_t bytes, const Field *field);

#endif
