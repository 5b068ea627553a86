"""A small convolutional net that reads digits: it judges those that another net has drawn."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Judge(nn.Module):
    """A picture to the logits of the ten digits, and to the 64 numbers that they are read from."""

    def __init__(self, features: int = 64) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 16, 3)
        self.conv_2 = nn.Conv2d(16, 32, 3)
        self.conv_3 = nn.Conv2d(32, 64, 3)
        self.look = nn.Linear(64 * 4 * 4, features)
        self.drop = nn.Dropout(0.3)
        self.read = nn.Linear(features, 10)

    def forward(
        self, x: Float[Tensor, "b 1 32 32"]
    ) -> tuple[Float[Tensor, "b 10"], Float[Tensor, "b f"]]:
        """The logits and the features of pictures in [-1, 1]."""
        h = F.max_pool2d(F.relu(self.conv_1(x)), 2)
        h = F.max_pool2d(F.relu(self.conv_2(h)), 2)
        features = F.relu(self.look(F.relu(self.conv_3(h)).flatten(1)))
        return self.read(self.drop(features)), features
