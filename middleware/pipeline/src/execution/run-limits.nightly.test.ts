import { test } from 'vitest';
import { endsHangingQuantum, raisesMemory } from '../../test/pipelines/limits.ts';

test('ends a hanging quantum by its time-out, in processes', () => endsHangingQuantum('process'), 60_000);

test('gives a quantum that ran out of memory more, in threads', () => raisesMemory('thread'), 60_000);
