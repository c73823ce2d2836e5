/* SPDX-License-Identifier: MIT */
/*
 * statistics/cluster - the interval of a median when values come in clusters
 *
 * What:    Rounds that share a preparation resemble each other.  Counted as if each
 *          stood alone they would give an interval that is too narrow.
 *          - From six clusters on, a cluster is one value: the median of its own.
 *            Their interval is statistics_median_interval()'s; where serial
 *            correlation leaves it no ranks, Student's t, widened for the same.
 *          - With fewer, no interval of ranks over clusters exists.  If clusters
 *            differ by no more than chance lets them, the values count one by one.
 *            Else the interval is Student's t over the clusters' medians, and never
 *            narrower than the one that the values alone give.
 *          - One cluster says nothing of others: its values count one by one, and the
 *            caller says that they are of one cluster.
 * Shapes:  y as in statistics.h; cluster[i] says which cluster y[i] is of, 0: of one of
 *          its own.  Values of a cluster need not stand together.  cluster NULL: all 0.
 * Owner, threads, errors: as statistics_median_interval().
 * Sources: handoff-method(7) INTERVAL.
 */
#ifndef HANDOFF_STATISTICS_CLUSTER_H
#define HANDOFF_STATISTICS_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "statistics/statistics.h"

/* From so many clusters on they are the unit. */
#define CLUSTERS_ENOUGH 6

struct interval statistics_clustered_interval(const double *y, const uint64_t *cluster, size_t n,
					      double alpha);

/* How many different clusters there are. */
size_t statistics_count_clusters(const uint64_t *cluster, size_t n);

/*
 * t with P(T <= t) = p for Student's T with df >= 1 degrees of freedom; NAN for p
 * outside (0.5, 1).
 */
double statistics_student_quantile(double p, int df);

#endif
