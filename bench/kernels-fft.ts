/** Real 4096 x 4096 Fourier transform against FFTW3f on one thread, whose prototypes are declared here so that no header is needed. */
import { fftReal2d, halfSpectrumLength, inverseFftReal2d, KernelArena, type Plane, setKernelThreads } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const native = runNative(
  `${NATIVE_PRELUDE}
void*fftwf_plan_dft_r2c_2d(int,int,float*,float*,unsigned);void*fftwf_plan_dft_c2r_2d(int,int,float*,float*,unsigned);void fftwf_execute(void*);
int main(void){float*a=testImage(),*s=aligned_alloc(64,(size_t)8*(N/2+16)*N);memset(s,0,(size_t)8*(N/2+16)*N);
 void*f=fftwf_plan_dft_r2c_2d(N,N,a,s,0),*g=fftwf_plan_dft_c2r_2d(N,N,s,a,0); a=testImage();
 MEASURE("forward",5,fftwf_execute(f));MEASURE("inverse",5,fftwf_execute(g));printf("}");return 0;}
`,
  ['-l:libfftw3f.so.3'],
);

using arena = new KernelArena();
const image: Plane = { data: arena.float32(N * N), width: N, height: N, stride: N };
const spectrum = arena.float32(halfSpectrumLength(N, N));
for (let i = 0; i < N * N; i++) image.data[i] = 1000 + 30 * Math.sin(i * 12.9898);
for (const threads of [1, 2]) {
  setKernelThreads({ threads });
  const label = threads === 1 ? '' : ', 2 threads';
  const forward = minimumSeconds(6, () => fftReal2d(image, spectrum), threads);
  printRatio({
    bench: `real FFT${label}`,
    ours: forward,
    peer: 'FFTW3f, plan measured',
    peerSeconds: native?.['forward'],
    target: threads === 1 ? 1.5 : undefined,
  });
  const inverse = minimumSeconds(6, () => inverseFftReal2d(spectrum, image), threads);
  printRatio({
    bench: `inverse real FFT${label}`,
    ours: inverse,
    peer: 'FFTW3f, plan measured',
    peerSeconds: native?.['inverse'],
    target: threads === 1 ? 1.5 : undefined,
  });
}
setKernelThreads({ threads: 1 });
