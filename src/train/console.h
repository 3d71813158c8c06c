#ifndef NORMLAB_TRAIN_CONSOLE_H
#define NORMLAB_TRAIN_CONSOLE_H

/* Where the output of a run goes, as people see it. mpirun gives ranks a terminal of its own even
 * if its output goes to a file, and hands on no more once it has been interrupted: what counts is
 * mpirun's output, where it is the parent of this process, and if that is a terminal, rank 0 prints
 * on it directly. Only rank 0 prints, and nothing here is collective. */

/* Looks where the output goes. From now on a pipe that nobody reads is a failed write, and not the
 * end of the process; and where writing waits for a reader that is in no hurry, a signal that asks
 * for a stop ends that: what is not written by then is dropped. */
void console_begin(void);

/* Returns whether a terminal that can be drawn on shows standard output: it is not a dumb one
 * (TERM), and this process is not in its background. */
int console_is_watched(void);
/* Returns the columns of that terminal at this moment, else $COLUMNS, else 80. */
int console_columns(void);

/* Writes out what was printed; until then it is kept. If nobody reads standard output any more (a
 * pipe whose other end is closed), the run is asked to stop (signals.h). Any other failure drops
 * the text and is kept for console_end(). */
void console_flush(void);
/* Returns whether nobody reads standard output any more. */
int console_is_unread(void);
/* Warns if a part of the output could not be written, unless standard output was closed from the
 * start. Under a launcher, it waits until what was printed has been handed on, so that what
 * standard error says next comes last. */
void console_end(void);

/* Draws a line that the next call replaces; a text that is as wide as the terminal is the
 * caller's mistake. It must only be called while console_is_watched(). */
void console_draw(const char *text);
/* Removes the drawn line. Messages (base/log.h) do it by themselves. */
void console_clear(void);

#endif
