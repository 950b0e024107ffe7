import type { Catalog } from '@almagest/adql';
import { type KeyboardEvent, type ReactElement, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { diagnose, type Diagnosis, type Suggestion, suggest } from './diagnose.ts';
import { colourWords } from './colour-words.ts';

export interface AdqlEditorProps {
  readonly value: string;
  readonly catalog: Catalog | undefined;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

interface Offer {
  readonly from: number;
  readonly list: readonly Suggestion[];
  readonly chosen: number;
}

/** A text field for ADQL: words in colour, the place of the first error marked, names offered as they are typed. */
export function AdqlEditor({ value, catalog, onChange, onRun }: AdqlEditorProps): ReactElement {
  const area = useRef<HTMLTextAreaElement>(null);
  const backdrop = useRef<HTMLPreElement>(null);
  const [offer, setOffer] = useState<Offer>();
  const listId = useId();
  const text = useDeferredValue(value);
  const problem = useMemo(() => (catalog ? diagnose(text, catalog) : undefined), [text, catalog]);

  const take = (choice: Suggestion): void => {
    const field = area.current;
    if (!field || !offer) return;
    const caret = field.selectionStart;
    const changed = value.slice(0, offer.from) + choice.text + value.slice(caret);
    onChange(changed);
    setOffer(undefined);
    const at = offer.from + choice.text.length;
    requestAnimationFrame(() => field.setSelectionRange(at, at));
  };
  const look = (field: HTMLTextAreaElement): void => {
    if (!catalog) return;
    const found = suggest(field.value, field.selectionStart, catalog);
    // A whole name wants no longer one; the list would only lie over what comes next.
    const word = field.value.slice(found.from, field.selectionStart);
    const isWhole = catalog.tables.some(({ columns }) => columns.some(({ name }) => word === name || word.endsWith(`.${name}`)));
    setOffer(found.list.length > 0 && !isWhole ? { ...found, chosen: 0 } : undefined);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      setOffer(undefined);
      return onRun();
    }
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      return look(event.currentTarget);
    }
    if (!offer) return;
    const chosen = offer.list[offer.chosen];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setOffer({ ...offer, chosen: (offer.chosen + step + offer.list.length) % offer.list.length });
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) take(chosen);
    else if (event.key === 'Escape') setOffer(undefined);
    else return;
    event.preventDefault();
  };
  const active = offer?.list[offer.chosen];
  return (
    <div className="editor">
      <div className="editor-field">
        <pre ref={backdrop} aria-hidden="true">
          {marked(value, text === value ? problem : undefined)}
        </pre>
        <textarea
          ref={area}
          aria-label="Query in ADQL"
          aria-describedby={`${listId}-problem`}
          aria-autocomplete="list"
          aria-controls={offer ? listId : undefined}
          aria-activedescendant={active ? `${listId}-${offer?.chosen}` : undefined}
          aria-invalid={problem !== undefined}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          rows={Math.min(14, Math.max(5, value.split('\n').length + 1))}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
            look(event.target);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setOffer(undefined)}
          onScroll={(event) => {
            if (backdrop.current) backdrop.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {offer && (
        <ul id={listId} className="offers card" role="listbox" aria-label="Names that fit">
          {offer.list.map((each, i) => (
            // A press must not take the focus from the text, or the list would close before the click.
            <li
              key={each.text}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === offer.chosen}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(each)}
            >
              <code>{each.text}</code>
              <span className="quiet small">{each.kind === 'word' ? '' : each.detail || each.kind}</span>
            </li>
          ))}
        </ul>
      )}
      <p id={`${listId}-problem`} className="problem small" role="status">
        {problem && (
          <>
            <button type="button" className="plain tiny" onClick={() => select(area.current, problem)}>
              Line {problem.line}, column {problem.column}
            </button>{' '}
            {problem.message}
            {problem.hint !== undefined && !problem.message.includes(problem.hint) && ` ${problem.hint}`}
          </>
        )}
      </p>
    </div>
  );
}

function select(field: HTMLTextAreaElement | null, { start, end }: Diagnosis): void {
  field?.focus();
  field?.setSelectionRange(start, end);
}

/** The text with its words in colour and the error underlined; the newline at the end keeps the last line's height. */
function marked(text: string, problem: Diagnosis | undefined): ReactElement {
  const [start, end] = problem ? [problem.start, Math.max(problem.end, problem.start + 1)] : [0, 0];
  return (
    <>
      {colourWords(text).map(({ from, to, kind }) => {
        const isBad = problem !== undefined && from < end && to > start;
        return (
          <span key={from} className={[kind, isBad ? 'bad' : ''].join(' ')}>
            {text.slice(from, to)}
          </span>
        );
      })}
      {problem && problem.start >= text.length ? <span className="bad"> </span> : null}
      {'\n'}
    </>
  );
}
