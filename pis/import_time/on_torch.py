"""PiImport of PyTorch."""

from pis.import_time.fresh import FreshImport
from pis.on_torch import OnTorch


class ImportOfTorch(FreshImport):
    """The first `import torch`."""

    framework = OnTorch.framework
    module = OnTorch.module
    distributions = OnTorch.distributions


WORKLOAD = ImportOfTorch
