/** One disagreement between files and registry. */
export interface FsckProblem {
  /**
   * missing: recorded, not there. size, checksum: there, but other bytes. orphan: there, not recorded.
   * unfinished: left by a killed process, removed when the check began.
   */
  readonly kind: 'missing' | 'size' | 'checksum' | 'orphan' | 'unfinished';
  readonly path: string;
  readonly datasetIds: readonly string[];
  readonly detail: string;
  readonly repaired: boolean;
}

export interface FsckOptions {
  /** Read every artifact and compare its checksum; otherwise existence and size only. */
  readonly checksums?: boolean;
  /** Forget records of missing artifacts and set orphans aside. Damaged artifacts are reported only: they may be all there is. */
  readonly repair?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (checked: number) => void;
}

export interface FsckReport {
  readonly artifacts: number;
  readonly bytes: number;
  readonly problems: readonly FsckProblem[];
}
