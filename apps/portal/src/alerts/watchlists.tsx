import { makeWatchlist, type SkySets, type WatchlistEntry } from '@almagest/alerts';
import { type ReactElement, useState } from 'react';
import { parsePosition } from '../services/sky-text.ts';
import { keepWatchlists, type StoredWatchlist, useWatchlists } from './kept-watchlists.ts';

const RADIUS_ARCSEC = 2;

/** Watchlists as filters name them. */
export function skySetsOf(lists: readonly StoredWatchlist[]): SkySets {
  return { watchlists: new Map(lists.map(({ name, text }) => [name, makeWatchlist(readEntries(text).entries, RADIUS_ARCSEC)])) };
}

/**
 * Reads one position a line: a position in degrees or sexagesimal, then a name and a radius in arcsec where wanted, with commas:
 * `150.1 2.2, my star, 5`.
 */
export function readEntries(text: string): { readonly entries: readonly WatchlistEntry[]; readonly bad: readonly number[] } {
  const entries: WatchlistEntry[] = [];
  const bad: number[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const [place = '', name = '', radius = ''] = line.split(',').map((part) => part.trim());
    const position = parsePosition(place);
    const radiusArcsec = radius === '' ? undefined : Number(radius);
    if (!position || (radiusArcsec !== undefined && !(radiusArcsec > 0))) bad.push(i + 1);
    else entries.push({ name: name || `line ${i + 1}`, ...position, ...(radiusArcsec === undefined ? {} : { radiusArcsec }) });
  });
  return { entries, bad };
}

export function Watchlists({ onUse }: { readonly onUse: (condition: string) => void }): ReactElement {
  const { lists, user, problem } = useWatchlists();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const { entries, bad } = readEntries(text);
  return (
    <details className="card pad watchlists">
      <summary>Watchlists{lists.length > 0 ? ` (${lists.length})` : ''}</summary>
      <div className="stack">
        {lists.length > 0 && (
          <ul className="lines">
            {lists.map((list) => (
              <li key={list.name}>
                <div className="row tight">
                  <span className="grow">
                    {list.name} <span className="quiet small">{positionsText(readEntries(list.text).entries.length)}</span>
                  </span>
                  <button type="button" className="tiny" onClick={() => onUse(`watchlist('${list.name}')`)}>
                    Use {list.name}
                  </button>
                  <button
                    type="button"
                    className="tiny"
                    onClick={() => {
                      setName(list.name);
                      setText(list.text);
                    }}
                  >
                    Edit {list.name}
                  </button>
                  <button type="button" className="tiny" onClick={() => void keepWatchlists(lists.filter((each) => each !== list))}>
                    Delete {list.name}
                  </button>
                </div>
              </li>
            ))}
          </ul>
        )}
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void keepWatchlists([...lists.filter((each) => each.name !== name), { name, text }]);
            setName('');
            setText('');
          }}
        >
          <label className="field">
            Name of the list
            <input value={name} required pattern="[\w \-]+" onChange={(event) => setName(event.target.value)} />
          </label>
          <label className="field">
            Positions, one a line, then a name and a radius [arcsec] where wanted
            <textarea
              rows={3}
              spellCheck={false}
              placeholder={'150.1 2.2, my star, 5\n10:00:24 +02:12:00'}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
          <div className="row">
            <button type="submit" disabled={entries.length === 0 || bad.length > 0}>
              Keep the list
            </button>
            <span className={`small ${bad.length > 0 ? 'bad-text' : 'quiet'}`} role="status">
              {bad.length > 0
                ? `No position in line ${bad.join(', ')}`
                : `${positionsText(entries.length)}; lists are kept ${user === undefined ? 'in this browser' : `on the server, for ${user}`}`}
            </span>
          </div>
          {problem !== '' && <p className="small bad-text">{problem}</p>}
        </form>
      </div>
    </details>
  );
}

function positionsText(n: number): string {
  return `${n} position${n === 1 ? '' : 's'}`;
}
