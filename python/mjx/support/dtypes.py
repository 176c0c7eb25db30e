"""Element types: names, NumPy dtypes, 32-bit canonicalization, and the scalar types of users.

A dtype is a NumPy dtype; those NumPy lacks (bfloat16, float8, int4) come from `ml_dtypes`. What two
types have in common is the business of `promotion.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import ml_dtypes

import numpy as np
from mjx.support.config import enable_x64
from mjx.support.source import user_stacklevel

ELEMENT_TYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)

# Types that ops compute in by way of wider ones: float32, or integers that wrap. They are promoted
# to nothing, and nothing is promoted to them.
NARROW_TYPES = (
    "int4",
    "uint4",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
)

# Narrow types, and those that can be named but that arrays cannot have.
STORAGE_FLOATS = (
    "float4_e2m1fn",
    "float8_e3m4",
    "float8_e4m3",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
)
STORAGE_INTS = ("int2", "int4", "uint2", "uint4")

DTYPES: dict[str, np.dtype] = {
    name: np.dtype(getattr(ml_dtypes, name, name))
    for name in (*ELEMENT_TYPES, *STORAGE_FLOATS, *STORAGE_INTS)
}

# The dtype of tangents of integers: they have no content.
float0 = np.dtype([("float0", np.void, 0)])

# What holds the bits of the types that NumPy does not know.
RAW_DTYPES = {
    DTYPES[name]: np.dtype(f"uint{8 * DTYPES[name].itemsize}")
    for name in ("bfloat16", *NARROW_TYPES)
}

# Types without arrays.
_NAMED_ONLY = frozenset(
    DTYPES[name] for name in (*STORAGE_FLOATS, *STORAGE_INTS) if name not in NARROW_TYPES
)

_CUSTOM_FLOATS = frozenset(DTYPES[name].type for name in ("bfloat16", *STORAGE_FLOATS))
_CUSTOM_INTS = {
    DTYPES[name].type: np.unsignedinteger if name.startswith("u") else np.signedinteger
    for name in STORAGE_INTS
}

_NARROW = {
    DTYPES[wide]: DTYPES[narrow]
    for wide, narrow in (
        ("int64", "int32"),
        ("uint64", "uint32"),
        ("float64", "float32"),
        ("complex128", "complex64"),
    )
}

_CANONICAL_32 = {dtype: _NARROW.get(dtype, dtype) for dtype in DTYPES.values()}

_PYTHON_DTYPES = {
    bool: DTYPES["bool"],
    int: DTYPES["int64"],
    float: DTYPES["float64"],
    complex: DTYPES["complex128"],
}


class extended(np.generic):  # noqa: N801
    """Abstract scalar type of dtypes that are no numbers, such as random keys."""


class prng_key(extended):  # noqa: N801
    """Abstract scalar type of random keys."""


class ExtendedDType:
    """Base of dtypes that are no NumPy dtypes; `type` is a subclass of `extended`."""

    type: type = extended
    name: str = "extended"


class ScalarType(type):
    """A scalar type as users write it, `mnp.float32`: a dtype that makes arrays when called.

    `ScalarType.construct(value, dtype)` is installed by the layer that has arrays.
    """

    construct: Callable[[Any, np.dtype], Any] | None = None
    dtype: np.dtype

    def __new__(cls, name: str, dtype: np.dtype) -> ScalarType:
        return super().__new__(cls, name, (), {"dtype": dtype, "__module__": "mjx.numpy"})

    def __init__(cls, name: str, dtype: np.dtype):
        super().__init__(name, (), {})

    def __call__(cls, value: Any = 0) -> Any:
        if ScalarType.construct is None:
            raise RuntimeError(
                f"{cls.__name__}: expected mjx.numpy to be imported before arrays are made"
            )
        return ScalarType.construct(value, cls.dtype)

    def __eq__(cls, other: object) -> bool:
        if isinstance(other, ScalarType):
            return cls.dtype == other.dtype
        if isinstance(other, type):
            return cls.dtype.type is other
        if isinstance(other, np.dtype):
            return cls.dtype == other
        return NotImplemented

    def __hash__(cls) -> int:
        return hash(cls.dtype.type)

    def __instancecheck__(cls, instance: Any) -> bool:
        raise TypeError(
            f"isinstance(x, {cls.__name__}): expected a class of values, but {cls.__name__} is an "
            f"element type; compare x.dtype == {cls.__name__}"
        )


SCALAR_TYPES: dict[str, ScalarType] = {
    name: ScalarType("bool_" if name == "bool" else name, dtype) for name, dtype in DTYPES.items()
}

bool_ = SCALAR_TYPES["bool"]
int2 = SCALAR_TYPES["int2"]
int4 = SCALAR_TYPES["int4"]
int8 = SCALAR_TYPES["int8"]
int16 = SCALAR_TYPES["int16"]
int32 = SCALAR_TYPES["int32"]
int64 = SCALAR_TYPES["int64"]
uint2 = SCALAR_TYPES["uint2"]
uint4 = SCALAR_TYPES["uint4"]
uint8 = SCALAR_TYPES["uint8"]
uint16 = SCALAR_TYPES["uint16"]
uint32 = SCALAR_TYPES["uint32"]
uint64 = SCALAR_TYPES["uint64"]
float4_e2m1fn = SCALAR_TYPES["float4_e2m1fn"]
float8_e3m4 = SCALAR_TYPES["float8_e3m4"]
float8_e4m3 = SCALAR_TYPES["float8_e4m3"]
float8_e4m3b11fnuz = SCALAR_TYPES["float8_e4m3b11fnuz"]
float8_e4m3fn = SCALAR_TYPES["float8_e4m3fn"]
float8_e4m3fnuz = SCALAR_TYPES["float8_e4m3fnuz"]
float8_e5m2 = SCALAR_TYPES["float8_e5m2"]
float8_e5m2fnuz = SCALAR_TYPES["float8_e5m2fnuz"]
float8_e8m0fnu = SCALAR_TYPES["float8_e8m0fnu"]
bfloat16 = SCALAR_TYPES["bfloat16"]
float16 = SCALAR_TYPES["float16"]
float32 = SCALAR_TYPES["float32"]
float64 = SCALAR_TYPES["float64"]
complex64 = SCALAR_TYPES["complex64"]
complex128 = SCALAR_TYPES["complex128"]

# What was accepted so far; keys are dtypes, names and types.
_known: dict[Any, np.dtype] = dict(_PYTHON_DTYPES)


def as_dtype(dtype: Any, who: str = "dtype") -> Any:
    """The NumPy dtype meant by a dtype, a name, a NumPy, mjx or Python scalar type.

    64-bit types stay what they are; extended dtypes come back unchanged.
    """
    try:
        known = _known.get(dtype)
    except TypeError:
        known = None
    if known is not None:
        return known
    if isinstance(dtype, ExtendedDType):
        return dtype
    found = _resolve(dtype, who)
    _known[dtype] = found
    return found


def _resolve(dtype: Any, who: str) -> np.dtype:
    if isinstance(dtype, ScalarType):
        return dtype.dtype
    # None and arrays are no dtypes, though NumPy would take them for one.
    if isinstance(dtype, (str, type, np.dtype)):
        try:
            found = np.dtype(dtype)
        except TypeError:
            found = None
        if found == float0:
            return float0
        if found is not None and found.names is None:
            # Data in foreign byte order has the type of its values.
            found = found.newbyteorder("=")
            if DTYPES.get(found.name) == found:
                return found
    raise TypeError(
        f"{who}: expected an element type ({', '.join(ELEMENT_TYPES)}), but got {dtype!r}"
    )


def element_type(dtype: Any) -> str:
    """The name of a dtype, as the compiler knows it."""
    return as_dtype(dtype).name


def canonicalize_dtype(dtype: Any, allow_extended_dtype: bool = False) -> Any:
    """The dtype that arrays of the given one have: without `enable_x64`, 64 bits become 32."""
    found = as_dtype(dtype)
    if isinstance(found, ExtendedDType):
        if not allow_extended_dtype:
            raise ValueError(f"canonicalize_dtype: expected a NumPy dtype, but got {found!r}")
        return found
    return found if enable_x64.value else _NARROW.get(found, found)


def request_dtype(dtype: Any, who: str) -> Any:
    """As `canonicalize_dtype`, for a dtype that the user wrote: warns if it is not available."""
    found = as_dtype(dtype, who)
    if isinstance(found, ExtendedDType):
        return found
    if found in _NAMED_ONLY:
        raise TypeError(
            f"{who}: expected a type that arrays can have, but got {found.name}, which has a name "
            f"and limits only"
        )
    canonical = canonicalize_dtype(found)
    if canonical != found and not (isinstance(dtype, type) and dtype in _PYTHON_DTYPES):
        warnings.warn(
            f"{who}: dtype {found.name} was requested, but 64-bit types are off, so "
            f"{canonical.name} is used; mjx.config.update('enable_x64', True) or MJX_ENABLE_X64=1 "
            f"turns them on",
            UserWarning,
            stacklevel=user_stacklevel(),
        )
    return canonical


def default_int() -> np.dtype:
    """The dtype of Python integers."""
    return DTYPES["int64" if enable_x64.value else "int32"]


def default_uint() -> np.dtype:
    """The dtype in which small unsigned integers are summed."""
    return DTYPES["uint64" if enable_x64.value else "uint32"]


def default_float() -> np.dtype:
    """The dtype of Python floats."""
    return DTYPES["float64" if enable_x64.value else "float32"]


def default_complex() -> np.dtype:
    """The dtype of Python complex numbers."""
    return DTYPES["complex128" if enable_x64.value else "complex64"]


def python_dtype(scalar_type: type) -> np.dtype:
    """The dtype of Python's `bool`, `int`, `float` or `complex` under the current settings."""
    return canonicalize_dtype(_PYTHON_DTYPES[scalar_type])


