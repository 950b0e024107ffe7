/** Rice code of a 4096 x 4096 image of 16-bit numbers, one row a tile, memory to memory, against native C of the same algorithm. */
import { KernelArena, riceDecodeTiles, riceEncodeTiles, setKernelThreads } from '@almagest/kernels';
import { minimumSeconds, NATIVE_PRELUDE, printRatio, runNative } from './native/run-native.ts';

const N = 4096;
const BLOCK = 32;

const native = runNative(`${NATIVE_PRELUDE}
static size_t encode(const int16_t*restrict in,uint8_t*restrict out){uint8_t*p=out;uint16_t last=in[0];*p++=last>>8;*p++=last;uint64_t bits=0;int have=0;
 for(int b=0;b<N;b+=32){uint16_t d[32];uint32_t sum=0;
  uint16_t shifted[33];shifted[0]=last;memcpy(shifted+1,in+b,64);
  for(int i=0;i<32;i++){int16_t v=shifted[i+1]-shifted[i];d[i]=(v<<1)^(v>>15);}
  for(int i=0;i<32;i++)sum+=d[i];
  last=in[b+31];
  if(!sum){bits<<=4;have+=4;}
  else{int64_t mean=((int64_t)sum-17)/32;uint32_t half=mean>0?mean>>1:0;int fs=half?32-__builtin_clz(half):0;
   if(fs>=14){bits=bits<<4|15;have+=4;for(int i=0;i<32;i++){if(have>=32){uint32_t w=__builtin_bswap32(bits>>(have-32));memcpy(p,&w,4);p+=4;have-=32;}bits=bits<<16|d[i];have+=16;}}
   else{bits=bits<<4|(fs+1);have+=4;uint32_t mask=(1u<<fs)-1;
    for(int i=0;i<32;i++){if(have>=32){uint32_t w=__builtin_bswap32(bits>>(have-32));memcpy(p,&w,4);p+=4;have-=32;}
     int zeros=d[i]>>fs,total=zeros+1+fs;
     if(total<=32){bits=bits<<total|(1u<<fs|(d[i]&mask));have+=total;}
     else{while(zeros>=32){bits<<=32;have+=32;zeros-=32;uint32_t w=__builtin_bswap32(bits>>(have-32));memcpy(p,&w,4);p+=4;have-=32;}
      bits=bits<<(zeros+1)|1;have+=zeros+1;if(have>=32){uint32_t w=__builtin_bswap32(bits>>(have-32));memcpy(p,&w,4);p+=4;have-=32;}
      bits=bits<<fs|(d[i]&mask);have+=fs;}}}}
  if(have>=32){uint32_t w=__builtin_bswap32(bits>>(have-32));memcpy(p,&w,4);p+=4;have-=32;}}
 while(have>0){int take=have<8?have:8;*p++=(bits>>(have-take))<<(8-take);have-=take;}
 return p-out;}
static int decode(const uint8_t*restrict p,const uint8_t*end,int16_t*restrict out){uint16_t last=p[0]<<8|p[1];p+=2;uint64_t bits=0;int have=0;
#define REFILL if(have<32){if(p+4<=end){uint32_t w;memcpy(&w,p,4);bits|=(uint64_t)__builtin_bswap32(w)<<(32-have);p+=4;have+=32;}else while(p<end&&have<=56){bits|=(uint64_t)*p++<<(56-have);have+=8;}}
 for(int b=0;b<N;b+=32){REFILL if(have<4)return 0;int fs=(int)(bits>>60)-1;bits<<=4;have-=4;
  if(fs<0){for(int i=0;i<32;i++)out[b+i]=last;continue;}
  for(int i=0;i<32;i++){REFILL uint32_t d;
   if(fs==14){if(have<16)return 0;d=bits>>48;bits<<=16;have-=16;}
   else{int zeros=0;while(!bits){zeros+=have;have=0;if(p>=end)return 0;REFILL}
    int run=__builtin_clzll(bits);zeros+=run;bits<<=run;bits<<=1;have-=run+1;
    if(have<fs){REFILL if(have<fs)return 0;}
    d=(uint32_t)zeros<<fs|(uint32_t)((bits>>1)>>(63-fs));bits<<=fs;have-=fs;}
   last+=(d>>1)^-(d&1);out[b+i]=last;}}
 return 1;}
int main(void){int16_t*a=aligned_alloc(64,2*(size_t)N*N),*back=aligned_alloc(64,2*(size_t)N*N);uint8_t*o=aligned_alloc(64,4*(size_t)N*N);static size_t at[N+1];
 uint32_t s=9;for(size_t i=0;i<(size_t)N*N;i++){float g=-6;for(int k=0;k<12;k++){s=s*1664525u+1013904223u;g+=(s>>8)/16777216.f;}a[i]=floorf(1000+30*g);}
 MEASURE("encode",8,{at[0]=0;for(int y=0;y<N;y++)at[y+1]=at[y]+encode(a+(size_t)y*N,o+at[y]);})
 int good=1;MEASURE("decode",8,for(int y=0;y<N;y++)good&=decode(o+at[y],o+at[y+1],back+(size_t)y*N);)
 if(!good||memcmp(a,back,2*(size_t)N*N))return 1;printf(",\\"bytes\\":%zu}",at[N]);return 0;}
`);

using arena = new KernelArena();
const shorts = (): Int16Array => {
  const { buffer, byteOffset } = arena.int32((N * N) / 2);
  return new Int16Array(buffer, byteOffset, N * N);
};
const pixels = shorts();
const out = shorts();
let state = 9;
for (let i = 0; i < N * N; i++) {
  let g = -6;
  for (let k = 0; k < 12; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    g = Math.fround(g + (state >>> 8) / 16777216);
  }
  pixels[i] = Math.floor(1000 + 30 * g);
}
const rows = Array.from({ length: N }, (_unused, y) => ({ first: N * y, count: N }));
const packed = riceEncodeTiles(pixels, rows, BLOCK);
let start = 0;
const tiles = rows.map((row, y) => ({ ...row, start: (start += packed.lengths[y]) - packed.lengths[y], length: packed.lengths[y] }));
// The pixels of the two differ in a few last places.
if (native && Math.abs(packed.bytes.length - native['bytes']) > 1000)
  throw new Error(`ours takes ${packed.bytes.length} bytes, native ${native['bytes']}`);
for (const threads of [1, 2]) {
  setKernelThreads({ threads });
  const label = threads === 1 ? '' : ', 2 threads';
  const encode = minimumSeconds(10, () => riceEncodeTiles(pixels, rows, BLOCK), threads);
  printRatio({
    bench: `Rice encode${label}`,
    ours: encode,
    peer: 'gcc',
    peerSeconds: native?.['encode'],
    target: threads === 1 ? 1.5 : undefined,
  });
  const decode = minimumSeconds(10, () => riceDecodeTiles(packed.bytes, tiles, BLOCK, out), threads);
  printRatio({
    bench: `Rice decode${label}`,
    ours: decode,
    peer: 'gcc',
    peerSeconds: native?.['decode'],
    target: threads === 1 ? 1.5 : undefined,
  });
}
setKernelThreads({ threads: 1 });
