"""Random numbers from keys: a function of a key and nothing else, with streams as in JAX.

key = mjx.random.key(0)
key, sub = mjx.random.split(key)
x = mjx.random.normal(sub, (3,))
"""

from mjx.random.counts import *
from mjx.random.draws import *
from mjx.random.keys import *
from mjx.random.matrices import *
from mjx.random.more import *
from mjx.random.rejection import *
from mjx.random.sampling import *
