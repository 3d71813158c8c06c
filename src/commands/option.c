#include "commands/option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status option_flag(void *place, const Option *option, char *text) {
  (void)option, (void)text;
  *(int *)place = 1;
  return status_ok();
}

Status option_text(void *place, const Option *option, char *text) {
  if (!*text)
    return status_error(STATUS_USAGE, "--%s: expected %s, found an empty text", option->name,
                        option->argument);
  *(const char **)place = text;
  return status_ok();
}

/* Digits alone: neither a sign nor blanks, which strtoull would take. */
static int whole_number(uint64_t *value, const char *text) {
  errno = 0;
  *value = strtoull(text, NULL, 10);
  return *text && !text[strspn(text, "0123456789")] && !errno;
}

Status option_count(void *place, const Option *option, char *text) {
  uint64_t n;
  if (!whole_number(&n, text) || n < 1 || n > (uint64_t)option->most)
    return status_error(STATUS_USAGE, "--%s %.100s: expected 1 to %d", option->name, text,
                        option->most);
  *(int *)place = (int)n;
  return status_ok();
}

Status option_whole(void *place, const Option *option, char *text) {
  if (whole_number(place, text)) return status_ok();
  return status_error(STATUS_USAGE, "--%s %.100s: expected 0 to %llu", option->name, text,
                      (unsigned long long)UINT64_MAX);
}

Status option_time(void *place, const Option *option, char *text) {
  if (config_duration(place, text)) return status_ok();
  return status_error(STATUS_USAGE,
                      "--%s %.100s: expected a time like 90s, 30min, 2h, or 0 for none",
                      option->name, text);
}

Status option_points(void *share, const Option *option, char *text) {
  char *end;
  double points = strtod(text, &end);
  if (end == text || *end || !(points > 0 && points <= 100))
    return status_error(STATUS_USAGE,
                        "--%s %.100s: expected percentage points, above 0 and at most 100",
                        option->name, text);
  *(double *)share = points / 100;
  return status_ok();
}

Status option_share(void *share, const Option *option, char *text) {
  char *end;
  double number = strtod(text, &end);
  if (end == text || *end || !(number > 0 && number <= 1))
    return status_error(STATUS_USAGE, "--%s %.100s: expected a share above 0 and at most 1",
                        option->name, text);
  *(double *)share = number;
  return status_ok();
}

Status option_input(void *place, const Option *option, char *text) {
  enum { MAX_SIDE = 4096 };
  InputSize *input = place;
  char rest;
  if (sscanf(text, "%dx%dx%d%c", &input->c, &input->h, &input->w, &rest) != 3 || input->c < 1 ||
      input->c > MAX_INPUT_CHANNELS || input->h < 1 || input->h > MAX_SIDE || input->w < 1 ||
      input->w > MAX_SIDE)
    return status_error(STATUS_USAGE,
                        "--%s %.100s: expected channels x rows x columns, such as 1x28x28",
                        option->name, text);
  return status_ok();
}

Status option_statistics(void *place, const Option *option, char *text) {
  Statistics *statistics = place;
  *statistics = statistics_find(text);
  if (*statistics != N_STATISTICS) return status_ok();
  return status_error(STATUS_USAGE, "--%s %.100s: expected %s, %s or %s", option->name, text,
                      STATISTICS_NAMES[STATISTICS_RUNNING], STATISTICS_NAMES[STATISTICS_POPULATION],
                      STATISTICS_NAMES[STATISTICS_BATCH]);
}

Status option_fit(void *place, const Option *option, char *text) {
  if (picture_fit_named(place, text)) return status_ok();
  return status_error(STATUS_USAGE, "--%s %.100s: expected %s, %s, %s or %s", option->name, text,
                      PICTURE_FITS[FIT_CROP], PICTURE_FITS[FIT_PAD], PICTURE_FITS[FIT_STRETCH],
                      PICTURE_FITS[FIT_DIGIT]);
}

InputSize input_size(InputSize given) {
  return given.c > 0 ? given : (InputSize){1, 28, 28};
}

