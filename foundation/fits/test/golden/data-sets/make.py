"""Hashes of the physical values that astropy reads from every FITS file of the data folder; prints golden.json.

Usage: /usr/bin/python3 make.py ../shared/data > golden.json
"""

import hashlib
import json
import os
import sys
import warnings

import numpy as np
from astropy.io import fits

warnings.simplefilter("ignore")
root = sys.argv[1]


def digest(values):
    data = np.array(values, dtype=">f8")
    data[np.isnan(data)] = 0
    return hashlib.sha256(data.tobytes()).hexdigest()[:16]


def table_digests(hdu):
    out = []
    for column in hdu.columns:
        form = column.format
        if "P" in form or "Q" in form or form.strip().upper().endswith(("A", "X", "L")) or "A" in form:
            continue
        values = hdu.data.field(column.name)
        if np.iscomplexobj(values) or values.dtype.kind not in "iufb":
            continue
        out.append([column.name, digest(values)])
    return out


golden = {}
for folder, _, names in sorted(os.walk(root)):
    for name in sorted(names):
        path = os.path.join(folder, name)
        key = os.path.relpath(path, root)
        if key.startswith(("fits-zoo", "wcs-zoo")) or not any(part in name.lower() for part in (".fits", ".fit", ".fz")):
            continue
        rows = []
        try:
            with fits.open(path, memmap=False) as hdus:
                for hdu in hdus:
                    if isinstance(hdu, fits.BinTableHDU) and not isinstance(hdu, fits.CompImageHDU):
                        rows.append(["table", len(hdu.data), table_digests(hdu)])
                    elif hdu.data is None:
                        rows.append(["empty"])
                    elif isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU)):
                        rows.append(["image", list(hdu.shape), digest(hdu.data)])
                    else:
                        rows.append(["other"])
        except Exception as error:  # recorded, so that the test sees which files astropy refuses
            golden[key] = {"error": str(error)[:80]}
            continue
        golden[key] = rows
print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in golden.items()) + "\n}")
