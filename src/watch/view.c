#include "watch/view.h"

#include "figures.h"
#include "panel.h"
#include "run_columns.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PANELS = 4, SHORT_NAME = 16, LONG_NAME = 60 };

/* Whether a run is shown with its curves; otherwise it is a row of the table. */
static int is_panel(const FollowList *list, size_t i, int has_panels) {
  return has_panels && !list->sources[list->runs[i]->source].is_folder;
}

/* Widths of what a table of runs shows; 0: the column is left out. */
typedef struct Layout {
  int name, column[WATCH_COLUMNS];
} Layout;

static int larger(int a, int b) {
  return a > b ? a : b;
}

/* With room for all of the table. */
static Layout full_layout(const Screen *screen, const FollowList *list, int has_panels,
                          double now) {
  Layout layout = {.name = (int)strlen("run ")};
  char text[FIGURE_TEXT];
  for (int k = 0; k < WATCH_COLUMNS; k++)
    layout.column[k] = WATCH_COLUMN[k].is_curve ? 0 : (int)strlen(WATCH_COLUMN[k].title);
  for (size_t i = 0; i < list->n_runs; i++) {
    if (is_panel(list, i, has_panels)) continue;
    layout.name = larger(layout.name, screen_columns(screen, list->runs[i]->name));
    for (int k = 0; k < WATCH_COLUMNS; k++) {
      WATCH_COLUMN[k].text(text, list->runs[i], now);
      if (!WATCH_COLUMN[k].is_curve || (screen->is_unicode && *text))
        layout.column[k] = larger(layout.column[k], screen_columns(screen, text));
    }
  }
  return layout;
}

/* Of the columns up to an importance, each with two blanks before it; of a column of curves nothing
 * where no run has one. */
static int columns_width(const Layout *layout, int rank) {
  int width = 0;
  for (int k = 0; k < WATCH_COLUMNS; k++)
    if (WATCH_COLUMN[k].rank <= rank && layout->column[k] > 0) width += 2 + layout->column[k];
  return width;
}

/* A long name is cut, but not for more columns than one can read it by. */
static Layout fit_layout(const Screen *screen, const FollowList *list, int has_panels, double now) {
  Layout layout = full_layout(screen, list, has_panels, now);
  int rank = WATCH_COLUMNS - 1, least = layout.name < SHORT_NAME ? layout.name : SHORT_NAME;
  while (rank > 0 && least + columns_width(&layout, rank) > screen->width) rank--;
  int room = screen->width - columns_width(&layout, rank);
  if (layout.name > room) layout.name = larger(room, 8);
  if (layout.name > LONG_NAME && screen->width < SCREEN_NO_LIMIT) layout.name = LONG_NAME;
  for (int k = 0; k < WATCH_COLUMNS; k++)
    if (WATCH_COLUMN[k].rank > rank) layout.column[k] = 0;
  return layout;
}

static void draw_cells(Screen *screen, const Layout *layout, const Follow *follow, double now) {
  char text[FIGURE_TEXT];
  screen_cell(screen, follow ? STYLE_PLAIN : STYLE_DIM, layout->name,
              follow ? follow->name : "run");
  for (int i = 0; i < WATCH_COLUMNS; i++) {
    int width = layout->column[i];
    Style style = !follow ? STYLE_DIM : i == 0 ? panel_style(follow) : STYLE_PLAIN;
    if (width == 0) continue;
    snprintf(text, sizeof text, "%s", WATCH_COLUMN[i].title);
    if (follow) WATCH_COLUMN[i].text(text, follow, now);
    screen_put(screen, STYLE_PLAIN, "  ");
    screen_cell(screen, style, WATCH_COLUMN[i].is_left ? width : -width, text);
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
  Layout layout = fit_layout(screen, list, has_panels, now);
  int room = screen->height == INT_MAX ? n_rows : screen->height - screen->n_lines - 3;
  int room_finished = room - n_open;
  draw_cells(screen, &layout, NULL, now);
  for (size_t i = 0; i < list->n_runs; i++) {
    if (is_panel(list, i, has_panels)) continue;
    int is_finished = list->runs[i]->state == FOLLOW_FINISHED;
    int is_shown = is_finished ? room_finished-- > 0 : room-- > 0;
    n_hidden += !is_shown;
    if (is_shown) draw_cells(screen, &layout, list->runs[i], now);
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
