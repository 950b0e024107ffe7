import { type ReactElement, useEffect, useState } from 'react';
import { getEstimate, type QueryEstimate } from '../services/tap-client.ts';

/** Typing rests for so long before the service is asked [ms]. */
const PAUSE = 400;

/** What a query would read, before it is run. Says nothing where the service cannot tell. */
export function QueryCost({ query, isSound }: { readonly query: string; readonly isSound: (query: string) => boolean }): ReactElement {
  const [held, setHeld] = useState<{ readonly query: string; readonly estimate: QueryEstimate }>();
  useEffect(() => {
    if (query.trim() === '') return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      // The editor tells what is wrong with a query that is not finished.
      if (!isSound(query)) return;
      getEstimate(query, controller.signal).then(
        (estimate) => setHeld({ query, estimate }),
        // The service may be without estimates.
        () => undefined,
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [query, isSound]);
  const estimate = held?.query === query ? held.estimate : undefined;
  return (
    <p className="small quiet cost" role="status" aria-label="Cost of the query">
      {estimate &&
        `Reads ${estimate.rowsRead.toLocaleString('en')} rows (${sizeText(estimate.bytes)} in ${estimate.files} ${estimate.files === 1 ? 'file' : 'files'}), about ${secondsText(estimate.seconds)}; ${
          Number.isFinite(estimate.rows) ? `some ${estimate.rows.toLocaleString('en')} rows are expected` : 'rows unknown'
        }${estimate.waiting > 0 ? `; ${estimate.waiting} queries wait before it` : ''}.`}
    </p>
  );
}

function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function secondsText(seconds: number): string {
  return seconds < 1 ? `${Math.max(0.01, seconds).toFixed(2)} s` : `${seconds.toFixed(0)} s`;
}
