import { describe } from 'vitest';
import { registryConformance } from '../../test/conformance/registry-conformance.ts';
import { makeTestRepository } from '../../test/test-repository.ts';

describe('on SQLite', () => registryConformance(makeTestRepository));
