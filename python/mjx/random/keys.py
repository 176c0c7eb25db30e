"""Random keys: raw ones, which are uint32[..., 2], and typed ones, which wrap them."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from mjx import lax
from mjx.core import Array, ShapedArray, Tracer, from_numpy
from mjx.lax.eager import fused
from mjx.lax.operands import array_of, scalar_of, splat
from mjx.support.config import enable_x64
from mjx.support.dtypes import DTYPES, ExtendedDType, prng_key
from mjx.support.errors import explain
from mjx.support.tree import register_pytree_node_class

__all__ = [
    "KeyArray",
    "PRNGKey",
    "clone",
    "fold_in",
    "key",
    "key_data",
    "key_dtype",
    "key_impl",
    "split",
    "wrap_key_data",
]

UINT32 = DTYPES["uint32"]
_IMPLEMENTATION = "threefry2x32"
_INTEGERS = (int, np.integer)


class KeyType(ExtendedDType):
    """The dtype of typed keys."""

    type = prng_key
    name = "key<fry>"
    itemsize = 8

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyType)

    def __hash__(self) -> int:
        return hash(KeyType)


KEY_TYPE = KeyType()


@register_pytree_node_class
class KeyArray:
    """An array of random keys. A tree of one leaf, the words of the keys."""

    __slots__ = ("_base",)

    def __init__(self, base: Any):
        self._base = base

    def tree_flatten(self) -> tuple[tuple[Any], None]:
        """The words, for trees."""
        return (self._base,), None

    @classmethod
    def tree_unflatten(cls, aux: None, children: Any) -> KeyArray:
        """Keys of the given words."""
        return cls(children[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Extent of each dimension."""
        return self._base.shape[:-1]

    @property
    def dtype(self) -> KeyType:
        """`key<fry>`."""
        return KEY_TYPE

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of keys."""
        return self._base.size // 2

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a single key")
        return self.shape[0]

    def __getitem__(self, index: Any) -> KeyArray:
        index = index if isinstance(index, tuple) else (index,)
        if Ellipsis not in [i for i in index if not hasattr(i, "shape")]:
            index = (*index, Ellipsis)
        if len([i for i in index if i is not None and i is not Ellipsis]) > self.ndim:
            raise IndexError(explain("key[...]", f"at most {self.ndim} indices", str(len(index))))
        return KeyArray(lax.index_get(self._base, (*index, slice(None))))

    def __iter__(self) -> Iterator[KeyArray]:
        return iter([self[i] for i in range(len(self))])

    def reshape(self, *shape: Any) -> KeyArray:
        """The same keys under another shape."""
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        sizes = list(sizes)
        if -1 in sizes:
            known = int(np.prod([n for n in sizes if n != -1]))
            sizes[sizes.index(-1)] = self.size // max(known, 1)
        return KeyArray(lax.reshape(self._base, (*sizes, 2)))

    def ravel(self) -> KeyArray:
        """The same keys in one dimension."""
        return self.reshape(self.size)

    def block_until_ready(self) -> KeyArray:
        """Waits for the words, and returns itself."""
        self._base.block_until_ready()
        return self

    def __repr__(self) -> str:
        if isinstance(self._base, Tracer):
            return f"KeyArray({self._base!r})"
        return f"Array({self.shape}, dtype={KEY_TYPE}) overlaying:\n{self._base}"


def _check_impl(impl: Any, who: str) -> None:
    if impl in (None, _IMPLEMENTATION, "fry") or isinstance(impl, KeyType):
        return
    raise ValueError(explain(who, f"the generator {_IMPLEMENTATION!r}, or None", repr(impl)))


def _words_of_int(seed: int) -> Array:
    seed &= (1 << 64) - 1 if enable_x64.value else (1 << 32) - 1
    words = np.array([seed >> 32, seed & 0xFFFFFFFF], np.uint32)
    # Not a literal: one program is to serve for all keys.
    return from_numpy(words, ShapedArray((2,), UINT32))


def PRNGKey(seed: Any, *, impl: Any = None) -> Any:  # noqa: N802
    """A raw key, uint32[2], from an integer. See `key` for a typed one."""
    _check_impl(impl, "PRNGKey")
    if isinstance(seed, KeyArray) or isinstance(getattr(seed, "dtype", None), ExtendedDType):
        raise TypeError(explain("PRNGKey", "an integer seed", "a key, which it is already"))
    if isinstance(seed, _INTEGERS) and not isinstance(seed, (bool, np.bool_)):
        return _words_of_int(operator.index(seed))
    seed = array_of(seed, "PRNGKey")
    if seed.aval.shape or seed.aval.dtype.kind not in "iu":
        raise TypeError(explain("PRNGKey", "an integer seed without dimensions", str(seed.aval)))
    return _words_of_seed(seed)


@fused
def _words_of_seed(seed: Any) -> Any:
    high = lax.shift_right_logical(seed, scalar_of(32, seed.aval.dtype))
    wide = seed.aval.dtype.itemsize == 8
    zero = scalar_of(0, UINT32)
    words = [lax.convert_element_type(high, UINT32) if wide else zero]
    words.append(lax.convert_element_type(seed, UINT32))
    return lax.concatenate([lax.reshape(w, (1,)) for w in words], 0)


def key(seed: Any, *, impl: Any = None, dtype: Any = None) -> KeyArray:
    """A typed key from an integer."""
    _check_impl(dtype if impl is None else impl, "key")
    return KeyArray(PRNGKey(seed))


def key_data(keys: Any) -> Any:
    """The words of keys, uint32[..., 2]."""
    if isinstance(keys, KeyArray):
        return keys._base
    words = array_of(keys, "key_data")
    _check_words(words, "key_data")
    return words


def wrap_key_data(key_bits_array: Any, *, impl: Any = None, dtype: Any = None) -> KeyArray:
    """Typed keys from words, uint32[..., 2]."""
    _check_impl(dtype if impl is None else impl, "wrap_key_data")
    words = array_of(key_bits_array, "wrap_key_data")
    _check_words(words, "wrap_key_data")
    return KeyArray(words)


def key_impl(keys: Any) -> str:
    """The name of the generator that keys are for."""
    key_data(keys)
    return _IMPLEMENTATION


def key_dtype(impl_spec: Any = None) -> KeyType:
    """The dtype of typed keys."""
    _check_impl(impl_spec, "key_dtype")
    return KEY_TYPE


def clone(key: Any) -> Any:
    """The same key, for those who mean to use it again."""
    return KeyArray(key_data(key)) if isinstance(key, KeyArray) else key_data(key)


def _check_words(words: Any, who: str) -> None:
    aval = words.aval
    if aval.dtype != UINT32 or not aval.shape or aval.shape[-1] != 2:
        raise TypeError(
            explain(
                who,
                "a key made by mjx.random.key or PRNGKey, uint32[2]",
                str(aval),
                "key = mjx.random.key(0)",
            )
        )


def words_of(key: Any, who: str) -> Any:
    """The words of a single key."""
    if isinstance(key, KeyArray):
        words = key._base
    else:
        words = array_of(key, who)
        _check_words(words, who)
    if len(words.aval.shape) != 1:
        raise ValueError(
            explain(
                who,
                "a single key",
                f"an array of keys of shape {words.aval.shape[:-1]}",
                f"mjx.vmap(mjx.random.{who})(keys)",
            )
        )
    return words


# Deriving keys.


def word(words: Any, i: int) -> Any:
    """One word of a key."""
    return lax.index_in_dim(words, i, keepdims=False)


def split_words(words: Any, shape: tuple[int, ...]) -> Any:
    """The words of keys derived from one key, by row-major number."""
    count = int(np.prod(shape, dtype=np.int64))
    zeros = splat(scalar_of(0, UINT32), (count,))
    first, second = lax.threefry2x32(
        splat(word(words, 0), (count,)),
        splat(word(words, 1), (count,)),
        zeros,
        lax.iota(UINT32, count),
    )
    both = lax.concatenate([lax.reshape(w, (count, 1)) for w in (first, second)], 1)
    return lax.reshape(both, (*shape, 2))


@fused
def _split(words: Any, *, shape: tuple[int, ...]) -> Any:
    return split_words(words, shape)


def split(key: Any, num: int | tuple[int, ...] = 2) -> Any:
    """New keys derived from one: `num` of them, or an array of that shape."""
    words = words_of(key, "split")
    shape = (num,) if isinstance(num, _INTEGERS) else tuple(num)
    shape = tuple([operator.index(n) for n in shape])
    result = _split(words, shape=shape)
    return KeyArray(result) if isinstance(key, KeyArray) else result


def some_keys(words: Any, count: int) -> list[Any]:
    """The words of `count` keys derived from one, within a program."""
    keys = split_words(words, (count,))
    return [lax.index_in_dim(keys, i, keepdims=False) for i in range(count)]


def fold_in(key: Any, data: Any) -> Any:
    """A new key derived from a key and an integer."""
    words = words_of(key, "fold_in")
    if isinstance(data, _INTEGERS) and not isinstance(data, (bool, np.bool_)):
        number = np.asarray(operator.index(data) & 0xFFFFFFFF, np.uint32)
        data = from_numpy(number, ShapedArray((), UINT32))
    data = array_of(data, "fold_in")
    if data.aval.shape or data.aval.dtype.kind not in "iu":
        raise TypeError(explain("fold_in", "an integer without dimensions", str(data.aval)))
    result = _fold_in(words, data)
    return KeyArray(result) if isinstance(key, KeyArray) else result


@fused
def _fold_in(words: Any, data: Any) -> Any:
    number = lax.convert_element_type(data, UINT32)
    zero = scalar_of(0, UINT32)
    both = lax.threefry2x32(word(words, 0), word(words, 1), zero, number)
    return lax.concatenate([lax.reshape(w, (1,)) for w in both], 0)
