import type { Night } from '@almagest/prompt/night';
import { askJson } from './problem.ts';

export type { Night, NightPrompt, NightVisit } from '@almagest/prompt/night';

export async function listNights(signal?: AbortSignal): Promise<readonly { readonly day: number; readonly visits: number }[]> {
  return (await askJson<{ nights: readonly { day: number; visits: number }[] }>('/api/nights', signal ? { signal } : {})).nights;
}

export async function getNight(day: number, signal?: AbortSignal): Promise<Night> {
  return await askJson<Night>(`/api/nights/${day}`, signal ? { signal } : {});
}
