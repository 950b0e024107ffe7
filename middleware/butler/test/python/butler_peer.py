"""The Python Butler as the other side of the compatibility tests.

make REPO      creates a repository with records, datasets, calibrations and chains
describe REPO  prints as JSON what the repository holds, values included
query REPO     answers queries given as JSON lines on stdin, one JSON line each
"""

import json
import os
import sys

import astropy.time
from astropy.table import Table
from lsst.daf.butler import Butler, CollectionType, DatasetType, Timespan
from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d

TAI = 1_700_000_000_000_000_000


def span(begin, end):
    return Timespan(begin=None, end=None, _nsec=(begin, end))


def polygon(ra, dec, half):
    corners = [(ra - half, dec - half), (ra + half, dec - half), (ra + half, dec + half), (ra - half, dec + half)]
    return ConvexPolygon([UnitVector3d(LonLat.fromDegrees(*corner)) for corner in corners])


def insert_camera(butler):
    insert = butler.registry.insertDimensionData
    insert("instrument", {"name": "Cam", "visit_max": 1000, "visit_system": 0, "exposure_max": 1000, "detector_max": 4, "class_name": "test.Cam"})
    for name, band in (("Cam-G", "g"), ("Cam-R1", "r"), ("Cam-R2", "r")):
        insert("physical_filter", {"instrument": "Cam", "name": name, "band": band})
    for i in range(1, 5):
        insert("detector", {"instrument": "Cam", "id": i, "full_name": f"S0{i}", "name_in_raft": str(i), "raft": "R0", "purpose": "SCIENCE"})
    insert("visit_system", {"instrument": "Cam", "id": 0, "name": "one-to-one"})
    for day in (20231114, 20231115):
        insert("day_obs", {"instrument": "Cam", "id": day})
    for n in range(1, 5):
        day = 20231114 if n < 3 else 20231115
        physical_filter = "Cam-G" if n < 3 else "Cam-R1"
        when = span(TAI + n * 60 * 10**9, TAI + n * 60 * 10**9 + 30 * 10**9)
        insert("group", {"instrument": "Cam", "name": f"g{n}"})
        insert("exposure", {"instrument": "Cam", "id": n, "obs_id": f"obs{n}", "physical_filter": physical_filter, "group": f"g{n}", "day_obs": day, "exposure_time": 30.0, "observation_type": "bias" if n == 1 else "science", "seq_num": n, "tracking_ra": 10.0 * n, "tracking_dec": -5.0, "can_see_sky": n != 1, "timespan": when})
        if n in (2, 3):
            insert("visit", {"instrument": "Cam", "id": n, "name": f"v{n}", "physical_filter": physical_filter, "day_obs": day, "exposure_time": 30.0, "timespan": when, "region": polygon(10.0 + n, -5.0, 0.6)})
            insert("visit_definition", {"instrument": "Cam", "exposure": n, "visit": n})
            insert("visit_system_membership", {"instrument": "Cam", "visit_system": 0, "visit": n})
            for d in (1, 2):
                insert("visit_detector_region", {"instrument": "Cam", "detector": d, "visit": n, "region": polygon(10.0 + n + 0.3 * (d - 1.5), -5.0, 0.25)})
    insert("skymap", {"name": "map", "hash": b"0123456789012345678901234567890123456789", "tract_max": 3, "patch_nx_max": 2, "patch_ny_max": 2})
    for tract in range(3):
        insert("tract", {"skymap": "map", "id": tract, "region": polygon(11.5 + tract, -5.0, 0.5)})
        for patch in range(4):
            x, y = patch % 2, patch // 2
            insert("patch", {"skymap": "map", "tract": tract, "id": patch, "cell_x": x, "cell_y": y, "region": polygon(11.25 + tract + 0.5 * x, -5.25 + 0.5 * y, 0.25)})


