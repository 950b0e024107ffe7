import { LABEL_PITCH, type LabelRequest, type Labels } from './label.ts';

/** The definition of labelAbove in plain TypeScript: floods each group from its first pixel in reading order. */
export function labelReference(request: LabelRequest): Labels {
  const { input, threshold, mask, badBits = -1, measure = input } = request;
  const { width, height } = input;
  const isAbove = (x: number, y: number): boolean => {
    const limit = typeof threshold === 'number' ? Math.fround(threshold) : threshold.data[y * threshold.stride + x];
    return input.data[y * input.stride + x] > limit && (!mask || (mask.data[y * mask.stride + x] & badBits) === 0);
  };
  const label = new Int32Array(width * height).fill(-1);
  let count = 0;
  for (let start = 0; start < label.length; start++) {
    if (label[start] >= 0 || !isAbove(start % width, Math.floor(start / width))) continue;
    const pending = [start];
    label[start] = count;
    for (let at = pending.pop(); at !== undefined; at = pending.pop())
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const x = (at % width) + dx;
          const y = Math.floor(at / width) + dy;
          if (x < 0 || y < 0 || x >= width || y >= height || label[y * width + x] >= 0 || !isAbove(x, y)) continue;
          label[y * width + x] = count;
          pending.push(y * width + x);
        }
    count++;
  }
  const runs: number[] = [];
  const sums = new Float64Array(LABEL_PITCH * count);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const group = label[y * width + x];
      if (group < 0) continue;
      if (x > 0 && label[y * width + x - 1] === group) runs[runs.length - 2] = x + 1;
      else runs.push(y, x, x + 1, group);
      addPixel(sums.subarray(group * LABEL_PITCH), x, y, measure.data[y * measure.stride + x]);
    }
  return { count, runs: Int32Array.from(runs), sums };
}

function addPixel(s: Float64Array, x: number, y: number, f: number): void {
  const isNew = s[0] === 0;
  [1, f, f * x, f * y, f * x * x, f * y * y, f * x * y].forEach((term, k) => (s[k] += term));
  if (isNew || f > s[7]) s.set([f, x, y], 7);
  s[10] = isNew ? x : Math.min(s[10], x);
  s[11] = isNew ? x : Math.max(s[11], x);
  s[12] = isNew ? y : s[12];
  s[13] = y;
}
