/**
 * `almagest detect` on a crowded simulated 4k field against SExtractor, sep and photutils, each once as a whole process, as theirs
 * take up to minutes; judged by the true sources. The frame and the judge come from ../shared/peers (ALMAGEST_PEERS, ALMAGEST_SIM).
 */
import { join } from 'node:path';
import { comparePeers } from './characterization/compare-peers.ts';

const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');

comparePeers({
  bench: 'measurement-crowded',
  products: 'crowded',
  tasks: ['detect-crowded'],
  runs: 1,
  targets: { 'detect-crowded source-extractor': 0.6 },
  ours: (node) => ({
    'detect-crowded': [
      { name: 'ours', cmd: `${node} ${cli} detect {sim}/crowded.fits -o {out}/o.fits`, quality: 'detect {sim} crowded {out}/o.fits' },
    ],
  }),
  figures: ['completeness', 'mag50', 'false'],
});
