#include "plots.h"

#include "base/memory.h"
#include "gnuplot.h"
#include "series.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plot_free(Plot *plot) {
  free(plot->name);
  free(plot->title);
  free(plot->description);
  free(plot->caption);
  free(plot->commands);
  free(plot->element);
  free(plot->tips);
}

const Detail *plots_detail(const Plots *plots, const Run *run) {
  return &plots->details->detail[run - plots->comparison->runs];
}

ValueBand band_of(const Plots *plots, const Variant *variant, ValueOf *value, int quantity,
                  size_t i, size_t k) {
  ValueBand band = {0, (double)INFINITY, -(double)INFINITY};
  size_t n = 0;
  for (size_t r = 0; r < variant->n_runs; r++) {
    double x = value(plots_detail(plots, variant->runs[r]), quantity, i, k);
    if (!isfinite(x)) continue;
    band.mean += x;
    band.least = fmin(band.least, x);
    band.most = fmax(band.most, x);
    n++;
  }
  if (n == 0) return (ValueBand){(double)NAN, (double)NAN, (double)NAN};
  band.mean /= (double)n;
  return band;
}

size_t epochs_of(const Variant *variant) {
  int64_t most = 0;
  for (size_t i = 0; i < variant->n_runs; i++)
    if (variant->runs[i]->epochs > most) most = variant->runs[i]->epochs;
  return (size_t)most;
}

size_t variants_finished(const Variants *variants) {
  size_t n = 0;
  while (n < variants->n && variants->variant[n].n_runs > 0) n++;
  return n;
}

Status plots_make(Plots *plots, const Comparison *comparison, const Details *details,
                  const Evaluations *evaluations, const Comparison *tuning) {
  *plots = (Plots){
      .comparison = comparison, .details = details, .evaluations = evaluations, .tuning = tuning};
  Status status = status_ok();
  size_t n_finished = variants_finished(&comparison->variants);
  plots->n_variants = n_finished < SERIES_MOST ? n_finished : SERIES_MOST;
  if (plots->n_variants > 0) {
    plots_add_curves(plots);
    plots_add_steps(plots);
    plots_add_final(plots);
    status = plots_add_sweeps(plots);
    plots_add_probes(plots);
    plots_add_layers(plots);
    plots_add_time(plots);
    if (status.code == STATUS_OK && tuning) status = plots_add_tuning(plots);
  }
  if (status.code == STATUS_OK && plots->is_broken)
    status = status_error(STATUS_MEMORY, "no memory for plots");
  if (status.code != STATUS_OK) plots_free(plots);
  return status;
}

void plots_free(Plots *plots) {
  for (size_t i = 0; i < plots->n; i++) plot_free(&plots->plot[i]);
  free(plots->plot);
  free(plots->output);
  *plots = (Plots){0};
}

const Plot *plots_find(const Plots *plots, const char *format, ...) {
  char name[128];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  for (size_t i = 0; i < plots->n; i++)
    if (strcmp(plots->plot[i].name, name) == 0) return &plots->plot[i];
  return NULL;
}

/* In pixels, in files: what a figure with a caption has above and below itself. */
enum { TITLE = 34, CAPTION_LINE = 16, CAPTION_WIDTH = 118 };

/* Writes the caption as lines of labels from number 2 on, if there is an `out`, and returns how
 * many lines it has. `pixel` is the height of one on the canvas. */
static int print_caption(FILE *out, const char *caption, double pixel) {
  int n_lines = 0;
  for (const char *at = caption; *at; n_lines++) {
    size_t n = strlen(at);
    if (n > CAPTION_WIDTH)
      for (n = CAPTION_WIDTH; n > 1 && at[n] != ' ';) n--;
    char *line = strndup(at, n);
    if (out && line) {
      fprintf(out, "set label %d ", n_lines + 2);
      gnuplot_text(out, line, CAPTION_WIDTH);
      fprintf(out, " at screen 0.02, low - %.6g left font ',11'\n",
              pixel * (CAPTION_LINE * n_lines + 8));
    }
    free(line);
    at += n + (at[n] == ' ');
  }
  return n_lines;
}

static int height_of(const Plot *plot, PictureKind kind) {
  enum { HIGHER = 60, KEY_LINE = 18, KEYS_A_LINE = 3 };
  if (kind == PICTURE_PAGE) return plot->height;
  if (plot->caption)
    return plot->height + TITLE + CAPTION_LINE * (print_caption(NULL, plot->caption, 0) + 1);
  return plot->height + HIGHER + KEY_LINE * ((plot->n_keys + KEYS_A_LINE - 1) / KEYS_A_LINE);
}

static void print_terminal(FILE *out, const Plot *plot, PictureKind kind) {
  enum { WIDER = 160 };
  int width = plot->width + (kind == PICTURE_PAGE || plot->caption ? 0 : WIDER);
  int height = height_of(plot, kind);
  if (kind == PICTURE_PNG)
    fprintf(out,
            "set terminal pngcairo noenhanced size %d,%d font 'sans,10' fontscale 1.6 linewidth 2 "
            "pointscale 2 background rgb 'white'\n",
            2 * width, 2 * height);
  else
    fprintf(out, "set terminal svg noenhanced dynamic size %d,%d font 'sans-serif,13'%s\n", width,
            height, kind == PICTURE_PAGE ? "" : " background rgb 'white'");
}

