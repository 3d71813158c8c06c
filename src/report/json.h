#ifndef NORMLAB_REPORT_JSON_H
#define NORMLAB_REPORT_JSON_H
/* Writes JSON, member by member, with commas, quotation marks, and null where nothing is known.
 * Down to depth 2 an item has a line of its own. `name` is NULL for the items of an array and for
 * the whole. Bytes that are no UTF-8 become U+FFFD (base/utf8.h). Not collective. */
#include "report/statistics.h"
#include <stdint.h>
#include <stdio.h>

typedef struct Json {
  FILE *out;
  int depth, has_items;
} Json;

/* Open and close an object or an array with this bracket. */
void json_open(Json *json, const char *name, char bracket);
void json_close(Json *json, char bracket);
void json_text(Json *json, const char *name, const char *text); /* null for NULL and "" */
void json_count(Json *json, const char *name, int64_t count);   /* null for -1 */
void json_number(Json *json, const char *name, double number);  /* null unless finite */
void json_switch(Json *json, const char *name, int is_true);
void json_interval(Json *json, const char *name, Interval interval);

#endif
