"""What every test has: a cache of its own, and no hub."""

import os
import tempfile

os.environ["GLASSBOX_CACHE"] = tempfile.mkdtemp(prefix="glassbox-test-")
os.environ["HF_HUB_OFFLINE"] = "1"
