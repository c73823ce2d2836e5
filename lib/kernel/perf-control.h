/* SPDX-License-Identifier: MIT */
/*
 * kernel/perf-control - tell perf stat or perf record when to count.
 *
 * The protocol of perf's --control: a command line, then "ack\n" on the other
 * descriptor if there is one (perf-stat(1)).  Called at the edges of measured
 * windows only: an exchange takes 30 to 230 us.  fd -1: nobody listens, 0 is
 * returned at once.  -ETIMEDOUT when perf stays silent for two seconds.
 */
#ifndef HANDOFF_PERF_CONTROL_H
#define HANDOFF_PERF_CONTROL_H

int perf_control_enable(int control_fd, int ack_fd);
int perf_control_disable(int control_fd, int ack_fd);

/* Opens what --perf-control CTL[,ACK] names; -1 for a missing ACK.  -ENODEV: no FIFO or pipe;
 * -ENXIO: nobody reads it. */
int perf_control_open(const char *names, int *ret_control_fd, int *ret_ack_fd);

#endif
