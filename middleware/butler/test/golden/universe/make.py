"""Writes what the Python Butler derives from each published universe: element order, dependencies, families."""

import json
import sys

from lsst.daf.butler import DimensionConfig, DimensionUniverse

out = {}
for version in range(9):
    universe = DimensionUniverse(DimensionConfig(f"{sys.argv[1]}/universe{version}.yaml"))
    out[version] = [
        {
            "name": element.name,
            "required": list(element.required.names),
            "implied": list(element.implied.names),
            "hasTable": element.has_own_table,
            "definesRelationships": element.defines_relationships,
            "spatial": element.spatial.name if element.spatial else None,
            "temporal": element.temporal.name if element.temporal else None,
        }
        for element in universe.elements
        if element.name not in universe.skypix_dimensions.names or element.name in ("htm1", "htm7", "healpix17")
    ]
json.dump(out, open("expected.json", "w"), indent=0)
