"""Arrow columns built from NumPy arrays, without a Python object per value."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ecommerce_analytics.generate.arrays import I64, NEVER, Bool

Column: TypeAlias = "pa.Array[Any]"
"""One Arrow array of any type."""

MONEY: Final = pa.decimal128(18, 2)

_HEX_DIGITS: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def money(cents: I64, null: Bool | None = None) -> Column:
    """Integer cents as exact `decimal128(18, 2)`.

    The 128-bit values are written directly: the cents in the low half, the sign in the high half.
    """
    halves = np.empty((len(cents), 2), dtype=np.int64)
    halves[:, 0] = cents
    halves[:, 1] = cents >> 63
    return pa.Array.from_buffers(MONEY, len(cents), [_validity(null), pa.py_buffer(halves.data)])


def timestamps(seconds: I64, origin: int, *, nullable: bool = False) -> Column:
    """Seconds after `origin` (UTC seconds since 1970) as UTC timestamps.

    With `nullable`, `NEVER` becomes null.
    """
    instants = ((seconds + origin) * 1_000_000).view("datetime64[us]")
    column: Column = pa.array(instants, mask=(seconds == NEVER) if nullable else None)
    return column


def ids(values: I64) -> Column:
    """Ids, `NEVER` as null."""
    return pa.array(values, mask=values == NEVER)


def take(values: Column, rows: I64) -> Column:
    """`values[rows]`."""
    taken: Column = values.take(pa.array(rows, pa.int64()))
    return taken


def words(vocabulary: Column, codes: I64) -> Column:
    """`vocabulary[codes]`, with `NEVER` as null."""
    return vocabulary.take(ids(codes))


def vocabulary(values: Sequence[str | None]) -> Column:
    """A list of strings to take from."""
    return pa.array(values, pa.string())


def join(*parts: "Column | str") -> Column:
    """The row-wise concatenation of string columns and constants; null where one is null."""
    texts: tuple[Any, ...] = parts
    joined: Column = pc.binary_join_element_wise(*texts, "")
    return joined


def text(values: I64) -> Column:
    """Whole numbers as decimal text."""
    return pc.cast(pa.array(values), pa.string())


def hex_text(values: NDArray[np.uint64], null: Bool) -> Column:
    """64-bit values as 16 hexadecimal digits, null where `null`."""
    octets = values.astype(">u8").view(np.uint8).reshape(-1, 8)
    digits = np.empty((len(values), 16), dtype=np.uint8)
    digits[:, 0::2] = _HEX_DIGITS[octets >> 4]
    digits[:, 1::2] = _HEX_DIGITS[octets & 15]
    offsets = np.arange(len(values) + 1, dtype=np.int32) * 16
    return pa.Array.from_buffers(
        pa.string(),
        len(values),
        [_validity(null), pa.py_buffer(offsets.data), pa.py_buffer(digits.data)],
    )


def _validity(null: Bool | None) -> pa.Buffer | None:
    if null is None or not null.any():
        return None
    return pa.py_buffer(np.packbits(~null, bitorder="little").data)