def dtype_of(x: Any, who: str = "dtype_of") -> tuple[Any, bool]:
    """Dtype of an array or number, canonicalized, and whether it is weak.

    A weak type gives way to the type of what it meets: Python numbers have one, and arrays that
    were made from nothing else.
    """
    dtype = getattr(x, "dtype", None)
    if dtype is not None:
        canonical = (_known if enable_x64.value else _CANONICAL_32).get(dtype)
        weak = getattr(x, "weak_type", False)
        return (canonicalize_dtype(dtype, True) if canonical is None else canonical), weak
    if isinstance(x, bool):
        return DTYPES["bool"], False
    for scalar_type in (int, float, complex):
        if isinstance(x, scalar_type):
            return python_dtype(scalar_type), True
    raise TypeError(f"{who}: expected an array or a number, but got {x!r} of {type(x).__name__}")


def scalar_type_of(x: Any) -> type:
    """The Python type of the numbers in `x`: bool, int, float or complex."""
    dtype = dtype_of(x, "scalar_type_of")[0]
    return next(t for t in (bool, int, float, complex) if is_kind(dtype, t))


def is_kind(dtype: Any, scalar_type: type) -> bool:
    """Whether a dtype holds numbers of a Python type: bool, int (signed or not), float, complex."""
    abstract = {bool: np.bool_, int: np.integer, float: np.floating, complex: np.complexfloating}
    return issubdtype(dtype, abstract[scalar_type])


