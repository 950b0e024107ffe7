import { afterAll, expect, test } from 'vitest';
import { openManyJobs } from './many-jobs.ts';
import { createSampleService } from './sample-service.ts';

const JOBS = 300;
const app = await createSampleService({ limits: { maxJobsPerUser: JOBS } });
afterAll(() => app.close());

test('300 open jobs are kept, the next is refused, and others are served', async () => {
  // Memory is looked at by the nightly test, which has the process to itself.
  const { opened } = await openManyJobs(app, JOBS);
  expect(opened).toBe(JOBS);
});
