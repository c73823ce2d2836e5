# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# The one list of tools, for scripts: TOOL_NAMES, from what tools/Makemodule.am builds.
#
# HANDOFF_SOURCES, srcdir: where the sources are
TOOL_NAMES=$(sed -n 's/^bin_PROGRAMS += *//p' "${HANDOFF_SOURCES:-${srcdir:-.}}/tools/Makemodule.am" |
	sed 's,tools/,,g')
# shellcheck disable=SC2034 # for who reads this file
readonly TOOL_NAMES
