/** Examples of commands that carry none of their own, by their full names. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'almagest butler create': [
    'almagest butler create repo',
    'almagest butler create repo --database postgresql://localhost/survey --namespace butler',
  ],
  'almagest butler register-instrument': [
    'almagest butler register-instrument repo simcam-demo',
    'almagest butler register-instrument repo my-camera.yaml',
  ],
  'almagest butler register-dataset-type': ['almagest butler register-dataset-type repo visit_image ExposureF instrument visit detector'],
  'almagest butler remove-dataset-type': ['almagest butler remove-dataset-type repo old_image'],
  'almagest butler ingest-files': ['almagest butler ingest-files repo raw_log u/me/logs files.csv -t symlink'],
  'almagest butler define-visits': ['almagest butler define-visits repo simcam-demo --where "exposure.day_obs = 20260314"'],
  'almagest butler write-curated-calibrations': ['almagest butler write-curated-calibrations repo simcam-demo'],
  'almagest butler query-data-ids': [
    'almagest butler query-data-ids repo visit detector --datasets visit_image --collections SimCam-demo/single-frame',
  ],
  'almagest butler query-dimension-records': [
    'almagest butler query-dimension-records repo visit --where "visit.day_obs = 20260314" --limit 5',
  ],
  'almagest butler query-dataset-types': ['almagest butler query-dataset-types repo "dia_*"'],
  'almagest butler query-collections': ['almagest butler query-collections repo "SimCam-demo/*" --collection-type RUN'],
  'almagest butler collection-chain': ['almagest butler collection-chain repo defaults SimCam-demo/calib SimCam-demo/raw/all'],
  'almagest butler associate': [
    'almagest butler associate repo good-visits --dataset-type visit_image --collections SimCam-demo/single-frame',
  ],
  'almagest butler certify-calibrations': [
    'almagest butler certify-calibrations repo SimCam-demo/calib/bias SimCam-demo/calib bias --begin-date 2026-03-01',
  ],
  'almagest butler remove-collections': ['almagest butler remove-collections repo good-visits'],
  'almagest butler remove-runs': [
    'almagest butler remove-runs repo "u/me/*" --dry-run',
    'almagest butler remove-runs repo "u/me/*" --force',
  ],
  'almagest butler retrieve-artifacts': [
    'almagest butler retrieve-artifacts repo out -d visit_image --collections SimCam-demo/single-frame',
  ],
  'almagest butler transfer-datasets': [
    'almagest butler transfer-datasets repo other -d visit_image --collections SimCam-demo/single-frame -t copy',
  ],
  'almagest butler export': ['almagest butler export repo out -d visit_image --collections SimCam-demo/single-frame'],
  'almagest butler import': ['almagest butler import other out -t copy'],
  'almagest butler zip-artifacts': ['almagest butler zip-artifacts repo out -d source --collections SimCam-demo/single-frame'],
  'almagest butler export-calibs': ['almagest butler export-calibs repo calibs SimCam-demo/calib'],
  'almagest butler ingest-zip': ['almagest butler ingest-zip other out/bundle.zip'],
  'almagest butler prune-datasets': [
    'almagest butler prune-datasets repo -d postISRCCD --collections SimCam-demo/single-frame --unstore --dry-run',
  ],
  'almagest butler retention': ['almagest butler retention repo rules.yaml', 'almagest butler retention repo rules.yaml --execute'],
  'almagest butler fsck': ['almagest butler fsck repo --checksums'],
  'almagest butler update-dimension-regions': [
    'almagest butler update-dimension-regions repo visit_image --collections SimCam-demo/single-frame',
  ],
  'almagest butler update-exposures-from-raws': ['almagest butler update-exposures-from-raws repo --collections SimCam-demo/raw/all'],
  'almagest butler decertify-calibrations': [
    'almagest butler decertify-calibrations repo SimCam-demo/calib bias --begin-date 2026-03-01 --end-date 2026-04-01',
  ],
  'almagest sphere healpix pixel': ['almagest sphere healpix pixel 123456 --order 10'],
  'almagest sphere htm trixel': ['almagest sphere htm trixel N32313010'],
  'almagest sphere moc info': ['almagest sphere moc info coverage.fits --json'],
  'almagest sphere moc convert': ['almagest sphere moc convert coverage.fits coverage.json --order 9'],
  'almagest sphere moc contains': ['almagest sphere moc contains coverage.fits 83.63 22.01'],
};
