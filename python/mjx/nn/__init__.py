"""What neural networks are made of: activations, normalizations, initial values."""

from mjx.nn import initializers as initializers
from mjx.nn.functions import *
from mjx.nn.pooling import *
