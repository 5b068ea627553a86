"""One thread a matrix product. Loaded by `-p` before any plugin has imported NumPy, which asks once."""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
