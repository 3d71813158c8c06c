#include "fixture.h"

#include <stdio.h>
#include <string.h>

Config *parse(const char *text) {
  Config *config;
  Status status = config_parse(&config, &NETWORK_KINDS, text, "t.yaml", NULL, 0);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  return config;
}

char *text_of(const Config *config) {
  char *text;
  Status status = config_text(&text, config);
  if (status.code != STATUS_OK) fail_msg("%s", status.text);
  return text;
}

typedef struct Wanted {
  const char *path;
  char text[200];
} Wanted;

static void look(void *context, const ConfigValue *value) {
  Wanted *wanted = context;
  if (strcmp(value->path, wanted->path) == 0)
    snprintf(wanted->text, sizeof wanted->text, "%s", value->text);
}

void assert_value(const Config *config, const char *path, const char *text) {
  Wanted wanted = {path, "(none)"};
  config_visit(config, look, &wanted);
  if (strcmp(wanted.text, text ? text : "(none)") != 0)
    fail_msg("%s is %s, not %s", path, wanted.text, text ? text : "(none)");
}