def _scalar_class(dtype: Any) -> type:
    if isinstance(dtype, type) and issubclass(dtype, np.generic):
        return dtype
    return as_dtype(dtype, "issubdtype").type


def issubdtype(a: Any, b: Any) -> bool:
    """Whether dtype `a` is `b` or below it in NumPy's hierarchy, bfloat16 and its like included."""
    below, above = _scalar_class(a), _scalar_class(b)
    if below in _CUSTOM_FLOATS and above is not below:
        return issubclass(np.floating, above)
    if below in _CUSTOM_INTS and above is not below:
        return issubclass(_CUSTOM_INTS[below], above)
    return issubclass(below, above)


def finfo(dtype: Any) -> Any:
    """Limits of a floating-point type: `eps`, `max`, `min`, `tiny`, `bits`, `nmant`, ..."""
    found = as_dtype(dtype, "finfo")
    if not issubdtype(found, np.inexact):
        raise ValueError(f"finfo: expected a floating-point dtype, but got {found}; use iinfo")
    return ml_dtypes.finfo(found)


def iinfo(dtype: Any) -> Any:
    """Limits of an integer type: `min`, `max`, `bits`."""
    found = as_dtype(dtype, "iinfo")
    if not issubdtype(found, np.integer):
        raise ValueError(f"iinfo: expected an integer dtype, but got {found}; use finfo")
    return ml_dtypes.iinfo(found)


def itemsize_bits(dtype: Any) -> int:
    """Bits of information in an element: 8 for a bool, as it is stored."""
    found = as_dtype(dtype, "itemsize_bits")
    if found.name in STORAGE_INTS:
        return iinfo(found).bits
    return 4 if found.name == "float4_e2m1fn" else found.itemsize * 8


def check_python_int_range(value: int, dtype: Any, who: str = "array") -> None:
    """Raises OverflowError unless a Python integer fits an integer dtype."""
    if not issubdtype(dtype, np.integer):
        return
    limits = iinfo(dtype)
    if not int(limits.min) <= value <= int(limits.max):
        name = element_type(dtype)
        fix = ""
        if name in ("int32", "uint32") and not enable_x64.value:
            fix = "; 64-bit types are turned on by mjx.config.update('enable_x64', True)"
        raise OverflowError(
            f"{who}: expected a Python integer within {name}, {limits.min} to {limits.max}, "
            f"but got {value}{fix}"
        )


def inexact_dtype(dtype: Any) -> np.dtype:
    """The floating or complex type in which functions such as `sqrt` compute."""
    found = as_dtype(dtype)
    if issubdtype(found, np.inexact):
        return canonicalize_dtype(found)
    wide = found.name in ("int64", "uint64")
    return canonicalize_dtype(DTYPES["float64" if wide else "float32"])


def complex_dtype(dtype: Any) -> np.dtype:
    """The complex type that holds the values of a dtype."""
    found = inexact_dtype(dtype)
    wide = found.name in ("float64", "complex128")
    return DTYPES["complex128" if wide else "complex64"]


def real_dtype(dtype: Any) -> np.dtype:
    """The type of the real part: a complex type's float, any other unchanged."""
    found = canonicalize_dtype(dtype)
    return {"complex64": DTYPES["float32"], "complex128": DTYPES["float64"]}.get(found.name, found)


def sum_dtype(dtype: Any) -> np.dtype:
    """The type of sums and products: integers are widened to the default integer."""
    found = canonicalize_dtype(dtype)
    if issubdtype(found, np.unsignedinteger):
        return default_uint()
    if found.name == "bool" or issubdtype(found, np.signedinteger):
        return default_int()
    return found
