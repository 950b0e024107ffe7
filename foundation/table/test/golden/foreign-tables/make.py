"""Writes small tables with astropy and pyarrow, and what they hold as JSON.   python make.py   (astropy, pyarrow)"""
import datetime
import decimal
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from astropy.table import MaskedColumn, Table

HERE = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(HERE, name)


t = Table(meta={'author': 'nobody', 'nested': {'a': [1, 2.5, 'x']}})
t['id'] = np.array([9007199254740993, -1, 0], 'int64')
t['id'].description = 'an id: "quoted"'
t['u64'] = np.array([18446744073709551615, 1, 2], 'uint64')
t['f4'] = np.array([1.1, np.nan, -np.inf], 'float32')
t['f8'] = MaskedColumn(np.array([1 / 3, 2.0, 1e300]), mask=[False, True, False], unit='km/s')
t['flag'] = MaskedColumn([True, False, True], mask=[False, False, True])
t['name'] = np.array(['a b', 'c,"d"', 'é漢'])
t['vec'] = np.array([[1, 2], [3, 4], [5, 6]], 'int32')
t['mat'] = np.arange(12.0).reshape(3, 2, 2)
t['z'] = np.array([1 + 2j, -1j, 3.5], 'complex128')
for d in (' ', ','):
    t.write(at('astropy-%s.ecsv' % ('blank' if d == ' ' else 'comma')), format='ascii.ecsv', delimiter=d, overwrite=True)
f = Table(t)
f['name'] = np.array(['a b', 'c,"d"', 'efg'])
f.write(at('astropy.fits'), overwrite=True)

a = pa.table({
    'id': pa.array([9007199254740993, None, -1], pa.int64()),
    'u8': pa.array([255, 0, None], pa.uint8()),
    'i16': pa.array([-32768, 32767, 5], pa.int16()),
    'u32': pa.array([4294967295, 0, 1], pa.uint32()),
    'u64': pa.array([18446744073709551615, 1, None], pa.uint64()),
    'f4': pa.array([1.5, None, float('nan')], pa.float32()),
    'f8': pa.array([1 / 3, 1e300, None], pa.float64()),
    'b': pa.array([True, False, None], pa.bool_()),
    's': pa.array(['x', None, 'é漢'], pa.string()),
    'd': pa.array(['r', 'g', 'r']).dictionary_encode(),
    'list': pa.array([[1, None, 3], [], None], pa.list_(pa.int64())),
    'fixed': pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float32(), 2)),
    't': pa.array([datetime.datetime(2025, 1, 2, 3, 4, 5, 678901), None, datetime.datetime(1969, 12, 31, 23, 59, 59)], pa.timestamp('us')),
})
feather.write_feather(a, at('pyarrow.arrow'), compression='uncompressed')
p = a.append_column('dec', pa.array([decimal.Decimal('1.25'), None, decimal.Decimal('-3.50')], pa.decimal128(10, 2)))
p = p.append_column('day', pa.array([datetime.date(2025, 1, 2), None, datetime.date(1969, 12, 31)], pa.date32()))
p = p.append_column('struct', pa.array([{'a': 1, 'b': 'x'}, None, {'a': 9007199254740993, 'b': None}]))
p = p.append_column('bytes', pa.array([b'\x00\xff', None, b'']))
for codec in ('snappy', 'zstd', 'gzip', 'brotli', 'lz4'):
    pq.write_table(p, at('pyarrow-%s.parquet' % codec), compression=codec, data_page_version='2.0' if codec in ('zstd', 'lz4') else '1.0', row_group_size=2)


def text(v):
    if v is None:
        return None
    if isinstance(v, (bool, str)):
        return v
    if isinstance(v, float):
        return 'nan' if v != v else repr(v)
    if isinstance(v, (list, tuple)):
        return [text(x) for x in v]
    if isinstance(v, (datetime.datetime, datetime.date)):
        return v.isoformat()
    if isinstance(v, decimal.Decimal):
        return repr(float(v))
    if isinstance(v, bytes):
        return [str(x) for x in v]
    if isinstance(v, dict):
        return {k: text(x) for k, x in v.items()}
    return str(v)


json.dump({c: text(p[c].to_pylist()) for c in p.column_names}, open(at('pyarrow.json'), 'w'), indent=1, ensure_ascii=False)
