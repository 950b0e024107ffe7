import { Component, type ReactNode } from 'react';

interface State {
  readonly problem: Error | undefined;
}

/** Keeps a failure inside its panel: says what happened and offers a way on. */
export class ProblemBoundary extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { problem: undefined };

  static getDerivedStateFromError(problem: unknown): State {
    return { problem: problem instanceof Error ? problem : new Error(String(problem)) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (!problem) return this.props.children;
    const stale = /dynamically imported module|module script/i.test(problem.message);
    return (
      <section className="notice" role="alert">
        <h2>{stale ? 'The server has a newer page' : 'This panel stopped'}</h2>
        <p>{stale ? 'It was restarted or updated while this page was open. Load it again to go on where you were.' : problem.message}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          Load again
        </button>
      </section>
    );
  }
}
