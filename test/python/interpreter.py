"""Programs of the compiler's, evaluated op by op in NumPy.

    evaluate(module, arrays)             each op in float64, its results rounded to their types
    evaluate(module, arrays, wide=True)  nothing rounded: for differences

What an op computes is said by `op_references.py`: a function there of the op's name, which takes
the operands, and attributes of the names it asks for, is all that an op needs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import op_references as ref
import op_samples_special as special
from interpreter_matrices import MATRIX_OPS
from op_programs import wide
from op_samples import BINARY, UNARY
from op_sampling import as_dtype

Type = tuple[str, tuple[int, ...]]
Arrays = Sequence[np.ndarray]

#: Ops that are not evaluated, and why.
NOT_RUN = {
    "linearize": "a transform: resolved when it is recorded",
    "jvp": "a transform: resolved when it is recorded",
    "vmap": "a transform: resolved when it is recorded",
    "jet": "a transform: resolved when it is recorded",
    "apply": "a transform: resolved when it is recorded",
    "apply_transpose": "a transform: resolved when it is recorded",
    "yield": "ends a region, which its op runs",
    "all_reduce": "a collective: resolved with the vmap that has its axis",
    "all_gather": "a collective: resolved with the vmap that has its axis",
    "reduce_scatter": "a collective: resolved with the vmap that has its axis",
    "all_to_all": "a collective: resolved with the vmap that has its axis",
    "permute": "a collective: resolved with the vmap that has its axis",
    "axis_index": "a collective: resolved with the vmap that has its axis",
    "host_callback": "a function of the host: only the process that made it knows it",
    "custom_call": "a C function: only the process that registered it knows it",
}


@dataclass(frozen=True)
class Region:
    """Arguments as pairs of a number and a type, and what runs with them."""

    arguments: list[tuple[int, Type]]
    ops: list[Op]


@dataclass(frozen=True)
class Op:
    """Operands by number; results as pairs of a number and a type."""

    name: str
    operands: list[int]
    results: list[tuple[int, Type]]
    attributes: dict[str, Any]
    regions: list[Region]

    def __getitem__(self, attribute: str) -> Any:
        return self.attributes[attribute]

    @property
    def type(self) -> Type:
        """That of the first result."""
        return self.results[0][1]


def _op(structure: Any) -> Op:
    name, operands, results, attributes, regions = structure
    made = [Region(arguments, [_op(one) for one in ops]) for arguments, ops in regions]
    return Op(name.removeprefix("mjx."), operands, results, attributes, made)


def functions_of(module: Any) -> dict[str, Region]:
    """The functions of a module of the extension's."""
    ops = [_op(one) for one in module.structure()]
    return {op["sym_name"]: op.regions[0] for op in ops}


# References that want attributes in another form than the op has them


def _scatter(op: Op, dest, indices, updates):
    inserted = {*op["inserted_dims"], *op["operand_batching_dims"]}
    extents = iter(updates.shape[d] for d in op["update_window_dims"])
    sizes = [1 if d in inserted else next(extents) for d in range(dest.ndim)]
    numbers = {
        "offset_dims": op["update_window_dims"],
        "collapsed_dims": op["inserted_dims"],
        "start_index_map": op["scatter_index_map"],
        "operand_batching_dims": op["operand_batching_dims"],
        "indices_batching_dims": op["indices_batching_dims"],
        "slice_sizes": sizes,
    }
    return ref.scatter(dest, indices, updates, kind=op["kind"], mode=op["mode"], **numbers)


def _extremum_place(op: Op, x):
    return (np.argmin if op["kind"] == "min" else np.argmax)(x, axis=op["dim"])


def _check(op: Op, predicate, *values):
    if not predicate:
        raise ValueError(op["message"])
    return ()


