# SPDX-License-Identifier: MIT
# The example of one kind, from CONTRIBUTING.md.
#
# kind: spawner, channel or engine
# what: "source", all of it; "symbol", what list.def has of it; "name", as it is listed
$0 == "## How to add a " kind || $0 == "## How to add an " kind { is_here = 1; next }
/^## / { is_here = 0 }
!is_here || is_done { next }
$0 == "```c" { is_code = 1; next }
is_code && $0 == "```" { is_done = 1; next }
is_code && what == "source" { print }
is_code && what == "symbol" && match($0, "^const struct " kind " " kind "_") {
	$0 = substr($0, RLENGTH + 1)
	print $1
}
is_code && what == "name" && /\.about = / { split($0, part, "\""); print part[2] }
