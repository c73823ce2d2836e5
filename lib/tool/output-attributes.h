/* SPDX-License-Identifier: MIT */
/*
 * tool/output-attributes - what is to stay when one file takes another's place.
 *
 * Owner, group, permissions, access control list and extended attributes of the user
 * go from one open file to another; bits that make a program run as its owner do not,
 * as they do not survive write(2) either.  A security label goes along where that is
 * allowed.
 *
 * 0, or -errno when the other cannot be made alike.  From is open for reading or
 * writing, to for writing; both stay the caller's.
 */
#ifndef HANDOFF_TOOL_OUTPUT_ATTRIBUTES_H
#define HANDOFF_TOOL_OUTPUT_ATTRIBUTES_H

int output_attributes_copy(int from, int to);

#endif
