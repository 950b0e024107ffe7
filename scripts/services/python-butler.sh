#!/bin/sh
# Prints the path of a Python that has the field's own Butler and header translator, for the compatibility tests.
# Makes a virtual environment once and keeps it; ALMAGEST_PYTHON_BUTLER names another place.
# Exits with 3 and one line on stderr where Python packages cannot be installed.
set -eu
version=30.2026.4300
home="${ALMAGEST_PYTHON_BUTLER:-${XDG_CACHE_HOME:-$HOME/.cache}/almagest/python-butler}"
python="$home/bin/python"
if ! "$python" -c "import lsst.daf.butler, astro_metadata_translator" 2>/dev/null; then
  python3 -m venv "$home" >&2 || { echo "python3 -m venv failed: apt-get install python3-venv" >&2; exit 3; }
  "$home/bin/pip" install --quiet --disable-pip-version-check "lsst-daf-butler==$version" "astro-metadata-translator==$version" "psycopg[binary]" >&2 \
    || { echo "lsst-daf-butler $version could not be installed from the Python registry" >&2; exit 3; }
fi
echo "$python"
