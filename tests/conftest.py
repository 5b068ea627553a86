"""What every test has: a cache of its own, no hub, and no clock that could fail it."""

import os
import tempfile

from hypothesis import settings

os.environ["GLASSBOX_CACHE"] = tempfile.mkdtemp(prefix="glassbox-test-")
os.environ["HF_HUB_OFFLINE"] = "1"

settings.register_profile("glassbox", deadline=None)
settings.load_profile("glassbox")
