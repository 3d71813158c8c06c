#include "data/picture_image.h"

#include "picture.h"

Status picture_image(uint8_t *image, int c, int h, int w, PictureFit fit, const char *path) {
  if (c != 1 && c != 3)
    return status_error(STATUS_USAGE, "%s: a picture gives images of 1 or 3 channels, not of %d",
                        path, c);
  if (c != 1 && fit == FIT_DIGIT)
    return status_error(STATUS_USAGE, "%s: a digit has 1 channel, and the network takes %d", path,
                        c);
  Picture picture;
  Status status = picture_read(&picture, path);
  if (status.code == STATUS_OK) status = picture_fit(image, c, h, w, fit, &picture, path);
  picture_free(&picture);
  return status;
}
