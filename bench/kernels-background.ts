/** Background mesh of 64 x 64 cells and its bicubic spline, 4096 x 4096 float32, against native C of the same algorithms. */
import { KernelArena, measureCells, type Plane, setKernelThreads, subtractSurface } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const native = runNative(`${NATIVE_PRELUDE}
#define B 256
static void moments(const float*s,float lo,float hi,float piv,double*n_,double*m_,double*sd_){double n=0,a=0,b=0;
 for(int y=0;y<64;y++){float ra=0,rb=0;int rc=0;const float*p=s+(size_t)y*N;for(int x=0;x<64;x++){float v=p[x];int k=(v>=lo)&(v<=hi);float d=k?v-piv:0;ra+=d;rb+=d*d;rc+=k;}n+=rc;a+=ra;b+=rb;}
 double m=a/n;*n_=n;*m_=piv+m;*sd_=sqrt(b/n-m*m>0?b/n-m*m:0);}
static void cells(const float*in,float*out){static int h[B];
 for(int cy=0;cy<64;cy++)for(int cx=0;cx<64;cx++){const float*s=in+(size_t)cy*64*N+cx*64;double n,m,sd;moments(s,-3e38f,3e38f,s[0],&n,&m,&sd);
  for(int r=0;r<8;r++){double o=n;moments(s,m-3*sd,m+3*sd,m,&n,&m,&sd);if(n==o)break;}
  float lo=m-4*sd,hi=m+4*sd,w=(hi-lo)/B,iw=1/w;memset(h,0,sizeof h);
  for(int y=0;y<64;y++){const float*p=s+(size_t)y*N;for(int x=0;x<64;x++){float v=p[x];if(v>=lo&&v<=hi){int k=(v-lo)*iw;h[k<B?k:B-1]++;}}}
  int a=0,b=B-1;double med=m,sp=sd;
  for(int r=0;r<8;r++){int t=0;for(int k=a;k<=b;k++)t+=h[k];double half=.5*t;int below=0;for(int k=a;k<=b;k++){if(h[k]&&below+h[k]>=half){med=lo+w*(k+(half-below)/h[k]);break;}below+=h[k];}
   int na=floor((med-3*sp-lo)/w),nb=floor((med+3*sp-lo)/w);na=na<0?0:na;nb=nb>B-1?B-1:nb;if(r&&na==a&&nb==b)break;a=na;b=nb;
   double c=0,u=0,v=0;for(int k=a;k<=b;k++){c+=h[k];u+=(double)h[k]*k;v+=(double)h[k]*k*k;}sp=w*sqrt(v/c-u/c*u/c);}
  moments(s,med-3*sp,med+3*sp,med,&n,&m,&sd);float*o=out+4*(cy*64+cx);o[0]=m;o[1]=med;o[2]=sd;o[3]=n;}}
static void spline(const float*in,float*out,const float*mesh){static float v[64],b[64];
 for(int y=0;y<N;y++){double q=(y+.5)/64-.5;int r=floor(q);r=r<0?0:r>62?62:r;float t=q-r,A=1-t,C=A<0?-A/6:(A*A*A-A)/6,D=t<0?-t/6:(t*t*t-t)/6;const float*p=mesh+64*r;
  for(int c=0;c<64;c++){v[c]=A*p[c]+t*p[c+64]+C*p[c+4096]+D*p[c+4160];b[c]=A*p[c+8192]+t*p[c+8256]+C*p[c+12288]+D*p[c+12352];}
  for(int c=0;c<=64;c++){int k=c<1?0:c>63?62:c-1;int x0=c?c*64-32:0,x1=c<64?c*64+32:N;float a0=v[k],b0=v[k+1]-v[k]-(2*b[k]+b[k+1])/6,c0=b[k]/2,d0=(b[k+1]-b[k])/6;
   const float*i=in+(size_t)y*N;float*o=out+(size_t)y*N;for(int x=x0;x<x1;x++){float u=(x-31.5f-64*k)*(1/64.f);o[x]=i[x]-(a0+u*(b0+u*(c0+u*d0)));}}}}
int main(void){float*a=testImage(),*b=plane(),*m=calloc(4*4096,4);for(int i=0;i<4*4096;i++)m[i]=sinf(i);
 uint32_t s=9;for(size_t i=0;i<(size_t)N*N;i++){float g=-6;for(int k=0;k<12;k++){s=s*1664525u+1013904223u;g+=(s>>8)/16777216.f;}a[i]=1000+30*g;}
 MEASURE("cells",10,cells(a,b));MEASURE("spline",40,spline(a,b,m));printf("}");return 0;}
`);

using arena = new KernelArena();
const plane = (): Plane => ({ data: arena.float32(N * N), width: N, height: N, stride: N });
const input = plane();
const output = plane();
let state = 9;
for (let i = 0; i < N * N; i++) {
  let g = -6;
  for (let k = 0; k < 12; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    g += (state >>> 8) / 16777216;
  }
  input.data[i] = 1000 + 30 * g;
}
const mesh = { columns: 64, rows: 64, cellWidth: 64, cellHeight: 64, values: Float32Array.from({ length: 4096 }, (_, k) => Math.sin(k)) };
for (const threads of [1, 2]) {
  setKernelThreads({ threads });
  const label = threads === 1 ? '' : ', 2 threads';
  const cells = minimumSeconds(10, () => measureCells(input, { cellWidth: 64, cellHeight: 64 }), threads);
  printRatio({
    bench: `background cells${label}`,
    ours: cells,
    peer: 'gcc',
    peerSeconds: native?.['cells'],
    target: threads === 1 ? 2 : undefined,
  });
  const spline = minimumSeconds(40, () => subtractSurface(input, mesh, output), threads);
  printRatio({
    bench: `spline surface, subtracted${label}`,
    ours: spline,
    peer: 'gcc',
    peerSeconds: native?.['spline'],
    target: threads === 1 ? 2 : undefined,
  });
}
setKernelThreads({ threads: 1 });
