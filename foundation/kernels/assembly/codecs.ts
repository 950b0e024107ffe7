// Tile codecs. All addresses are bytes; callers check sizes before they call. Twins: src/codecs/*-reference.ts.

// Parameters of the Rice code for numbers of 1, 2 and 4 bytes.
// @ts-ignore: decorator
@inline
function fsBitsOf<T>(): i32 {
  return sizeof<T>() == 1 ? 3 : sizeof<T>() == 2 ? 4 : 5;
}

// @ts-ignore: decorator
@inline
function fsMaxOf<T>(): i32 {
  return sizeof<T>() == 1 ? 6 : sizeof<T>() == 2 ? 14 : 25;
}

// Decodes tiles. `table` holds four i32 a tile: start and length in `source`, first index and count in `out`.
// Stops at the first damaged tile, whose count becomes -1.
export function riceDecodeTiles8(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  for (let t = 0; t < tiles; t++)
    if (!riceDecodeTile<u8>(source, table + 16 * t, block, out)) return store<i32>(table + 16 * t, -1, 12);
}

export function riceDecodeTiles16(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  for (let t = 0; t < tiles; t++)
    if (!riceDecodeTile<u16>(source, table + 16 * t, block, out)) return store<i32>(table + 16 * t, -1, 12);
}

export function riceDecodeTiles32(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  for (let t = 0; t < tiles; t++)
    if (!riceDecodeTile<u32>(source, table + 16 * t, block, out)) return store<i32>(table + 16 * t, -1, 12);
}

// The unread bits stand at the top of `bits`; `have` of them are valid and the rest are zero.
function riceDecodeTile<T>(source: usize, entry: usize, block: i32, out: usize): bool {
  let at: usize = source + <usize>load<u32>(entry);
  const end: usize = at + <usize>load<u32>(entry, 4);
  let target: usize = out + <usize>load<u32>(entry, 8) * sizeof<T>();
  let left = load<i32>(entry, 12);
  const fsBits = fsBitsOf<T>();
  const fsMax = fsMaxOf<T>();
  const width = <i32>(sizeof<T>() * 8);
  if (left <= 0) return true;
  if (end - at < sizeof<T>()) return false;
  let last: u32 = 0;
  if (sizeof<T>() == 1) last = load<u8>(at);
  else if (sizeof<T>() == 2) last = bswap<u16>(load<u16>(at));
  else last = bswap<u32>(load<u32>(at));
  at += sizeof<T>();
  let bits: u64 = 0;
  let have = 0;
  while (left > 0) {
    const count = min(left, block);
    left -= count;
    // Refill: whole words while they last, then single bytes.
    if (have < 32) {
      if (at + 4 <= end) {
        bits |= <u64>bswap<u32>(load<u32>(at)) << (32 - have);
        at += 4;
        have += 32;
      } else
        while (at < end && have <= 56) {
          bits |= <u64>load<u8>(at) << (56 - have);
          at++;
          have += 8;
        }
    }
    if (have < fsBits) return false;
    const code = <i32>(bits >> (64 - fsBits));
    bits <<= fsBits;
    have -= fsBits;
    const fs = code - 1;
    if (fs < 0) {
      for (let i = 0; i < count; i++) {
        store<T>(target, <T>last);
        target += sizeof<T>();
      }
      continue;
    }
    const raw = fs == fsMax;
    if (fs > fsMax) return false;
    let done = 0;
    if (!raw) {
      // While eight bytes are left: filled without a branch to 56 bits and more, from which numbers are taken as long as
      // they are there whole. (A number that takes more is left to the loop below.)
      const shift = <u64>fs;
      while (done < count && at + 8 <= end) {
        bits |= bswap<u64>(load<u64>(at)) >> have;
        at += (63 - have) >> 3;
        have |= 56;
        const before = done;
        for (; done < count; done++) {
          const run = clz(bits);
          const total = run + 1 + shift;
          if (total > <u64>have) break;
          const low = (bits << (run + 1)) >> 1 >> (63 - shift);
          bits <<= total;
          have -= <i32>total;
          const diff = (<u32>run << fs) | <u32>low;
          last += (diff >> 1) ^ (0 - (diff & 1));
          store<T>(target, <T>last);
          target += sizeof<T>();
        }
        if (done == before) break;
      }
      // Below the valid bits stand others that were not counted.
      bits &= ~(<u64>-1 >> have);
    }
    for (let i = done; i < count; i++) {
      if (have < 32) {
        if (at + 4 <= end) {
          bits |= <u64>bswap<u32>(load<u32>(at)) << (32 - have);
          at += 4;
          have += 32;
        } else
          while (at < end && have <= 56) {
            bits |= <u64>load<u8>(at) << (56 - have);
            at++;
            have += 8;
          }
      }
      let diff: u32;
      if (raw) {
        if (have < width) return false;
        diff = <u32>(bits >> (64 - width));
        bits <<= width;
        have -= width;
      } else {
        let zeros = 0;
        // A run of zeros may be longer than what is held.
        while (bits == 0) {
          zeros += have;
          have = 0;
          if (at >= end) return false;
          if (at + 4 <= end) {
            bits = <u64>bswap<u32>(load<u32>(at)) << 32;
            at += 4;
            have = 32;
          } else {
            bits = <u64>load<u8>(at) << 56;
            at++;
            have = 8;
          }
        }
        const run = <i32>clz(bits);
        zeros += run;
        bits <<= run;
        bits <<= 1;
        have -= run + 1;
        if (have < fs) {
          while (at < end && have <= 56) {
            bits |= <u64>load<u8>(at) << (56 - have);
            at++;
            have += 8;
          }
          if (have < fs) return false;
        }
        // A shift by 64 - 0 would be a shift by nothing, so that fs = 0 goes in two steps.
        const low = <u32>((bits >> 1) >> (63 - fs));
        bits <<= fs;
        have -= fs;
        diff = (<u32>zeros << fs) | low;
      }
      last += (diff >> 1) ^ (0 - (diff & 1));
      store<T>(target, <T>last);
      target += sizeof<T>();
    }
  }
  return true;
}

