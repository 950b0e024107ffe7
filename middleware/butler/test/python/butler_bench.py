"""The Python Butler's side of the benchmarks: `butler_bench.py register COUNT` or `ingest FOLDER`; prints seconds."""

import glob
import json
import os
import sys
import tempfile
import time

from lsst.daf.butler import Butler, DataCoordinate, DatasetRef, DatasetType, FileDataset, Timespan


def fresh(folder):
    Butler.makeRepo(folder)
    butler = Butler.from_config(folder, writeable=True)
    return butler


def register(count):
    with tempfile.TemporaryDirectory() as folder:
        butler = fresh(f"{folder}/repo")
        dataset_type = DatasetType("pixel", ["htm9"], "StructuredDataDict", universe=butler.dimensions)
        butler.registry.registerDatasetType(dataset_type)
        butler.registry.registerRun("run")
        data_ids = [DataCoordinate.standardize(htm9=2_100_000 + i, universe=butler.dimensions) for i in range(count)]
        start = time.perf_counter()
        butler.registry.insertDatasets(dataset_type, data_ids, run="run", expand=False)
        print(time.perf_counter() - start)


def ingest(source):
    """Reads sidecars, registers exposures and ingests the files where they are."""
    with tempfile.TemporaryDirectory() as folder:
        butler = fresh(f"{folder}/repo")
        registry = butler.registry
        registry.insertDimensionData("instrument", {"name": "SimCam-tiny", "class_name": "lsst.obs.base.Instrument"})
        registry.insertDimensionData("physical_filter", {"instrument": "SimCam-tiny", "name": "sim_r", "band": "r"})
        registry.insertDimensionData("detector", {"instrument": "SimCam-tiny", "id": 0, "full_name": "S00"})
        dataset_type = DatasetType("raw", ["exposure", "detector"], "StructuredDataDict", universe=butler.dimensions)
        registry.registerDatasetType(dataset_type)
        registry.registerRun("raw")
        start = time.perf_counter()
        sidecars = sorted(glob.glob(f"{source}/*.json"))
        exposures, groups, days, files = [], {}, {}, []
        for sidecar in sidecars:
            with open(sidecar) as stream:
                info = json.load(stream)
            exposure = info["exposure_id"]
            days[info["observing_day"]] = {"instrument": "SimCam-tiny", "id": info["observing_day"]}
            groups[info["exposure_group"]] = {"instrument": "SimCam-tiny", "name": info["exposure_group"]}
            exposures.append({"instrument": "SimCam-tiny", "id": exposure, "obs_id": info["observation_id"], "physical_filter": info["physical_filter"], "group": info["exposure_group"], "day_obs": info["observing_day"], "exposure_time": info["exposure_time"], "observation_type": info["observation_type"], "seq_num": info["observation_counter"], "timespan": Timespan(None, None)})
        with butler.transaction():
            registry.insertDimensionData("day_obs", *days.values())
            registry.insertDimensionData("group", *groups.values())
            registry.insertDimensionData("exposure", *exposures)
        for sidecar, exposure in zip(sidecars, exposures):
            data_id = registry.expandDataId(instrument="SimCam-tiny", exposure=exposure["id"], detector=0)
            files.append(FileDataset(path=os.path.splitext(sidecar)[0] + ".fits", refs=[DatasetRef(dataset_type, data_id, run="raw")], formatter="lsst.daf.butler.formatters.yaml.YamlFormatter"))
        butler.ingest(*files, transfer="direct", record_validation_info=True)
        print(time.perf_counter() - start)


if __name__ == "__main__":
    register(int(sys.argv[2])) if sys.argv[1] == "register" else ingest(sys.argv[2])
