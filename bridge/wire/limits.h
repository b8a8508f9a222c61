/* The protocol's numbers and names, told to clients by `initialize`. */
#ifndef HB_WIRE_LIMITS_H
#define HB_WIRE_LIMITS_H

#define HB_PROTOCOL 1
#define HB_SUBPROTOCOL "hotbridge.v1"

/* A message, in bytes; a longer one is refused while it arrives (1009). */
#define HB_WIRE_MESSAGE_MAX (8u * 1024 * 1024)
/* Requests of one client that have no answer yet. */
#define HB_WIRE_REQUESTS_MAX 64
/* Questions to the history that have no answer yet, of all clients: deploys
 * are recorded behind them. */
#define HB_WIRE_READS_MAX 256
/* Bytes waiting for a client that does not read; more, and it is cut off. */
#define HB_WIRE_OUTBOX_MAX (32u * 1024 * 1024)
/* Bytes that all clients together may have waiting, and in messages that have
 * not all come; more, and those who hold most are cut off. */
#define HB_WIRE_HELD_MAX (128u * 1024 * 1024)
/* Clients at once, initialised or not; fewer where descriptors are few. */
#define HB_WIRE_CLIENTS_MAX 1024
/* Seconds in which a new connection must have sent `initialize`. */
#define HB_WIRE_INITIALIZE_SECONDS 4
/* Levels of arrays and objects in a message. */
#define HB_WIRE_DEPTH_MAX 32
/* Members of one object. */
#define HB_WIRE_MEMBERS_MAX 256
/* A member that is a path, a name or a word, in bytes. */
#define HB_WIRE_TEXT_MAX 4096
/* A request's id, in bytes as written. */
#define HB_WIRE_ID_MAX 128
/* A client's name or version, and a commit of a client's own repository. */
#define HB_WIRE_NAME_MAX 128
/* A module's name: what file systems take. */
#define HB_WIRE_MODULE_MAX 255
/* initialize's nonce. */
#define HB_WIRE_NONCE_MIN 16
#define HB_WIRE_NONCE_MAX 256
/* The shortest prefix that names a commit. */
#define HB_WIRE_COMMIT_MIN 4
/* Deploys that history/list gives at most, and where no limit is asked for. */
#define HB_WIRE_LIST_MAX 500
#define HB_WIRE_LIST_DEFAULT 50

#endif
