"""Raw frames, calibrations, composites in parts and tables, as the field's own packages keep them in a Python Butler.

make REPO FOLDER   makes a repository: a camera, the raws of FOLDER, a certified bias, a composite in parts, a table
describe REPO      prints as JSON what a repository holds, pixels included
bundle REPO        puts the composite in parts into a ZIP bundle and prints its path
unbundle REPO ZIP  takes such a bundle into a new repository with the records of REPO, and prints the composite and its files
import REPO FOLDER takes an export of the composite into a new repository REPO, and prints the composite and its files
addresses REPO     reads the raws by their addresses, with nothing in the place of what no registry has
read REPO          reads every dataset of a migrated repository and prints how many there are, and the universe

PEER_DATABASE and PEER_NAMESPACE put the registry of `make` on a PostgreSQL server.
The formatter of FITS frames belongs to packages that no registry has; the class below stands where records expect it.
"""

import glob
import json
import os
import sys
import types

import numpy
from astropy.io import fits
from astropy.table import Table
from lsst.daf.butler import (
    Butler,
    CollectionType,
    Config,
    DatasetIdGenEnum,
    DatasetRef,
    DatasetType,
    FileDataset,
    FormatterV2,
    StorageClass,
    StorageClassDelegate,
    StorageClassFactory,
    Timespan,
)

CLASSES = StorageClassFactory()


class FitsExposureFormatter(FormatterV2):
    can_read_from_local_file = True
    default_extension = ".fits"
    unsupported_parameters = None

    def read_from_local_file(self, path, component=None, expected_size=-1):
        with fits.open(path) as hdus:
            return next(numpy.array(hdu.data) for hdu in hdus if hdu.data is not None)


class PartsDelegate(StorageClassDelegate):
    def assemble(self, components, pytype=None):
        return dict(components)

    def getComponent(self, composite, name):
        return composite[name]


def provide():
    names = ("lsst.obs", "lsst.obs.base", "lsst.obs.base.formatters", "lsst.obs.base.formatters.fitsExposure")
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    for name in ("FitsExposureFormatter", "FitsImageFormatter"):
        made = type(name, (FitsExposureFormatter,), {"__module__": names[-1]})
        setattr(sys.modules[names[-1]], name, made)
    sys.modules["peer_delegates"] = types.ModuleType("peer_delegates")
    sys.modules["peer_delegates"].PartsDelegate = PartsDelegate
    for name in ("Exposure", "ImageF"):
        CLASSES.getStorageClass(name)._pytype = numpy.ndarray
    dictionary = CLASSES.getStorageClass("StructuredDataDict")
    CLASSES.registerStorageClass(StorageClass("PartsDict", pytype=dict, components={"head": dictionary, "body": dictionary}, delegate="peer_delegates.PartsDelegate"))


def make(root, folder):
    config = Config({"datastore": {"composites": {"default": False, "disassembled": {"PartsDict": True}}}})
    if "PEER_DATABASE" in os.environ:
        config["registry"] = {"db": os.environ["PEER_DATABASE"], "namespace": os.environ["PEER_NAMESPACE"]}
    Butler.makeRepo(root, config=config)
    butler = Butler.from_config(root, writeable=True)
    registry = butler.registry
    insert = registry.insertDimensionData
    insert("instrument", {"name": "SimCam-tiny", "class_name": "lsst.obs.base.Instrument"})
    insert("physical_filter", {"instrument": "SimCam-tiny", "name": "sim_r", "band": "r"})
    insert("detector", {"instrument": "SimCam-tiny", "id": 0, "full_name": "S00"})
    insert("day_obs", {"instrument": "SimCam-tiny", "id": 20261119})

    def register(name, dimensions, storage_class, calibration=False):
        found = DatasetType(name, dimensions, storage_class, universe=butler.dimensions, isCalibration=calibration)
        registry.registerDatasetType(found)
        return found

    raw = register("raw", ["instrument", "exposure", "detector"], "Exposure")
    bias = register("bias", ["instrument", "detector"], "StructuredDataDict", True)
    register("parts", ["instrument", "detector"], "PartsDict")
    register("table", ["instrument", "detector"], "ArrowAstropy")
    for run in ("SimCam-tiny/raw/all", "calib/run", "u/me"):
        registry.registerRun(run)
    frames = []
    for path in sorted(glob.glob(f"{folder}/*.fits")):
        header = fits.getheader(path)
        group, exposure = header["GROUPID"], header["EXPID"]
        registry.syncDimensionData("group", {"instrument": "SimCam-tiny", "name": group})
        insert("exposure", {"instrument": "SimCam-tiny", "id": exposure, "obs_id": header["OBSID"], "physical_filter": "sim_r", "group": group, "day_obs": 20261119, "exposure_time": header["EXPTIME"], "observation_type": "science", "seq_num": header["SEQNUM"], "timespan": Timespan(None, None)})
        data_id = registry.expandDataId(instrument="SimCam-tiny", exposure=exposure, detector=0)
        ref = DatasetRef(raw, data_id, run="SimCam-tiny/raw/all", id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN)
        frames.append(FileDataset(path=path, refs=[ref], formatter=sys.modules["lsst.obs.base.formatters.fitsExposure"].FitsExposureFormatter))
    butler.ingest(*frames, transfer="copy")
    at = {"instrument": "SimCam-tiny", "detector": 0}
    ref = butler.put({"level": 4}, "bias", at, run="calib/run")
    registry.registerCollection("SimCam-tiny/calib", CollectionType.CALIBRATION)
    registry.certify("SimCam-tiny/calib", [ref], Timespan(None, None))
    butler.put({"head": {"n": 1}, "body": {"rows": [1, 2, 3]}}, "parts", at, run="u/me")
    butler.put(Table({"id": [1, 2**40], "ra": [1.5, 2.5]}), "table", at, run="u/me")


