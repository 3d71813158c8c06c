#include "png_fit.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weight of source pixel I in a target pixel whose centre is at CENTRE in source pixels: a box as
 * wide as the target pixel to reduce, a triangle of two source pixels to enlarge. */
static double weight(double centre, int i, double step) {
  if (step < 1) {
    double distance = fabs((double)i + 0.5 - centre);
    return distance < 1 ? 1 - distance : 0;
  }
  double low = fmax((double)i, centre - step / 2), high = fmin(i + 1.0, centre + step / 2);
  return high > low ? high - low : 0;
}

/* One direction: out [lines][n_out], element j of line i at in[i * line + j * stride]. */
static void resample(float *out, int lines, int n_out, const float *in, size_t line, size_t stride,
                     int n_in) {
  double step = (double)n_in / n_out, reach = step < 1 ? 1 : step / 2;
  for (int j = 0; j < n_out; j++) {
    double centre = (j + 0.5) * step;
    int first = (int)fmax(0, floor(centre - reach)), last = (int)fmin(n_in, ceil(centre + reach));
    for (int i = 0; i < lines; i++) {
      double sum = 0, total = 0;
      for (int k = first; k < last; k++) {
        double share = weight(centre, k, step);
        sum += share * in[(size_t)i * line + (size_t)k * stride];
        total += share;
      }
      out[(size_t)i * (size_t)n_out + (size_t)j] = (float)(sum / total);
    }
  }
}

/* A window of bytes (pitch and stride in bytes) to out [h][w] of bytes. */
static Status scale(uint8_t *out, int h, int w, const uint8_t *window, size_t pitch, size_t stride,
                    int rows, int columns, const char *path) {
  float *work;
  size_t n_window = (size_t)rows * (size_t)columns, n_wide = (size_t)rows * (size_t)w;
  size_t n_out = (size_t)h * (size_t)w;
  TRY(memory_allocate(&work, n_window + n_wide + n_out, sizeof *work, path));
  float *wide = work + n_window, *done = wide + n_wide; /* [rows][w], [w][h] */
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      work[(size_t)i * (size_t)columns + (size_t)j] =
          window[(size_t)i * pitch + (size_t)j * stride];
  resample(wide, rows, w, work, (size_t)columns, 1, columns);
  resample(done, w, h, wide, 1, (size_t)w, rows);
  for (int i = 0; i < h; i++)
    for (int j = 0; j < w; j++)
      out[(size_t)i * (size_t)w + (size_t)j] =
          (uint8_t)(done[(size_t)j * (size_t)h + (size_t)i] + 0.5f);
  free(work);
  return status_ok();
}

/* A part of a picture or an image. */
typedef struct Part {
  int top, left, h, w;
} Part;

static int at_least_one(double value) {
  return value < 1 ? 1 : (int)lround(value);
}

static int at_most(int value, int most) {
  return value < most ? value : most;
}

/* The largest part of a whole that has the proportions h : w, in its middle. */
static Part middle(int whole_h, int whole_w, int h, int w) {
  Part part = {.h = whole_h, .w = at_least_one((double)whole_h * w / h)};
  if (part.w > whole_w) {
    part.w = whole_w;
    part.h = at_most(at_least_one((double)whole_w * h / w), whole_h);
  }
  part.top = (whole_h - part.h) / 2;
  part.left = (whole_w - part.w) / 2;
  return part;
}

/* Channels [n] of bytes that lie side by side in pixels of `stride` bytes to image [n][h][w]. */
typedef struct Source {
  const uint8_t *pixels;
  size_t stride;
  int n, rows, columns;
  const char *path;
} Source;

/* What of the picture goes to which part of the image, whose rest is black. */
static Status fit_channels(uint8_t *image, int h, int w, PictureFit fit, const Source *source) {
  const int rows = source->rows, columns = source->columns;
  const size_t plane = (size_t)h * (size_t)w, pitch = (size_t)columns * source->stride;
  const Part from = fit == FIT_CROP ? middle(rows, columns, h, w) : (Part){0, 0, rows, columns};
  const Part to = fit == FIT_PAD ? middle(h, w, rows, columns) : (Part){0, 0, h, w};
  const uint8_t *window =
      source->pixels + ((size_t)from.top * (size_t)columns + (size_t)from.left) * source->stride;
  uint8_t *scaled;
  TRY(memory_allocate(&scaled, (size_t)to.h * (size_t)to.w, 1, source->path));
  Status status = status_ok();
  memset(image, 0, (size_t)source->n * plane);
  for (int k = 0; k < source->n && status.code == STATUS_OK; k++) {
    status =
        scale(scaled, to.h, to.w, window + k, pitch, source->stride, from.h, from.w, source->path);
    for (int i = 0; i < to.h; i++)
      memcpy(image + (size_t)k * plane + (size_t)(to.top + i) * (size_t)w + to.left,
             scaled + (size_t)i * (size_t)to.w, (size_t)to.w);
  }
  free(scaled);
  return status;
}

