"""Random images of materials with exact sub-zone coverages: what learned reconstructions are trained and judged on."""

from inloop.mir.samples.draw import Batch as Batch
from inloop.mir.samples.draw import Shape as Shape
from inloop.mir.samples.draw import draw as draw
from inloop.mir.samples.draw import sampled as sampled
from inloop.mir.samples.draw import shape_seed as shape_seed
from inloop.mir.samples.families import NAMES as NAMES
from inloop.mir.samples.generate import generate as generate
from inloop.mir.samples.recipe import Recipe as Recipe
