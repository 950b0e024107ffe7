"""Writes expected.json: what astro_metadata_translator makes of the saved headers."""
import glob
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")
import astropy.coordinates as coordinates
from astropy.coordinates import UnknownSiteException
from astro_metadata_translator import ObservationInfo
from astro_metadata_translator.tests import read_test_file


def offline(*_args, **_kwargs):
    raise UnknownSiteException("offline", "none")


coordinates.EarthLocation.of_site = classmethod(offline)
folder = sys.argv[1]
out = {}
for path in sorted(glob.glob(folder + "/fitsheader*.yaml") + glob.glob(folder + "/fitsheader*107.json") + [folder + "/bad-megaprime.yaml"]):
    name = os.path.basename(path)
    info = ObservationInfo(read_test_file(path), pedantic=False, search_path=[folder + "/corrections"] if "0160496" in name else None)
    out[name] = json.loads(info.to_json())
json.dump(out, open("expected.json", "w"), indent=1, sort_keys=True)
