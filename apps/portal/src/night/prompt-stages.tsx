import type { ReactElement } from 'react';
import { BAND_COLOURS } from '../plots/light-curve.tsx';
import type { NightPrompt, NightVisit } from '../services/night-client.ts';

/** Every detector of the night that prompt processing took, with its stages along the time from the raw to the alerts. */
export function PromptStages({
  visits,
  goalSec,
}: {
  readonly visits: readonly NightVisit[];
  readonly goalSec: number;
}): ReactElement | null {
  const rows = visits.flatMap(({ visit, prompt }) => prompt.map((each) => ({ visit, prompt: each })));
  if (rows.length === 0) return null;
  const stages = [...new Set(rows.flatMap(({ prompt }) => prompt.stages.map(({ stage }) => stage)))];
  const longest = Math.max(goalSec, ...rows.map(({ prompt }) => endOf(prompt)));
  const colourOf = (stage: string): string => `var(--${BAND_COLOURS[stages.indexOf(stage) % BAND_COLOURS.length]})`;
  const part = (seconds: number): string => `${((100 * seconds) / longest).toFixed(2)}%`;
  return (
    <section className="card pad stack" aria-labelledby="clock">
      <h2 id="clock">Against the clock</h2>
      <p className="quiet small">From the raw to the alerts, of {goalSec} s from the shutter.</p>
      <ul className="stages">
        {rows.map(({ visit, prompt }) => (
          <li key={`${visit} ${prompt.detector}`}>
            <span className="number small">
              {visit}, {prompt.detector}
            </span>
            <span
              className="bar"
              role="img"
              aria-label={prompt.stages.map(({ stage, seconds }) => `${stage} ${seconds.toFixed(1)} s`).join(', ')}
            >
              {prompt.stages.map(({ stage, beginSec, seconds }) => (
                <i
                  key={`${stage} ${beginSec}`}
                  title={`${stage}: ${seconds.toFixed(2)} s`}
                  style={{ insetInlineStart: part(Math.max(0, beginSec)), inlineSize: part(seconds), background: colourOf(stage) }}
                />
              ))}
              <b style={{ insetInlineStart: part(goalSec) }} />
            </span>
            <span className="small">
              <span className={`tag ${toneOf(prompt, goalSec)}`}>{textOf(prompt)}</span> {noteOf(prompt)}
            </span>
          </li>
        ))}
      </ul>
      <ul className="legend">
        {stages.map((stage) => (
          <li key={stage}>
            <span style={{ background: colourOf(stage) }} /> {stage}
          </li>
        ))}
      </ul>
    </section>
  );
}

function endOf({ stages }: NightPrompt): number {
  return Math.max(0, ...stages.map(({ beginSec, seconds }) => beginSec + seconds));
}

function toneOf({ state, latencySec }: NightPrompt, goalSec: number): string {
  if (state === 'failed' || state === 'refused') return 'bad';
  if (state !== 'done') return 'busy';
  return latencySec !== null && latencySec > goalSec ? 'bad' : 'good';
}

function textOf({ state, alerts, latencySec }: NightPrompt): string {
  return state === 'done' ? `${alerts} alerts, ${latencySec === null ? '–' : `${latencySec.toFixed(0)} s`}` : state;
}

function noteOf({ plan, fallbacks, latencyFrom, source, error }: NightPrompt): string {
  return [
    source === 'announced' ? '' : source,
    latencyFrom === 'arrival' ? 'from arrival' : '',
    fallbacks.length > 0 ? `${plan ?? 'nothing'}: ${fallbacks.map(({ reason }) => reason).join('; ')}` : '',
    error === null ? '' : error.message,
  ]
    .filter((text) => text !== '')
    .join(', ');
}
