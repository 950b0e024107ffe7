import { afterAll, expect, test } from 'vitest';
import { openManyJobs } from './many-jobs.ts';
import { createSampleService } from './sample-service.ts';

const JOBS = 300;
const app = await createSampleService({ limits: { maxJobsPerUser: JOBS } });
afterAll(() => app.close());

test('300 open jobs are kept, the next is refused, and others are served', async () => {
  const { opened, bytesEach } = await openManyJobs(app, JOBS);
  expect(opened).toBe(JOBS);
  expect(bytesEach).toBeLessThan(200_000);
});
