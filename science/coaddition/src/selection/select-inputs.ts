/** What is known of an input before it is read. */
export interface InputQuality {
  readonly id: string;
  /** Seeing [arcsec]. */
  readonly fwhmArcsec: number;
  /** Variance of the sky [any common unit]; sets the depth. */
  readonly skyVariance: number;
  /** Share of the patch that it covers, 0 to 1. */
  readonly coverage: number;
}

export interface SelectionRules {
  /** Inputs with wider seeing are left out; default 1.4 arcsec for templates, deep coadds take 1.7. */
  readonly maxFwhmArcsec?: number;
  /** Of those, the best share by seeing is taken; default a third. 1 takes all. */
  readonly bestShare?: number;
  /** But no fewer than this, if there are as many; default 12. */
  readonly leastInputs?: number;
  /** Inputs that cover less of the patch are left out; default 0.05. */
  readonly leastCoverage?: number;
  /** Stop when the depth of the selection for point sources reaches this share of what all inputs give; default 1: never. */
  readonly enoughDepth?: number;
}

/**
 * Chooses the inputs of a template or coadd: the best by seeing, until they are enough in number and depth.
 *
 * Depth for point sources is the sum of coverage / (skyVariance * fwhm^2), the inverse variance of a PSF flux.
 *
 * @returns Ids by rising FWHM; inputs with unknown seeing or variance are left out.
 */
export function selectInputs(inputs: readonly InputQuality[], rules: SelectionRules = {}): string[] {
  const { maxFwhmArcsec = 1.4, bestShare = 1 / 3, leastInputs = 12, leastCoverage = 0.05, enoughDepth = 1 } = rules;
  const known = inputs.filter(
    ({ fwhmArcsec, skyVariance }) => fwhmArcsec > 0 && skyVariance > 0 && Number.isFinite(fwhmArcsec * skyVariance),
  );
  const allowed = known
    .filter(({ fwhmArcsec, coverage }) => fwhmArcsec <= maxFwhmArcsec && coverage >= leastCoverage)
    .toSorted((a, b) => a.fwhmArcsec - b.fwhmArcsec || (a.id < b.id ? -1 : 1));
  const best = allowed.slice(0, Math.max(leastInputs, Math.ceil(bestShare * allowed.length)));
  const wanted = enoughDepth * known.reduce((sum, input) => sum + depthOf(input), 0);
  let depth = 0;
  return best
    .filter((input, k) => {
      const take = k < leastInputs || depth < wanted;
      if (take) depth += depthOf(input);
      return take;
    })
    .map(({ id }) => id);
}

function depthOf({ coverage, skyVariance, fwhmArcsec }: InputQuality): number {
  return coverage / (skyVariance * fwhmArcsec ** 2);
}