// Encodes tiles one after the other at `out`, which must have room for the worst case and 256 bytes more.
// `table` holds four i32 a tile: in the last two the first index and count in `source`; start and length in `out` are written.
export function riceEncodeTiles8(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  let used: usize = 0;
  for (let t = 0; t < tiles; t++) used += riceEncodeTile<u8>(source, table + 16 * t, block, out, used);
}

export function riceEncodeTiles16(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  let used: usize = 0;
  for (let t = 0; t < tiles; t++) used += riceEncodeTile<u16>(source, table + 16 * t, block, out, used);
}

export function riceEncodeTiles32(source: usize, table: usize, tiles: i32, block: i32, out: usize): void {
  let used: usize = 0;
  for (let t = 0; t < tiles; t++) used += riceEncodeTile<u32>(source, table + 16 * t, block, out, used);
}

// Zigzag code of a difference in the width of the pixels.
// @ts-ignore: decorator
@inline
function zigzag<T>(next: u32, last: u32): u32 {
  if (sizeof<T>() == 4) {
    const diff = <i32>(next - last);
    return <u32>((diff << 1) ^ (diff >> 31));
  }
  if (sizeof<T>() == 2) {
    const diff = <i32>(<i16>(next - last));
    return <u32>((diff << 1) ^ (diff >> 31)) & 0xffff;
  }
  const diff = <i32>(<i8>(next - last));
  return <u32>((diff << 1) ^ (diff >> 31)) & 0xff;
}