/* KEY=VALUE of --set, split. */
static Status split_change(ConfigChange *change, char **key, const char *text) {
  const char *equals = strchr(text, '=');
  if (!equals || equals == text)
    return status_error(STATUS_USAGE, "--set %.400s: expected KEY=VALUE, such as optimizer.lr=0.1",
                        text);
  *key = strndup(text, (size_t)(equals - text));
  if (!*key) return status_error(STATUS_MEMORY, "--set: no memory");
  change->key = *key;
  change->value = equals + 1;
  return status_ok();
}

Status option_change(void *place, const Option *option, char *text) {
  Changes *changes = place;
  if (changes->n == MAX_CHANGES)
    return status_error(STATUS_USAGE, "more than %d changes of the configuration", MAX_CHANGES);
  ConfigChange *change = &changes->change[changes->n];
  *change = (ConfigChange){"--set", NULL, NULL};
  if (!option->key) TRY(split_change(change, &changes->key[changes->n], text));
  int n;
  const ConfigShort *shorts = config_shorts(&n);
  for (int i = 0; option->key && i < n; i++)
    if (strcmp(option->key, shorts[i].key) == 0)
      *change = (ConfigChange){shorts[i].option, shorts[i].key, text};
  changes->n++;
  return status_ok();
}

static void show_flag(char *text, size_t bytes, const void *place) {
  snprintf(text, bytes, "%s", *(const int *)place ? "yes" : "no");
}

static void show_text(char *text, size_t bytes, const void *place) {
  const char *value = *(const char *const *)place;
  snprintf(text, bytes, "%s", value ? value : "none");
}

static void show_count(char *text, size_t bytes, const void *place) {
  snprintf(text, bytes, "%d", *(const int *)place);
}

static void show_whole(char *text, size_t bytes, const void *place) {
  snprintf(text, bytes, "%" PRIu64, *(const uint64_t *)place);
}

static void show_seconds(char *text, size_t bytes, const void *place) {
  const double seconds = *(const double *)place;
  snprintf(text, bytes, seconds < 0 ? "none" : "%.17g", seconds);
}

static void show_input(char *text, size_t bytes, const void *place) {
  const InputSize size = input_size(*(const InputSize *)place);
  snprintf(text, bytes, "%dx%dx%d", size.c, size.h, size.w);
}

static void show_statistics(char *text, size_t bytes, const void *place) {
  const Statistics statistics = *(const Statistics *)place;
  snprintf(text, bytes, "%s", statistics == N_STATISTICS ? "none" : STATISTICS_NAMES[statistics]);
}

void option_show(char *text, size_t bytes, const void *place, const Option *option) {
  static const struct {
    Status (*take)(void *place, const Option *option, char *text);
    void (*show)(char *text, size_t bytes, const void *place);
  } ROWS[] = {{option_flag, show_flag},
              {option_text, show_text},
              {option_count, show_count},
              {option_whole, show_whole},
              {option_time, show_seconds},
              {option_input, show_input},
              {option_statistics, show_statistics}};
  *text = '\0';
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    if (ROWS[i].take == option->take) ROWS[i].show(text, bytes, place);
}

void changes_free(Changes *changes) {
  for (int i = 0; i < changes->n; i++) free(changes->key[i]);
}

static void add(OptionList *list, Option option) {
  if (list->n < MAX_OPTIONS) list->row[list->n++] = option;
}

void option_list(OptionList *list, const Option *table) {
  int n;
  const ConfigShort *shorts = config_shorts(&n);
  list->n = 0;
  for (const Option *row = table; row && row->name; row++) {
    for (int i = 0; row->take == option_change && i < n; i++) {
      Option option = *row;
      option.name = shorts[i].option + 2;
      option.argument = shorts[i].argument;
      option.help = shorts[i].help;
      option.key = shorts[i].key;
      option.accepted = shorts[i].accepted;
      add(list, option);
    }
    add(list, *row);
  }
  add(list, (Option){.name = "help", .help = "Prints this text."});
}
