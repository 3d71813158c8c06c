#include "store/class_names.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "store/schema.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status class_names_read(ClassNames *names, const Record *record) {
  const Field *field = result_find(record, RESULT_DATA_CLASS, NULL);
  *names = (ClassNames){.n = 0};
  if (!field || field->dims[0] == 0 || field->dims[0] > INT32_MAX) return status_ok();
  TRY(memory_allocate(&names->name, field->dims[0], sizeof *names->name, "names of classes"));
  const char *text = field->data;
  for (size_t k = 0; k < field->dims[0]; k++, text += strlen(text) + 1) {
    names->name[k] = strdup(text);
    if (!names->name[k]) return status_error(STATUS_MEMORY, "no memory for names of classes");
    names->n++;
  }
  return status_ok();
}

void class_names_free(ClassNames *names) {
  for (int k = 0; k < names->n; k++) free(names->name[k]);
  free(names->name);
  *names = (ClassNames){.n = 0};
}

const char *class_name(const ClassNames *names, int64_t class) {
  char number[32];
  if (class < 0 || class >= names->n) return NULL;
  snprintf(number, sizeof number, "%" PRId64, class);
  const char *name = names->name[class];
  return name[0] && strcmp(name, number) != 0 ? name : NULL;
}

int class_names_differ(const ClassNames *a, const ClassNames *b) {
  if (a->n == 0 || b->n == 0) return 0;
  if (a->n != b->n) return 1;
  for (int k = 0; k < a->n; k++)
    if (strcmp(a->name[k], b->name[k]) != 0) return 1;
  return 0;
}

/* A character of at most 4 bytes, or "?"; returns the bytes that it has in the text. */
static int put_character(char *to, const char *text) {
  const int n = utf8_length(text), is_good = n > 0 && !iscntrl((unsigned char)*text);
  snprintf(to, 5, "%.*s", is_good ? n : 1, is_good ? text : "?");
  return n > 0 ? n : 1;
}

const char *class_label(char label[CLASS_LABEL], const ClassNames *names, int64_t class) {
  const char *name = class_name(names, class);
  char shown[CLASS_SHOWN][5];
  int n = 0;
  for (const char *at = name; at && *at && n <= CLASS_SHOWN;) {
    if (n == CLASS_SHOWN) {
      snprintf(shown[n++ - 1], sizeof shown[0], "\u2026");
      break;
    }
    at += put_character(shown[n++], at);
  }
  int used = snprintf(label, CLASS_LABEL, "%" PRId64 "%s", class, name ? " " : "");
  for (int i = 0; i < n && i < CLASS_SHOWN; i++)
    used += snprintf(label + used, (size_t)(CLASS_LABEL - used), "%s", shown[i]);
  return label;
}
