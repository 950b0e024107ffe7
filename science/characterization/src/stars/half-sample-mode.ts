/** The densest value of sorted data, halving the sample round by round; NaN of none. @see Bickel and Fruehwirth 2006, CSDA 50, 3500 */
export function halfSampleMode(sorted: Float64Array): number {
  let part = sorted;
  while (part.length > 3) {
    const half = Math.ceil(part.length / 2);
    let best = 0;
    for (let i = 0; i + half <= part.length; i++) if (part[i + half - 1] - part[i] < part[best + half - 1] - part[best]) best = i;
    if (half === part.length) break;
    part = part.subarray(best, best + half);
  }
  return part.reduce((s, v) => s + v, 0) / part.length;
}
