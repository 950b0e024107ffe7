import { type ReactElement, useState } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { getProvenance, type ProvenanceNode, type Way } from '../services/quality-client.ts';
import { useLoaded } from '../services/use-loaded.ts';

/** Dimensions that the others imply. */
const IMPLIED: ReadonlySet<string> = new Set(['instrument', 'skymap', 'day_obs', 'physical_filter', 'group']);
/** Longer lists are opened by hand. */
const MOST_OPEN = 12;
const DEPTHS = [1, 2, 3, 5, 8, 12] as const;

/** Walks from a dataset to what it was made from, or to what was made from it; every dataset on the way can be walked from in turn. */
export function ProvenanceView({ example }: { readonly example: string | undefined }): ReactElement {
  const { parameters } = useAddress();
  const dataset = parameters.get('dataset') ?? '';
  const way: Way = parameters.get('way') === 'from' ? 'from' : 'of';
  const depth = Number(parameters.get('depth') ?? 3);
  const [text, setText] = useState(dataset || (example ?? ''));
  const found = useLoaded(dataset === '' ? undefined : `${dataset} ${way} ${depth}`, (signal) =>
    getProvenance(dataset, { way, depth, signal }),
  );
  return (
    <section className="stack" aria-labelledby="provenance">
      <h2 id="provenance">Provenance</h2>
      <form
        className="card pad row provenance-form"
        onSubmit={(event) => {
          event.preventDefault();
          note({ dataset: text.trim() });
        }}
      >
        <label className="field grow">
          Dataset: an id, or a type with some of its dimensions
          <input
            value={text}
            spellCheck={false}
            placeholder="visit_image{visit=42, detector=0}"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <label className="field">
          Show
          <select value={way} onChange={(event) => note({ way: event.target.value })}>
            <option value="of">what it was made from</option>
            <option value="from">what was made from it</option>
          </select>
        </label>
        <label className="field">
          Steps
          <select value={depth} onChange={(event) => note({ depth: event.target.value })}>
            {DEPTHS.map((steps) => (
              <option key={steps}>{steps}</option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary">
          Walk
        </button>
      </form>
      {dataset === '' && <p className="quiet">Every dataset remembers what it was made from, by which task, and how long that took.</p>}
      {dataset !== '' && found.state === 'waiting' && <p className="quiet waiting">Reading provenance…</p>}
      {(found.state === 'failed' || found.state === 'absent') && (
        <p className="notice bad" role="alert">
          {found.message}
        </p>
      )}
      {found.state === 'ready' && (
        <div className="card pad scroll-x" tabIndex={0} role="region" aria-label="Tree of provenance">
          <ul className="tree">
            {found.value.map((node) => (
              <Branch key={node.id} node={node} way={way} />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Branch({ node, way }: { readonly node: ProvenanceNode; readonly way: Way }): ReactElement {
  const { id, type, dataId, task, seconds, run, repeated, more, next } = node;
  const values = Object.entries(dataId)
    .filter(([name]) => !IMPLIED.has(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const label = (
    <>
      <Link href={hrefOf('night', { part: 'provenance', dataset: id, way })}>
        <code>{type}</code>
      </Link>{' '}
      {values} <span className="quiet small">{task === null ? run : `${task}, ${seconds?.toFixed(2) ?? '–'} s`}</span>
      {repeated && <span className="quiet small"> (shown above)</span>}
    </>
  );
  if (next.length === 0 && more === 0) return <li>{label}</li>;
  return (
    <li>
      {label}
      <details open={next.length > 0 && next.length < MOST_OPEN}>
        <summary className="quiet small">
          {way === 'of' ? 'from' : 'to'} {next.length + more} {next.length + more === 1 ? 'dataset' : 'datasets'}
        </summary>
        <ul>
          {next.map((each, i) => (
            <Branch key={`${each.id} ${i}`} node={each} way={way} />
          ))}
          {more > 0 && (
            <li className="quiet small">
              <Link href={hrefOf('night', { part: 'provenance', dataset: id, way, depth: 3 })}>{more} more below</Link>
            </li>
          )}
        </ul>
      </details>
    </li>
  );
}
