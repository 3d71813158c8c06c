#ifndef NORMLAB_WATCH_SCREEN_H
#define NORMLAB_WATCH_SCREEN_H
/* Lines of text that never go beyond the width of a terminal, and the terminal itself. None of this
 * is collective. */
#include "base/status.h"
#include <stdio.h>

typedef enum Style {
  STYLE_PLAIN,
  STYLE_BOLD,
  STYLE_DIM,
  STYLE_GOOD,
  STYLE_BAD,
  STYLE_WARNING,
  STYLE_FIRST, /* the first of two curves */
  STYLE_SECOND
} Style;

typedef struct Screen {
  FILE *out;
  int width, height; /* what is beyond is left out */
  int is_unicode;    /* the locale's characters are UTF-8; otherwise only ASCII is printed */
  int has_style;     /* colours and bold print */
  int is_live;       /* it is a frame, drawn over the one before */
  int column, n_lines, is_open;
} Screen;

/* The width of a screen without one: far more than any line takes. */
enum { SCREEN_NO_LIMIT = 100000 };

/* Sets all but `out`, which the caller has set, from standard output and the environment, for text
 * that stays. The width is that of the terminal, else $COLUMNS, else without limit; the height is
 * without limit; there is style on a terminal unless NO_COLOR is set. setlocale(LC_CTYPE, "") must
 * have been called. */
void screen_init(Screen *screen);
/* Does the same for a frame of a live view, with the height of the terminal, else $LINES, else
 * 24. */
void screen_init_frame(Screen *screen);

/* Adds to the line as much as there is room for. Control characters, and what the locale cannot
 * show, become "?". */
void screen_put(Screen *screen, Style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a cell of so many columns: the text is cut, or filled with blanks, on the left if width is
 * negative. */
void screen_cell(Screen *screen, Style style, int width, const char *text);
/* Ends the line, which may be empty. */
void screen_end_line(Screen *screen);
/* Adds a text over as many lines as it takes, broken at blanks where there are any. An empty text
 * is no line. */
void screen_paragraph(Screen *screen, Style style, const char *text);
/* Ends the frame, and clears what is below it. */
void screen_end(Screen *screen);
/* Returns the number of columns that a text takes. */
int screen_columns(const Screen *screen, const char *text);

/* Returns whether somebody looks at standard output: it is a terminal, and not a dumb one. */
int terminal_is_watched(void);
/* From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT restore the terminal and then end the process, as
 * if they were not handled; SIGTSTP restores it and stops the process. A signal that is ignored
 * stays so. */
void terminal_handle_signals(void);
/* Shows a frame on the terminal's other page, with the cursor hidden; it does nothing in the
 * background. STATUS_FILE if the terminal cannot be written. */
Status terminal_show(const char *frame, size_t bytes) MUST_CHECK;
/* Goes back to the page that was there before, with the cursor. */
void terminal_restore(void);
/* Waits until `seconds` have passed and returns 0; returns 1 earlier if the terminal gets another
 * size or the process was stopped. */
int terminal_wait(double seconds);

#endif
