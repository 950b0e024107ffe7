import { useEffect, useState } from 'react';
import { useConnection } from './connection.ts';
import { ServiceProblem } from './problem.ts';

/** Something that is fetched: on its way, there, or not to be had. */
export type Loaded<T> =
  | { readonly state: 'waiting'; readonly value?: undefined }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'absent'; readonly value?: undefined; readonly message: string }
  | { readonly state: 'failed'; readonly value?: undefined; readonly message: string };

/** Loads when `key` changes; what was under way is stopped. `undefined` as key loads nothing. */
export function useLoaded<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [held, setHeld] = useState<{ readonly key: string | undefined; readonly loaded: Loaded<T> }>({
    key: undefined,
    loaded: { state: 'waiting' },
  });
  // What failed is asked again when the server comes back.
  const { returns } = useConnection();
  const attempt = held.loaded.state === 'failed' ? returns : 0;
  useEffect(() => {
    if (key === undefined) return undefined;
    const controller = new AbortController();
    const settle = (loaded: Loaded<T>): void => {
      if (!controller.signal.aborted) setHeld({ key, loaded });
    };
    load(controller.signal).then(
      (value) => settle({ state: 'ready', value }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        settle({ state: error instanceof ServiceProblem && error.isAbsent ? 'absent' : 'failed', message });
      },
    );
    return () => controller.abort();
    // The loader is named by its key.
  }, [key, attempt]);
  return held.key === key ? held.loaded : { state: 'waiting' };
}
