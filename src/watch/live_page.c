#include "watch/live_page.h"

#include "base/duration.h"
#include "base/version.h"
#include "report/markup.h"
#include "run_columns.h"
#include "store/replace.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WIDE = 240, HIGH = 48 }; /* of a curve, in pixels */

static const char STYLE[] =
    "<style>\n"
    "body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #1c1c1c; background: "
    "#fff; }\n"
    "table { border-collapse: collapse; } th, td { padding: 0.25rem 0.7rem; text-align: right; "
    "border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }\n"
    "th { font-weight: 600; } .l { text-align: left; } td { white-space: nowrap; }\n"
    "svg { display: block; width: 15rem; height: 3rem; } polyline { fill: none; stroke: #0072b2; "
    "stroke-width: 1.5; vector-effect: non-scaling-stroke; }\n"
    ".bad { color: #b00020; } .good { color: #00664a; } .soft { color: #555; }\n"
    ".box { overflow-x: auto; }\n"
    "@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616; } th, td { "
    "border-color: #3a3a3a; } polyline { stroke: #6ab7ff; } .bad { color: #ff8a80; } .good { "
    "color: "
    "#69d7a8; } .soft { color: #aaa; } }\n"
    "</style>\n";

/* Without it the time of writing is there all the same. */
static const char SCRIPT[] =
    "<script>\n"
    "const age = document.getElementById('age'), written = Number(age.dataset.written);\n"
    "function tell() {\n"
    "  const s = Math.max(0, Math.round(Date.now() / 1000 - written));\n"
    "  age.textContent = ', ' + (s < 120 ? s + ' s' : s < 7200 ? Math.floor(s / 60) + ' min' :\n"
    "                            Math.floor(s / 3600) + ' h') + ' ago';\n"
    "}\n"
    "tell();\n"
    "setInterval(tell, 1000);\n"
    "</script>\n";

static double height_of(double y, int is_log) {
  return is_log ? log(y) : y;
}

/* A cell with a curve through y [n]; what is not finite is passed over. */
static void put_curve(FILE *out, const double *y, int64_t n, int is_log, const char *label) {
  double low = (double)INFINITY, high = -(double)INFINITY;
  for (int64_t i = 0; y && i < n; i++) {
    if (!isfinite(height_of(y[i], is_log))) continue;
    low = fmin(low, height_of(y[i], is_log));
    high = fmax(high, height_of(y[i], is_log));
  }
  if (!y || n < 2 || low > high) {
    fputs("<td class=\"l soft\">-</td>", out);
    return;
  }
  fprintf(
      out,
      "<td><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s, "
      "%.4g to %.4g\"><polyline points=\"",
      WIDE, HIGH, label, is_log ? exp(low) : low, is_log ? exp(high) : high);
  for (int64_t i = 0; i < n; i++) {
    const double at = height_of(y[i], is_log);
    if (!isfinite(at)) continue;
    fprintf(out, "%.1f,%.1f ", (double)WIDE * (double)i / (double)(n - 1),
            high > low ? (HIGH - 2) * (high - at) / (high - low) + 1 : HIGH / 2.0);
  }
  fputs("\"/></svg></td>", out);
}

static const char *class_of(const Follow *follow) {
  const int is_bad = follow->state == FOLLOW_DIVERGED || follow->state == FOLLOW_SILENT ||
                     follow->state == FOLLOW_UNREADABLE;
  return is_bad ? "l bad" : follow->state == FOLLOW_FINISHED ? "l good" : "l";
}

static void put_run(FILE *out, const Follow *follow, double now) {
  char text[FIGURE_TEXT];
  fputs("<tr><td class=\"l\">", out);
  html_text(out, follow->name);
  fputs("</td>", out);
  for (int k = 0; k < WATCH_COLUMNS; k++) {
    if (WATCH_COLUMN[k].is_curve) continue;
    WATCH_COLUMN[k].text(text, follow, now);
    fprintf(out, "<td class=\"%s\">", WATCH_COLUMN[k].is_left ? class_of(follow) : "n");
    html_text(out, text);
    fputs("</td>", out);
  }
  put_curve(out, follow->curve.loss, follow->curve.n, 1, "loss of steps, log scale");
  const int has_epochs = follow->has_run && follow->run.accuracy && follow->run.epochs > 0;
  put_curve(out, has_epochs ? follow->run.accuracy : NULL, has_epochs ? follow->run.epochs : 0, 0,
            "accuracy after epochs");
  fputs("</tr>\n", out);
}

static void put_table(FILE *out, const FollowList *list, double now) {
  fputs("<div class=\"box\"><table>\n<thead><tr><th class=\"l\">run</th>", out);
  for (int k = 0; k < WATCH_COLUMNS; k++)
    if (!WATCH_COLUMN[k].is_curve)
      fprintf(out, "<th%s>%s</th>", WATCH_COLUMN[k].is_left ? " class=\"l\"" : "",
              WATCH_COLUMN[k].title);
  fputs("<th class=\"l\">loss of steps, log scale</th><th class=\"l\">accuracy after epochs</th>"
        "</tr></thead>\n<tbody>\n",
        out);
  for (size_t i = 0; i < list->n_runs; i++) put_run(out, list->runs[i], now);
  fputs("</tbody>\n</table></div>\n", out);
}

static void put_problem(FILE *out, const char *text) {
  if (!*text) return;
  fputs("<p class=\"bad\">", out);
  html_text(out, text);
  fputs("</p>\n", out);
}

static void put_problems(FILE *out, const FollowList *list) {
  for (size_t i = 0; i < list->n_sources; i++) put_problem(out, list->sources[i].problem.text);
  for (size_t i = 0; i < list->n_runs; i++) {
    const Follow *follow = list->runs[i];
    if (follow->problem.code != STATUS_OK || follow->state == FOLLOW_SILENT)
      put_problem(out, follow_verdict(follow).text);
  }
}

static void put_age(FILE *out, double now, double seconds) {
  char time[FIGURE_TEXT], wait[64];
  figure_time(time, now);
  duration_text(wait, sizeof wait, seconds);
  fprintf(out, "<p class=\"soft\">Written %s<span id=\"age\" data-written=\"%.0f\"></span>. ", time,
          floor(now));
  if (seconds > 0)
    fprintf(out,
            "It is written anew about every %s as long as normlab watch runs, and read anew by "
            "itself; where it is much older, that has ended, and the runs may not have.</p>\n",
            wait);
  else
    fputs("It is the last one: normlab watch has ended.</p>\n", out);
}

static void put_page(FILE *out, const FollowList *list, double now, double seconds) {
  TextBuffer totals = {.used = 0};
  follow_list_totals(&totals, list);
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        out);
  if (seconds > 0) fprintf(out, "<meta http-equiv=\"refresh\" content=\"%.0f\">\n", ceil(seconds));
  fputs("<title>", out);
  html_text(out, totals.text);
  fprintf(out, "</title>\n%s</head>\n<body>\n<h1>", STYLE);
  html_text(out, totals.text);
  fputs("</h1>\n", out);
  put_age(out, now, seconds);
  put_problems(out, list);
  put_table(out, list, now);
  fprintf(out, "<p class=\"soft\">normlab %s</p>\n%s</body>\n</html>\n", version_number(), SCRIPT);
}

Status live_page_write(const char *file, const FollowList *list, double now, double seconds) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  if (out) put_page(out, list, now, seconds);
  Status status = status_ok();
  if (!out || fclose(out) != 0) status = status_error(STATUS_MEMORY, "%s: no memory for it", file);
  if (status.code == STATUS_OK) status = file_replace(file, text, bytes);
  free(text);
  return status;
}