def value_of(value):
    if isinstance(value, numpy.ndarray):
        return {"shape": list(value.shape), "sum": float(value.sum())}
    if isinstance(value, Table):
        return {name: value[name].tolist() for name in value.colnames}
    return value


def describe(root):
    butler = Butler.from_config(root)
    registry = butler.registry
    out = []
    for name in ("raw", "bias", "parts", "table"):
        for ref in registry.queryDatasets(name, collections=...):
            entry = {"id": str(ref.id), "type": name, "run": ref.run, "dataId": {key: ref.dataId[key] for key in ref.dataId.required}, "value": value_of(butler.get(ref))}
            if name == "raw":
                again = DatasetRef(ref.datasetType, ref.dataId, run=ref.run, id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN)
                entry["sameId"] = again.id == ref.id
                found = butler.query_datasets("raw", collections=ref.run, where=f"instrument = 'SimCam-tiny' AND exposure.seq_num = {ref.dataId['exposure'] % 100} AND band = 'r'", explain=False)
                entry["found"] = [str(each.id) for each in found]
                entry["bias"] = value_of(butler.get("bias", collections="SimCam-tiny/calib", instrument="SimCam-tiny", exposure=ref.dataId["exposure"], detector=0))
            if name == "parts":
                entry["files"] = len(butler.getURIs(ref).componentURIs)
                entry["head"] = butler.get(ref.makeComponentRef("head"))
            out.append(entry)
    print(json.dumps(sorted(out, key=lambda entry: entry["id"])))


def read(root):
    butler = Butler.from_config(root, writeable=True)
    refs = [ref for dataset_type in butler.registry.queryDatasetTypes() for ref in butler.registry.queryDatasets(dataset_type, collections=...)]
    values = [butler.getURI(ref).exists() for ref in refs]
    dates = [str(butler.query_datasets(ref.datasetType, collections=ref.run, where=f"{ref.datasetType.name}.ingest_date < T'2023-01-01'", explain=False, limit=1)[0].id) for ref in refs[:1]]
    print(json.dumps({"universe": butler.dimensions.version, "datasets": sum(values), "old": len(dates), "visits": len(butler.query_data_ids(["visit"], explain=False))}))


def parts_of(butler):
    (ref,) = butler.registry.queryDatasets("parts", collections=...)
    uris = butler.getURIs(ref)
    return {"id": str(ref.id), "value": butler.get(ref), "head": butler.get(ref.makeComponentRef("head")), "files": 1 if uris.primaryURI else len(uris.componentURIs)}


def bundle(root):
    butler = Butler.from_config(root)
    refs = list(butler.registry.queryDatasets("parts", collections=...))
    print(json.dumps(butler.retrieve_artifacts_zip(refs, destination=f"{root}-bundle").ospath))


def unbundle(root, path):
    source = Butler.from_config(root)
    refs = list(source.registry.queryDatasets("parts", collections=...))
    Butler.makeRepo(f"{root}-unbundled")
    butler = Butler.from_config(f"{root}-unbundled", writeable=True)
    butler.transfer_dimension_records_from(source, refs)
    butler.registry.registerDatasetType(refs[0].datasetType)
    butler.ingest_zip(path, transfer="copy")
    print(json.dumps(parts_of(butler)))


def import_export(root, folder):
    Butler.makeRepo(root)
    butler = Butler.from_config(root, writeable=True)
    butler.import_(directory=folder, filename="export.yaml", transfer="copy")
    print(json.dumps(parts_of(butler)))


def addresses(root):
    butler = Butler.from_config(root)
    found = {}
    for ref in butler.registry.queryDatasets("raw", collections=...):
        with fits.open(butler.getURI(ref).ospath) as hdus:
            data = next(numpy.array(hdu.data) for hdu in hdus if hdu.data is not None)
        found[str(ref.id)] = {"shape": list(data.shape), "sum": float(data.sum())}
    print(json.dumps(found))


VERBS = {"make": make, "describe": describe, "read": read, "bundle": bundle, "unbundle": unbundle, "import": import_export, "addresses": addresses}

if __name__ == "__main__":
    if sys.argv[1] != "addresses":
        provide()
    VERBS[sys.argv[1]](*sys.argv[2:])