def make(root):
    Butler.makeRepo(root)
    butler = Butler.from_config(root, writeable=True)
    insert_camera(butler)
    registry = butler.registry

    def register(name, dimensions, storage_class, calibration=False):
        registry.registerDatasetType(DatasetType(name, dimensions, storage_class, universe=butler.dimensions, isCalibration=calibration))

    register("metric", ["visit"], "StructuredDataDict")
    register("frame", ["exposure", "detector"], "StructuredDataDict")
    register("bias", ["detector"], "StructuredDataDict", True)
    register("flat", ["detector", "physical_filter"], "StructuredDataDict", True)
    register("stars", ["visit", "detector"], "ArrowAstropy")
    register("coadd", ["patch", "band"], "StructuredDataDict")
    register("log", ["visit"], "TaskMetadata")
    register("setup", [], "int")
    for run in ("u/me/1", "u/me/2", "raw", "calib/1", "calib/2"):
        registry.registerRun(run)
    butler.put({"rms": 0.25, "names": ["a", "b"], "unicode": "Ä", "none": None}, "metric", instrument="Cam", visit=2, run="u/me/1")
    butler.put({"rms": 0.5}, "metric", instrument="Cam", visit=3, run="u/me/1")
    butler.put({"rms": 0.75}, "metric", instrument="Cam", visit=3, run="u/me/2")
    for exposure in (1, 2, 3):
        for detector in (1, 2):
            butler.put({"e": exposure, "d": detector}, "frame", instrument="Cam", exposure=exposure, detector=detector, run="raw")
    early = butler.put({"n": 1}, "bias", instrument="Cam", detector=1, run="calib/1")
    late = butler.put({"n": 2}, "bias", instrument="Cam", detector=1, run="calib/2")
    flat = butler.put({"gain": [1, 2, 3]}, "flat", instrument="Cam", detector=1, physical_filter="Cam-G", run="calib/1")
    table = Table({"id": [1, 2**40], "ra": [1.5, 2.5], "name": ["x", "yy"], "flag": [True, False]})
    table["ra"].unit = "deg"
    butler.put(table, "stars", instrument="Cam", visit=2, detector=1, run="u/me/1")
    butler.put({"p": 1}, "coadd", skymap="map", tract=0, patch=1, band="g", run="u/me/1")
    butler.put(42, "setup", run="u/me/1")
    tagged = butler.get_dataset(registry.findDataset("metric", instrument="Cam", visit=3, collections="u/me/2").id)
    registry.registerCollection("best", CollectionType.TAGGED, doc="the best")
    registry.associate("best", [tagged])
    registry.registerCollection("calib", CollectionType.CALIBRATION)
    middle = TAI + 3 * 60 * 10**9
    registry.certify("calib", [early], span(0, middle))
    registry.certify("calib", [late], span(middle, 4102444800000000000))
    registry.certify("calib", [flat], Timespan(None, None))
    registry.registerCollection("all", CollectionType.CHAINED)
    registry.setCollectionChain("all", ["best", "u/me/1", "calib", "raw"])


def extend(root):
    """Adds to a repository that exists."""
    butler = Butler.from_config(root, writeable=True, run="turns")
    butler.registry.registerDatasetType(DatasetType("theirs", ["visit", "detector"], "StructuredDataDict", universe=butler.dimensions))
    butler.put({"by": "them"}, "theirs", instrument="Cam", visit=2, detector=2)
    butler.put({"by": "them"}, "metric", instrument="Cam", visit=2)


def finish(root):
    """Adds and removes after others have written."""
    butler = Butler.from_config(root, writeable=True, run="turns")
    butler.put({"by": "them"}, "ours", instrument="Cam", visit=2, skymap="map", tract=0, patch=1)
    butler.registry.decertify("calib", "bias", span(TAI, TAI + 10**11))
    refs = list(butler.registry.queryDatasets("frame", collections=["raw"], instrument="Cam", exposure=1))
    butler.pruneDatasets(refs, disassociate=True, unstore=True, purge=True)


def export(root):
    """Writes everything to the folder ROOT-export."""
    butler = Butler.from_config(root)
    folder = f"{root}-export"
    os.makedirs(folder)
    with butler.export(directory=folder, filename=f"{folder}/export.yaml", transfer="copy") as out:
        for dataset_type in butler.registry.queryDatasetTypes():
            out.saveDatasets(butler.registry.queryDatasets(dataset_type, collections=...))
        for collection in butler.collections.query("*", flatten_chains=False):
            out.saveCollection(collection)
        for element in butler.dimensions.elements:
            if element.has_own_table and element.name not in butler.dimensions.skypix_dimensions.names:
                out.saveDimensionData(element.name, butler.registry.queryDimensionRecords(element.name))


