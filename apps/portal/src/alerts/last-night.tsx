import { compileFilter } from '@almagest/alerts';
import { type ReactElement, useState } from 'react';
import { type Alert, endOffset, readAlerts } from '../services/alerts-client.ts';
import { formatMjd } from '../services/sky-text.ts';
import { useWatchlists } from './kept-watchlists.ts';
import { skySetsOf } from './watchlists.tsx';

const STEP = 500;
/** Alerts of a night that are tried at most. */
const MOST = 50_000;
/** Nights are counted from noon to noon, here of the alerts' own time. */
const HALF_DAY = 0.5;

interface Trial {
  readonly night: string;
  readonly tried: number;
  readonly passed: readonly Alert[];
  readonly seconds: number;
}

/** Tries a filter on every alert of the last night of the stream, and tells what a subscriber would have got. */
export function LastNightTrial({ filter, isSound }: { readonly filter: string; readonly isSound: boolean }): ReactElement {
  const { lists } = useWatchlists();
  const [state, setState] = useState<{ readonly filter: string; readonly trial?: Trial; readonly problem?: string }>();
  const run = async (): Promise<void> => {
    setState({ filter });
    try {
      setState({ filter, trial: await tryFilter(filter, skySetsOf(lists)) });
    } catch (error) {
      setState({ filter, problem: error instanceof Error ? error.message : String(error) });
    }
  };
  const isCurrent = state?.filter === filter;
  const trial = isCurrent ? state.trial : undefined;
  return (
    <div className="stack">
      <div className="row">
        <button type="button" disabled={!isSound || filter.trim() === ''} onClick={() => void run()}>
          Try it on the last night
        </button>
        <span className="small quiet" role="status">
          {isCurrent && !trial && state.problem === undefined && 'Reading the night…'}
          {isCurrent && state.problem}
          {trial &&
            `${trial.passed.length} of ${trial.tried} alerts of ${trial.night} pass: ${countText(new Set(trial.passed.map(objectOf)).size, 'object')}, ${(1000 * trial.seconds).toFixed(0)} ms`}
        </span>
      </div>
      {trial && trial.passed.length > 0 && <PerVisit trial={trial} />}
    </div>
  );
}

function PerVisit({ trial }: { readonly trial: Trial }): ReactElement {
  const visits = [...Map.groupBy(trial.passed, ({ midpointMjdTai }) => midpointMjdTai)].toSorted(([a], [b]) => a - b);
  const most = Math.max(...visits.map(([, alerts]) => alerts.length));
  return (
    <ul className="per-visit" aria-label="Alerts that pass, by visit">
      {visits.map(([time, alerts]) => (
        <li key={time}>
          <span className="number small">{formatMjd(time)}</span>
          <span className="meter" aria-hidden="true">
            <i style={{ inlineSize: `${(100 * alerts.length) / most}%` }} />
          </span>
          <span className="number small">{alerts.length}</span>
        </li>
      ))}
    </ul>
  );
}

async function tryFilter(text: string, sky: ReturnType<typeof skySetsOf>): Promise<Trial> {
  let from = await endOffset();
  const held: Alert[] = [];
  let compiled: ReturnType<typeof compileFilter> | undefined;
  let night = Number.NaN;
  while (from > 0 && held.length < MOST) {
    const begin = Math.max(0, from - STEP);
    const { alerts, type } = await readAlerts(begin, from - begin);
    if (type) compiled ??= compileFilter(text, type.node, { sky });
    if (Number.isNaN(night)) night = Math.max(...alerts.map(nightOf));
    held.push(...alerts.filter((alert) => nightOf(alert) === night));
    if (alerts.some((alert) => nightOf(alert) < night)) break;
    from = begin;
  }
  const started = performance.now();
  const passed = compiled ? held.filter((alert) => compiled.passes(alert.packet)) : [];
  return {
    night: Number.isNaN(night) ? 'the stream' : `the night of ${formatMjd(night).slice(0, 10)}`,
    tried: held.length,
    passed,
    seconds: (performance.now() - started) / 1000,
  };
}

function countText(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function nightOf({ midpointMjdTai }: Alert): number {
  return Math.floor(midpointMjdTai - HALF_DAY);
}

function objectOf({ packet, id }: Alert): string {
  const source = packet['diaSource'] as Readonly<Record<string, unknown>> | undefined;
  const object = source?.['diaObjectId'];
  return typeof object === 'bigint' || typeof object === 'number' ? String(object) : id;
}
