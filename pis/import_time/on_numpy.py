"""PiImport of NumPy."""

from pis.import_time.fresh import FreshImport
from pis.on_numpy import OnNumpy


class ImportOfNumpy(FreshImport):
    """The first `import numpy`."""

    framework = OnNumpy.framework
    module = OnNumpy.module
    distributions = OnNumpy.distributions


WORKLOAD = ImportOfNumpy
