/**
 * PSF photometry of a simulated 4k frame, sky, detection, PSF model and deblending included, against SExtractor with the model of
 * PSFEx, judged by the true sources. The frames and the judge come from ../shared/peers (ALMAGEST_PEERS, ALMAGEST_SIM).
 */
import { comparePeers } from './characterization/compare-peers.ts';

comparePeers({
  bench: 'measurement-psf-photometry',
  products: 'sci',
  tasks: ['psf-catalog', 'psf-model', 'psf-photometry'],
  targets: {},
  ours: (node) => ({
    'psf-photometry': [
      {
        name: 'ours',
        cmd: `${node} ${import.meta.dirname}/measurement/psf-photometry-once.ts {sim}/sci.fits {out}/ours_psf.fits`,
        quality: 'detect {sim} sci {out}/ours_psf.fits',
      },
    ],
  }),
  figures: ['completeness', 'mag50', 'false', 'bright', 'mid'],
});
