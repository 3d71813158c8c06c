#include "picture.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything that must survive a longjmp of libpng lives here, outside the frame it returns to. */
typedef struct Reading {
  const char *path;
  FILE *file;
  png_structp png;
  png_infop info;
  Status status;
  int rows, columns;
  uint8_t *rgba; /* [rows][columns][4] */
  png_bytep *row;
} Reading;

static void on_error(png_structp png, png_const_charp text) {
  Reading *reading = png_get_error_ptr(png);
  long at = ftell(reading->file);
  reading->status =
      ferror(reading->file)
          ? status_errno(STATUS_FILE, errno, "%s: cannot read", reading->path)
          : status_error(STATUS_DATA, "%s: byte %ld: expected an intact PNG file, found: %s",
                         reading->path, at, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static Status open_file(Reading *reading) {
  const char *path = reading->path;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return status_errno(STATUS_FILE, errno, "%s: cannot open", path);
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(fd);
    return status_error(STATUS_FILE, "%s: expected a PNG file, found a folder or device", path);
  }
  reading->file = fdopen(fd, "rb");
  if (!reading->file) {
    close(fd);
    return status_error(STATUS_MEMORY, "%s: no memory to read it", path);
  }
  uint8_t magic[8];
  size_t got = fread(magic, 1, sizeof magic, reading->file);
  if (ferror(reading->file)) return status_errno(STATUS_FILE, errno, "%s: cannot read", path);
  if (got < sizeof magic || png_sig_cmp(magic, 0, sizeof magic) != 0)
    return status_error(STATUS_DATA, "%s: byte 0: expected a PNG file, found %s", path,
                        got == 0             ? "nothing (empty)"
                        : got < sizeof magic ? "its end (truncated)"
                                             : "another format");
  return status_ok();
}

/* Reads the header and asks libpng for 8 bits of R, G, B and alpha, whatever the file holds. */
static void read_header(Reading *reading) {
  png_structp png = reading->png;
  png_init_io(png, reading->file);
  png_set_sig_bytes(png, 8);
  png_set_user_limits(png, PICTURE_SIDE, PICTURE_SIDE);
  png_read_info(png, reading->info);
  reading->columns = (int)png_get_image_width(png, reading->info);
  reading->rows = (int)png_get_image_height(png, reading->info);
  if ((uint64_t)reading->columns * (uint64_t)reading->rows > PICTURE_PIXELS)
    png_error(png, "more than 2^26 pixels");
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling(png);
  png_read_update_info(png, reading->info);
  if (png_get_rowbytes(png, reading->info) != (size_t)reading->columns * 4)
    png_error(png, "an unknown kind of pixels");
}

static void read_pixels(Reading *reading) {
  size_t pitch = (size_t)reading->columns * 4;
  reading->status = memory_allocate(&reading->rgba, (size_t)reading->rows, pitch, reading->path);
  if (reading->status.code == STATUS_OK)
    reading->status =
        memory_allocate(&reading->row, (size_t)reading->rows, sizeof *reading->row, reading->path);
  if (reading->status.code != STATUS_OK) return;
  for (int i = 0; i < reading->rows; i++) reading->row[i] = reading->rgba + (size_t)i * pitch;
  png_read_image(reading->png, reading->row);
  png_read_end(reading->png, NULL); /* checks what comes after the last row */
}

static Status decode(Reading *reading) {
  TRY(open_file(reading));
  reading->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading, on_error, on_warning);
  if (reading->png) reading->info = png_create_info_struct(reading->png);
  if (!reading->info) return status_error(STATUS_MEMORY, "%s: no memory to read it", reading->path);
  if (setjmp(png_jmpbuf(reading->png)) == 0) {
    read_header(reading);
    read_pixels(reading);
  }
  return reading->status;
}

static void blend_on_white(uint8_t *rgba, size_t n) {
  for (size_t i = 0; i < n; i++, rgba += 4)
    for (int k = 0; k < 3; k++)
      rgba[k] = (uint8_t)((rgba[k] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

Status png_decode(Picture *picture, const char *path) {
  Reading reading = {.path = path};
  Status status = decode(&reading);
  png_destroy_read_struct(&reading.png, &reading.info, NULL);
  if (reading.file) fclose(reading.file);
  free(reading.row);
  *picture = (Picture){.rows = reading.rows, .columns = reading.columns, .rgba = reading.rgba};
  if (status.code == STATUS_OK)
    blend_on_white(picture->rgba, (size_t)picture->rows * (size_t)picture->columns);
  return status;
}
