/** Separable and block-varying convolution of 4096 x 4096 float32, one thread and two, against native SIMD C. */
import { convolveSeparable, convolveVarying, KernelArena, type Plane, setKernelThreads } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const TAPS = 15;
const BLOCK = 32;
const BASIS = 6;

const native = runNative(`${NATIVE_PRELUDE}
#define P (N+64)
static void row(const float*restrict pad,float*restrict o,const float*restrict k){for(int x=0;x<N;x++){float s=0;
#pragma GCC unroll 15
  for(int t=0;t<15;t++)s+=k[t]*pad[x+t];o[x]=s;}}
static void column(const float*const*r,float*restrict o,const float*restrict k){
#define R(t) const float*restrict r##t=r[t];const float k##t=k[t];
  R(0)R(1)R(2)R(3)R(4)R(5)R(6)R(7)R(8)R(9)R(10)R(11)R(12)R(13)R(14)
#define T(t) k##t*r##t[x]
  for(int x=0;x<N;x++)o[x]=T(0)+T(1)+T(2)+T(3)+T(4)+T(5)+T(6)+T(7)+T(8)+T(9)+T(10)+T(11)+T(12)+T(13)+T(14);}
static void separable(const float*in,float*out,const float*k){
  static float ring[15][P] __attribute__((aligned(64))),pad[P] __attribute__((aligned(64)));
  for(int y=-7;y<N+7;y++){
    const float*src=in+(size_t)(y<0?0:y>=N?N-1:y)*N;
    for(int i=0;i<7;i++){pad[i]=src[0];pad[N+7+i]=src[N-1];} memcpy(pad+7,src,4*N);
    row(pad,ring[(y+15)%15],k);
    if(y>=7){const float*r[15];for(int t=0;t<15;t++)r[t]=ring[(y-14+t+15)%15];column(r,out+(size_t)(y-7)*N,k);}
  }
}
__attribute__((noinline)) static void line(const float(*restrict t)[64],const float*restrict k,float*restrict o){float acc[32];for(int i=0;i<32;i++)acc[i]=0;
  for(int v=0;v<15;v++){
#pragma GCC unroll 15
    for(int u=0;u<15;u++){float w=k[v*15+u];for(int i=0;i<32;i++)acc[i]+=w*t[v][i+u];}}
  for(int i=0;i<32;i++)o[i]=acc[i];}
static void blocks(const float*restrict in,float*restrict out,const float*restrict basis,const float*restrict coef){
  static float tile[46][64] __attribute__((aligned(64)));
  for(int by=0;by<N/32;by++)for(int bx=0;bx<N/32;bx++){
    float k[225];const float*c=coef+6*(by*(N/32)+bx);
    for(int i=0;i<225;i++){float s=0;for(int n=0;n<6;n++)s+=c[n]*basis[n*225+i];k[i]=s;}
    for(int j=0;j<46;j++){int y=by*32+j-7;y=y<0?0:y>=N?N-1:y;for(int i=0;i<46;i++){int x=bx*32+i-7;x=x<0?0:x>=N?N-1:x;tile[j][i]=in[(size_t)y*N+x];}}
    for(int j=0;j<32;j++)line((const float(*)[64])tile[j],k,out+(size_t)(by*32+j)*N+bx*32);
  }
}
int main(void){float*a=testImage(),*b=plane(),k[15],*basis=malloc(6*225*4),*coef=malloc(4*6*(N/32)*(N/32));
 for(int i=0;i<15;i++)k[i]=expf(-0.05f*(i-7)*(i-7));for(int i=0;i<6*225;i++)basis[i]=sinf(i);for(int i=0;i<6*(N/32)*(N/32);i++)coef[i]=cosf(i);
 MEASURE("separable",8,separable(a,b,k));MEASURE("blocks",5,blocks(a,b,basis,coef));printf("}");return 0;}
`);

using arena = new KernelArena();
const plane = (): Plane => ({ data: arena.float32(N * N), width: N, height: N, stride: N });
const input = plane();
const output = plane();
for (let i = 0; i < N * N; i++) input.data[i] = 1000 + 30 * Math.sin(i * 12.9898);
const taps = Float32Array.from({ length: TAPS }, (_, i) => Math.exp(-0.05 * (i - 7) ** 2));
const basis = Array.from({ length: BASIS }, (_, n) => ({
  width: TAPS,
  height: TAPS,
  values: Float32Array.from({ length: TAPS * TAPS }, (_, i) => Math.sin(n * 225 + i)),
}));
const coefficients = Float32Array.from({ length: BASIS * (N / BLOCK) ** 2 }, (_, i) => Math.cos(i));
const foreign: Plane = { ...input, data: input.data.slice() };
const foreignOut: Plane = { ...output, data: new Float32Array(new SharedArrayBuffer(4 * N * N)) };

for (const threads of [1, 2]) {
  setKernelThreads({ threads });
  const label = threads === 1 ? '' : ', 2 threads';
  const separable = minimumSeconds(6, () => convolveSeparable(input, { x: taps, y: taps }, output), threads);
  printRatio({
    bench: `separable 15 taps${label}`,
    ours: separable,
    peer: 'gcc',
    peerSeconds: native?.['separable'],
    target: threads === 1 ? 1.5 : undefined,
  });
  const copied = minimumSeconds(4, () => convolveSeparable(foreign, { x: taps, y: taps }, foreignOut), threads);
  // The native program copies nothing.
  printRatio({ bench: `separable 15 taps, copied in and out${label}`, ours: copied, peer: 'gcc', peerSeconds: native?.['separable'] });
  const varying = minimumSeconds(3, () => convolveVarying(input, { basis, coefficients, block: BLOCK }, output), threads);
  printRatio({
    bench: `varying 15 x 15, 6 basis kernels${label}`,
    ours: varying,
    peer: 'gcc',
    peerSeconds: native?.['blocks'],
    target: threads === 1 ? 1.5 : undefined,
  });
}
setKernelThreads({ threads: 1 });
