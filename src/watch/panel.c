#include "panel.h"

#include "base/duration.h"
#include "figures.h"
#include "watch/chart.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  LABEL_COLUMNS = 8,
  ROWS_BY_DEFAULT = 8,
  COLUMNS_BY_DEFAULT = 80,
  FEWEST_ROWS = 3,
  FEWEST_COLUMNS = 6,
  SIDE_BY_SIDE = 72, /* columns of a terminal in which both charts fit into a line */
  BAR = 24,
  SENTENCE_TEXT = 4 * FIGURE_TEXT
};

Style panel_style(const Follow *follow) {
  static const Style STYLES[N_FOLLOW_STATES] = {
      [FOLLOW_WAITING] = STYLE_WARNING, [FOLLOW_RUNNING] = STYLE_BOLD,
      [FOLLOW_SILENT] = STYLE_BAD,      [FOLLOW_STOPPED] = STYLE_WARNING,
      [FOLLOW_DIVERGED] = STYLE_BAD,    [FOLLOW_FINISHED] = STYLE_GOOD,
      [FOLLOW_UNREADABLE] = STYLE_BAD};
  return STYLES[follow->state];
}

static void metrics_text(char text[SENTENCE_TEXT], const char *set, double accuracy, double loss) {
  char share[FIGURE_TEXT], number[FIGURE_TEXT];
  figure(share, "%.2f %%", 100 * accuracy);
  figure(number, "%.4f", loss);
  snprintf(text, SENTENCE_TEXT, "%s loss %s accuracy %s", set, number, share);
}

static void train_text(char text[SENTENCE_TEXT], const Follow *follow) {
  metrics_text(text, "train", follow->run.train_accuracy, follow->run.train_loss);
}

static void test_text(char text[SENTENCE_TEXT], const Follow *follow) {
  const char *set = run_is_validated(&follow->run) ? "validation" : "test";
  metrics_text(text, set, follow->run.test_accuracy, follow->run.test_loss);
}

static void speed_text(char text[SENTENCE_TEXT], const Follow *follow) {
  char rate[FIGURE_TEXT], images[FIGURE_TEXT];
  figure(rate, "%.4g", follow->rate);
  figure(images, "%.0f", follow->run.images_per_second);
  snprintf(text, SENTENCE_TEXT, "learning rate %s, %s images/s", rate, images);
}

/* "" unless it is told. */
static void note_text(char text[SENTENCE_TEXT], const Follow *follow) {
  char loss[FIGURE_TEXT], accuracy[FIGURE_TEXT], images[FIGURE_TEXT];
  figure(loss, "%.4f", follow->note.loss);
  figure(accuracy, "%.2f %%", 100 * follow->note.accuracy);
  figure(images, "%.0f", follow->note.images_per_second);
  text[0] = '\0';
  if (follow->has_note)
    snprintf(text, SENTENCE_TEXT, "step %.0f of %.0f, loss %s accuracy %s, %s images/s",
             follow->note.step, follow->note.n_steps, loss, accuracy, images);
}

/* "" where it is not known. */
static void end_text(char text[SENTENCE_TEXT], const Follow *follow, double now) {
  char left[FIGURE_TEXT], clock[FIGURE_TEXT];
  figure_left(left, follow, now);
  figure_clock(clock, follow->end, now);
  text[0] = '\0';
  if (!isnan(follow->end)) snprintf(text, SENTENCE_TEXT, "%s left, ends about %s", left, clock);
}

void panel_sentence(Screen *screen, const Follow *follow, double now) {
  char epochs[FIGURE_TEXT], train[SENTENCE_TEXT], test[SENTENCE_TEXT], speed[SENTENCE_TEXT],
      end[SENTENCE_TEXT], text[SENTENCE_TEXT];
  figure_epochs(epochs, follow, "/");
  train_text(train, follow);
  test_text(test, follow);
  speed_text(speed, follow);
  end_text(end, follow, now);
  screen_put(screen, STYLE_PLAIN, "epoch %s", epochs);
  if (follow->run.epochs > 0) screen_put(screen, STYLE_PLAIN, "  %s  %s  %s", train, test, speed);
  note_text(text, follow);
  if (*text) screen_put(screen, STYLE_PLAIN, "  %s", text);
  if (*end) screen_put(screen, STYLE_PLAIN, "  %s", end);
}

