#!/bin/sh
# As Sources/longma/VirtualGuests/build.sh, for the guests of this folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
GUESTS=$here exec "$here/../../Sources/longma/VirtualGuests/build.sh" "$@"
