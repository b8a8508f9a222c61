/*
 * `hotbridge daemon`: builds the parts in order, runs the loop, tears them
 * down in reverse.
 */
#ifndef HB_DAEMON_DAEMON_H
#define HB_DAEMON_DAEMON_H

/* Options: --ready-fd N (one line is written there: "ready", or the sentence
 * that says why not; then it is closed), --verbose. Gives the exit code: 0
 * after SIGTERM or SIGINT, 1 when it could not run, 9 when another bridge of
 * this user runs. */
int hb_daemon_main(int argc, char **argv);

/* Exit code for "another bridge runs already". */
#define HB_DAEMON_OWNED 9

#endif
