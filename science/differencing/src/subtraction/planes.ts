import type { KernelArena, Plane } from '@almagest/kernels';

/** Makes planes of one size, for those who write every pixel: in kernel memory where an arena is given, which saves copies, else in ordinary memory. */
export function planeMaker(
  { width, height }: { readonly width: number; readonly height: number },
  arena: KernelArena | undefined,
): () => Plane {
  return () => ({
    data: arena?.float32(width * height, { cleared: false }) ?? new Float32Array(width * height),
    width,
    height,
    stride: width,
  });
}
