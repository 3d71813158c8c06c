#ifndef NORMLAB_COMMANDS_DIGEST_H
#define NORMLAB_COMMANDS_DIGEST_H
/* normlab digest FILE...: one line "<32 hexadecimal digits>  FILE" for each result file, as
 * sha256sum prints it; see record_digest for what the digest covers. Not collective.
 *
 * argv[0] is "digest". Returns the exit status: that of the first file that could not be read (the
 * others are still printed), STATUS_USAGE for unknown options or no file, STATUS_FILE if standard
 * output cannot be written. Never falls back to FILE.prev: the digest is that of FILE itself. */
int command_digest(int argc, char **argv);

#endif
