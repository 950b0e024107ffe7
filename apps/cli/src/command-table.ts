import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loads the command's own module, so that one command does not pay for the others at start. */
  readonly load: () => Promise<{ register: (program: Command) => void }>;
}

/** One line a top-level command, alphabetical. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'adql', summary: 'Parse ADQL, the query language of the archive.', load: () => import('./commands/adql.ts') },
  { name: 'alerts', summary: 'Read, filter, replay and check alert packets.', load: () => import('./commands/alerts.ts') },
  { name: 'auth', summary: 'Make, list and revoke tokens of a survey.', load: () => import('./commands/auth.ts') },
  { name: 'batch', summary: 'Submit, watch, restart and cancel runs on a cluster.', load: () => import('./commands/batch.ts') },
  { name: 'butler', summary: 'Make, fill, query and keep repositories of datasets.', load: () => import('./commands/butler.ts') },
  { name: 'calibrate', summary: 'Make and certify calibration products.', load: () => import('./commands/calibrate.ts') },
  { name: 'catalog', summary: 'Ingest, list and verify catalogues (HATS).', load: () => import('./commands/catalog.ts') },
  { name: 'coadd', summary: 'Resample exposures onto one grid and average them.', load: () => import('./commands/coadd.ts') },
  { name: 'completion', summary: 'Complete commands and options in a shell.', load: () => import('./commands/completion.ts') },
  { name: 'demo', summary: 'Simulate, process, verify and look at three nights.', load: () => import('./commands/demo.ts') },
  { name: 'detect', summary: 'Find and measure the sources of an image.', load: () => import('./commands/detect.ts') },
  { name: 'doctor', summary: 'Tell what this machine has and what is missing.', load: () => import('./commands/doctor.ts') },
  { name: 'fits', summary: 'Look into, check, compress and copy FITS files.', load: () => import('./commands/fits.ts') },
  { name: 'graph', summary: 'Build quantum graphs and look into them.', load: () => import('./commands/graph.ts') },
  { name: 'hips', summary: 'Make, list and check sky surveys in HiPS.', load: () => import('./commands/hips.ts') },
  { name: 'image', summary: 'Render and resample images.', load: () => import('./commands/image.ts') },
  { name: 'ingest', summary: 'Take raw frames into a repository.', load: () => import('./commands/ingest.ts') },
  { name: 'init', summary: 'Make a repository for a camera.', load: () => import('./commands/init.ts') },
  {
    name: 'isr',
    summary: "Remove the instrument's signature from raws, and find cosmic rays.",
    load: () => import('./commands/isr.ts'),
  },
  {
    name: 'metrics',
    summary: 'Key performance metrics: measure, judge, report, compare with the truth.',
    load: () => import('./commands/metrics.ts'),
  },
  { name: 'night', summary: 'Take a survey from raw frames to alerts and catalogues.', load: () => import('./commands/night.ts') },
  { name: 'plot', summary: 'Plot a light curve, an image or a histogram.', load: () => import('./commands/plot.ts') },
  { name: 'prompt', summary: 'Process raws into alerts as they arrive, against the clock.', load: () => import('./commands/prompt.ts') },
  {
    name: 'provenance',
    summary: 'Walk from a dataset to what it was made from, or to what was made from it.',
    load: () => import('./commands/provenance.ts'),
  },
  { name: 'query', summary: 'Query the catalogues of a survey in ADQL.', load: () => import('./commands/query.ts') },
  { name: 'reference', summary: 'Put a reference catalogue into a repository.', load: () => import('./commands/reference.ts') },
  { name: 'report', summary: 'Report how a run went.', load: () => import('./commands/report.ts') },
  { name: 'run', summary: 'Run a pipeline over a repository.', load: () => import('./commands/run.ts') },
  {
    name: 'schema',
    summary: 'Check table schemas; print SQL, docs, types, Avro; compare versions.',
    load: () => import('./commands/schema.ts'),
  },
  { name: 'serve', summary: 'Serve a survey: page, TAP, images.', load: () => import('./commands/serve.ts') },
  {
    name: 'simulate',
    summary: 'Make a survey whose truth is known: raw frames and truth tables.',
    load: () => import('./commands/simulate.ts'),
  },
  { name: 'solve', summary: 'Find where an image lies on the sky and fit its WCS.', load: () => import('./commands/solve.ts') },
  { name: 'sphere', summary: 'HEALPix, HTM and MOC on the sky.', load: () => import('./commands/sphere.ts') },
  { name: 'subtract', summary: 'Subtract a template from a science image.', load: () => import('./commands/subtract.ts') },
  { name: 'table', summary: 'Look into tables and convert them.', load: () => import('./commands/table.ts') },
  { name: 'time', summary: 'Convert times between scales and forms.', load: () => import('./commands/time.ts') },
  {
    name: 'translate-header',
    summary: 'Translate headers of raws to standard observation properties.',
    load: () => import('./commands/translate-header.ts'),
  },
  { name: 'wcs', summary: 'Convert between pixels and sky positions.', load: () => import('./commands/wcs.ts') },
];
