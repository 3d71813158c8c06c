#ifndef NORMLAB_REPORT_JSON_H
#define NORMLAB_REPORT_JSON_H
/* JSON, member by member: commas, quotation marks and null where nothing is known. Up to depth 2 an
 * item has a line of its own. name is NULL for items of an array and for the whole. Bytes that are
 * no UTF-8 pass as they are. */
#include "report/statistics.h"
#include <stdint.h>
#include <stdio.h>

typedef struct Json {
  FILE *out;
  int depth, has_items;
} Json;

void json_open(Json *json, const char *name, char bracket);
void json_close(Json *json, char bracket);
void json_text(Json *json, const char *name, const char *text); /* null for NULL and "" */
void json_count(Json *json, const char *name, int64_t count);   /* null for -1 */
void json_number(Json *json, const char *name, double number);  /* null unless finite */
void json_switch(Json *json, const char *name, int is_true);
void json_interval(Json *json, const char *name, Interval interval);

#endif
