#include "base/text_buffer.h"
#include "config/tree.h"
#include "schema.h"
#include "values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_single(TextBuffer *text, const cyaml_schema_value_t *schema, const void *data) {
  char number[NUMBER_TEXT];
  switch (schema->type) {
  case CYAML_FLOAT:
    number_text(number, *(const double *)data);
    text_add(text, "%s", number);
    break;
  case CYAML_INT:
    text_add(text, "%d", *(const int *)data);
    break;
  case CYAML_UINT:
    text_add(text, "%llu", *(const unsigned long long *)data);
    break;
  case CYAML_ENUM:
    text_add(text, "%s", schema_word(schema, *(const int *)data));
    break;
  default:
    text_add(text, "%s", *(const char *const *)data);
  }
}

/* base: where the offsets of the field begin. */
static void add_value(TextBuffer *text, const Field *field, const void *base) {
  const cyaml_schema_value_t *schema = &field->schema.value;
  const char *data = (const char *)base + field->schema.data_offset;
  if (schema->type != CYAML_SEQUENCE) {
    add_single(text, schema, data);
    return;
  }
  int n = *(const int *)((const char *)base + field->schema.count_offset);
  text_add(text, "[");
  for (int i = 0; i < n; i++) {
    if (i > 0) text_add(text, ", ");
    add_single(text, schema->sequence.entry, data + (size_t)i * schema->data_size);
  }
  text_add(text, "]");
}

/* A Config as libcyaml would have filled it, with room for the texts. */
typedef struct View {
  Parsed parsed;
  char norm[NORM_SPEC_TEXT], every[NUMBER_TEXT];
  unsigned ops; /* bits of the operations in network.order */
} View;

static void view_config(View *view, const Config *config) {
  norm_spec_text(view->norm, config->network.norm);
  interval_text(view->every, config->checkpoint.every_steps, config->checkpoint.every_seconds);
  view->parsed = (Parsed){.config = *config,
                          .norm = view->norm,
                          .every = view->every,
                          .n_layers = config->network.n_layers,
                          .n_deviation = config->data.n_mean};
  view->ops = 0;
  for (int i = 0; i < config->network.n_order; i++) view->ops |= 1u << config->network.order[i];
}

/* Whether a field of a layer says only what it would be anyway, following another key. Left out, it
 * goes on following when that key is changed: --norm works on a resolved configuration too. */
static int follows(const View *view, const Field *field, const void *layer) {
  if (!field->fallback || field->fallback[0] != '=') return 0;
  const char *path = field->fallback + 1;
  const Field *layers = schema_layers(), *model = schema_find(path);
  const void *base = model ? (const void *)&view->parsed : layer;
  for (int k = 0; k < layers->n_fields && !model; k++)
    if (strcmp(layers->fields[k].schema.key, path) == 0) model = &layers->fields[k];
  TextBuffer own = {.used = 0}, other = {.used = 0};
  add_value(&own, field, layer);
  add_value(&other, model, base);
  return strcmp(own.text, other.text) == 0;
}

static void add_layer(TextBuffer *text, const View *view, int i) {
  const Field *layers = schema_layers();
  const LayerConfig *layer = &view->parsed.config.network.layers[i];
  char norm[NORM_SPEC_TEXT];
  norm_spec_text(norm, layer->norm);
  const ParsedLayer parsed = {*layer, norm};
  const char *separator = "{";
  for (int k = 0; k < layers->n_fields; k++) {
    const Field *field = &layers->fields[k];
    if (!schema_applies(field, layer->type, view->ops) || follows(view, field, &parsed)) continue;
    text_add(text, "%s%s: ", separator, field->schema.key);
    add_value(text, field, &parsed);
    separator = ", ";
  }
  text_add(text, "}");
}

/* layer: which one, for the field of the layers. */
static const char *value_of(TextBuffer *text, const View *view, const Field *field, int layer) {
  text->used = 0;
  if (schema_is_layers(field))
    add_layer(text, view, layer);
  else
    add_value(text, field, &view->parsed);
  return text->text;
}

/* Fields outside layers that have a scope are those of the optimizer. */
static int has_meaning(const View *view, const Field *field) {
  return schema_applies(field, (int)view->parsed.config.optimizer.type, 0);
}

static void join(char path[PATH_TEXT], const char *section, const Field *field) {
  snprintf(path, PATH_TEXT, "%s%s%s", section, *section ? "." : "", field->schema.key);
}

static void number_path(char path[PATH_TEXT], const char *list, int i) {
  snprintf(path, PATH_TEXT, "%.*s.%d", PATH_TEXT - 16, list, i);
}

typedef void Visit(void *context, const char *path, const char *value);

