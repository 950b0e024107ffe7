import { Component, type ReactNode } from 'react';
import { askWhetherThere } from '../services/connection.ts';

interface State {
  readonly problem: Error | undefined;
}

const MISSING_PART = /dynamically imported module|module script/i;

/**
 * Keeps a failure inside its panel: says what happened and offers a way on. A panel that could not be fetched is fetched again when the
 * server is back; the address has all of its state.
 */
export class ProblemBoundary extends Component<
  { readonly children: ReactNode; readonly returns: number; readonly isGone: boolean },
  State
> {
  override readonly state: State = { problem: undefined };

  static getDerivedStateFromError(problem: unknown): State {
    return { problem: problem instanceof Error ? problem : new Error(String(problem)) };
  }

  override componentDidCatch(problem: Error): void {
    if (MISSING_PART.test(problem.message)) askWhetherThere();
  }

  override componentDidUpdate({ returns }: { readonly returns: number }): void {
    if (this.state.problem && MISSING_PART.test(this.state.problem.message) && returns !== this.props.returns) location.reload();
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (!problem) return this.props.children;
    const stale = MISSING_PART.test(problem.message);
    if (stale && this.props.isGone)
      return (
        <section className="notice" role="alert">
          <h2>This panel could not be fetched</h2>
          <p>The server does not answer. The panel opens by itself when it is back.</p>
        </section>
      );
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
