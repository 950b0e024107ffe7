import type { RealResult } from './run-real.ts';
import type { KnownVerdict } from './known-objects.ts';

/** What a run over real frames ends with. */
export function formatReal(result: RealResult, milliseconds: number): string {
  const { title, frames, passedOver, calibrations, steps, known, standards, catalogs, failedQuanta } = result;
  const lines = ['', title, '', `${frames} frames`];
  for (const { path, reason } of passedOver) lines.push(`passed over: ${path}: ${reason}`);
  for (const { product, dataId, passed, reason } of calibrations)
    lines.push(`${passed ? 'certified' : 'REFUSED'} ${product} ${dataId}${reason === undefined ? '' : `: ${reason}`}`);
  for (const { name, summary } of steps)
    if (summary.total > 0)
      lines.push(`${name}: ${summary.counts.success} of ${summary.total} quanta done, ${summary.counts.failed} failed`);
  for (const [name, rows] of Object.entries(catalogs)) lines.push(`survey.${name}: ${rows} rows`);
  lines.push('', ...known.map(formatKnown));
  for (const { band, stars, scatterMag, withinMag, passed } of standards)
    lines.push(
      `${passed ? 'met   ' : 'MISSED'}  ${stars} standard stars in ${band}: ${scatterMag.toFixed(3)} mag scatter (${withinMag} wanted)`,
    );
  if (failedQuanta > 0) lines.push(`${failedQuanta} quanta failed: almagest report tells which`);
  lines.push(`${(milliseconds / 1000).toFixed(0)} s in all`);
  return lines.join('\n');
}

function formatKnown({ name, images, offsetArcsec, transit, alerts, passed }: KnownVerdict): string {
  const parts = [
    images > 0 ? `on ${images} images, ${offsetArcsec.toFixed(2)} arcsec from its place` : 'not among the sources of the images',
    ...(transit
      ? [
          `dimmed by ${percent(transit.depth)} +- ${percent(transit.depthError)} % (published ${percent(transit.publishedDepth)} +- ${percent(transit.publishedError)} %)`,
        ]
      : []),
    ...(alerts
      ? [
          alerts.count > 0
            ? `${alerts.count} alerts, the best at S/N ${alerts.bestSnr.toFixed(1)}, ${alerts.offsetArcsec.toFixed(2)} arcsec off`
            : 'no alert',
        ]
      : []),
  ];
  return `${passed ? 'found ' : 'MISSED'}  ${name}: ${parts.join('; ')}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}
