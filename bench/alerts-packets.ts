import { cutStamp, encodePackets, FilterSet, packetSchema, packetType } from '@almagest/alerts';
import { createMaskedImage, exposureOf } from '@almagest/image';
import { readWcs } from '@almagest/wcs';
import { sampleNight } from '../archive/alerts/test/sample-night.ts';

/** 10,000 alerts with three stamps of 30 x 30 pixels and 27 earlier sources and forced fluxes each; 100 filters over them. */
const ALERTS = 10_000;
const HISTORY = 27;
const FILTERS = 100;
const CHUNK = 1000;

const cards: Readonly<Record<string, string | number>> = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 2048,
  CRPIX2: 2048,
  CRVAL1: 150,
  CRVAL2: 2,
  CD1_1: -5.5e-4,
  CD2_2: 5.5e-4,
};
const exposure = exposureOf(createMaskedImage(4096, 4096), { wcs: readWcs({ get: (keyword: string) => cards[keyword] }) });
let seconds = 0;
let bytes = 0;
const packets: Uint8Array[] = [];
for (let i = 0; i < ALERTS; i += CHUNK) {
  const night = sampleNight({ alerts: CHUNK, history: HISTORY, seed: i + 1, firstId: 4_000_000_000_000_000_000n + BigInt(i) });
  const [ra, dec] = ['ra', 'dec'].map((name) => night.sources.columns.find((column) => column.name === name)!.data as Float64Array);
  const stamp = (row: number): Uint8Array | undefined => cutStamp(exposure, { ra: ra![row]!, dec: dec![row]! }, { sidePixels: 30 });
  const start = performance.now();
  for (const packet of encodePackets({
    ...night,
    cutouts: (row) => ({ difference: stamp(row), science: stamp(row), template: stamp(row) }),
  })) {
    bytes += packet.bytes.length;
    packets.push(packet.bytes);
  }
  seconds += (performance.now() - start) / 1000;
}
report('alerts: encode 10,000 with stamps and history', seconds, 5, { alerts: ALERTS, bytesEach: Math.round(bytes / ALERTS) });

const set = new FilterSet(packetType(packetSchema()), { maxPerVisit: Infinity });
for (let i = 0; i < FILTERS; i += 1)
  set.add(
    `user${i}`,
    [
      `snr > ${500 + 10 * i} AND reliability > 0.5 AND band = 'r'`,
      `count(prvDiaSources WHERE band = 'g' AND snr > ${900 + i}) >= 3`,
      `cone(150, 2, ${0.01 * i}) AND diaObject.nDiaSources > 5`,
      `psfFlux / psfFluxErr > 10 AND max(prvDiaSources.psfFlux) - min(prvDiaSources.psfFlux) > ${5 * i}`,
    ][i % 4]!,
  );
const start = performance.now();
let hits = 0;
for (const packet of packets) hits += set.match(packet).length;
report('alerts: 100 filters over 10,000', (performance.now() - start) / 1000, 5, { hits });

function report(bench: string, ours: number, target: number, more: object): void {
  console.log(
    JSON.stringify({ bench, ours_s: Number(ours.toFixed(3)), peer: null, peer_s: null, ratio: null, target: `${target} s`, ...more }),
  );
}
