import { useSyncExternalStore } from 'react';

/** Whether our own server answers, and how often it came back since the page was opened. */
export interface Connection {
  readonly state: 'there' | 'gone' | 'back';
  readonly returns: number;
}

const ASK_GONE_MS = 2000;
const ASK_USUAL_MS = 15_000;
const GREETING_MS = 8000;
const followers = new Set<() => void>();
let connection: Connection = { state: 'there', returns: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;

export function useConnection(): Connection {
  return useSyncExternalStore(follow, () => connection);
}

/** To be called by whoever finds that the server does not answer; the page then asks until it does. */
export function noteSilence(): void {
  if (connection.state === 'gone') return;
  tell({ ...connection, state: 'gone' });
  askIn(ASK_GONE_MS);
}

/** Asks at once, where something failed that a server that is gone would explain. */
export function askWhetherThere(): void {
  askIn(0);
}

function follow(changed: () => void): () => void {
  followers.add(changed);
  if (timer === undefined) askIn(ASK_USUAL_MS);
  return () => void followers.delete(changed);
}

function askIn(milliseconds: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void askNow(), milliseconds);
}

/** A page that nobody looks at asks nothing. */
async function askNow(): Promise<void> {
  if (document.hidden) return askIn(ASK_USUAL_MS);
  const answers = await fetch('/health', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!answers) tell({ ...connection, state: 'gone' });
  else if (connection.state === 'gone') {
    tell({ state: 'back', returns: connection.returns + 1 });
    setTimeout(() => connection.state === 'back' && tell({ ...connection, state: 'there' }), GREETING_MS);
  }
  askIn(answers ? ASK_USUAL_MS : ASK_GONE_MS);
}

function tell(next: Connection): void {
  if (next.state === connection.state && next.returns === connection.returns) return;
  connection = next;
  for (const follower of followers) follower();
}
