#!/bin/sh
# Prints the path of a Python that has the field's own clients of archives: hats, lsdb and a current pyvo.
# Makes a virtual environment once and keeps it; ALMAGEST_PYTHON_ARCHIVE names another place.
# Exits with 3 and one line on stderr where Python packages cannot be installed.
set -eu
home="${ALMAGEST_PYTHON_ARCHIVE:-${XDG_CACHE_HOME:-$HOME/.cache}/almagest/python-archive}"
python="$home/bin/python"
if ! "$python" -c "import hats, lsdb, pyvo" 2>/dev/null; then
  python3 -m venv "$home" >&2 || { echo "python3 -m venv failed: apt-get install python3-venv" >&2; exit 3; }
  "$home/bin/pip" install --quiet --disable-pip-version-check hats lsdb pyvo >&2 \
    || { echo "hats, lsdb and pyvo could not be installed from the Python registry" >&2; exit 3; }
fi
echo "$python"
