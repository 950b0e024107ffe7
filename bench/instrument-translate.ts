import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { correctHeader, headerFromEntries, loadCamera, readHeaders, translateHeader } from '@almagest/instrument';
import { dataPath, haveData } from '@almagest/test-data';

/** Headers in standard form a second, pixels and files aside. */
const camera = loadCamera('simcam');
const cards = {
  TELESCOP: 'Simulated 6.5 m telescope',
  INSTRUME: 'SimCam',
  OBSID: 'SC_O_20260314_000030',
  EXPID: 2026031400030,
  DAYOBS: 20260314,
  DAYOFF: 43200,
  SEQNUM: 30,
  GROUPID: 'night-0',
  IMGTYPE: 'OBJECT',
  REASON: 'survey',
  PROGRAM: 'SIM',
  OBJECT: 'FIELD',
  FILTER: 'sim_r',
  EXPTIME: 30,
  EXPREQ: 30,
  DARKTIME: 30,
  TIMESYS: 'TAI',
  'DATE-BEG': '2026-03-15T02:43:02.106474',
  'DATE-END': '2026-03-15T02:43:32.106474',
  'OBSGEO-X': 1818938.9,
  'OBSGEO-Y': -5208470.9,
  'OBSGEO-Z': -3195172.1,
  DETNUM: 4,
  DETNAME: 'S11',
  DETSER: 'SIM',
  DETGROUP: 'R00',
  RA: 150.1,
  DEC: 2.2,
  ROTPA: 0,
  AIRMASS: 1.19,
  AZSTART: 12,
  ELSTART: 57,
  AZEND: 12,
  ELEND: 57,
  AIRTEMP: 9,
  PRESSURE: 730,
  HUMIDITY: 35,
};
const header = headerFromEntries(Object.entries(cards));
const count = 10_000;
let best = Number.POSITIVE_INFINITY;
for (let run = 0; run < 4; run++) {
  const start = performance.now();
  for (let n = 0; n < count; n++)
    translateHeader(correctHeader(header, camera.translation).header, camera.translation, { camera: camera.name });
  best = Math.min(best, (performance.now() - start) / 1000);
}
console.log(
  JSON.stringify({
    bench: 'translate 10,000 headers of 37 cards',
    ours_s: Number(best.toPrecision(4)),
    peer: null,
    peer_s: null,
    ratio: null,
  }),
);

/** Processor seconds for the same saved header of a real camera, here and by the field's translator. */
async function againstPeer(): Promise<void> {
  const path = dataPath('headers', 'astro_metadata_translator', 'fitsheader-decam.yaml');
  const decam = loadCamera('decam');
  const { primary } = await readHeaders(path);
  const times = 2000;
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    const before = process.cpuUsage().user;
    for (let n = 0; n < times; n++)
      translateHeader(correctHeader(primary, decam.translation).header, decam.translation, { camera: decam.name });
    least = Math.min(least, (process.cpuUsage().user - before) / 1e6);
  }
  const peer = join(import.meta.dirname, '../middleware/instrument/test/python/translate_peer.py');
  const python = execFileSync(join(import.meta.dirname, '../scripts/services/python-butler.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  const theirs = Number(
    execFileSync(python, [peer, 'bench', path, String(times)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  console.log(
    JSON.stringify({
      bench: `translate ${times} DECam headers, user CPU`,
      ours_s: Number(least.toPrecision(4)),
      peer: 'astro_metadata_translator 30.2026.4300',
      peer_s: Number(theirs.toPrecision(4)),
      ratio: Number((theirs / least).toPrecision(3)),
    }),
  );
}

if (haveData)
  await againstPeer().catch(() =>
    console.log("skipped: the field's translator cannot be installed here (scripts/services/python-butler.sh)"),
  );
