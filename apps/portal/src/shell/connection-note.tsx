import type { ReactElement } from 'react';
import { useConnection } from '../services/connection.ts';

/** Tells that the server went away, and that it came back. */
export function ConnectionNote(): ReactElement {
  const { state } = useConnection();
  return (
    <div className={`connection ${state}`} role="status">
      {state === 'gone' && 'Connection lost. What you wrote is kept; the page asks until the server is back.'}
      {state === 'back' && 'The server is back; what failed was asked again.'}
    </div>
  );
}
