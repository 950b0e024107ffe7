import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeBatchSystem } from '../test/conformance/batch-system.ts';
import { localBatch } from './index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'almagest-local-batch-'));
const system = localBatch({ cores: 2 });
afterAll(async () => {
  await system.close();
  rmSync(scratch, { recursive: true });
});

describeBatchSystem('local', { scratch, system: () => system, patienceSec: 15 });
