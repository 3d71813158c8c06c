/* The commands of the program, in the order of its help: COMMAND(NAME) stands for COMMAND_NAME in
 * NAME.c. */
COMMAND(train)
COMMAND(config)
COMMAND(summary)
COMMAND(explain)
COMMAND(data)
COMMAND(digest)
COMMAND(note)
COMMAND(compare)
COMMAND(watch)
COMMAND(study)
COMMAND(bench)
COMMAND(predict)
