/** Resampling of 4096 x 4096 float32 through a rotated grid with tabled weights, against native SIMD C of the same algorithm. */
import { KernelArena, type MappingGrid, type Plane, resample, type ResamplingKernel, setKernelThreads } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const CELL = 32;

const native = runNative(`${NATIVE_PRELUDE}
static double sinc(double x){return x==0?1:sin(M_PI*x)/(M_PI*x);}
#define BINS 8192
static float *table(int a,int pitch){float*t=calloc((BINS+1)*(size_t)pitch,4);for(int f=0;f<=BINS;f++){double s=0,w[10];for(int k=0;k<2*a;k++){double d=k-(a-1)-(double)f/BINS;w[k]=fabs(d)>=a?0:sinc(d)*sinc(d/a);s+=w[k];}for(int k=0;k<2*a;k++)t[f*pitch+k]=w[k]/s;}return t;}
#define KERNEL(NAME,A,P) static void NAME(const float*in,float*out,const float*t){\\
 for(int y=0;y<N;y++)for(int x0=0;x0<N;x0+=32){\\
  double sx=0.9995*x0+0.02*y+7.3,sy=-0.02*x0+0.9995*y+60.1;\\
  for(int i=0;i<32;i++){double px=sx+i*0.9995,py=sy-i*0.02;int ix=floor(px),iy=floor(py);int fx=rint((px-ix)*BINS),fy=rint((py-iy)*BINS);\\
   if(ix<A-1||iy<A-1||ix+A>=N||iy+A>=N){out[(size_t)y*N+x0+i]=NAN;continue;}\\
   const float*p=in+(size_t)(iy-A+1)*N+ix-A+1,*wx=t+fx*P,*wy=t+fy*P;float acc[2*A];for(int l=0;l<2*A;l++)acc[l]=0;\\
   for(int k=0;k<2*A;k++){float w=wy[k];for(int l=0;l<2*A;l++)acc[l]+=w*p[(size_t)k*N+l];}\\
   float s=0;for(int l=0;l<2*A;l++)s+=acc[l]*wx[l];out[(size_t)y*N+x0+i]=s;}}}
KERNEL(lanczos3,3,8)
KERNEL(lanczos5,5,12)
static void bilinear(const float*in,float*out){
 for(int y=0;y<N;y++)for(int x=0;x<N;x++){double px=0.9995*x+0.02*y+7.3,py=-0.02*x+0.9995*y+60.1;int ix=floor(px),iy=floor(py);float u=px-ix,v=py-iy;
  if(ix<0||iy<0||ix+1>=N||iy+1>=N){out[(size_t)y*N+x]=NAN;continue;}
  const float*p=in+(size_t)iy*N+ix;out[(size_t)y*N+x]=(1-v)*((1-u)*p[0]+u*p[1])+v*((1-u)*p[N]+u*p[N+1]);}}
int main(void){float*a=testImage(),*b=plane();float*t3=table(3,8),*t5=table(5,12);
 MEASURE("lanczos3",5,lanczos3(a,b,t3));MEASURE("lanczos5",3,lanczos5(a,b,t5));MEASURE("bilinear",5,bilinear(a,b));printf("}");return 0;}
`);

using arena = new KernelArena();
const plane = (): Plane => ({ data: arena.float32(N * N), width: N, height: N, stride: N });
const input = plane();
const output = plane();
for (let i = 0; i < N * N; i++) input.data[i] = 1000 + 30 * Math.sin(i * 12.9898);
const side = N / CELL + 1;
const nodes = arena.float64(4 * side * side);
for (let r = 0; r < side; r++)
  for (let c = 0; c < side; c++) {
    const x = c * CELL;
    const y = r * CELL;
    nodes.set([0.9995 * x + 0.02 * y + 7.3, -0.02 * x + 0.9995 * y + 60.1, 1, 0], 4 * (r * side + c));
  }
const grid: MappingGrid = { cell: CELL, columns: side, rows: side, nodes };

for (const threads of [1, 2]) {
  setKernelThreads({ threads });
  const label = threads === 1 ? '' : ', 2 threads';
  for (const kernel of ['bilinear', 'lanczos3', 'lanczos5'] satisfies ResamplingKernel[]) {
    const ours = minimumSeconds(5, () => resample({ kernel, grid, input, output }), threads);
    printRatio({
      bench: `resample ${kernel}${label}`,
      ours,
      peer: 'gcc',
      peerSeconds: native?.[kernel],
      target: threads === 1 ? 1.5 : undefined,
    });
  }
}
setKernelThreads({ threads: 1 });
