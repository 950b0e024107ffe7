import type { Exposure } from '@almagest/image';
import { type ReactElement, useMemo } from 'react';
import { cutoutUrl, type ImageEntry } from '../services/images-client.ts';
import { formatMjd } from '../services/sky-text.ts';
import { CutoutStamp } from './stamp.tsx';

interface EpochStampsProps {
  readonly exposure: Exposure;
  readonly marker: { readonly x: number; readonly y: number };
  readonly image: ImageEntry;
  readonly all: readonly ImageEntry[];
}

const SIDE = 41;
const MOST = 24;

/** The marked position in every image of the same kind that covers it, in order of time. */
export function EpochStamps({ exposure, marker, image, all }: EpochStampsProps): ReactElement | null {
  const { x0, y0 } = exposure.maskedImage.image;
  const point = exposure.wcs?.pixelToSky(marker.x + x0, marker.y + y0);
  const ra = point && ((point.ra * 180) / Math.PI + 360) % 360;
  const dec = point && (point.dec * 180) / Math.PI;
  const epochs = useMemo(
    () =>
      ra === undefined || dec === undefined
        ? []
        : all
            .filter((each) => each.type === image.type && covers(each.footprint, ra, dec))
            .toSorted((a, b) => (a.beginMjdTai ?? 0) - (b.beginMjdTai ?? 0)),
    [all, image.type, ra, dec],
  );
  if (ra === undefined || dec === undefined || epochs.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="epochs">
      <h2 id="epochs">
        This place at {epochs.length} {epochs.length === 1 ? 'epoch' : 'epochs'}
      </h2>
      <div className="stamps">
        {epochs.slice(0, MOST).map((each) => (
          <CutoutStamp
            key={each.id}
            url={cutoutUrl(each.id, ra, dec, SIDE)}
            label={`Stamp of ${each.type}, visit ${each.dataId['visit'] ?? ''}`}
            caption={[each.band, each.beginMjdTai === undefined ? '' : formatMjd(each.beginMjdTai)].filter(Boolean).join(' · ')}
          />
        ))}
      </div>
    </section>
  );
}

/** Whether a footprint holds a position, on a plane about the position; footprints are small. */
function covers(footprint: ImageEntry['footprint'], ra: number, dec: number): boolean {
  const cosine = Math.cos((dec * Math.PI) / 180);
  const points = footprint.map(([a, d]) => [(((a - ra + 540) % 360) - 180) * cosine, d - dec] as const);
  let isInside = false;
  points.forEach(([x1, y1], i) => {
    const [x2, y2] = points[(i + 1) % points.length]!;
    if (y1 > 0 !== y2 > 0 && x1 + ((x2 - x1) * -y1) / (y2 - y1) > 0) isInside = !isInside;
  });
  return isInside;
}