/* The bar is as long as the line allows. */
static void draw_progress(Screen *screen, const Follow *follow) {
  char epochs[FIGURE_TEXT], bar[BAR + 1] = "";
  double planned = (double)follow->run.n_planned;
  double share = planned > 0 ? fmin(1, follow->progress / planned) : 0;
  figure_epochs(epochs, follow, " of ");
  screen_put(screen, STYLE_PLAIN, "epoch %s", epochs);
  int length = screen->width - screen->column - (int)strlen("  []  100 %");
  if (length > BAR) length = BAR;
  for (int i = 0; i < length; i++) bar[i] = i < (int)(share * length) ? '#' : '.';
  if (length > 0) bar[length] = '\0';
  if (planned > 0 && length > 0) screen_put(screen, STYLE_PLAIN, "  [%s]", bar);
  if (planned > 0) screen_put(screen, STYLE_PLAIN, "  %.0f %%", floor(100 * share));
  screen_end_line(screen);
}

static void draw_head(Screen *screen, const Follow *follow) {
  const Run *run = &follow->run;
  screen_put(screen, panel_style(follow), "%s", follow_word(follow->state));
  screen_put(screen, STYLE_PLAIN, "  ");
  screen_put(screen, STYLE_BOLD, "%s", follow->path);
  screen_end_line(screen);
  if (!follow->has_run) return;
  char text[5 * RUN_TEXT];
  snprintf(text, sizeof text, "%s, norm %s, seed %s, %s", run->name, run->norm, run->seed,
           run->data);
  screen_paragraph(screen, STYLE_PLAIN, text);
}

static void draw_numbers(Screen *screen, const Follow *follow, double now) {
  char text[SENTENCE_TEXT], ago[40], saved[40];
  draw_progress(screen, follow);
  note_text(text, follow);
  screen_paragraph(screen, STYLE_PLAIN, text);
  if (follow->run.epochs > 0) {
    train_text(text, follow);
    screen_paragraph(screen, STYLE_PLAIN, text);
    test_text(text, follow);
    screen_paragraph(screen, STYLE_PLAIN, text);
    speed_text(text, follow);
    screen_paragraph(screen, STYLE_PLAIN, text);
  }
  end_text(text, follow, now);
  screen_paragraph(screen, STYLE_BOLD, text);
  if (follow_has_ended(follow)) return;
  duration_text(ago, sizeof ago, now - follow->updated);
  duration_text(saved, sizeof saved, now - follow->saved);
  snprintf(text, sizeof text, "last sign of life %s ago, last checkpoint %s ago", ago, saved);
  screen_paragraph(screen, STYLE_PLAIN, text);
}

/* A chart with the titles of its series; numbers on its axis are multiplied by scale. */
typedef struct Plot {
  Chart chart;
  const char *title[CHART_SERIES];
  double scale;
  int64_t n;
  const char *unit; /* of the last one below the axis; the first is 1 */
} Plot;

static void make_plot(Plot *plot, const Screen *screen, const double *first, const double *second,
                      int64_t n, int columns, int rows, int is_log) {
  Chart *chart = &plot->chart;
  plot->n = n;
  chart_begin(chart, columns - LABEL_COLUMNS - 1, rows, screen->is_unicode, is_log);
  chart_range(chart, first, (size_t)n);
  chart_range(chart, second, (size_t)n);
  chart_draw(chart, 1, second, (size_t)n);
  chart_draw(chart, 0, first, (size_t)n);
}

static void put_cells(Screen *screen, const Chart *chart, int row) {
  for (int column = 0; column < chart->columns; column++) {
    char text[4];
    int series = chart_cell(text, chart, row, column);
    if (series < 0)
      screen_put(screen, STYLE_PLAIN, " ");
    else
      screen_put(screen, series == 0 ? STYLE_FIRST : STYLE_SECOND, "%s", text);
  }
}

static void put_axis(Screen *screen, const Plot *plot, int row) {
  char label[FIGURE_TEXT] = "";
  const Chart *chart = &plot->chart;
  int is_top = row == 0, is_bottom = row == chart->rows - 1;
  const char *format = plot->scale == 100 ? "%.2f" : "%.3g";
  if (is_top || is_bottom) figure(label, format, plot->scale * (is_top ? chart->high : chart->low));
  screen_cell(screen, STYLE_DIM, 1 - LABEL_COLUMNS, label);
  screen_put(screen, STYLE_DIM, screen->is_unicode ? " \u2502" : " |");
}

/* Row -1: the title; the row below the last one: numbers. */
static void put_plot_row(Screen *screen, const Plot *plot, int row) {
  char last[FIGURE_TEXT];
  const Chart *chart = &plot->chart;
  int width = LABEL_COLUMNS + 1 + chart->columns, start = screen->column;
  if (row < 0) {
    screen_cell(screen, STYLE_FIRST, screen_columns(screen, plot->title[0]), plot->title[0]);
    if (plot->title[1]) screen_put(screen, STYLE_SECOND, "%s", plot->title[1]);
  } else if (row < chart->rows) {
    put_axis(screen, plot, row);
    put_cells(screen, chart, row);
  } else {
    snprintf(last, sizeof last, "%s %lld", plot->unit, (long long)plot->n);
    screen_cell(screen, STYLE_DIM, LABEL_COLUMNS + 1, "");
    screen_cell(screen, STYLE_DIM, 2, "1");
    screen_cell(screen, STYLE_DIM, 2 - chart->columns, plot->n > 1 ? last : "");
  }
  int blanks = width - (screen->column - start);
  if (screen->is_open && blanks > 0) screen_put(screen, STYLE_PLAIN, "%*s", blanks, "");
}

