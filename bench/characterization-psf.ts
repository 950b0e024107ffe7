/**
 * The PSF model of a simulated 4k frame against PSFEx: ours from the image, detection included, in one process; PSFEx from the
 * catalogue of SExtractor, and both together. The frames and the judge come from ../shared/peers (ALMAGEST_PEERS, ALMAGEST_SIM).
 */
import { comparePeers } from './characterization/compare-peers.ts';

comparePeers({
  bench: 'characterization-psf',
  products: 'sci',
  tasks: ['psf-catalog', 'psf-model'],
  targets: { psfex: 1, 'source-extractor + psfex': 1 },
  ours: (node) => ({
    'psf-model': [
      {
        name: 'ours',
        cmd: `${node} ${import.meta.dirname}/characterization/psf-once.ts {sim}/sci.fits {out}/ours.fits`,
        quality: 'psf {sim} {out}/ours.fits',
      },
    ],
  }),
  figures: ['median_residual_pct', 'worst_residual_pct', 'width_pct'],
});
