import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';

/** A raw of the simulator's small camera. */
export async function writeRaw(
  folder: string,
  exposure: number,
  options: { readonly type?: string; readonly filter?: string; readonly drop?: string } = {},
): Promise<string> {
  const header = new Header();
  const seconds = String(exposure).padStart(2, '0');
  const cards: Readonly<Record<string, string | number | boolean>> = {
    INSTRUME: 'SimCam-tiny',
    TELESCOP: 'SimTel',
    EXPID: 2026112000000 + exposure,
    FILTER: options.filter ?? 'sim_r',
    'DATE-BEG': `2026-11-20T01:00:${seconds}`,
    'DATE-END': `2026-11-20T01:00:${seconds}.5`,
    EXPTIME: 0.5,
    EXPREQ: 0.5,
    ROTPA: 30,
    DETNUM: 0,
    DETNAME: 'S00',
    DETSER: 'SIM-512-000',
    DETGROUP: 'R00',
    RA: 150 + exposure * 0.001,
    DEC: 2,
    IMGTYPE: options.type ?? 'object',
    OBSID: `sim_${exposure}`,
    GROUPID: `group_${Math.ceil(exposure / 2)}`,
    DAYOBS: 20261119,
    SEQNUM: exposure,
  };
  for (const [key, value] of Object.entries(cards)) if (key !== options.drop) header.set(key, value);
  const path = join(folder, `raw_${exposure}.fits`);
  writeFileSync(path, await fitsBytes([imageHdu({ data: new Uint16Array(16), shape: [4, 4], header })]));
  return path;
}