ADAPTED: dict[str, Callable[..., Any]] = {
    "transpose": lambda op, x: np.transpose(x, op["permutation"]),
    "reverse": lambda op, x: np.flip(x, tuple(op["dims"])),
    "select": lambda op, c, x, y: np.where(c, x, y),
    "compare": lambda op, x, y: ref.COMPARISONS[op["direction"]](x, y),
    "bitcast_convert": lambda op, x: ref.bitcast(x, x.dtype, as_dtype(op.type[0])),
    "round": lambda op, x: (np.rint if op["halves"] == "even" else ref.round_away)(x),
    "reduce": lambda op, x: ref.REDUCTIONS[op["kind"]](x, dims=tuple(op["dims"])),
    "arg_reduce": _extremum_place,
    "cumulative": lambda op, x: ref.cumulate(
        x, ref.CUMULATIVE[op["kind"]], op["dim"], op["reverse"]
    ),
    "scatter": _scatter,
    "optimization_barrier": lambda op, *xs: xs,
    "checkpoint_name": lambda op, x: x,
    "check": _check,
    "reduce_window": lambda op, x: special.reduce_window(x, op["kind"], op.type[0], op.attributes),
    "window_gather": lambda op, *xs: special.window_gather(*xs, op["kind"], op.attributes),
    "window_scatter": lambda op, *xs: special.window_scatter(*xs, op["kind"], op.attributes),
    "igamma_grad_a": lambda op, a, x: special.igamma_grad_a(a, x),
    "random_gamma_grad": lambda op, a, x: special.random_gamma_grad(a, x),
    "top_k": lambda op, x: special.top_k(x, op["k"]),
    **MATRIX_OPS,
}

#: Ops on bits, which change when the float around them does.
AS_THEY_ARE = {"bitcast_convert", "compare"}


def _named(name: str) -> Callable[..., Any] | None:
    """The reference of an op's name, which takes what it wants of the attributes."""
    function = getattr(ref, name, None) or getattr(ref, name + "_", None)
    if function is None:
        return None
    parameters = inspect.signature(function).parameters
    rest = any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def call(op: Op, *operands: Any) -> Any:
        offered = {"shape": op.type[1], "dtype": as_dtype(op.type[0])}
        chosen = {k: v for k, v in offered.items() if k in parameters}
        chosen |= {k: v for k, v in op.attributes.items() if rest or k in parameters}
        return function(*operands, **chosen)

    return call


POINTWISE = {op: domain.reference for op, domain in (UNARY | BINARY).items()}
POINTWISE |= {op: reference for op, (reference, *_) in special.SPECIAL.items()}


@functools.cache
def reference_of(name: str) -> Callable[..., Any] | None:
    """NumPy's form of an op, of the op itself and its operands; None for what is not known."""
    if name in ADAPTED:
        return ADAPTED[name]
    if name in POINTWISE:
        return lambda op, *operands: POINTWISE[name](*operands)
    return _named(name)


def literal(value: tuple[str, tuple[int, ...], bytes]) -> np.ndarray:
    """The array of an attribute."""
    element, shape, raw = value
    found = np.frombuffer(raw, as_dtype(element))
    return np.full(shape, found[0]) if found.size == 1 else found.reshape(shape)


# Control flow