static void visit_fields(const View *view, const char *section, const Field *fields, int n_fields,
                         int results_only, Visit *visit, void *context) {
  for (int i = 0; i < n_fields; i++) {
    const Field *field = &fields[i];
    char path[PATH_TEXT], entry[PATH_TEXT];
    TextBuffer text;
    if ((results_only && field->is_label) || !has_meaning(view, field)) continue;
    join(path, section, field);
    if (schema_is_layers(field)) {
      for (int k = 0; k < view->parsed.n_layers; k++) {
        number_path(entry, path, k);
        visit(context, entry, value_of(&text, view, field, k));
      }
    } else if (field->fields) {
      visit_fields(view, path, field->fields, field->n_fields, results_only, visit, context);
    } else {
      visit(context, path, value_of(&text, view, field, 0));
    }
  }
}

static void visit_config(const Config *config, int results_only, Visit *visit, void *context) {
  View view;
  int n;
  const Field *fields = schema_fields(&n);
  view_config(&view, config);
  visit_fields(&view, "", fields, n, results_only, visit, context);
}

void config_visit(const Config *config,
                  void (*visit)(void *context, const char *path, const char *value),
                  void *context) {
  visit_config(config, 0, visit, context);
}

void config_visit_result(const Config *config,
                         void (*visit)(void *context, const char *path, const char *value),
                         void *context) {
  visit_config(config, 1, visit, context);
}

typedef struct Writer {
  FILE *out;
  char section[PATH_TEXT];
} Writer;

/* Paths have at most two names and, for layers, a number. */
static void write_value(void *context, const char *path, const char *value) {
  Writer *writer = context;
  const char *dot = strchr(path, '.');
  if (!dot) {
    fprintf(writer->out, "%s: %s\n", path, value);
    return;
  }
  int length = (int)(dot - path);
  if (strncmp(writer->section, path, (size_t)length) != 0 || writer->section[length]) {
    snprintf(writer->section, sizeof writer->section, "%.*s", length, path);
    fprintf(writer->out, "%s:\n", writer->section);
  }
  const char *number = strchr(dot + 1, '.');
  if (!number) {
    fprintf(writer->out, "  %s: %s\n", dot + 1, value);
    return;
  }
  if (strcmp(number, ".0") == 0)
    fprintf(writer->out, "  %.*s:\n", (int)(number - dot - 1), dot + 1);
  fprintf(writer->out, "    - %s\n", value);
}

static Status write_text(char **text, const Config *config, int results_only) {
  size_t bytes;
  *text = NULL;
  Writer writer = {.out = open_memstream(text, &bytes)};
  if (!writer.out) return status_error(STATUS_MEMORY, "%s: no memory for its text", config->file);
  visit_config(config, results_only, write_value, &writer);
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
  const Field *layers = schema_layers();
  snprintf(path, sizeof path, "network.layers.%d (%s)", layer,
           schema_word(&layers->fields[0].schema.value, l->type));
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

typedef struct Difference {
  char *text;
  size_t bytes;
  const View *here, *there;
} Difference;

static int differ_value(const Difference *d, const char *path, const Field *field, int layer) {
  TextBuffer here, there;
  value_of(&here, d->here, field, layer);
  value_of(&there, d->there, field, layer);
  if (strcmp(here.text, there.text) == 0) return 0;
  snprintf(d->text, d->bytes, "%s: %s here, %s there", path, here.text, there.text);
  return 1;
}

static int differ_layers(const Difference *d, const char *path, const Field *field) {
  int here = d->here->parsed.n_layers, there = d->there->parsed.n_layers;
  for (int i = 0; i < here && i < there; i++) {
    char entry[PATH_TEXT];
    number_path(entry, path, i);
    if (differ_value(d, entry, field, i)) return 1;
  }
  if (here == there) return 0;
  snprintf(d->text, d->bytes, "%s: %d layers here, %d there", path, here, there);
  return 1;
}

static int differ_fields(const Difference *d, const char *section, const Field *fields,
                         int n_fields) {
  for (int i = 0; i < n_fields; i++) {
    const Field *field = &fields[i];
    char path[PATH_TEXT];
    int differs;
    if (field->is_label || !has_meaning(d->here, field)) continue;
    join(path, section, field);
    if (schema_is_layers(field))
      differs = differ_layers(d, path, field);
    else if (field->fields)
      differs = differ_fields(d, path, field->fields, field->n_fields);
    else
      differs = differ_value(d, path, field, 0);
    if (differs) return 1;
  }
  return 0;
}

int config_difference(char *text, size_t bytes, const Config *here, const Config *there) {
  View view_here, view_there;
  int n;
  const Field *fields = schema_fields(&n);
  view_config(&view_here, here);
  view_config(&view_there, there);
  const Difference d = {text, bytes, &view_here, &view_there};
  return differ_fields(&d, "", fields, n);
}
