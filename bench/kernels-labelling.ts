/** Threshold, 8-connected groups and their moments on 4096 x 4096 float32 with 20 000 stars, against native C of the same algorithm. */
import { KernelArena, labelAbove, type Plane } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const STARS = 20_000;
const native = runNative(`${NATIVE_PRELUDE}
typedef struct{int y,a,b,p;}Run;static Run*runs;static double*sums;
static int root(int i){while(runs[i].p!=i){runs[i].p=runs[runs[i].p].p;i=runs[i].p;}return i;}
static int label(const float*in,float t){int n=0,prev=0,row=0,prevRow=-2;
 for(int y=0;y<N;y++){const float*p=in+(size_t)y*N;int start=n;int j=prevRow==y-1?prev:start;
  for(int x=0;x<N;){ if(!(p[x]>t)){x++;continue;} int a=x;while(x<N&&p[x]>t)x++;
   runs[n]=(Run){y,a,x,n};while(j<start&&runs[j].b<a)j++;
   for(int k=j;k<start&&runs[k].a<=x;k++){int u=root(k),v=root(n);if(u<v)runs[v].p=u;else runs[u].p=v;}n++;}
  if(n>start){prev=start;prevRow=y;}}
 int labels=0;for(int k=0;k<n;k++)runs[k].p=runs[k].p==k?~labels++:runs[runs[k].p].p;
 memset(sums,0,(size_t)labels*128);
 for(int k=0;k<n;k++){double*s=sums+16*(size_t)~runs[k].p;int y=runs[k].y;const float*p=in+(size_t)y*N;double f=0,fx=0,fxx=0,pk=s[0]?s[7]:-1e300;int px=-1;
  for(int x=runs[k].a;x<runs[k].b;x++){double v=p[x];f+=v;fx+=v*x;fxx+=v*x*x;if(v>pk){pk=v;px=x;}}
  if(!s[0]){s[10]=runs[k].a;s[11]=runs[k].b-1;s[12]=y;}else{if(runs[k].a<s[10])s[10]=runs[k].a;if(runs[k].b-1>s[11])s[11]=runs[k].b-1;}s[13]=y;
  s[0]+=runs[k].b-runs[k].a;s[1]+=f;s[2]+=fx;s[3]+=f*y;s[4]+=fxx;s[5]+=f*y*y;s[6]+=fx*y;if(px>=0){s[7]=pk;s[8]=px;s[9]=y;}}
 return labels;}
int main(void){float*a=testImage();uint32_t s=7;runs=malloc(sizeof(Run)*N*(size_t)N/2);sums=malloc((size_t)N*N*16);
 for(size_t i=0;i<(size_t)N*N;i++){float g=-6;for(int k=0;k<12;k++){s=s*1664525u+1013904223u;g+=(s>>8)/16777216.f;}a[i]=30*g;}
 for(int k=0;k<${STARS};k++){s=s*1664525u+1013904223u;int x=8+(s>>8)%(N-16);s=s*1664525u+1013904223u;int y=8+(s>>8)%(N-16);for(int v=-7;v<8;v++)for(int u=-7;u<8;u++)a[(size_t)(y+v)*N+x+u]+=3000*expf(-0.125f*(u*u+v*v));}
 int n=0;MEASURE("label",5,n=label(a,150));printf(",\\"count\\":%d}",n);return 0;}
`);

using arena = new KernelArena();
const input: Plane = { data: arena.float32(N * N), width: N, height: N, stride: N };
let state = 7;
const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
for (let i = 0; i < N * N; i++) {
  let g = -6;
  for (let k = 0; k < 12; k++) g += next() / 16777216;
  input.data[i] = 30 * g;
}
for (let k = 0; k < STARS; k++) {
  const x = 8 + (next() % (N - 16));
  const y = 8 + (next() % (N - 16));
  for (let v = -7; v < 8; v++) for (let u = -7; u < 8; u++) input.data[(y + v) * N + x + u] += 3000 * Math.exp(-0.125 * (u * u + v * v));
}
const ours = minimumSeconds(6, () => labelAbove({ input, threshold: 150 }));
printRatio({ bench: 'threshold, labels and moments', ours, peer: 'gcc', peerSeconds: native?.['label'], target: 2 });
const found = labelAbove({ input, threshold: 150 }).count;
if (native && Math.abs(found - native['count']) > 20) throw new Error(`ours finds ${found} groups, native ${native['count']}`);