Status fit_gray(uint8_t *image, int h, int w, PictureFit fit, const uint8_t *gray, int rows,
                int columns, const char *path) {
  return fit_channels(image, h, w, fit, &(Source){gray, 1, 1, rows, columns, path});
}

Status fit_colour(uint8_t *image, int h, int w, PictureFit fit, const uint8_t *rgba, int rows,
                  int columns, const char *path) {
  return fit_channels(image, h, w, fit, &(Source){rgba, 4, 3, rows, columns, path});
}

/* The gray below which SHARE of the border's pixels lie. */
static int border_level(const uint8_t *gray, int rows, int columns, double share) {
  uint64_t count[256] = {0}, n = 0, below = 0;
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns;) {
      count[gray[(size_t)i * (size_t)columns + (size_t)j]]++;
      n++;
      int is_inside = i > 0 && i < rows - 1 && j == 0 && columns > 1;
      j = is_inside ? columns - 1 : j + 1;
    }
  int level = 0;
  for (; level < 255; level++) {
    below += count[level];
    if ((double)below > share * (double)n) break;
  }
  return level;
}

/* Black at the border's gray and somewhat above it where the paper is uneven, white at the
 * brightest. */
static Status stretch(uint8_t *gray, int rows, int columns, const char *path) {
  enum { CONTRAST = 16 };
  size_t n = (size_t)rows * (size_t)columns;
  int high = border_level(gray, rows, columns, 0.9), low = border_level(gray, rows, columns, 0.1);
  int black = high + (high - low), white = 0;
  for (size_t i = 0; i < n; i++)
    if (gray[i] > white) white = gray[i];
  if (white - black < CONTRAST)
    return status_error(STATUS_DATA,
                        "%s: expected a digit on even paper, found nothing drawn in it", path);
  for (size_t i = 0; i < n; i++) {
    int value = gray[i] > black ? gray[i] - black : 0;
    gray[i] = (uint8_t)((value * 255 + (white - black) / 2) / (white - black));
  }
  return status_ok();
}

typedef struct Box {
  int top, left, bottom, right; /* the last two are beyond */
} Box;

static Box ink_box(const uint8_t *gray, int rows, int columns) {
  Box box = {rows, columns, 0, 0};
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) {
      if (!gray[(size_t)i * (size_t)columns + (size_t)j]) continue;
      if (i < box.top) box.top = i;
      if (i >= box.bottom) box.bottom = i + 1;
      if (j < box.left) box.left = j;
      if (j >= box.right) box.right = j + 1;
    }
  return box;
}

/* Where N pixels with centre of mass at MASS begin, so that it comes to the middle of pixel side /
 * 2: in MNIST too it lies at 14.0 .. 15.0 of 28. */
static int offset(double mass, int n, int side) {
  int begin = (int)floor(side / 2 + 1 - mass);
  return begin < 0 ? 0 : begin > side - n ? side - n : begin;
}

static void place(uint8_t *image, int h, int w, const uint8_t *ink, int n_rows, int n_columns) {
  double total = 0, down = 0, right = 0;
  for (int i = 0; i < n_rows; i++)
    for (int j = 0; j < n_columns; j++) {
      double value = ink[i * n_columns + j];
      total += value;
      down += value * (i + 0.5);
      right += value * (j + 0.5);
    }
  if (!(total > 0)) total = 1;
  int top = offset(down / total, n_rows, h), left = offset(right / total, n_columns, w);
  memset(image, 0, (size_t)h * (size_t)w);
  for (int i = 0; i < n_rows; i++)
    memcpy(image + (size_t)(top + i) * (size_t)w + left, ink + i * n_columns, (size_t)n_columns);
}

Status fit_digit(uint8_t *image, int h, int w, uint8_t *gray, int rows, int columns,
                 const char *path) {
  size_t n = (size_t)rows * (size_t)columns;
  int is_light = border_level(gray, rows, columns, 0.5) > 127;
  if (!is_light && rows == h && columns == w) {
    memcpy(image, gray, n);
    return status_ok();
  }
  if (is_light)
    for (size_t i = 0; i < n; i++) gray[i] = (uint8_t)(255 - gray[i]);
  TRY(stretch(gray, rows, columns, path));
  Box box = ink_box(gray, rows, columns);
  int box_h = box.bottom - box.top, box_w = box.right - box.left;
  double side = round(20.0 * (h < w ? h : w) / 28.0);
  double ratio = side / (box_h > box_w ? box_h : box_w);
  int ink_h = at_least_one(box_h * ratio), ink_w = at_least_one(box_w * ratio);
  uint8_t *ink;
  TRY(memory_allocate(&ink, (size_t)ink_h * (size_t)ink_w, 1, path));
  const uint8_t *window = gray + (size_t)box.top * (size_t)columns + box.left;
  Status status = scale(ink, ink_h, ink_w, window, (size_t)columns, 1, box_h, box_w, path);
  if (status.code == STATUS_OK) place(image, h, w, ink, ink_h, ink_w);
  free(ink);
  return status;
}
