#include "json.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>

static void new_line(const Json *json) {
  fprintf(json->out, "\n%*s", 2 * json->depth, "");
}

static void begin(Json *json, const char *name) {
  if (json->has_items) fputs(json->depth > 2 ? ", " : ",", json->out);
  if (json->depth > 0 && json->depth <= 2) new_line(json);
  json->has_items = 1;
  if (!name) return;
  utf8_print_json(json->out, name);
  fputs(": ", json->out);
}

void json_open(Json *json, const char *name, char bracket) {
  begin(json, name);
  fputc(bracket, json->out);
  json->depth++;
  json->has_items = 0;
}

void json_close(Json *json, char bracket) {
  json->depth--;
  if (json->depth < 2 && json->has_items) new_line(json);
  fputc(bracket, json->out);
  if (json->depth == 0) fputc('\n', json->out);
  json->has_items = 1;
}

void json_text(Json *json, const char *name, const char *text) {
  begin(json, name);
  if (text && text[0])
    utf8_print_json(json->out, text);
  else
    fputs("null", json->out);
}

void json_count(Json *json, const char *name, int64_t count) {
  begin(json, name);
  if (count < 0)
    fputs("null", json->out);
  else
    fprintf(json->out, "%" PRId64, count);
}

static void print_number(FILE *out, double number) {
  if (isfinite(number))
    fprintf(out, "%.17g", number);
  else
    fputs("null", out);
}

void json_number(Json *json, const char *name, double number) {
  begin(json, name);
  print_number(json->out, number);
}

void json_switch(Json *json, const char *name, int is_true) {
  begin(json, name);
  fputs(is_true ? "true" : "false", json->out);
}

void json_interval(Json *json, const char *name, Interval interval) {
  begin(json, name);
  if (!isfinite(interval.low) || !isfinite(interval.high)) {
    fputs("null", json->out);
    return;
  }
  fputc('[', json->out);
  print_number(json->out, interval.low);
  fputs(", ", json->out);
  print_number(json->out, interval.high);
  fputc(']', json->out);
}
