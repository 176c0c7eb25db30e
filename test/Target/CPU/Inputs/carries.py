"""Runs small linalg programs whose memory is hard to assign, and compares with NumPy."""

import sys

import mjx._mjx as _mjx
import numpy as np

F8 = "tensor<8xf32>"
HEAD = """
#id = affine_map<(i) -> (i)>
#reversed = affine_map<(i) -> (7 - i)>
"""
failures = []


def pointwise(op, a, b, first="#id"):
    """The text of one elementwise op on two arrays of 8 numbers."""
    return f"""linalg.generic {{indexing_maps = [{first}, #id, #id],
        iterator_types = ["parallel"]}} ins(%{a}, %{b} : {F8}, {F8}) outs(%e : {F8}) {{
      ^bb0(%p: f32, %q: f32, %o: f32):
        %s = arith.{op} %p, %q : f32
        linalg.yield %s : f32
      }} -> {F8}"""


def loop(body):
    """Five iterations over two carried arrays %u and %v."""
    return f"""{HEAD}
    func.func @main(%a: {F8}, %b: {F8}) -> ({F8}, {F8}) {{
      %e = tensor.empty() : {F8}
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c5 = arith.constant 5 : index
      %r:2 = scf.for %i = %c0 to %c5 step %c1 iter_args(%u = %a, %v = %b) -> ({F8}, {F8}) {{
        {body}
      }}
      return %r#0, %r#1 : {F8}, {F8}
    }}"""


def straight(body, results):
    types = ", ".join([F8] * results.count("%"))
    return f"""{HEAD}
    func.func @main(%a: {F8}, %b: {F8}) -> ({types}) {{
      %e = tensor.empty() : {F8}
      {body}
      return {results} : {types}
    }}"""


def check(name, text, inputs, expected):
    """Compiles and runs with and without giving the inputs away."""
    for donated in ([], list(range(len(inputs)))):
        program = _mjx.Module.parse(text).compile(donated=donated)
        for give in [[], donated] if donated else [[]]:
            buffers = [_mjx.Buffer.from_numpy(x, str(x.dtype), True) for x in inputs]
            outputs = [b.numpy() for b in program(buffers, donated=give)]
            if not all(
                np.allclose(a, b, 1e-5, 1e-5) for a, b in zip(outputs, expected, strict=True)
            ):
                failures.append(f"{name}, donated {donated}, given {give}: {outputs}")
            if not give:
                kept = [b.numpy() for b in buffers]
                if not all(np.array_equal(a, b) for a, b in zip(kept, inputs, strict=True)):
                    failures.append(f"{name}: inputs changed")


def iterate(step, u, v):
    for i in range(5):
        u, v = step(i, u, v)
    return u, v


x = np.arange(8, dtype=np.float32) / 8
y = 1 - x / 2
yields = f"scf.yield %n, %m : {F8}, {F8}"

check(
    "elementwise carries",
    loop(f"%n = {pointwise('addf', 'u', 'v')}\n%m = {pointwise('subf', 'u', 'v')}\n{yields}"),
    (x, y),
    iterate(lambda i, u, v: (u + v, u - v), x, y),
)
check(
    "swapped carries",
    loop(f"scf.yield %v, %u : {F8}, {F8}"),
    (x, y),
    iterate(lambda i, u, v: (v, u), x, y),
)
check(
    "shifted carries",
    loop(f"%n = {pointwise('addf', 'u', 'v', '#reversed')}\nscf.yield %n, %u : {F8}, {F8}"),
    (x, y),
    iterate(lambda i, u, v: (u[::-1] + v, u), x, y),
)
check(
    "one value in two carries",
    loop(f"%n = {pointwise('addf', 'u', 'v')}\nscf.yield %n, %n : {F8}, {F8}"),
    (x, y),
    iterate(lambda i, u, v: (u + v, u + v), x, y),
)
branch = f"""%small = arith.cmpi slt, %i, %c2 : index
        %n = scf.if %small -> ({F8}) {{
          %t = {pointwise("addf", "u", "v")}
          scf.yield %t : {F8}
        }} else {{
          scf.yield %u : {F8}
        }}
        """
check(
    "a carry kept by a branch",
    loop(f"{branch} scf.yield %n, %v : {F8}, {F8}"),
    (x, y),
    iterate(lambda i, u, v: (u + v if i < 2 else u, v), x, y),
)
check(
    "a carry read behind its branch",
    loop(f"{branch} %m = {pointwise('mulf', 'u', 'v')}\n{yields}"),
    (x, y),
    iterate(lambda i, u, v: (u + v if i < 2 else u, u * v), x, y),
)
check(
    "carries swapped by a branch",
    loop(f"""%small = arith.cmpi slt, %i, %c2 : index
        %n, %m = scf.if %small -> ({F8}, {F8}) {{
          scf.yield %v, %u : {F8}, {F8}
        }} else {{
          scf.yield %u, %u : {F8}, {F8}
        }}
        {yields}"""),
    (x, y),
    iterate(lambda i, u, v: (v, u) if i < 2 else (u, u), x, y),
)
check("results are inputs, exchanged", straight("", "%b, %a"), (x, y), (y, x))
check("the same input twice", straight("", "%a, %a"), (x, y), (x, x))
check(
    "an input reversed in its own memory",
    straight(f"%n = {pointwise('addf', 'a', 'b', '#reversed')}", "%n"),
    (x, y),
    (x[::-1] + y,),
)
check(
    "an input read after its memory could be taken",
    straight(
        f"%n = {pointwise('addf', 'a', 'b')}\n%m = {pointwise('addf', 'a', 'n', '#reversed')}",
        "%n, %m",
    ),
    (x, y),
    (x + y, x[::-1] + x + y),
)

if failures:
    sys.exit("\n".join(failures))
print("every program agrees")
