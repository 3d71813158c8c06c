#ifndef NORMLAB_CONFIG_SCHEMA_H
#define NORMLAB_CONFIG_SCHEMA_H
/* The one table of what a configuration may say: keys, types, defaults, ranges, and where libcyaml
 * puts the values. Checking, reading, the resolved text, visiting and comparing all follow it. */
#include "config/config.h"

#include <cyaml/cyaml.h>

/* What libcyaml fills: the Config, and beside it what it cannot express. */
typedef struct ParsedLayer {
  LayerConfig layer;
  char *norm;
} ParsedLayer;
typedef struct Parsed {
  Config config;
  char *norm, *every;
  ParsedLayer *layers;
  int n_layers, n_deviation;
} Parsed;

typedef struct Range {
  double low, high;
  int is_above, is_below; /* low itself, high itself do not belong to it */
  double gap;             /* above 0 and below this is refused too */
} Range;

/* Where a key has a meaning, in a mapping whose first key is its type; nothing set: everywhere. */
typedef struct Scope {
  unsigned types;  /* bits of LayerType, of OptimizerType */
  unsigned blocks; /* bits of BlockOp: blocks too, if network.order has the operation */
} Scope;

typedef struct Field Field;
struct Field {
  cyaml_schema_field_t schema;
  const char *fallback; /* YAML; "=KEY": the value of that key beside it, or of that path; NULL:
                           the key must be given */
  Range range;          /* of each number */
  int (*is_fine)(const char *text);           /* of text */
  void (*accepted)(char *text, size_t bytes); /* what is_fine takes, in words */
  Scope scope;
  int is_label;        /* results do not depend on it */
  const Field *fields; /* of a mapping, or of each mapping in a list */
  int n_fields;
};

/* The fields of the whole file. */
const Field *schema_fields(int *n);
/* The field at a path of two names ("network.norm"), or NULL. */
const Field *schema_find(const char *path);
/* The field of network.layers. */
const Field *schema_layers(void);
int schema_is_layers(const Field *field);
/* Whether it is a mapping, or a list of mappings, whose first field says which others apply. */
int schema_is_typed(const Field *field);
/* Whether a field means something for a layer or optimizer of this type; ops: bits of the
 * operations in network.order. */
int schema_applies(const Field *field, int type, unsigned ops);
/* The bit of an operation of a block by its name; 0 if there is none. */
unsigned schema_op_bit(const char *word);
/* The name of an enum's value, or NULL. */
const char *schema_word(const cyaml_schema_value_t *schema, int64_t value);
/* The enum's value of a name; 0 if there is none. */
int schema_word_value(const cyaml_schema_value_t *schema, const char *word, int64_t *value);

/* The table in libcyaml's form. Points into itself: not to be copied. */
enum { SCHEMA_POOL = 128 };
typedef struct Schema {
  cyaml_schema_field_t pool[SCHEMA_POOL];
  int used;
  cyaml_schema_value_t root, layer;
} Schema;
void schema_build(Schema *schema);

#endif