/* Title and caption of a figure that places its own panels, and the room that is left for these. */
static void print_room(FILE *out, const Plot *plot, PictureKind kind) {
  const double height = height_of(plot, kind), pixel = 1 / height;
  fputs("unset key\n", out);
  if (kind == PICTURE_PAGE) {
    fputs("low = 0\nhigh = 1\n", out);
    return;
  }
  fprintf(out, "high = %.6g\nlow = high - %.6g\nset label 1 ", 1 - TITLE * pixel,
          plot->height * pixel);
  gnuplot_text(out, plot->title, CAPTION_WIDTH);
  fprintf(out, " at screen 0.5, %.6g center font ',16'\n", 1 - TITLE * pixel / 2);
  (void)print_caption(out, plot->caption, pixel);
}

/* A line of the output that tells where the axes of the picture before it are. */
#define AXES "axes "

static void print_plot(FILE *out, const Plot *plot, PictureKind kind) {
  print_terminal(out, plot, kind);
  fputs("reset\nset border 3 lw 0.7\nset tics nomirror out scale 0.5\nset xlabel offset 0,0.4\n"
        "set grid lw 0.6 lc rgb '#cccccc' dt solid\nset datafile missing 'NaN'\n",
        out);
  if (plot->caption) {
    print_room(out, plot, kind);
  } else if (kind == PICTURE_PAGE) {
    fputs("unset key\n", out);
  } else {
    fputs("set key below Left reverse samplen 3\nset title ", out);
    gnuplot_text(out, plot->title, 100);
    fputs("\n", out);
  }
  fprintf(out, "on_page = %d\ncells = '%s'\n", kind == PICTURE_PAGE,
          kind == PICTURE_PAGE ? "image" : "image pixels");
  fputs(plot->commands, out);
  if (kind == PICTURE_PAGE)
    fputs("print sprintf('" AXES "%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g', GPVAL_TERM_XMIN, "
          "GPVAL_TERM_XMAX, GPVAL_TERM_YMIN, GPVAL_TERM_YMAX, GPVAL_X_MIN, GPVAL_X_MAX, "
          "GPVAL_Y_MIN, GPVAL_Y_MAX)\n",
          out);
}

static void take_axes(Plot *plot, const char *output, size_t bytes, size_t *at) {
  const char *line = output + *at, *end = memchr(line, '\n', bytes - *at);
  size_t length = end ? (size_t)(end - line) : 0;
  if (length < strlen(AXES) || strncmp(line, AXES, strlen(AXES)) != 0) return;
  snprintf(plot->axes, sizeof plot->axes, "%.*s", (int)(length - strlen(AXES)),
           line + strlen(AXES));
  *at += length + 1;
}

/* The next picture of the output: from *at; STATUS_FAILED if there is none. */
static Status take(Plot *plot, PictureKind kind, const char *output, size_t bytes, size_t *at) {
  static const char svg_end[] = "</svg>", png_end[] = "IEND\xae\x42\x60\x82";
  const char *mark = kind == PICTURE_PNG ? png_end : svg_end;
  const char *begin = output + *at;
  const char *end = memmem(begin, bytes - *at, mark, strlen(mark));
  if (!end)
    return status_error(STATUS_FAILED, "gnuplot has drawn no %s (its output ends after %zu bytes)",
                        plot->name, bytes);
  end += strlen(mark);
  plot->picture[kind] = begin;
  plot->bytes[kind] = (size_t)(end - begin);
  *at = (size_t)(end - output);
  while (kind != PICTURE_PNG && *at < bytes && strchr("\r\n", output[*at])) ++*at;
  if (kind == PICTURE_PAGE) take_axes(plot, output, bytes, at);
  return status_ok();
}

static Status write_script(char **script, size_t *bytes, const Plots *plots,
                           const int wanted[PICTURE_KINDS]) {
  FILE *out = open_memstream(script, bytes);
  if (!out) return status_error(STATUS_MEMORY, "no memory for plots");
  fputs("set encoding utf8\nset print '-'\n", out);
  for (int kind = 0; kind < PICTURE_KINDS; kind++)
    for (size_t i = 0; wanted[kind] && i < plots->n; i++) print_plot(out, &plots->plot[i], kind);
  if (fclose(out) == 0) return status_ok();
  free(*script);
  return status_error(STATUS_MEMORY, "no memory for plots");
}

Status plots_draw(Plots *plots, const int wanted[PICTURE_KINDS]) {
  if (plots->n == 0) return status_ok();
  char *script;
  size_t script_bytes, bytes, at = 0;
  TRY(write_script(&script, &script_bytes, plots, wanted));
  Status status = gnuplot_run(&plots->output, &bytes, script, script_bytes);
  free(script);
  for (int kind = 0; kind < PICTURE_KINDS; kind++)
    for (size_t i = 0; wanted[kind] && i < plots->n && status.code == STATUS_OK; i++)
      status = take(&plots->plot[i], kind, plots->output, bytes, &at);
  return status;
}
