/* SPDX-License-Identifier: BSD-3-Clause */
// Lets another thread (telemetry's) have something done by the control thread, and wait for it.
#ifndef CONTROL_MAILBOX_H
#define CONTROL_MAILBOX_H

struct mailbox;

struct mailbox *mailbox_create(void); // NULL: no memory or descriptors
void mailbox_destroy(struct mailbox *m);
int mailbox_fd(const struct mailbox *m); // readable: mailbox_serve() has something to do
// Control thread: runs what waits.
void mailbox_serve(struct mailbox *m);
// Control thread: from now on every call fails; one that waits is let go.
void mailbox_close(struct mailbox *m);
// Any other thread: runs fn(arg) in the control thread. 0; -ESHUTDOWN: closed; -ETIMEDOUT: not taken
// within a second (fn will not run).
int mailbox_call(struct mailbox *m, void (*fn)(void *arg), void *arg);

#endif
