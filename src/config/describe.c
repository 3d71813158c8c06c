#include "check.h"
#include "values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void describe_range(char *text, size_t bytes, const char *kind, const Range *range) {
  char low[NUMBER_TEXT], high[NUMBER_TEXT], gap[NUMBER_TEXT];
  number_text(low, range->low);
  number_text(high, range->high);
  number_text(gap, range->gap);
  if (range->gap > 0)
    snprintf(text, bytes, "0, or %s from %s to %s", kind, gap, high);
  else if (isinf(range->low))
    snprintf(text, bytes, "%s", kind);
  else if (isinf(range->high))
    snprintf(text, bytes, "%s %s %s", kind, range->is_above ? "above" : "of at least", low);
  else
    snprintf(text, bytes, "%s %s %s %s %s", kind, range->is_above ? "above" : "from", low,
             range->is_below ? (range->is_above ? "and below" : "to below") : "to", high);
}

static void describe_value(char *text, size_t bytes, const Field *field,
                           const cyaml_schema_value_t *schema) {
  size_t used = 0;
  switch (schema->type) {
  case CYAML_FLOAT:
    describe_range(text, bytes, "a number", &field->range);
    break;
  case CYAML_INT:
    describe_range(text, bytes, "a whole number", &field->range);
    break;
  case CYAML_UINT:
    snprintf(text, bytes, "a whole number from 0 to %llu", ~0ull);
    break;
  case CYAML_ENUM:
    for (uint32_t i = 0; i < schema->enumeration.count && used < bytes; i++)
      used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? ", " : "",
                               schema->enumeration.strings[i].str);
    break;
  default:
    field->accepted(text, bytes);
  }
}

void describe_field(char *text, size_t bytes, const Field *field) {
  const cyaml_schema_value_t *schema = &field->schema.value;
  char each[300] = "";
  if (schema->type == CYAML_MAPPING) {
    snprintf(text, bytes, "keys and values below it");
  } else if (schema_is_layers(field)) {
    snprintf(text, bytes, "a list of %d to %d layers like {type: conv, channels: 8}",
             (int)schema->sequence.min, (int)schema->sequence.max);
  } else if (schema->type == CYAML_SEQUENCE) {
    describe_value(each, sizeof each, field, schema->sequence.entry);
    snprintf(text, bytes, "a list [...] of %d to %d entries, each %s%s", (int)schema->sequence.min,
             (int)schema->sequence.max, schema->sequence.entry->type == CYAML_ENUM ? "one of " : "",
             each);
  } else {
    describe_value(text, bytes, field, schema);
  }
}
