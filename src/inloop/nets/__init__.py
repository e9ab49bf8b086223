"""Networks: one file each, its configuration a frozen dataclass beside it. Needs torch."""

from inloop.nets.autoencoder import PUBLISHED as PUBLISHED
from inloop.nets.autoencoder import Autoencoder as Autoencoder
from inloop.nets.autoencoder import AutoencoderConfig as AutoencoderConfig
