import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Ends a run with one plain line, "N passed, N failed, N skipped", that scripts and people read alike. */
class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = modules.filter((m) => m.errors().length > 0).length;
    let skipped = 0;
    for (const module of modules)
      for (const test of module.children.allTests() as Iterable<TestCase>) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
    console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}

// The test runner loads reporters by their default export.
// oxlint-disable-next-line import/no-default-export
export default ClosingLine;
