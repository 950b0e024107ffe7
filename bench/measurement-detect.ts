/**
 * `almagest detect` on a simulated 4k field against SExtractor, sep and photutils, each as a whole process,
 * judged by the true sources. The frames and the judge come from ../shared/peers (ALMAGEST_PEERS, ALMAGEST_SIM).
 */
import { join } from 'node:path';
import { comparePeers } from './characterization/compare-peers.ts';

const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');

comparePeers({
  bench: 'measurement-detect',
  products: 'sci',
  tasks: ['detect-sci'],
  targets: {
    'detect-sci source-extractor': 0.5,
    'detect-sci sep': 0.35,
    'detect-sci photutils': 0.1,
  },
  ours: (node) => ({
    'detect-sci': [{ name: 'ours', cmd: `${node} ${cli} detect {sim}/sci.fits -o {out}/o.fits`, quality: 'detect {sim} sci {out}/o.fits' }],
  }),
  figures: ['completeness', 'mag50', 'false'],
});
