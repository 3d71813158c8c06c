#include "cursor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void visit_values(const Config *config, int results_only, ConfigVisit *visit,
                         void *context) {
  Cursor cursor;
  cursor_start(&cursor, config);
  while (cursor_next(&cursor)) {
    const Key *key = cursor.row.key;
    if (results_only && key->effect == EFFECT_NONE) continue;
    TextBuffer text;
    double number[MAX_NUMBERS];
    cursor_text(&text, &cursor);
    ConfigValue value = {cursor.path, text.text, key, -1, number, 0};
    if (key->type == KEY_SEED) value.seed = config->seed;
    if (key->type != KEY_LAYERS) value.n = key_numbers(number, key, cursor.base);
    visit(context, &value);
  }
}

void config_visit(const Config *config, ConfigVisit *visit, void *context) {
  visit_values(config, 0, visit, context);
}

void config_visit_result(const Config *config, ConfigVisit *visit, void *context) {
  visit_values(config, 1, visit, context);
}

typedef struct Writer {
  FILE *out;
  char section[PATH_TEXT];
} Writer;

/* Paths have at most two names and, for layers, a number. */
static void write_value(void *context, const ConfigValue *value) {
  Writer *writer = context;
  const char *path = value->path, *dot = strchr(path, '.');
  if (!dot) {
    fprintf(writer->out, "%s: %s\n", path, value->text);
    return;
  }
  int length = (int)(dot - path);
  if (strncmp(writer->section, path, (size_t)length) != 0 || writer->section[length]) {
    snprintf(writer->section, sizeof writer->section, "%.*s", length, path);
    fprintf(writer->out, "%s:\n", writer->section);
  }
  const char *number = strchr(dot + 1, '.');
  if (!number) {
    fprintf(writer->out, "  %s: %s\n", dot + 1, value->text);
    return;
  }
  if (strcmp(number, ".0") == 0)
    fprintf(writer->out, "  %.*s:\n", (int)(number - dot - 1), dot + 1);
  fprintf(writer->out, "    - %s\n", value->text);
}

static Status write_text(char **text, const Config *config, int results_only) {
  size_t bytes;
  *text = NULL;
  Writer writer = {.out = open_memstream(text, &bytes)};
  if (!writer.out) return status_error(STATUS_MEMORY, "%s: no memory for its text", config->file);
  visit_values(config, results_only, write_value, &writer);
  int failed = ferror(writer.out);
  if (fclose(writer.out) == 0 && !failed && *text) return status_ok();
  free(*text);
  *text = NULL;
  return status_error(STATUS_MEMORY, "%s: no memory for its text", config->file);
}

Status config_text(char **text, const Config *config) {
  return write_text(text, config, 0);
}

Status config_result_text(char **text, const Config *config) {
  return write_text(text, config, 1);
}

Status config_layer_error(const Config *config, int layer, const char *format, ...) {
  const LayerConfig *l = &config->network.layers[layer];
  char text[600], path[PATH_TEXT];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  snprintf(path, sizeof path, "network.layers.%d (%s)", layer, l->kind->name);
  Report report = {.file = config->file};
  return report_fault(&report, l->line, path, "%s", text);
}

Status config_validation_error(const Config *config, const char *format, ...) {
  char text[600];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  Report report = {.file = config->file};
  int line = config->validation_line;
  if (line > 0) return report_fault(&report, line, "data.validation", "%s", text);
  return status_error(STATUS_USAGE, "--set data.validation=%d: %s", config->data.validation, text);
}