function riceEncodeTile<T>(source: usize, entry: usize, block: i32, out: usize, used: usize): usize {
  let from: usize = source + <usize>load<u32>(entry, 8) * sizeof<T>();
  let left = load<i32>(entry, 12);
  const begin = out + used;
  let at = begin;
  const fsBits = fsBitsOf<T>();
  const fsMax = fsMaxOf<T>();
  const width = <i32>(sizeof<T>() * 8);
  store<u32>(entry, <u32>used);
  if (left <= 0) {
    store<u32>(entry, 0, 4);
    return 0;
  }
  let last: u32 = <u32>load<T>(from);
  if (sizeof<T>() == 1) store<u8>(at, <u8>last);
  else if (sizeof<T>() == 2) store<u16>(at, bswap<u16>(<u16>last));
  else store<u32>(at, bswap<u32>(last));
  at += sizeof<T>();
  // The bits to be written stand at the bottom of `bits`; `have` of them are pending, fewer than 32 between steps.
  let bits: u64 = 0;
  let have = 0;
  while (left > 0) {
    const count = min(left, block);
    left -= count;
    let sum: u64 = 0;
    let previous = last;
    // Where it can be, differences are folded eight at a time and kept behind the room that this block can take.
    const folded = at + 128;
    // Not the first block of the tile, so that the number before this one is in memory.
    const wide = sizeof<T>() == 2 && count == 32 && at > begin + 2;
    if (wide) {
      let acc = i32x4.splat(0);
      for (let i = 0; i < 64; i += 16) {
        const diff = i16x8.sub(v128.load(from + i), v128.load(from + i - 2));
        const code = v128.xor(i16x8.shl(diff, 1), i16x8.shr_s(diff, 15));
        v128.store(folded + i, code);
        acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_u(code));
      }
      sum = <u64>(
        (<u32>i32x4.extract_lane(acc, 0) + <u32>i32x4.extract_lane(acc, 1) + <u32>i32x4.extract_lane(acc, 2) + <u32>i32x4.extract_lane(acc, 3))
      );
      previous = <u32>load<T>(from + 62);
    } else
      for (let i = 0; i < count; i++) {
        const next = <u32>load<T>(from + <usize>i * sizeof<T>());
        sum += <u64>zigzag<T>(next, previous);
        previous = next;
      }
    if (sum == 0) {
      bits <<= fsBits;
      have += fsBits;
      from += <usize>count * sizeof<T>();
    } else {
      const mean = (<i64>sum - <i64>(count / 2) - 1) / count;
      let half: u32 = mean > 0 ? <u32>mean >> 1 : 0;
      let fs = half == 0 ? 0 : 32 - <i32>clz(half);
      const raw = fs >= fsMax;
      if (raw) fs = fsMax;
      bits = (bits << fsBits) | <u64>(fs + 1);
      have += fsBits;
      const mask: u32 = (1 << fs) - 1;
      let done = 0;
      if (wide && !raw) {
        // Four codes at a time, and whole bytes of them stored without a branch: at most 7 + 56 bits are pending.
        for (; have >= 8; have -= 8) store<u8>(at++, <u8>(bits >> (have - 8)));
        const shift = <u64>fs;
        const one: u64 = 1 << shift;
        const low = one - 1;
        for (; done < 32; done += 4) {
          const four = load<u64>(folded + 2 * done);
          const a = four & 0xffff;
          const b = (four >> 16) & 0xffff;
          const c = (four >> 32) & 0xffff;
          const d = four >> 48;
          const lengthB = (b >> shift) + shift + 1;
          const lengthD = (d >> shift) + shift + 1;
          const lengthCD = (c >> shift) + shift + 1 + lengthD;
          const total = (a >> shift) + shift + 1 + lengthB + lengthCD;
          if (total > 56) break;
          const ab = ((one | (a & low)) << lengthB) | one | (b & low);
          const cd = ((one | (c & low)) << lengthD) | one | (d & low);
          bits = (bits << total) | (ab << lengthCD) | cd;
          have += <i32>total;
          store<u64>(at, bswap<u64>(bits << (64 - have)));
          at += have >> 3;
          have &= 7;
        }
        from += 2 * done;
        if (done > 0) last = <u32>load<T>(from - 2);
      }
      for (let i = done; i < count; i++) {
        if (have >= 32) {
          store<u32>(at, bswap<u32>(<u32>(bits >> (have - 32))));
          at += 4;
          have -= 32;
        }
        const next = <u32>load<T>(from);
        from += sizeof<T>();
        const diff = zigzag<T>(next, last);
        last = next;
        if (raw) {
          bits = (bits << width) | <u64>diff;
          have += width;
          continue;
        }
        let zeros = <i32>(diff >> fs);
        const total = zeros + 1 + fs;
        if (zeros < 32 && total <= 32) {
          // The common case: zeros, the one, and the low bits in one step.
          bits = (bits << total) | <u64>((1 << fs) | (diff & mask));
          have += total;
          continue;
        }
        while (zeros >= 32) {
          bits <<= 32;
          have += 32;
          zeros -= 32;
          store<u32>(at, bswap<u32>(<u32>(bits >> (have - 32))));
          at += 4;
          have -= 32;
        }
        bits = (bits << (zeros + 1)) | 1;
        have += zeros + 1;
        if (have >= 32) {
          store<u32>(at, bswap<u32>(<u32>(bits >> (have - 32))));
          at += 4;
          have -= 32;
        }
        bits = (bits << fs) | <u64>(diff & mask);
        have += fs;
      }
    }
    last = previous;
    if (have >= 32) {
      store<u32>(at, bswap<u32>(<u32>(bits >> (have - 32))));
      at += 4;
      have -= 32;
    }
  }
  while (have > 0) {
    const take = min(have, 8);
    store<u8>(at, <u8>((bits >> (have - take)) << (8 - take)));
    at++;
    have -= take;
  }
  store<u32>(entry, <u32>(at - begin), 4);
  return at - begin;
}

// Byte order of whole arrays, in place; the tail that fills no vector is the caller's.
export function swapBytes(at: usize, vectors: i32, size: i32): void {
  const end = at + <usize>vectors * 16;
  if (size == 2)
    for (; at < end; at += 16) {
      const v = v128.load(at);
      v128.store(at, i8x16.shuffle(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
    }
  else if (size == 4)
    for (; at < end; at += 16) {
      const v = v128.load(at);
      v128.store(at, i8x16.shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
    }
  else
    for (; at < end; at += 16) {
      const v = v128.load(at);
      v128.store(at, i8x16.shuffle(v, v, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
    }
}
