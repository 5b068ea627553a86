"""What every test has: one thread a matrix product, a cache of its own, no word from the network."""

import os
import tempfile

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["GLASSBOX_CACHE"] = tempfile.mkdtemp(prefix="glassbox-test-")
os.environ["HF_HUB_OFFLINE"] = "1"