def import_(root):
    """Makes ROOT from the folder ROOT-export."""
    Butler.makeRepo(root)
    butler = Butler.from_config(root, writeable=True)
    butler.import_(directory=f"{root}-export", filename=f"{root}-export/export.yaml", transfer="copy")


def bundle(root):
    """Writes the frames as a ZIP bundle to ROOT-bundle and prints its path."""
    butler = Butler.from_config(root)
    print(butler.retrieve_artifacts_zip(list(butler.registry.queryDatasets("frame", collections=["raw"])), destination=f"{root}-bundle").ospath)


def unbundle(root):
    """Takes the bundle whose path comes on stdin into a copy of the records of ROOT, and prints what is read back."""
    source = Butler.from_config(root)
    refs = list(source.registry.queryDatasets("frame", collections=["raw"]))
    Butler.makeRepo(f"{root}-unbundled")
    butler = Butler.from_config(f"{root}-unbundled", writeable=True)
    butler.transfer_dimension_records_from(source, refs)
    butler.registry.registerDatasetType(refs[0].datasetType)
    butler.ingest_zip(sys.stdin.read().strip(), transfer="copy")
    print(json.dumps({str(ref.id): butler.get(ref) for ref in refs}))


def plain(value):
    if isinstance(value, Timespan):
        return [str(x) for x in value.nsec]
    if hasattr(value, "encode") and hasattr(value, "getBoundingCircle"):
        return value.encode().hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Table):
        return {name: value[name].tolist() for name in value.colnames}
    return value


def describe(root):
    butler = Butler.from_config(root)
    registry = butler.registry
    out = {"universe": butler.dimensions.version, "collections": {}, "types": {}, "records": {}, "datasets": {}, "values": {}, "validity": []}
    for info in butler.collections.query_info("*", include_doc=True, flatten_chains=False):
        out["collections"][info.name] = {"type": info.type.name, "children": list(info.children), "doc": info.doc or None}
    for element in butler.dimensions.elements:
        if element.name in butler.dimensions.skypix_dimensions.names or not element.has_own_table:
            continue
        records = registry.queryDimensionRecords(element.name)
        rows = [{key: plain(value) for key, value in record.toDict().items()} for record in records]
        if rows:
            out["records"][element.name] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    for dataset_type in registry.queryDatasetTypes():
        name = dataset_type.name
        out["types"][name] = {"dimensions": list(dataset_type.dimensions.required), "storageClass": dataset_type.storageClass_name, "isCalibration": dataset_type.isCalibration()}
        for ref in registry.queryDatasets(dataset_type, collections=...):
            out["datasets"][str(ref.id)] = {"type": name, "run": ref.run, "dataId": {key: ref.dataId[key] for key in ref.dataId.required}}
            out["values"][str(ref.id)] = plain(butler.get(ref))
        if dataset_type.isCalibration():
            for association in registry.queryDatasetAssociations(dataset_type, collections=..., collectionTypes=[CollectionType.CALIBRATION]):
                out["validity"].append([str(association.ref.id), association.collection, plain(association.timespan)])
    out["validity"].sort()
    print(json.dumps(out))


def query(root):
    butler = Butler.from_config(root)
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            if "datasets" in ask:
                found = butler.query_datasets(ask["datasets"], ask["collections"], find_first=ask.get("first", True), where=ask.get("where", ""), explain=False, limit=None)
                answer = sorted([str(ref.id), ref.run] for ref in found)
            elif "records" in ask:
                found = butler.query_dimension_records(ask["records"], where=ask.get("where", ""), explain=False, limit=None)
                answer = [[list(record.dataId.required_values), None] for record in found]
            else:
                found = butler.query_data_ids(ask["dimensions"], where=ask.get("where", ""), explain=False, limit=None)
                answer = [dict(data_id.mapping) for data_id in found]
            print(json.dumps({"answer": sorted(answer, key=lambda x: json.dumps(x, sort_keys=True))}), flush=True)
        except Exception as error:
            print(json.dumps({"error": type(error).__name__, "message": str(error)}), flush=True)


if __name__ == "__main__":
    {"make": make, "describe": describe, "query": query, "extend": extend, "finish": finish, "export": export, "import": import_, "bundle": bundle, "unbundle": unbundle}[sys.argv[1]](sys.argv[2])
