"""The field's translator as the other side of the header tests.

translate_peer.py FILE...        prints one JSON line a file: the observation info in simple form, or the error
translate_peer.py bench FILE N   translates the header of FILE N times and prints the seconds
"""

import copy
import json
import logging
import sys
import time

from astro_metadata_translator import ObservationInfo, fix_header
from astro_metadata_translator.file_helpers import read_file_info
from astro_metadata_translator.tests import read_test_file

logging.disable(logging.CRITICAL)


def header_of(path):
    if path.endswith((".yaml", ".json")):
        return read_test_file(path)
    return read_file_info(path, 0, content_mode="metadata", content_type="native")


def translate(path):
    try:
        header = header_of(path)
        fix_header(header)
        print(json.dumps({"info": ObservationInfo(header, pedantic=False, filename=path).to_simple()}, default=str), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


def bench(path, count):
    header = header_of(path)
    start = time.process_time()
    for _ in range(count):
        one = copy.copy(header)
        fix_header(one)
        ObservationInfo(one, pedantic=False)
    print(time.process_time() - start)


if __name__ == "__main__":
    if sys.argv[1] == "bench":
        bench(sys.argv[2], int(sys.argv[3]))
    else:
        for path in sys.argv[1:]:
            translate(path)
