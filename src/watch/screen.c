#include "watch/screen.h"

#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static const char *const STYLES[] = {
    [STYLE_BOLD] = "1",     [STYLE_DIM] = "2",    [STYLE_GOOD] = "32",  [STYLE_BAD] = "1;31",
    [STYLE_WARNING] = "33", [STYLE_FIRST] = "36", [STYLE_SECOND] = "35"};

static int from_environment(const char *name, int otherwise) {
  const char *text = getenv(name);
  long n = text ? strtol(text, NULL, 10) : 0;
  return n > 0 && n < SCREEN_NO_LIMIT ? (int)n : otherwise;
}

void screen_init(Screen *screen) {
  const char *no_colour = getenv("NO_COLOR");
  struct winsize size = {0};
  FILE *out = screen->out;
  int is_watched = terminal_is_watched();
  int is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  *screen = (Screen){.out = out, .height = INT_MAX};
  screen->width =
      is_known && size.ws_col > 0 ? size.ws_col : from_environment("COLUMNS", SCREEN_NO_LIMIT);
  screen->is_unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  screen->has_style = is_watched && !(no_colour && *no_colour);
}

void screen_init_frame(Screen *screen) {
  struct winsize size = {0};
  screen_init(screen);
  screen->is_live = 1;
  int is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  screen->height = is_known ? size.ws_row : from_environment("LINES", 24);
}

/* The next character: its bytes and columns. "?" is in place of what cannot be shown. */
static size_t next_character(const char **shown, size_t *n_shown, int *columns,
                             const Screen *screen, const char *text, mbstate_t *state) {
  wchar_t wide;
  unsigned char first = (unsigned char)*text;
  *shown = text;
  *n_shown = 1;
  *columns = 1;
  if (first >= ' ' && first < 127) return 1;
  *shown = "?";
  if (first < 128 || !screen->is_unicode) return 1;
  size_t n = mbrtowc(&wide, text, MB_LEN_MAX, state);
  if (n == 0 || n > MB_LEN_MAX) {
    *state = (mbstate_t){0};
    return 1;
  }
  int width = wcwidth(wide);
  if (width < 0) return n;
  *shown = text;
  *n_shown = n;
  *columns = width;
  return n;
}

int screen_columns(const Screen *screen, const char *text) {
  int total = 0;
  mbstate_t state = {0};
  while (*text) {
    const char *shown;
    size_t n;
    int columns;
    text += next_character(&shown, &n, &columns, screen, text, &state);
    total += columns;
  }
  return total;
}

static void open_line(Screen *screen) {
  if (screen->is_open) return;
  screen->is_open = 1;
  screen->column = 0;
  if (screen->n_lines >= screen->height) return;
  if (screen->is_live) fputs(screen->n_lines > 0 ? "\r\n\033[2K" : "\033[H\033[2K", screen->out);
}

/* As much of the text as `room` columns hold. */
static void put_text(Screen *screen, Style style, int room, const char *text) {
  mbstate_t state = {0};
  open_line(screen);
  if (screen->n_lines >= screen->height) return;
  int end = screen->column + room < screen->width ? screen->column + room : screen->width;
  int has_style = screen->has_style && STYLES[style] && *text;
  if (has_style) fprintf(screen->out, "\033[%sm", STYLES[style]);
  while (*text) {
    const char *shown;
    size_t n_shown;
    int columns;
    size_t n = next_character(&shown, &n_shown, &columns, screen, text, &state);
    if (screen->column + columns > end) break;
    fwrite(shown, 1, n_shown, screen->out);
    screen->column += columns;
    text += n;
  }
  if (has_style) fputs("\033[0m", screen->out);
}

void screen_put(Screen *screen, Style style, const char *format, ...) {
  char *text;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  put_text(screen, style, screen->width, text);
  free(text);
}

void screen_cell(Screen *screen, Style style, int width, const char *text) {
  int room = abs(width), blanks = room - screen_columns(screen, text);
  if (blanks < 0) blanks = 0;
  if (width < 0) screen_put(screen, STYLE_PLAIN, "%*s", blanks, "");
  put_text(screen, style, room, text);
  if (width > 0) screen_put(screen, STYLE_PLAIN, "%*s", blanks, "");
}

void screen_end_line(Screen *screen) {
  open_line(screen);
  if (!screen->is_live && screen->n_lines < screen->height) fputc('\n', screen->out);
  screen->n_lines++;
  screen->is_open = screen->column = 0;
}

/* Bytes of a text up to the last blank before `rest`, where a line may end. */
static size_t line_length(const char *text, const char *rest) {
  size_t length = (size_t)(rest - text), i = length;
  if (*rest == '\0' || *rest == ' ') return length;
  while (i > 0 && text[i] != ' ') i--;
  return i > 0 ? i : length;
}

/* How much of it fits into a line. */
static const char *fitting(const Screen *screen, const char *text) {
  mbstate_t state = {0};
  for (int column = 0; *text;) {
    const char *shown;
    size_t n_shown;
    int columns;
    size_t n = next_character(&shown, &n_shown, &columns, screen, text, &state);
    if ((column += columns) > screen->width) break;
    text += n;
  }
  return text;
}

void screen_paragraph(Screen *screen, Style style, const char *text) {
  while (*text) {
    size_t n = line_length(text, fitting(screen, text));
    if (n == 0) return;
    screen_put(screen, style, "%.*s", (int)n, text);
    screen_end_line(screen);
    for (text += n; *text == ' '; text++)
      ;
  }
}

void screen_end(Screen *screen) {
  if (screen->is_live && screen->n_lines < screen->height) fputs("\r\n\033[J", screen->out);
}