static void draw_charts(Screen *screen, const Follow *follow, int height) {
  const Run *run = &follow->run;
  int width = screen->width < SCREEN_NO_LIMIT ? screen->width : COLUMNS_BY_DEFAULT;
  int is_wide = width >= SIDE_BY_SIDE, rows = ROWS_BY_DEFAULT;
  int columns = is_wide ? (width - 2) / 2 : width;
  if (height != INT_MAX) rows = is_wide ? height - 3 : height / 2 - 3;
  if (run->epochs < 1 || rows < FEWEST_ROWS || columns < LABEL_COLUMNS + 1 + FEWEST_COLUMNS) return;
  int is_validated = run_is_validated(run);
  Plot plots[2] = {
      {.title = {is_validated ? "validation accuracy, %" : "test accuracy, %"},
       .scale = 100,
       .unit = "epoch"},
      {.title = {is_validated ? "loss, log scale: validation" : "loss, log scale: test",
                 screen->is_unicode ? ", train dashed" : ", train as points"},
       .scale = 1,
       .unit = "epoch"}};
  make_plot(&plots[0], screen, run->accuracy, NULL, run->epochs, columns, rows, 0);
  make_plot(&plots[1], screen, follow->test_loss, follow->train_loss, run->epochs, columns, rows,
            1);
  screen_end_line(screen);
  for (int i = 0; i < 2; i++) {
    for (int row = -1; row <= plots[0].chart.rows; row++) {
      put_plot_row(screen, &plots[i], row);
      if (is_wide) {
        screen_put(screen, STYLE_PLAIN, "  ");
        put_plot_row(screen, &plots[1], row);
      }
      screen_end_line(screen);
    }
    if (is_wide) break;
  }
}

/* Whether the losses of steps make a curve: those of a run that goes on, as epochs come slowly. */
static int has_steps(const Follow *follow) {
  return follow->curve.n > 1 && !follow_has_ended(follow);
}

static void draw_steps(Screen *screen, const Follow *follow, int height) {
  const NoteCurve *curve = &follow->curve;
  const int width = screen->width < SCREEN_NO_LIMIT ? screen->width : COLUMNS_BY_DEFAULT;
  const int rows = height == INT_MAX ? ROWS_BY_DEFAULT : height - 3;
  if (rows < FEWEST_ROWS || width < LABEL_COLUMNS + 1 + FEWEST_COLUMNS) return;
  Plot plot = {.title = {"loss of steps, log scale"}, .scale = 1, .unit = "step"};
  make_plot(&plot, screen, curve->loss, NULL, curve->n, width, rows, 1);
  plot.n = (int64_t)curve->step[curve->n - 1];
  screen_end_line(screen);
  for (int row = -1; row <= plot.chart.rows; row++) {
    put_plot_row(screen, &plot, row);
    screen_end_line(screen);
  }
}

/* Steps alone until an epoch has ended; then they have a third of the lines, where that is enough
 * for both. */
static void draw_curves(Screen *screen, const Follow *follow, int height) {
  const int is_first = follow->run.epochs < 1;
  const int least = FEWEST_ROWS + 3, has_room = height == INT_MAX || height >= 3 * least;
  const int is_shown = has_steps(follow) && (is_first || has_room);
  const int steps = height == INT_MAX ? height : is_first ? height : height / 3;
  if (!is_first)
    draw_charts(screen, follow, is_shown && height != INT_MAX ? height - steps : height);
  if (is_shown) draw_steps(screen, follow, steps);
}

void panel_draw(Screen *screen, const Follow *follow, int height, double now) {
  int first = screen->n_lines;
  draw_head(screen, follow);
  if (follow->state == FOLLOW_WAITING)
    screen_paragraph(screen, STYLE_PLAIN, "there is no such file yet");
  Status verdict = follow_verdict(follow);
  if (verdict.code != STATUS_OK && follow->state != FOLLOW_WAITING)
    screen_paragraph(screen, STYLE_BAD, verdict.text);
  if (follow->has_run) {
    draw_numbers(screen, follow, now);
    int used = screen->n_lines - first;
    draw_curves(screen, follow, height == INT_MAX ? INT_MAX : height - used - 1);
  }
  screen_end_line(screen);
}
