import type { ReactElement } from 'react';
import { formatDec, formatRa } from '../services/sky-text.ts';
import type { PixelReading } from './load-exposure.ts';

/** What lies under the pointer; its place stays the same height, so that nothing jumps. */
export function ReadOut({ reading, isWaiting }: { readonly reading: PixelReading | undefined; readonly isWaiting: boolean }): ReactElement {
  if (!reading)
    return (
      <p className="read-out quiet">{isWaiting ? 'Fetching the pixels…' : 'Point at the image to read it; click to keep the place.'}</p>
    );
  const { x, y, value, sigma, sky, planes } = reading;
  return (
    <p className="read-out number" role="status">
      <span>
        {x.toFixed(1)}, {y.toFixed(1)}
      </span>
      <span>
        {formatValue(value)}
        {Number.isFinite(sigma) && ` ± ${formatValue(sigma)}`}
      </span>
      {sky && (
        <span>
          {formatRa(sky.ra)} {formatDec(sky.dec)}
        </span>
      )}
      <span>{planes.join(' ')}</span>
    </p>
  );
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(3) : value.toFixed(2);
}
