import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { loadCamera } from '../camera/load-camera.ts';
import { HeaderFileError, PropertyMissingError, UnknownInstrumentError } from '../errors.ts';
import { observationInfoToJson, type TaiTime } from '../properties/observation-info.ts';
import { isoFromTaiNs } from '@almagest/time';
import { translateFile } from './translate-file.ts';

const utc = (time: unknown): string => isoFromTaiNs((time as TaiTime).taiNs, { scale: 'utc', digits: 3 });

/** What the READMEs of the data say, and what can be read off the headers by eye. */
const FRAMES = [
  {
    file: 'm92-kpno-1987/raw/m92010_M92_V.fits',
    instrument: 'KPNO-RCA1',
    begin: '1987-09-01T03:30:24.000',
    exposure_time: 60,
    observation_type: 'science',
    physical_filter: '6 0',
  },
  {
    file: 'm92-kpno-1987/raw/m92001_bias.fits',
    instrument: 'KPNO-RCA1',
    begin: '1987-08-31T23:50:58.000',
    exposure_time: 0,
    observation_type: 'bias',
    observing_day: 19870831,
  },
  { file: 'm92-kpno-1987/raw/m92006_flat_B.fits', instrument: 'KPNO-RCA1', observation_type: 'flat', physical_filter: '5 0' },
  {
    file: 'hatp32-microobs-2017/frames/HATP-32171220013343.fits.gz',
    instrument: 'MicroObservatory',
    begin: '2017-12-20T01:33:43.317',
    exposure_time: 60,
    temperature: 287,
  },
  {
    file: 'asi120-calib/bias/bias_01.fits.gz',
    instrument: 'ASI120MC-S',
    begin: '2024-04-16T15:33:10.623',
    exposure_time: 6.4e-5,
    observation_type: 'bias',
  },
  { file: 'asi120-calib/dark/dark_10s_01.fits.gz', instrument: 'ASI120MC-S', exposure_time: 10, observation_type: 'dark' },
  { file: 'asi120-calib/flat/flat_01.fits.gz', instrument: 'ASI120MC-S', exposure_time: 0.005, observation_type: 'flat' },
  {
    file: 'single-raw-frames/saao-ste3-rf0420-raw.fits',
    instrument: 'SAAO-STE3',
    begin: '2013-07-13T00:57:33.000',
    exposure_time: 150.04,
    boresight_airmass: 1.176,
  },
  {
    file: 'single-raw-frames/gemini-gmos-cosmicrays.fits',
    instrument: 'GMOS-S',
    begin: '2019-08-08T00:42:29.717',
    exposure_time: 90,
    object: 'LTT7379',
  },
  {
    file: 'single-raw-frames/panoptes-dslr-bayer-unsolved.fits',
    instrument: 'PANOPTES',
    begin: '2016-09-09T08:12:26.000',
    exposure_time: 120.4,
  },
  {
    file: 'single-raw-frames/panoptes-dslr-bayer-solved.fits.fz',
    instrument: 'PANOPTES',
    begin: '2016-09-09T08:14:34.000',
    exposure_time: 120.4,
  },
  { file: 'm13-stack-2013/M13_blue_0001.fits.gz', instrument: 'Orion-SSDSI', begin: '2013-05-05T04:09:39.000', exposure_time: 5 },
  { file: 'asteroid-frames/272-antonia-20240722.fits.gz', instrument: 'QHY163M', begin: '2024-07-22T22:48:42.063', exposure_time: 20 },
  { file: 'detection-sextractor-golden/image.fits', instrument: 'EMMI', exposure_time: 1200 },
  {
    file: 'masked-images/suprimecam-ACTJ0022-i.fits',
    instrument: 'SuprimeCam',
    exposure_time: 240,
    detector_name: 'satsuki',
    physical_filter: 'W-S-I+',
  },
  {
    file: 'amp-assembly-lsstcam/e2v_spot.fits.gz',
    instrument: 'LSSTCam',
    detector_num: 94,
    detector_unique_name: 'R22_S11',
    exposure_id: 3019103101985,
  },
] as const;

for (const { file, begin, ...want } of FRAMES.map((frame) => ({ begin: undefined, ...frame }))) {
  test.skipIf(!haveData)(`translates ${file}, warts and all`, async () => {
    const [translation] = await translateFile(dataPath(file));
    expect(translation?.info).toMatchObject(want);
    expect(translation?.problems).toEqual([]);
    if (begin !== undefined) expect(utc(translation?.info.datetime_begin)).toBe(begin);
  });
}

test.skipIf(!haveData)('the sign of LONGITUD is west in MicroObservatory headers', async () => {
  const [translation] = await translateFile(dataPath('hatp32-microobs-2017/frames/HATP-32171220013343.fits.gz'));
  const [x = 0, y = 0] = translation!.info.location as number[];
  expect((Math.atan2(y, x) * 180) / Math.PI).toBeCloseTo(-110.88, 9);
});

test.skipIf(!haveData)('a corrections file of the observation changes the header, and one that is no mapping is refused', async () => {
  const folder = dataPath('headers', 'astro_metadata_translator');
  const file = `${folder}/fitsheader-decam-0160496.yaml`;
  const [plain] = await translateFile(file);
  const [corrected] = await translateFile(file, { corrections: [`${folder}/corrections`] });
  expect([plain?.info.detector_serial, corrected?.info.detector_serial]).toEqual(['S3-111_107419-8-3', 'NEW-ID']);
  expect(corrected?.changed).toEqual(['DETECTOR', 'FILTER']);
  await expect(translateFile(file, { corrections: [`${folder}/bad_corrections`] })).rejects.toThrow(HeaderFileError);
});

test.skipIf(!haveData)('a header without a required property is refused by name, or reported when asked', async () => {
  const file = dataPath('headers', 'astro_metadata_translator', 'bad-megaprime.yaml');
  await expect(translateFile(file)).rejects.toThrow(PropertyMissingError);
  await expect(translateFile(file)).rejects.toThrow(/exposure_time.*MegaPrime/);
  const [lenient] = await translateFile(file, { strict: false });
  expect(lenient?.info).toMatchObject({ exposure_time: null, observation_type: null, object: 'w2.+2+2' });
});

test.skipIf(!haveData)('a header of no known camera is refused, unless a camera is named', async () => {
  const file = dataPath('headers', 'astro_metadata_translator', 'small.fits');
  await expect(translateFile(file)).rejects.toThrow(UnknownInstrumentError);
  const [translation] = await translateFile(file, { cameras: [loadCamera('generic')], strict: false });
  expect(observationInfoToJson(translation!.info).physical_filter).toBe('r');
});
