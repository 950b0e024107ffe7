import { useSyncExternalStore } from 'react';

/** Rows of the last query that have a position, for the sky to show; in memory only. */
export interface SkyMarks {
  readonly query: string;
  readonly points: readonly { readonly ra: number; readonly dec: number }[];
}

let marks: SkyMarks | undefined;
const followers = new Set<() => void>();

export function setSkyMarks(changed: SkyMarks | undefined): void {
  marks = changed;
  for (const follower of followers) follower();
}

export function useSkyMarks(): SkyMarks | undefined {
  return useSyncExternalStore(
    (changed) => {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    () => marks,
  );
}
