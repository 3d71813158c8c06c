#include "data/png.h"

#include "base/memory.h"
#include "png_fit.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SIDE = 1 << 16, MAX_PIXELS = 1 << 26 };

/* Everything that must survive a longjmp of libpng lives here, outside the frame it returns to. */
typedef struct Picture {
  const char *path;
  FILE *file;
  png_structp png;
  png_infop info;
  Status status;
  int rows, columns;
  uint8_t *rgba; /* [rows][columns][4] */
  png_bytep *row;
} Picture;

static void on_error(png_structp png, png_const_charp text) {
  Picture *picture = png_get_error_ptr(png);
  long at = ftell(picture->file);
  picture->status =
      ferror(picture->file)
          ? status_errno(STATUS_FILE, errno, "%s: cannot read", picture->path)
          : status_error(STATUS_DATA, "%s: byte %ld: expected an intact PNG file, found: %s",
                         picture->path, at, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static Status open_file(Picture *picture) {
  const char *path = picture->path;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", path);
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(fd);
    return status_error(STATUS_FILE, "%s: expected a PNG file, found a folder or device", path);
  }
  picture->file = fdopen(fd, "rb");
  if (!picture->file) {
    close(fd);
    return status_error(STATUS_MEMORY, "%s: no memory to read it", path);
  }
  uint8_t magic[8];
  size_t got = fread(magic, 1, sizeof magic, picture->file);
  if (ferror(picture->file)) return status_errno(STATUS_FILE, errno, "%s: cannot read", path);
  if (got < sizeof magic || png_sig_cmp(magic, 0, sizeof magic) != 0)
    return status_error(STATUS_DATA, "%s: byte 0: expected a PNG file, found %s", path,
                        got == 0             ? "nothing (empty)"
                        : got < sizeof magic ? "its end (truncated)"
                                             : "another format");
  return status_ok();
}

/* Reads the header and asks libpng for 8 bits of R, G, B and alpha, whatever the file holds. */
static void read_header(Picture *picture) {
  png_structp png = picture->png;
  png_init_io(png, picture->file);
  png_set_sig_bytes(png, 8);
  png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
  png_read_info(png, picture->info);
  picture->columns = (int)png_get_image_width(png, picture->info);
  picture->rows = (int)png_get_image_height(png, picture->info);
  if ((uint64_t)picture->columns * (uint64_t)picture->rows > MAX_PIXELS)
    png_error(png, "more than 2^26 pixels");
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling(png);
  png_read_update_info(png, picture->info);
  if (png_get_rowbytes(png, picture->info) != (size_t)picture->columns * 4)
    png_error(png, "an unknown kind of pixels");
}

static void read_pixels(Picture *picture) {
  size_t pitch = (size_t)picture->columns * 4;
  picture->status = memory_allocate(&picture->rgba, (size_t)picture->rows, pitch, picture->path);
  if (picture->status.code == STATUS_OK)
    picture->status =
        memory_allocate(&picture->row, (size_t)picture->rows, sizeof *picture->row, picture->path);
  if (picture->status.code != STATUS_OK) return;
  for (int i = 0; i < picture->rows; i++) picture->row[i] = picture->rgba + (size_t)i * pitch;
  png_read_image(picture->png, picture->row);
  png_read_end(picture->png, NULL); /* checks what comes after the last row */
}

static Status decode(Picture *picture) {
  TRY(open_file(picture));
  picture->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, picture, on_error, on_warning);
  if (picture->png) picture->info = png_create_info_struct(picture->png);
  if (!picture->info) return status_error(STATUS_MEMORY, "%s: no memory to read it", picture->path);
  if (setjmp(png_jmpbuf(picture->png)) == 0) {
    read_header(picture);
    read_pixels(picture);
  }
  return picture->status;
}

static void blend_on_white(uint8_t *rgba, size_t n) {
  for (size_t i = 0; i < n; i++, rgba += 4)
    for (int k = 0; k < 3; k++)
      rgba[k] = (uint8_t)((rgba[k] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

/* In place: gray i overwrites byte i, which is not needed any more. The weights sum to 2^16. */
static void make_gray(uint8_t *rgba, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint8_t *p = rgba + 4 * i;
    rgba[i] = (uint8_t)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 32768u) >> 16);
  }
}

static Status fit(uint8_t *image, int c, int h, int w, Picture *picture) {
  size_t n = (size_t)picture->rows * (size_t)picture->columns;
  blend_on_white(picture->rgba, n);
  if (c == 3)
    return fit_colour(image, h, w, picture->rgba, picture->rows, picture->columns, picture->path);
  make_gray(picture->rgba, n);
  return fit_digit(image, h, w, picture->rgba, picture->rows, picture->columns, picture->path);
}

Status png_read(uint8_t *image, int c, int h, int w, const char *path) {
  if (c != 1 && c != 3)
    return status_error(STATUS_USAGE, "%s: a picture gives images of 1 or 3 channels, not of %d",
                        path, c);
  Picture picture = {.path = path};
  Status status = decode(&picture);
  if (status.code == STATUS_OK) status = fit(image, c, h, w, &picture);
  png_destroy_read_struct(&picture.png, &picture.info, NULL);
  if (picture.file) fclose(picture.file);
  free(picture.rgba);
  free(picture.row);
  return status;
}