class Interpreter:
    """The functions of one module, and how exactly floats are kept."""

    def __init__(self, module: Any, wide: bool = False) -> None:
        self.functions = functions_of(module)
        self.wide = wide

    def call(self, name: str, arrays: Arrays) -> list[np.ndarray]:
        """The results of a function."""
        return self.run(self.functions[name], arrays, {})

    def run(self, region: Region, arrays: Arrays, outer: dict[int, np.ndarray]):
        """What a region yields; it may use values of the regions around it."""
        values = dict(outer)
        for (number, kind), array in zip(region.arguments, arrays, strict=True):
            values[number] = self.rounded(array, kind)
        for op in region.ops:
            operands = [values[number] for number in op.operands]
            if op.name in ("yield", "func.return"):
                return operands
            for (number, _), result in zip(op.results, self.apply(op, operands, values)):
                values[number] = result
        raise ValueError("a region without an end")

    def apply(self, op: Op, operands: Arrays, values: dict[int, np.ndarray]):
        """The results of one op, of the types it says."""
        if op.name == "constant":
            results: Any = [literal(op["value"])]
        elif op.name == "linear_map":
            return [np.empty(0)]  # nothing uses it in a resolved program
        elif op.name in CONTROL:
            bodies = [functools.partial(self.run, region, outer=values) for region in op.regions]
            results = CONTROL[op.name](self, op, bodies, operands)
        else:
            results = self.compute(op, operands)
        for result, (_, (_, shape)) in zip(results, op.results, strict=True):
            assert np.shape(result) == tuple(shape), f"{op.name}: {np.shape(result)}, not {shape}"
        return [self.rounded(x, kind) for x, (_, kind) in zip(results, op.results)]

    def compute(self, op: Op, operands: Arrays) -> Sequence[Any]:
        """The results of an op without regions."""
        function = reference_of(op.name)
        if function is None:
            raise ValueError(f"interpreter: expected a reference of mjx.{op.name}; see ADAPTED")
        if op.name not in AS_THEY_ARE:
            operands = [wide(x) for x in operands]
        with np.errstate(all="ignore"):
            results = function(op, *operands)
        return results if isinstance(results, (tuple, list)) else [results]

    def rounded(self, x: Any, kind: Type) -> np.ndarray:
        """In an element type, or in the widest like it."""
        with np.errstate(all="ignore"):
            x = ref.to_element(x, kind[0])
        return wide(x) if self.wide else x


Bodies = list[Callable[..., list[np.ndarray]]]


def _stacked(rows: list[list[np.ndarray]], op: Op, first: int) -> list[np.ndarray]:
    columns = list(zip(*rows)) if rows else [() for _ in op.results[first:]]
    return [
        np.stack(column) if column else np.zeros(kind[1], as_dtype(kind[0]))
        for column, (_, kind) in zip(columns, op.results[first:])
    ]


def _scan(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    consts, rest = operands[: op["num_consts"]], operands[op["num_consts"] :]
    carry, items = rest[: op["num_carry"]], rest[op["num_carry"] :]
    places, rows = range(op["length"]), []
    for place in reversed(places) if op["reverse"] else places:
        outs = bodies[0]([*consts, *carry, *(x[place] for x in items)])
        carry = outs[: op["num_carry"]]
        rows.append(outs[op["num_carry"] :])
    return [*carry, *_stacked(rows[::-1] if op["reverse"] else rows, op, op["num_carry"])]


def _map(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    consts, items = operands[: op["num_consts"]], operands[op["num_consts"] :]
    rows = [bodies[0]([*consts, *(x[place] for x in items)]) for place in range(op["size"])]
    return _stacked(rows, op, 0)


def _while(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    condition, body = bodies
    first, second = op["cond_consts"], op["cond_consts"] + op["body_consts"]
    carry = operands[second:]
    while condition([*operands[:first], *carry])[0]:
        carry = body([*operands[first:second], *carry])
    return carry


def _cond(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    return bodies[min(max(int(operands[0]), 0), len(bodies) - 1)](operands[1:])


def _call(interpreter: Interpreter, op: Op, _: Bodies, operands: Arrays):
    return interpreter.call(op["callee"], operands)


def _first(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    return bodies[0](operands)


def _linear_call(_: Interpreter, op: Op, bodies: Bodies, operands: Arrays):
    return bodies[1](operands)


#: Ops that run regions or functions.
CONTROL: dict[str, Callable[..., Sequence[Any]]] = {
    "scan": _scan,
    "map": _map,
    "while": _while,
    "cond": _cond,
    "call": _call,
    "checkpoint": _first,
    "custom_jvp": _first,
    "custom_vjp": _first,
    "linear_call": _linear_call,
}


def is_interpreted(name: str) -> bool:
    """Whether programs with an op of the dialect can be evaluated here."""
    return name in ("constant", "linear_map") or name in CONTROL or reference_of(name) is not None


def evaluate(module: Any, arrays: Arrays, wide: bool = False) -> list[np.ndarray]:
    """The results of a module's function `main`."""
    return Interpreter(module, wide).call("main", arrays)
