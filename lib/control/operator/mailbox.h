/* SPDX-License-Identifier: BSD-3-Clause */
// Lets another thread, such as telemetry's, run a function in the control thread and wait for it.
#ifndef CONTROL_MAILBOX_H
#define CONTROL_MAILBOX_H

struct mailbox;

struct mailbox *mailbox_create(void); // NULL: no memory or descriptors
void mailbox_destroy(struct mailbox *m);
int mailbox_fd(const struct mailbox *m); // readable when mailbox_serve() has something to do
// Control thread: runs the waiting function.
void mailbox_serve(struct mailbox *m);
// Control thread: makes every call fail from now on, also one that is waiting.
void mailbox_close(struct mailbox *m);
// Other threads: runs fn(arg) in the control thread. 0; -ESHUTDOWN: closed; -ETIMEDOUT: the control thread was
// busy for a second (fn will not run).
int mailbox_call(struct mailbox *m, void (*fn)(void *arg), void *arg);

#endif
