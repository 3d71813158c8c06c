#ifndef NORMLAB_WATCH_SCREEN_H
#define NORMLAB_WATCH_SCREEN_H
/* Lines of text that never go beyond the width of a terminal, and the terminal itself. */
#include "base/status.h"
#include <stdio.h>

typedef enum Style {
  STYLE_PLAIN,
  STYLE_BOLD,
  STYLE_DIM,
  STYLE_GOOD,
  STYLE_BAD,
  STYLE_WARNING,
  STYLE_FIRST, /* of two curves */
  STYLE_SECOND
} Style;

typedef struct Screen {
  FILE *out;
  int width, height; /* what is beyond is left out */
  int is_unicode;    /* the locale's characters are UTF-8; otherwise only ASCII is printed */
  int has_style;     /* colours and bold print */
  int is_live;       /* a frame that is drawn over the one before */
  int column, n_lines, is_open;
} Screen;

/* Sets all but `out` from standard output and the environment, for text that stays: width is that
 * of the terminal, else $COLUMNS, else 80; height is without limit; no style unless it is a
 * terminal, or with NO_COLOR. setlocale(LC_CTYPE, "") must have been called. */
void screen_init(Screen *screen);
/* For a frame of a live view: the same, with the height of the terminal. */
void screen_init_frame(Screen *screen);

/* Adds to the line. Control characters, and what the locale cannot show, become "?". */
void screen_put(Screen *screen, Style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A cell of so many columns: cut, or filled with blanks, on the left if width < 0. */
void screen_cell(Screen *screen, Style style, int width, const char *text);
/* Ends the line, which may be empty. */
void screen_end_line(Screen *screen);
/* A text over as many lines as it takes, broken at blanks where there are any. */
void screen_paragraph(Screen *screen, Style style, const char *text);
/* Ends the frame. */
void screen_end(Screen *screen);
/* Columns that a text takes. */
int screen_columns(const Screen *screen, const char *text);

/* Whether somebody looks at standard output: a terminal, and not a dumb one. */
int terminal_is_watched(void);
/* From now on, INT, TERM, HUP and QUIT restore the terminal and then end the process, as if they
 * were not handled; TSTP restores it and stops. */
void terminal_handle_signals(void);
/* Shows a frame on the terminal's other page, cursor hidden; does nothing in the background. */
Status terminal_show(const char *frame, size_t bytes) MUST_CHECK;
/* Back to the page that was there before, with the cursor. */
void terminal_restore(void);
/* Waits until `seconds` have passed; returns 1 earlier if the terminal has another size or the
 * process was stopped. */
int terminal_wait(double seconds);

#endif
