#include "watch/view.h"

#include "figures.h"
#include "panel.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PANELS = 4, STATE_COLUMNS = 10 };

typedef struct Column {
  const char *title;
  int width; /* negative: to the right */
  void (*text)(char text[FIGURE_TEXT], const Follow *follow, double now);
} Column;

static void state_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  snprintf(text, FIGURE_TEXT, "%s", follow_word(follow->state));
}

static void epoch_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure_epochs(text, follow, "/");
}

static void accuracy_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.2f", follow->has_run ? 100 * follow->run.test_accuracy : (double)NAN);
  if (follow->has_run && run_is_validated(&follow->run)) strcat(text, "v");
}

static void loss_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.4g", follow->has_run ? follow->run.test_loss : (double)NAN);
}

static void speed_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  (void)now;
  figure(text, "%.0f", follow->has_run ? follow->run.images_per_second : (double)NAN);
}

static void end_cell(char text[FIGURE_TEXT], const Follow *follow, double now) {
  if (isnan(follow->end))
    strcpy(text, "-");
  else
    figure_clock(text, follow->end, now);
}

static const Column COLUMNS[] = {
    {"state", STATE_COLUMNS, state_cell},
    {"epoch", -7, epoch_cell},
    {"accuracy", -8, accuracy_cell},
    {"loss", -8, loss_cell},
    {"images/s", -8, speed_cell},
    {"left", -12, figure_left},
    {"ends", -6, end_cell},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

/* Whether a run is shown with its curves; otherwise it is a row of the table. */
static int is_panel(const FollowList *list, size_t i, int has_panels) {
  return has_panels && !list->sources[list->runs[i]->source].is_folder;
}

/* That of the longest name, as far as it leaves the state to be seen. */
static int name_columns(const Screen *screen, const FollowList *list, int has_panels) {
  int width = 4, most = screen->width - STATE_COLUMNS - 2;
  if (most > 60) most = 60;
  if (most < 8) most = 8;
  for (size_t i = 0; i < list->n_runs; i++) {
    int columns = is_panel(list, i, has_panels) ? 0 : screen_columns(screen, list->runs[i]->name);
    if (columns > width) width = columns;
  }
  return width < most ? width : most;
}

static void draw_row(Screen *screen, const Follow *follow, int name_width, double now) {
  char text[FIGURE_TEXT];
  screen_cell(screen, STYLE_PLAIN, name_width, follow->name);
  for (int i = 0; i < N_COLUMNS; i++) {
    COLUMNS[i].text(text, follow, now);
    screen_put(screen, STYLE_PLAIN, "  ");
    screen_cell(screen, i == 0 ? panel_style(follow) : STYLE_PLAIN, COLUMNS[i].width, text);
  }
  screen_end_line(screen);
}

static void draw_titles(Screen *screen, int name_width) {
  screen_cell(screen, STYLE_DIM, name_width, "run");
  for (int i = 0; i < N_COLUMNS; i++) {
    screen_put(screen, STYLE_PLAIN, "  ");
    screen_cell(screen, STYLE_DIM, COLUMNS[i].width, COLUMNS[i].title);
  }
  screen_end_line(screen);
}

static void draw_problems(Screen *screen, const FollowList *list, int has_panels) {
  int n_validated = 0;
  for (size_t i = 0; i < list->n_sources; i++)
    screen_paragraph(screen, STYLE_BAD, list->sources[i].problem.text);
  for (size_t i = 0; i < list->n_runs; i++) {
    const Follow *follow = list->runs[i];
    Status verdict = follow_verdict(follow);
    n_validated +=
        !is_panel(list, i, has_panels) && follow->has_run && run_is_validated(&follow->run);
    if (!is_panel(list, i, has_panels) &&
        (follow->problem.code != STATUS_OK || follow->state == FOLLOW_SILENT))
      screen_paragraph(screen, STYLE_BAD, verdict.text);
  }
  if (n_validated > 0) screen_paragraph(screen, STYLE_DIM, "v: on the validation split");
}

/* Runs that have finished make room for others first. */
static void draw_table(Screen *screen, const FollowList *list, int has_panels, double now) {
  int n_rows = 0, n_open = 0, n_hidden = 0;
  for (size_t i = 0; i < list->n_runs; i++) {
    n_rows += !is_panel(list, i, has_panels);
    n_open += !is_panel(list, i, has_panels) && list->runs[i]->state != FOLLOW_FINISHED;
  }
  if (n_rows == 0) return;
  int name_width = name_columns(screen, list, has_panels);
  int room = screen->height == INT_MAX ? n_rows : screen->height - screen->n_lines - 3;
  int room_finished = room - n_open;
  draw_titles(screen, name_width);
  for (size_t i = 0; i < list->n_runs; i++) {
    if (is_panel(list, i, has_panels)) continue;
    int is_finished = list->runs[i]->state == FOLLOW_FINISHED;
    int is_shown = is_finished ? room_finished-- > 0 : room-- > 0;
    n_hidden += !is_shown;
    if (is_shown) draw_row(screen, list->runs[i], name_width, now);
  }
  if (n_hidden > 0) {
    screen_put(screen, STYLE_DIM, "and %d more", n_hidden);
    screen_end_line(screen);
  }
}

/* The end of the last one, if all that go on have one. */
static double end_of_all(const FollowList *list) {
  double end = (double)NAN;
  for (size_t i = 0; i < list->n_runs; i++) {
    if (follow_has_ended(list->runs[i])) continue;
    if (isnan(list->runs[i]->end)) return (double)NAN;
    end = fmax(end, list->runs[i]->end);
  }
  return end;
}

static void draw_totals(Screen *screen, const FollowList *list, double now) {
  TextBuffer text = {.used = 0};
  char clock[FIGURE_TEXT];
  if (list->n_runs < 2) return;
  follow_list_totals(&text, list);
  double end = end_of_all(list);
  figure_clock(clock, end, now);
  if (!isnan(end)) text_add(&text, "; the last ends about %s", clock);
  screen_paragraph(screen, STYLE_BOLD, text.text);
}

/* Lines that each of n panels may take, beside n_rows in the table. */
static int panel_room(const Screen *screen, int n_panels, int n_rows) {
  if (screen->height == INT_MAX) return INT_MAX;
  int room = screen->height - (n_rows > 0 ? n_rows + 2 : 0);
  if (room < screen->height / 2) room = screen->height / 2;
  return n_panels > 1 ? (room - 1) / n_panels : room;
}

void view_draw(Screen *screen, const FollowList *list, double now) {
  int n_panels = 0;
  for (size_t i = 0; i < list->n_runs; i++) n_panels += is_panel(list, i, 1);
  int room = panel_room(screen, n_panels, (int)list->n_runs - n_panels);
  int has_panels = n_panels == 1 || (n_panels <= MOST_PANELS && room >= PANEL_LINES);
  for (size_t i = 0; i < list->n_runs; i++)
    if (is_panel(list, i, has_panels)) panel_draw(screen, list->runs[i], room, now);
  draw_table(screen, list, has_panels, now);
  draw_problems(screen, list, has_panels);
  draw_totals(screen, list, now);
  screen_end(screen);
}

static void put_time(Screen *screen, double now) {
  char time[FIGURE_TEXT];
  figure_time(time, now);
  screen_put(screen, STYLE_PLAIN, "%s  ", time);
}

static void draw_line(Screen *screen, const Follow *follow, double now) {
  Status verdict = follow_verdict(follow);
  put_time(screen, now);
  if (verdict.code != STATUS_OK) {
    screen_put(screen, STYLE_PLAIN, "%s", verdict.text);
  } else {
    screen_put(screen, STYLE_PLAIN, "%s: %s, ", follow->path, follow_word(follow->state));
    panel_sentence(screen, follow, now);
  }
  screen_end_line(screen);
}

void view_changes(Screen *screen, FollowList *list, double now) {
  for (size_t i = 0; i < list->n_sources; i++) {
    FollowSource *source = &list->sources[i];
    if (source->is_changed && source->problem.code != STATUS_OK) {
      put_time(screen, now);
      screen_put(screen, STYLE_PLAIN, "%s", source->problem.text);
      screen_end_line(screen);
    }
    source->is_changed = 0;
  }
  for (size_t i = 0; i < list->n_runs; i++) {
    if (list->runs[i]->is_changed) draw_line(screen, list->runs[i], now);
    list->runs[i]->is_changed = 0;
  }
}
