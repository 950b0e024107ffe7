export { type Blend, deblend, type Deblended, type DeblendedSource, type DeblendOptions } from './blend/deblend.ts';
