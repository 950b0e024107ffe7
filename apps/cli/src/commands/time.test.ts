import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { register } from './time.ts';

async function convert(...args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  try {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(['time', 'convert', ...args], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return lines;
}

test('writes a time in every scale and form', async () => {
  const [line] = await convert('2016-12-31T23:59:60.5', '--json');
  expect(JSON.parse(line!)).toMatchObject({
    taiNs: '1483228836500000000',
    iso: { utc: '2016-12-31T23:59:60.500000000Z', tai: '2017-01-01T00:00:36.500000000' },
    dayObs: 20161231,
    leapSecondsVouched: true,
  });
});

test('reads every form and keeps the digits of long decimals', async () => {
  expect(await convert('--from', 'gps', '0', '--to', 'iso', '--to-scale', 'utc')).toEqual(['1980-01-06T00:00:00.000000000Z']);
  expect(await convert('--from', 'unix', '0', '--to', 'tai-ns')).toEqual(['8000082000']);
  expect(await convert('--from', 'jyear', '2000', '--to', 'jd', '--to-scale', 'tt')).toEqual(['2451545']);
  expect(await convert('--scale', 'tai', '60797.123456789012345', '--to', 'iso')).toEqual(['2025-05-02T02:57:46.666570667']);
  const [old] = await convert('--scale', 'tt', '1950-01-01T00:00:00', '--json');
  expect(JSON.parse(old!)).toMatchObject({ unix: null, iso: { utc: null } });
});

test('refuses what is no time', async () => {
  await expect(convert('yesterday')).rejects.toMatchObject({ code: 'time.bad-text', fault: 'caller' });
  await expect(convert('--from', 'mjd', '1e9')).rejects.toMatchObject({ code: 'time.out-of-range' });
});
