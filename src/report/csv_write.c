#include "report/csv_write.h"

#include "base/utf8.h"
#include "run_keys.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { NUMBER_BYTES = 32 };

static void begin(Csv *csv) {
  if (csv->has_cells) fputc(',', csv->out);
  csv->has_cells = 1;
}

void csv_end_line(Csv *csv) {
  fputc('\n', csv->out);
  csv->has_cells = 0;
}

/* A reader takes blanks at the ends of a cell for no part of it, and "#" may begin a comment. */
static int needs_marks(const char *text) {
  size_t length = strlen(text);
  return text[strcspn(text, ",\"\r\n#")] ||
         (length > 0 && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1])));
}

void csv_put_text(Csv *csv, const char *text) {
  begin(csv);
  if (!needs_marks(text)) {
    utf8_print(csv->out, text);
    return;
  }
  fputc('"', csv->out);
  for (int n; *text; text += n ? n : 1) {
    n = utf8_length(text);
    if (*text == '"') fputc('"', csv->out);
    if (n == 0) fputs(UTF8_REPLACEMENT, csv->out);
    fwrite(text, 1, (size_t)n, csv->out);
  }
  fputc('"', csv->out);
}

void csv_put_number(Csv *csv, double number) {
  char text[NUMBER_BYTES];
  begin(csv);
  if (!isfinite(number)) return;
  (void)run_number_text(text, sizeof text, number);
  fputs(text, csv->out);
}

void csv_put_count(Csv *csv, int64_t count) {
  begin(csv);
  if (count >= 0) fprintf(csv->out, "%" PRId64, count);
}
